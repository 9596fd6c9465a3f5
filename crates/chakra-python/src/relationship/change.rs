//! The methods of collections that write, and the query of their objects.

use std::sync::Arc;

use chakra::driver::{Executor, Pool};
use chakra::engine::{Dependants, Key, Member, Membership, Rows};
use chakra::query::expr::{Compare, CompareOp, Related};
use chakra::query::{Expr, Hop, Path};
use chakra::schema::relationship::Link;
use chakra::types::Value;
use chakra::{ErrorKind, Result as EngineResult};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::in_step::Done;
use super::path::step;
use super::{RelationshipInfo, Resolved};
use crate::convert::to_value;
use crate::engine::pool_for;
use crate::error::{Outcome, Place, plain, validation};
use crate::instance::{ModelBase, Stamp, assignments, attribute, insertable_but, model_of_instance, update_stamps};
use crate::operation::{Mode, run};
use crate::query::{Inserts, QuerySet};
use crate::schema::Model;

/// How often the rows of a junction are looked at again when somebody else joined the same rows meanwhile.
const ATTEMPTS: usize = 3;

/// The query of the objects that a collection holds.
#[pyfunction]
#[pyo3(signature = (owner, name, /))]
pub(crate) fn related_query<'py>(owner: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let py = owner.py();
    let model = model_of_instance(owner)?;
    let (_, resolved, target) = step(py, &model, name, name)?;
    let key = owner_key(&model, owner, name, &resolved)?;
    let condition = belonging(&resolved, key);
    let objects = target.class(py)?.getattr(pyo3::intern!(py, "objects"))?;
    QuerySet::narrowed(
        objects.cast::<QuerySet>()?,
        condition,
        ModelBase::of(owner)?.siblings().and_then(|siblings| siblings.using(py)),
    )
}

/// The condition that a row of the target belongs to the owner of this key.
fn belonging(resolved: &Resolved, key: Key) -> Expr {
    let equal = |table, columns: &[usize]| {
        let one = |(column, value): (&usize, Value)| {
            Compare { left: Expr::column(table, *column), op: CompareOp::Eq, right: Expr::value(value) }.into()
        };
        Expr::And(columns.iter().zip(key.clone()).map(one).collect())
    };
    let (hop, target) = (&resolved.step.hop, resolved.step.target());
    match &resolved.link {
        Link::Junction { to_target, target: columns, .. } => {
            let back = Hop {
                from: target.clone(),
                from_columns: columns.clone(),
                to: hop.to.clone(),
                to_columns: to_target.clone(),
            };
            let filter = Some(equal(&hop.to, &hop.to_columns));
            Related { path: Path::default(), hop: Arc::new(back), filter }.into()
        }
        _ => equal(target, &hop.to_columns),
    }
}

/// The values by which an object is referred to.
fn owner_key(model: &Model, owner: &Bound<'_, PyAny>, name: &str, resolved: &Resolved) -> PyResult<Key> {
    let columns = &resolved.step.hop.from_columns;
    let key = columns.iter().map(|column| attribute(model, owner, *column)).collect::<PyResult<Vec<_>>>()?;
    if key.iter().any(Bound::is_none) {
        let message = format!(
            "{}.{name}: the {} has no key yet, so that nothing can refer to it; save it first",
            model.table.model, model.table.model
        );
        return Err(plain(owner.py(), "QueryError", &message));
    }
    columns.iter().zip(&key).map(|(column, value)| to_value(model, *column, value)).collect()
}

