//! Values on their way back: from a parameter to what Python reads.

use chakra::driver::Visitor;
use chakra::types::Value;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList, PyString};

use super::own_object;
use crate::hydrate::ToPython;

/// The object that reading a value from the database would give.
pub(crate) fn from_value<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    let make = ToPython(py);
    match value {
        Value::Null(_) => make.null(),
        Value::Boolean(value) => make.boolean(*value),
        Value::Integer(value) => make.integer(*value),
        Value::Float(value) => make.float(*value),
        Value::Decimal(value) => make.decimal(&value.to_string()),
        Value::Text(text) | Value::Untyped(text) => make.text(text),
        Value::Bytes(bytes) => make.bytes(bytes),
        Value::DateTime(micros) => make.datetime(*micros),
        Value::Date(days) => make.date(*days),
        Value::Time(micros) => make.time(*micros),
        Value::Interval(micros) => make.interval(*micros),
        Value::Uuid(uuid) => make.uuid(*uuid),
        Value::Json(text) => make.json(text),
        Value::Set(members) => {
            let members = members.iter().map(|member| PyString::new(py, member));
            PyFrozenSet::new(py, members).map(Bound::into_any)
        }
        Value::Postgres(value) => own_object(py, value),
        Value::Array(_, values) | Value::List(_, values) => {
            let list = PyList::empty(py);
            for value in values {
                list.append(from_value(py, value)?)?;
            }
            Ok(list.into_any())
        }
    }
}
