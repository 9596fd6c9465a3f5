use super::super::Param;
use super::Expr;

/// Whether a value is one of a list. The list is one [`Value::List`](crate::types::Value::List) without
/// NULLs, bound as one parameter, so that its length neither changes the text nor meets a limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InList {
    /// What is looked for.
    pub expr: Expr,
    /// Where: a list.
    pub list: Param,
}

impl From<InList> for Expr {
    fn from(node: InList) -> Self {
        Self::InList(Box::new(node))
    }
}
