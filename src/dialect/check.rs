//! What a model asks for that a database does not have, told without a database.

use super::limits::{self, CODE};
use super::{Dialect, render, spelling};
use crate::error::Error;
use crate::query::create_statements;
use crate::schema::{ModelFault, Table, TableRef};

/// What this table asks for that the database does not have: types, keys, names, schemas. The same refusals meet who
/// makes the table; here they come all at once.
///
/// # Examples
///
/// ```
/// use chakra::dialect::{Dialect, unsupported};
/// use chakra::schema::{Column, Table, TableRef};
/// use chakra::types::SqlType;
///
/// let name = Column::new("name", SqlType::Text).primary_key();
/// let tags = TableRef::new(Table::new("Tag", "tags", vec![name])?);
/// assert!(unsupported(&tags, Dialect::Sqlite).is_empty());
/// assert_eq!(unsupported(&tags, Dialect::MySql)[0].attribute.as_deref(), Some("name"));
/// # Ok::<(), chakra::Error>(())
/// ```
pub fn unsupported(table: &TableRef, dialect: Dialect) -> Vec<ModelFault> {
    let spelling = spelling::of(dialect);
    let mut faults: Vec<ModelFault> = Vec::new();
    for column in &table.columns {
        if let Err(error) = spelling.column_type(table, column) {
            faults.push(fault(table, error).on(&column.attribute));
        }
    }
    faults.extend(limits::of(table, spelling));
    if !faults.is_empty() {
        return faults;
    }
    for statement in create_statements(table, &[]) {
        if let Err(error) = render(&statement, dialect) {
            let fault = fault(table, error);
            // A table's statement and its indexes' complain of the same column.
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    faults
}

/// The fault of a table whose name a database does not tell from that of another one.
///
/// # Examples
///
/// ```
/// use chakra::dialect::{Dialect, same_table_in};
/// use chakra::schema::Table;
/// let (logs, old) = (Table::described("Log", "logs", vec![]), Table::described("OldLog", "Logs", vec![]));
/// assert!(same_table_in(Dialect::Postgres, &old, [&logs]).is_none());
/// assert!(same_table_in(Dialect::Sqlite, &old, [&logs]).is_some());
/// ```
pub fn same_table_in<'a>(
    dialect: Dialect,
    table: &Table,
    others: impl IntoIterator<Item = &'a Table>,
) -> Option<ModelFault> {
    if dialect.capabilities().case_sensitive_tables {
        return None;
    }
    let same = |other: &&Table| other.name != table.name && other.name.to_lowercase() == table.name.to_lowercase();
    let other = others.into_iter().find(same)?;
    let message = format!(
        "to {} its table {:?} is the same as {:?}, that of {}",
        dialect.name(),
        table.name,
        other.name,
        other.model
    );
    Some(ModelFault::new(CODE, &table.model, message, "name another table for one of them"))
}

fn fault(table: &Table, error: Error) -> ModelFault {
    match error {
        Error::Definition { attribute, message, .. } => {
            let (message, hint) = message.split_once("; ").unwrap_or((&message, ""));
            let fault = ModelFault::new(CODE, &table.model, message, hint);
            attribute.into_iter().fold(fault, ModelFault::on)
        }
        error => {
            ModelFault::new(CODE, &table.model, error.to_string(), "declare it otherwise, or use another database")
        }
    }
}
