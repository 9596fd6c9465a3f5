//! The binary formats of MySQL and MariaDB, by the column's type and the declared type.
//!
//! Text comes as UTF-8 whatever a column's character set is: the server translates. Only pairs that lose nothing are
//! here; those that lose nothing for some values only check each value.

mod kind;
mod number;
mod time;

pub use kind::MySqlType;
use number::Width;
use uuid::Uuid;

use super::Reading;
use super::elements::Elements;
use super::exact;
use super::target::{Target, unpadded};
use crate::driver::row::RawCell;
use crate::driver::visitor::Visitor;
use crate::types::{Kind, SqlType};

/// How to read a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decoder {
    Null,
    Integer {
        width: Width,
        low: i64,
        high: i64,
    },
    IntegerAsBoolean(Width),
    IntegerAsFloat(Width),
    IntegerAsDecimal(Width),
    IntegerAsInterval(Width),
    /// An integer of undeclared type: where it is beyond 64 signed bits, a decimal.
    AnyInteger(Width),
    Float,
    Double,
    FloatAsInteger {
        single: bool,
        low: i64,
        high: i64,
    },
    Decimal,
    /// For a declared type without a scale: zeros at the end are the column's filling.
    DecimalWithoutScale,
    DecimalAsInteger {
        low: i64,
        high: i64,
    },
    DecimalAsFloat,
    /// The sum of microseconds.
    DecimalAsInterval,
    Text(Kind),
    /// Text that is to be JSON.
    Document,
    PaddedText,
    Set,
    TextAsInteger {
        low: i64,
        high: i64,
    },
    /// A JSON text, and what its elements are declared as.
    Array(Target),
    Instant,
    InstantAsDate,
    Date,
    DateAsInstant,
    Time,
    TimeAsInterval,
    Bytes,
    BytesAsUuid,
}

impl Decoder {
    pub(super) fn new(stored: MySqlType, declared: Option<&SqlType>) -> Option<Self> {
        let target = match declared {
            Some(declared) => Some(Target::of(declared)?),
            None => None,
        };
        if declared.and_then(SqlType::element).is_some() {
            return target.filter(|_| stored.is_text() || stored == MySqlType::Json).map(Self::Array);
        }
        let range = target.map_or((i64::MIN, i64::MAX), Target::range);
        let kind = target.map(Target::kind);
        match stored {
            MySqlType::Null => Some(Self::Null),
            MySqlType::TinyInt => integer(Width::One, kind, range),
            MySqlType::TinyIntUnsigned => integer(Width::UnsignedOne, kind, range),
            MySqlType::SmallInt => integer(Width::Two, kind, range),
            MySqlType::SmallIntUnsigned => integer(Width::UnsignedTwo, kind, range),
            MySqlType::Year => integer(Width::Year, kind, range),
            MySqlType::MediumInt | MySqlType::Int => integer(Width::Four, kind, range),
            MySqlType::MediumIntUnsigned | MySqlType::IntUnsigned => integer(Width::UnsignedFour, kind, range),
            MySqlType::BigInt => integer(Width::Eight, kind, range),
            MySqlType::BigIntUnsigned => integer(Width::UnsignedEight, kind, range),
            MySqlType::Bit => integer(Width::Bits, kind, range),
            MySqlType::Float | MySqlType::Double => float(stored == MySqlType::Float, kind, range),
            MySqlType::Decimal => decimal(declared, range),
            MySqlType::DateTime | MySqlType::Timestamp => match kind {
                None | Some(Kind::DateTime) => Some(Self::Instant),
                Some(Kind::Date) => Some(Self::InstantAsDate),
                _ => None,
            },
            MySqlType::Date => match kind {
                None | Some(Kind::Date) => Some(Self::Date),
                Some(Kind::DateTime) => Some(Self::DateAsInstant),
                _ => None,
            },
            MySqlType::Time => match kind {
                None | Some(Kind::Time) => Some(Self::Time),
                Some(Kind::Interval) => Some(Self::TimeAsInterval),
                _ => None,
            },
            MySqlType::Char
            | MySqlType::VarChar
            | MySqlType::TinyText
            | MySqlType::Text
            | MySqlType::MediumText
            | MySqlType::LongText
            | MySqlType::Enum => text(target, range),
            MySqlType::Json => match kind {
                None | Some(Kind::Json) => Some(Self::Text(Kind::Json)),
                Some(kind @ (Kind::Text | Kind::Untyped)) => Some(Self::Text(kind)),
                _ => None,
            },
            MySqlType::Binary
            | MySqlType::VarBinary
            | MySqlType::TinyBlob
            | MySqlType::Blob
            | MySqlType::MediumBlob
            | MySqlType::LongBlob => match kind {
                None | Some(Kind::Bytes) => Some(Self::Bytes),
                Some(Kind::Uuid) => Some(Self::BytesAsUuid),
                _ => None,
            },
            MySqlType::Geometry | MySqlType::Unknown => None,
        }
    }

