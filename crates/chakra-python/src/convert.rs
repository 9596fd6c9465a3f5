//! Python values as the engine's: type checks, lossless coercion, ranges.
//!
//! One function, [`adapt`], knows what each field type takes, [`Members`] what an enumeration does; constructing,
//! assigning, writing and comparing all go through them.

mod adapt;
mod classes;
mod from_value;
mod json;
mod members;
mod own;
mod settle;
mod temporal;

pub(crate) use adapt::{Refusal, adapt};
pub(crate) use classes::{JsonNull, decimal_class, json_decoder, json_null, uuid_class};
pub(crate) use from_value::from_value;
pub(crate) use members::Members;
pub(crate) use own::{object as own_object, range_class};
pub(crate) use temporal::utc;

use adapt::Adapted;
use chakra::schema;
use chakra::types::postgres::RangeType;
use chakra::types::{Kind, PostgresType, SqlType, Value};
use pyo3::prelude::*;

use crate::error::{raise, refused_value, validation};
use crate::schema::Model;

/// A value for a field in the form in which instances keep it.
///
/// # Errors
///
/// `ValidationError` where the field does not take it.
pub(crate) fn coerce<'py>(model: &Model, position: usize, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let column = model.column(position);
    if value.is_none() && column.takes_null_as_open() {
        return Ok(value.clone());
    }
    checked(model, position, value).map(|adapted| adapted.object)
}

/// A value as a field's type has it, whatever the field's rules say of it.
///
/// # Errors
///
/// `ValidationError` where it is of another type.
pub(crate) fn typed<'py>(model: &Model, position: usize, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    adapted(model, position, value).map(|adapted| adapted.object)
}

/// A value for a field on its way to the database.
///
/// # Errors
///
/// As [`coerce`].
pub(crate) fn to_value(model: &Model, position: usize, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    checked(model, position, value).map(|adapted| adapted.value)
}

/// A value that a field is compared with: of the right type, in range or not.
///
/// # Errors
///
/// `ValidationError` for a value of another type.
pub(crate) fn to_comparand(model: &Model, position: usize, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let sql_type = &model.column(position).sql_type;
    if let SqlType::Postgres(PostgresType::Range(of)) = sql_type
        && !value.is_none()
    {
        return own::range_comparand(*of, value).map_err(|why| refused(model, position, value, why));
    }
    match temporal::date_as_midnight(sql_type, value)? {
        Some(midnight) => Ok(midnight),
        None => {
            let adapted = adapted(model, position, value)?;
            if holds_nul(&adapted.value) {
                // SQLite would cut the text there, PostgreSQL refuse it.
                let message = "text with a NUL character cannot be stored, nor compared with; use Binary for raw bytes";
                return Err(validation(value.py(), model.place(position), Some(value), "no NUL", message));
            }
            Ok(adapted.value)
        }
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains('\0'),
        Value::Array(_, elements) => elements.iter().any(holds_nul),
        _ => false,
    }
}

/// A value that an instance holds, on its way to the database. What was changed in it, with no assignment to adapt it,
/// takes the form in which it is written.
///
/// # Errors
///
/// As [`coerce`].
pub(crate) fn to_written(model: &Model, position: usize, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let adapted = checked(model, position, value)?;
    if model.mutable.contains(&position) {
        match model.column(position).sql_type.kind() {
            Kind::Json => settle::document(value, settle::Change::InPlace).map(drop)?,
            _ => settle::elements(value, &adapted.object)?,
        }
    }
    Ok(adapted.value)
}

fn checked<'py>(model: &Model, position: usize, value: &Bound<'py, PyAny>) -> PyResult<Adapted<'py>> {
    let column = model.column(position);
    let adapted = adapted(model, position, value)?;
    match schema::validate(&model.table, column, adapted.value) {
        Ok(value) => Ok(Adapted { object: adapted.object, value }),
        Err(chakra::Error::Validation(error)) => Err(refused_value(value.py(), &error, Some(value))),
        Err(error) => Err(raise(error)),
    }
}

/// Adapts a value to a field's type, whatever else the field asks of it.
///
/// # Errors
///
/// `ValidationError` where the type does not take it.
pub(crate) fn adapted<'py>(model: &Model, position: usize, value: &Bound<'py, PyAny>) -> PyResult<Adapted<'py>> {
    let sql_type = &model.column(position).sql_type;
    let adapted = match &model.fields[position].members {
        Some(members) => members.adapt(sql_type, value),
        None => adapt(sql_type, value),
    };
    adapted.map_err(|why| refused(model, position, value, why))
}

/// A value of another type than the field's own, as a lookup asks for it.
///
/// # Errors
///
/// `ValidationError` where it is not of that type.
pub(crate) fn adapted_as(
    model: &Model,
    position: usize,
    sql_type: &SqlType,
    value: &Bound<'_, PyAny>,
) -> PyResult<Value> {
    adapt(sql_type, value).map(|adapted| adapted.value).map_err(|why| refused(model, position, value, why))
}

/// A value that may lie in ranges of a column. Beyond the column's own bounds it is legal, and in those without an end.
///
/// # Errors
///
/// `ValidationError` where it is not of the bounds' type.
pub(crate) fn range_bound(model: &Model, position: usize, of: RangeType, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    match temporal::date_as_midnight(&of.element(), value)? {
        Some(midnight) => Ok(midnight),
        None => adapted_as(model, position, &of.element(), value),
    }
}

fn refused(model: &Model, position: usize, value: &Bound<'_, PyAny>, why: Refusal) -> PyErr {
    match why {
        Refusal::Python(error) => error,
        Refusal::Value(message) => {
            let constraint = model.column(position).sql_type.name();
            validation(value.py(), model.place(position), Some(value), constraint, &message)
        }
    }
}
