//! What a write did to an object, to be taken back where its transaction is rolled back: the object counts as unwritten
//! again, so that saving it once more writes it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use pyo3::types::{PyString, PyWeakrefMethods, PyWeakrefReference};

use super::ModelBase;
use super::changes::Known;
use crate::held::{Held, weak};
use crate::hydrate::{delete_plainly, set_plainly};
use crate::relationship::{drop_outdated, held};
use crate::schema::{Model, model_of};

/// A write that arrived in an object. It holds the object weakly: who is gone has nothing to take back.
pub(crate) struct Undo {
    instance: Py<PyWeakrefReference>,
    was_loaded: bool,
    /// What was written, to be written again.
    columns: Vec<usize>,
    /// The key under which the database held the row, where that was another than the attributes said.
    key: Option<Vec<Py<PyAny>>>,
    /// What the write set.
    set: Vec<Set>,
    /// What the database held of values that change in place, where that was read again.
    originals: Option<Known>,
}

/// An attribute that a write set.
struct Set {
    place: usize,
    before: Held,
    since: Held,
    /// Whether it was to be written before.
    was_assigned: bool,
    /// Whether it was left to the database's default.
    was_open: bool,
}

/// The place of a relationship among an object's attributes: after the fields.
pub(crate) fn place_of(model: &Model, relationship: usize) -> usize {
    model.fields.len() + relationship
}

fn name(model: &Model, place: usize) -> &Py<PyString> {
    match place.checked_sub(model.fields.len()) {
        None => &model.fields[place].name,
        Some(relationship) => &model.relationships[relationship].name,
    }
}

fn value<'py>(model: &Model, object: &Bound<'py, PyAny>, place: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
    match place.checked_sub(model.fields.len()) {
        None => object.getattr_opt(model.fields[place].name.bind(object.py())),
        Some(relationship) => held(object, &model.relationships[relationship]),
    }
}

impl Undo {
    /// Before a write arrives that sets attributes at these places.
    pub(crate) fn before(
        model: &Model,
        instance: &Bound<'_, ModelBase>,
        columns: Vec<usize>,
        sets: impl Iterator<Item = usize>,
    ) -> PyResult<Self> {
        let (py, state) = (instance.py(), instance.get());
        let key = state.stored_key.lock().as_ref().map(|key| key.iter().map(|part| part.clone_ref(py)).collect());
        let set = |place| {
            let before = Held::of(value(model, instance, place)?)?;
            Ok(Set {
                place,
                before,
                since: Held::Nothing,
                was_assigned: state.dirty.contains(place),
                was_open: state.left_open.contains(place),
            })
        };
        let set = sets.map(set).collect::<PyResult<Vec<_>>>()?;
        let instance = weak(instance)?;
        Ok(Self { instance, was_loaded: state.is_loaded(), columns, key, set, originals: None })
    }

    /// What the database supplied has arrived already, in the place of None; not where the object was assigned a value
    /// meanwhile.
    pub(super) fn of_insert(mut self, py: Python<'_>, model: &Model, supplied: &[usize]) -> Self {
        self.was_loaded = false;
        let arrived =
            |set: &Set| supplied.contains(&set.place) && (model.column(set.place).primary_key || !set.was_assigned);
        for set in self.set.iter_mut().filter(|set| arrived(set)) {
            set.before = Held::Value(py.None());
        }
        self
    }

    /// What is read again is all that is known of the row.
    pub(super) fn of_reading(mut self, instance: &ModelBase) -> Self {
        self.originals = Some(instance.originals.get());
        self
    }

    /// After the write has arrived.
    pub(crate) fn after(mut self, py: Python<'_>, model: &Model) -> PyResult<Self> {
        let Some(instance) = self.instance.bind(py).upgrade() else { return Ok(self) };
        for set in &mut self.set {
            set.since = Held::of(value(model, &instance, set.place)?)?;
        }
        self.set.retain(|set| set.was_assigned || set.was_open || !set.before.is_same(&set.since));
        Ok(self)
    }

    /// The object, if it is still there.
    pub(crate) fn object<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.instance.bind(py).upgrade()
    }

    /// Takes over a later write to the same object.
    pub(crate) fn merge(&mut self, later: Self) {
        self.columns.extend(later.columns);
        self.columns.sort_unstable();
        self.columns.dedup();
        self.originals = self.originals.take().or(later.originals);
        for set in later.set {
            match self.set.iter_mut().find(|own| own.place == set.place) {
                None => self.set.push(set),
                Some(own) if own.since.is_same(&set.before) => own.since = set.since,
                // It was assigned in between, which stays.
                Some(own) => *own = set,
            }
        }
    }

    /// Takes it back, and gives the object. What was assigned since stays.
    pub(crate) fn undo(self, py: Python<'_>) -> PyResult<Option<Bound<'_, ModelBase>>> {
        let Some(object) = self.object(py) else { return Ok(None) };
        let instance = object.cast_into::<ModelBase>()?;
        let model = model_of(&instance.get_type())?;
        let state = instance.get();
        let mut restored = Vec::with_capacity(self.set.len());
        for set in self.set {
            if set.put_back(&model, &instance)? {
                restored.push(set.place);
            }
        }
        state.loaded.store(self.was_loaded, Ordering::Relaxed);
        state.dirty.put_back(&self.columns);
        if let Some(originals) = self.originals {
            state.originals.set(originals);
        }
        let since = std::mem::replace(&mut *state.stored_key.lock(), self.key);
        drop(since); // after the lock: it may run Python code
        forget_what_does_not_fit(&model, &instance, &restored)?;
        Ok(Some(instance))
    }
}

/// Relationships that the restored foreign keys do not lead to.
fn forget_what_does_not_fit(model: &Arc<Model>, instance: &Bound<'_, ModelBase>, restored: &[usize]) -> PyResult<()> {
    if model.relationships.is_empty() {
        return Ok(());
    }
    restored
        .iter()
        .filter(|place| **place < model.fields.len())
        .try_for_each(|place| drop_outdated(instance, model, *place))
}

impl Set {
    /// Sets the attribute to what it was, unless it was assigned since; whether it did.
    fn put_back(&self, model: &Model, instance: &Bound<'_, ModelBase>) -> PyResult<bool> {
        let py = instance.py();
        let held = value(model, instance, self.place)?;
        if !self.since.is(py, held.as_ref()) {
            return Ok(false);
        }
        let name = name(model, self.place).bind(py);
        match self.before.get(py) {
            Some(before) => set_plainly(instance, name, before)?,
            // A related object that is gone can be loaded again.
            None if held.is_some() => delete_plainly(instance, name)?,
            None => {}
        }
        let state = instance.get();
        if self.was_assigned {
            state.dirty.mark(self.place);
        }
        if self.was_open {
            state.left_open.mark(self.place);
        }
        Ok(true)
    }
}
