//! Whether two values would be stored alike: stricter than Python's `==`, for which 1, 1.0 and True are one.

use chakra::types::Value;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::convert::JsonNull;

/// Deeper values count as different rather than risking the stack; they could not be written anyway.
const DEEPEST: usize = 1_000;

/// Whether a value in memory is the one that was read: dicts in the same order of keys, numbers of the same type.
pub(crate) fn is_same(read: &Bound<'_, PyAny>, present: &Bound<'_, PyAny>) -> PyResult<bool> {
    is_same_below(read, present, 0)
}

fn is_same_below(read: &Bound<'_, PyAny>, present: &Bound<'_, PyAny>, depth: usize) -> PyResult<bool> {
    if depth > DEEPEST {
        return Ok(false);
    }
    if let Ok(members) = read.cast::<PyDict>() {
        let Ok(others) = present.cast::<PyDict>() else { return Ok(false) };
        return all_same(members.items().iter(), others.items().iter(), depth);
    }
    if let Some(items) = items(read) {
        let Some(others) = self::items(present) else { return Ok(false) };
        return all_same(items.into_iter(), others.into_iter(), depth);
    }
    if let Ok(number) = read.cast::<PyFloat>() {
        return Ok(present.cast::<PyFloat>().is_ok_and(|other| other.value().to_bits() == number.value().to_bits()));
    }
    if read.is_instance_of::<PyBool>() || read.is_none() || read.is_instance_of::<JsonNull>() {
        return Ok(read.is(present));
    }
    if read.is_instance_of::<PyInt>() {
        return Ok(present.is_instance_of::<PyInt>() && !present.is_instance_of::<PyBool>() && read.eq(present)?);
    }
    if read.is_instance_of::<PyString>() {
        return Ok(present.is_instance_of::<PyString>() && read.eq(present)?);
    }
    // An element of an array: a date, a decimal, of which 1.0 and 1.00 are equal and not the same.
    Ok(read.get_type().is(present.get_type()) && read.eq(present)? && read.repr()?.as_any().eq(present.repr()?)?)
}

fn items<'py>(value: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    match value.cast::<PyList>() {
        Ok(list) => Some(list.iter().collect()),
        Err(_) => value.cast::<PyTuple>().ok().map(|tuple| tuple.iter().collect()),
    }
}

fn all_same<'py>(
    read: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
    present: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
    depth: usize,
) -> PyResult<bool> {
    if read.len() != present.len() {
        return Ok(false);
    }
    for (one, other) in read.zip(present) {
        if !is_same_below(&one, &other, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether two values on their way to the database are the same.
pub(super) fn is_same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
        (Value::Array(_, ones), Value::Array(_, others)) => {
            ones.len() == others.len() && ones.iter().zip(others).all(|(one, other)| is_same_value(one, other))
        }
        (one, other) => one == other,
    }
}
