//! One owned runtime value, for parameters. Reading goes past it (see `driver::row`).

use std::cmp::Ordering;

use uuid::Uuid;

use super::{Numeric, PostgresKind, PostgresValue, temporal};

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
    Set,
    /// A value that PostgreSQL alone has.
    Postgres(PostgresKind),
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
            Self::Set => &Self::Set,
            Self::Postgres(kind) => kind.as_static(),
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
    /// Members of a `SET` of MySQL, in the order of their declaration.
    Set(Vec<String>),
    /// A value that PostgreSQL alone has.
    Postgres(Box<PostgresValue>),
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
            Self::Set(_) => Kind::Set,
            Self::Postgres(value) => value.kind().into(),
        }
    }

    /// Which of two values of one kind is the greater; None where they have no order.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cmp::Ordering;
    /// use chakra::types::Value;
    /// assert_eq!(Value::Integer(2).compare(&Value::Integer(10)), Some(Ordering::Less));
    /// assert_eq!(Value::Float(f64::NAN).compare(&Value::Float(0.0)), None);
    /// ```
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other))
            | (Self::DateTime(one), Self::DateTime(other))
            | (Self::Time(one), Self::Time(other))
            | (Self::Interval(one), Self::Interval(other)) => Some(one.cmp(other)),
            (Self::Float(one), Self::Float(other)) => one.partial_cmp(other),
            (Self::Decimal(one), Self::Decimal(other)) => Some(one.compare(other)),
            (Self::Date(one), Self::Date(other)) => Some(one.cmp(other)),
            (Self::Boolean(one), Self::Boolean(other)) => Some(one.cmp(other)),
            (Self::Text(one), Self::Text(other)) | (Self::Untyped(one), Self::Untyped(other)) => Some(one.cmp(other)),
            (Self::Bytes(one), Self::Bytes(other)) => Some(one.cmp(other)),
            (Self::Uuid(one), Self::Uuid(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }

    /// The value for a message, shortened where it is long.
    pub fn shown(&self) -> String {
        let written = |write: &dyn Fn(&mut String)| {
            let mut out = String::new();
            write(&mut out);
            out
        };
        match self {
            Self::Null(_) => "NULL".to_owned(),
            Self::Boolean(truth) => truth.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => format!("{number:?}"),
            Self::Decimal(number) => shortened(number.as_str()),
            Self::Text(text) | Self::Untyped(text) => format!("{:?}", shortened(text)),
            Self::Json(text) => shortened(text),
            Self::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Self::DateTime(micros) => written(&|out| temporal::write_datetime(out, *micros)),
            Self::Date(days) => written(&|out| temporal::write_date(out, *days)),
            Self::Time(micros) => written(&|out| temporal::write_time(out, *micros)),
            Self::Interval(micros) => written(&|out| {
                out.push_str(if *micros < 0 { "-" } else { "" });
                temporal::write_time(out, micros.saturating_abs());
            }),
            Self::Uuid(uuid) => uuid.to_string(),
            Self::Set(members) => shortened(&members.join(",")),
            Self::Postgres(value) => shortened(&value.to_string()),
            Self::Array(_, members) | Self::List(_, members) => format!("{} values", members.len()),
        }
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null(_))
    }
}

/// The first characters of a text.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
