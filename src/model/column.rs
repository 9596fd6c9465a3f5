//! Typed columns: what `User::age()` gives.

use std::fmt;
use std::marker::PhantomData;

use super::Model;
use super::assignment::Assign;
use super::condition::Condition;
use super::fault::Fault;
use super::operand::Operand;
use super::order::OrderTerm;
use crate::error::ValidationError;
use crate::query::{ColumnRef, Direction, Expr, Lookup, expr::CompareOp, lookup};
use crate::types::Value;

/// A column of the model `M` whose values are of the Rust type `T`.
///
/// `#[derive(Model)]` makes a function for each field that gives its column.
///
/// # Examples
///
/// ```
/// use chakra::Model;
///
/// #[derive(Model)]
/// struct User {
///     #[chakra(primary_key)]
///     id: i64,
///     name: String,
///     age: Option<i32>,
/// }
///
/// let query = User::query()
///     .filter(User::age().between(18, 65))
///     .filter(User::name().icontains("ada").or(User::id().is_in([1, 2, 3])))
///     .order_by((User::age().desc(), User::name()));
/// ```
pub struct Column<M, T> {
    position: usize,
    types: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Clone for Column<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Column<M, T> {}

impl<M: Model, T> fmt::Debug for Column<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = M::table();
        write!(f, "{}.{}", table.model, table.columns[self.position].attribute)
    }
}

impl<M: Model, T> Column<M, T> {
    pub(super) fn position(self) -> usize {
        self.position
    }

    /// The column at a position of the model's table; for derived code.
    #[doc(hidden)]
    pub fn at(position: usize) -> Self {
        Self { position, types: PhantomData }
    }

    /// Equal; `None` means IS NULL.
    pub fn eq(self, value: impl Operand<T>) -> Condition<M> {
        self.compare(CompareOp::Eq, value)
    }

    /// Not equal, the exact complement of [`eq`](Self::eq): a NULL differs from every value.
    pub fn ne(self, value: impl Operand<T>) -> Condition<M> {
        self.compare(CompareOp::Ne, value)
    }

    /// Greater.
    pub fn gt(self, value: impl Operand<T>) -> Condition<M> {
        self.compare(CompareOp::Gt, value)
    }

    /// Greater or equal.
    pub fn gte(self, value: impl Operand<T>) -> Condition<M> {
        self.compare(CompareOp::Ge, value)
    }

    /// Less.
    pub fn lt(self, value: impl Operand<T>) -> Condition<M> {
        self.compare(CompareOp::Lt, value)
    }

    /// Less or equal.
    pub fn lte(self, value: impl Operand<T>) -> Condition<M> {
        self.compare(CompareOp::Le, value)
    }

    /// From the one to the other, both included.
    pub fn between(self, low: impl Operand<T>, high: impl Operand<T>) -> Condition<M> {
        let bounds = self.comparand(low).and_then(|low| Ok((low, self.comparand(high)?)));
        Condition::new(bounds.map(|(low, high)| lookup::range(self.expr(), low, high)))
    }

    /// One of these, however many; `None` among them means that NULL is one. Of nothing: no row.
    pub fn is_in<V: Operand<T>>(self, values: impl IntoIterator<Item = V>) -> Condition<M> {
        let values: Result<Vec<Value>, Fault> = values.into_iter().map(|value| self.comparand(value)).collect();
        Condition::new(values.map(|values| lookup::in_list(self.expr(), values)))
    }

    /// None of these, the exact complement of [`is_in`](Self::is_in).
    pub fn not_in<V: Operand<T>>(self, values: impl IntoIterator<Item = V>) -> Condition<M> {
        !self.is_in(values)
    }

    /// NULL.
    pub fn is_null(self) -> Condition<M> {
        Condition::new(Ok(lookup::is_null(self.expr(), true)))
    }

    /// Not NULL.
    pub fn is_not_null(self) -> Condition<M> {
        Condition::new(Ok(lookup::is_null(self.expr(), false)))
    }

    /// Smallest first, NULL last.
    pub fn asc(self) -> OrderTerm<M> {
        OrderTerm::new(self.expr(), Direction::Ascending)
    }

    /// Largest first, NULL first.
    pub fn desc(self) -> OrderTerm<M> {
        OrderTerm::new(self.expr(), Direction::Descending)
    }

    /// The column with a new value, for `update` and `create`.
    pub fn set(self, value: impl Operand<T>) -> Assign<M> {
        Assign::new(self.position, self.operand(value))
    }

    fn expr(self) -> Expr {
        Expr::Column(self.reference())
    }

    pub(super) fn reference(self) -> ColumnRef {
        ColumnRef::root(M::table(), self.position)
    }

    fn compare(self, op: CompareOp, value: impl Operand<T>) -> Condition<M> {
        Condition::new(self.comparand(value).map(|value| lookup::compare(self.expr(), op, value)))
    }

    fn comparand(self, value: impl Operand<T>) -> Result<Value, Fault> {
        self.fitted(value.into_operand().and_then(lookup::comparable))
    }

    fn operand(self, value: impl Operand<T>) -> Result<Value, Fault> {
        self.fitted(value.into_operand())
    }

    pub(super) fn fitted(self, value: Result<Value, String>) -> Result<Value, Fault> {
        value.map_err(|message| {
            let (table, column) = (M::table(), &M::table().columns[self.position]);
            let error = ValidationError::new(&table.model, &column.attribute, "representable", message);
            Fault::Validation(Box::new(error.defined_at(column.defined.place())))
        })
    }
}

/// The Rust types of text columns.
#[diagnostic::on_unimplemented(
    message = "only text columns can be searched for text; this one is of type `{Self}`",
    label = "a `{Self}` column is no text"
)]
pub trait TextValue {}

impl TextValue for String {}
impl TextValue for Option<String> {}

/// Lookups in text. `%`, `_`, `*` and `\` stand for themselves; NULL contains nothing.
impl<M: Model, T> Column<M, T> {
    /// Has the text in it.
    pub fn contains(self, text: impl Into<String>) -> Condition<M>
    where
        T: TextValue,
    {
        self.text(Lookup::Contains, text.into())
    }

    /// Has the text in it, upper and lower case being the same.
    pub fn icontains(self, text: impl Into<String>) -> Condition<M>
    where
        T: TextValue,
    {
        self.text(Lookup::IContains, text.into())
    }

    /// Starts with the text.
    pub fn starts_with(self, text: impl Into<String>) -> Condition<M>
    where
        T: TextValue,
    {
        self.text(Lookup::StartsWith, text.into())
    }

    /// Starts with the text, upper and lower case being the same.
    pub fn istarts_with(self, text: impl Into<String>) -> Condition<M>
    where
        T: TextValue,
    {
        self.text(Lookup::IStartsWith, text.into())
    }

    /// Ends with the text.
    pub fn ends_with(self, text: impl Into<String>) -> Condition<M>
    where
        T: TextValue,
    {
        self.text(Lookup::EndsWith, text.into())
    }

    /// Ends with the text, upper and lower case being the same.
    pub fn iends_with(self, text: impl Into<String>) -> Condition<M>
    where
        T: TextValue,
    {
        self.text(Lookup::IEndsWith, text.into())
    }

    /// Is the text, upper and lower case being the same.
    pub fn iexact(self, text: impl Into<String>) -> Condition<M>
    where
        T: TextValue,
    {
        self.text(Lookup::IExact, text.into())
    }

    fn text(self, lookup: Lookup, text: String) -> Condition<M> {
        Condition::new(Ok(lookup::single(self.expr(), lookup, Value::Text(text))))
    }
}
