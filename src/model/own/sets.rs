//! Sets of MySQL.

use crate::model::Model;
use crate::model::column::Column;
use crate::model::condition::Condition;
use crate::model::scalar::{ChakraEnum, Set};
use crate::model::value::ColumnValue;
use crate::query::expr::ArrayOp;
use crate::query::{Expr, lookup};

/// The Rust types of columns of sets: [`Set<E>`](Set), and `Option` of it.
#[diagnostic::on_unimplemented(
    message = "only columns of MySQL's sets have members; this one is of type `{Self}`",
    label = "a `{Self}` column is none"
)]
pub trait SetValue: ColumnValue {
    /// The enumeration of the members.
    type Member: ChakraEnum;
}

impl<E: ChakraEnum> SetValue for Set<E> {
    type Member = E;
}

impl<E: ChakraEnum> SetValue for Option<Set<E>> {
    type Member = E;
}

/// Lookups in MySQL's sets.
impl<M: Model, T: SetValue> Column<M, T> {
    /// Has all of these members.
    pub fn has_members(self, members: impl IntoIterator<Item = T::Member>) -> Condition<M> {
        self.members(ArrayOp::Contains, members)
    }

    /// Has at least one of these members.
    pub fn has_any_member(self, members: impl IntoIterator<Item = T::Member>) -> Condition<M> {
        self.members(ArrayOp::Overlaps, members)
    }

    /// Has no others than these members.
    pub fn has_only_members(self, members: impl IntoIterator<Item = T::Member>) -> Condition<M> {
        self.members(ArrayOp::ContainedBy, members)
    }

    fn members(self, op: ArrayOp, members: impl IntoIterator<Item = T::Member>) -> Condition<M> {
        let members = members.into_iter().map(|member| member.as_text().to_owned()).collect();
        Condition::new(Ok(lookup::set_match(Expr::Column(self.reference()), op, members)))
    }
}
