//! The methods of collections that write, and the query of their objects.

use std::sync::Arc;

use chakra::driver::Pool;
use chakra::engine::{self, Collection, Key, Member, Record, Rows};
use chakra::schema::relationship::Link;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::given::described;
use super::in_step::{Done, referring};
use super::path::step;
use super::undo::empty;
use super::{RelationshipInfo, Resolved};
use crate::convert::to_value;
use crate::engine::pool_for;
use crate::error::{Outcome, Place, plain, raise, validation};
use crate::instance::{
    ModelBase, Stamp, Undo, assignments, attribute, insertable_but, model_of_instance, update_stamps,
};
use crate::operation::{Mode, ask};
use crate::query::{Inserts, QuerySet};
use crate::schema::Model;
use crate::transaction::open_scope;

/// The query of the objects that a collection holds.
#[pyfunction]
#[pyo3(signature = (owner, name, /))]
pub(crate) fn related_query<'py>(owner: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let py = owner.py();
    let model = model_of_instance(owner)?;
    let (_, resolved, target) = step(py, &model, name, name)?;
    let key = owner_key(&model, owner, name, &resolved)?;
    let condition = resolved.step.belonging(&resolved.link, &key);
    let objects = target.class(py)?.getattr(pyo3::intern!(py, "objects"))?;
    QuerySet::narrowed(
        objects.cast::<QuerySet>()?,
        condition,
        ModelBase::of(owner)?.siblings().and_then(|siblings| siblings.using(py)),
    )
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
#[pyo3(signature = (owner, name, verb, objects, values, extra, blocking, /))]
pub(crate) fn change_related<'py>(
    owner: &Bound<'py, PyAny>,
    name: &str,
    verb: &str,
    objects: &Bound<'py, PyList>,
    values: Option<&Bound<'py, PyDict>>,
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
    change.check_values(objects, values)?;
    let stored = objects.iter().map(|object| Ok(ModelBase::of(&object)?.is_loaded()));
    let stored = stored.collect::<PyResult<Vec<_>>>()?;
    let using = ModelBase::of(owner)?.siblings().and_then(|siblings| siblings.using(py));
    let (pool, scope) = (pool_for(py, using.as_ref())?, open_scope(py, using.as_ref())?);
    let referred = change.referred(objects, &stored, scope.is_some())?;
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
        scope,
    };
    let mode = if blocking { Mode::Blocking } else { Mode::Async };
    let (members, new) = work.inserts.into_parts();
    let (collection, verb) = (work.collection, verb.of_engine());
    let change = engine::Change { verb, members: work.members, new, extra: work.extra };
    ask(
        py,
        &pool,
        mode,
        move |pool: Pool| async move { Outcome::Ok(collection.change(&pool, change).await?) },
        move |py, written: Vec<Rows>| {
            Inserts::fill_in(py, &done.target, members, &written, done.scope.as_ref())?;
            done.keep_in_step(py)?;
            done.note_references(py, referred)?;
            Ok(py.None())
        },
    )
}

