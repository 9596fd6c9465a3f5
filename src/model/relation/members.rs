//! Changing which rows an object is related to.

use std::collections::HashSet;
use std::marker::PhantomData;

use super::Relation;
use super::load::key_of;
use super::reading::bytes_of;
use super::resolve::Resolved;
use crate::driver::{Executor, Transaction};
use crate::engine::{Dependants, Key, Member, Membership, Record};
use crate::error::{Error, ErrorKind, Result, ValidationError};
use crate::model::Model;
use crate::model::assignment::{IntoAssigns, checked};
use crate::model::condition::Condition;
use crate::model::fault::Fault;
use crate::model::instance::assignments;
use crate::model::query::Query;
use crate::model::related::ToMany;
use crate::model::update::supplied;
use crate::model::validation::Faults;
use crate::query::expr::{Compare, CompareOp, Related};
use crate::query::{Assignment, Expr, Hop, Path};
use crate::schema::TableRef;
use crate::schema::relationship::Link;
use crate::types::Value;

/// How often the rows of a junction are looked at again when somebody else joined the same rows meanwhile.
const ATTEMPTS: usize = 3;

/// The rows that one object is related to: what `User::posts().of(&user)` gives. Its methods write at once, each in one
/// transaction, or in the one that they are given.
///
/// Nothing changes in memory: neither the object's field, if it is loaded, nor the foreign keys of the objects given.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::{Model, Related};
///
/// #[derive(Model)]
/// struct Post {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     #[chakra(through = "post_tags", back_populates = "posts")]
///     tags: Related<Vec<Tag>>,
/// }
///
/// #[derive(Model)]
/// struct Tag {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     word: String,
///     #[chakra(through = "post_tags", back_populates = "tags")]
///     posts: Related<Vec<Post>>,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Post::table(), Tag::table()]).await?;
/// let mut post = Post { id: None, tags: Related::default() };
/// post.insert(&pool).await?;
/// let mut tags = ["rust", "sql", "new"].map(|word| Tag { id: None, word: word.into(), posts: Related::default() });
/// Tag::bulk_insert(&mut tags, &pool).await?;
///
/// let of_post = Post::tags().of(&post);
/// of_post.add(&tags, &pool).await?;
/// of_post.add(&tags[..1], &pool).await?; // there already: nothing happens
/// assert_eq!(of_post.query().count(&pool).await?, 3);
/// of_post.set(&tags[1..], &pool).await?;
/// of_post.remove(&tags[2..], &pool).await?;
/// assert_eq!(of_post.query().one(&pool).await?.word, "sql");
/// of_post.clear(&pool).await?;
/// assert!(!of_post.query().exists(&pool).await?);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is asked or changed until one of its methods is awaited"]
pub struct Members<M, U> {
    bound: Result<Bound, Fault>,
    models: PhantomData<fn() -> (M, U)>,
}

/// A relationship with the object that it starts from.
#[derive(Debug, Clone)]
struct Bound {
    resolved: &'static Resolved,
    own: &'static TableRef,
    attribute: &'static str,
    symmetrical: bool,
    owner: Key,
    /// What is written besides to rows that refer to the owner.
    also: Vec<Assignment>,
    /// What new rows of the junction hold besides the two keys.
    extra: Record,
}

impl<M: Model, T: ToMany> Relation<M, T> {
    /// The rows that one object is related to, to be asked and changed. For an object that has no key yet each of the
    /// methods is an [`Error::Query`].
    pub fn of(self, owner: &M) -> Members<M, T::Model> {
        Members { bound: self.bound(owner), models: PhantomData }
    }

    fn bound(self, owner: &M) -> Result<Bound, Fault> {
        let resolved = self.resolved().map_err(Fault::Definition)?;
        let declared = self.hinge().declared();
        let (own, attribute, symmetrical) = (M::table(), declared.name.as_str(), declared.symmetrical);
        let key = match owner.key() {
            Some(_) => {
                key_of(owner, &resolved.step.hop.from_columns).map_err(|error| Fault::Query(error.to_string()))?
            }
            None => None,
        };
        let unsaved = || {
            let model = &own.model;
            let message = format!("{model}.{attribute}: the {model} has no key yet, so that nothing can refer to it");
            Fault::Query(format!("{message}; insert it first"))
        };
        Ok(Bound {
            resolved,
            own,
            attribute,
            symmetrical,
            owner: key.ok_or_else(unsaved)?,
            also: Vec::new(),
            extra: Record::new(),
        })
    }
}

/// What becomes of which rows.
enum Change {
    Add(Vec<Key>),
    Remove(Vec<Key>),
    /// Add these and remove all others.
    Set(Vec<Key>),
}

