//! Values as SQL text, for definitions, which take no parameters. Queries never use them.

use std::fmt::Write as _;

use super::spelling::Spelling;
use crate::types::{Value, temporal};

/// How a database words literals of the kinds that have no common form.
pub(super) struct LiteralForm {
    /// True and false.
    pub(super) booleans: (&'static str, &'static str),
    /// What stands before and after the text of an instant in UTC.
    pub(super) datetime: (&'static str, &'static str),
    /// What stands before and after the text of a date.
    pub(super) date: (&'static str, &'static str),
    /// What stands before and after the text of a time.
    pub(super) time: (&'static str, &'static str),
    /// What stands before and after the microseconds of a span of time.
    pub(super) interval: (&'static str, &'static str),
    /// What stands before and after the digits of a decimal.
    pub(super) decimal: (&'static str, &'static str),
    /// What stands before and after hexadecimal digits.
    pub(super) bytes: (&'static str, &'static str),
}

/// Appends a value. Arrays and lists have no literal: nothing that is defined holds one.
pub(super) fn write(spelling: &dyn Spelling, value: &Value, out: &mut String) {
    let form = spelling.literals();
    match value {
        Value::Null(_) | Value::Array(..) | Value::List(..) => out.push_str("NULL"),
        Value::Boolean(truth) => out.push_str(if *truth { form.booleans.0 } else { form.booleans.1 }),
        Value::Integer(number) => out.push_str(&number.to_string()),
        // With an exponent it is a binary floating point number to every database.
        Value::Float(number) => {
            let _ = write!(out, "{number:e}"); // writing to a String cannot fail
        }
        Value::Decimal(number) => between(out, form.decimal, |out| out.push_str(number.as_str())),
        Value::Text(text) | Value::Untyped(text) | Value::Json(text) => out.push_str(&spelling.text_literal(text)),
        Value::Set(members) => out.push_str(&spelling.text_literal(&members.join(","))),
        // Of no type yet: it takes that of the column beside it.
        Value::Postgres(value) => out.push_str(&spelling.text_literal(&value.to_string())),
        Value::Bytes(bytes) => between(out, form.bytes, |out| {
            for byte in bytes {
                let _ = write!(out, "{byte:02x}"); // writing to a String cannot fail
            }
        }),
        Value::DateTime(micros) => between(out, form.datetime, |out| temporal::write_datetime(out, *micros)),
        Value::Date(days) => between(out, form.date, |out| temporal::write_date(out, *days)),
        Value::Time(micros) => between(out, form.time, |out| temporal::write_time(out, *micros)),
        Value::Interval(micros) => between(out, form.interval, |out| out.push_str(&micros.to_string())),
        Value::Uuid(uuid) => out.push_str(&spelling.text_literal(&uuid.to_string())),
    }
}

fn between(out: &mut String, around: (&str, &str), write: impl FnOnce(&mut String)) {
    out.push_str(around.0);
    write(out);
    out.push_str(around.1);
}
