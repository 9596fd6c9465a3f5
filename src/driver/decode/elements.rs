//! The elements of an array, each visited like a value of a column.

use std::borrow::Cow;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::exact::{shortened, written_float};
use super::postgres;
use super::target::{Target, unpadded};
use crate::driver::visitor::Visitor;
use crate::types::{Kind, Numeric, Value, temporal};

/// The elements of an array, to be visited one by one.
#[derive(Debug)]
pub struct Elements<'a> {
    source: Source<'a>,
    target: Option<Target>,
}

#[derive(Debug)]
enum Source<'a> {
    Postgres(postgres::ArrayBytes<'a>),
    Json(std::vec::IntoIter<&'a RawValue>),
    Values(std::slice::Iter<'a, Value>),
}

impl<'a> Elements<'a> {
    pub(super) fn of_postgres(bytes: postgres::ArrayBytes<'a>, target: Option<Target>) -> Self {
        Self { source: Source::Postgres(bytes), target }
    }

    /// The elements of a JSON text; None where it is no array.
    pub(super) fn of_json(text: &'a str, target: Target) -> Option<Self> {
        let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        Some(Self { source: Source::Json(elements.into_iter()), target: Some(target) })
    }

    /// The elements of an array on its way to the database.
    pub fn of_values(values: &'a [Value]) -> Self {
        Self { source: Source::Values(values.iter()), target: None }
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        match &self.source {
            Source::Postgres(bytes) => bytes.len(),
            Source::Json(elements) => elements.len(),
            Source::Values(values) => values.len(),
        }
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The kind of value that they are declared as; None where nothing is declared.
    pub fn kind(&self) -> Option<Kind> {
        self.target.map(Target::kind)
    }

    /// Hands the next element to a visitor; None after the last.
    ///
    /// # Errors
    ///
    /// What was found where it is not exactly of the declared type.
    pub fn next<V: Visitor>(&mut self, visitor: V) -> Option<Result<V::Output, String>> {
        match &mut self.source {
            Source::Postgres(bytes) => bytes.next(visitor),
            Source::Json(elements) => {
                let raw = elements.next()?.get();
                let target = self.target.unwrap_or(Target::Json);
                Some(visit_json(raw, target, visitor).ok_or_else(|| shortened(format_args!("[… {raw} …]"))))
            }
            Source::Values(values) => Some(visit_value(values.next()?, visitor)),
        }
    }
}

/// A value that was not in a database yet.
fn visit_value<V: Visitor>(value: &Value, visitor: V) -> Result<V::Output, String> {
    Ok(match value {
        Value::Null(_) => visitor.null(),
        Value::Boolean(truth) => visitor.boolean(*truth),
        Value::Integer(number) => visitor.integer(*number),
        Value::Float(number) => visitor.float(*number),
        Value::Decimal(number) => visitor.decimal(number.as_str()),
        Value::Text(text) | Value::Untyped(text) => visitor.text(text),
        Value::Bytes(bytes) => visitor.bytes(bytes),
        Value::DateTime(micros) => visitor.datetime(*micros),
        Value::Date(days) => visitor.date(*days),
        Value::Time(micros) => visitor.time(*micros),
        Value::Interval(micros) => visitor.interval(*micros),
        Value::Uuid(uuid) => visitor.uuid(*uuid),
        Value::Json(text) => visitor.json(text),
        Value::Set(members) => visitor.set(&members.join(","))?,
        Value::Postgres(value) => visitor.postgres((**value).clone())?,
        Value::Array(_, elements) | Value::List(_, elements) => visitor.array(Elements::of_values(elements))?,
    })
}

/// One element of a JSON array in the form of `types::json`, or in another that loses nothing.
fn visit_json<V: Visitor>(raw: &str, target: Target, visitor: V) -> Option<V::Output> {
    if raw == "null" {
        return Some(visitor.null());
    }
    match target {
        Target::Json => return Some(visitor.json(raw)),
        Target::SmallInteger | Target::Integer | Target::BigInteger => {
            let (low, high) = target.range();
            return integer(raw).filter(|number| (low..=high).contains(number)).map(|number| visitor.integer(number));
        }
        Target::Interval => return integer(raw).map(|micros| visitor.interval(micros)),
        Target::Boolean => return raw.parse().ok().map(|flag| visitor.boolean(flag)),
        Target::Members | Target::Postgres(_) => return None,
        _ => {}
    }
    let string = string(raw);
    match target {
        Target::Float => float(raw, string.as_deref()).map(|number| visitor.float(number)),
        Target::Decimal => {
            let number: Numeric = string.as_deref().unwrap_or(raw).parse().ok()?;
            Some(visitor.decimal(number.as_str()))
        }
        Target::Padded => Some(visitor.text(unpadded(&string?))),
        Target::DateTime => temporal::parse_datetime(&string?).map(|micros| visitor.datetime(micros)),
        Target::Date => temporal::parse_date(&string?).map(|days| visitor.date(days)),
        Target::Time => temporal::parse_time(&string?).map(|micros| visitor.time(micros)),
        Target::Uuid => Uuid::try_parse(&string?).ok().map(|uuid| visitor.uuid(uuid)),
        Target::Bytes => bytes(&string?).map(|bytes| visitor.bytes(&bytes)),
        _ => Some(visitor.text(&string?)),
    }
}

fn string(raw: &str) -> Option<Cow<'_, str>> {
    // As long as nothing is escaped, the text between the quotes is the string.
    match raw.strip_prefix('"')?.strip_suffix('"') {
        Some(plain) if !plain.contains('\\') => Some(Cow::Borrowed(plain)),
        _ => serde_json::from_str(raw).ok().map(Cow::Owned),
    }
}

/// The integer of a number, however it is written.
fn integer(raw: &str) -> Option<i64> {
    raw.parse().ok().or_else(|| {
        let written: Numeric = Some(raw).filter(|raw| !raw.starts_with('"'))?.parse().ok()?;
        written.rescaled(0)?.as_str().parse().ok()
    })
}

fn float(raw: &str, string: Option<&str>) -> Option<f64> {
    match string {
        // A decimal zero has no sign, a float's has.
        None => written_float(raw),
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = hex.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
        _ => None,
    });
    pairs.collect()
}
