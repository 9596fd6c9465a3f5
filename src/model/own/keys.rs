//! Keys of JSON documents and of PostgreSQL's pairs.

use crate::model::Model;
use crate::model::column::Column;
use crate::model::condition::Condition;
use crate::model::document::without_nul;
use crate::model::fault::Fault;
use crate::query::Expr;
use crate::query::expr::{DocumentPlace, OwnOp};
use crate::query::lookup::{self, document};
use crate::types::postgres::HStore;
use crate::types::{Kind, Value};

/// The Rust types of columns whose values have keys: JSON documents and pairs.
#[diagnostic::on_unimplemented(
    message = "only JSON columns and columns of pairs have keys; this one is of type `{Self}`",
    label = "a `{Self}` column has none"
)]
pub trait KeyedValue {
    /// That a column's value has all of these keys, or at least one.
    #[doc(hidden)]
    fn has(column: Expr, keys: Vec<String>, all: bool) -> Expr;
}

macro_rules! documents_have_keys {
    ($([$($generic:ident)?] $rust:ty),*) => {$(
        impl$(<$generic>)? KeyedValue for $rust {
            fn has(column: Expr, keys: Vec<String>, all: bool) -> Expr {
                let place = DocumentPlace::new(column, Vec::new());
                if all { document::has_keys(&place, &keys) } else { document::has_any_keys(&place, &keys) }
            }
        }
    )*};
}

documents_have_keys! {
    [] serde_json::Value, [] Option<serde_json::Value>, [T] crate::model::Json<T>, [T] Option<crate::model::Json<T>>
}

macro_rules! pairs_have_keys {
    ($($rust:ty),*) => {$(
        impl KeyedValue for $rust {
            fn has(column: Expr, keys: Vec<String>, all: bool) -> Expr {
                let keys = keys.into_iter().map(Value::Text).collect();
                let op = if all { OwnOp::HasKeys } else { OwnOp::HasAnyKeys };
                lookup::own(column, op, Value::Array(Kind::Text, keys))
            }
        }
    )*};
}

pairs_have_keys! { HStore, Option<HStore> }

/// Keys of JSON documents and of pairs.
impl<M: Model, T: KeyedValue> Column<M, T> {
    /// Has this key, be its value `null`.
    pub fn has_key(self, key: impl Into<String>) -> Condition<M> {
        self.has_keys([key])
    }

    /// Has all of these keys.
    pub fn has_keys<S: Into<String>>(self, keys: impl IntoIterator<Item = S>) -> Condition<M> {
        self.keyed(keys, true)
    }

    /// Has at least one of these keys.
    pub fn has_any_keys<S: Into<String>>(self, keys: impl IntoIterator<Item = S>) -> Condition<M> {
        self.keyed(keys, false)
    }

    fn keyed<S: Into<String>>(self, keys: impl IntoIterator<Item = S>, all: bool) -> Condition<M> {
        let keys: Result<Vec<String>, String> = keys.into_iter().map(|key| without_nul(key.into())).collect();
        let column = Expr::Column(self.reference());
        Condition::new(keys.map(|keys| T::has(column, keys, all)).map_err(Fault::Query))
    }
}
