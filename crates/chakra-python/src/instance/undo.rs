//! What a write did to an object, to be taken back where its transaction is rolled back: the object counts as unwritten
//! again, so that saving it once more writes it.

use std::sync::atomic::Ordering;

use pyo3::prelude::*;

use super::ModelBase;
use crate::hydrate::{delete_plainly, set_plainly};
use crate::schema::{Model, model_of};

/// A write that arrived in an object.
pub(crate) struct Undo {
    instance: Py<ModelBase>,
    was_loaded: bool,
    /// What was written, to be written again.
    columns: Vec<usize>,
    /// The key under which the database held the row, where that was another than the attributes said.
    key: Option<Vec<Py<PyAny>>>,
    /// What the write set.
    set: Vec<Set>,
    /// The columns that were left to the database's default.
    left_open: Vec<usize>,
}

/// An attribute that a write set.
struct Set {
    position: usize,
    /// What it was before; None: absent.
    before: Option<Py<PyAny>>,
    /// What it has been since.
    since: Option<Py<PyAny>>,
}

impl Undo {
    /// Before a write arrives that sets attributes at these positions.
    pub(crate) fn before(
        py: Python<'_>,
        model: &Model,
        instance: &Py<ModelBase>,
        columns: Vec<usize>,
        sets: impl Iterator<Item = usize>,
    ) -> PyResult<Self> {
        let state = instance.get();
        let key = state.stored_key.lock().as_ref().map(|key| key.iter().map(|part| part.clone_ref(py)).collect());
        let held = |position: usize| {
            let held = instance.bind(py).getattr_opt(model.fields[position].name.bind(py))?;
            Ok(Set { position, before: held.map(Bound::unbind), since: None })
        };
        let set = sets.map(held).collect::<PyResult<Vec<_>>>()?;
        let (was_loaded, left_open) = (state.is_loaded(), state.left_open.get());
        Ok(Self { instance: instance.clone_ref(py), was_loaded, columns, key, set, left_open })
    }

    /// What the database supplied has arrived already, in the place of None; not where the object was assigned a value
    /// meanwhile.
    pub(super) fn of_insert(mut self, py: Python<'_>, model: &Model, supplied: &[usize]) -> Self {
        self.was_loaded = false;
        let state = self.instance.get();
        let arrived = |at: usize| model.column(at).primary_key || !state.is_assigned(at);
        for set in self.set.iter_mut().filter(|set| supplied.contains(&set.position) && arrived(set.position)) {
            set.before = Some(py.None());
        }
        self
    }

    /// After the write has arrived.
    pub(crate) fn after(mut self, py: Python<'_>, model: &Model) -> PyResult<Self> {
        for set in &mut self.set {
            let held = self.instance.bind(py).getattr_opt(model.fields[set.position].name.bind(py))?;
            set.since = held.map(Bound::unbind);
        }
        Ok(self)
    }

    /// Takes it back. What was assigned since stays.
    pub(crate) fn undo(self, py: Python<'_>) -> PyResult<()> {
        let instance = self.instance.bind(py);
        let model = model_of(&instance.get_type())?;
        let state = instance.get();
        for Set { position, before, since } in self.set {
            let name = model.fields[position].name.bind(py);
            let held = instance.getattr_opt(name)?;
            let is_untouched = match (&held, &since) {
                (Some(held), Some(since)) => held.is(since.bind(py)),
                (None, None) => true,
                _ => false,
            };
            if is_untouched && self.left_open.contains(&position) {
                state.left_open.mark(position);
            }
            match before {
                _ if !is_untouched => {}
                Some(before) => set_plainly(instance, name, before.bind(py))?,
                None if held.is_some() => delete_plainly(instance, name)?,
                None => {}
            }
        }
        state.loaded.store(self.was_loaded, Ordering::Relaxed);
        state.dirty.put_back(&self.columns);
        let since = std::mem::replace(&mut *state.stored_key.lock(), self.key);
        drop(since); // after the lock: it may run Python code
        Ok(())
    }
}
