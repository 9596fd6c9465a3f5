//! Who takes a value out of a row.

use uuid::Uuid;

use super::decode::Elements;
use crate::types::{Kind, Numeric, PostgresValue, Value, mysql};

/// Takes one value in the form in which the database's bytes gave it; makes of it what it wants.
///
/// A driver calls exactly one method for each column, the one that fits the declared type; a value
/// that does not fit the declared type exactly never gets here.
pub trait Visitor {
    /// What is made.
    type Output;

    /// SQL NULL.
    fn null(self) -> Self::Output;
    /// True or false.
    fn boolean(self, value: bool) -> Self::Output;
    /// An integer.
    fn integer(self, value: i64) -> Self::Output;
    /// The digits of an integer of any size, a minus before them if it is negative: only a sum is one. Who has no
    /// type for it takes it as a decimal.
    fn big_integer(self, digits: &str) -> Self::Output
    where
        Self: Sized,
    {
        self.decimal(digits)
    }
    /// A binary floating point number.
    fn float(self, value: f64) -> Self::Output;
    /// An exact decimal number in plain notation (see [`Numeric`](crate::types::Numeric)).
    fn decimal(self, value: &str) -> Self::Output;
    /// Text.
    fn text(self, value: &str) -> Self::Output;
    /// Bytes.
    fn bytes(self, value: &[u8]) -> Self::Output;
    /// Microseconds since 1970-01-01 00:00:00 UTC, within the years 1 to 9999.
    fn datetime(self, micros: i64) -> Self::Output;
    /// Days since 1970-01-01, within the years 1 to 9999.
    fn date(self, days: i32) -> Self::Output;
    /// Microseconds since midnight.
    fn time(self, micros: i64) -> Self::Output;
    /// A span of time in microseconds.
    fn interval(self, micros: i64) -> Self::Output;
    /// A UUID.
    fn uuid(self, value: Uuid) -> Self::Output;
    /// A JSON document as text.
    fn json(self, text: &str) -> Self::Output;
    /// The members of a `SET` of MySQL, with commas between.
    ///
    /// # Errors
    ///
    /// What was found, where no set is taken.
    fn set(self, members: &str) -> Result<Self::Output, String>
    where
        Self: Sized,
    {
        Err(format!("the set {members:?}"))
    }
    /// A value that PostgreSQL alone has.
    ///
    /// # Errors
    ///
    /// What was found, where no such value is taken.
    fn postgres(self, value: PostgresValue) -> Result<Self::Output, String>
    where
        Self: Sized,
    {
        Err(format!("the {} {value}", value.kind().type_name()))
    }
    /// An array.
    ///
    /// # Errors
    ///
    /// What was found, where an element is not exactly of the declared type, or no array is taken.
    fn array(self, elements: Elements<'_>) -> Result<Self::Output, String>
    where
        Self: Sized,
    {
        Err(format!("an array of {} elements", elements.len()))
    }
}

/// Makes an owned value, for the few places that do not know the type beforehand; None for NULL.
#[derive(Debug, Clone, Copy)]
pub struct ToValue;

impl Visitor for ToValue {
    type Output = Option<Value>;

    fn null(self) -> Self::Output {
        None
    }

    fn boolean(self, value: bool) -> Self::Output {
        Some(Value::Boolean(value))
    }

    fn integer(self, value: i64) -> Self::Output {
        Some(Value::Integer(value))
    }

    fn float(self, value: f64) -> Self::Output {
        Some(Value::Float(value))
    }

    fn decimal(self, value: &str) -> Self::Output {
        // A visitor is given plain notation, which always parses.
        value.parse::<Numeric>().ok().map(Value::Decimal)
    }

    fn text(self, value: &str) -> Self::Output {
        Some(Value::Text(value.to_owned()))
    }

    fn bytes(self, value: &[u8]) -> Self::Output {
        Some(Value::Bytes(value.to_vec()))
    }

    fn datetime(self, micros: i64) -> Self::Output {
        Some(Value::DateTime(micros))
    }

    fn date(self, days: i32) -> Self::Output {
        Some(Value::Date(days))
    }

    fn time(self, micros: i64) -> Self::Output {
        Some(Value::Time(micros))
    }

    fn interval(self, micros: i64) -> Self::Output {
        Some(Value::Interval(micros))
    }

    fn uuid(self, value: Uuid) -> Self::Output {
        Some(Value::Uuid(value))
    }

    fn json(self, text: &str) -> Self::Output {
        Some(Value::Json(text.to_owned()))
    }

    fn set(self, members: &str) -> Result<Self::Output, String> {
        Ok(Some(Value::Set(mysql::members(members).map(str::to_owned).collect())))
    }

    fn postgres(self, value: PostgresValue) -> Result<Self::Output, String> {
        Ok(Some(value.into()))
    }

    fn array(self, mut elements: Elements<'_>) -> Result<Self::Output, String> {
        let (mut values, mut kind) = (Vec::with_capacity(elements.len()), elements.kind());
        while let Some(element) = elements.next(Self) {
            let element = element?;
            kind = kind.or_else(|| element.as_ref().map(Value::kind));
            values.push(element);
        }
        let kind = kind.unwrap_or(Kind::Text);
        let values = values.into_iter().map(|value| value.unwrap_or(Value::Null(kind))).collect();
        Ok(Some(Value::Array(kind, values)))
    }
}
