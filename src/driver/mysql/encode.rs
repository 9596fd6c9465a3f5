//! Values in the binary format of MySQL and MariaDB.

use crate::types::temporal::{MICROS_PER_DAY, civil_from_days};
use crate::types::{Numeric, Value, json};

/// Appends a value; false (and nothing appended) for NULL.
pub(super) fn value(value: &Value, out: &mut Vec<u8>) -> Result<bool, String> {
    match value {
        Value::Null(_) => return Ok(false),
        Value::Boolean(value) => out.push(u8::from(*value)),
        Value::Integer(value) | Value::Interval(value) => out.extend_from_slice(&value.to_le_bytes()),
        Value::Float(value) => out.extend_from_slice(&value.to_le_bytes()),
        Value::Decimal(number) => decimal(number, out)?,
        Value::Text(text) | Value::Untyped(text) | Value::Json(text) => with_length(text.as_bytes(), out),
        Value::Bytes(bytes) => with_length(bytes, out),
        Value::Uuid(uuid) => with_length(uuid.hyphenated().encode_lower(&mut [0; 36]).as_bytes(), out),
        Value::DateTime(micros) => {
            let days =
                i32::try_from(micros.div_euclid(MICROS_PER_DAY)).map_err(|_| "an instant after the year 9999")?;
            let clock = micros.rem_euclid(MICROS_PER_DAY);
            let (seconds, fraction) = (clock / 1_000_000, clock % 1_000_000);
            out.push(11);
            date(days, out)?;
            hands(seconds, out);
            push_fraction(fraction, out);
        }
        Value::Date(days) => {
            out.push(4);
            date(*days, out)?;
        }
        Value::Time(micros) => {
            out.extend_from_slice(&[12, 0, 0, 0, 0, 0]); // the length, no minus, no days
            hands(micros / 1_000_000, out);
            push_fraction(micros % 1_000_000, out);
        }
        Value::Array(_, elements) => {
            let mut text = String::new();
            json::write_array(&mut text, elements);
            with_length(text.as_bytes(), out);
        }
        Value::Set(members) => with_length(members.join(",").as_bytes(), out),
        Value::Postgres(value) => return Err(format!("a value of PostgreSQL's type {}", value.kind().type_name())),
        Value::List(..) => return Err("a list: the database has no arrays".into()),
    }
    Ok(true)
}

/// About how many bytes a value takes.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Untyped(text) | Value::Json(text) => text.len() + 9,
        Value::Array(_, elements) => 9 + elements.iter().map(|element| size(element) + 8).sum::<usize>(),
        Value::Bytes(bytes) => bytes.len() + 9,
        Value::Set(members) => members.iter().map(|member| member.len() + 1).sum::<usize>() + 9,
        Value::Decimal(number) => number.as_str().len() + 1,
        Value::Uuid(_) => 37,
        _ => 13,
    }
}

fn decimal(number: &Numeric, out: &mut Vec<u8>) -> Result<(), String> {
    if !number.is_finite() {
        return Err(format!("{number}: the database's decimals are numbers only"));
    }
    with_length(number.as_str().as_bytes(), out);
    Ok(())
}

#[allow(clippy::cast_possible_truncation)] // each part is cut to its bytes
fn with_length(bytes: &[u8], out: &mut Vec<u8>) {
    let length = bytes.len() as u64;
    let parts = length.to_le_bytes();
    match length {
        0..=250 => out.push(length as u8),
        251..=0xFFFF => {
            out.push(0xFC);
            out.extend_from_slice(&parts[..2]);
        }
        0x1_0000..=0xFF_FFFF => {
            out.push(0xFD);
            out.extend_from_slice(&parts[..3]);
        }
        _ => {
            out.push(0xFE);
            out.extend_from_slice(&parts);
        }
    }
    out.extend_from_slice(bytes);
}

fn date(days: i32, out: &mut Vec<u8>) -> Result<(), String> {
    let (year, month, day) = civil_from_days(days);
    let year = u16::try_from(year).map_err(|_| "a day before the year 0")?;
    out.extend_from_slice(&year.to_le_bytes());
    push_small(i64::from(month), out);
    push_small(i64::from(day), out);
    Ok(())
}

/// Hours, minutes and seconds of a time of day.
fn hands(seconds: i64, out: &mut Vec<u8>) {
    push_small(seconds / 3_600, out);
    push_small(seconds / 60 % 60, out);
    push_small(seconds % 60, out);
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // less than a million
fn push_fraction(micros: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(&(micros as u32).to_le_bytes());
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a month, a day, an hour, a minute or a second
fn push_small(number: i64, out: &mut Vec<u8>) {
    out.push(number as u8);
}
