//! Expressions: one node per file.

use super::{ColumnRef, Param};
use crate::types::Value;

mod array;
mod between;
mod by_key;
mod compare;
mod document;
mod in_keys;
mod in_list;
mod is_null;
mod own;
mod related;
mod text_match;

pub use array::{ArrayMatch, ArrayOp};
pub use between::Between;
pub use by_key::{ByKey, KeyedValue};
pub use compare::{Compare, CompareOp};
pub use document::{DocumentIs, DocumentMatch, DocumentNumber, DocumentPlace, DocumentTest};
pub use in_keys::InKeys;
pub use in_list::InList;
pub use is_null::IsNull;
pub use own::{Distance, Metric, OwnMatch, OwnOp, PairValue, SetMatch};
pub use related::Related;
pub use text_match::{TextMatch, TextMatchKind};

/// An expression. As a condition it is two-valued: a row meets it or does not (see [`Expr::not`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expr {
    /// A column.
    Column(ColumnRef),
    /// A bound value.
    Value(Param),
    /// True or false as SQL text, not a parameter.
    Constant(bool),
    /// All of them hold; empty: true.
    And(Vec<Expr>),
    /// At least one holds; empty: false.
    Or(Vec<Expr>),
    /// The exact complement: true where the inner condition is false or unknown.
    Not(Box<Expr>),
    /// `=`, `<>`, `<`, …
    Compare(Box<Compare>),
    /// `IS [NOT] NULL`.
    IsNull(Box<IsNull>),
    /// One of a list of values.
    InList(Box<InList>),
    /// One of a list of keys of several columns.
    InKeys(Box<InKeys>),
    /// There is a related row that meets a condition.
    Related(Box<Related>),
    /// A value for each of several rows, by their keys.
    ByKey(Box<ByKey>),
    /// From a least to a greatest value, both included.
    Between(Box<Between>),
    /// Contains, starts with, ends with, equals regardless of case.
    TextMatch(Box<TextMatch>),
    /// An array and a list of values.
    ArrayMatch(Box<ArrayMatch>),
    /// The number of an array's elements.
    ArrayLength(Box<Expr>),
    /// The whole number after another.
    Next(Box<Expr>),
    /// The text at a place of a document; NULL where none stands there.
    DocumentText(Box<DocumentPlace>),
    /// Whether something certain stands at a place of a document.
    DocumentIs(Box<DocumentIs>),
    /// A comparison of the number at a place of a document.
    DocumentNumber(Box<DocumentNumber>),
    /// Which of two documents contains the other.
    DocumentMatch(Box<DocumentMatch>),
    /// A comparison that only types of one database have.
    OwnMatch(Box<OwnMatch>),
    /// The text of a key in pairs.
    PairValue(Box<PairValue>),
    /// A comparison of a `SET` with members.
    SetMatch(Box<SetMatch>),
    /// How far a vector is from another.
    Distance(Box<Distance>),
}

impl Expr {
    /// A column of a statement's root table.
    pub fn column(table: &crate::schema::TableRef, position: usize) -> Self {
        Self::Column(ColumnRef::root(table, position))
    }

    /// A bound value.
    pub fn value(value: Value) -> Self {
        Self::Value(Param(value))
    }

    /// Both hold. Flattens, so that a chain of filters stays one list.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::And(mut all), Self::And(more)) => {
                all.extend(more);
                Self::And(all)
            }
            (Self::And(mut all), one) => {
                all.push(one);
                Self::And(all)
            }
            (one, Self::And(mut all)) => {
                all.insert(0, one);
                Self::And(all)
            }
            (left, right) => Self::And(vec![left, right]),
        }
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Or(mut all), one) => {
                all.push(one);
                Self::Or(all)
            }
            (left, right) => Self::Or(vec![left, right]),
        }
    }

    /// The exact complement: rows for which the condition is unknown (NULL) meet it.
    #[must_use]
    #[allow(clippy::should_implement_trait)] // the field's word; `!` is offered where types are known
    pub fn not(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether the expression can evaluate to NULL.
    pub fn can_be_null(&self) -> bool {
        match self {
            Self::Column(column) => !column.path.is_root() || column.column().nullable,
            Self::Value(param) => param.0.is_null(),
            Self::Constant(_) | Self::Not(_) | Self::IsNull(_) | Self::Related(_) => false,
            Self::And(all) | Self::Or(all) => all.iter().any(Self::can_be_null),
            Self::Compare(node) => node.can_be_null(),
            Self::InList(node) => node.expr.can_be_null(),
            Self::InKeys(node) => node.columns.iter().any(|column| !column.path.is_root() || column.column().nullable),
            Self::Between(node) => node.expr.can_be_null() || node.low.can_be_null() || node.high.can_be_null(),
            Self::TextMatch(node) => node.subject.can_be_null() || node.pattern.can_be_null(),
            Self::ArrayMatch(node) => node.array.can_be_null(),
            Self::ArrayLength(inner) | Self::Next(inner) => inner.can_be_null(),
            Self::ByKey(_)
            | Self::DocumentText(_)
            | Self::DocumentIs(_)
            | Self::DocumentNumber(_)
            | Self::DocumentMatch(_)
            | Self::PairValue(_)
            | Self::Distance(_) => true,
            Self::OwnMatch(node) => node.can_be_null(),
            Self::SetMatch(node) => node.set.can_be_null(),
        }
    }
}
