//! Arrays as text, for rows that travel as one array for each column: an array of arrays has no place for lists of
//! different lengths.

use std::fmt::Write as _;

use crate::types::temporal::{self, MICROS_PER_DAY};
use crate::types::{Value, json};

/// Appends the literal of an array, such as `{1,NULL,"a b"}`.
pub(super) fn write_array(out: &mut String, elements: &[Value]) {
    out.push('{');
    for (number, element) in elements.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        write_element(out, element);
    }
    out.push('}');
}

fn write_element(out: &mut String, element: &Value) {
    match element {
        Value::Null(_) => out.push_str("NULL"),
        Value::Boolean(flag) => out.push(if *flag { 't' } else { 'f' }),
        Value::Integer(number) => written(write!(out, "{number}")),
        Value::Float(number) if number.is_infinite() => {
            out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Value::Float(number) => written(write!(out, "{number:?}")),
        Value::Decimal(number) => out.push_str(number.as_str()),
        Value::Text(text) | Value::Untyped(text) | Value::Json(text) => write_quoted(out, text),
        Value::Bytes(bytes) => {
            out.push_str(r#""\\x"#);
            json::write_hex(out, bytes);
            out.push('"');
        }
        Value::DateTime(micros) => {
            out.push('"');
            temporal::write_datetime(out, *micros);
            out.push_str("+00\"");
        }
        Value::Date(days) => temporal::write_date(out, *days),
        Value::Time(micros) => temporal::write_time(out, *micros),
        Value::Interval(micros) => write_interval(out, *micros),
        Value::Uuid(uuid) => written(write!(out, "{uuid}")),
        Value::Set(members) => write_quoted(out, &members.join(",")),
        Value::Postgres(value) => write_quoted(out, &value.to_string()),
        Value::Array(_, elements) | Value::List(_, elements) => write_array(out, elements),
    }
}

/// Days and the rest of one, which have the same sign: `"-1 days -00:00:00.5"`.
fn write_interval(out: &mut String, micros: i64) {
    let (days, rest) = (micros / MICROS_PER_DAY, micros % MICROS_PER_DAY);
    let sign = if rest < 0 { "-" } else { "" };
    written(write!(out, "\"{days} days {sign}"));
    temporal::write_time(out, rest.abs());
    out.push('"');
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            out.push('\\');
        }
        out.push(char);
    }
    out.push('"');
}

/// Writing to a String cannot fail.
fn written(_: std::fmt::Result) {}
