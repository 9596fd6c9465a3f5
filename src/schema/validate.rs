//! The rules that a value must meet before it may travel to the database, the same for both languages.

use super::{Column, Table};
use crate::error::{REQUIRED, Result, ValidationError};
use crate::types::{EnumType, MySqlType, Numeric, PostgresType, SqlType, Value, mysql};

/// Checks a value for a column and puts it in the column's own form (a decimal gets the column's scale).
///
/// # Errors
///
/// [`ErrorKind::Validation`](crate::ErrorKind::Validation) where the value is out of the column's range, or breaks
/// rules of the column: then with all of them.
pub fn validate(table: &Table, column: &Column, value: Value) -> Result<Value> {
    let value = check_type(table, column, value)?;
    if column.rules.is_empty() {
        return Ok(value);
    }
    let broken = column.rules.iter().filter_map(|rule| Some((rule, rule.fault_of(&value)?)));
    let faults = broken.map(|(rule, message)| {
        ValidationError::new(&table.model, &column.attribute, rule.constraint(), message)
            .with_value(value.shown())
            .defined_at(column.defined.place())
    });
    ValidationError::together(faults.collect()).map_or(Ok(value), |error| Err(error.into()))
}

/// What the column's type and its `nullable` say.
fn check_type(table: &Table, column: &Column, value: Value) -> Result<Value> {
    match value {
        Value::Null(_) if !column.nullable => {
            let nullable = table.language().nullable(&column.sql_type);
            let way = if column.server_default.is_some() {
                "leave the field out for the database's default, or "
            } else {
                ""
            };
            let message = format!("None is not allowed; {way}declare the field {nullable} to allow it");
            Err(refuse(table, column, None, REQUIRED, &message))
        }
        value => fitted(table, column, &column.sql_type, value),
    }
}

/// A value in the form of a type: that of the column, or of the elements of its arrays.
fn fitted(table: &Table, column: &Column, sql_type: &SqlType, value: Value) -> Result<Value> {
    match (sql_type, value) {
        (sql_type, Value::Decimal(number)) if sql_type.integer_range().is_some() => {
            Err(out_of_range(table, column, sql_type, number.as_str()))
        }
        (
            SqlType::Float | SqlType::DateTime | SqlType::Date | SqlType::Time | SqlType::Interval,
            Value::Decimal(number),
        ) => Err(beyond_type(table, column, sql_type, &number)),
        (sql_type, Value::Integer(number)) => check_integer(table, column, sql_type, number),
        (SqlType::Decimal { precision, scale }, Value::Decimal(number)) => {
            check_decimal(table, column, (*precision, *scale), number).map(Value::Decimal)
        }
        (SqlType::String { length }, Value::Text(text)) => check_text(table, column, *length, text),
        (SqlType::Text, Value::Text(text)) => check_text(table, column, None, text),
        (SqlType::Char { length }, Value::Text(text)) => {
            refuse_trailing_blank(table, column, &text)?;
            check_text(table, column, Some(*length), text)
        }
        (SqlType::Binary { length }, Value::Bytes(bytes)) => {
            check_length(table, column, *length, bytes.len(), "bytes").map(|()| Value::Bytes(bytes))
        }
        (SqlType::Json, Value::Json(text)) if holds_escaped_nul(&text) => {
            Err(refuse(table, column, None, "no NUL", "PostgreSQL cannot store a NUL character (\\u0000) in JSON"))
        }
        (SqlType::Enum(kind), Value::Untyped(text) | Value::Text(text)) => check_member(table, column, kind, text),
        (SqlType::Array(element), Value::Array(kind, elements)) => {
            let elements = elements.into_iter().map(|value| match value {
                Value::Null(_) => Ok(Value::Null(kind)),
                value => fitted(table, column, element, value),
            });
            Ok(Value::Array(kind, elements.collect::<Result<_>>()?))
        }
        (SqlType::Postgres(of), Value::Postgres(value)) => {
            of.canonical(*value).map(Value::from).map_err(|fault| refuse(table, column, None, of.name(), &fault))
        }
        (SqlType::Postgres(PostgresType::Jsonb), value @ Value::Json(_)) => {
            fitted(table, column, &SqlType::Json, value)
        }
        (SqlType::MySql(MySqlType::Set { members }), Value::Set(given)) => check_set(table, column, members, &given),
        (_, value) => Ok(value),
    }
}

fn check_set(table: &Table, column: &Column, members: &[String], given: &[String]) -> Result<Value> {
    mysql::in_order(members, given).map(Value::Set).map_err(|stranger| {
        let members: Vec<String> = members.iter().map(|member| format!("{member:?}")).collect();
        let message = format!("{stranger:?} is not one of the members {}", members.join(", "));
        refuse(table, column, Some(stranger), "Set", &message)
    })
}

fn check_text(table: &Table, column: &Column, length: Option<u32>, text: String) -> Result<Value> {
    // No text has more characters than bytes: most need no counting.
    if length.is_some_and(|length| text.len() > length as usize) {
        check_length(table, column, length, text.chars().count(), "characters")?;
    }
    refuse_nul(table, column, &text)?;
    Ok(Value::Text(text))
}

/// A type that pads with blanks could not give them back.
fn refuse_trailing_blank(table: &Table, column: &Column, text: &str) -> Result<()> {
    if text.ends_with(' ') {
        let string = table.language().declaration(&SqlType::String { length: column.sql_type.length() });
        let message = format!("a Char keeps no blanks at its end; strip the text, or declare the field as {string}");
        return Err(refuse(table, column, Some(text.to_owned()), "no trailing blanks", &message));
    }
    Ok(())
}

