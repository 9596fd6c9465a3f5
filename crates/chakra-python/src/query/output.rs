//! What the rows of a query become.

use std::sync::Arc;

use chakra::engine::Rows;
use chakra::query::Projection;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::State;
use crate::error::plain;
use crate::hydrate::{Slot, cell, instances, slots};
use crate::schema::Model;

/// What each row becomes.
#[derive(Clone)]
pub(super) enum Output {
    /// An instance of the model.
    Instances,
    /// A dictionary.
    Dicts,
    /// A tuple.
    Tuples,
    /// The value of the only column.
    Flat,
    /// A named tuple of this class.
    Named(Arc<Py<PyAny>>),
}

impl State {
    pub(super) fn values(&self, py: Python<'_>, fields: &[String]) -> PyResult<Self> {
        self.projected(py, fields, Output::Dicts)
    }

    pub(super) fn values_list(&self, py: Python<'_>, fields: &[String], flat: bool, named: bool) -> PyResult<Self> {
        if flat && (named || fields.len() != 1) {
            return Err(plain(py, "QueryError", "values_list(flat=True) takes exactly one field, and no named=True"));
        }
        let output = match (flat, named) {
            (true, _) => Output::Flat,
            (_, true) => Output::Named(Arc::new(self.row_class(py, fields)?)),
            _ => Output::Tuples,
        };
        self.projected(py, fields, output)
    }

    fn projected(&self, py: Python<'_>, fields: &[String], output: Output) -> PyResult<Self> {
        let mut next = self.clone();
        next.output = output;
        next.select.projection = if fields.is_empty() {
            Projection::All
        } else {
            Projection::Columns(fields.iter().map(|name| self.model.require(py, name)).collect::<PyResult<_>>()?)
        };
        Ok(next)
    }

    fn row_class(&self, py: Python<'_>, fields: &[String]) -> PyResult<Py<PyAny>> {
        let names: Vec<&str> = if fields.is_empty() {
            self.model.table.columns.iter().map(|column| column.attribute.as_str()).collect()
        } else {
            fields.iter().map(String::as_str).collect()
        };
        let names = PyTuple::new(py, names)?;
        Ok(py.import("chakra._rows")?.call_method1("row_class", (names,))?.unbind())
    }
}

impl Output {
    pub(super) fn objects<'py>(&self, py: Python<'py>, model: &Model, rows: &Rows) -> PyResult<Vec<Bound<'py, PyAny>>> {
        match self {
            Self::Instances => instances(py, model, rows),
            Self::Dicts => dicts(py, model, rows),
            Self::Tuples => {
                let slots = slots(py, model, rows);
                (0..rows.len()).map(|row| tuple(py, rows, row, &slots)).collect()
            }
            Self::Flat => {
                let slots = slots(py, model, rows);
                (0..rows.len()).map(|row| cell(py, rows, row, 0, &slots[0])).collect()
            }
            Self::Named(class) => {
                let (slots, make) = (slots(py, model, rows), class.bind(py).getattr("_make")?);
                (0..rows.len()).map(|row| make.call1((tuple(py, rows, row, &slots)?,))).collect()
            }
        }
    }
}

fn dicts<'py>(py: Python<'py>, model: &Model, rows: &Rows) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let slots = slots(py, model, rows);
    (0..rows.len())
        .map(|row| {
            let dict = PyDict::new(py);
            for (column, slot) in slots.iter().enumerate() {
                dict.set_item(slot.name, cell(py, rows, row, column, slot)?)?;
            }
            Ok(dict.into_any())
        })
        .collect()
}

fn tuple<'py>(py: Python<'py>, rows: &Rows, row: usize, slots: &[Slot<'_, 'py>]) -> PyResult<Bound<'py, PyAny>> {
    let cells = slots.iter().enumerate().map(|(column, slot)| cell(py, rows, row, column, slot));
    let cells: Vec<_> = cells.collect::<PyResult<_>>()?;
    Ok(PyTuple::new(py, cells)?.into_any())
}

/// A list of objects.
pub(super) fn list(py: Python<'_>, objects: Vec<Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
    Ok(PyList::new(py, objects)?.into_any().unbind())
}
