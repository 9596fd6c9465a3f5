//! Assigning a relationship: the foreign key follows, and the other side, where it is loaded, is kept in step.

use std::sync::Arc;

use chakra::schema::relationship::Link;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::collection::{collection_class, held};
use super::field::written;
use super::given::{described, is_object, objects_of};
use super::{RelationshipInfo, Resolved};
use crate::error::{Place, plain, validation};
use crate::hydrate::{delete_plainly, set_plainly};
use crate::instance::{ModelBase, attribute, model_of_instance};
use crate::schema::Model;
use crate::session::before_change;

/// Sets what a relationship of an object leads to.
pub(crate) fn assign(
    slf: &Bound<'_, ModelBase>,
    model: &Arc<Model>,
    relationship: usize,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = slf.py();
    let info = &model.relationships[relationship];
    let resolved = info.resolved(py, model)?;
    let target = resolved.target(py)?;
    let link = Ends { object: slf.as_any(), model, info, resolved: &resolved, target: &target };
    slf.get().forget_missing();
    if info.is_to_many() {
        return link.assign_many(value);
    }
    link.check(value)?;
    if resolved.own_key().is_some() { link.assign_parent(value) } else { link.assign_dependent(value) }
}

/// One end of a relationship, at an object.
struct Ends<'a, 'py> {
    object: &'a Bound<'py, PyAny>,
    model: &'a Arc<Model>,
    info: &'a RelationshipInfo,
    resolved: &'a Resolved,
    target: &'a Arc<Model>,
}

impl<'py> Ends<'_, 'py> {
    fn py(&self) -> Python<'py> {
        self.object.py()
    }

    fn name(&self) -> &Bound<'py, PyString> {
        self.info.name.bind(self.py())
    }

    fn check(&self, value: &Bound<'py, PyAny>) -> PyResult<()> {
        check_object(self.model, self.info, self.resolved, self.target, value)
    }

    /// A new object's collection; a loaded one's is changed by its methods, which write.
    fn assign_many(&self, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let name = &self.info.declared.name;
        if ModelBase::of(self.object)?.is_loaded() {
            let message = format!(
                "{0}.{name} is a collection of rows: change it by `await {1}.{name}.set([...])`, add, remove or clear",
                self.model.table.model,
                self.model.table.model.to_lowercase()
            );
            return Err(plain(self.py(), "QueryError", &message));
        }
        if matches!(self.resolved.link, Link::Junction { .. }) {
            let message = format!(
                "{0}.{name} is written to a junction, which needs both keys: save the {0}, then `await {1}.{name}.set([...])`",
                self.model.table.model,
                self.model.table.model.to_lowercase()
            );
            return Err(plain(self.py(), "QueryError", &message));
        }
        let items = objects_of(self.model, name, value)?;
        items.iter().try_for_each(|item| self.check(item))?;
        let list = PyList::new(self.py(), &items)?;
        set_plainly(self.object, self.name(), collection_class(self.py())?.call1((self.object, self.name(), list))?)?;
        match self.resolved.back_of(self.target).filter(|back| !back.is_to_many()) {
            Some(back) => items.iter().try_for_each(|item| item.setattr(back.name.bind(self.py()), self.object)),
            None => Ok(()),
        }
    }

    /// This object holds the foreign key.
    fn assign_parent(&self, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let Some((own, theirs)) = self.resolved.own_key() else { return Ok(()) };
        let mut key = Vec::with_capacity(own.len());
        for position in theirs {
            key.push(if value.is_none() { value.clone() } else { attribute(self.target, value, *position)? });
        }
        self.leave()?;
        for (position, part) in own.iter().zip(key) {
            let field = self.model.fields[*position].name.bind(self.py());
            if part.is_none() && !value.is_none() {
                // A parent that has no key yet: saving fills it in.
                before_change(self.object.cast()?, self.model, *position)?;
                set_plainly(self.object, field, part)?;
                ModelBase::of(self.object)?.mark_assigned(*position);
            } else {
                self.object.setattr(field, part)?;
            }
        }
        set_plainly(self.object, self.name(), value.clone())?;
        if value.is_none() { Ok(()) } else { self.join(value) }
    }

    /// The other object holds the foreign key.
    fn assign_dependent(&self, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let back = self.resolved.back_of(self.target);
        if value.is_none() {
            if let (Some(old), Some(back)) = (held(self.object, self.info)?.filter(|old| !old.is_none()), back) {
                old.setattr(back.name.bind(self.py()), self.py().None())?;
            }
            return set_plainly(self.object, self.name(), value.clone());
        }
        if let Some(back) = back {
            return value.setattr(back.name.bind(self.py()), self.object);
        }
        let hop = &self.resolved.step.hop;
        for (own, theirs) in hop.from_columns.iter().zip(&hop.to_columns) {
            let part = attribute(self.model, self.object, *own)?;
            value.setattr(self.target.fields[*theirs].name.bind(self.py()), part)?;
        }
        set_plainly(self.object, self.name(), value.clone())
    }

    /// Takes this object out of what its former parent holds.
    fn leave(&self) -> PyResult<()> {
        let Some(back) = self.resolved.back_of(self.target) else { return Ok(()) };
        let Some(old) = held(self.object, self.info)?.filter(|old| !old.is_none()) else { return Ok(()) };
        match held(&old, back)? {
            Some(collection) if back.is_to_many() => collection.call_method1("_leave", (self.object,)).map(drop),
            Some(other) if other.is(self.object) => {
                set_plainly(&old, back.name.bind(self.py()), self.py().None().into_bound(self.py()))
            }
            _ => Ok(()),
        }
    }

    /// Another object took this one's place at its parent.
    fn orphan(&self, former: &Bound<'py, PyAny>) -> PyResult<()> {
        let Some((own, _)) = self.resolved.own_key() else { return Ok(()) };
        if own.iter().all(|position| self.model.column(*position).nullable) {
            return former.setattr(self.name(), self.py().None());
        }
        // Its key cannot be NULL: what becomes of it is for its next assignment to say.
        delete_plainly(former, self.name())
    }

    /// Puts this object into what its parent holds, where that is loaded.
    fn join(&self, parent: &Bound<'py, PyAny>) -> PyResult<()> {
        let Some(back) = self.resolved.back_of(self.target) else { return Ok(()) };
        let name = back.name.bind(self.py());
        if !back.is_to_many() {
            if let Some(former) = held(parent, back)?.filter(|former| !former.is_none() && !former.is(self.object)) {
                self.orphan(&former)?;
            }
            return set_plainly(parent, name, self.object.clone());
        }
        // A new parent has no other rows, so that its collection counts as loaded.
        parent.getattr(name)?.call_method1("_join", (self.object,)).map(drop)
    }
}