fn check_member(table: &Table, column: &Column, kind: &EnumType, text: String) -> Result<Value> {
    if kind.contains(&text) {
        return Ok(Value::Untyped(text));
    }
    let values: Vec<String> = kind.values.iter().map(|value| format!("{value:?}")).collect();
    let message = format!("{text:?} is not one of the values {}", values.join(", "));
    Err(refuse(table, column, Some(text), "Enum", &message))
}

/// Whether a JSON text holds the escape of NUL: `\u0000` after an even number of backslashes.
fn holds_escaped_nul(text: &str) -> bool {
    text.match_indices("\\u0000").any(|(at, _)| {
        let before = text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        before % 2 == 0
    })
}

fn check_integer(table: &Table, column: &Column, sql_type: &SqlType, number: i64) -> Result<Value> {
    match sql_type.integer_range() {
        Some((least, greatest)) if !(least..=greatest).contains(&number) => {
            Err(out_of_range(table, column, sql_type, &number.to_string()))
        }
        _ => Ok(Value::Integer(number)),
    }
}

fn out_of_range(table: &Table, column: &Column, sql_type: &SqlType, number: &str) -> crate::Error {
    let (least, greatest) = sql_type.integer_range().unwrap_or_default();
    let declared = table.language().declaration(sql_type);
    let message = format!("{number} is out of the range of {declared} ({least} to {greatest})");
    refuse(table, column, Some(number.to_owned()), sql_type.name(), &message)
}

/// A number that is legal as a comparand: of microseconds, where the type is one of time.
fn beyond_type(table: &Table, column: &Column, sql_type: &SqlType, number: &Numeric) -> crate::Error {
    let is_finer = *sql_type != SqlType::Float && number.rescaled(0).is_none();
    let (constraint, message) = match sql_type {
        _ if is_finer => {
            let message = "the value is finer than microseconds, the finest that every database keeps; cut it first, \
                           in Rust by `chakra::now()` or chrono's `trunc_subsecs(6)`";
            ("microseconds", message.to_owned())
        }
        SqlType::DateTime | SqlType::Date => {
            ("years 1 to 9999", "the day is outside of the years 1 to 9999 in UTC, which every database keeps".into())
        }
        SqlType::Interval => {
            ("64 bits", "the span is longer than 64 bits count its microseconds, at most 106751991 days".into())
        }
        _ => (sql_type.name(), format!("{} is not exactly a {}", shortened(number), sql_type.name())),
    };
    refuse(table, column, Some(shortened(number)), constraint, &message)
}

fn shortened(number: &Numeric) -> String {
    Value::Decimal(number.clone()).shown()
}

fn check_decimal(
    table: &Table,
    column: &Column,
    limits: (Option<u32>, Option<u32>),
    number: Numeric,
) -> Result<Numeric> {
    let (Some(precision), scale) = limits else { return Ok(in_key(table, column, number)) };
    let scale = scale.unwrap_or(0) as usize;
    let room = (precision as usize).saturating_sub(scale);
    let constraint = format!("Decimal({precision}, {scale})");
    if !number.is_finite() {
        let message = format!("{number} is not a finite number, as {constraint} asks");
        return Err(refuse(table, column, Some(number.to_string()), &constraint, &message));
    }
    number.rescaled(scale).filter(|_| number.integral_digits() <= room).ok_or_else(|| {
        let message = format!(
            "{number} does not fit {constraint}: at most {room} digits before and {scale} after the point; round it yourself if that is what you mean"
        );
        refuse(table, column, Some(number.to_string()), &constraint, &message)
    })
}

/// A number without limits in the one form in which a key holds it: some databases compare the text.
fn in_key(table: &Table, column: &Column, number: Numeric) -> Numeric {
    let position = table.position(&column.attribute);
    if number.scale() > 0 && position.is_some_and(|at| table.has_key_with(at)) { number.shortest() } else { number }
}

fn check_length(table: &Table, column: &Column, greatest: Option<u32>, length: usize, unit: &str) -> Result<()> {
    match greatest {
        Some(greatest) if length > greatest as usize => Err(refuse(
            table,
            column,
            None,
            &format!("length {greatest}"),
            &format!("{length} {unit} are too long; at most {greatest} fit"),
        )),
        _ => Ok(()),
    }
}

/// PostgreSQL cannot store NUL in text; refused everywhere, so that a program moves between databases.
fn refuse_nul(table: &Table, column: &Column, text: &str) -> Result<()> {
    if text.as_bytes().contains(&0) {
        let bytes = table.language().choose("`Vec<u8>`", "Binary");
        let message = format!("text with a NUL character cannot be stored; use {bytes} for raw bytes");
        return Err(refuse(table, column, None, "no NUL", &message));
    }
    Ok(())
}

fn refuse(table: &Table, column: &Column, value: Option<String>, constraint: &str, message: &str) -> crate::Error {
    let fault =
        ValidationError::new(&table.model, &column.attribute, constraint, message).defined_at(column.defined.place());
    ValidationError { value, ..fault }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_nul_is_told_from_a_backslash_before_digits() {
        for (text, holds) in [
            (r#""\u0000""#, true),
            (r#""a\\u0000""#, false),
            (r#""\\\u0000""#, true),
            (r#""\u00001""#, true),
            ("1", false),
        ] {
            assert_eq!(holds_escaped_nul(text), holds, "{text}");
        }
    }
}
