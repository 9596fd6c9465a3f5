//! Arrays.

use super::{Scalar, ScalarVisitor};
use crate::driver::Elements;
use crate::model::ColumnValue;
use crate::types::{SqlType, Value};

/// What an array can be of: every column type but documents and arrays, and an `Option` of it where NULL may be
/// among the elements.
pub trait ArrayElement: ColumnValue {}

/// The column types that elements have, NULL aside.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that the elements of an array can have",
    label = "no element of an array",
    note = "nested lists and documents go into one JSON column: serde_json::Value, or chakra::Json",
    note = "related models stand in `chakra::Related<Vec<…>>`, which is no column"
)]
pub trait ElementScalar: Scalar {}

impl<T: ElementScalar> ArrayElement for T {}

impl<T: ElementScalar> ArrayElement for Option<T> {}

macro_rules! element_scalars {
    ($($rust:ty),* $(,)?) => {$(
        impl ElementScalar for $rust {}
    )*};
}

element_scalars!(
    i16,
    i32,
    i64,
    f64,
    bool,
    String,
    Vec<u8>,
    rust_decimal::Decimal,
    chrono::DateTime<chrono::Utc>,
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::TimeDelta,
    uuid::Uuid,
);

impl<T: ArrayElement> Scalar for Vec<T> {
    fn sql_type() -> SqlType {
        SqlType::Array(Box::new(T::Scalar::sql_type()))
    }

    fn to_value(&self) -> Result<Value, String> {
        array(self)
    }

    fn from_array(mut elements: Elements<'_>) -> Result<Self, String> {
        let mut list = Self::with_capacity(elements.len());
        while let Some(element) = elements.next(ScalarVisitor::<T::Scalar>::new()) {
            list.push(T::from_scalar(element??).map_err(|found| format!("an array with {found} in it"))?);
        }
        Ok(list)
    }
}

/// The elements on their way to the database.
pub(in crate::model) fn array<T: ArrayElement>(elements: &[T]) -> Result<Value, String> {
    let values = elements.iter().map(ColumnValue::to_value).collect::<Result<_, _>>()?;
    Ok(Value::Array(T::Scalar::sql_type().kind(), values))
}
