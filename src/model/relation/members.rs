//! Changing which rows an object is related to.

use std::marker::PhantomData;

use super::Relation;
use super::load::key_of;
use super::resolve::Resolved;
use crate::driver::{BulkInsert, Executor};
use crate::engine::{self, Change, Collection, Key, Member, Record, Verb};
use crate::error::{Error, Result, ValidationError};
use crate::model::Model;
use crate::model::assignment::{IntoAssigns, checked};
use crate::model::condition::Condition;
use crate::model::create::Create;
use crate::model::fault::Fault;
use crate::model::instance::assignments;
use crate::model::query::Query;
use crate::model::related::{RelatedValue, ToMany};
use crate::model::update::supplied;
use crate::model::validation::Faults;
use crate::model::value::Row;
use crate::query::Expr;
use crate::schema::relationship::Link;
use crate::schema::{Fill, Occasion, TableRef};

mod in_step;

pub use in_step::MemberRow;

/// The rows that one object is related to: what `User::posts().of(&user)` gives. Its methods write at once, each in one
/// transaction, or in the one that they are given.
///
/// The object's field, if it is loaded, keeps what it held; [`of_mut`](Relation::of_mut) forgets it. Objects that are given as
/// `&mut` are kept in step: their foreign keys, what they hold by them, and what every update writes. Objects that are
/// given as `&` stay as they are; where their own foreign key would change, that is refused for an object that was
/// neither read nor written, because it would write its old key back.
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
/// of_post.create(Tag::word().set("old"), &pool).await?;
/// assert_eq!(of_post.query().count(&pool).await?, 2);
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
}

impl<M: Model, T: RelatedValue> Relation<M, T> {
    /// The rows that one object is related to, to be asked and changed. For an object that has no key yet each of the
    /// methods is an [`Error::Query`].
    pub fn of(self, owner: &M) -> Members<M, T::Model>
    where
        T: ToMany,
    {
        Members { bound: self.bound(owner), models: PhantomData }
    }

    /// As [`of`](Self::of), for an object whose field may be loaded: it is forgotten, so that it never says what is no
    /// longer so.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::{Model, Related};
    ///
    /// #[derive(Model)]
    /// struct Shelf {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     #[chakra(foreign_key = "shelf_id")]
    ///     jars: Related<Vec<Jar>>,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Jar {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     #[chakra(references = "shelves.id", on_delete = "CASCADE")]
    ///     shelf_id: i64,
    ///     label: String,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Shelf::table(), Jar::table()]).await?;
    /// let mut shelf = Shelf { id: 1, jars: Related::default() };
    /// shelf.insert(&pool).await?;
    /// assert!(Shelf::jars().load(&mut shelf, &pool).await?.is_empty());
    ///
    /// let plums = Shelf::jars().of_mut(&mut shelf).create(Jar::label().set("plums"), &pool).await?;
    /// assert_eq!(plums.shelf_id, 1);
    /// assert!(!shelf.jars.is_loaded());
    /// assert_eq!(Shelf::jars().load(&mut shelf, &pool).await?.len(), 1);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub fn of_mut(self, owner: &mut M) -> Members<M, T::Model>
    where
        T: ToMany,
    {
        (self.field)(owner).forget();
        self.of(owner)
    }

    fn bound(self, owner: &M) -> Result<Bound, Fault> {
        let resolved = self.resolved().map_err(Fault::Definition)?;
        let declared = self.hinge.declared();
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
        Ok(Bound { resolved, own, attribute, symmetrical, owner: key.ok_or_else(unsaved)? })
    }
}

impl<M: Model, U: Model> Members<M, U> {
    /// A query of the object's rows, to be narrowed, ordered, counted, changed.
    pub fn query(&self) -> Query<U> {
        Query::new().filter(Condition::new(self.bound.clone().map(|bound| bound.belonging())))
    }

