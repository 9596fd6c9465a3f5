use super::super::Param;
use super::Expr;

/// How an array is compared with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArrayOp {
    /// The same elements in the same order; NULL is the same as NULL.
    Equals,
    /// All of the list's members are among its elements, however often and in whatever order. NULL is no member.
    Contains,
    /// All of its elements are among the list's members. With a NULL among them it is not.
    ContainedBy,
    /// At least one of its elements is among the list's members.
    Overlaps,
}

/// A comparison of an array with a list of values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArrayMatch {
    /// The array: a column.
    pub array: Expr,
    /// The comparison.
    pub op: ArrayOp,
    /// The list: one [`Value::Array`](crate::types::Value::Array).
    pub list: Param,
}

impl From<ArrayMatch> for Expr {
    fn from(node: ArrayMatch) -> Self {
        Self::ArrayMatch(Box::new(node))
    }
}
