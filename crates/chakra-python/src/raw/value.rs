//! Python values whose type no field declares.

use chakra::engine::untyped;
use chakra::types::{Kind, SqlType, Value};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDate, PyDateTime, PyDelta, PyDict, PyFloat, PyInt, PyString, PyTime,
};

use crate::convert::{Refusal, adapt, decimal_class, uuid_class};
use crate::error::plain;

/// A value as its Python type has it.
///
/// # Errors
///
/// `ValidationError` for a value that no database takes, and for one of another type.
pub(super) fn of(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Value> {
    let py = value.py();
    if value.is_none() {
        // Of the type of the place where it stands.
        return Ok(Value::Null(Kind::Untyped));
    }
    let py_enum = py.import("enum")?.getattr("Enum")?;
    if value.is_instance(&py_enum)? {
        return of(&value.getattr(pyo3::intern!(py, "value"))?, name);
    }
    let Some(sql_type) = type_of(value)? else {
        let class = value.get_type().qualname()?;
        let message = format!("the parameter {name:?} is of type {class}, which no database has");
        return Err(plain(py, "ValidationError", &message));
    };
    match adapt(&sql_type, value) {
        Ok(adapted) => untyped(adapted.value)
            .map_err(|message| plain(py, "ValidationError", &format!("the parameter {name:?} {message}"))),
        Err(Refusal::Python(error)) => Err(error),
        Err(Refusal::Value(message)) => {
            Err(plain(py, "ValidationError", &format!("the parameter {name:?}: {message}")))
        }
    }
}

fn type_of(value: &Bound<'_, PyAny>) -> PyResult<Option<SqlType>> {
    let py = value.py();
    Ok(Some(if value.is_instance_of::<PyBool>() {
        SqlType::Boolean
    } else if value.is_instance_of::<PyInt>() {
        if value.extract::<i64>().is_ok() {
            SqlType::BigInteger
        } else {
            SqlType::Decimal { precision: None, scale: None }
        }
    } else if value.is_instance_of::<PyFloat>() {
        SqlType::Float
    } else if value.is_instance_of::<PyString>() {
        SqlType::Text
    } else if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
        SqlType::Binary { length: None }
    } else if value.is_instance_of::<PyDateTime>() {
        SqlType::DateTime
    } else if value.is_instance_of::<PyDate>() {
        SqlType::Date
    } else if value.is_instance_of::<PyTime>() {
        SqlType::Time
    } else if value.is_instance_of::<PyDelta>() {
        SqlType::Interval
    } else if value.is_instance_of::<PyDict>() {
        SqlType::Json
    } else if value.is_instance(decimal_class(py)?)? {
        SqlType::Decimal { precision: None, scale: None }
    } else if value.is_instance(uuid_class(py)?)? {
        SqlType::Uuid
    } else {
        return Ok(None);
    }))
}
