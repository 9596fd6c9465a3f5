use super::super::Param;
use super::Expr;
use crate::query::ColumnRef;

/// The value that a row has by its key: what a column is set to where many rows are changed at once. NULL for rows of
/// other keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ByKey {
    /// The column that takes the values.
    pub column: ColumnRef,
    /// The columns of the key.
    pub key: Vec<ColumnRef>,
    /// The rows; at least one.
    pub rows: Vec<KeyedValue>,
}

/// A value, and the key of its row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyedValue {
    /// The key, column by column.
    pub key: Vec<Param>,
    /// The value.
    pub value: Param,
}

impl From<ByKey> for Expr {
    fn from(node: ByKey) -> Self {
        Self::ByKey(Box::new(node))
    }
}