/// What is written where a field or a relationship is given a value: the columns, and the value of each.
///
/// # Errors
///
/// `FieldError` for a name of neither, or of a relationship that others hold; `ValidationError` for what is no object
/// of the related model, and for one without a key.
pub(crate) fn parts_of<'py>(
    py: Python<'py>,
    model: &Arc<Model>,
    name: &str,
    value: Bound<'py, PyAny>,
) -> PyResult<Vec<(usize, Bound<'py, PyAny>)>> {
    let columns = written(py, model, name)?;
    let Some(relationship) = model.relationship(name).filter(|_| model.position(name).is_none()) else {
        return Ok(columns.into_iter().map(|column| (column, value.clone())).collect());
    };
    let info = &model.relationships[relationship];
    let resolved = info.resolved(py, model)?;
    let target = resolved.target(py)?;
    check_object(model, info, &resolved, &target, &value)?;
    let Some((own, theirs)) = resolved.own_key() else { return Ok(Vec::new()) };
    let mut parts = Vec::with_capacity(own.len());
    for (own, theirs) in own.iter().zip(theirs) {
        let part = if value.is_none() { value.clone() } else { attribute(&target, &value, *theirs)? };
        if part.is_none() && !value.is_none() {
            return Err(without_key(model, info, &target, &value));
        }
        parts.push((*own, part));
    }
    Ok(parts)
}

/// The refusal of an object that has no key to refer to.
fn without_key(model: &Model, info: &RelationshipInfo, target: &Model, value: &Bound<'_, PyAny>) -> PyErr {
    let place = Place { model: &model.table.model, field: &info.declared.name, defined: None };
    let message = format!("the {} has no key yet: save it first", target.table.model);
    validation(value.py(), place, Some(value), "unsaved", &message)
}

/// Refuses what is no object of the related model: says what was given, and where a key goes.
fn check_object(
    model: &Model,
    info: &RelationshipInfo,
    resolved: &Resolved,
    target: &Model,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let is_target = || Ok::<_, PyErr>(model_of_instance(value)?.table == target.table);
    if value.is_none() || (value.is_instance_of::<ModelBase>() && is_target()?) {
        return Ok(());
    }
    let place = Place { model: &model.table.model, field: &info.declared.name, defined: None };
    let expected =
        if info.is_to_many() { target.table.model.clone() } else { format!("{} or None", target.table.model) };
    let hint = match resolved.own_key() {
        Some(([own], _)) if !is_object(value) => format!("; a key is given to {}", model.column(*own).attribute),
        _ => String::new(),
    };
    let message = format!("it is an object of {expected}, not {}{hint}", described(value)?);
    Err(validation(value.py(), place, Some(value), "type", &message))
}