/// Adds objects to a collection, removes them, or replaces all by them.
#[pyfunction]
#[pyo3(signature = (owner, name, verb, objects, extra, blocking, /))]
pub(crate) fn change_related<'py>(
    owner: &Bound<'py, PyAny>,
    name: &str,
    verb: &str,
    objects: &Bound<'py, PyList>,
    extra: Option<&Bound<'py, PyDict>>,
    blocking: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = owner.py();
    let model = model_of_instance(owner)?;
    let (relationship, resolved, target) = step(py, &model, name, name)?;
    let verb = match verb {
        "add" => Verb::Add,
        "create" => Verb::Create,
        "remove" => Verb::Remove,
        _ => Verb::Set,
    };
    let key = owner_key(&model, owner, name, &resolved)?;
    let change = Change { owner, model: &model, relationship, resolved: &resolved, target: &target, verb };
    change.check(objects)?;
    let stored = objects.iter().map(|object| Ok(ModelBase::of(&object)?.is_loaded()));
    let stored = stored.collect::<PyResult<_>>()?;
    let work = change.work(objects, key, extra)?;
    let done = Done {
        owner: owner.clone().unbind(),
        objects: objects.iter().map(Bound::unbind).collect(),
        stored,
        stamps: work.stamps,
        model: Arc::clone(&model),
        relationship,
        resolved: Arc::clone(&resolved),
        target: Arc::clone(&target),
        verb,
    };
    let using = ModelBase::of(owner)?.siblings().and_then(|siblings| siblings.using(py));
    let pool = pool_for(py, using.as_ref())?;
    let mode = if blocking { Mode::Blocking } else { Mode::Async };
    let (inserts, links) = (work.inserts, work.links);
    let (members, bulks) = inserts.into_parts();
    run(
        py,
        &pool,
        mode,
        move |pool: Pool| async move { Outcome::Ok(write(&pool, bulks, links, verb).await?) },
        move |py, written: Vec<Rows>| {
            Inserts::fill_in(py, &done.target, members, &written)?;
            done.keep_in_step(py)?;
            Ok(py.None())
        },
    )
}

/// What a collection is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Create,
    Remove,
    /// Add these and remove all others.
    Set,
}

/// What is about to change.
struct Change<'a, 'py> {
    owner: &'a Bound<'py, PyAny>,
    model: &'a Arc<Model>,
    relationship: usize,
    resolved: &'a Arc<Resolved>,
    target: &'a Arc<Model>,
    verb: Verb,
}

/// What goes to the database.
struct Work {
    inserts: Inserts,
    links: Links,
    /// What is written besides to rows that refer to the owner, or do no more.
    stamps: Vec<Stamp>,
}

/// Which rows are related, and how.
enum Links {
    Owned { of: Dependants, keys: Vec<Key>, is_nullable: bool, refusal: String },
    Joined { of: Membership, members: Vec<Member>, from: Vec<usize> },
}

