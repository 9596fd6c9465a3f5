//! What expressions are made of at their leaves: columns of a table in the statement, and parameters.

use std::hash::{Hash, Hasher};

use super::Path;
use crate::schema::{Column, TableRef};
use crate::types::{Kind, Value};

/// A column of the table that a query is about, or of one to which a way of to-one steps leads from there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    /// The table it belongs to.
    pub table: TableRef,
    /// The way there.
    pub path: Path,
    /// The column's position in the table.
    pub position: usize,
}

impl ColumnRef {
    /// A column of the table that the query is about.
    pub fn root(table: &TableRef, position: usize) -> Self {
        Self { table: table.clone(), path: Path::default(), position }
    }

    /// The column's description.
    pub fn column(&self) -> &Column {
        &self.table.columns[self.position]
    }
}

/// The longest list that may be written out.
const MOST_WRITTEN_OUT: usize = 16_384;

/// A value to be bound. For `Eq` and `Hash` all values of one kind are the same, NULL apart: they do not
/// change the SQL text, but a comparison with NULL is spelled differently. The length of a list changes
/// nothing where it travels as one parameter; of ASCII texts, which may be written out, it counts in powers of two.
#[derive(Debug, Clone)]
pub struct Param(pub Value);

impl Param {
    fn shape(&self) -> (Kind, u8, usize) {
        let form = match self.0 {
            Value::Null(_) => 0,
            Value::List(..) => 1,
            _ => 2,
        };
        (self.0.kind(), form, self.written_out().unwrap_or(0))
    }

    /// How many places a list of texts takes where its members are written out, each in a place of its own: a power of
    /// two, so that few lengths differ. None of longer lists, of what is no such list, and of letters beyond ASCII, which
    /// not every column's character set has.
    pub(crate) fn written_out(&self) -> Option<usize> {
        let Value::List(Kind::Text | Kind::Untyped | Kind::Uuid, members) = &self.0 else { return None };
        let is_short = (1..=MOST_WRITTEN_OUT).contains(&members.len());
        (is_short && members.iter().all(is_ascii)).then(|| members.len().next_power_of_two())
    }
}

fn is_ascii(member: &Value) -> bool {
    match member {
        Value::Text(text) | Value::Untyped(text) => text.is_ascii(),
        Value::Uuid(_) => true,
        _ => false,
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
