//! Values in the form in which they are read again: JSON has lists and no tuples, inside a document `None` is null, and
//! no class is more than what it holds.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::classes::JsonNull;

/// What becomes of the containers of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// They are another's: those that must change are copied.
    Copy,
    /// They are changed in place.
    InPlace,
}

/// A document as it will be read: the very same object where nothing in it changes. JSON has held it, so it is not
/// too deep.
pub(super) fn document<'py>(value: &Bound<'py, PyAny>, change: Change) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(members) = value.cast::<PyDict>() {
        return object(members, change);
    }
    if let Ok(items) = value.cast::<PyList>() {
        return array(items, change);
    }
    if let Ok(items) = value.cast::<PyTuple>() {
        let items = items.iter().map(|item| part(&item, change)).collect::<PyResult<Vec<_>>>()?;
        return Ok(PyList::new(value.py(), items)?.into_any());
    }
    scalar(value)
}

/// Of a class that is a string or a number and more, such as a member of an `IntEnum`, the string or the number.
fn scalar<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    if value.is_instance_of::<PyBool>() {
        return Ok(value.clone());
    }
    match (value.cast::<PyString>(), value.cast::<PyFloat>()) {
        (Ok(text), _) if !value.is_exact_instance_of::<PyString>() => Ok(PyString::new(py, text.to_str()?).into_any()),
        (_, Ok(number)) if !value.is_exact_instance_of::<PyFloat>() => Ok(PyFloat::new(py, number.value()).into_any()),
        _ if value.is_instance_of::<PyInt>() && !value.is_exact_instance_of::<PyInt>() => {
            py.get_type::<PyInt>().call1((value,))
        }
        _ => Ok(value.clone()),
    }
}

/// What stands inside a document.
fn part<'py>(value: &Bound<'py, PyAny>, change: Change) -> PyResult<Bound<'py, PyAny>> {
    if value.is_instance_of::<JsonNull>() {
        return Ok(value.py().None().into_bound(value.py()));
    }
    document(value, change)
}

fn object<'py>(members: &Bound<'py, PyDict>, change: Change) -> PyResult<Bound<'py, PyAny>> {
    let is_plain = members.is_exact_instance_of::<PyDict>();
    let mut into = if is_plain { members.clone() } else { members.copy()? };
    // Collected, because the dict may change meanwhile.
    for (key, member) in members.iter().collect::<Vec<_>>() {
        let settled = part(&member, change)?;
        if !settled.is(&member) {
            if change == Change::Copy && into.is(members) {
                into = members.copy()?;
            }
            into.set_item(key, settled)?;
        }
    }
    Ok(into.into_any())
}

fn array<'py>(items: &Bound<'py, PyList>, change: Change) -> PyResult<Bound<'py, PyAny>> {
    let is_plain = items.is_exact_instance_of::<PyList>();
    let mut into = if is_plain { items.clone() } else { PyList::new(items.py(), items.iter())? };
    for (at, item) in items.iter().enumerate() {
        let settled = part(&item, change)?;
        if !settled.is(&item) {
            if change == Change::Copy && into.is(items) {
                into = PyList::new(items.py(), items.iter())?;
            }
            into.set_item(at, settled)?;
        }
    }
    Ok(into.into_any())
}

/// Gives a list, which the field holds, the elements that are written: `"7"` that was appended becomes 7.
pub(super) fn elements(held: &Bound<'_, PyAny>, written: &Bound<'_, PyAny>) -> PyResult<()> {
    let (Ok(held), Ok(written)) = (held.cast::<PyList>(), written.cast::<PyList>()) else { return Ok(()) };
    for (at, (one, other)) in held.iter().zip(written.iter()).enumerate() {
        if !one.is(&other) {
            held.set_item(at, other)?;
        }
    }
    Ok(())
}