    /// Relates rows to the object; those that are related already stay as they are. The objects need only keys.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for an object that has no key yet, and for one that is given as `&` and would write its old
    /// foreign key back; what the database reports.
    pub async fn add<'r, R: MemberRow<'r, U>>(
        &self,
        objects: impl IntoIterator<Item = R>,
        executor: &dyn Executor,
    ) -> Result<()> {
        self.change(Verb::Add, objects, Record::new(), executor).await
    }

    /// As [`add`](Self::add), where a model is declared for the junction: fills further columns of its new rows.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] where `J` is not the junction's model, or for one of the columns that join; [`Error::Validation`]
    /// for a value that its column does not take; else as [`add`](Self::add).
    pub async fn add_with<'r, R: MemberRow<'r, U>, J: Model>(
        &self,
        objects: impl IntoIterator<Item = R>,
        columns: impl IntoAssigns<J>,
        executor: &dyn Executor,
    ) -> Result<()> {
        let extra = self.bound.clone()?.extra(columns)?;
        self.change(Verb::Add, objects, extra, executor).await
    }

    /// Adds a row that is related to the object, and gives it as the database holds it. The columns are those that
    /// [`Model::create`] takes, without the foreign key to the object.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] where the foreign key is given; [`Error::Validation`] for a value that its column does not take,
    /// and for columns that are missing; what the database reports.
    pub async fn create(&self, columns: impl IntoAssigns<U>, executor: &dyn Executor) -> Result<U> {
        self.create_row(columns, Record::new(), executor).await
    }

    /// As [`create`](Self::create), where a model is declared for the junction: fills further columns of its new row.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create) and [`add_with`](Self::add_with).
    pub async fn create_with<J: Model>(
        &self,
        columns: impl IntoAssigns<U>,
        junction: impl IntoAssigns<J>,
        executor: &dyn Executor,
    ) -> Result<U> {
        let extra = self.bound.clone()?.extra(junction)?;
        self.create_row(columns, extra, executor).await
    }

    /// Relates rows to the object no longer; those that are not related are left alone.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] where rows refer to the object by a column that cannot be NULL: delete them instead; else as
    /// [`add`](Self::add).
    pub async fn remove<'r, R: MemberRow<'r, U>>(
        &self,
        objects: impl IntoIterator<Item = R>,
        executor: &dyn Executor,
    ) -> Result<()> {
        self.change(Verb::Remove, objects, Record::new(), executor).await
    }

    /// Relates these rows to the object and no others. A junction's rows of those that stay are kept as they are.
    ///
    /// # Errors
    ///
    /// As [`remove`](Self::remove), where any would have to leave.
    pub async fn set<'r, R: MemberRow<'r, U>>(
        &self,
        objects: impl IntoIterator<Item = R>,
        executor: &dyn Executor,
    ) -> Result<()> {
        self.change(Verb::Set, objects, Record::new(), executor).await
    }

    /// Relates no rows to the object.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub async fn clear(&self, executor: &dyn Executor) -> Result<()> {
        self.change(Verb::Set, std::iter::empty::<&U>(), Record::new(), executor).await
    }

    async fn change<'r, R: MemberRow<'r, U>>(
        &self,
        verb: Verb,
        objects: impl IntoIterator<Item = R>,
        extra: Record,
        executor: &dyn Executor,
    ) -> Result<()> {
        let bound = self.bound.clone()?;
        let written = bound.written::<U>()?;
        let collection = bound.collection(&written);
        let (mut members, mut kept) = (Vec::new(), Vec::new());
        for object in objects {
            let key = bound.key(object.row(), collection.told_by())?;
            members.push(Member { key, extra: extra.clone() });
            kept.extend(bound.kept_in_step(object)?);
        }
        collection.change(executor, Change::of(verb, members)).await?;
        let is_sure = !executor.in_transaction();
        kept.into_iter().try_for_each(|object| bound.take_over(verb, object, &written, is_sure))
    }

    async fn create_row(&self, columns: impl IntoAssigns<U>, extra: Record, executor: &dyn Executor) -> Result<U> {
        let bound = self.bound.clone()?;
        let record = Create::new(columns.into_assigns()).record_with(bound.reference(), |column| {
            let (own, attribute, of) = (&bound.own.model, bound.attribute, &U::table().model);
            format!("{own}.{attribute}: {of}.{column} refers to the {own} by itself; leave it out")
        })?;
        let (columns, values) = record.into_iter().unzip();
        let returning = (0..U::table().columns.len()).collect();
        let new = vec![BulkInsert { table: U::table().clone(), columns, values, returning }];
        let change = Change { new, extra, ..Change::of(Verb::Add, Vec::new()) };
        let written = bound.collection(&bound.written::<U>()?).change(executor, change).await?;
        match written.first().filter(|rows| !rows.is_empty()) {
            Some(rows) => U::from_row(Row::new(rows, 0)),
            None => Err(Error::query(format!(
                "the database gave back no row of {} that it was told to insert",
                U::table().model
            ))),
        }
    }
}

