//! Python objects as JSON text, exactly or not at all: keys must be strings (the standard library
//! would turn `{1: 2}` into `{"1": 2}` without a word), floats finite.

use std::fmt::Write as _;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::adapt::{Refusal, Result, digits, refuse};
use super::classes::JsonNull;

/// Deeper documents are refused rather than risking the stack; databases end earlier.
const DEEPEST: usize = 500;

/// The JSON text of an object.
///
/// # Errors
///
/// What JSON cannot hold.
pub(super) fn write(value: &Bound<'_, PyAny>) -> Result<String> {
    let mut out = String::new();
    write_any(&mut out, value, 0)?;
    Ok(out)
}

fn write_any(out: &mut String, value: &Bound<'_, PyAny>, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Refusal::Value(format!("a document nested more than {DEEPEST} deep is not accepted")));
    }
    if value.is_none() || value.is_instance_of::<JsonNull>() {
        out.push_str("null");
    } else if let Ok(truth) = value.cast::<PyBool>() {
        out.push_str(if truth.is_true() { "true" } else { "false" });
    } else if value.is_instance_of::<PyInt>() {
        out.push_str(&digits(&value.py().get_type::<PyInt>().call1((value,))?)?);
    } else if let Ok(number) = value.cast::<PyFloat>() {
        write_float(out, value, number.value())?;
    } else if let Ok(text) = value.cast::<PyString>() {
        write_text(out, text)?;
    } else if let Ok(members) = value.cast::<PyDict>() {
        write_object(out, members, depth)?;
    } else if let Ok(items) = value.cast::<PyList>() {
        write_array(out, items.iter(), depth)?;
    } else if let Ok(items) = value.cast::<PyTuple>() {
        write_array(out, items.iter(), depth)?;
    } else {
        return refuse(value, "what JSON holds: dict, list, str, int, float, bool, None");
    }
    Ok(())
}

fn write_float(out: &mut String, value: &Bound<'_, PyAny>, number: f64) -> Result<()> {
    if !number.is_finite() {
        return refuse(value, "a finite number: JSON has no NaN and no infinity");
    }
    if number.fract() == 0.0 {
        // PostgreSQL's jsonb would give `1e16` back as an integer; a digit after the point keeps it a float. The digits
        // are the fewest that mean it, as in Rust and in comparisons.
        let _ = write!(out, "{number}.0"); // writing to a String cannot fail
    } else {
        out.push_str(&value.repr()?.to_cow()?);
    }
    Ok(())
}

fn write_text(out: &mut String, text: &Bound<'_, PyString>) -> Result<()> {
    let Ok(content) = text.to_str() else { return refuse(text, "text without lone surrogates") };
    out.push('"');
    for character in content.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => return refuse(text, "text without NUL, which PostgreSQL cannot store in JSON"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", control as u32); // writing to a String cannot fail
            }
            other => out.push(other),
        }
    }
    out.push('"');
    Ok(())
}

fn write_object(out: &mut String, members: &Bound<'_, PyDict>, depth: usize) -> Result<()> {
    out.push('{');
    for (number, (key, value)) in members.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        let Ok(key) = key.cast::<PyString>() else { return refuse(&key, "string keys: JSON has no others") };
        write_text(out, key)?;
        out.push(':');
        write_any(out, &value, depth + 1)?;
    }
    out.push('}');
    Ok(())
}

fn write_array<'py>(out: &mut String, items: impl Iterator<Item = Bound<'py, PyAny>>, depth: usize) -> Result<()> {
    out.push('[');
    for (number, item) in items.enumerate() {
        if number > 0 {
            out.push(',');
        }
        write_any(out, &item, depth + 1)?;
    }
    out.push(']');
    Ok(())
}
