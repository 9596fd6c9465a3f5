//! Whether there is a related row that meets a condition.

use std::sync::Arc;

use super::Expr;
use crate::query::{Hop, Path};

/// There is a row at the end of a step, any number of them standing there, that meets a condition: a semi-join,
/// which never gives a row twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Related {
    /// The way to where the step starts, from the table that surrounds this condition.
    pub path: Path,
    /// The step.
    pub hop: Arc<Hop>,
    /// What one and the same row must meet, as a condition about the table where the step ends.
    pub filter: Option<Expr>,
}

impl From<Related> for Expr {
    fn from(node: Related) -> Self {
        Self::Related(Box::new(node))
    }
}
