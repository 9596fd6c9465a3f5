use super::Expr;

/// `IS NULL`, or `IS NOT NULL`. Never unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IsNull {
    /// What is looked at.
    pub expr: Expr,
    /// Whether it must not be NULL.
    pub negated: bool,
}

impl From<IsNull> for Expr {
    fn from(node: IsNull) -> Self {
        Self::IsNull(Box::new(node))
    }
}
