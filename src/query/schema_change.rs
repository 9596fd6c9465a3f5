//! Making and removing tables, indexes and foreign keys.

use super::{Param, Statement};
use crate::schema::{Index, TableRef};
use crate::types::{EnumType, SqlType, Value};

/// CREATE SCHEMA for the schema that a table names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CreateSchema {
    /// The table.
    pub table: TableRef,
}

/// CREATE TABLE with its columns and constraints (not its indexes).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CreateTable {
    /// The table.
    pub table: TableRef,
    /// Whether an existing table of that name is left as it is.
    pub if_not_exists: bool,
    /// Positions of the foreign keys that are left out, to be added when their tables are there.
    pub postponed: Vec<usize>,
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
    /// What it is.
    pub index: Index,
    /// Whether an existing index of that name is left as it is.
    pub if_not_exists: bool,
}

/// COMMENT ON a table, or on one of its columns, for databases where comments are statements of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Comment {
    /// The table.
    pub table: TableRef,
    /// The column, by position; None: the table itself.
    pub column: Option<usize>,
}

/// Adds or removes one of a table's foreign keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AlterForeignKey {
    /// Of which table.
    pub table: TableRef,
    /// Which of its foreign keys, by position.
    pub foreign_key: usize,
    /// Whether it is added; else it is removed.
    pub adds: bool,
}

/// Checks foreign keys at the end of the transaction instead of at the end of each statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeferForeignKeys {
    /// A table of the database.
    pub table: TableRef,
}

/// Asks the database's catalog for something of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AskCatalog {
    /// The table.
    pub table: TableRef,
    /// What is looked for.
    pub item: CatalogItem,
    /// The names that the question mentions, from the smallest to the largest: constraint, table, schema.
    pub names: Vec<Param>,
}

/// What a catalog is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CatalogItem {
    /// Whether the schema is there that the table names: one row, or none.
    Schema,
    /// Whether the table itself is there: one row, or none.
    Table,
    /// Whether one of its foreign keys is there: one row, or none.
    ForeignKey,
    /// The columns of a foreign key of any table, a row for each.
    ForeignKeyColumns,
    /// The columns of a unique key of the table, a row for each.
    UniqueColumns,
    /// Its unique keys, a row for each column: name, origin, the table's definition, the column.
    UniqueKeys,
    /// The condition of one of its CHECK constraints, or the definition of the whole table: one row, or none.
    CheckCondition,
    /// Its columns: the name and the type of each, in the database's words.
    ColumnTypes,
    /// All foreign keys of the database, a row for each column: table, definition, number, table referred to, column,
    /// column referred to, what happens on delete and on update.
    AllForeignKeys,
}

impl AskCatalog {
    /// Asks for the schema of a table that names one.
    pub fn schema(table: &TableRef) -> Option<Self> {
        let name = text(table.schema.as_ref()?);
        Some(Self { table: table.clone(), item: CatalogItem::Schema, names: vec![name] })
    }

    /// Asks for a table.
    pub fn table(table: &TableRef) -> Self {
        let names = [Some(&table.name), table.schema.as_ref()];
        Self {
            table: table.clone(),
            item: CatalogItem::Table,
            names: names.into_iter().flatten().map(|name| text(name)).collect(),
        }
    }

    /// Asks for a foreign key of a table, by position.
    pub fn foreign_key(table: &TableRef, position: usize) -> Self {
        let key = &table.foreign_keys[position];
        let names = [Some(&key.name), Some(&table.name), table.schema.as_ref()];
        Self {
            table: table.clone(),
            item: CatalogItem::ForeignKey,
            names: names.into_iter().flatten().map(|name| text(name)).collect(),
        }
    }

    /// Asks for the columns of a foreign key, given by its name, that of its table and of the table's schema.
    pub fn foreign_key_columns(asking: &TableRef, name: &str, table: &str, schema: &str) -> Self {
        let names = vec![text(name), text(table), text(schema)];
        Self { table: asking.clone(), item: CatalogItem::ForeignKeyColumns, names }
    }

    /// Asks for the columns of a unique key of a table, given by its name.
    pub fn unique(table: &TableRef, name: &str) -> Self {
        Self::constraint(table, CatalogItem::UniqueColumns, name)
    }

    /// Asks for the condition of a CHECK constraint of a table, given by its name.
    pub fn check(table: &TableRef, name: &str) -> Self {
        Self::constraint(table, CatalogItem::CheckCondition, name)
    }

    /// Asks for the columns of a table and their types.
    pub fn column_types(table: &TableRef) -> Self {
        Self { item: CatalogItem::ColumnTypes, ..Self::table(table) }
    }

    /// Asks for the unique keys of a table.
    pub fn unique_keys(table: &TableRef) -> Self {
        Self { item: CatalogItem::UniqueKeys, ..Self::table(table) }
    }

    fn constraint(table: &TableRef, item: CatalogItem, name: &str) -> Self {
        let names = [Some(name), Some(&*table.name), table.schema.as_deref()];
        Self { table: table.clone(), item, names: names.into_iter().flatten().map(text).collect() }
    }

    /// Asks for all foreign keys of the database.
    pub fn all_foreign_keys(asking: &TableRef) -> Self {
        Self { table: asking.clone(), item: CatalogItem::AllForeignKeys, names: Vec::new() }
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

fn text(name: &str) -> Param {
    Param(Value::Text(name.to_owned()))
}

/// The statements that make a table and its indexes, those included that columns and foreign keys ask for. What exists
/// already is left as it is. Foreign keys that are `postponed`, by position, are left out.
///
/// # Examples
///
/// ```
/// use chakra::{query::create_statements, schema::{Column, Table, TableRef}, types::SqlType};
/// let users = TableRef::new(Table::new("User", "users", vec![
///     Column::new("id", SqlType::BigInteger).primary_key().auto_increment(),
///     Column::new("name", SqlType::Text).indexed(),
/// ])?);
/// assert_eq!(create_statements(&users, &[]).len(), 2);
/// # Ok::<(), chakra::Error>(())
/// ```
pub fn create_statements(table: &TableRef, postponed: &[usize]) -> Vec<Statement> {
    let whole = CreateTable { table: table.clone(), if_not_exists: true, postponed: postponed.to_vec() };
    let index = |index: Index| CreateIndex { table: table.clone(), index, if_not_exists: true };
    let mut statements = vec![Statement::CreateTable(whole)];
    statements.extend(table.all_indexes().into_iter().map(|one| Statement::CreateIndex(index(one))));
    statements
}

/// The statements that note a table's remarks, for databases where they are statements of their own.
pub fn comment_statements(table: &TableRef) -> Vec<Statement> {
    let remarked = (0..table.columns.len()).filter(|at| table.columns[*at].comment.is_some());
    let columns = remarked.map(Some).chain(table.comment.as_ref().map(|_| None));
    columns.map(|column| Statement::Comment(Comment { table: table.clone(), column })).collect()
}