/// After a foreign key was assigned: a loaded parent that it no longer leads to is forgotten.
pub(crate) fn drop_outdated(slf: &Bound<'_, ModelBase>, model: &Arc<Model>, position: usize) -> PyResult<()> {
    let py = slf.py();
    slf.get().forget_missing();
    for info in model.relationships.iter().filter(|info| !info.is_to_many()) {
        let Some(parent) = held(slf, info)? else { continue };
        let resolved = info.resolved(py, model)?;
        let Some((own, theirs)) = resolved.own_key() else { continue };
        if !own.contains(&position) {
            continue;
        }
        let target = resolved.target(py)?;
        let mut leads_there = !parent.is_none();
        for (own, theirs) in own.iter().zip(theirs) {
            let key = attribute(model, slf, *own)?;
            leads_there = if parent.is_none() {
                leads_there || key.is_none()
            } else {
                leads_there && key.eq(attribute(&target, &parent, *theirs)?)?
            };
        }
        if !leads_there {
            Ends { object: slf.as_any(), model, info, resolved: &resolved, target: &target }.leave()?;
            delete_plainly(slf, info.name.bind(py))?;
        }
    }
    Ok(())
}

/// Before an object is written: takes over the keys that its parents were given since they were assigned.
///
/// # Errors
///
/// `ValidationError` for a parent that has no key yet, which names it.
pub(crate) fn check_parents(model: &Arc<Model>, instance: &Bound<'_, PyAny>) -> PyResult<()> {
    parents_behind(model, instance, |_| false).map(drop)
}

/// A column that takes its value from a parent which has none yet.
pub(crate) struct Behind<'py> {
    pub(crate) column: usize,
    pub(crate) parent: Bound<'py, PyAny>,
    /// The parent's column.
    pub(crate) from: usize,
}

/// As [`check_parents`]; parents that `is_written` says are written together with the instance may be without a key, and
/// the columns that wait for one are given.
///
/// # Errors
///
/// As [`check_parents`], for other parents.
pub(crate) fn parents_behind<'py>(
    model: &Arc<Model>,
    instance: &Bound<'py, PyAny>,
    is_written: impl Fn(&Bound<'py, PyAny>) -> bool,
) -> PyResult<Vec<Behind<'py>>> {
    let py = instance.py();
    let mut behind = Vec::new();
    for info in model.relationships.iter().filter(|info| !info.is_to_many()) {
        let Some(parent) = held(instance, info)?.filter(|parent| !parent.is_none()) else { continue };
        let resolved = info.resolved(py, model)?;
        let Some((own, theirs)) = resolved.own_key() else { continue };
        let target = resolved.target(py)?;
        for (own, theirs) in own.iter().zip(theirs) {
            let (held, key) = (attribute(model, instance, *own)?, attribute(&target, &parent, *theirs)?);
            // One that differs is of an insert of the parent that was rolled back; but a key that the parent is about to
            // change is not the database's yet.
            if !held.is_none() && (held.eq(&key)? || ModelBase::of(&parent)?.is_assigned(*theirs)) {
                continue;
            }
            if key.is_none() && is_written(&parent) {
                behind.push(Behind { column: *own, parent: parent.clone(), from: *theirs });
                continue;
            }
            if key.is_none() {
                return Err(without_key(model, info, &target, &parent));
            }
            before_change(instance.cast()?, model, *own)?;
            set_plainly(instance, model.fields[*own].name.bind(py), key)?;
            ModelBase::of(instance)?.mark_assigned(*own);
        }
    }
    Ok(behind)
}

/// After an object was deleted: its parents hold it no more.
pub(crate) fn leave_parents(model: &Arc<Model>, instance: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = instance.py();
    for info in model.relationships.iter().filter(|info| !info.is_to_many()) {
        if held(instance, info)?.is_none_or(|parent| parent.is_none()) {
            continue;
        }
        let resolved = info.resolved(py, model)?;
        if resolved.own_key().is_some() {
            let target = resolved.target(py)?;
            Ends { object: instance, model, info, resolved: &resolved, target: &target }.leave()?;
        }
    }
    Ok(())
}

/// After an object was read again: what it is related to is no longer known.
pub(crate) fn forget_related(model: &Model, instance: &Bound<'_, PyAny>) -> PyResult<()> {
    ModelBase::of(instance)?.forget_missing();
    for info in &model.relationships {
        if held(instance, info)?.is_some() {
            delete_plainly(instance, info.name.bind(instance.py()))?;
        }
    }
    Ok(())
}

/// After an object was copied: the collections that it took over become its own.
pub(crate) fn own_collections(model: &Model, instance: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = instance.py();
    for info in model.relationships.iter().filter(|info| info.is_to_many()) {
        let Some(collection) = held(instance, info)? else { continue };
        // One that is being made itself belongs to the object that is made with it.
        let Some(owner) = collection.getattr_opt(pyo3::intern!(py, "_owner"))? else { continue };
        if owner.is(instance) {
            continue;
        }
        let items = collection.getattr(pyo3::intern!(py, "_items"))?;
        let items = if items.is_none() {
            items
        } else {
            PyList::new(py, items.try_iter()?.collect::<PyResult<Vec<_>>>()?)?.into_any()
        };
        let own = collection_class(py)?.call1((instance, info.name.bind(py), items))?;
        set_plainly(instance, info.name.bind(py), own)?;
    }
    Ok(())
}
