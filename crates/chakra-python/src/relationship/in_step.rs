//! What a collection's change leaves in memory: both sides, as the database holds them now.

use std::sync::Arc;

use chakra::schema::Role;
use chakra::schema::relationship::Link;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::Resolved;
use super::change::Verb;
use super::collection::held;
use super::undo::{come, go};
use crate::hydrate::set_plainly;
use crate::instance::{ModelBase, Stamp, Undo, attribute, place_of, updated};
use crate::schema::Model;
use crate::transaction::{Scope, UndoEntry};

/// What a change leaves in memory.
pub(super) struct Done {
    pub(super) owner: Py<PyAny>,
    pub(super) objects: Vec<Py<PyAny>>,
    /// Which of them had a row before.
    pub(super) stored: Vec<bool>,
    pub(super) stamps: Vec<Stamp>,
    pub(super) model: Arc<Model>,
    pub(super) relationship: usize,
    pub(super) resolved: Arc<Resolved>,
    pub(super) target: Arc<Model>,
    pub(super) verb: Verb,
    /// The transaction that takes it back if it is rolled back.
    pub(super) scope: Option<Py<Scope>>,
}

impl Done {
    /// Makes loaded collections and foreign keys say what the database holds now.
    pub(super) fn keep_in_step(&self, py: Python<'_>) -> PyResult<()> {
        let owner = self.owner.bind(py);
        let info = &self.model.relationships[self.relationship];
        let objects: Vec<Bound<'_, PyAny>> = self.objects.iter().map(|object| object.bind(py).clone()).collect();
        let collection = held(owner, info)?;
        let before: Vec<Bound<'_, PyAny>> = match &collection {
            Some(collection) => match collection.getattr(pyo3::intern!(py, "_items"))?.cast::<PyList>() {
                Ok(items) => items.iter().collect(),
                Err(_) => Vec::new(),
            },
            None => Vec::new(),
        };
        let stays = |object: &Bound<'_, PyAny>| same_row(&self.target, object, &objects);
        let gone: Vec<&Bound<'_, PyAny>> = match self.verb {
            Verb::Set => before.iter().filter(|object| !stays(object)).collect(),
            Verb::Remove => before.iter().filter(|object| stays(object)).collect(),
            Verb::Add | Verb::Create => Vec::new(),
        };
        let stay = self.verb != Verb::Remove;
        for (object, stored) in objects.iter().zip(&self.stored) {
            if stay { self.came(owner, object, *stored)? } else { self.went(owner, object)? }
        }
        gone.iter().try_for_each(|object| self.went(owner, object))?;
        if let Some(collection) = collection {
            for object in &gone {
                go(&collection, object, self.scope.as_ref())?;
            }
            if stay {
                for object in objects.iter().filter(|object| !same_row(&self.target, object, &before)) {
                    come(&collection, object, self.scope.as_ref())?;
                }
            }
        }
        Ok(())
    }

    /// Notes what new objects said before of whom they belong to.
    pub(super) fn note_references(&self, py: Python<'_>, before: Vec<Undo>) -> PyResult<()> {
        let Some(scope) = &self.scope else { return Ok(()) };
        before.into_iter().try_for_each(|undo| scope.get().note(py, UndoEntry::Write(undo.after(py, &self.target)?)))
    }

    fn came(&self, owner: &Bound<'_, PyAny>, object: &Bound<'_, PyAny>, stored: bool) -> PyResult<()> {
        self.leave_former(owner, object)?;
        if stored {
            self.changing(object, || {
                self.refer(object, Some(owner))?;
                self.was_updated(object)
            })?;
        } else {
            self.refer(object, Some(owner))?; // which its insert takes back
        }
        self.other_side(owner, object, come)
    }

    fn went(&self, owner: &Bound<'_, PyAny>, object: &Bound<'_, PyAny>) -> PyResult<()> {
        if self.belongs(owner, object)? {
            self.changing(object, || {
                self.was_updated(object)?;
                self.refer(object, None)
            })?;
        }
        self.other_side(owner, object, go)
    }

    /// Does what is to be taken back if the transaction is rolled back.
    fn changing(&self, object: &Bound<'_, PyAny>, change: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
        let Some(scope) = self.scope.as_ref().filter(|_| !matches!(self.resolved.link, Link::Junction { .. })) else {
            return change();
        };
        let (py, instance) = (object.py(), object.cast::<ModelBase>()?);
        let stamped = self.stamps.iter().map(|stamp| stamp.position).chain(self.target.table.role(Role::Version));
        let sets = referring(&self.target, &self.resolved).chain(stamped);
        let undo = Undo::before(&self.target, instance, Vec::new(), sets)?;
        change()?;
        scope.get().note(py, UndoEntry::Write(undo.after(py, &self.target)?))
    }

    /// Takes an object that has one parent only out of what its former one holds.
    fn leave_former(&self, owner: &Bound<'_, PyAny>, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(back) = self.resolved.back_of(&self.target).filter(|back| !back.is_to_many()) else { return Ok(()) };
        let Some(former) = held(object, back)?.filter(|former| !former.is_none()) else { return Ok(()) };
        if same_row(&self.model, &former, std::slice::from_ref(owner)) {
            return Ok(());
        }
        match held(&former, &self.model.relationships[self.relationship])? {
            Some(collection) => go(&collection, object, self.scope.as_ref()),
            None => Ok(()),
        }
    }

    /// Whether the object's foreign key leads to the owner.
    fn belongs(&self, owner: &Bound<'_, PyAny>, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        if matches!(self.resolved.link, Link::Junction { .. }) {
            return Ok(false);
        }
        let hop = &self.resolved.step.hop;
        for (own, theirs) in hop.from_columns.iter().zip(&hop.to_columns) {
            if !attribute(&self.model, owner, *own)?.eq(attribute(&self.target, object, *theirs)?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What was written to the object's row besides its foreign key.
    fn was_updated(&self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        match self.resolved.link {
            Link::Junction { .. } => Ok(()), // that wrote another row
            _ => updated(object.cast::<ModelBase>()?, &self.target, &self.stamps),
        }
    }

    /// The object's foreign key, as it was written.
    fn refer(&self, object: &Bound<'_, PyAny>, owner: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        if matches!(self.resolved.link, Link::Junction { .. }) {
            return Ok(());
        }
        let py = object.py();
        let hop = &self.resolved.step.hop;
        for (own, theirs) in hop.from_columns.iter().zip(&hop.to_columns) {
            let value = match owner {
                Some(owner) => attribute(&self.model, owner, *own)?,
                None => py.None().into_bound(py),
            };
            set_plainly(object, self.target.fields[*theirs].name.bind(py), value)?;
            ModelBase::of(object)?.is_written(*theirs);
        }
        match self.resolved.back_of(&self.target).filter(|back| !back.is_to_many()) {
            Some(back) => {
                let value = owner.map_or_else(|| py.None().into_bound(py), Clone::clone);
                set_plainly(object, back.name.bind(py), value)
            }
            None => Ok(()),
        }
    }

    /// The object's own collection, of a many-to-many relationship.
    fn other_side<'py>(
        &self,
        owner: &Bound<'py, PyAny>,
        object: &Bound<'py, PyAny>,
        step: impl FnOnce(&Bound<'py, PyAny>, &Bound<'py, PyAny>, Option<&Py<Scope>>) -> PyResult<()>,
    ) -> PyResult<()> {
        let info = &self.model.relationships[self.relationship];
        let back = if info.declared.symmetrical { Some(info) } else { self.resolved.back_of(&self.target) };
        let Some(back) = back.filter(|back| back.is_to_many()) else { return Ok(()) };
        match held(object, back)? {
            Some(collection) => step(&collection, owner, self.scope.as_ref()),
            None => Ok(()),
        }
    }
}

/// The places of an object's attributes that say to whom it belongs.
pub(super) fn referring(target: &Model, resolved: &Resolved) -> impl Iterator<Item = usize> {
    let back = resolved.back.filter(|back| !target.relationships[*back].is_to_many());
    resolved.step.hop.to_columns.iter().copied().chain(back.map(|back| place_of(target, back)))
}

/// Whether one of some objects is of the same row.
fn same_row(model: &Model, object: &Bound<'_, PyAny>, others: &[Bound<'_, PyAny>]) -> bool {
    let key = |object: &Bound<'_, PyAny>| -> Option<Vec<Py<PyAny>>> {
        let part = |at: &usize| attribute(model, object, *at).ok().filter(|part| !part.is_none()).map(Bound::unbind);
        model.table.primary_key.iter().map(part).collect()
    };
    let own = key(object);
    others.iter().any(|other| {
        other.is(object)
            || own.as_ref().zip(key(other)).is_some_and(|(own, its)| {
                own.iter().zip(&its).all(|(own, its)| own.bind(object.py()).eq(its).unwrap_or(false))
            })
    })
}
