//! What a value is read as: the declared type without names and lengths, small enough for each decoder to carry.

use crate::types::{Kind, MySqlType, PostgresKind, SqlType};

/// What a value is read as. An array's elements have one, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    SmallInteger,
    Integer,
    BigInteger,
    Float,
    Decimal,
    Text,
    /// Text whose blanks at the end are padding.
    Padded,
    /// A value of an enumeration.
    Label,
    Boolean,
    DateTime,
    Date,
    Time,
    Interval,
    Uuid,
    Bytes,
    Json,
    /// The members of a set.
    Members,
    Postgres(PostgresKind),
}

impl Target {
    /// What values of a type are read as, and of an array its elements; None for arrays of arrays.
    pub(super) fn of(declared: &SqlType) -> Option<Self> {
        Some(match declared {
            SqlType::SmallInteger | SqlType::MySql(MySqlType::Year) => Self::SmallInteger,
            SqlType::Integer => Self::Integer,
            SqlType::BigInteger => Self::BigInteger,
            SqlType::Float => Self::Float,
            SqlType::Decimal { .. } => Self::Decimal,
            SqlType::String { .. } | SqlType::Text => Self::Text,
            SqlType::Char { .. } => Self::Padded,
            SqlType::Enum(_) => Self::Label,
            SqlType::Boolean => Self::Boolean,
            SqlType::DateTime => Self::DateTime,
            SqlType::Date => Self::Date,
            SqlType::Time => Self::Time,
            SqlType::Interval => Self::Interval,
            SqlType::Uuid => Self::Uuid,
            SqlType::Binary { .. } => Self::Bytes,
            SqlType::Json => Self::Json,
            SqlType::MySql(MySqlType::Set { .. }) => Self::Members,
            SqlType::Postgres(of) => match of.kind() {
                Kind::Postgres(kind) => Self::Postgres(kind),
                _ => Self::Json,
            },
            SqlType::Array(element) => match &**element {
                SqlType::Array(_) => return None,
                element => return Self::of(element),
            },
        })
    }

    /// The kind of value that a visitor is given.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::SmallInteger | Self::Integer | Self::BigInteger => Kind::Integer,
            Self::Float => Kind::Float,
            Self::Decimal => Kind::Decimal,
            Self::Text | Self::Padded => Kind::Text,
            Self::Label => Kind::Untyped,
            Self::Boolean => Kind::Boolean,
            Self::DateTime => Kind::DateTime,
            Self::Date => Kind::Date,
            Self::Time => Kind::Time,
            Self::Interval => Kind::Interval,
            Self::Uuid => Kind::Uuid,
            Self::Bytes => Kind::Bytes,
            Self::Json => Kind::Json,
            Self::Members => Kind::Set,
            Self::Postgres(kind) => Kind::Postgres(kind),
        }
    }

    /// The least and the greatest integer that it takes.
    pub(super) fn range(self) -> (i64, i64) {
        match self {
            Self::SmallInteger => (i64::from(i16::MIN), i64::from(i16::MAX)),
            Self::Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        }
    }
}

/// Text without the blanks at its end.
pub(super) fn unpadded(text: &str) -> &str {
    text.trim_end_matches(' ')
}
