//! Which columns of an instance differ from what the database holds: those that were assigned, and those whose value
//! was changed in place. Saving asks here.

use std::sync::Arc;

use chakra::engine::{Keeper, KeptCell, KeptRow, Rows};
use chakra::types::{Kind, PostgresKind, SqlType, Value};
use parking_lot::Mutex;
use pyo3::prelude::*;

use super::same::{is_same, is_same_value};
use super::{ModelBase, attribute};
use crate::convert::{from_value, to_value};
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
pub(super) struct Originals(Mutex<Known>);

#[derive(Debug, Default, Clone)]
pub(super) enum Known {
    #[default]
    Nothing,
    /// All as it was read.
    Read(KeptRow),
    /// Some of it was written since.
    Written(Arc<Written>),
}

#[derive(Debug)]
pub(super) struct Written {
    read: Option<KeptRow>,
    /// What is known of a column, whatever was read; None where there is nothing that can change.
    columns: Vec<(usize, Option<Held>)>,
}

#[derive(Debug, Clone)]
enum Held {
    /// As it was written.
    Value(Value),
    /// A copy, where the value cannot be written again (a text with NUL that another program stored).
    Copy(Arc<Py<PyAny>>),
}

impl Originals {
    pub(super) fn get(&self) -> Known {
        self.0.lock().clone()
    }

    pub(super) fn set(&self, known: Known) {
        let before = std::mem::replace(&mut *self.0.lock(), known);
        drop(before); // after the lock: a copy may run Python code as it goes
    }

    /// Takes over what is known of some columns, and leaves the others.
    fn update(&self, mut columns: Vec<(usize, Option<Held>)>) {
        let read = match self.get() {
            Known::Nothing => None,
            Known::Read(row) => Some(row),
            Known::Written(before) => {
                let is_new = |position: usize| columns.iter().any(|(new, _)| *new == position);
                let others: Vec<_> =
                    before.columns.iter().filter(|(position, _)| !is_new(*position)).cloned().collect();
                columns.extend(others);
                before.read.clone()
            }
        };
        self.set(Known::Written(Arc::new(Written { read, columns })));
    }
}

/// The columns of rows whose values are to be watched; none for most models.
pub(crate) struct Watched(Keeper);

impl Watched {
    pub(crate) fn of(model: &Model, rows: &Rows) -> Self {
        Self(Keeper::new(rows, &model.mutable))
    }

    /// A copy of what is watched in a row, if anything is.
    pub(super) fn keep(&self, rows: &Rows, row: usize) -> Option<KeptRow> {
        (!self.0.is_empty()).then(|| self.0.keep(rows, row))
    }
}

impl ModelBase {
    /// Notes what the database holds of an instance that was just read.
    #[inline]
    pub(crate) fn watch_read(&self, watched: &Watched, rows: &Rows, row: usize) {
        if let Some(row) = watched.keep(rows, row) {
            self.originals.set(Known::Read(row));
        }
    }

    /// Notes what the database filled into some columns of an instance that was just inserted, beside what was written.
    pub(super) fn watch_inserted(&self, written: Vec<(usize, Value)>, supplied: Option<KeptRow>) {
        self.originals.set(supplied.map_or(Known::Nothing, Known::Read));
        self.watch_written(written);
    }

    /// Notes what was written to some columns.
    pub(super) fn watch_written(&self, written: Vec<(usize, Value)>) {
        if !written.is_empty() {
            // NULL is None, which cannot change.
            let held = |value: Value| (!value.is_null()).then_some(Held::Value(value));
            self.originals.update(written.into_iter().map(|(position, value)| (position, held(value))).collect());
        }
    }

