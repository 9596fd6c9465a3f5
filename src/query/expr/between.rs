use super::Expr;

/// From `low` to `high`, both included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Between {
    /// What is looked at.
    pub expr: Expr,
    /// The least value that meets it.
    pub low: Expr,
    /// The greatest value that meets it.
    pub high: Expr,
}

impl From<Between> for Expr {
    fn from(node: Between) -> Self {
        Self::Between(Box::new(node))
    }
}