impl<'py> Change<'_, 'py> {
    fn info(&self) -> &RelationshipInfo {
        &self.model.relationships[self.relationship]
    }

    fn name(&self) -> &str {
        &self.info().declared.name
    }

    fn refuse(&self, value: &Bound<'py, PyAny>, message: &str) -> PyErr {
        let place = Place { model: &self.model.table.model, field: self.name(), defined: None };
        validation(value.py(), place, Some(value), "relationship", message)
    }

    /// Refuses objects of other models, and those that are not saved where that matters.
    fn check(&self, objects: &Bound<'py, PyList>) -> PyResult<()> {
        let needs_key = self.verb == Verb::Remove
            || (self.verb != Verb::Create && matches!(self.resolved.link, Link::Junction { .. }));
        for object in objects {
            let is_target =
                object.is_instance_of::<ModelBase>() && model_of_instance(&object)?.table == self.target.table;
            if !is_target {
                let given = object.get_type().name()?.to_string();
                return Err(
                    self.refuse(&object, &format!("it holds objects of {}, not of {given}", self.target.table.model))
                );
            }
            if needs_key && !ModelBase::of(&object)?.is_loaded() {
                return Err(
                    self.refuse(&object, "this object is not saved, so that it has no row to relate; save it first")
                );
            }
        }
        Ok(())
    }

    fn work(&self, objects: &Bound<'py, PyList>, owner: Key, extra: Option<&Bound<'py, PyDict>>) -> PyResult<Work> {
        match &self.resolved.link {
            Link::Junction { .. } => self.joined(objects, owner, extra),
            _ if extra.is_some_and(|extra| !extra.is_empty()) => {
                let message =
                    format!("{}.{} has no junction: leave through_defaults out", self.model.table.model, self.name());
                Err(plain(objects.py(), "QueryError", &message))
            }
            _ => self.owned(objects, owner),
        }
    }

    /// The objects refer to the owner by a foreign key of theirs.
    fn owned(&self, objects: &Bound<'py, PyList>, owner: Key) -> PyResult<Work> {
        let py = objects.py();
        let hop = &self.resolved.step.hop;
        let (mut keys, new) = (Vec::new(), PyList::empty(py));
        for object in objects {
            if ModelBase::of(&object)?.is_loaded() {
                keys.push(self.key_of(&object, &self.target.table.primary_key)?);
                continue;
            }
            for (own, theirs) in hop.from_columns.iter().zip(&hop.to_columns) {
                let part = attribute(self.model, self.owner, *own)?;
                object.setattr(self.target.fields[*theirs].name.bind(py), part)?;
            }
            new.append(object)?;
        }
        let is_nullable = hop.to_columns.iter().all(|column| self.target.column(*column).nullable);
        let columns: Vec<&str> = hop.to_columns.iter().map(|at| self.target.column(*at).attribute.as_str()).collect();
        let refusal = format!(
            "{}.{}: {}.{} cannot be NULL, so objects cannot be taken out; delete them, or give them another {}",
            self.model.table.model,
            self.name(),
            self.target.table.model,
            columns.join(", "),
            self.model.table.model
        );
        if self.verb == Verb::Remove && !is_nullable {
            return Err(plain(py, "QueryError", &refusal));
        }
        let stamps = update_stamps(py, self.target, &hop.to_columns)?;
        let (table, columns, also) = (self.target.table.clone(), hop.to_columns.clone(), assignments(&stamps));
        let of = Dependants { table, columns, owner, also };
        let inserts = Inserts::of(self.target, &new)?;
        Ok(Work { inserts, links: Links::Owned { of, keys, is_nullable, refusal }, stamps })
    }

    /// A junction refers to both.
    fn joined(&self, objects: &Bound<'py, PyList>, owner: Key, extra: Option<&Bound<'py, PyDict>>) -> PyResult<Work> {
        let py = objects.py();
        let Link::Junction { to_own, to_target, target, .. } = &self.resolved.link else {
            return Err(plain(py, "QueryError", "a collection without a junction has no members"));
        };
        let Some((junction, declared)) = &self.resolved.junction else {
            return Err(plain(py, "QueryError", "a many-to-many relationship needs its junction"));
        };
        let declared = declared.as_ref().and_then(std::sync::Weak::upgrade);
        if let (None, Some(extra)) = (&declared, extra.filter(|extra| !extra.is_empty())) {
            let message = format!(
                "{}.{} has a junction of two keys and nothing else: {} cannot be set; declare a model of table {:?} with such fields",
                self.model.table.model,
                self.name(),
                extra.keys(),
                junction.name
            );
            return Err(plain(py, "QueryError", &message));
        }
        let keys: Vec<usize> = to_own.iter().chain(to_target).copied().collect();
        let mut members = Vec::with_capacity(objects.len());
        let inserts = if self.verb == Verb::Create { objects.clone() } else { PyList::empty(py) };
        for object in objects {
            let key = if self.verb == Verb::Create { Vec::new() } else { self.key_of(&object, target)? };
            let extra = match (&declared, self.verb) {
                (Some(model), Verb::Add | Verb::Create | Verb::Set) => {
                    insertable_but(model, &model.class(py)?.call((), extra)?, &chakra::engine::now(), &keys)?.0
                }
                _ => Vec::new(),
            };
            members.push(Member { key, extra });
        }
        let of = Membership {
            junction: junction.clone(),
            to_own: to_own.clone(),
            to_target: to_target.clone(),
            owner,
            symmetrical: self.info().declared.symmetrical,
        };
        let inserts = Inserts::of(self.target, &inserts)?;
        Ok(Work { inserts, links: Links::Joined { of, members, from: target.clone() }, stamps: Vec::new() })
    }

    fn key_of(&self, object: &Bound<'py, PyAny>, columns: &[usize]) -> PyResult<Key> {
        let value = |column: &usize| to_value(self.target, *column, &attribute(self.target, object, *column)?);
        columns.iter().map(value).collect()
    }
}

