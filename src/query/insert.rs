//! INSERT of one row; many rows travel as a driver's bulk operation of the same shape.

use super::Param;
use crate::schema::TableRef;

/// What comes back from a written row: columns by position.
pub type Returning = Vec<usize>;

/// An INSERT of one row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Insert {
    /// Into which table.
    pub table: TableRef,
    /// The columns given, by position; empty: every column takes its default.
    pub columns: Vec<usize>,
    /// Their values, in the same order.
    pub values: Vec<Param>,
    /// What comes back (generated keys, server defaults).
    pub returning: Returning,
}
