//! What expressions are made of at their leaves: columns of a table in the statement, and parameters.

use std::hash::{Hash, Hasher};

use crate::schema::{Column, TableRef};
use crate::types::Value;

/// Which of a statement's tables is meant; the root is 0, each join takes the next number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Alias(pub u16);

/// A column of one of the statement's tables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    /// The table.
    pub table: TableRef,
    /// Under which of the statement's names.
    pub alias: Alias,
    /// The column's position in the table.
    pub position: usize,
}

impl ColumnRef {
    /// A column of the statement's root table.
    pub fn root(table: &TableRef, position: usize) -> Self {
        Self { table: table.clone(), alias: Alias::default(), position }
    }

    /// The column's description.
    pub fn column(&self) -> &Column {
        &self.table.columns[self.position]
    }
}

/// A value to be bound. For `Eq` and `Hash` all values of one kind are the same, NULL apart: they do not
/// change the SQL text, but a comparison with NULL is spelled differently. The length of a list changes
/// nothing: it travels as one parameter.
#[derive(Debug, Clone)]
pub struct Param(pub Value);

impl Param {
    fn shape(&self) -> (crate::types::Kind, u8) {
        let form = match self.0 {
            Value::Null(_) => 0,
            Value::List(..) => 1,
            _ => 2,
        };
        (self.0.kind(), form)
    }
}

impl PartialEq for Param {
    fn eq(&self, other: &Self) -> bool {
        self.shape() == other.shape()
    }
}

impl Eq for Param {}

impl Hash for Param {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shape().hash(state);
    }
}
