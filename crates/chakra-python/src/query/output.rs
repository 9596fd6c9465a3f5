//! What the rows of a query become.

use std::sync::Arc;

use chakra::engine::Rows;
use chakra::query::{Path, Projection};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::State;
use crate::error::plain;
use crate::hydrate::{cell, instances, slot};
use crate::relationship::{Reached, name_of, reach};
use crate::schema::Model;

/// What each row becomes.
#[derive(Clone)]
pub(super) enum Output {
    /// An instance of the model.
    Instances,
    /// Values of its fields, and of those that relationships to one lead to.
    Values(Arc<Values>),
}

/// Some values of each row.
pub(super) struct Values {
    shape: Shape,
    shown: Vec<Shown>,
}

/// What holds the values of one row.
enum Shape {
    /// A dictionary.
    Dict,
    /// A tuple.
    Tuple,
    /// The only value, by itself.
    Flat,
    /// A named tuple of this class.
    Named(Py<PyAny>),
}

/// One value.
struct Shown {
    /// Under which name.
    name: Py<PyString>,
    /// The part of the rows that has it: 0 is the query's own, the others what its ways lead to.
    part: usize,
    /// The model of that part, where it is another than the query's.
    model: Option<Arc<Model>>,
    position: usize,
}

impl State {
    pub(super) fn values(&self, fields: &Bound<'_, PyTuple>) -> PyResult<Self> {
        self.projected(fields, "values", Shape::Dict)
    }

    pub(super) fn values_list(&self, fields: &Bound<'_, PyTuple>, flat: bool, named: bool) -> PyResult<Self> {
        if flat && (named || fields.len() != 1) {
            let message = "values_list(flat=True) takes exactly one field, and no named=True";
            return Err(plain(fields.py(), "QueryError", message));
        }
        let shape = match (flat, named) {
            (true, _) => Shape::Flat,
            (_, true) => Shape::Named(self.row_class(fields)?),
            _ => Shape::Tuple,
        };
        self.projected(fields, "values_list", shape)
    }

    fn projected(&self, fields: &Bound<'_, PyTuple>, method: &str, shape: Shape) -> PyResult<Self> {
        let py = fields.py();
        let verb = format!("{}.{method}", self.model.table.model);
        let (mut own, mut ways, mut shown) = (Vec::new(), Vec::<Path>::new(), Vec::with_capacity(fields.len()));
        for name in self.names_of(fields, method)? {
            let Reached { path, model, position } = reach(py, &self.model, &name, &verb)?;
            let mut part = 0;
            if path.is_root() {
                own.extend((!own.contains(&position)).then_some(position));
            } else {
                part = 1 + ways.iter().position(|way| *way == path).unwrap_or_else(|| {
                    ways.push(path);
                    ways.len() - 1
                });
            }
            shown.push(Shown { name: PyString::intern(py, &name).unbind(), part, model, position });
        }
        let mut next = self.clone();
        next.output = Output::Values(Arc::new(Values { shape, shown }));
        if own.is_empty() {
            own.extend(self.model.table.primary_key.first()); // a SELECT shows something of its own table
        }
        next.select.projection = Projection::Columns(own);
        next.select.related = ways;
        next.refuse_distinct_ways(py)?;
        Ok(next)
    }

    fn row_class(&self, fields: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        let py = fields.py();
        let names = PyTuple::new(py, self.names_of(fields, "values_list")?)?;
        Ok(py.import("chakra._rows")?.call_method1("row_class", (names,))?.unbind())
    }

    /// The names of the fields asked for; all, where none is.
    fn names_of(&self, fields: &Bound<'_, PyTuple>, method: &str) -> PyResult<Vec<String>> {
        if fields.is_empty() {
            return Ok(self.model.table.columns.iter().map(|column| column.attribute.clone()).collect());
        }
        let name = |given: Bound<'_, PyAny>| match name_of(&self.model, &given)? {
            Some(name) => Ok(name),
            None => {
                let class = given.get_type().name()?.to_string();
                Err(PyTypeError::new_err(format!("{method} takes names of fields, not {class}")))
            }
        };
        fields.iter().map(name).collect()
    }

    /// Which rows are equal is told by the database, by all that it reads: of a way, the whole row.
    pub(super) fn refuse_distinct_ways(&self, py: Python<'_>) -> PyResult<()> {
        if !self.select.distinct || self.select.related.is_empty() {
            return Ok(());
        }
        let message = format!(
            "distinct values of {} are of its own fields, not of those behind relationships: make a set of the values, or ask the related model for them",
            self.model.table.model
        );
        Err(plain(py, "QueryError", &message))
    }
}

impl Values {
    fn objects<'py>(&self, py: Python<'py>, model: &Model, parts: &[Rows]) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let place = |shown: &'_ Shown| {
            let rows = &parts[shown.part];
            let column = rows.positions().iter().position(|position| *position == shown.position);
            let column = column.ok_or_else(|| plain(py, "QueryError", "a value was asked for that was not read"))?;
            Ok((rows, column))
        };
        let places = self.shown.iter().map(place).collect::<PyResult<Vec<_>>>()?;
        let shown = self.shown.iter();
        let slots = shown.map(|shown| slot(py, shown.model.as_deref().unwrap_or(model), shown.position));
        let slots: Vec<_> = slots.collect();
        let make = |row: usize| {
            let cells = places.iter().zip(&slots).map(|((rows, column), slot)| cell(py, rows, row, *column, slot));
            self.row(py, cells)
        };
        (0..parts[0].len()).map(make).collect()
    }

    /// What one row becomes.
    fn row<'py>(
        &self,
        py: Python<'py>,
        mut cells: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match &self.shape {
            Shape::Dict => {
                let dict = PyDict::new(py);
                for (shown, value) in self.shown.iter().zip(cells) {
                    dict.set_item(shown.name.bind(py), value?)?;
                }
                Ok(dict.into_any())
            }
            Shape::Flat => cells.next().unwrap_or_else(|| Ok(py.None().into_bound(py))),
            Shape::Tuple => Ok(PyTuple::new(py, cells.collect::<PyResult<Vec<_>>>()?)?.into_any()),
            Shape::Named(class) => {
                let tuple = PyTuple::new(py, cells.collect::<PyResult<Vec<_>>>()?)?;
                class.bind(py).call_method1(pyo3::intern!(py, "_make"), (tuple,))
            }
        }
    }
}

impl Output {
    pub(super) fn objects<'py>(
        &self,
        py: Python<'py>,
        model: &Model,
        parts: &[Rows],
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        match self {
            Self::Instances => instances(py, model, &parts[0], None),
            Self::Values(values) => values.objects(py, model, parts),
        }
    }
}

/// A list of objects.
pub(super) fn list(py: Python<'_>, objects: Vec<Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
    Ok(PyList::new(py, objects)?.into_any().unbind())
}
