//! All that makes a table: for `create_all`, and as text.

use super::{Dialect, render};
use crate::error::Result;
use crate::query::{CreateType, Statement, comment_statements, create_statements, native_types};
use crate::schema::TableRef;

/// The statements that make a table, as one database spells them: its types, the table itself, its indexes, and its
/// remarks where those are statements of their own. The same for a model in Rust and in Python.
///
/// # Errors
///
/// As [`render`], for what the database does not have.
///
/// # Examples
///
/// ```
/// use chakra::dialect::{Dialect, definition};
/// use chakra::schema::{Column, Table, TableRef};
/// use chakra::types::SqlType;
/// let tags = TableRef::new(Table::new("Tag", "tags", vec![
///     Column::new("id", SqlType::Integer).primary_key(),
///     Column::new("name", SqlType::Text).indexed(),
/// ])?);
/// assert_eq!(definition(&tags, Dialect::Postgres)?.len(), 2);
/// # Ok::<(), chakra::Error>(())
/// ```
pub fn definition(table: &TableRef, dialect: Dialect) -> Result<Vec<String>> {
    let statements = definition_statements(table, dialect, &[]);
    statements.iter().map(|statement| Ok(render(statement, dialect)?.text)).collect()
}

/// The statements behind [`definition`]; foreign keys that are `postponed`, by position, are left for later.
pub fn definition_statements(table: &TableRef, dialect: Dialect, postponed: &[usize]) -> Vec<Statement> {
    let capabilities = dialect.capabilities();
    let mut statements = Vec::new();
    if capabilities.enum_types {
        let types = native_types(table).into_iter();
        statements.extend(types.map(|kind| Statement::CreateType(CreateType { table: table.clone(), kind })));
    }
    statements.extend(create_statements(table, postponed));
    if capabilities.separate_comments {
        statements.extend(comment_statements(table));
    }
    statements
}