impl<M: Model, U: Model> Members<M, U> {
    /// A query of the object's rows, to be narrowed, ordered, counted, changed.
    pub fn query(&self) -> Query<U> {
        let condition = self.bound.clone().map(|bound| bound.belonging(U::table()));
        Query::new().filter(Condition::new(condition))
    }

    /// Relates rows to the object; those that are related already stay as they are. The objects need only keys.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for an object that has no key yet; what the database reports.
    pub async fn add<'a>(&self, objects: impl IntoIterator<Item = &'a U>, executor: &dyn Executor) -> Result<()> {
        let bound = self.ready()?;
        bound.run(&Change::Add(bound.keys(objects)?), executor).await
    }

    /// As [`add`](Self::add), where a model is declared for the junction: fills further columns of its new rows.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] where `J` is not the junction's model; [`Error::Validation`] for a value that its column does not
    /// take; else as [`add`](Self::add).
    pub async fn add_with<'a, J: Model>(
        &self,
        objects: impl IntoIterator<Item = &'a U>,
        columns: impl IntoAssigns<J>,
        executor: &dyn Executor,
    ) -> Result<()> {
        let mut bound = self.ready()?;
        if bound.resolved.junction.as_ref() != Some(J::table()) {
            let (own, attribute, given) = (&bound.own.model, bound.attribute, &J::table().model);
            return Err(Error::query(format!("{own}.{attribute}: its rows are not joined by {given}")));
        }
        let mut faults = Faults::default();
        let record = checked(columns.into_assigns(), &mut faults)?;
        bound.extra = faults.finish(record)?;
        bound.run(&Change::Add(bound.keys(objects)?), executor).await
    }

    /// Relates rows to the object no longer; those that are not related are left alone.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] where rows refer to the object by a column that cannot be NULL: delete them instead; else as
    /// [`add`](Self::add).
    pub async fn remove<'a>(&self, objects: impl IntoIterator<Item = &'a U>, executor: &dyn Executor) -> Result<()> {
        let bound = self.ready()?;
        bound.run(&Change::Remove(bound.keys(objects)?), executor).await
    }

    /// Relates these rows to the object and no others. A junction's rows of those that stay are kept as they are.
    ///
    /// # Errors
    ///
    /// As [`remove`](Self::remove), where any would have to leave.
    pub async fn set<'a>(&self, objects: impl IntoIterator<Item = &'a U>, executor: &dyn Executor) -> Result<()> {
        let bound = self.ready()?;
        bound.run(&Change::Set(bound.keys(objects)?), executor).await
    }

    /// Relates no rows to the object.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub async fn clear(&self, executor: &dyn Executor) -> Result<()> {
        self.ready()?.run(&Change::Set(Vec::new()), executor).await
    }

    /// With what every update of the rows writes.
    fn ready(&self) -> Result<Bound> {
        let mut bound = self.bound.clone()?;
        if !matches!(bound.resolved.link, Link::Junction { .. }) {
            let mut faults = Faults::default();
            let record = supplied::<U>(&bound.resolved.step.hop.to_columns, &mut faults)?;
            bound.also = assignments(faults.finish(record)?);
        }
        Ok(bound)
    }
}

