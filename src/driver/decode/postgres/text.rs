//! Text, what is stored as text, and UUIDs.

use uuid::Uuid;

use super::{Content, malformed, number, shortened};
use crate::driver::visitor::Visitor;
use crate::types::{Kind, Numeric, temporal};

/// The version that PostgreSQL writes before a `jsonb` text.
const JSONB_VERSION: u8 = 1;

#[inline]
pub(super) fn visit<V: Visitor>(content: Content, kind: Kind, bytes: &[u8], visitor: V) -> Result<V::Output, String> {
    let text = read(content, bytes)?;
    match kind {
        Kind::Text | Kind::Untyped => Ok(visitor.text(text)),
        Kind::Json => json(content, text).map(|text| visitor.json(text)),
        Kind::Uuid => Uuid::try_parse(text).map(|uuid| visitor.uuid(uuid)).map_err(|_| shortened(text)),
        Kind::Decimal => {
            text.parse::<Numeric>().map(|number| visitor.decimal(number.as_str())).map_err(|_| shortened(text))
        }
        Kind::Integer => canonical_integer(text).map(|value| visitor.integer(value)),
        Kind::Float => number::text_as_float(text).map(|value| visitor.float(value)),
        Kind::Date => temporal::parse_date(text).map(|days| visitor.date(days)).ok_or_else(|| shortened(text)),
        Kind::Time => temporal::parse_time(text).map(|micros| visitor.time(micros)).ok_or_else(|| shortened(text)),
        Kind::DateTime => {
            temporal::parse_datetime(text).map(|micros| visitor.datetime(micros)).ok_or_else(|| shortened(text))
        }
        Kind::Boolean | Kind::Bytes | Kind::Interval | Kind::Array(_) => Err(shortened(text)),
    }
}

#[inline]
fn read(content: Content, bytes: &[u8]) -> Result<&str, String> {
    let bytes = match content {
        Content::Plain | Content::Foreign => bytes,
        Content::Padded => {
            let blanks = bytes.iter().rev().take_while(|byte| **byte == b' ').count();
            &bytes[..bytes.len() - blanks]
        }
        Content::Versioned => match bytes {
            [JSONB_VERSION, text @ ..] => text,
            _ => return Err(malformed("jsonb", bytes)),
        },
    };
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("text", bytes))?;
    // Enumerations and `citext` are text; other types' binary formats have lengths and counts in them.
    if content == Content::Foreign && text.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return Err(malformed("text", bytes));
    }
    Ok(text)
}

/// A text column is not known to hold JSON; the others are.
fn json(content: Content, text: &str) -> Result<&str, String> {
    if content != Content::Versioned && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Err(shortened(text));
    }
    Ok(text)
}

/// An integer whose text is the only one it can have: `007` and `+7` would lose something.
fn canonical_integer(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(value) if value.to_string() == text => Ok(value),
        _ => Err(shortened(text)),
    }
}

#[inline]
pub(super) fn uuid(bytes: &[u8]) -> Result<Uuid, String> {
    Uuid::from_slice(bytes).map_err(|_| malformed("uuid", bytes))
}
