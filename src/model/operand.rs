//! What a typed column may be compared with or set to.

use super::scalar::{ArrayElement, Json, Scalar, array};
use super::value::ColumnValue;
use crate::types::Value;

/// A value for a column of type `T`: `T` itself, a reference to it, and for nullable columns the value
/// without its `Some`. Text columns take `&str`, byte columns `&[u8]`, columns of arrays arrays and slices, columns of
/// serde types the value without its `Json`.
///
/// Other types do not compile, so that a text is never compared with a number.
///
/// # Examples
///
/// ```
/// use chakra::Model;
///
/// #[derive(Model)]
/// struct Task {
///     #[chakra(primary_key)]
///     id: i64,
///     title: String,
///     due: Option<i32>,
/// }
///
/// let title = String::from("paint");
/// let conditions = [Task::title().eq(&title), Task::title().eq("paint"), Task::due().eq(3), Task::due().eq(Some(3))];
/// ```
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` takes no `{Self}`",
    label = "not a value of a `{T}` column",
    note = "nothing is converted on the way: give the column's own Rust type (a text column takes `&str`, too)"
)]
pub trait Operand<T> {
    /// The value on its way to the database; what is wrong with it where no database could keep it.
    fn into_operand(self) -> Result<Value, String>;
}

impl<T: Scalar> Operand<T> for T {
    fn into_operand(self) -> Result<Value, String> {
        self.into_value()
    }
}

impl<T: Scalar> Operand<T> for &T {
    fn into_operand(self) -> Result<Value, String> {
        Scalar::to_value(self)
    }
}

impl<T: Scalar> Operand<Option<T>> for T {
    fn into_operand(self) -> Result<Value, String> {
        self.into_value()
    }
}

impl<T: Scalar> Operand<Option<T>> for &T {
    fn into_operand(self) -> Result<Value, String> {
        Scalar::to_value(self)
    }
}

impl<T: Scalar> Operand<Option<T>> for Option<T> {
    fn into_operand(self) -> Result<Value, String> {
        ColumnValue::to_value(&self)
    }
}

impl<T: Scalar> Operand<Option<T>> for &Option<T> {
    fn into_operand(self) -> Result<Value, String> {
        ColumnValue::to_value(self)
    }
}

// Written out, because the compiler shows these lines to whoever gives a column the wrong type.

impl Operand<String> for &str {
    fn into_operand(self) -> Result<Value, String> {
        Ok(Value::Text(self.into()))
    }
}

impl Operand<Option<String>> for &str {
    fn into_operand(self) -> Result<Value, String> {
        Ok(Value::Text(self.into()))
    }
}

impl Operand<Vec<u8>> for &[u8] {
    fn into_operand(self) -> Result<Value, String> {
        Ok(Value::Bytes(self.into()))
    }
}

impl Operand<Option<Vec<u8>>> for &[u8] {
    fn into_operand(self) -> Result<Value, String> {
        Ok(Value::Bytes(self.into()))
    }
}

impl<T: ArrayElement> Operand<Vec<T>> for &[T] {
    fn into_operand(self) -> Result<Value, String> {
        array(self)
    }
}

impl<T: ArrayElement> Operand<Option<Vec<T>>> for &[T] {
    fn into_operand(self) -> Result<Value, String> {
        array(self)
    }
}

impl<T: ArrayElement, const N: usize> Operand<Vec<T>> for [T; N] {
    fn into_operand(self) -> Result<Value, String> {
        array(&self)
    }
}

impl<T: ArrayElement, const N: usize> Operand<Option<Vec<T>>> for [T; N] {
    fn into_operand(self) -> Result<Value, String> {
        array(&self)
    }
}

impl<T> Operand<Json<T>> for T
where
    Json<T>: Scalar,
{
    fn into_operand(self) -> Result<Value, String> {
        Json(self).into_value()
    }
}

impl<T> Operand<Option<Json<T>>> for T
where
    Json<T>: Scalar,
{
    fn into_operand(self) -> Result<Value, String> {
        Json(self).into_value()
    }
}

impl<T> Operand<Option<Json<T>>> for Option<T>
where
    Json<T>: Scalar,
{
    fn into_operand(self) -> Result<Value, String> {
        ColumnValue::to_value(&self.map(Json))
    }
}
