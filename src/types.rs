//! Logical column types and runtime values. Pure: no I/O, no SQL.

use serde::{Deserialize, Serialize};

pub mod numeric;
pub mod temporal;
pub mod value;

pub use numeric::Numeric;
pub use value::{Kind, Value};

/// The type of a column as a model declares it. Each dialect spells it in its own way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SqlType {
    /// 16-bit signed integer.
    SmallInteger,
    /// 32-bit signed integer.
    Integer,
    /// 64-bit signed integer.
    BigInteger,
    /// 64-bit binary floating point.
    Float,
    /// Exact decimal number. Without precision: as long as the database allows.
    Decimal {
        /// Digits in all.
        precision: Option<u32>,
        /// Digits after the point.
        scale: Option<u32>,
    },
    /// Text of bounded (in characters) or unbounded length.
    String {
        /// The greatest number of characters.
        length: Option<u32>,
    },
    /// Text of any length.
    Text,
    /// True or false.
    Boolean,
    /// An instant, kept in UTC to the microsecond.
    DateTime,
    /// A calendar day.
    Date,
    /// A time of day to the microsecond.
    Time,
    /// A UUID.
    Uuid,
    /// Bytes of bounded or unbounded length.
    Binary {
        /// The greatest number of bytes.
        length: Option<u32>,
    },
    /// A JSON document.
    Json,
}

impl SqlType {
    /// The name users know it by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SmallInteger => "SmallInteger",
            Self::Integer => "Integer",
            Self::BigInteger => "BigInteger",
            Self::Float => "Float",
            Self::Decimal { .. } => "Decimal",
            Self::String { .. } => "String",
            Self::Text => "Text",
            Self::Boolean => "Boolean",
            Self::DateTime => "DateTime",
            Self::Date => "Date",
            Self::Time => "Time",
            Self::Uuid => "UUID",
            Self::Binary { .. } => "Binary",
            Self::Json => "JSON",
        }
    }

    /// The kind of value it holds.
    pub fn kind(&self) -> Kind {
        match self {
            Self::SmallInteger | Self::Integer | Self::BigInteger => Kind::Integer,
            Self::Float => Kind::Float,
            Self::Decimal { .. } => Kind::Decimal,
            Self::String { .. } | Self::Text => Kind::Text,
            Self::Boolean => Kind::Boolean,
            Self::DateTime => Kind::DateTime,
            Self::Date => Kind::Date,
            Self::Time => Kind::Time,
            Self::Uuid => Kind::Uuid,
            Self::Binary { .. } => Kind::Bytes,
            Self::Json => Kind::Json,
        }
    }

    /// The inclusive range of an integer type, None for others.
    pub fn integer_range(&self) -> Option<(i64, i64)> {
        match self {
            Self::SmallInteger => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
            Self::Integer => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
            Self::BigInteger => Some((i64::MIN, i64::MAX)),
            _ => None,
        }
    }
}
