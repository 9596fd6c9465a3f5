//! What is done to a value on its way into a placeholder.

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::query::expr::TextMatchKind;
use crate::types::{Kind, Value, json};

/// How a parameter's value changes on its way into a placeholder. NULL stays NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transform {
    /// Bound as it is.
    None,
    /// A text becomes a LIKE pattern (escape character `\`) that finds it literally.
    Like(TextMatchKind),
    /// A text becomes a GLOB pattern that finds it literally.
    Glob(TextMatchKind),
    /// A list becomes one JSON array as text: booleans as 1 and 0, bytes in hexadecimal, decimals, times
    /// and UUIDs as texts in the form in which SQLite stores them. NaN, which equals nothing, is left out.
    JsonList,
    /// As [`Self::JsonList`], for a database whose numbers are finite and whose decimals have at most so many digits
    /// before and after the point: what none of its columns can hold is left out instead of changed.
    JsonListWithin {
        /// The most digits before the point.
        before: usize,
        /// The most digits after it.
        after: usize,
    },
}

impl Transform {
    /// The changed value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`](crate::ErrorKind::Query) where a value is not of the kind that the transform is for.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{dialect::Transform, query::expr::TextMatchKind, types::Value};
    /// let found = Transform::Like(TextMatchKind::Contains).apply(Value::Text("50%".into()))?;
    /// assert_eq!(found, Value::Text(r"%50\%%".into()));
    /// # Ok::<(), chakra::Error>(())
    /// ```
    pub fn apply(self, value: Value) -> Result<Value> {
        match (self, value) {
            (Self::None, value) | (_, value @ Value::Null(_)) => Ok(value),
            (Self::Like(kind), Value::Text(text)) => Ok(Value::Text(pattern(&text, kind, '%', escape_like))),
            (Self::Glob(kind), Value::Text(text)) => Ok(Value::Text(pattern(&text, kind, '*', escape_glob))),
            (Self::JsonList, Value::List(_, members)) => json_array(&members).map(Value::Text),
            (Self::JsonListWithin { before, after }, Value::List(kind, mut members)) => {
                members.retain(|member| can_be_held(member, before, after));
                Self::JsonList.apply(Value::List(kind, members))
            }
            (Self::JsonList | Self::JsonListWithin { .. }, other) => Err(unfit("a list", other.kind())),
            (_, other) => Err(unfit("a text pattern", other.kind())),
        }
    }
}

fn unfit(expected: &str, found: Kind) -> Error {
    Error::query(format!("{expected} was expected for the lookup, not a value of kind {found:?}"))
}

fn pattern(text: &str, kind: TextMatchKind, any: char, escape: fn(char, &mut String)) -> String {
    let (before, after) = match kind {
        TextMatchKind::Contains => (true, true),
        TextMatchKind::StartsWith => (false, true),
        TextMatchKind::EndsWith => (true, false),
        TextMatchKind::Equals => (false, false),
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.extend(before.then_some(any));
    text.chars().for_each(|char| escape(char, &mut out));
    out.extend(after.then_some(any));
    out
}

fn escape_like(char: char, out: &mut String) {
    if matches!(char, '%' | '_' | '\\') {
        out.push('\\');
    }
    out.push(char);
}

/// GLOB has no escape character: a set of one character stands for it.
fn escape_glob(char: char, out: &mut String) {
    if matches!(char, '*' | '?' | '[') {
        out.extend(['[', char, ']']);
    } else {
        out.push(char);
    }
}

fn can_be_held(member: &Value, before: usize, after: usize) -> bool {
    match member {
        Value::Float(number) => number.is_finite(),
        Value::Decimal(number) => {
            let fraction = number.scale().min(after);
            number.is_finite() && number.integral_digits() <= before && number.rescaled(fraction).is_some()
        }
        _ => true,
    }
}

fn json_array(members: &[Value]) -> Result<String> {
    let mut out = String::with_capacity(2 + members.len() * 8);
    out.push('[');
    for member in members {
        let before = out.len();
        if before > 1 {
            out.push(',');
        }
        if !json_member(member, &mut out)? {
            out.truncate(before);
        }
    }
    out.push(']');
    Ok(out)
}

/// Appends one member; says whether there was anything to append.
fn json_member(member: &Value, out: &mut String) -> Result<bool> {
    match member {
        Value::Boolean(flag) => out.push(if *flag { '1' } else { '0' }),
        Value::Float(number) => return Ok(json_float(*number, out)),
        Value::Json(text) => json::write_string(out, text),
        Value::Null(_) | Value::List(..) | Value::Array(..) => {
            return Err(Error::query("a list for a lookup holds plain values only, no NULL and no list"));
        }
        plain => json::write_value(out, plain),
    }
    Ok(true)
}

/// The shortest digits that read back as the same number; JSON has no infinity, but reads too large a
/// number as one.
fn json_float(number: f64, out: &mut String) -> bool {
    if number.is_nan() {
        return false;
    }
    if number.is_infinite() {
        out.push_str(if number > 0.0 { "9e999" } else { "-9e999" });
    } else {
        let _ = write!(out, "{number:?}"); // writing to a String cannot fail
    }
    true
}

#[cfg(test)]
mod tests;
