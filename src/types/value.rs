//! One owned runtime value, for parameters. Reading goes past it (see `driver::row`).

use uuid::Uuid;

use super::Numeric;

/// The kinds of [`Value`]; a NULL knows its kind because PostgreSQL must be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // one per variant of `Value`, documented there
pub enum Kind {
    Boolean,
    Integer,
    Float,
    Decimal,
    Text,
    Untyped,
    Bytes,
    DateTime,
    Date,
    Time,
    Interval,
    Uuid,
    Json,
    /// An array of elements of a kind.
    Array(&'static Kind),
}

impl Kind {
    /// The kind of arrays of this kind; of an array, its own.
    #[must_use]
    pub fn array(self) -> Self {
        Self::Array(match self {
            Self::Boolean => &Self::Boolean,
            Self::Integer => &Self::Integer,
            Self::Float => &Self::Float,
            Self::Decimal => &Self::Decimal,
            Self::Text => &Self::Text,
            Self::Untyped => &Self::Untyped,
            Self::Bytes => &Self::Bytes,
            Self::DateTime => &Self::DateTime,
            Self::Date => &Self::Date,
            Self::Time => &Self::Time,
            Self::Interval => &Self::Interval,
            Self::Uuid => &Self::Uuid,
            Self::Json => &Self::Json,
            Self::Array(element) => element,
        })
    }
}

/// A value on its way to the database.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL of a kind.
    Null(Kind),
    /// True or false.
    Boolean(bool),
    /// An integer; columns narrower than 64 bits are range-checked before.
    Integer(i64),
    /// A binary floating point number.
    Float(f64),
    /// An exact decimal number.
    Decimal(Numeric),
    /// Text.
    Text(String),
    /// Text that takes the type of the place where it stands: a value of an enumeration.
    Untyped(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    DateTime(i64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// A span of time in microseconds.
    Interval(i64),
    /// A UUID.
    Uuid(Uuid),
    /// A JSON document as text.
    Json(String),
    /// An array: the kind of its elements, and these, NULL among them.
    Array(Kind, Vec<Value>),
    /// Values of one kind, for `in`: a parameter of databases that have arrays, a JSON text elsewhere.
    List(Kind, Vec<Value>),
}

impl Value {
    /// Its kind; of a list, that of its members.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null(kind) | Self::List(kind, _) => *kind,
            Self::Boolean(_) => Kind::Boolean,
            Self::Integer(_) => Kind::Integer,
            Self::Float(_) => Kind::Float,
            Self::Decimal(_) => Kind::Decimal,
            Self::Text(_) => Kind::Text,
            Self::Untyped(_) => Kind::Untyped,
            Self::Bytes(_) => Kind::Bytes,
            Self::DateTime(_) => Kind::DateTime,
            Self::Date(_) => Kind::Date,
            Self::Time(_) => Kind::Time,
            Self::Interval(_) => Kind::Interval,
            Self::Uuid(_) => Kind::Uuid,
            Self::Json(_) => Kind::Json,
            Self::Array(element, _) => element.array(),
        }
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null(_))
    }
}
