//! What was attempted, on what: added to the errors that a database reports.

use crate::error::{DatabaseError, DatabaseErrorKind, Error};
use crate::schema::TableRef;
use crate::types::SqlType;

/// What a statement does to its table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attempt {
    Select,
    Insert,
    Update,
    Delete,
    Create,
    Drop,
}

impl Attempt {
    fn words(self) -> &'static str {
        match self {
            Self::Select => "reading from",
            Self::Insert => "inserting into",
            Self::Update => "updating",
            Self::Delete => "deleting from",
            Self::Create => "creating",
            Self::Drop => "dropping",
        }
    }

    /// The error with what was attempted before its message. Of a violated constraint it fills in what the database left
    /// open: SQLite names neither the table of a CHECK nor the constraint of a duplicate, MySQL of a duplicate the constraint
    /// alone.
    pub(super) fn explain(self, table: &TableRef, error: Error) -> Error {
        let Error::Database(mut reported) = error else { return error };
        if !concerns_statement(reported.kind) {
            return Error::Database(reported);
        }
        reported.message = format!("{} {}: {}", self.words(), table.name, reported.message);
        if matches!(self, Self::Drop) && is_depended_on(&reported) {
            reported.kind = DatabaseErrorKind::ForeignKeyViolation;
            reported.message.push_str("; a table that is left refers to it: drop both together, or that one first");
        }
        if is_missing_table(reported.sqlstate.as_deref(), &reported.message) {
            reported.message.push_str("; create_all makes the tables of models");
        }
        if let Some(extension) = missing_extension(table, &reported) {
            let hint = format!("; the type comes with an extension of the server: CREATE EXTENSION {extension}");
            reported.message.push_str(&hint);
        }
        if (is_violation(reported.kind) || is_about_values(&reported)) && reported.table.is_none() {
            reported.table = Some(table.name.clone());
        }
        if reported.kind == DatabaseErrorKind::UniqueViolation && reported.constraint.is_none() {
            reported.constraint = table.unique_over(&reported.columns);
        }
        if reported.kind == DatabaseErrorKind::UniqueViolation && reported.columns.is_empty() {
            reported.columns =
                reported.constraint.as_deref().map(|name| table.columns_of_unique(name)).unwrap_or_default();
        }
        if reported.kind == DatabaseErrorKind::CheckViolation && reported.columns.is_empty() {
            let constraint = reported.constraint.as_deref();
            reported.columns = constraint.map(|name| table.columns_of_check(name)).unwrap_or_default();
        }
        Error::Database(reported)
    }
}

/// Whether the error is about the statement rather than about the way to the database.
fn concerns_statement(kind: DatabaseErrorKind) -> bool {
    is_violation(kind) || matches!(kind, DatabaseErrorKind::Programming | DatabaseErrorKind::Other)
}

fn is_violation(kind: DatabaseErrorKind) -> bool {
    matches!(
        kind,
        DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::Integrity
    )
}

/// Whether the database found a value that its column does not take.
fn is_about_values(reported: &DatabaseError) -> bool {
    const DATA_EXCEPTION: &str = "22";
    let is_exception = |state: &String| state.starts_with(DATA_EXCEPTION);
    reported.kind == DatabaseErrorKind::Other
        && (!reported.columns.is_empty() || reported.sqlstate.as_ref().is_some_and(is_exception))
}

/// The extension that brings a type of the table's which PostgreSQL does not know.
fn missing_extension(table: &TableRef, reported: &DatabaseError) -> Option<&'static str> {
    const UNDEFINED_OBJECT: &str = "42704";
    let extensions = table.columns.iter().filter_map(|column| match &column.sql_type {
        SqlType::Postgres(of) => of.extension(),
        _ => None,
    });
    let is_undefined = reported.sqlstate.as_deref() == Some(UNDEFINED_OBJECT);
    extensions.filter(|_| is_undefined).find(|extension| reported.message.contains(extension))
}

/// Whether a table cannot go because another has a foreign key to it. PostgreSQL has one code for all that depends.
fn is_depended_on(reported: &DatabaseError) -> bool {
    const DEPENDENT_OBJECTS: &str = "2BP01";
    reported.kind == DatabaseErrorKind::ForeignKeyViolation
        || (reported.sqlstate.as_deref() == Some(DEPENDENT_OBJECTS) && reported.message.contains("constraint"))
}

/// PostgreSQL and MySQL have a code for it, SQLite has words only.
fn is_missing_table(sqlstate: Option<&str>, message: &str) -> bool {
    matches!(sqlstate, Some("42P01" | "42S02")) || message.contains("no such table")
}
