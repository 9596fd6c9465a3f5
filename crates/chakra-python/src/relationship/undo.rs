//! What a transaction did to relationships in memory, to be taken back where it is rolled back.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyWeakrefMethods, PyWeakrefReference};

use super::collection::held;
use crate::held::{Held, weak};
use crate::hydrate::{delete_plainly, set_plainly};
use crate::instance::{ModelBase, attribute, model_of_instance};
use crate::transaction::{Scope, UndoEntry};

/// An object that came into a loaded collection, or left it. Both are held weakly.
pub(crate) struct Moved {
    collection: Py<PyWeakrefReference>,
    object: Py<PyWeakrefReference>,
    /// Where it stood before it left; None: it came.
    from: Option<usize>,
}

impl Moved {
    fn entry(collection: &Bound<'_, PyAny>, object: &Bound<'_, PyAny>, from: Option<usize>) -> PyResult<UndoEntry> {
        Ok(UndoEntry::Moved(Self { collection: weak(collection)?, object: weak(object)?, from }))
    }

    /// Whether there is anything to take back: a collection that an object came into holds it, if it is still there.
    pub(crate) fn is_needed(&self, py: Python<'_>) -> bool {
        let is_there = |reference: &Py<PyWeakrefReference>| reference.bind(py).upgrade().is_some();
        is_there(&self.collection) && (self.from.is_some() || is_there(&self.object))
    }

    /// Takes it back.
    pub(crate) fn undo(self, py: Python<'_>) -> PyResult<()> {
        let Some(collection) = self.collection.bind(py).upgrade() else { return Ok(()) };
        let Some(items) = items_of(&collection)? else { return Ok(()) };
        let object = self.object.bind(py).upgrade();
        let at = object.as_ref().and_then(|object| items.iter().position(|item| item.is(object)));
        match (object, self.from) {
            (_, None) => at.map_or(Ok(()), |at| items.del_item(at)),
            (Some(object), Some(from)) if at.is_none() => items.insert(from.min(items.len()), object),
            (Some(_), Some(_)) => Ok(()),
            // Nobody has the object that left, so that the collection must be loaded again.
            (None, Some(_)) => unload(&collection),
        }
    }
}

/// A relationship that was loaded when a transaction had written, so that it may hold what is not committed.
pub(crate) struct LoadedInside {
    owner: Py<PyWeakrefReference>,
    relationship: usize,
    /// What a relationship to one led to.
    found: Held,
}

impl LoadedInside {
    /// After it was loaded.
    pub(super) fn of(owner: &Bound<'_, PyAny>, relationship: usize) -> PyResult<UndoEntry> {
        let model = model_of_instance(owner)?;
        let info = &model.relationships[relationship];
        let found = if info.is_to_many() { Held::Nothing } else { Held::of(held(owner, info)?)? };
        Ok(UndoEntry::Loaded(Self { owner: weak(owner)?, relationship, found }))
    }

    /// Whether there is anything to take back.
    pub(crate) fn is_needed(&self, py: Python<'_>) -> bool {
        self.owner.bind(py).upgrade().is_some()
    }

    /// Makes it one that is not loaded, unless it was assigned since.
    pub(crate) fn undo(self, py: Python<'_>) -> PyResult<()> {
        let Some(owner) = self.owner.bind(py).upgrade() else { return Ok(()) };
        let model = model_of_instance(&owner)?;
        let info = &model.relationships[self.relationship];
        ModelBase::of(&owner)?.forget_missing();
        match held(&owner, info)? {
            // What a new object has is what it was given.
            Some(collection) if info.is_to_many() && !ModelBase::of(&owner)?.is_loaded() => keep_new(&collection),
            Some(collection) if info.is_to_many() => unload(&collection),
            Some(found) if self.found.is(py, Some(&found)) => delete_plainly(&owner, info.name.bind(py)),
            _ => Ok(()),
        }
    }
}

/// What a loaded collection holds.
fn items_of<'py>(collection: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
    let items = collection.getattr(pyo3::intern!(collection.py(), "_items"))?;
    Ok(items.cast_into::<PyList>().ok())
}

fn unload(collection: &Bound<'_, PyAny>) -> PyResult<()> {
    collection.setattr(pyo3::intern!(collection.py(), "_items"), collection.py().None())
}

fn keep_new(collection: &Bound<'_, PyAny>) -> PyResult<()> {
    let Some(items) = items_of(collection)? else { return Ok(()) };
    let is_new = |item: &Bound<'_, PyAny>| ModelBase::of(item).is_ok_and(|item| !item.is_loaded());
    let new = PyList::new(collection.py(), items.iter().filter(is_new))?;
    collection.setattr(pyo3::intern!(collection.py(), "_items"), new)
}

/// Puts an object into a collection, where that is loaded and does not hold its row.
pub(super) fn come(
    collection: &Bound<'_, PyAny>,
    object: &Bound<'_, PyAny>,
    scope: Option<&Py<Scope>>,
) -> PyResult<()> {
    let Some(items) = items_of(collection)?.filter(|items| !items.contains(object).unwrap_or(false)) else {
        return Ok(());
    };
    items.append(object)?;
    note(collection.py(), scope, || Moved::entry(collection, object, None))
}

/// Takes an object's row out of a collection.
pub(super) fn go(collection: &Bound<'_, PyAny>, object: &Bound<'_, PyAny>, scope: Option<&Py<Scope>>) -> PyResult<()> {
    let Some(items) = items_of(collection)? else { return Ok(()) };
    for at in (0..items.len()).rev() {
        let item = items.get_item(at)?;
        if item.eq(object)? {
            items.del_item(at)?;
            note(collection.py(), scope, || Moved::entry(collection, &item, Some(at)))?;
        }
    }
    Ok(())
}

/// Takes all objects out of a collection.
pub(super) fn empty(collection: &Bound<'_, PyAny>, scope: Option<&Py<Scope>>) -> PyResult<()> {
    let Some(items) = items_of(collection)? else { return Ok(()) };
    for at in (0..items.len()).rev() {
        let item = items.get_item(at)?;
        items.del_item(at)?;
        note(collection.py(), scope, || Moved::entry(collection, &item, Some(at)))?;
    }
    Ok(())
}

/// Has a transaction, if there is one, know how to take something back.
pub(super) fn note(
    py: Python<'_>,
    scope: Option<&Py<Scope>>,
    entry: impl FnOnce() -> PyResult<UndoEntry>,
) -> PyResult<()> {
    scope.map_or(Ok(()), |scope| scope.get().note(py, entry()?))
}

/// After a rollback: an object whose parent is new again refers to nothing, until it is saved anew.
pub(crate) fn forget_keys_of_new_parents(instance: &Bound<'_, ModelBase>) -> PyResult<()> {
    let (py, model) = (instance.py(), model_of_instance(instance)?);
    for info in model.relationships.iter().filter(|info| !info.is_to_many()) {
        let Some(parent) = held(instance, info)?.filter(|parent| !parent.is_none()) else { continue };
        let resolved = info.resolved(py, &model)?;
        let Some((own, theirs)) = resolved.own_key() else { continue };
        let target = resolved.target(py)?;
        for (own, theirs) in own.iter().zip(theirs) {
            if attribute(&target, &parent, *theirs)?.is_none() {
                set_plainly(instance, model.fields[*own].name.bind(py), py.None().into_bound(py))?;
                instance.get().mark_assigned(*own);
            }
        }
    }
    Ok(())
}
