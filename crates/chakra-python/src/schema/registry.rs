//! Every model class that is alive, in order of definition.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chakra::dialect::{Dialect, same_table_in};
use chakra::schema::{Declared, ModelFault, Relationship, Table, TableRef, faults_among};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::{PyType, PyWeakref, PyWeakrefMethods, PyWeakrefReference};

use super::Model;

/// A class, held weakly, and what its definition said.
pub(super) struct Entry {
    class: Py<PyWeakref>,
    /// The class's name with its module's.
    path: String,
    place: String,
    table: TableRef,
    relationships: Vec<Relationship>,
    /// Whether the definition has no mistakes in itself.
    sound: bool,
}

/// A class that is defined again (a notebook's cell run twice, a module reloaded) takes the place of the earlier one.
static REGISTRY: Mutex<Vec<Arc<Entry>>> = Mutex::new(Vec::new());

impl Entry {
    pub(super) fn new(class: &Bound<'_, PyType>, place: String, model: &Model, sound: bool) -> PyResult<Self> {
        let path = format!("{}.{}", class.module()?, class.qualname()?);
        let class = PyWeakrefReference::new(class)?.cast_into::<PyWeakref>()?.unbind();
        let relationships = model.relationships.iter().map(|relationship| relationship.declared.clone()).collect();
        Ok(Self { class, path, place, table: model.table.clone(), relationships, sound })
    }

    pub(super) fn class<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyType>> {
        self.class.bind(py).upgrade_as::<PyType>().ok().flatten()
    }

    pub(super) fn table(&self) -> TableRef {
        self.table.clone()
    }

    pub(super) fn is_of(&self, table: &Table) -> bool {
        std::ptr::eq(&raw const *self.table, table)
    }

    pub(super) fn declared(&self) -> Declared<'_> {
        Declared {
            table: &self.table,
            path: &self.path,
            place: Some(&self.place),
            sound: self.sound,
            relationships: &self.relationships,
        }
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
    GENERATION.fetch_add(1, Ordering::Relaxed);
    drop(registry);
    drop(dropped); // after the lock: dropping Python's objects may run Python code
}

/// Counts the definitions: what a relationship leads to is looked up anew when there is another model.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// How many models have been defined.
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// The classes of all models that are still alive; `sound` leaves out those that cannot be used.
pub(crate) fn registered(py: Python<'_>, sound: bool) -> PyResult<Vec<Bound<'_, PyType>>> {
    // Some wait for the models that they refer to.
    py.import("chakra.foreign_keys")?.call_method0("complete_all")?;
    Ok(snapshot().iter().filter(|entry| entry.sound || !sound).filter_map(|entry| entry.class(py)).collect())
}

/// What is wrong with a table because of other models.
pub(super) fn faults_of(py: Python<'_>, model: &Model) -> PyResult<Vec<ModelFault>> {
    let faults = faults_now(py, model);
    if faults.iter().any(|fault| is_by_another(fault.code)) {
        // The other may be a class that nobody uses any more and that is not collected yet.
        py.import("gc")?.call_method0("collect")?;
        return Ok(faults_now(py, model));
    }
    Ok(faults)
}

/// What a database does not tell from the table of another model.
pub(super) fn same_table(py: Python<'_>, dialect: Dialect, table: &TableRef) -> Option<ModelFault> {
    let entries = alive(py, &snapshot(), true);
    same_table_in(dialect, table, entries.iter().filter(|entry| entry.sound).map(|entry| &*entry.table))
}

/// Whether a mistake lies in there being another model, or may, in a model that is reached.
fn is_by_another(code: &str) -> bool {
    matches!(
        code,
        "reaches-broken" | "duplicate-table" | "duplicate-name" | "enum-type" | "relationship-target-ambiguous"
    )
}

fn faults_now(py: Python<'_>, model: &Model) -> Vec<ModelFault> {
    let entries = living(py);
    let others: Vec<Declared<'_>> = entries.iter().map(|entry| entry.declared()).collect();
    match entries.iter().find(|entry| entry.table == model.table) {
        Some(entry) => faults_among(entry.declared(), &others),
        None => Vec::new(), // a class that was defined again since
    }
}

/// Those whose class is still there.
pub(super) fn living(py: Python<'_>) -> Vec<Arc<Entry>> {
    alive(py, &snapshot(), true)
}

fn snapshot() -> Vec<Arc<Entry>> {
    REGISTRY.lock().clone()
}

/// Those whose class is still there, or those whose class is gone.
fn alive(py: Python<'_>, entries: &[Arc<Entry>], yes: bool) -> Vec<Arc<Entry>> {
    entries.iter().filter(|entry| entry.class(py).is_some() == yes).cloned().collect()
}