impl Bound {
    /// The keys by which objects are told: of those that a junction refers to, what it refers to.
    fn keys<'a, U: Model>(&self, objects: impl IntoIterator<Item = &'a U>) -> Result<Vec<Key>> {
        let columns = match &self.resolved.link {
            Link::Junction { target, .. } => target,
            _ => &U::table().primary_key,
        };
        let key = |object: &'a U| {
            let key = if object.key().is_some() { key_of(object, columns)? } else { None };
            key.ok_or_else(|| {
                let message =
                    format!("this {} is not saved, so that it has no row to relate; insert it first", U::table().model);
                ValidationError::new(&self.own.model, self.attribute, "relationship", message).into()
            })
        };
        objects.into_iter().map(key).collect()
    }

    /// All or nothing.
    async fn run(&self, change: &Change, executor: &dyn Executor) -> Result<()> {
        for attempt in 1.. {
            let own: Option<Transaction> = executor.begin_own().await?;
            let is_own = own.is_some();
            let done = match own {
                Some(transaction) => match self.write(change, &transaction).await {
                    Ok(()) => transaction.commit().await,
                    Err(error) => {
                        if let Err(second) = transaction.rollback().await {
                            tracing::warn!(error = %second, "rollback failed; the connection is not used again");
                        }
                        Err(error)
                    }
                },
                None => self.write(change, executor).await,
            };
            match done {
                // Somebody joined the same rows after they were looked at.
                Err(error) if is_own && attempt < ATTEMPTS && self.is_raced(&error) => {}
                done => return done,
            }
        }
        Ok(())
    }

    fn is_raced(&self, error: &Error) -> bool {
        error.kind() == ErrorKind::UniqueViolation && matches!(self.resolved.link, Link::Junction { .. })
    }

    async fn write(&self, change: &Change, executor: &dyn Executor) -> Result<()> {
        match &self.resolved.link {
            Link::Junction { to_own, to_target, .. } => {
                let Some(junction) = self.resolved.junction.clone() else {
                    return Err(Error::query("a many-to-many relationship needs its junction"));
                };
                let (to_own, to_target) = (to_own.clone(), to_target.clone());
                let (owner, symmetrical) = (self.owner.clone(), self.symmetrical);
                let joined = Membership { junction, to_own, to_target, owner, symmetrical };
                join(&joined, change, &self.extra, executor).await
            }
            _ => self.refer(change, executor).await,
        }
    }

    /// The rows refer to the owner by a foreign key of theirs.
    async fn refer(&self, change: &Change, executor: &dyn Executor) -> Result<()> {
        let hop = &self.resolved.step.hop;
        let (table, columns) = (hop.to.clone(), hop.to_columns.clone());
        let of = Dependants { table, columns, owner: self.owner.clone(), also: self.also.clone() };
        match change {
            Change::Add(keys) => self.take(&of, keys, executor).await,
            Change::Remove(keys) => {
                self.refuse_unless_nullable()?;
                of.release(executor, keys.clone()).await.map(drop)
            }
            Change::Set(keys) => {
                let others: Vec<Key> = of.keys(executor).await?.into_iter().filter(|key| !keys.contains(key)).collect();
                if !others.is_empty() {
                    self.refuse_unless_nullable()?;
                }
                of.release(executor, others).await?;
                self.take(&of, keys, executor).await
            }
        }
    }

    async fn take(&self, of: &Dependants, keys: &[Key], executor: &dyn Executor) -> Result<()> {
        let there = of.take(executor, keys.to_vec()).await?;
        let distinct = keys.iter().map(|key| bytes_of(key)).collect::<HashSet<_>>().len() as u64;
        if there < distinct {
            let (own, attribute, gone) = (&self.own.model, self.attribute, distinct - there);
            let message = format!("{own}.{attribute}: {gone} of the {} given have no row any more", of.table.model);
            return Err(Error::query(message));
        }
        Ok(())
    }

    fn refuse_unless_nullable(&self) -> Result<()> {
        let hop = &self.resolved.step.hop;
        let columns: Vec<_> = hop.to_columns.iter().map(|at| &hop.to.columns[*at]).collect();
        if columns.iter().all(|column| column.nullable) {
            return Ok(());
        }
        let names: Vec<&str> = columns.iter().map(|column| column.attribute.as_str()).collect();
        Err(Error::query(format!(
            "{0}.{1}: {2}.{3} cannot be NULL, so rows cannot be taken out; delete them, or give them another {0}",
            self.own.model,
            self.attribute,
            hop.to.model,
            names.join(", "),
        )))
    }

    /// The condition that a row belongs to the object.
    fn belonging(&self, target_table: &TableRef) -> Expr {
        let equal = |table: &TableRef, columns: &[usize]| {
            let one = |(column, value): (&usize, &Value)| {
                Compare { left: Expr::column(table, *column), op: CompareOp::Eq, right: Expr::value(value.clone()) }
                    .into()
            };
            Expr::And(columns.iter().zip(&self.owner).map(one).collect())
        };
        let hop = &self.resolved.step.hop;
        match &self.resolved.link {
            Link::Junction { to_target, target, .. } => {
                let (from, to) = (target_table.clone(), hop.to.clone());
                let back = Hop { from, from_columns: target.clone(), to, to_columns: to_target.clone() };
                let filter = Some(equal(&hop.to, &hop.to_columns));
                Related { path: Path::default(), hop: back.into(), filter }.into()
            }
            _ => equal(&hop.to, &hop.to_columns),
        }
    }
}

async fn join(of: &Membership, change: &Change, extra: &Record, executor: &dyn Executor) -> Result<()> {
    let members = |keys: &[Key]| keys.iter().map(|key| Member { key: key.clone(), extra: extra.clone() }).collect();
    match change {
        Change::Add(keys) => of.join(executor, members(keys)).await,
        Change::Remove(keys) => of.part(executor, keys.clone()).await.map(drop),
        Change::Set(keys) => {
            let others = of.keys(executor).await?.into_iter().filter(|key| !keys.contains(key)).collect();
            of.part(executor, others).await?;
            of.join(executor, members(keys)).await
        }
    }
}
