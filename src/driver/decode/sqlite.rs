//! SQLite's values. Each value carries its own storage class, whatever its column declares, so reading is keyed by
//! the class found and the type declared.
//!
//! | declared | read from |
//! |---|---|
//! | integers | INTEGER; REAL without a fraction, below 2^53; TEXT of an integer; within the declared width |
//! | Float | REAL; INTEGER up to 2^53; TEXT of a number that a float holds exactly to its last decimal |
//! | Decimal | TEXT of a number; INTEGER; REAL, as the shortest decimal that means it |
//! | Boolean | INTEGER and TEXT 0 or 1; TEXT `true` or `false` |
//! | String, Text | TEXT of valid UTF-8; INTEGER and REAL, as SQLite prints them |
//! | DateTime | TEXT; INTEGER and REAL: seconds since 1970 (a Julian day is not guessed) |
//! | Date | TEXT of a date, or of a midnight |
//! | Char | TEXT of valid UTF-8, without the blanks at its end |
//! | Enum | TEXT of valid UTF-8 |
//! | Time | TEXT |
//! | Interval | INTEGER: microseconds |
//! | Array | TEXT of a JSON array |
//! | UUID | TEXT of 36 or 32 characters; BLOB of 16 bytes |
//! | Binary | BLOB; TEXT, its bytes |
//! | JSON | TEXT of valid UTF-8 without a key that stands twice in one object; INTEGER and REAL, which a column declared JSON makes of numbers |
//!
//! Anything else is an error that tells what was found. Nothing is decoded to a neighbouring value.

use uuid::Uuid;

use super::document::unambiguous;
use super::elements::Elements;
use super::exact::{hex, shortened, written_float};
use super::target::{Target, unpadded};
use super::{RawCell, Reading, SqlType, StorageClass, Visitor};
use crate::types::numeric::{Numeric, is_plain};
use crate::types::temporal::{self, FIRST_DAY, LAST_DAY, MICROS_PER_DAY};

#[cfg(test)]
mod tests;

/// The greatest number up to which floats hold every integer.
const EXACT: i64 = 1 << 53;

/// How to read a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decoder {
    /// Whatever the storage class says.
    Natural,
    One(Target),
    Array(Target),
    /// What the functions of `driver::sqlite::sum` give, to be read as this.
    Sum(Target),
}

impl Decoder {
    /// None for a type that nothing can be read as.
    pub(super) fn new(declared: Option<&SqlType>) -> Option<Self> {
        Some(match declared {
            None => Self::Natural,
            Some(declared @ SqlType::Array(_)) => Self::Array(Target::of(declared)?),
            Some(declared) => Self::One(Target::of(declared)?),
        })
    }

    /// Of a sum, to be read as a type; None as of `new`.
    pub(super) fn of_sum(declared: &SqlType) -> Option<Self> {
        Target::of(declared).map(Self::Sum)
    }

    /// What becomes of the values of a storage class; None where they are refused.
    pub(super) fn reading(self, class: StorageClass) -> Option<Reading> {
        match self {
            Self::Natural => Some(Reading::Exact),
            Self::One(target) | Self::Sum(target) => reading(class, target),
            Self::Array(_) => (class == StorageClass::Text).then_some(Reading::Checked),
        }
    }

    #[inline]
    pub(super) fn visit<V: Visitor>(self, cell: RawCell<'_>, visitor: V) -> Result<V::Output, String> {
        if cell == RawCell::Null {
            return Ok(visitor.null());
        }
        match self {
            Self::Natural => natural(cell, visitor),
            Self::One(Target::Json) => return json(cell, visitor),
            Self::One(target) => one(target, cell, visitor),
            Self::Array(target) => return array(target, cell, visitor),
            Self::Sum(target) => return sum(target, cell, visitor),
        }
        .ok_or_else(|| describe(cell))
    }
}

/// The table of this database: the type declared, the storage classes that are read exactly, and those whose values are
/// converted where nothing is lost.
#[allow(clippy::match_same_arms)] // a line for each type
fn reading(class: StorageClass, target: Target) -> Option<Reading> {
    use StorageClass::{Blob, Integer, Real, Text};
    let (exact, checked): (&[StorageClass], &[StorageClass]) = match target {
        Target::SmallInteger | Target::Integer => (&[], &[Integer, Real, Text]),
        Target::BigInteger => (&[Integer], &[Real, Text]),
        Target::Float => (&[Real], &[Integer, Text]),
        // The shortest decimal that means the float: it is the one that somebody wrote.
        Target::Decimal => (&[Integer, Real], &[Text]),
        Target::Text => (&[Integer, Text], &[Real]),
        Target::Padded => (&[Text], &[]),
        Target::Label | Target::Date | Target::Time => (&[], &[Text]),
        Target::Boolean => (&[], &[Integer, Text]),
        Target::DateTime => (&[], &[Integer, Real, Text]),
        Target::Interval => (&[Integer], &[]),
        Target::Uuid => (&[], &[Text, Blob]),
        Target::Bytes => (&[Blob, Text], &[]),
        Target::Json => (&[Integer], &[Real, Text]),
        Target::Members | Target::Postgres(_) => (&[], &[]),
    };
    let is_exact = exact.contains(&class).then_some(Reading::Exact);
    is_exact.or_else(|| checked.contains(&class).then_some(Reading::Checked))
}

