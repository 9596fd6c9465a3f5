//! Statements and expressions as data. No SQL text: `dialect` renders them.
//!
//! `Eq` and `Hash` of every node mean *shape*: two statements that differ only in bound values are
//! equal, so that the text rendered for one serves the other (see [`Param`]).

mod delete;
pub mod expr;
mod insert;
pub mod lookup;
mod order;
mod path;
mod schema_change;
mod select;
mod source;
mod update;
pub(crate) mod visit;

pub use delete::Delete;
pub use expr::Expr;
pub use insert::{Insert, Returning};
pub use lookup::Lookup;
pub use order::{Direction, Nulls, Order};
pub use path::{Hop, Path};
pub use schema_change::{CreateIndex, CreateTable, CreateType, DropTable, DropType, create_statements, native_types};
pub use select::{Projection, Select};
pub use source::{ColumnRef, Param};
pub use update::{Assignment, Update};

use crate::schema::TableRef;

/// A whole statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Statement {
    /// Reads rows.
    Select(Select),
    /// Adds a row.
    Insert(Insert),
    /// Changes rows.
    Update(Update),
    /// Removes rows.
    Delete(Delete),
    /// Makes a table.
    CreateTable(CreateTable),
    /// Removes a table.
    DropTable(DropTable),
    /// Makes an index.
    CreateIndex(CreateIndex),
    /// Makes a type.
    CreateType(CreateType),
    /// Removes a type.
    DropType(DropType),
}

impl Statement {
    /// The table that it is about.
    pub fn table(&self) -> &TableRef {
        match self {
            Self::Select(node) => &node.table,
            Self::Insert(node) => &node.table,
            Self::Update(node) => &node.table,
            Self::Delete(node) => &node.table,
            Self::CreateTable(node) => &node.table,
            Self::DropTable(node) => &node.table,
            Self::CreateIndex(node) => &node.table,
            Self::CreateType(node) => &node.table,
            Self::DropType(node) => &node.table,
        }
    }

    /// Whether it makes or removes tables, indexes or types.
    pub fn is_schema_change(&self) -> bool {
        match self {
            Self::Select(_) | Self::Insert(_) | Self::Update(_) | Self::Delete(_) => false,
            Self::CreateTable(_)
            | Self::DropTable(_)
            | Self::CreateIndex(_)
            | Self::CreateType(_)
            | Self::DropType(_) => true,
        }
    }
}
