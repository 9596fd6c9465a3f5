//! Rust types that a column holds, NULL aside.

use std::marker::PhantomData;

use uuid::Uuid;

use crate::driver::{Elements, Visitor};
use crate::types::{PostgresValue, SqlType, Value};

mod array;
mod enumeration;
mod json;
mod mysql;
mod number;
mod postgres;
mod temporal;
mod text;

pub(super) use array::array;
pub use array::{ArrayElement, ElementScalar};
pub use enumeration::{ChakraEnum, enum_type, label, variant};
pub use json::Json;
pub(crate) use json::to_document;
pub use mysql::{Set, Year};
pub use postgres::RangeElement;
pub use temporal::now;

/// A Rust type that a column holds, NULL aside (that is `Option`'s part).
///
/// Implemented for `i16`, `i32`, `i64`, `f64`, `bool`, `String`, `Vec<u8>`, `rust_decimal::Decimal`,
/// `chrono::{DateTime<Utc>, NaiveDate, NaiveTime, TimeDelta}`, `uuid::Uuid`, `serde_json::Value` and [`Json<T>`](Json),
/// for `Vec` of all but the last two (see [`ArrayElement`]), and for enums that derive
/// [`ChakraEnum`](trait@ChakraEnum).
///
/// Of the `from_…` functions a driver calls the one that fits the declared [`SqlType`]; a type overrides
/// those that it can take, exactly or not at all. The error of each says what was found.
///
/// # Examples
///
/// ```
/// use chakra::model::Scalar;
/// assert_eq!(i16::from_integer(7), Ok(7));
/// assert_eq!(i16::from_integer(70_000), Err("integer 70000".to_owned()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that a column can hold",
    label = "not a column type",
    note = "columns are i16, i32, i64, f64, bool, String, Vec<u8>, rust_decimal::Decimal, chrono::DateTime<Utc>, chrono::NaiveDate, chrono::NaiveTime, chrono::TimeDelta, uuid::Uuid, serde_json::Value, enums that derive ChakraEnum, Vec of them, and Option where NULL is allowed; a type of serde's takes #[chakra(json)]",
    note = "a related model stands in `chakra::Related<…>`, which is no column"
)]
pub trait Scalar: Clone + Send + Sync + 'static {
    /// The column type it has unless the field says otherwise.
    fn sql_type() -> SqlType;

    /// The value on its way to the database; what is wrong with it where no database could keep it.
    fn to_value(&self) -> Result<Value, String>;

    /// As [`to_value`](Self::to_value), without a copy where the type can be moved.
    fn into_value(self) -> Result<Value, String> {
        self.to_value()
    }

    /// From an integer.
    fn from_integer(value: i64) -> Result<Self, String> {
        Err(format!("integer {value}"))
    }

    /// From true or false.
    fn from_boolean(value: bool) -> Result<Self, String> {
        Err(format!("boolean {value}"))
    }

    /// From a binary floating point number.
    fn from_float(value: f64) -> Result<Self, String> {
        Err(format!("number {value}"))
    }

    /// From an exact decimal number in plain notation.
    fn from_decimal(value: &str) -> Result<Self, String> {
        Err(format!("decimal {}", shortened(value)))
    }

    /// From text.
    fn from_text(value: &str) -> Result<Self, String> {
        Err(format!("text {:?}", shortened(value)))
    }

    /// From bytes.
    fn from_bytes(value: &[u8]) -> Result<Self, String> {
        Err(format!("{} bytes", value.len()))
    }

    /// From microseconds since 1970-01-01 00:00:00 UTC.
    fn from_datetime(micros: i64) -> Result<Self, String> {
        Err(format!("an instant, {micros} µs since 1970"))
    }

    /// From days since 1970-01-01.
    fn from_date(days: i32) -> Result<Self, String> {
        Err(format!("a date, {days} days since 1970"))
    }

    /// From microseconds since midnight.
    fn from_time(micros: i64) -> Result<Self, String> {
        Err(format!("a time, {micros} µs since midnight"))
    }

    /// From a span of time in microseconds.
    fn from_interval(micros: i64) -> Result<Self, String> {
        Err(format!("an interval of {micros} µs"))
    }

    /// From a UUID.
    fn from_uuid(value: Uuid) -> Result<Self, String> {
        Err(format!("UUID {value}"))
    }

    /// From a JSON document as text.
    fn from_json(text: &str) -> Result<Self, String> {
        Err(format!("JSON {}", shortened(text)))
    }

    /// From the members of a `SET` of MySQL, with commas between.
    fn from_set(members: &str) -> Result<Self, String> {
        Err(format!("the set {:?}", shortened(members)))
    }

    /// From a value that PostgreSQL alone has.
    fn from_postgres(value: PostgresValue) -> Result<Self, String> {
        Err(format!("the {} {}", value.kind().type_name(), shortened(&value.to_string())))
    }

    /// From an array.
    fn from_array(elements: Elements<'_>) -> Result<Self, String> {
        Err(format!("an array of {} elements", elements.len()))
    }
}

/// The first characters of a text, for messages.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Takes one value as a scalar; None is NULL.
pub(super) struct ScalarVisitor<T>(PhantomData<T>);

impl<T> ScalarVisitor<T> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Scalar> Visitor for ScalarVisitor<T> {
    type Output = Result<Option<T>, String>;

    fn null(self) -> Self::Output {
        Ok(None)
    }

    fn boolean(self, value: bool) -> Self::Output {
        T::from_boolean(value).map(Some)
    }

    fn integer(self, value: i64) -> Self::Output {
        T::from_integer(value).map(Some)
    }

    fn float(self, value: f64) -> Self::Output {
        T::from_float(value).map(Some)
    }

    fn decimal(self, value: &str) -> Self::Output {
        T::from_decimal(value).map(Some)
    }

    fn text(self, value: &str) -> Self::Output {
        T::from_text(value).map(Some)
    }

    fn bytes(self, value: &[u8]) -> Self::Output {
        T::from_bytes(value).map(Some)
    }

    fn datetime(self, micros: i64) -> Self::Output {
        T::from_datetime(micros).map(Some)
    }

    fn date(self, days: i32) -> Self::Output {
        T::from_date(days).map(Some)
    }

    fn time(self, micros: i64) -> Self::Output {
        T::from_time(micros).map(Some)
    }

    fn interval(self, micros: i64) -> Self::Output {
        T::from_interval(micros).map(Some)
    }

    fn uuid(self, value: Uuid) -> Self::Output {
        T::from_uuid(value).map(Some)
    }

    fn json(self, text: &str) -> Self::Output {
        T::from_json(text).map(Some)
    }

    fn set(self, members: &str) -> Result<Self::Output, String> {
        Ok(T::from_set(members).map(Some))
    }

    fn postgres(self, value: PostgresValue) -> Result<Self::Output, String> {
        Ok(T::from_postgres(value).map(Some))
    }

    fn array(self, elements: Elements<'_>) -> Result<Self::Output, String> {
        Ok(T::from_array(elements).map(Some))
    }
}
