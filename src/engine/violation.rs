//! What of a table was violated, where the database does not say it all.
//!
//! Table, columns and constraint of a violated foreign key are those of the foreign key: of the table that refers.
//! PostgreSQL gives the columns referred to when a row is still referred to; SQLite gives nothing at all. Of a CHECK no
//! database gives the columns, and MySQL of a duplicate only the key's name. All are asked afterwards, on the way of the
//! error only. What cannot be known for certain is not guessed: then the message names the candidates.

mod catalog;
mod culprit;
mod named;
mod stored;
mod suspects;
mod written;

pub(super) use written::Written;

use super::context::Attempt;
use crate::driver::Executor;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::query::AskCatalog;
use crate::schema::TableRef;

/// The error of a write, with what was attempted, and with what of the table was violated.
pub(super) async fn explain(
    executor: &dyn Executor,
    attempt: Attempt,
    table: &TableRef,
    written: &Written,
    error: Error,
) -> Error {
    match attempt.explain(table, error) {
        Error::Database(mut reported) => {
            // The first error counts: that the database does not answer now, as in a transaction that failed, is none.
            let _ = complete(executor, attempt, table, written, &mut reported).await;
            Error::Database(reported)
        }
        error => error,
    }
}

async fn complete(
    executor: &dyn Executor,
    attempt: Attempt,
    table: &TableRef,
    written: &Written,
    reported: &mut DatabaseError,
) -> Result<()> {
    match reported.kind {
        DatabaseErrorKind::ForeignKeyViolation if executor.capabilities().names_foreign_keys => {
            named::columns_of_foreign_key(executor, attempt, table, reported).await
        }
        DatabaseErrorKind::ForeignKeyViolation => find_foreign_key(executor, attempt, table, written, reported).await,
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::CheckViolation if reported.columns.is_empty() => {
            named::columns_of_constraint(executor, table, reported).await
        }
        DatabaseErrorKind::Other if reported.columns.is_empty() => {
            named::column_of_value(executor, table, written, reported).await
        }
        _ => Ok(()),
    }
}

async fn find_foreign_key(
    executor: &dyn Executor,
    attempt: Attempt,
    table: &TableRef,
    written: &Written,
    reported: &mut DatabaseError,
) -> Result<()> {
    let stored = stored::from_rows(catalog::ask(executor, AskCatalog::all_foreign_keys(table)).await?);
    let suspects = suspects::find(&stored, attempt, table, written);
    let mut found: Vec<&stored::StoredForeignKey> = suspects.iter().map(|suspect| suspect.key).collect();
    if suspects.len() > 1
        && let Ok(fewer) = culprit::among(executor, attempt, table, written, &suspects).await
    {
        found = fewer;
    }
    match found.as_slice() {
        [] => {}
        [only] => {
            reported.table = Some(only.table.clone());
            reported.columns.clone_from(&only.columns);
            reported.constraint.clone_from(&only.name);
        }
        several => {
            reported.table = None;
            let shown: Vec<String> = several.iter().map(ToString::to_string).collect();
            reported.message.push_str("; SQLite does not say which of these: ");
            reported.message.push_str(&shown.join(", "));
        }
    }
    Ok(())
}
