//! Conditions of one model.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::fault::Fault;
use crate::query::Expr;

/// A condition that rows of `M` meet or do not meet.
///
/// Two-valued: where NULL makes a comparison unknown, the row does not meet it, and so meets its
/// complement `!condition`.
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
/// let grown = User::age().gte(18).and(!User::name().starts_with("test"));
/// let known = User::age().is_not_null() | User::name().eq("root");
/// let query = User::query().filter(grown).filter(known);
/// ```
#[derive(Debug)]
#[must_use = "a condition does nothing until a query is filtered by it"]
pub struct Condition<M> {
    expr: Result<Expr, Fault>,
    model: PhantomData<fn() -> M>,
}

// Not derived: that would ask for models that are `Clone`.
impl<M> Clone for Condition<M> {
    fn clone(&self) -> Self {
        Self { expr: self.expr.clone(), model: PhantomData }
    }
}

impl<M> Condition<M> {
    pub(super) fn new(expr: Result<Expr, Fault>) -> Self {
        Self { expr, model: PhantomData }
    }

    pub(super) fn into_expr(self) -> Result<Expr, Fault> {
        self.expr
    }

    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        self.combine(other, Expr::and)
    }

    /// At least one holds.
    pub fn or(self, other: Self) -> Self {
        self.combine(other, Expr::or)
    }

    fn combine(self, other: Self, with: impl FnOnce(Expr, Expr) -> Expr) -> Self {
        Self::new(self.expr.and_then(|left| other.expr.map(|right| with(left, right))))
    }
}

impl<M> Not for Condition<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(self.expr.map(Expr::not))
    }
}

impl<M> BitAnd for Condition<M> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.and(other)
    }
}

impl<M> BitOr for Condition<M> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}
