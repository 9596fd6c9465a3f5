//! What each field type takes, and what it becomes.

use chakra::types::numeric::{is_float, is_whole};
use chakra::types::{Kind, Numeric, SqlType, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFloat, PyInt, PyList, PyMemoryView, PyString, PyTuple};
use uuid::Uuid;

use super::{decimal_class, json, own, settle, temporal, uuid_class};
use crate::hydrate::make_uuid;

/// A value in both its forms.
pub(crate) struct Adapted<'py> {
    /// As instances keep it.
    pub(crate) object: Bound<'py, PyAny>,
    /// As it travels to the database.
    pub(crate) value: Value,
}

/// Why a value is not taken.
pub(crate) enum Refusal {
    /// What is wrong with it, and what would be accepted.
    Value(String),
    /// Python itself failed.
    Python(PyErr),
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

pub(super) type Result<T> = std::result::Result<T, Refusal>;

/// Adapts a value to a field type, without loss or not at all. None is NULL of every type.
///
/// # Errors
///
/// Why the type does not take it.
pub(crate) fn adapt<'py>(sql_type: &SqlType, value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    if value.is_none() {
        return Ok(Adapted { object: value.clone(), value: Value::Null(sql_type.kind()) });
    }
    match sql_type.kind() {
        Kind::Integer => integer(sql_type, value),
        Kind::Float => float(value),
        Kind::Decimal => decimal(value),
        Kind::Text => text(sql_type, value),
        Kind::Boolean => boolean(value),
        Kind::DateTime => temporal::datetime(value),
        Kind::Date => temporal::date(value),
        Kind::Time => temporal::time(value),
        Kind::Uuid => uuid(value),
        Kind::Bytes => bytes(value),
        Kind::Untyped => label(value),
        Kind::Interval => temporal::interval(value),
        Kind::Array(_) => array(sql_type, value),
        Kind::Set => own::set(sql_type, value),
        Kind::Postgres(kind) => own::postgres(sql_type, kind, value),
        Kind::Json => {
            let text = json::write(value)?;
            Ok(Adapted { object: settle::document(value, settle::Change::Copy)?, value: Value::Json(text) })
        }
    }
}

/// "… is not a …", with the value's type and what would do.
pub(super) fn refuse<T>(value: &Bound<'_, PyAny>, expected: &str) -> Result<T> {
    let class = value.get_type().name()?.to_string();
    Err(Refusal::Value(format!("{} of type {class} is not accepted; give {expected}", shortened(value))))
}

/// The value's repr, cut for reading.
pub(super) fn shortened(value: &Bound<'_, PyAny>) -> String {
    let Ok(repr) = value.repr() else { return String::from("a value") };
    let repr = repr.to_string_lossy().into_owned();
    if repr.chars().count() <= 80 {
        return repr;
    }
    repr.chars().take(77).chain("...".chars()).collect()
}

fn integer<'py>(sql_type: &SqlType, value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    const EXPECTED: &str = "an int, or a string of digits";
    let object = if value.is_exact_instance_of::<PyInt>() {
        value.clone()
    } else if value.is_instance_of::<PyBool>() || value.is_instance_of::<PyFloat>() {
        return refuse(value, EXPECTED);
    } else if let Ok(text) = value.cast::<PyString>() {
        let Some(digits) = text.to_str().ok().filter(|text| is_whole(text)) else { return refuse(value, EXPECTED) };
        match digits.parse::<i64>() {
            Ok(number) => number.into_pyobject(value.py()).map_err(PyErr::from)?.into_any(),
            Err(_) => value.py().get_type::<PyInt>().call1((digits,)).or_else(|_| refuse(value, EXPECTED))?,
        }
    } else if value.get_type().hasattr("__index__")? {
        value.py().get_type::<PyInt>().call1((value,))?
    } else {
        return refuse(value, EXPECTED);
    };
    let value = match object.extract::<i64>() {
        Ok(number) => Value::Integer(number),
        // Beyond 64 bits: no integer column holds it; as a comparand it is a number all the same.
        Err(_) => Value::Decimal(numeric(&digits(&object)?, sql_type.name())?),
    };
    Ok(Adapted { object, value })
}