#[inline]
fn one<V: Visitor>(target: Target, cell: RawCell<'_>, visitor: V) -> Option<V::Output> {
    match target {
        Target::SmallInteger => integer(cell).filter(|n| i16::try_from(*n).is_ok()).map(|n| visitor.integer(n)),
        Target::Integer => integer(cell).filter(|n| i32::try_from(*n).is_ok()).map(|n| visitor.integer(n)),
        Target::BigInteger => integer(cell).map(|n| visitor.integer(n)),
        Target::Float => float(cell).map(|n| visitor.float(n)),
        Target::Decimal => decimal(cell, visitor),
        Target::Text => text(cell, visitor),
        Target::Padded => utf8(cell).map(|text| visitor.text(unpadded(text))),
        Target::Label => utf8(cell).map(|text| visitor.text(text)),
        Target::Boolean => boolean(cell).map(|flag| visitor.boolean(flag)),
        Target::DateTime => datetime(cell).map(|micros| visitor.datetime(micros)),
        Target::Date => date(cell).map(|days| visitor.date(days)),
        Target::Time => utf8(cell).and_then(temporal::parse_time).map(|micros| visitor.time(micros)),
        Target::Interval => interval(cell).map(|micros| visitor.interval(micros)),
        Target::Uuid => uuid(cell).map(|id| visitor.uuid(id)),
        Target::Bytes => bytes(cell).map(|bytes| visitor.bytes(bytes)),
        Target::Json => json(cell, visitor).ok(),
        Target::Members | Target::Postgres(_) => None,
    }
}

fn array<V: Visitor>(target: Target, cell: RawCell<'_>, visitor: V) -> Result<V::Output, String> {
    let elements = utf8(cell).and_then(|text| Elements::of_json(text, target));
    visitor.array(elements.ok_or_else(|| describe(cell))?)
}

/// A sum by the functions that the driver registers: they give a BLOB that tells of a value that could not be added,
/// and NaN, which SQLite has no number for, as text.
#[cold]
fn sum<V: Visitor>(target: Target, cell: RawCell<'_>, visitor: V) -> Result<V::Output, String> {
    match cell {
        RawCell::Blob(fault) => Err(String::from_utf8_lossy(fault).into_owned()),
        RawCell::Text(b"NaN") if target == Target::Float => Ok(visitor.float(f64::NAN)),
        cell => one(target, cell, visitor).ok_or_else(|| describe(cell)),
    }
}

/// No other class: which unit would be meant?
fn interval(cell: RawCell<'_>) -> Option<i64> {
    match cell {
        RawCell::Integer(micros) => Some(micros),
        _ => None,
    }
}

#[inline]
fn natural<V: Visitor>(cell: RawCell<'_>, visitor: V) -> Option<V::Output> {
    Some(match cell {
        RawCell::Integer(number) => visitor.integer(number),
        RawCell::Real(number) => visitor.float(number),
        RawCell::Blob(bytes) => visitor.bytes(bytes),
        other => visitor.text(utf8(other)?),
    })
}