/// Writes it all or nothing.
async fn write(
    pool: &Pool,
    bulks: Vec<chakra::driver::BulkInsert>,
    links: Links,
    verb: Verb,
) -> EngineResult<Vec<Rows>> {
    let statements = bulks.len() + links.statements(verb);
    for attempt in 1.. {
        let given = if statements < 2 {
            steps(pool, bulks.clone(), &links, verb).await
        } else {
            let transaction = pool.begin().await?;
            match steps(&transaction, bulks.clone(), &links, verb).await {
                Ok(written) => transaction.commit().await.map(|()| written),
                Err(error) => Err(error),
            }
        };
        match given {
            // Somebody joined the same rows after they were looked at.
            Err(error)
                if error.kind() == ErrorKind::UniqueViolation
                    && attempt < ATTEMPTS
                    && bulks.is_empty()
                    && matches!(links, Links::Joined { .. }) => {}
            given => return given,
        }
    }
    Ok(Vec::new())
}

async fn steps(
    executor: &dyn Executor,
    bulks: Vec<chakra::driver::BulkInsert>,
    links: &Links,
    verb: Verb,
) -> EngineResult<Vec<Rows>> {
    let given: Vec<_> = bulks.iter().map(|bulk| (bulk.columns.clone(), bulk.values.clone())).collect();
    match links {
        Links::Owned { of, keys, is_nullable, refusal } => {
            match verb {
                Verb::Remove => {
                    of.release(executor, keys.clone()).await?;
                }
                Verb::Set => {
                    let others: Vec<Key> =
                        of.keys(executor).await?.into_iter().filter(|key| !keys.contains(key)).collect();
                    if !others.is_empty() && !is_nullable {
                        return Err(chakra::Error::query(refusal.clone()));
                    }
                    of.release(executor, others).await?;
                    of.take(executor, keys.clone()).await?;
                }
                Verb::Add | Verb::Create => {
                    of.take(executor, keys.clone()).await?;
                }
            }
            Inserts::write(executor, bulks).await
        }
        Links::Joined { of, members, from } => {
            let written = Inserts::write(executor, bulks).await?;
            let mut members = members.clone();
            if verb == Verb::Create {
                let keys = Inserts::keys(&given, &written, from)?;
                for (member, key) in members.iter_mut().zip(keys) {
                    member.key = key;
                }
            }
            match verb {
                Verb::Remove => {
                    of.part(executor, members.into_iter().map(|member| member.key).collect()).await?;
                }
                Verb::Set => {
                    let now = of.keys(executor).await?;
                    let is_kept = |key: &Key| members.iter().any(|member| member.key == *key);
                    of.part(executor, now.into_iter().filter(|key| !is_kept(key)).collect()).await?;
                    of.join(executor, members).await?;
                }
                Verb::Add | Verb::Create => of.join(executor, members).await?,
            }
            Ok(written)
        }
    }
}

impl Links {
    /// How many statements that write it takes, at most two.
    fn statements(&self, verb: Verb) -> usize {
        match (self, verb) {
            (_, Verb::Set) => 2,
            (Self::Owned { keys, .. }, _) => keys.len().min(1),
            (Self::Joined { of, .. }, _) => 1 + usize::from(of.symmetrical),
        }
    }
}