/// The digits of an int. Python itself refuses to write out more than some thousands.
pub(super) fn digits(number: &Bound<'_, PyAny>) -> Result<String> {
    match number.str() {
        Ok(text) => Ok(text.to_cow()?.into_owned()),
        Err(_) => Err(Refusal::Value("an int of thousands of digits is not accepted".into())),
    }
}

fn float<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    const EXPECTED: &str = "a float, an int that a float holds exactly, or a string";
    if value.is_instance_of::<PyBool>() {
        return refuse(value, EXPECTED);
    }
    let number = if let Ok(float) = value.cast::<PyFloat>() {
        float.value()
    } else if value.is_instance_of::<PyInt>() {
        match value.extract::<f64>() {
            Ok(number) if value.eq(PyFloat::new(value.py(), number))? => number,
            // No float is this number; as a comparand it is one all the same.
            _ => return beyond_floats(value, &digits(value)?),
        }
    } else if let Ok(text) = value.cast::<PyString>() {
        let Ok(text) = text.to_str() else { return refuse(value, EXPECTED) };
        match text.parse::<f64>() {
            Ok(number) if number.is_infinite() && !text.to_ascii_lowercase().contains("inf") => {
                return beyond_floats(value, text);
            }
            Ok(number) if number.is_finite() && !is_float(text, number) => return no_float(value, number),
            Ok(number) => number,
            Err(_) => return refuse(value, EXPECTED),
        }
    } else {
        return refuse(value, EXPECTED);
    };
    let object = if value.is_exact_instance_of::<PyFloat>() {
        value.clone()
    } else {
        PyFloat::new(value.py(), number).into_any()
    };
    Ok(Adapted { object, value: Value::Float(number) })
}

/// Refuses a number between two floats: rounding it would be a silent change, and which of its neighbours is meant is
/// not ours to guess.
fn no_float<'py>(value: &Bound<'py, PyAny>, nearest: f64) -> Result<Adapted<'py>> {
    let nearest = PyFloat::new(value.py(), nearest).repr()?;
    let given = shortened(value);
    Err(Refusal::Value(format!("{given} is no float; the nearest float is {nearest}: give that, or declare a Decimal")))
}

fn beyond_floats<'py>(value: &Bound<'py, PyAny>, number: &str) -> Result<Adapted<'py>> {
    Ok(Adapted { object: value.clone(), value: Value::Decimal(numeric(number, "Float")?) })
}

fn decimal<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    const EXPECTED: &str = "a decimal.Decimal, an int, or a string (for a float: Decimal(str(x)))";
    let class = decimal_class(value.py())?;
    let object = if value.get_type().is(class) {
        value.clone()
    } else if value.is_instance_of::<PyBool>() {
        return refuse(value, EXPECTED);
    } else if value.is_instance(class)? || value.is_instance_of::<PyInt>() {
        class.call1((value,))?
    } else if let Ok(text) = value.cast::<PyString>() {
        // Python's own class takes blanks, underscores and the digits of all scripts.
        match text.to_str().ok().and_then(|text| text.parse::<Numeric>().ok()) {
            Some(_) => class.call1((value,)).or_else(|_| refuse(value, EXPECTED))?,
            None => return refuse(value, EXPECTED),
        }
    } else {
        return refuse(value, EXPECTED);
    };
    let text = object.str()?;
    let value = Value::Decimal(numeric(&text.to_cow()?, "Decimal")?);
    Ok(Adapted { object, value })
}

/// A decimal of a text.
pub(super) fn numeric(text: &str, expected: &str) -> Result<Numeric> {
    text.parse().map_err(|_| Refusal::Value(format!("{text} is not accepted as {expected}")))
}

