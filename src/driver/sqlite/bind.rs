//! Values as SQLite's parameters.
//!
//! Text and bytes are copied by SQLite, so a statement never outlives what it was given. Dates, times, UUIDs and
//! decimals travel as text, in the forms that order as their values do (`types::temporal`) or that the collation
//! `chakra_decimal` orders.

use rusqlite::Statement;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use uuid::fmt::Hyphenated;

use super::error::statement_error;
use crate::error::{Error, Result};
use crate::types::{Value, json, temporal};

/// Binds all parameters of a statement. `text` is room to write in, kept from row to row.
///
/// # Errors
///
/// `Programming` where their number is not that of the placeholders; `Query` for NaN, which SQLite would turn into
/// NULL without a word.
pub(super) fn bind(statement: &mut Statement<'_>, params: &[Value], text: &mut String) -> Result<()> {
    let expected = statement.parameter_count();
    if expected != params.len() {
        return Err(statement_error(rusqlite::Error::InvalidParameterCount(params.len(), expected)));
    }
    for (at, value) in params.iter().enumerate() {
        bind_one(statement, at + 1, value, text)?;
    }
    Ok(())
}

/// Binds one parameter, counted from 1.
fn bind_one(statement: &mut Statement<'_>, at: usize, value: &Value, text: &mut String) -> Result<()> {
    text.clear();
    let mut uuid = [0; Hyphenated::LENGTH];
    let raw = match value {
        Value::Null(_) => ValueRef::Null,
        Value::Boolean(flag) => ValueRef::Integer(i64::from(*flag)),
        Value::Integer(number) | Value::Interval(number) => ValueRef::Integer(*number),
        Value::Float(number) if number.is_nan() => return Err(nan(at)),
        Value::Float(number) => ValueRef::Real(*number),
        Value::Decimal(number) => ValueRef::Text(number.as_str().as_bytes()),
        Value::Text(string) | Value::Untyped(string) | Value::Json(string) => ValueRef::Text(string.as_bytes()),
        Value::Bytes(bytes) => ValueRef::Blob(bytes),
        Value::DateTime(micros) => written(text, |out| temporal::write_datetime(out, *micros)),
        Value::Date(days) => written(text, |out| temporal::write_date(out, *days)),
        Value::Time(micros) => written(text, |out| temporal::write_time(out, *micros)),
        Value::Uuid(id) => ValueRef::Text(id.as_hyphenated().encode_lower(&mut uuid).as_bytes()),
        Value::Set(members) => written(text, |out| out.push_str(&members.join(","))),
        Value::Postgres(value) => written(text, |out| out.push_str(&value.to_string())),
        Value::Array(_, elements) => written(text, |out| json::write_array(out, elements)),
        Value::List(..) => return Err(list(at)),
    };
    statement.raw_bind_parameter(at, Raw(raw)).map_err(statement_error)
}

fn written(text: &mut String, write: impl FnOnce(&mut String)) -> ValueRef<'_> {
    write(text);
    ValueRef::Text(text.as_bytes())
}

struct Raw<'a>(ValueRef<'a>);

impl ToSql for Raw<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

#[cold]
fn nan(at: usize) -> Error {
    Error::query(format!("parameter {at} is NaN, which SQLite would store as NULL; use None, or leave the row out"))
}

#[cold]
fn list(at: usize) -> Error {
    Error::query(format!("parameter {at} is a list, which SQLite takes only as JSON text"))
}
