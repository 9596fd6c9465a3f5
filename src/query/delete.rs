//! DELETE of the rows of one table that meet a condition.

use super::Expr;
use crate::schema::TableRef;

/// A DELETE.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Delete {
    /// From which table.
    pub table: TableRef,
    /// Which rows.
    pub filter: Option<Expr>,
}
