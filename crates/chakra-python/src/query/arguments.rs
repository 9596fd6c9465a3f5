//! What methods of a query set are given.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::error::plain;
use crate::instance::ModelBase;

/// Refuses conditions where a query's own count.
pub(super) fn no_conditions<'py>(
    method: &str,
    given: &Bound<'py, PyTuple>,
    lookups: Option<&Bound<'py, PyDict>>,
) -> PyResult<Python<'py>> {
    let names = lookups.map(PyDictMethods::keys);
    let (first, is_named) = match (given.is_empty(), names.and_then(|names| names.get_item(0).ok())) {
        (true, None) => return Ok(given.py()),
        (true, Some(name)) => (name.to_string(), true),
        (false, _) => ("...".to_owned(), false),
    };
    let written = if is_named { format!("{first}=...") } else { first };
    let message = format!("{method}() takes no conditions of its own: write .filter({written}).{method}()");
    Err(PyTypeError::new_err(message))
}

/// A batch size: a whole number from 1 on.
pub(super) fn rows_at_once(given: Option<Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    let Some(given) = given else { return Ok(None) };
    match given.extract::<usize>() {
        Ok(rows) if rows > 0 => Ok(Some(rows)),
        _ => Err(plain(given.py(), "QueryError", "batch_size must be a whole number, 1 or more")),
    }
}

pub(super) fn list_of<'py>(objs: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    match objs.cast::<PyList>() {
        Ok(list) => Ok(list.clone()),
        Err(_) if objs.is_instance_of::<ModelBase>() => {
            let class = objs.get_type().name()?;
            Err(PyTypeError::new_err(format!("bulk_create takes a list of objects, not one {class}: put it in a list")))
        }
        Err(_) => Ok(objs.py().get_type::<PyList>().call1((objs,))?.cast_into::<PyList>()?),
    }
}
