//! Conversions that lose nothing, whichever database the value is from; the error shows what would have lost something.

use std::cmp::Ordering;
use std::fmt::{Display, Write as _};

use uuid::Uuid;

use super::document::unambiguous;
use crate::driver::visitor::Visitor;
use crate::types::numeric::compare_text;
use crate::types::{Kind, Numeric, temporal};

/// Whether text is read as values of the kind.
pub(super) fn is_written(kind: Kind) -> bool {
    !matches!(kind, Kind::Boolean | Kind::Bytes | Kind::Interval | Kind::Array(_) | Kind::Set | Kind::Postgres(_))
}

/// Hands a text to the visitor as the kind that is declared. Text is not known to be JSON here: the visitor's part.
#[inline]
pub(super) fn visit_text<V: Visitor>(kind: Kind, text: &str, visitor: V) -> Result<V::Output, String> {
    match kind {
        Kind::Text | Kind::Untyped => Ok(visitor.text(text)),
        Kind::Json => unambiguous(text).map(|text| visitor.json(text)),
        Kind::Uuid => Uuid::try_parse(text).map(|uuid| visitor.uuid(uuid)).map_err(|_| shortened(text)),
        Kind::Decimal => {
            text.parse::<Numeric>().map(|number| visitor.decimal(number.as_str())).map_err(|_| shortened(text))
        }
        Kind::Integer => written_integer(text).map(|value| visitor.integer(value)),
        Kind::Float => text_as_float(text).map(|value| visitor.float(value)),
        Kind::Date => temporal::parse_date(text).map(|days| visitor.date(days)).ok_or_else(|| shortened(text)),
        Kind::Time => temporal::parse_time(text).map(|micros| visitor.time(micros)).ok_or_else(|| shortened(text)),
        Kind::DateTime => {
            temporal::parse_datetime(text).map(|micros| visitor.datetime(micros)).ok_or_else(|| shortened(text))
        }
        Kind::Boolean | Kind::Bytes | Kind::Interval | Kind::Array(_) | Kind::Set | Kind::Postgres(_) => {
            Err(shortened(text))
        }
    }
}

/// The integer that a text writes, by the rule for numbers as texts: digits, with a sign or none.
pub(super) fn written_integer(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| shortened(text))
}

/// The float that a text writes: one whose shortest decimal is the same number, or what is no number.
pub(super) fn written_float(text: &str) -> Option<f64> {
    let written: Numeric = text.parse().ok()?;
    // Of the text, for a zero may have a sign; NaN and the infinities have other words.
    let number: f64 = if written.is_finite() { text } else { written.as_str() }.parse().ok()?;
    let is_same = |number: f64| compare_text(&number.to_string(), written.as_str()) == Ordering::Equal;
    (!written.is_finite() || (number.is_finite() && is_same(number))).then_some(number)
}

pub(super) fn integer_as_float(value: i64) -> Result<f64, String> {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // compared just below
    let (float, back) = (value as f64, value as f64 as i128);
    if back == i128::from(value) { Ok(float) } else { Err(value.to_string()) }
}

pub(super) fn float_as_integer(value: f64) -> Result<i64, String> {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // compared just below
    let (integer, back) = (value as i64, value as i64 as f64);
    // i64::MAX is what larger floats saturate to, and is itself no float.
    #[allow(clippy::float_cmp)] // exactness is the question
    if back == value && integer != i64::MAX { Ok(integer) } else { Err(value.to_string()) }
}

pub(super) fn text_as_integer(text: &str) -> Result<i64, String> {
    let integral = match text.split_once('.') {
        Some((integral, fraction)) if fraction.bytes().all(|digit| digit == b'0') => integral,
        Some(_) => return Err(shortened(text)),
        None => text,
    };
    integral.parse().map_err(|_| shortened(text))
}

pub(super) fn text_as_float(text: &str) -> Result<f64, String> {
    written_float(text).ok_or_else(|| shortened(text))
}

pub(super) fn in_range(value: i64, low: i64, high: i64) -> Result<i64, String> {
    if value < low || value > high {
        return Err(value.to_string());
    }
    Ok(value)
}

/// A value as text for a message, shortened.
#[cold]
pub(super) fn shortened(value: impl Display) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return format!("{text:?}");
    }
    format!("{:?}…", text.chars().take(60).collect::<String>())
}

/// Bytes for a message, shortened.
#[cold]
pub(super) fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 20;
    let mut out = format!("of {} bytes x'", bytes.len());
    for byte in bytes.iter().take(SHOWN) {
        let _ = write!(out, "{byte:02x}"); // writing to a String cannot fail
    }
    out.push_str(if bytes.len() > SHOWN { "…'" } else { "'" });
    out
}