/// Takes all objects out of a loaded collection whose rows were deleted.
#[pyfunction]
#[pyo3(signature = (collection, /))]
pub(crate) fn empty_related(collection: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = collection.py();
    let owner = collection.getattr(pyo3::intern!(py, "_owner"))?;
    let using = ModelBase::of(&owner)?.siblings().and_then(|siblings| siblings.using(py));
    let scope = open_scope(py, using.as_ref())?;
    empty(collection, scope.as_ref())
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

impl Verb {
    fn of_engine(self) -> engine::Verb {
        match self {
            Self::Add | Self::Create => engine::Verb::Add,
            Self::Remove => engine::Verb::Remove,
            Self::Set => engine::Verb::Set,
        }
    }
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
    collection: Collection,
    inserts: Inserts,
    members: Vec<Member>,
    /// What the junction's row of a new object holds besides the keys.
    extra: Record,
    /// What is written besides to rows that refer to the owner, or do no more.
    stamps: Vec<Stamp>,
}

impl<'py> Change<'_, 'py> {
    fn info(&self) -> &RelationshipInfo {
        &self.model.relationships[self.relationship]
    }

    fn name(&self) -> &str {
        &self.info().declared.name
    }

    /// What new objects say of whom they belong to, before they are told to belong to the owner.
    fn referred(&self, objects: &Bound<'py, PyList>, stored: &[bool], is_noted: bool) -> PyResult<Vec<Undo>> {
        if !is_noted || matches!(self.resolved.link, Link::Junction { .. }) {
            return Ok(Vec::new());
        }
        let new = objects.iter().zip(stored).filter(|(_, stored)| !**stored);
        let undo = |(object, _): (Bound<'py, PyAny>, &bool)| {
            let sets = referring(self.target, self.resolved);
            Undo::before(self.target, object.cast::<ModelBase>()?, Vec::new(), sets)
        };
        new.map(undo).collect()
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
                let hint = if object.is_instance_of::<PyList>() { "; give them one by one: add(*objects)" } else { "" };
                let (its, given) = (&self.target.table.model, described(&object)?);
                return Err(self.refuse(&object, &format!("it holds objects of {its}, not {given}{hint}")));
            }
            if needs_key && !ModelBase::of(&object)?.is_loaded() {
                return Err(
                    self.refuse(&object, "this object is not saved, so that it has no row to relate; save it first")
                );
            }
        }
        Ok(())
    }

    /// Refuses values for a new object's key to the owner that are not the owner's.
    fn check_values(&self, objects: &Bound<'py, PyList>, values: Option<&Bound<'py, PyDict>>) -> PyResult<()> {
        let Some(values) = values.filter(|_| !matches!(self.resolved.link, Link::Junction { .. })) else {
            return Ok(());
        };
        let hop = &self.resolved.step.hop;
        let key = self.parts(self.model, self.owner, &hop.from_columns, &hop.to_columns)?;
        objects.iter().try_for_each(|object| self.agree(self.target, &object, values, &key))
    }

    /// What columns of a row that refers to an object hold.
    fn parts(
        &self,
        model: &Model,
        object: &Bound<'py, PyAny>,
        own: &[usize],
        theirs: &[usize],
    ) -> PyResult<Vec<(usize, Bound<'py, PyAny>)>> {
        own.iter().zip(theirs).map(|(own, theirs)| Ok((*theirs, attribute(model, object, *own)?))).collect()
    }

    /// Refuses values that an object was made with where its key comes from the collection and is another one.
    fn agree(
        &self,
        model: &Arc<Model>,
        made: &Bound<'py, PyAny>,
        values: &Bound<'py, PyDict>,
        key: &[(usize, Bound<'py, PyAny>)],
    ) -> PyResult<()> {
        let py = made.py();
        for (name, value) in values {
            let name = name.extract::<String>()?;
            let columns = match (model.position(&name), model.relationship(&name)) {
                (Some(position), _) => vec![position],
                (None, Some(at)) => {
                    let resolved = model.relationships[at].resolved(py, model)?;
                    resolved.own_key().map(|(own, _)| own.to_vec()).unwrap_or_default()
                }
                (None, None) => Vec::new(),
            };
            for (column, part) in key.iter().filter(|(column, _)| columns.contains(column)) {
                if attribute(model, made, *column)?.eq(part)? && !part.is_none() {
                    continue;
                }
                let message = format!(
                    "{}.{} decides {} of the new {}; leave it out",
                    self.model.table.model,
                    self.name(),
                    model.column(*column).attribute,
                    model.table.model,
                );
                let place = Place { model: &model.table.model, field: &name, defined: None };
                return Err(validation(py, place, Some(&value), "relationship", &message));
            }
        }
        Ok(())
    }

    fn work(&self, objects: &Bound<'py, PyList>, owner: Key, extra: Option<&Bound<'py, PyDict>>) -> PyResult<Work> {
        let Resolved { step, link, .. } = &**self.resolved;
        let collection = Collection::new(&self.model.table.model, self.name(), step, link, owner);
        let extra = extra.filter(|extra| !extra.is_empty());
        match (link, extra) {
            (Link::Junction { .. }, extra) => self.joined(objects, collection, extra),
            (_, Some(_)) => {
                let message =
                    format!("{}.{} has no junction: leave through_defaults out", self.model.table.model, self.name());
                Err(plain(objects.py(), "QueryError", &message))
            }
            (_, None) => self.owned(objects, collection),
        }
    }

    /// The objects refer to the owner by a foreign key of theirs.
    fn owned(&self, objects: &Bound<'py, PyList>, collection: Collection) -> PyResult<Work> {
        let py = objects.py();
        let hop = &self.resolved.step.hop;
        if self.verb == Verb::Remove {
            collection.check_leaving().map_err(raise)?;
        }
        let (mut members, new) = (Vec::new(), PyList::empty(py));
        for object in objects {
            if ModelBase::of(&object)?.is_loaded() {
                members.push(Member { key: self.key_of(&object, collection.told_by())?, extra: Record::new() });
                continue;
            }
            for (own, theirs) in hop.from_columns.iter().zip(&hop.to_columns) {
                let part = attribute(self.model, self.owner, *own)?;
                object.setattr(self.target.fields[*theirs].name.bind(py), part)?;
            }
            new.append(object)?;
        }
        let stamps = update_stamps(py, self.target, &hop.to_columns)?;
        let collection = collection.writing(assignments(&stamps));
        let inserts = Inserts::of(self.target, &new)?;
        Ok(Work { collection, inserts, members, extra: Record::new(), stamps })
    }

    /// What the junction's row that leads to an object holds besides the two keys.
    fn junction_row(
        &self,
        junction: Option<&Arc<Model>>,
        object: &Bound<'py, PyAny>,
        extra: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Record> {
        let Link::Junction { own, to_own, to_target, target } = &self.resolved.link else { return Ok(Record::new()) };
        let Some(junction) = junction.filter(|_| self.verb != Verb::Remove) else { return Ok(Record::new()) };
        let made = junction.class(object.py())?.call((), extra)?;
        if let Some(extra) = extra {
            let mut key = self.parts(self.model, self.owner, own, to_own)?;
            key.extend(self.parts(self.target, object, target, to_target)?);
            self.agree(junction, &made, extra, &key)?;
        }
        let keys: Vec<usize> = to_own.iter().chain(to_target).copied().collect();
        Ok(insertable_but(junction, &made, &engine::now(), &keys)?.0)
    }

    /// A junction refers to both.
    fn joined(
        &self,
        objects: &Bound<'py, PyList>,
        collection: Collection,
        extra: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Work> {
        let py = objects.py();
        let junction = self.resolved.junction.as_ref();
        let declared = junction.and_then(|(_, declared)| declared.as_ref().and_then(std::sync::Weak::upgrade));
        if let (None, Some(extra)) = (&declared, extra) {
            let message = format!(
                "{}.{} has a junction of two keys and nothing else: {} cannot be set; declare a model of table {:?} with such fields",
                self.model.table.model,
                self.name(),
                extra.keys(),
                self.resolved.step.hop.to.name
            );
            return Err(plain(py, "QueryError", &message));
        }
        let row = |object: &Bound<'py, PyAny>| self.junction_row(declared.as_ref(), object, extra);
        let collection = collection.symmetrical(self.info().declared.symmetrical);
        let (members, stamps) = (Vec::new(), Vec::new());
        if self.verb == Verb::Create {
            let inserts = Inserts::of(self.target, objects)?;
            let extra = objects.iter().next().map(|object| row(&object)).transpose()?.unwrap_or_default();
            return Ok(Work { collection, inserts, members, extra, stamps });
        }
        let member = |object| {
            let key = self.key_of(&object, collection.told_by())?;
            Ok(Member { key, extra: row(&object)? })
        };
        let members = objects.iter().map(member).collect::<PyResult<_>>()?;
        let inserts = Inserts::of(self.target, &PyList::empty(py))?;
        Ok(Work { collection, inserts, members, extra: Record::new(), stamps })
    }

    fn key_of(&self, object: &Bound<'py, PyAny>, columns: &[usize]) -> PyResult<Key> {
        let value = |column: &usize| to_value(self.target, *column, &attribute(self.target, object, *column)?);
        columns.iter().map(value).collect()
    }
}
