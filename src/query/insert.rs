//! INSERT of one row; many rows travel as a driver's bulk operation of the same shape.

use std::hash::{Hash, Hasher};

use super::Param;
use crate::schema::TableRef;

/// What comes back from a written row: columns by position.
pub type Returning = Vec<usize>;

/// An INSERT of one row.
///
/// Its shape is that of its columns: unlike elsewhere, NULLs among the values do not change the text, and
/// a model with many nullable fields has one shape instead of one for each combination.
#[derive(Debug, Clone)]
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

impl Insert {
    fn shape(&self) -> (&TableRef, &[usize], usize, &[usize]) {
        (&self.table, &self.columns, self.values.len(), &self.returning)
    }
}

impl PartialEq for Insert {
    fn eq(&self, other: &Self) -> bool {
        self.shape() == other.shape()
    }
}

impl Eq for Insert {}

impl Hash for Insert {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shape().hash(state);
    }
}
