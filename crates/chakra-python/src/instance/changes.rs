//! Which columns of an instance differ from what the database holds: those that were assigned, and those whose value
//! was changed in place. Saving asks here.

use std::sync::Arc;

use chakra::engine::{Kept, Rows};
use chakra::types::{Kind, PostgresKind, SqlType, Value};
use parking_lot::Mutex;
use pyo3::prelude::*;

use super::same::{is_same, is_same_value};
use super::{ModelBase, attribute};
use crate::convert::to_value;
use crate::hydrate::ToPython;
use crate::schema::Model;

/// Whether Python's value of a type can change without being assigned.
pub(crate) fn changes_in_place(sql_type: &SqlType) -> bool {
    use PostgresKind::{HStore, Vector};
    matches!(sql_type.kind(), Kind::Json | Kind::Array(_) | Kind::Postgres(HStore | Vector))
}

/// What the database holds in the columns whose values can change in place. Models without such columns, and
/// instances that the database does not hold, have none.
#[derive(Debug, Default)]
pub(super) struct Originals(Mutex<Option<Arc<[Original]>>>);

/// What the database holds in one column.
#[derive(Debug, Clone)]
struct Original {
    position: usize,
    held: Held,
}

#[derive(Debug, Clone)]
enum Held {
    /// As it was read. Copied bytes: decoding is put off until someone asks.
    Read(Kept),
    /// As it was written.
    Written(Value),
    /// A copy, where the value cannot be written again (a text with NUL that another program stored).
    Copied(Arc<Py<PyAny>>),
}

impl Originals {
    fn get(&self) -> Option<Arc<[Original]>> {
        self.0.lock().clone()
    }

    fn set(&self, originals: Option<Arc<[Original]>>) {
        let before = std::mem::replace(&mut *self.0.lock(), originals);
        drop(before); // after the lock: a copy may run Python code as it goes
    }

    /// Takes over what is known of some columns, and leaves the others.
    fn update(&self, columns: &[usize], known: Vec<Original>) {
        let kept = self.get();
        let others = kept.iter().flat_map(|kept| kept.iter()).filter(|original| !columns.contains(&original.position));
        let merged: Arc<[Original]> = others.cloned().chain(known).collect();
        self.set((!merged.is_empty()).then_some(merged));
    }
}

/// The columns of rows whose values are to be watched; none for most models.
pub(crate) struct Watched(Vec<(usize, usize)>);

impl Watched {
    pub(crate) fn of(model: &Model, rows: &Rows) -> Self {
        let among = |position: &usize| model.mutable.contains(position);
        Self(rows.positions().iter().copied().enumerate().filter(|(_, position)| among(position)).collect())
    }

    fn originals(&self, rows: &Rows, row: usize) -> impl Iterator<Item = Original> {
        // NULL is None, which cannot change.
        let present = self.0.iter().filter(move |(column, _)| !rows.is_null(row, *column));
        present
            .map(move |(column, position)| Original { position: *position, held: Held::Read(rows.keep(row, *column)) })
    }
}

impl ModelBase {
    /// Notes what the database holds of an instance that was just read.
    #[inline]
    pub(crate) fn watch_read(&self, watched: &Watched, rows: &Rows, row: usize) {
        if !watched.0.is_empty() {
            self.originals.set(Some(watched.originals(rows, row).collect()));
        }
    }

    /// Notes what the database filled into some columns.
    pub(crate) fn watch_supplied(&self, watched: &Watched, rows: &Rows, row: usize) {
        if !watched.0.is_empty() {
            let columns: Vec<usize> = watched.0.iter().map(|(_, position)| *position).collect();
            self.originals.update(&columns, watched.originals(rows, row).collect());
        }
    }

    /// Notes what was written to some columns.
    pub(super) fn watch_written(&self, written: Vec<(usize, Value)>) {
        if !written.is_empty() {
            let columns: Vec<usize> = written.iter().map(|(position, _)| *position).collect();
            let original = |(position, value)| Original { position, held: Held::Written(value) };
            self.originals
                .update(&columns, written.into_iter().filter(|(_, value)| !value.is_null()).map(original).collect());
        }
    }

    /// Notes that the database holds the present values of all columns but those that are changed: in a copy.
    pub(super) fn watch_present(&self, model: &Model, instance: &Bound<'_, PyAny>) -> PyResult<()> {
        let changed = self.dirty.get();
        let mut originals = Vec::new();
        for position in model.mutable.iter().copied().filter(|position| !changed.contains(position)) {
            let value = attribute(model, instance, position)?;
            if !value.is_none() {
                let held = match to_value(model, position, &value) {
                    Ok(value) => Held::Written(value),
                    Err(_) => Held::Copied(Arc::new(deep_copy(&value)?)),
                };
                originals.push(Original { position, held });
            }
        }
        self.originals.set((!originals.is_empty()).then(|| originals.into()));
        Ok(())
    }

    /// The columns, besides those assigned, whose values were changed in place since the database held them.
    pub(super) fn changed_in_place(&self, model: &Model, instance: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
        let Some(originals) = self.originals.get().filter(|_| self.is_loaded()) else { return Ok(Vec::new()) };
        let assigned = self.dirty.get();
        let mut changed = Vec::new();
        for original in originals.iter().filter(|original| !assigned.contains(&original.position)) {
            let value = attribute(model, instance, original.position)?;
            if !original.held.is(model, original.position, &value)? {
                changed.push(original.position);
            }
        }
        Ok(changed)
    }

    /// The columns that differ from what the database holds, in order: assigned or changed in place.
    pub(crate) fn changed(&self, model: &Model, instance: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
        let mut changed = self.dirty.get();
        changed.extend(self.changed_in_place(model, instance)?);
        changed.sort_unstable();
        Ok(changed)
    }
}

impl Held {
    /// Whether a value is still the one that the database holds.
    fn is(&self, model: &Model, position: usize, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        match self {
            Self::Written(written) => {
                Ok(to_value(model, position, value).is_ok_and(|value| is_same_value(&value, written)))
            }
            Self::Read(kept) => {
                let Ok(read) = kept.visit(ToPython(value.py())) else { return Ok(false) };
                let read = match &model.fields[position].members {
                    Some(members) => members.read(read?),
                    None => Ok(read),
                };
                read.map_or(Ok(false), |read| is_same(&read?, value))
            }
            Self::Copied(copy) => is_same(copy.bind(value.py()), value),
        }
    }
}

fn deep_copy(value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    Ok(value.py().import("copy")?.call_method1("deepcopy", (value,))?.unbind())
}
