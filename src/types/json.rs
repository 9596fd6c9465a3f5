//! Values as JSON text, for databases without arrays. Each kind has one form:
//!
//! | kind | in JSON |
//! |---|---|
//! | boolean | `true`, `false` |
//! | integer, interval (in microseconds) | a number |
//! | float | a number with a point or an exponent; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | decimal | a string in plain notation |
//! | text | a string |
//! | bytes | a string of hexadecimal digits, upper case |
//! | instants, days, times | a string as `types::temporal` writes it |
//! | UUID | a string, lower case with hyphens |
//! | NULL | `null` |

use std::fmt::Write as _;

use super::{Value, temporal};

/// Appends the elements of an array as one JSON array.
///
/// # Examples
///
/// ```
/// use chakra::types::{Value, json};
/// let mut text = String::new();
/// json::write_array(&mut text, &[Value::Integer(1), Value::Text("a\"b".into())]);
/// assert_eq!(text, r#"[1,"a\"b"]"#);
/// ```
pub fn write_array(out: &mut String, elements: &[Value]) {
    out.push('[');
    for (number, element) in elements.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        write_value(out, element);
    }
    out.push(']');
}

/// Appends one value.
pub fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null(_) => out.push_str("null"),
        Value::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Integer(number) | Value::Interval(number) => written(write!(out, "{number}")),
        Value::Float(number) if number.is_finite() => written(write!(out, "{number:?}")),
        Value::Float(number) if number.is_nan() => out.push_str("\"NaN\""),
        Value::Float(number) => out.push_str(if *number > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" }),
        Value::Decimal(number) => write_string(out, number.as_str()),
        Value::Text(text) | Value::Untyped(text) => write_string(out, text),
        Value::Json(text) => out.push_str(text),
        Value::Bytes(bytes) => {
            out.push('"');
            write_hex(out, bytes);
            out.push('"');
        }
        Value::DateTime(micros) => in_quotes(out, |out| temporal::write_datetime(out, *micros)),
        Value::Date(days) => in_quotes(out, |out| temporal::write_date(out, *days)),
        Value::Time(micros) => in_quotes(out, |out| temporal::write_time(out, *micros)),
        Value::Uuid(uuid) => written(write!(out, "\"{uuid}\"")),
        Value::Array(_, elements) | Value::List(_, elements) => write_array(out, elements),
        Value::Set(members) => write_string(out, &members.join(",")),
        Value::Postgres(value) => write_string(out, &value.to_string()),
    }
}

/// Appends a string in its quotes.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\0'..='\x1f' => written(write!(out, "\\u{:04x}", u32::from(char))),
            _ => out.push(char),
        }
    }
    out.push('"');
}

/// Appends bytes in hexadecimal digits.
pub fn write_hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

fn in_quotes(out: &mut String, write: impl FnOnce(&mut String)) {
    out.push('"');
    write(out);
    out.push('"');
}

/// Writing to a String cannot fail.
fn written(_: std::fmt::Result) {}
