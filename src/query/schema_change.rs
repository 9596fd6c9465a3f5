//! Making and removing tables and indexes.

use super::Statement;
use crate::schema::{Index, TableRef, naming};
use crate::types::{EnumType, SqlType};

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

/// CREATE TYPE, for the enumerations of a table that are types of the database's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CreateType {
    /// The table, in whose schema the type is made.
    pub table: TableRef,
    /// The enumeration. A type of that name that exists is left as it is.
    pub kind: EnumType,
}

/// DROP TYPE, unless something still uses the type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DropType {
    /// The table, in whose schema the type is.
    pub table: TableRef,
    /// The enumeration.
    pub kind: EnumType,
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

/// The enumerations of a table that are types of the database's own, where it has such types. Each is made before the
/// first table that uses it, and dropped after the last.
pub fn native_types(table: &TableRef) -> Vec<EnumType> {
    let mut kinds: Vec<EnumType> = Vec::new();
    for column in &table.columns {
        match column.sql_type.element().unwrap_or(&column.sql_type) {
            SqlType::Enum(kind) if kind.native && !kinds.contains(kind) => kinds.push(kind.clone()),
            _ => {}
        }
    }
    kinds
}

/// The statements that make a table and its indexes, those included that columns ask for themselves.
/// What exists already is left as it is.
///
/// # Examples
///
/// ```
/// use chakra::{query::create_statements, schema::{Column, Table, TableRef}, types::SqlType};
/// let users = TableRef::new(Table::new("User", "users", vec![
///     Column::new("id", SqlType::BigInteger).primary_key().auto_increment(),
///     Column::new("name", SqlType::Text).indexed(),
/// ])?);
/// assert_eq!(create_statements(&users).len(), 2);
/// # Ok::<(), chakra::Error>(())
/// ```
pub fn create_statements(table: &TableRef) -> Vec<Statement> {
    let of_columns = table.columns.iter().enumerate().filter_map(|(position, column)| {
        // A key has an index already.
        let has_key = column.unique || table.primary_key == [position];
        (column.index && !has_key).then(|| Index {
            name: naming::index_name(&table.name, &[&column.name]),
            columns: vec![position],
            unique: false,
        })
    });
    let indexes = of_columns.chain(table.indexes.iter().cloned());
    std::iter::once(Statement::CreateTable(CreateTable { table: table.clone(), if_not_exists: true }))
        .chain(indexes.map(|index| Statement::CreateIndex(CreateIndex::new(table, &index))))
        .collect()
}