    /// What becomes of the values.
    pub(super) fn reading(self) -> Reading {
        let holds = |width: Width, low: i128, high: i128| {
            let (least, greatest) = width.range();
            low <= least && greatest <= high
        };
        let is_exact = match self {
            Self::Integer { width, low, high } => holds(width, low.into(), high.into()),
            Self::IntegerAsInterval(width) => holds(width, i64::MIN.into(), i64::MAX.into()),
            Self::IntegerAsFloat(width) => holds(width, -(1 << 53), 1 << 53),
            Self::Text(kind) => matches!(kind, Kind::Text | Kind::Json),
            Self::IntegerAsBoolean(_)
            | Self::FloatAsInteger { .. }
            | Self::DecimalAsInteger { .. }
            | Self::DecimalAsFloat
            | Self::DecimalAsInterval
            | Self::Array(_)
            | Self::TextAsInteger { .. }
            | Self::Document
            | Self::InstantAsDate
            | Self::Set
            | Self::BytesAsUuid => false,
            Self::Null
            | Self::IntegerAsDecimal(_)
            | Self::AnyInteger(_)
            | Self::Float
            | Self::Double
            | Self::Decimal
            | Self::DecimalWithoutScale
            | Self::PaddedText
            | Self::Instant
            | Self::Date
            | Self::DateAsInstant
            | Self::Time
            | Self::TimeAsInterval
            | Self::Bytes => true,
        };
        if is_exact { Reading::Exact } else { Reading::Checked }
    }

    #[inline]
    pub(super) fn visit<V: Visitor>(self, cell: RawCell<'_>, visitor: V) -> Result<V::Output, String> {
        match cell {
            RawCell::Wire(bytes) => self.visit_bytes(bytes, visitor),
            RawCell::Null => Ok(visitor.null()),
            _ => Err("a value that is not MySQL's".into()),
        }
    }

    #[inline]
    fn visit_bytes<V: Visitor>(self, bytes: &[u8], visitor: V) -> Result<V::Output, String> {
        match self {
            Self::Null => Err(malformed("NULL", bytes)),
            Self::Integer { width, low, high } => number::integer(width, bytes)
                .and_then(|value| exact::in_range(value, low, high))
                .map(|value| visitor.integer(value)),
            Self::IntegerAsBoolean(width) => match number::integer(width, bytes)? {
                0 => Ok(visitor.boolean(false)),
                1 => Ok(visitor.boolean(true)),
                other => Err(other.to_string()),
            },
            Self::IntegerAsFloat(width) => {
                number::integer(width, bytes).and_then(exact::integer_as_float).map(|value| visitor.float(value))
            }
            Self::IntegerAsDecimal(width) => {
                number::any_integer(width, bytes).map(|value| visitor.decimal(&value.to_string()))
            }
            Self::IntegerAsInterval(width) => number::integer(width, bytes).map(|micros| visitor.interval(micros)),
            Self::AnyInteger(width) => {
                let value = number::any_integer(width, bytes)?;
                Ok(match i64::try_from(value) {
                    Ok(value) => visitor.integer(value),
                    Err(_) => visitor.decimal(&value.to_string()),
                })
            }
            Self::Float => number::float(bytes).map(|value| visitor.float(value)),
            Self::Double => number::double(bytes).map(|value| visitor.float(value)),
            Self::FloatAsInteger { single, low, high } => {
                let value = if single { number::float(bytes) } else { number::double(bytes) }?;
                exact::float_as_integer(value)
                    .and_then(|value| exact::in_range(value, low, high))
                    .map(|value| visitor.integer(value))
            }
            Self::Decimal => number::decimal(bytes).map(|text| visitor.decimal(text)),
            Self::DecimalWithoutScale => number::decimal(bytes).map(|text| visitor.decimal(number::trimmed(text))),
            Self::DecimalAsInteger { low, high } => number::decimal(bytes)
                .and_then(exact::text_as_integer)
                .and_then(|value| exact::in_range(value, low, high))
                .map(|value| visitor.integer(value)),
            Self::DecimalAsFloat => {
                number::decimal(bytes).and_then(exact::text_as_float).map(|value| visitor.float(value))
            }
            Self::DecimalAsInterval => {
                number::decimal(bytes).and_then(exact::text_as_integer).map(|micros| visitor.interval(micros))
            }
            Self::Text(kind) => exact::visit_text(kind, utf8(bytes)?, visitor),
            Self::Document => exact::visit_text(Kind::Json, utf8(bytes)?, visitor),
            Self::PaddedText => Ok(visitor.text(unpadded(utf8(bytes)?))),
            Self::Set => visitor.set(utf8(bytes)?),
            Self::Array(target) => {
                let text = utf8(bytes)?;
                visitor.array(Elements::of_json(text, target).ok_or_else(|| exact::shortened(text))?)
            }
            Self::TextAsInteger { low, high } => exact::written_integer(utf8(bytes)?)
                .and_then(|value| exact::in_range(value, low, high))
                .map(|value| visitor.integer(value)),
            Self::Instant => time::instant(bytes).map(|micros| visitor.datetime(micros)),
            Self::InstantAsDate => time::instant_as_date(bytes).map(|days| visitor.date(days)),
            Self::Date => time::date(bytes).map(|days| visitor.date(days)),
            Self::DateAsInstant => time::date_as_instant(bytes).map(|micros| visitor.datetime(micros)),
            Self::Time => time::time(bytes).map(|micros| visitor.time(micros)),
            Self::TimeAsInterval => time::span(bytes).map(|micros| visitor.interval(micros)),
            Self::Bytes => Ok(visitor.bytes(bytes)),
            Self::BytesAsUuid => Uuid::from_slice(bytes)
                .map(|uuid| visitor.uuid(uuid))
                .map_err(|_| format!("a value {}, not the 16 of a UUID", exact::hex(bytes))),
        }
    }
}