    /// Notes that the database holds the present values of all columns but those that are changed: in a copy.
    pub(crate) fn watch_present(&self, model: &Model, instance: &Bound<'_, PyAny>) -> PyResult<()> {
        let changed = self.dirty.get();
        let mut columns = Vec::new();
        for position in model.mutable.iter().copied().filter(|position| !changed.contains(position)) {
            let value = attribute(model, instance, position)?;
            if !value.is_none() {
                let held = match to_value(model, position, &value) {
                    Ok(value) => Held::Value(value),
                    Err(_) => Held::Copy(Arc::new(deep_copy(&value)?)),
                };
                columns.push((position, Some(held)));
            }
        }
        self.originals.set(Known::Written(Arc::new(Written { read: None, columns })));
        Ok(())
    }

    /// The columns, besides those assigned, whose values were changed in place since the database held them.
    pub(crate) fn changed_in_place(&self, model: &Model, instance: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
        if !self.is_loaded() {
            return Ok(Vec::new());
        }
        let known = self.originals.get();
        let (read, written) = match &known {
            Known::Nothing => return Ok(Vec::new()),
            Known::Read(row) => (Some(row), &[][..]),
            Known::Written(written) => (written.read.as_ref(), &*written.columns),
        };
        let assigned = self.dirty.get();
        let mut changed = Vec::new();
        for (position, held) in written.iter().filter(|(position, _)| !assigned.contains(position)) {
            if let Some(held) = held
                && !held.is(model, *position, &attribute(model, instance, *position)?)?
            {
                changed.push(*position);
            }
        }
        let is_written = |position| written.iter().any(|(other, _)| *other == position);
        for cell in read.iter().flat_map(|row| row.cells()).filter(|cell| !cell.is_null()) {
            let position = cell.position();
            if !assigned.contains(&position)
                && !is_written(position)
                && !is_still(cell, model, &attribute(model, instance, position)?)?
            {
                changed.push(position);
            }
        }
        Ok(changed)
    }

    /// What the database holds in a column whose value can change in place, if that is known.
    pub(crate) fn original(&self, model: &Model, py: Python<'_>, position: usize) -> PyResult<Option<Py<PyAny>>> {
        let known = self.originals.get();
        let (read, written) = match &known {
            Known::Nothing => return Ok(None),
            Known::Read(row) => (Some(row), &[][..]),
            Known::Written(written) => (written.read.as_ref(), &*written.columns),
        };
        if let Some((_, held)) = written.iter().find(|(other, _)| *other == position) {
            return held
                .as_ref()
                .map_or_else(|| Ok(Some(py.None())), |held| held.object(model, py, position).map(Some));
        }
        let Some(cell) = read.and_then(|row| row.cells().find(|cell| cell.position() == position)) else {
            return Ok(None);
        };
        match cell.visit(ToPython(py)) {
            Ok(read) => members_read(model, position, read?).map(|read| Some(read.unbind())),
            Err(_) => Ok(None),
        }
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
    fn object(&self, model: &Model, py: Python<'_>, position: usize) -> PyResult<Py<PyAny>> {
        match self {
            Self::Value(value) => members_read(model, position, from_value(py, value)?).map(Bound::unbind),
            Self::Copy(copy) => deep_copy(copy.bind(py)),
        }
    }

    /// Whether a value is still the one that the database holds.
    fn is(&self, model: &Model, position: usize, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        match self {
            Self::Value(written) => {
                Ok(to_value(model, position, value).is_ok_and(|value| is_same_value(&value, written)))
            }
            Self::Copy(copy) => is_same(copy.bind(value.py()), value),
        }
    }
}

/// A value as the field has it: members of an enumeration for their texts.
fn members_read<'py>(model: &Model, position: usize, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match &model.fields[position].members {
        Some(members) => members.read(value.clone()).unwrap_or(Ok(value)),
        None => Ok(value),
    }
}

/// Whether a value is still the one that was read.
fn is_still(cell: KeptCell<'_>, model: &Model, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Ok(read) = cell.visit(ToPython(value.py())) else { return Ok(false) };
    let read = match &model.fields[cell.position()].members {
        Some(members) => members.read(read?),
        None => Ok(read),
    };
    read.map_or(Ok(false), |read| is_same(&read?, value))
}

fn deep_copy(value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    Ok(value.py().import("copy")?.call_method1("deepcopy", (value,))?.unbind())
}
