//! Values of rules as they are stored with a schema: readable, and exact.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::types::{Value, temporal};

/// A value in its stored form: what JSON or TOML has no type for is text.
#[derive(Serialize, Deserialize)]
enum Stored {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Decimal(String),
    Text(String),
    Member(String),
    Bytes(Vec<u8>),
    DateTime(String),
    Date(String),
    Time(String),
    Microseconds(i64),
    Uuid(String),
}

impl Stored {
    fn of(value: &Value) -> Option<Self> {
        let mut text = String::new();
        Some(match value {
            Value::Boolean(truth) => Self::Boolean(*truth),
            Value::Integer(number) => Self::Integer(*number),
            Value::Float(number) => Self::Float(*number),
            Value::Decimal(number) => Self::Decimal(number.to_string()),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Untyped(text) => Self::Member(text.clone()),
            Value::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Value::DateTime(micros) => {
                temporal::write_datetime(&mut text, *micros);
                Self::DateTime(text)
            }
            Value::Date(days) => {
                temporal::write_date(&mut text, *days);
                Self::Date(text)
            }
            Value::Time(micros) => {
                temporal::write_time(&mut text, *micros);
                Self::Time(text)
            }
            Value::Interval(micros) => Self::Microseconds(*micros),
            Value::Uuid(uuid) => Self::Uuid(uuid.to_string()),
            Value::Null(_)
            | Value::Json(_)
            | Value::Array(..)
            | Value::Set(_)
            | Value::Postgres(_)
            | Value::List(..) => return None,
        })
    }

    fn value(self) -> Option<Value> {
        Some(match self {
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Integer(number) => Value::Integer(number),
            Self::Float(number) => Value::Float(number),
            Self::Decimal(text) => Value::Decimal(text.parse().ok()?),
            Self::Text(text) => Value::Text(text),
            Self::Member(text) => Value::Untyped(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::DateTime(text) => Value::DateTime(temporal::parse_datetime(&text)?),
            Self::Date(text) => Value::Date(temporal::parse_date(&text)?),
            Self::Time(text) => Value::Time(temporal::parse_time(&text)?),
            Self::Microseconds(micros) => Value::Interval(micros),
            Self::Uuid(text) => Value::Uuid(text.parse().ok()?),
        })
    }
}

/// One value.
pub(super) mod one {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Stored, Value, de, ser};

    pub(in super::super) fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
        let stored =
            Stored::of(value).ok_or_else(|| ser::Error::custom("a rule holds a value that is no single one"))?;
        stored.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        stored.value().ok_or_else(|| de::Error::custom("the text of a rule's value cannot be read"))
    }
}

/// A list of values.
pub(super) mod all {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Value, one};

    #[derive(Serialize, Deserialize)]
    struct One(#[serde(with = "one")] Value);

    pub(in super::super) fn serialize<S: Serializer>(values: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(|value| One(value.clone())))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
        Ok(Vec::<One>::deserialize(deserializer)?.into_iter().map(|one| one.0).collect())
    }
}
