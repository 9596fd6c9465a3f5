//! SQLite's result codes as the portable classes of error.
//!
//! A lock that another process held for the whole busy timeout is `Operational`: waiting longer may help, running the
//! transaction again at once would not. `SQLITE_BUSY_SNAPSHOT` (a reader that wanted to become a writer after someone
//! else wrote) is `TransactionConflict`: only a new transaction can succeed.

use rusqlite::ffi;

use super::told::told;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

/// What SQLite says of any violated foreign key.
const FOREIGN_KEY: &str = "FOREIGN KEY constraint failed";

/// Classifies an error of a statement.
pub(super) fn statement_error(error: rusqlite::Error) -> Error {
    classify("SQLite refused the statement", error)
}

/// Classifies an error of anything else; `attempt` says what was attempted.
#[cold]
pub(super) fn classify(attempt: &str, error: rusqlite::Error) -> Error {
    let (code, said) = match &error {
        rusqlite::Error::SqliteFailure(failure, said) => (Some(failure.extended_code), said.clone()),
        rusqlite::Error::SqlInputError { error, msg, .. } => (Some(error.extended_code), Some(msg.clone())),
        rusqlite::Error::InvalidParameterCount(given, expected) => {
            (None, Some(format!("{given} values for {expected} placeholders")))
        }
        rusqlite::Error::MultipleStatement => {
            (None, Some("several statements in one text; run them one by one".into()))
        }
        _ => (None, None),
    };
    let said = said.unwrap_or_else(|| error.to_string());
    if let Some(told) = told(&said) {
        return told.into();
    }
    // A foreign key with RESTRICT is watched by a trigger of SQLite's own.
    let kind = match code {
        Some(ffi::SQLITE_CONSTRAINT_TRIGGER) if said == FOREIGN_KEY => DatabaseErrorKind::ForeignKeyViolation,
        Some(code) => kind_of(code),
        None => DatabaseErrorKind::Programming,
    };
    let mut classified = DatabaseError::new(kind, format!("{attempt}: {said}{}", advice(code)));
    classified.sqlstate = code.map(|code| code.to_string());
    name_the_constraint(&mut classified, &said);
    classified.with_source(error).into()
}

fn kind_of(extended: i32) -> DatabaseErrorKind {
    match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            return DatabaseErrorKind::UniqueViolation;
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => return DatabaseErrorKind::ForeignKeyViolation,
        ffi::SQLITE_CONSTRAINT_NOTNULL => return DatabaseErrorKind::NotNullViolation,
        ffi::SQLITE_CONSTRAINT_CHECK => return DatabaseErrorKind::CheckViolation,
        ffi::SQLITE_BUSY_SNAPSHOT => return DatabaseErrorKind::TransactionConflict,
        _ => {}
    }
    match extended & 0xff {
        // A value of the wrong type for a rowid, or for a column of a STRICT table.
        ffi::SQLITE_CONSTRAINT | ffi::SQLITE_MISMATCH => DatabaseErrorKind::Integrity,
        ffi::SQLITE_INTERRUPT => DatabaseErrorKind::QueryCanceled,
        ffi::SQLITE_ERROR | ffi::SQLITE_RANGE | ffi::SQLITE_MISUSE | ffi::SQLITE_TOOBIG | ffi::SQLITE_SCHEMA => {
            DatabaseErrorKind::Programming
        }
        ffi::SQLITE_BUSY
        | ffi::SQLITE_LOCKED
        | ffi::SQLITE_NOTADB
        | ffi::SQLITE_CANTOPEN
        | ffi::SQLITE_FULL
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_READONLY
        | ffi::SQLITE_CORRUPT
        | ffi::SQLITE_NOMEM
        | ffi::SQLITE_PERM
        | ffi::SQLITE_AUTH
        | ffi::SQLITE_PROTOCOL
        | ffi::SQLITE_NOLFS => DatabaseErrorKind::Operational,
        _ => DatabaseErrorKind::Other,
    }
}

/// What to do next, where SQLite's own words leave it open.
fn advice(code: Option<i32>) -> &'static str {
    match code {
        Some(ffi::SQLITE_BUSY_SNAPSHOT) => "; someone else wrote since this transaction began to read; run it again",
        Some(code) if code & 0xff == ffi::SQLITE_BUSY => {
            "; another connection held its lock for longer than the busy timeout; end its transaction, or raise busy_timeout"
        }
        Some(code) if code & 0xff == ffi::SQLITE_READONLY => "; check the permissions of the file and of its folder",
        _ => "",
    }
}

/// Takes table, columns and constraint out of messages such as `UNIQUE constraint failed: t.a, t.b`.
fn name_the_constraint(error: &mut DatabaseError, said: &str) {
    let Some((_, subject)) = said.split_once(" constraint failed: ") else { return };
    match error.kind {
        DatabaseErrorKind::CheckViolation => error.constraint = Some(subject.to_owned()),
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::NotNullViolation => {
            // An index over expressions is named instead of its columns.
            if let Some(index) = subject.strip_prefix("index '") {
                error.constraint = Some(index.trim_end_matches('\'').to_owned());
                return;
            }
            let Some((table, columns)) = subject.split_once('.') else { return };
            // All are of one table, whose name tells where the next begins: a column's may hold a comma.
            error.columns.extend(columns.split(&format!(", {table}.")).map(str::to_owned));
            error.table = Some(table.to_owned());
        }
        _ => {}
    }
}
