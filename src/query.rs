//! Statements and expressions as data. No SQL text: `dialect` renders them.
//!
//! `Eq` and `Hash` of every node mean *shape*: two statements that differ only in bound values are
//! equal, so that the text rendered for one serves the other (see [`Param`]).

mod aggregate;
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

pub use aggregate::{Aggregate, AggregateFunction};
pub use delete::Delete;
pub use expr::Expr;
pub use insert::{Insert, Returning};
pub use lookup::Lookup;
pub use order::{Direction, Nulls, Order};
pub use path::{Hop, Path};
pub use schema_change::{
    AlterForeignKey, AskCatalog, CatalogItem, Comment, CreateIndex, CreateSchema, CreateTable, CreateType,
    DeferForeignKeys, DropTable, DropType, comment_statements, create_statements, native_types,
};
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
    /// Makes a schema.
    CreateSchema(CreateSchema),
    /// Adds or removes a foreign key.
    AlterForeignKey(AlterForeignKey),
    /// Notes a remark.
    Comment(Comment),
    /// Checks foreign keys later.
    DeferForeignKeys(DeferForeignKeys),
    /// Looks whether something is there.
    AskCatalog(AskCatalog),
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
            Self::CreateSchema(node) => &node.table,
            Self::AlterForeignKey(node) => &node.table,
            Self::Comment(node) => &node.table,
            Self::DeferForeignKeys(node) => &node.table,
            Self::AskCatalog(node) => &node.table,
        }
    }

    /// Whether it is about rows, and so likely to be asked again; else it is about tables.
    pub fn is_about_rows(&self) -> bool {
        matches!(self, Self::Select(_) | Self::Insert(_) | Self::Update(_) | Self::Delete(_))
    }
}
