//! Lookups in columns of the types that one database alone has, and full text search. Every other database refuses them
//! by name, before any SQL.

use super::Model;
use super::column::Column;
use super::condition::Condition;
use crate::query::expr::OwnOp;
use crate::query::{Expr, lookup};
use crate::types::Value;

macro_rules! marks {
    ($(#[$docs:meta])* $trait:ident: $message:literal, $($rust:ty),*) => {
        $(#[$docs])*
        #[diagnostic::on_unimplemented(message = $message, label = "a `{Self}` column is none")]
        pub trait $trait {}

        $(
            impl $trait for $rust {}
            impl $trait for Option<$rust> {}
        )*
    };
}

mod keys;
mod networks;
mod pairs;
mod ranges;
mod sets;
mod vectors;
mod words;

pub use keys::KeyedValue;
pub use networks::NetworkValue;
pub use pairs::{PairText, PairsValue};
pub use ranges::RangeValue;
pub use sets::SetValue;
pub use vectors::{VectorDistance, VectorValue};
pub use words::WordsValue;

impl<M: Model, T> Column<M, T> {
    /// A lookup of such a type, with a value that fits the column.
    fn own(self, op: OwnOp, with: Result<Value, String>) -> Condition<M> {
        let column = Expr::Column(self.reference());
        Condition::new(self.fitted(with).map(|with| lookup::own(column, op, with)))
    }
}