/// The text of a TEXT value that keeps SQLite's promise of UTF-8.
#[inline]
fn utf8(cell: RawCell<'_>) -> Option<&str> {
    match cell {
        RawCell::Text(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

#[inline]
fn integer(cell: RawCell<'_>) -> Option<i64> {
    match cell {
        RawCell::Integer(number) => Some(number),
        RawCell::Real(number) => integral(number),
        other => utf8(other)?.parse().ok(),
    }
}

/// The integer that a float is, where floats still hold every integer.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // in range and without a fraction: checked
fn integral(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < EXACT as f64).then_some(number as i64)
}

#[inline]
fn float(cell: RawCell<'_>) -> Option<f64> {
    match cell {
        RawCell::Real(number) => Some(number),
        RawCell::Integer(number) => exact_float(number),
        other => written_float(utf8(other)?),
    }
}

#[allow(clippy::cast_precision_loss)] // none up to 2^53: checked
fn exact_float(number: i64) -> Option<f64> {
    (-EXACT..=EXACT).contains(&number).then_some(number as f64)
}

#[inline]
fn decimal<V: Visitor>(cell: RawCell<'_>, visitor: V) -> Option<V::Output> {
    if let RawCell::Text(bytes) = cell {
        let text = std::str::from_utf8(bytes).ok()?;
        // A zero has no sign.
        if is_plain(text) && !text.starts_with("-0") {
            return Some(visitor.decimal(text));
        }
    }
    let number = decimal_by_detour(cell)?;
    Some(visitor.decimal(number.as_str()))
}

/// A decimal that is not stored as plain text.
fn decimal_by_detour(cell: RawCell<'_>) -> Option<Numeric> {
    match cell {
        RawCell::Integer(number) => Some(number.into()),
        // Never with an exponent: the shortest digits that give this very float.
        RawCell::Real(number) => number.to_string().parse().ok(),
        other => utf8(other)?.parse().ok(),
    }
}

#[inline]
fn text<V: Visitor>(cell: RawCell<'_>, visitor: V) -> Option<V::Output> {
    match cell {
        RawCell::Integer(number) => Some(visitor.text(&number.to_string())),
        RawCell::Real(number) if number.is_finite() => Some(visitor.text(&format!("{number:?}"))),
        other => utf8(other).map(|text| visitor.text(text)),
    }
}

fn boolean(cell: RawCell<'_>) -> Option<bool> {
    match cell {
        RawCell::Integer(0) | RawCell::Text(b"0") => Some(false),
        RawCell::Integer(1) | RawCell::Text(b"1") => Some(true),
        RawCell::Text(word) if word.eq_ignore_ascii_case(b"false") => Some(false),
        RawCell::Text(word) if word.eq_ignore_ascii_case(b"true") => Some(true),
        _ => None,
    }
}

#[inline]
fn datetime(cell: RawCell<'_>) -> Option<i64> {
    match cell {
        RawCell::Integer(seconds) => seconds.checked_mul(1_000_000).filter(|micros| is_told(*micros)),
        RawCell::Real(seconds) => micros_of_real(seconds),
        other => temporal::parse_datetime(utf8(other)?),
    }
}

/// Seconds as microseconds, where no finer fraction is lost.
#[allow(clippy::cast_possible_truncation)] // integral, and saturated values are out of range: checked
#[allow(clippy::float_cmp)] // the very number is asked for
fn micros_of_real(seconds: f64) -> Option<i64> {
    let micros = (seconds * 1e6).round();
    (micros / 1e6 == seconds).then_some(micros as i64).filter(|micros| is_told(*micros))
}

/// Whether an instant is in the years 1 to 9999.
fn is_told(micros: i64) -> bool {
    (i64::from(FIRST_DAY)..=i64::from(LAST_DAY)).contains(&micros.div_euclid(MICROS_PER_DAY))
}

#[inline]
fn date(cell: RawCell<'_>) -> Option<i32> {
    let text = utf8(cell)?;
    temporal::parse_date(text).or_else(|| {
        let micros = temporal::parse_datetime(text).filter(|micros| micros.rem_euclid(MICROS_PER_DAY) == 0)?;
        i32::try_from(micros.div_euclid(MICROS_PER_DAY)).ok()
    })
}

#[inline]
fn uuid(cell: RawCell<'_>) -> Option<Uuid> {
    match cell {
        RawCell::Text(text) if matches!(text.len(), 32 | 36) => Uuid::try_parse_ascii(text).ok(),
        RawCell::Blob(bytes) => Uuid::from_slice(bytes).ok(),
        _ => None,
    }
}

#[inline]
fn bytes(cell: RawCell<'_>) -> Option<&[u8]> {
    match cell {
        RawCell::Blob(bytes) | RawCell::Text(bytes) => Some(bytes),
        _ => None,
    }
}

#[inline]
fn json<V: Visitor>(cell: RawCell<'_>, visitor: V) -> Result<V::Output, String> {
    match cell {
        RawCell::Integer(number) => Ok(visitor.json(&number.to_string())),
        RawCell::Real(number) if number.is_finite() => Ok(visitor.json(&format!("{number:?}"))),
        other => {
            let text = utf8(other).ok_or_else(|| describe(other))?;
            unambiguous(text).map(|text| visitor.json(text)).map_err(|found| format!("TEXT {found}"))
        }
    }
}

/// The value, shortened, and its storage class.
#[cold]
fn describe(cell: RawCell<'_>) -> String {
    match cell {
        RawCell::Null => "NULL".into(),
        RawCell::Integer(number) => format!("INTEGER {number}"),
        RawCell::Real(number) => format!("REAL {number:?}"),
        RawCell::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => format!("TEXT {}", shortened(text)),
            Err(_) => format!("TEXT that is not valid UTF-8, {}", hex(bytes)),
        },
        RawCell::Blob(bytes) | RawCell::Wire(bytes) => format!("BLOB {}", hex(bytes)),
    }
}
