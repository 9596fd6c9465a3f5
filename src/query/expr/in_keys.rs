use super::super::Param;
use super::Expr;
use crate::query::ColumnRef;

/// Whether columns hold, together, one of a list of keys. All keys are one [`Value::List`](crate::types::Value::List)
/// without NULLs, key after key, bound as one parameter for each column or as one in all, so that their number neither
/// changes the text nor meets a limit. Each value is of its column's kind and one that every database has:
/// [`lookup::in_keys`](crate::query::lookup::in_keys) sees to both.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InKeys {
    /// What is looked for, column by column.
    pub columns: Vec<ColumnRef>,
    /// Where: the values of the first key, then those of the second, and so on.
    pub keys: Param,
}

impl From<InKeys> for Expr {
    fn from(node: InKeys) -> Self {
        Self::InKeys(Box::new(node))
    }
}
