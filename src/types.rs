//! Logical column types and runtime values. Pure: no I/O, no SQL.

use serde::{Deserialize, Serialize};

pub mod document;
mod enumeration;
pub mod json;
pub mod mysql;
pub mod numeric;
pub mod postgres;
pub mod temporal;
pub mod value;

pub use enumeration::EnumType;
pub use mysql::MySqlType;
pub use numeric::Numeric;
pub use postgres::{PostgresKind, PostgresType, PostgresValue};
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
    /// Text of at most so many characters, in the database's type that pads with blanks. Blanks at its end are
    /// therefore no part of a value.
    Char {
        /// The greatest number of characters.
        length: u32,
    },
    /// True or false.
    Boolean,
    /// An instant, kept in UTC to the microsecond.
    DateTime,
    /// A calendar day.
    Date,
    /// A time of day to the microsecond.
    Time,
    /// A span of time to the microsecond, without months, whose length no one can tell.
    Interval,
    /// A UUID.
    Uuid,
    /// Bytes of bounded or unbounded length.
    Binary {
        /// The greatest number of bytes.
        length: Option<u32>,
    },
    /// A JSON document.
    Json,
    /// Values of one type in an order, NULL among them. An array in PostgreSQL, a JSON text elsewhere.
    Array(Box<SqlType>),
    /// One of a list of texts.
    Enum(EnumType),
    /// A type that PostgreSQL alone has.
    Postgres(PostgresType),
    /// A type that MySQL and MariaDB alone have.
    MySql(MySqlType),
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
            Self::Char { .. } => "Char",
            Self::Boolean => "Boolean",
            Self::DateTime => "DateTime",
            Self::Date => "Date",
            Self::Time => "Time",
            Self::Interval => "Interval",
            Self::Uuid => "UUID",
            Self::Binary { .. } => "Binary",
            Self::Json => "JSON",
            Self::Array(_) => "Array",
            Self::Enum(_) => "Enum",
            Self::Postgres(of) => of.name(),
            Self::MySql(of) => of.name(),
        }
    }

    /// The kind of value it holds.
    pub fn kind(&self) -> Kind {
        match self {
            Self::SmallInteger | Self::Integer | Self::BigInteger => Kind::Integer,
            Self::Float => Kind::Float,
            Self::Decimal { .. } => Kind::Decimal,
            Self::String { .. } | Self::Text | Self::Char { .. } => Kind::Text,
            Self::Boolean => Kind::Boolean,
            Self::DateTime => Kind::DateTime,
            Self::Date => Kind::Date,
            Self::Time => Kind::Time,
            Self::Interval => Kind::Interval,
            Self::Uuid => Kind::Uuid,
            Self::Binary { .. } => Kind::Bytes,
            Self::Json => Kind::Json,
            Self::Array(element) => element.kind().array(),
            Self::Enum(_) => Kind::Untyped,
            Self::Postgres(of) => of.kind(),
            Self::MySql(of) => of.kind(),
        }
    }

    /// The most characters or bytes that a bounded type holds, None for others.
    pub fn length(&self) -> Option<u32> {
        match self {
            Self::Char { length } => Some(*length),
            Self::String { length } | Self::Binary { length } => *length,
            _ => None,
        }
    }

    /// The inclusive range of an integer type, None for others.
    pub fn integer_range(&self) -> Option<(i64, i64)> {
        match self {
            Self::SmallInteger => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
            Self::Integer => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
            Self::BigInteger => Some((i64::MIN, i64::MAX)),
            Self::MySql(MySqlType::Year) => Some(mysql::YEARS),
            _ => None,
        }
    }

    /// Whether the database can number a column of it.
    pub fn is_numbered(&self) -> bool {
        matches!(self, Self::SmallInteger | Self::Integer | Self::BigInteger)
    }

    /// The type of an array's elements, None for others.
    pub fn element(&self) -> Option<&Self> {
        match self {
            Self::Array(element) => Some(element),
            _ => None,
        }
    }

    /// Whether values of it have an order, and an equality that is the same in every database: all but whole JSON
    /// documents and arrays, and a few types of one database alone.
    pub fn is_ordered(&self) -> bool {
        match self.kind() {
            Kind::Json | Kind::Array(_) | Kind::Set => false,
            Kind::Postgres(kind) => kind.is_ordered(),
            _ => true,
        }
    }

    /// Whether the greatest and the least of many values can be asked for: a database has no such aggregates over the
    /// types that are its own.
    pub fn has_extremes(&self) -> bool {
        self.is_ordered() && !matches!(self.kind(), Kind::Postgres(_))
    }

    /// Whether two values of it are equal or not, whatever the database.
    pub fn has_equality(&self) -> bool {
        !matches!(self.kind(), Kind::Json | Kind::Array(_))
    }
}