fn integer(width: Width, kind: Option<Kind>, (low, high): (i64, i64)) -> Option<Decoder> {
    match kind {
        None => Some(Decoder::AnyInteger(width)),
        Some(Kind::Integer) => Some(Decoder::Integer { width, low, high }),
        Some(Kind::Boolean) => Some(Decoder::IntegerAsBoolean(width)),
        Some(Kind::Float) => Some(Decoder::IntegerAsFloat(width)),
        Some(Kind::Decimal) => Some(Decoder::IntegerAsDecimal(width)),
        Some(Kind::Interval) => Some(Decoder::IntegerAsInterval(width)),
        _ => None,
    }
}

fn float(single: bool, kind: Option<Kind>, (low, high): (i64, i64)) -> Option<Decoder> {
    match kind {
        None | Some(Kind::Float) => Some(if single { Decoder::Float } else { Decoder::Double }),
        Some(Kind::Integer) => Some(Decoder::FloatAsInteger { single, low, high }),
        _ => None,
    }
}

fn decimal(declared: Option<&SqlType>, (low, high): (i64, i64)) -> Option<Decoder> {
    if let Some(SqlType::Decimal { precision: None, .. }) = declared {
        return Some(Decoder::DecimalWithoutScale);
    }
    match declared.map(SqlType::kind) {
        None | Some(Kind::Decimal) => Some(Decoder::Decimal),
        Some(Kind::Integer) => Some(Decoder::DecimalAsInteger { low, high }),
        Some(Kind::Float) => Some(Decoder::DecimalAsFloat),
        Some(Kind::Interval) => Some(Decoder::DecimalAsInterval),
        _ => None,
    }
}

fn text(target: Option<Target>, (low, high): (i64, i64)) -> Option<Decoder> {
    match (target, target.map(Target::kind)) {
        (Some(Target::Padded), _) => Some(Decoder::PaddedText),
        // The protocol has no name for SET.
        (Some(Target::Members), _) => Some(Decoder::Set),
        (_, None) => Some(Decoder::Text(Kind::Text)),
        (_, Some(Kind::Integer)) => Some(Decoder::TextAsInteger { low, high }),
        (_, Some(Kind::Json)) => Some(Decoder::Document),
        (_, Some(kind)) => exact::is_written(kind).then_some(Decoder::Text(kind)),
    }
}

#[inline]
fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| malformed("text", bytes))
}

#[cold]
fn malformed(what: &str, bytes: &[u8]) -> String {
    format!("a value {}, which is no {what} in MySQL's binary format", exact::hex(bytes))
}
