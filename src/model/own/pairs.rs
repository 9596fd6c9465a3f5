//! Pairs of PostgreSQL: texts under texts.

use std::marker::PhantomData;

use crate::model::Model;
use crate::model::column::Column;
use crate::model::condition::Condition;
use crate::model::document::without_nul;
use crate::model::fault::Fault;
use crate::query::expr::{CompareOp, OwnOp};
use crate::query::{Expr, Lookup, lookup};
use crate::types::postgres::HStore;
use crate::types::{PostgresValue, Value};

marks! {
    /// The Rust types of columns of pairs.
    PairsValue: "only columns of pairs have keys with texts; this one is of type `{Self}`", HStore
}

/// Lookups in PostgreSQL's pairs.
impl<M: Model, T: PairsValue> Column<M, T> {
    /// Has all these pairs.
    pub fn contains_pairs(self, pairs: HStore) -> Condition<M> {
        self.own(OwnOp::Contains, Ok(PostgresValue::HStore(pairs).into()))
    }

    /// Has no others than these pairs.
    pub fn contained_by_pairs(self, pairs: HStore) -> Condition<M> {
        self.own(OwnOp::ContainedBy, Ok(PostgresValue::HStore(pairs).into()))
    }

    /// The text of a key, to be compared; NULL where there is none.
    pub fn value_of(self, key: impl Into<String>) -> PairText<M> {
        let column = Expr::Column(self.reference());
        let expr = without_nul(key.into()).map(|key| lookup::pair_value(column, key));
        PairText { expr, model: PhantomData }
    }
}

/// The text of a key: what `Thing::labels().value_of("color")` gives.
#[derive(Debug)]
#[must_use = "a text does nothing until it is compared"]
pub struct PairText<M> {
    expr: Result<Expr, String>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> PairText<M> {
    /// Equal.
    pub fn eq(self, text: impl Into<String>) -> Condition<M> {
        self.compare(CompareOp::Eq, text)
    }

    /// The exact complement of [`eq`](Self::eq).
    pub fn ne(self, text: impl Into<String>) -> Condition<M> {
        self.compare(CompareOp::Ne, text)
    }

    /// One of these.
    pub fn is_in<S: Into<String>>(self, texts: impl IntoIterator<Item = S>) -> Condition<M> {
        let texts: Result<Vec<Value>, String> =
            texts.into_iter().map(|text| without_nul(text.into()).map(Value::Text)).collect();
        self.made(texts, lookup::in_list)
    }

    /// There is none, or it is NULL.
    pub fn is_null(self) -> Condition<M> {
        self.made(Ok(()), |expr, ()| lookup::is_null(expr, true))
    }

    /// Has this in it.
    pub fn contains(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::Contains, text)
    }

    /// Has this in it, upper and lower case being the same.
    pub fn icontains(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::IContains, text)
    }

    /// Starts with this.
    pub fn starts_with(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::StartsWith, text)
    }

    /// Ends with this.
    pub fn ends_with(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::EndsWith, text)
    }

    fn compare(self, op: CompareOp, text: impl Into<String>) -> Condition<M> {
        self.made(without_nul(text.into()), |expr, text| lookup::compare(expr, op, Value::Text(text)))
    }

    fn text(self, how: Lookup, text: impl Into<String>) -> Condition<M> {
        self.made(without_nul(text.into()), |expr, text| lookup::single(expr, how, Value::Text(text)))
    }

    fn made<V>(self, value: Result<V, String>, make: impl FnOnce(Expr, V) -> Expr) -> Condition<M> {
        let expr = self.expr.and_then(|expr| Ok(make(expr, value?)));
        Condition::new(expr.map_err(Fault::Query))
    }
}
