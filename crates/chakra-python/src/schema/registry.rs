//! Every model class that is alive, in order of definition.

use std::sync::Arc;

use chakra::dialect::{Dialect, same_table_in};
use chakra::schema::{Declared, ModelFault, TableRef, faults_among};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::{PyType, PyWeakref, PyWeakrefMethods, PyWeakrefReference};

/// A class, held weakly, and what its definition said.
pub(super) struct Entry {
    class: Py<PyWeakref>,
    /// The class's name with its module's.
    path: String,
    place: String,
    table: TableRef,
    /// Whether the definition has no mistakes in itself.
    sound: bool,
}

/// A class that is defined again (a notebook's cell run twice, a module reloaded) takes the place of the earlier one.
static REGISTRY: Mutex<Vec<Arc<Entry>>> = Mutex::new(Vec::new());

impl Entry {
    pub(super) fn new(class: &Bound<'_, PyType>, place: String, table: TableRef, sound: bool) -> PyResult<Self> {
        let path = format!("{}.{}", class.module()?, class.qualname()?);
        let class = PyWeakrefReference::new(class)?.cast_into::<PyWeakref>()?.unbind();
        Ok(Self { class, path, place, table, sound })
    }

    fn class<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyType>> {
        self.class.bind(py).upgrade_as::<PyType>().ok().flatten()
    }

    fn declared(&self) -> Declared<'_> {
        Declared { table: &self.table, path: &self.path, place: Some(&self.place), sound: self.sound }
    }
}

/// Remembers a class until it goes.
pub(super) fn remember(py: Python<'_>, entry: Entry) {
    let gone: Vec<Arc<Entry>> = alive(py, &snapshot(), false);
    let mut registry = REGISTRY.lock();
    let before = std::mem::take(&mut *registry);
    let is_kept = |other: &Arc<Entry>| other.path != entry.path && !gone.iter().any(|gone| Arc::ptr_eq(gone, other));
    let (kept, dropped): (Vec<_>, Vec<_>) = before.into_iter().partition(is_kept);
    *registry = kept;
    registry.push(Arc::new(entry));
    drop(registry);
    drop(dropped); // after the lock: dropping Python's objects may run Python code
}

/// The classes of all models that are still alive; `sound` leaves out those that cannot be used.
pub(crate) fn registered(py: Python<'_>, sound: bool) -> Vec<Bound<'_, PyType>> {
    snapshot().iter().filter(|entry| entry.sound || !sound).filter_map(|entry| entry.class(py)).collect()
}

/// What is wrong with a table because of other models.
pub(super) fn faults_of(py: Python<'_>, table: &TableRef) -> PyResult<Vec<ModelFault>> {
    let faults = faults_now(py, table);
    if faults.iter().any(|fault| matches!(fault.code, "duplicate-table" | "duplicate-name")) {
        // The other may be a class that nobody uses any more and that is not collected yet.
        py.import("gc")?.call_method0("collect")?;
        return Ok(faults_now(py, table));
    }
    Ok(faults)
}

/// What a database does not tell from the table of another model.
pub(super) fn same_table(py: Python<'_>, dialect: Dialect, table: &TableRef) -> Option<ModelFault> {
    let entries = alive(py, &snapshot(), true);
    same_table_in(dialect, table, entries.iter().filter(|entry| entry.sound).map(|entry| &*entry.table))
}

fn faults_now(py: Python<'_>, table: &TableRef) -> Vec<ModelFault> {
    let entries = alive(py, &snapshot(), true);
    let others: Vec<Declared<'_>> = entries.iter().map(|entry| entry.declared()).collect();
    match entries.iter().find(|entry| entry.table == *table) {
        Some(entry) => faults_among(entry.declared(), &others),
        None => Vec::new(), // a class that was defined again since
    }
}

fn snapshot() -> Vec<Arc<Entry>> {
    REGISTRY.lock().clone()
}

/// Those whose class is still there, or those whose class is gone.
fn alive(py: Python<'_>, entries: &[Arc<Entry>], yes: bool) -> Vec<Arc<Entry>> {
    entries.iter().filter(|entry| entry.class(py).is_some() == yes).cloned().collect()
}
