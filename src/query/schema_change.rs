//! Making and removing tables and indexes.

use crate::schema::{Index, TableRef};

/// CREATE TABLE with its columns and constraints (not its indexes).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CreateTable {
    /// The table.
    pub table: TableRef,
    /// Whether an existing table of that name is left as it is.
    pub if_not_exists: bool,
}

/// DROP TABLE.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DropTable {
    /// The table.
    pub table: TableRef,
    /// Whether a missing table is no error.
    pub if_exists: bool,
}

/// CREATE INDEX.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CreateIndex {
    /// On which table.
    pub table: TableRef,
    /// The index's name in the database.
    pub name: String,
    /// Its columns, by position.
    pub columns: Vec<usize>,
    /// Whether it forbids duplicates.
    pub unique: bool,
    /// Whether an existing index of that name is left as it is.
    pub if_not_exists: bool,
}

impl CreateIndex {
    /// The statement that makes an index of a table.
    pub fn new(table: &TableRef, index: &Index) -> Self {
        Self {
            table: table.clone(),
            name: index.name.clone(),
            columns: index.columns.clone(),
            unique: index.unique,
            if_not_exists: true,
        }
    }
}

/// The statements that make a table with its indexes.
pub fn create_statements(table: &TableRef) -> Vec<super::Statement> {
    let create = CreateTable { table: table.clone(), if_not_exists: true };
    vec![super::Statement::CreateTable(create)]
}
