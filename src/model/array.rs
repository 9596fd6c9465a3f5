//! Lookups in columns of arrays.

use std::marker::PhantomData;

use super::Model;
use super::column::Column;
use super::condition::Condition;
use super::fault::Fault;
use super::operand::Operand;
use super::scalar::{ArrayElement, Scalar};
use super::value::ColumnValue;
use crate::query::expr::{ArrayOp, CompareOp};
use crate::query::{Expr, lookup};
use crate::types::Value;

/// The Rust types of columns of arrays: `Vec<T>`, and `Option` of it.
#[diagnostic::on_unimplemented(
    message = "only columns of arrays have elements; this one is of type `{Self}`",
    label = "a `{Self}` column is no array"
)]
pub trait ArrayValue: ColumnValue {
    /// The type of the elements, NULL aside.
    type Element: Scalar;
}

impl<T: ArrayElement> ArrayValue for Vec<T> {
    type Element = T::Scalar;
}

impl<T: ArrayElement> ArrayValue for Option<Vec<T>> {
    type Element = T::Scalar;
}

/// Lookups in arrays. NULL is no element's equal, and a NULL array contains nothing and is in nothing.
///
/// # Examples
///
/// ```
/// use chakra::Model;
///
/// #[derive(Model)]
/// struct Post {
///     #[chakra(primary_key)]
///     id: i64,
///     tags: Vec<String>,
/// }
///
/// let about_rust = Post::query().filter(Post::tags().contains_all(["rust", "orm"]));
/// let untagged = Post::query().filter(Post::tags().len().eq(0));
/// ```
impl<M: Model, T> Column<M, T> {
    /// All of these are among its elements.
    pub fn contains_all<V>(self, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        T: ArrayValue,
        V: Operand<T::Element>,
    {
        self.array(ArrayOp::Contains, values)
    }

    /// All of its elements are among these; without elements it is, with a NULL among them it is not.
    pub fn contained_by<V>(self, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        T: ArrayValue,
        V: Operand<T::Element>,
    {
        self.array(ArrayOp::ContainedBy, values)
    }

    /// At least one of its elements is among these.
    pub fn overlaps<V>(self, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        T: ArrayValue,
        V: Operand<T::Element>,
    {
        self.array(ArrayOp::Overlaps, values)
    }

    /// The number of its elements, to be compared.
    #[allow(clippy::len_without_is_empty)] // nothing is counted here
    pub fn len(self) -> ArrayLength<M>
    where
        T: ArrayValue,
    {
        ArrayLength { expr: lookup::array_length(Expr::Column(self.reference())), model: PhantomData }
    }

    fn array<V>(self, op: ArrayOp, values: impl IntoIterator<Item = V>) -> Condition<M>
    where
        T: ArrayValue,
        V: Operand<T::Element>,
    {
        let values: Result<Vec<Value>, Fault> =
            values.into_iter().map(|value| self.fitted(value.into_operand())).collect();
        let kind = T::Element::sql_type().kind();
        Condition::new(values.map(|values| lookup::array(Expr::Column(self.reference()), op, kind, values)))
    }
}

/// The number of an array's elements: what `Post::tags().len()` gives.
#[derive(Debug)]
#[must_use = "a length does nothing until it is compared"]
pub struct ArrayLength<M> {
    expr: Expr,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> ArrayLength<M> {
    /// So many.
    pub fn eq(self, number: u32) -> Condition<M> {
        self.compare(CompareOp::Eq, number)
    }

    /// Another number, or NULL.
    pub fn ne(self, number: u32) -> Condition<M> {
        self.compare(CompareOp::Ne, number)
    }

    /// More.
    pub fn gt(self, number: u32) -> Condition<M> {
        self.compare(CompareOp::Gt, number)
    }

    /// So many or more.
    pub fn gte(self, number: u32) -> Condition<M> {
        self.compare(CompareOp::Ge, number)
    }

    /// Fewer.
    pub fn lt(self, number: u32) -> Condition<M> {
        self.compare(CompareOp::Lt, number)
    }

    /// So many or fewer.
    pub fn lte(self, number: u32) -> Condition<M> {
        self.compare(CompareOp::Le, number)
    }

    fn compare(self, op: CompareOp, number: u32) -> Condition<M> {
        Condition::new(Ok(lookup::compare(self.expr, op, Value::Integer(i64::from(number)))))
    }
}
