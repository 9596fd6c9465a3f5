//! Values in PostgreSQL's binary formats.

use crate::driver::decode::{POSTGRES_EPOCH_DAYS, POSTGRES_EPOCH_MICROS, oid};
use crate::types::temporal::MICROS_PER_DAY;
use crate::types::{Kind, Numeric, Value};

/// No type: the server takes the one that the place asks for. Only for what has the same bytes in each of them.
const UNSPECIFIED: u32 = 0;

/// The type of an array's elements: arrays have no place to take it from.
pub(super) fn element_of(kind: Kind) -> u32 {
    if kind == Kind::Untyped { oid::TEXT } else { type_of(kind) }
}

/// The type in which a parameter of this kind travels. Casts of the server do the rest: into a
/// column when it is assigned, and among the families of comparison operators.
pub(super) fn type_of(kind: Kind) -> u32 {
    match kind {
        Kind::Boolean => oid::BOOL,
        Kind::Integer => oid::INT8,
        Kind::Float => oid::FLOAT8,
        Kind::Decimal => oid::NUMERIC,
        // The types of one database alone travel as text, which the statement casts.
        Kind::Text | Kind::Set | Kind::Postgres(_) => oid::TEXT,
        Kind::Untyped => UNSPECIFIED,
        Kind::Bytes => oid::BYTEA,
        Kind::DateTime => oid::TIMESTAMPTZ,
        Kind::Date => oid::DATE,
        Kind::Time => oid::TIME,
        Kind::Interval => oid::INTERVAL,
        Kind::Uuid => oid::UUID,
        Kind::Json => oid::JSONB,
        Kind::Array(element) => array_of(*element).0,
    }
}

/// The type of an array of it, and its name.
pub(super) fn array_of(kind: Kind) -> (u32, &'static str) {
    match kind {
        Kind::Boolean => (1000, "bool[]"),
        Kind::Integer => (1016, "int8[]"),
        Kind::Float => (1022, "float8[]"),
        Kind::Decimal => (1231, "numeric[]"),
        // Arrays as literals, for lists of different lengths have no place in one array.
        Kind::Text | Kind::Untyped | Kind::Array(_) | Kind::Set | Kind::Postgres(_) => (1009, "text[]"),
        Kind::Bytes => (1001, "bytea[]"),
        Kind::DateTime => (1185, "timestamptz[]"),
        Kind::Date => (1182, "date[]"),
        Kind::Time => (1183, "time[]"),
        Kind::Interval => (1187, "interval[]"),
        Kind::Uuid => (2951, "uuid[]"),
        Kind::Json => (3807, "jsonb[]"),
    }
}

/// The type of a value as a parameter.
pub(super) fn type_of_value(value: &Value) -> u32 {
    match value {
        Value::List(kind, _) => array_of(*kind).0,
        other => type_of(other.kind()),
    }
}

/// Appends a value without its length; false (and nothing appended) for NULL.
pub(super) fn value(value: &Value, out: &mut Vec<u8>) -> Result<bool, String> {
    match value {
        Value::Null(_) => return Ok(false),
        Value::Boolean(value) => out.push(u8::from(*value)),
        Value::Integer(value) => out.extend_from_slice(&value.to_be_bytes()),
        Value::Float(value) => out.extend_from_slice(&value.to_be_bytes()),
        Value::Decimal(number) => numeric(number, out)?,
        Value::Text(text) | Value::Untyped(text) => out.extend_from_slice(text.as_bytes()),
        Value::Bytes(bytes) => out.extend_from_slice(bytes),
        Value::DateTime(micros) => {
            let micros = micros.checked_sub(POSTGRES_EPOCH_MICROS).ok_or("an instant before PostgreSQL's first")?;
            out.extend_from_slice(&micros.to_be_bytes());
        }
        Value::Date(days) => {
            let days = days.checked_sub(POSTGRES_EPOCH_DAYS).ok_or("a day before PostgreSQL's first")?;
            out.extend_from_slice(&days.to_be_bytes());
        }
        Value::Time(micros) => out.extend_from_slice(&micros.to_be_bytes()),
        Value::Interval(micros) => interval(*micros, out),
        Value::Uuid(uuid) => out.extend_from_slice(uuid.as_bytes()),
        Value::Json(text) => {
            out.push(1); // the version of jsonb's format
            out.extend_from_slice(text.as_bytes());
        }
        Value::Set(members) => out.extend_from_slice(members.join(",").as_bytes()),
        Value::Postgres(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::List(kind, values) | Value::Array(kind, values) => array(element_of(*kind), values.iter(), out)?,
    }
    Ok(true)
}

/// Appends an interval: the part of a day, whole days, and no months.
fn interval(micros: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(&(micros % MICROS_PER_DAY).to_be_bytes());
    // An i64 counts the microseconds of about a hundred million days.
    let days = i32::try_from(micros / MICROS_PER_DAY).unwrap_or_default();
    out.extend_from_slice(&days.to_be_bytes());
    out.extend_from_slice(&0_i32.to_be_bytes());
}

/// Appends an array of one dimension.
pub(super) fn array<'a>(
    element: u32,
    values: impl ExactSizeIterator<Item = &'a Value>,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    array_by(element, values, out, with_length)
}

