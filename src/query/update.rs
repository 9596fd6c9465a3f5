//! UPDATE of the rows of one table that meet a condition.

use super::{Expr, Returning};
use crate::schema::TableRef;

/// `column = expression`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Assignment {
    /// The column, by position.
    pub column: usize,
    /// Its new value; columns in it mean the old values.
    pub value: Expr,
}

/// An UPDATE.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Update {
    /// Of which table.
    pub table: TableRef,
    /// What changes; not empty.
    pub assignments: Vec<Assignment>,
    /// Which rows.
    pub filter: Option<Expr>,
    /// What comes back.
    pub returning: Returning,
}
