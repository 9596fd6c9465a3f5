//! What a model asks for that a database does not have, told without a database.

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

fn fault(table: &Table, error: Error) -> ModelFault {
    const CODE: &str = "unsupported";
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
