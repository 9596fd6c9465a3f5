//! Questions about what stands in a JSON document.

use super::super::Param;
use super::{CompareOp, Expr};
use crate::types::{Kind, Value, document};

/// A place in a document: the document itself, or what stands at the end of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DocumentPlace {
    /// The document: a column.
    pub document: Expr,
    /// The steps, one [`Value::Array`] of texts; None for the document itself. A step of digits is the number of an
    /// array's element or the name of an object's member, any other a name.
    pub path: Option<Param>,
    /// Of each step, whether it may be the number of an element. It changes the SQL text, and is thus part of the shape.
    pub numbers: Vec<bool>,
}

impl DocumentPlace {
    /// A place in a document.
    pub fn new(document: Expr, steps: Vec<String>) -> Self {
        let numbers = steps.iter().map(|step| document::is_element_number(step)).collect();
        let steps: Vec<Value> = steps.into_iter().map(Value::Text).collect();
        let path = (!steps.is_empty()).then_some(Param(Value::Array(Kind::Text, steps)));
        Self { document, path, numbers }
    }

    /// The member of a name, if an object stands here.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let mut steps = match &self.path {
            Some(Param(Value::Array(_, steps))) => steps.clone(),
            _ => Vec::new(),
        };
        steps.push(Value::Text(name.to_owned()));
        let mut numbers = self.numbers.clone();
        numbers.push(false);
        Self { document: self.document.clone(), path: Some(Param(Value::Array(Kind::Text, steps))), numbers }
    }
}

/// What can stand at a place and has no value beyond itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentTest {
    /// Anything, JSON's `null` included.
    Exists,
    /// JSON's `null`.
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
}

/// Whether something certain stands at a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DocumentIs {
    /// The place.
    pub place: DocumentPlace,
    /// What.
    pub test: DocumentTest,
}

/// A comparison of the number at a place; what is no number meets none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DocumentNumber {
    /// The place.
    pub place: DocumentPlace,
    /// The comparison; with a list it is [`CompareOp::Eq`]: one of the members.
    pub op: CompareOp,
    /// A decimal, or a list of them.
    pub number: Param,
}

/// Which of two documents contains the other, by the rules of PostgreSQL's `@>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DocumentMatch {
    /// What stands in the column.
    pub place: DocumentPlace,
    /// Whether that contains the other document (`@>`), or is contained in it (`<@`).
    pub contains: bool,
    /// The other: one [`Value::Json`].
    pub other: Param,
    /// What the other is made of, for databases that must be asked part by part.
    pub outline: document::Outline,
}

macro_rules! into_expr {
    ($($node:ident),*) => {$(
        impl From<$node> for Expr {
            fn from(node: $node) -> Self {
                Self::$node(Box::new(node))
            }
        }
    )*};
}

into_expr!(DocumentIs, DocumentNumber, DocumentMatch);
