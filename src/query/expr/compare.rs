use super::Expr;

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// Equal; NULL on either side is unknown.
    Eq,
    /// The exact complement of `Eq`: also true where either side is NULL.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// A comparison of two expressions of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Compare {
    /// The left side.
    pub left: Expr,
    /// The operator.
    pub op: CompareOp,
    /// The right side.
    pub right: Expr,
}

impl Compare {
    pub(crate) fn can_be_null(&self) -> bool {
        self.op != CompareOp::Ne && (self.left.can_be_null() || self.right.can_be_null())
    }
}

impl From<Compare> for Expr {
    fn from(node: Compare) -> Self {
        Self::Compare(Box::new(node))
    }
}
