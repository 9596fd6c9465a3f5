//! The keys of rows, as identity maps have them.

use chakra::engine::RowKey;
use chakra::types::Value;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::convert::to_value;
use crate::error::validation;
use crate::instance::attribute;
use crate::schema::Model;

/// The key of parts.
///
/// # Errors
///
/// `ValidationError` for parts that do not fit, and for a part that is missing.
pub(super) fn key_of(model: &Model, parts: &[Bound<'_, PyAny>]) -> PyResult<RowKey> {
    row_key(model, &values_of(model, parts)?, parts)
}

/// The key that an object has now; None where a part of it is not set.
pub(super) fn present_key(model: &Model, object: &Bound<'_, PyAny>) -> PyResult<Option<RowKey>> {
    let parts = model.table.primary_key.iter().map(|at| attribute(model, object, *at));
    let parts = parts.collect::<PyResult<Vec<_>>>()?;
    if parts.iter().any(Bound::is_none) { Ok(None) } else { key_of(model, &parts).map(Some) }
}

/// The values of a key that is given as one value, or as a tuple of them.
///
/// # Errors
///
/// `ValidationError` for what does not fit.
pub(super) fn given_key(model: &Model, given: &Bound<'_, PyAny>) -> PyResult<(RowKey, Vec<Value>)> {
    let parts: Vec<Bound<'_, PyAny>> =
        match (model.table.primary_key.len(), given.cast::<PyTuple>(), given.cast::<PyList>()) {
            (1, ..) => vec![given.clone()],
            (_, Ok(tuple), _) => tuple.iter().collect(),
            (_, _, Ok(list)) => list.iter().collect(),
            _ => Vec::new(),
        };
    if parts.len() != model.table.primary_key.len() {
        let message =
            format!("the key of {} has several fields: give a tuple ({})", model.table.model, model.key_names());
        return Err(validation(given.py(), model.place(model.table.primary_key[0]), Some(given), "pk", &message));
    }
    let values = values_of(model, &parts)?;
    Ok((row_key(model, &values, &parts)?, values))
}

fn values_of(model: &Model, parts: &[Bound<'_, PyAny>]) -> PyResult<Vec<Value>> {
    model.table.primary_key.iter().zip(parts).map(|(position, part)| to_value(model, *position, part)).collect()
}

fn row_key(model: &Model, values: &[Value], parts: &[Bound<'_, PyAny>]) -> PyResult<RowKey> {
    match RowKey::of(values) {
        Some(key) => Ok(key),
        None => {
            let place = model.place(model.table.primary_key[0]);
            let message = format!("no row of {} has a key without a value", model.table.model);
            Err(Python::attach(|py| validation(py, place, parts.first(), "primary_key", &message)))
        }
    }
}
