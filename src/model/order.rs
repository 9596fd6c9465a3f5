//! Orders of one model.

use std::marker::PhantomData;

use super::Model;
use super::column::Column;
use super::fault::Fault;
use crate::query::{Direction, Expr, Nulls, Order};

/// One term of an order of rows of `M`.
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
/// let soonest_first = Task::query().order_by((Task::due().asc().nulls_first(), Task::title().desc()));
/// ```
#[derive(Debug)]
#[must_use = "an order does nothing until a query is ordered by it"]
pub struct OrderTerm<M> {
    order: Result<Order, Fault>,
    model: PhantomData<fn() -> M>,
}

// Not derived: that would ask for models that are `Clone`.
impl<M> Clone for OrderTerm<M> {
    fn clone(&self) -> Self {
        Self { order: self.order.clone(), model: PhantomData }
    }
}

impl<M> OrderTerm<M> {
    pub(super) fn new(expr: Expr, direction: Direction) -> Self {
        Self::fallible(Ok(expr), direction)
    }

    pub(super) fn fallible(expr: Result<Expr, Fault>, direction: Direction) -> Self {
        Self { order: expr.map(|expr| Order { expr, direction, nulls: None }), model: PhantomData }
    }

    /// NULL before all others.
    pub fn nulls_first(self) -> Self {
        self.with_nulls(Nulls::First)
    }

    /// NULL after all others.
    pub fn nulls_last(self) -> Self {
        self.with_nulls(Nulls::Last)
    }

    fn with_nulls(self, nulls: Nulls) -> Self {
        Self { order: self.order.map(|order| Order { nulls: Some(nulls), ..order }), model: PhantomData }
    }
}

/// What [`Query::order_by`](super::Query::order_by) takes: a column (smallest first), a term, or a tuple or
/// vector of them; `()` clears.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no order of `{M}`",
    label = "not a column of `{M}`",
    note = "give a column, `.asc()` or `.desc()` of one, or a tuple of them"
)]
pub trait IntoOrder<M> {
    /// The terms, most important first.
    fn into_order(self) -> Vec<OrderTerm<M>>;
}

impl<M> IntoOrder<M> for OrderTerm<M> {
    fn into_order(self) -> Vec<OrderTerm<M>> {
        vec![self]
    }
}

impl<M: Model, T> IntoOrder<M> for Column<M, T> {
    fn into_order(self) -> Vec<OrderTerm<M>> {
        vec![self.asc()]
    }
}

impl<M> IntoOrder<M> for Vec<OrderTerm<M>> {
    fn into_order(self) -> Vec<OrderTerm<M>> {
        self
    }
}

impl<M> IntoOrder<M> for () {
    fn into_order(self) -> Vec<OrderTerm<M>> {
        Vec::new()
    }
}

macro_rules! order_tuple {
    ($($term:ident . $at:tt),*) => {
        impl<Of, $($term: IntoOrder<Of>),*> IntoOrder<Of> for ($($term,)*) {
            fn into_order(self) -> Vec<OrderTerm<Of>> {
                let mut terms = Vec::new();
                $(terms.extend(self.$at.into_order());)*
                terms
            }
        }
    };
}

order_tuple!(A.0);
order_tuple!(A.0, B.1);
order_tuple!(A.0, B.1, C.2);
order_tuple!(A.0, B.1, C.2, D.3);
order_tuple!(A.0, B.1, C.2, D.3, E.4);
order_tuple!(A.0, B.1, C.2, D.3, E.4, F.5);

pub(super) fn into_nodes<M>(order: impl IntoOrder<M>) -> Result<Vec<Order>, Fault> {
    order.into_order().into_iter().map(|term| term.order).collect()
}