fn text<'py>(sql_type: &SqlType, value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    let Ok(text) = value.cast::<PyString>() else { return refuse(value, "a str") };
    let Ok(content) = text.to_str() else {
        return refuse(value, &format!("{} without lone surrogates", sql_type.name()));
    };
    let adapted = Value::Text(content.to_owned());
    let object = if value.is_exact_instance_of::<PyString>() {
        value.clone()
    } else {
        PyString::new(value.py(), content).into_any()
    };
    Ok(Adapted { object, value: adapted })
}

/// A value of an enumeration, as text.
fn label<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    let Ok(text) = value.cast::<PyString>() else { return refuse(value, "one of the enumeration's values") };
    let Ok(content) = text.to_str() else { return refuse(value, "one of the enumeration's values") };
    let adapted = Value::Untyped(content.to_owned());
    Ok(Adapted { object: PyString::new(value.py(), content).into_any(), value: adapted })
}

fn array<'py>(sql_type: &SqlType, value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    match sql_type.element() {
        Some(element) => elements(element, value, |value| adapt(element, value)),
        None => refuse(value, "nothing: it is no array"),
    }
}

/// A list or a tuple, element by element; instances keep a list.
pub(super) fn elements<'py>(
    element: &SqlType,
    value: &Bound<'py, PyAny>,
    adapt: impl Fn(&Bound<'py, PyAny>) -> Result<Adapted<'py>>,
) -> Result<Adapted<'py>> {
    if !value.is_instance_of::<PyList>() && !value.is_instance_of::<PyTuple>() {
        return refuse(value, "a list or a tuple");
    }
    let list = PyList::empty(value.py());
    let mut values = Vec::new();
    for (number, given) in value.try_iter()?.enumerate() {
        let adapted = adapt(&given?).map_err(|why| match why {
            Refusal::Value(message) => Refusal::Value(format!("element {number}: {message}")),
            failed @ Refusal::Python(_) => failed,
        })?;
        list.append(adapted.object)?;
        values.push(adapted.value);
    }
    Ok(Adapted { object: list.into_any(), value: Value::Array(element.kind(), values) })
}

fn boolean<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    let truth = if let Ok(truth) = value.cast::<PyBool>() {
        truth.is_true()
    } else {
        match value.cast::<PyInt>().ok().and_then(|number| number.extract::<i64>().ok()) {
            Some(0) => false,
            Some(1) => true,
            _ => return refuse(value, "True or False"),
        }
    };
    Ok(Adapted { object: PyBool::new(value.py(), truth).to_owned().into_any(), value: Value::Boolean(truth) })
}

fn uuid<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    const EXPECTED: &str = "a uuid.UUID, or its text";
    let class = uuid_class(value.py())?;
    if let Ok(text) = value.cast::<PyString>() {
        // Python's own class takes any text of which it can make a number of 128 bits: `0x…` and `+…`, too.
        let Some(uuid) = text.to_str().ok().and_then(|text| Uuid::try_parse(text).ok()) else {
            return refuse(value, EXPECTED);
        };
        return Ok(Adapted { object: make_uuid(value.py(), uuid)?, value: Value::Uuid(uuid) });
    }
    if !value.is_instance(class)? {
        return refuse(value, EXPECTED);
    }
    let is_plain = value.get_type().is(class);
    let object = if is_plain { value.clone() } else { class.call1((value.str()?,))? };
    let number: u128 = object.getattr("int")?.extract()?;
    Ok(Adapted { object, value: Value::Uuid(Uuid::from_u128(number)) })
}

fn bytes<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        let content = bytes.as_bytes();
        let is_plain = value.is_exact_instance_of::<PyBytes>();
        let object = if is_plain { value.clone() } else { PyBytes::new(value.py(), content).into_any() };
        return Ok(Adapted { object, value: Value::Bytes(content.to_vec()) });
    }
    if !value.is_instance_of::<PyByteArray>() && !value.is_instance_of::<PyMemoryView>() {
        return refuse(value, "bytes, a bytearray or a memoryview");
    }
    let copied = value.py().get_type::<PyBytes>().call1((value,))?;
    let content: Vec<u8> = copied.extract()?;
    Ok(Adapted { object: copied, value: Value::Bytes(content) })
}