/// Appends an array of one dimension: its header, then what `push` appends for each value: its length, and the value;
/// `push` says whether it was one, not NULL.
pub(super) fn array_by<'a>(
    element: u32,
    values: impl ExactSizeIterator<Item = &'a Value>,
    out: &mut Vec<u8>,
    mut push: impl FnMut(&'a Value, &mut Vec<u8>) -> Result<bool, String>,
) -> Result<(), String> {
    let length = i32::try_from(values.len()).map_err(|_| "an array of more than 2^31 values")?;
    out.extend_from_slice(&i32::from(length > 0).to_be_bytes()); // dimensions
    let flags = out.len();
    out.extend_from_slice(&0_i32.to_be_bytes()); // whether there are NULLs
    out.extend_from_slice(&element.to_be_bytes());
    if length == 0 {
        return Ok(());
    }
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&1_i32.to_be_bytes()); // the first subscript
    let mut nulls = false;
    for value in values {
        nulls |= !push(value, out)?;
    }
    if nulls {
        out[flags..flags + 4].copy_from_slice(&1_i32.to_be_bytes());
    }
    Ok(())
}

/// Appends a value after its length, −1 for NULL; false for NULL.
pub(super) fn with_length(given: &Value, out: &mut Vec<u8>) -> Result<bool, String> {
    measured(out, |out| value(given, out))
}

/// Appends what `write` appends after its length, −1 for NULL; false for NULL.
pub(super) fn measured(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<bool, String>,
) -> Result<bool, String> {
    let start = out.len();
    out.extend_from_slice(&(-1_i32).to_be_bytes());
    if !write(out)? {
        return Ok(false);
    }
    let length = i32::try_from(out.len() - start - 4).map_err(|_| "a value of more than 2 GiB")?;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(true)
}

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// Appends a `numeric`: digits of base 10,000, the weight of the first, sign, and decimal scale.
pub(super) fn numeric(number: &Numeric, out: &mut Vec<u8>) -> Result<(), String> {
    let text = number.as_str();
    let special = match text {
        "NaN" => Some(NAN),
        "Infinity" => Some(INFINITY),
        "-Infinity" => Some(NEGATIVE_INFINITY),
        _ => None,
    };
    if let Some(sign) = special {
        return numeric_header(0, 0, sign, 0, out);
    }
    let (sign, digits) = text.strip_prefix('-').map_or((0, text), |digits| (NEGATIVE, digits));
    let (integral, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let start = out.len();
    numeric_header(0, 0, sign, fraction.len(), out)?;
    let integral = integral.trim_start_matches('0');
    let mut weight = integral.len().div_ceil(4);
    let groups_start = out.len();
    let (head, whole) = integral.as_bytes().split_at(integral.len() % 4);
    if !head.is_empty() {
        put_group(head, 0, out);
    }
    whole.chunks(4).for_each(|group| put_group(group, 0, out));
    let mut weight_below = 0;
    let mut groups = fraction.as_bytes().chunks(4);
    if weight == 0 {
        // Zeros between the point and the first digit are not written but counted.
        for group in groups.by_ref() {
            if group.iter().any(|digit| *digit != b'0') {
                put_group(group, 4 - group.len(), out);
                break;
            }
            weight_below += 1;
        }
    }
    groups.for_each(|group| put_group(group, 4 - group.len(), out));
    while out.len() > groups_start && out.ends_with(&[0, 0]) {
        out.truncate(out.len() - 2);
    }
    let count = (out.len() - groups_start) / 2;
    if count == 0 {
        (weight, weight_below) = (1, 0); // zero: weight 0
    }
    let weight = i64::try_from(weight).unwrap_or(i64::MAX) - 1 - weight_below;
    let weight = i16::try_from(weight).map_err(|_| "a number of more digits than PostgreSQL takes")?;
    let count = u16::try_from(count).map_err(|_| "a number of more digits than PostgreSQL takes")?;
    out[start..start + 2].copy_from_slice(&count.to_be_bytes());
    out[start + 2..start + 4].copy_from_slice(&weight.to_be_bytes());
    Ok(())
}

fn numeric_header(count: u16, weight: i16, sign: u16, scale: usize, out: &mut Vec<u8>) -> Result<(), String> {
    // The greatest scale of PostgreSQL's format.
    let scale = u16::try_from(scale).ok().filter(|scale| *scale <= 0x3FFF);
    let scale = scale.ok_or("a number of more than 16,383 digits after the point")?;
    out.extend_from_slice(&count.to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&scale.to_be_bytes());
    Ok(())
}

/// Appends up to four decimal digits, followed by `zeros`, as one digit of base 10,000.
fn put_group(digits: &[u8], zeros: usize, out: &mut Vec<u8>) {
    let mut group = digits.iter().fold(0_u16, |group, digit| group * 10 + u16::from(digit - b'0'));
    for _ in 0..zeros {
        group *= 10;
    }
    out.extend_from_slice(&group.to_be_bytes());
}