impl Bound {
    /// What every update of the object's rows writes, where they refer to it by themselves.
    fn written<U: Model>(&self) -> Result<Record> {
        let Resolved { step, link, .. } = self.resolved;
        if matches!(link, Link::Junction { .. }) {
            return Ok(Record::new());
        }
        let mut faults = Faults::default();
        let mut record = supplied::<U>(&step.hop.to_columns, &mut faults)?;
        let now = U::table().fills(Occasion::Update).filter(|(_, fill)| matches!(fill, Fill::Now));
        record.extend(now.map(|(column, _)| (column, engine::now())));
        faults.finish(record)
    }

    /// The object's rows, with what is written to them besides.
    fn collection(&self, written: &Record) -> Collection {
        let Resolved { step, link, .. } = self.resolved;
        let collection = Collection::new(&self.own.model, self.attribute, step, link, self.owner.clone());
        collection.symmetrical(self.symmetrical).writing(assignments(written.clone()))
    }

    /// What a row of the target says if it refers to the object by itself.
    fn reference(&self) -> Record {
        match &self.resolved.link {
            Link::Junction { .. } => Record::new(),
            _ => self.resolved.step.hop.to_columns.iter().copied().zip(self.owner.iter().cloned()).collect(),
        }
    }

    /// Further columns of a junction's rows.
    fn extra<J: Model>(&self, columns: impl IntoAssigns<J>) -> Result<Record> {
        let (own, attribute, given) = (&self.own.model, self.attribute, &J::table().model);
        if self.resolved.junction.as_ref() != Some(J::table()) {
            return Err(Error::query(format!("{own}.{attribute}: its rows are not joined by {given}")));
        }
        let mut faults = Faults::default();
        let record = checked(columns.into_assigns(), &mut faults)?;
        let record = faults.finish(record)?;
        if let Link::Junction { to_own, to_target, .. } = &self.resolved.link
            && let Some((column, _)) =
                record.iter().find(|(column, _)| to_own.contains(column) || to_target.contains(column))
        {
            let column = &J::table().columns[*column].attribute;
            return Err(Error::query(format!(
                "{own}.{attribute}: {given}.{column} joins the two by itself; leave it out"
            )));
        }
        Ok(record)
    }

    /// The key by which an object is told.
    fn key<U: Model>(&self, object: &U, told_by: &[usize]) -> Result<Key> {
        let key = if object.key().is_some() { key_of(object, told_by)? } else { None };
        key.ok_or_else(|| {
            self.refused(format!(
                "this {} is not saved, so that it has no row to relate; insert it first",
                U::table().model
            ))
        })
    }

    fn refused(&self, message: String) -> Error {
        ValidationError::new(&self.own.model, self.attribute, "relationship", message).into()
    }

    /// The condition that a row belongs to the object.
    fn belonging(&self) -> Expr {
        self.resolved.step.belonging(&self.resolved.link, &self.owner)
    }
}
