//! What of a table was violated, where the database does not say it all.
//!
//! Table, columns and constraint of a violated foreign key are those of the foreign key: of the table that refers.
//! PostgreSQL gives the columns referred to when a row is still referred to; SQLite gives nothing at all. Of a CHECK no
//! database gives the columns, and MySQL of a duplicate only the key's name. All are asked afterwards, on the way of the
//! error only. What cannot be known for certain is not guessed: then the message names the candidates.

mod culprit;
mod named;
mod written;

pub(super) use written::Written;

use super::context::Attempt;
use super::mismatch;
use crate::dialect::Writing;
use crate::driver::Executor;
use crate::driver::catalog::{self, stored, suspects};
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
        // A value that an enumeration of the database's own does not list.
        DatabaseErrorKind::CheckViolation if reported.columns.is_empty() && reported.constraint.is_none() => {
            named::column_of_value(executor, table, written, reported).await
        }
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::CheckViolation if reported.columns.is_empty() => {
            named::columns_of_constraint(executor, table, reported).await
        }
        DatabaseErrorKind::UniqueViolation if reported.constraint.is_none() => {
            reported.constraint = catalog::name_of_unique(executor, table, &reported.columns).await;
            Ok(())
        }
        DatabaseErrorKind::Other if reported.columns.is_empty() => {
            named::column_of_value(executor, table, written, reported).await
        }
        DatabaseErrorKind::Other => catalog::tell_unlisted(executor, table, reported).await,
        DatabaseErrorKind::Programming => {
            mismatch::tell(executor, table, reported).await;
            Ok(())
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
    let how = match attempt {
        Attempt::Insert => Writing::Insert,
        Attempt::Delete => Writing::Delete,
        _ => Writing::Update,
    };
    let stored = stored::from_rows(catalog::ask(executor, AskCatalog::all_foreign_keys(table)).await?);
    let columns = Some(table.names(&written.columns));
    let suspects = suspects::find(&stored, &suspects::Statement { how, table: &table.name, columns });
    let mut found: Vec<&stored::StoredForeignKey> = suspects.iter().map(|suspect| suspect.key).collect();
    if suspects.len() > 1
        && let Ok(fewer) = culprit::among(executor, attempt, table, written, &suspects).await
    {
        found = fewer;
    }
    match found.as_slice() {
        [] => {}
        [only] => only.name_in(reported),
        several => catalog::tell_candidates(reported, several.iter().copied()),
    }
    Ok(())
}
