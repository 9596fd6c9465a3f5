//! Running statements on a connection.

use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Row, Statement};

use super::bind::bind;
use super::call::Failure;
use super::connection::Connection;
use super::error::statement_error;
use crate::driver::{BatchBuilder, BatchColumn, Query, RawCell, RowBatch, Stored};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

/// Whether a statement certainly does not belong on a connection that only reads, by its first word. What looks like
/// reading is asked again once it is prepared.
pub(super) fn looks_like_write(sql: &str) -> bool {
    !matches!(first_word(sql), Word::Select | Word::With)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Select,
    With,
    /// INSERT, UPDATE, DELETE, REPLACE: statements that count rows.
    Change,
    Other,
}

fn first_word(sql: &str) -> Word {
    let text = sql.trim_ascii_start();
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = &text[..length];
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    if is("select") || is("values") || is("explain") {
        Word::Select
    } else if is("with") {
        Word::With
    } else if is("insert") || is("update") || is("delete") || is("replace") {
        Word::Change
    } else {
        Word::Other
    }
}

/// Runs a statement and gives all its rows.
pub(super) fn fetch_all(connection: &Connection, query: &Query) -> Result<RowBatch, Failure> {
    let mut batch = None;
    each_batch(connection, query, usize::MAX, |rows| {
        batch = Some(rows);
        ControlFlow::Continue(())
    })?;
    batch.ok_or_else(|| Failure::Error(canceled()))
}

/// Runs a statement and hands over its rows, so many at a time; at least one batch, if an empty one.
pub(super) fn each_batch(
    connection: &Connection,
    query: &Query,
    batch_rows: usize,
    mut take: impl FnMut(RowBatch) -> ControlFlow<()>,
) -> Result<(), Failure> {
    let mut statement = prepare(connection, query)?;
    let mut builder = None;
    let mut count = 0;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(statement_error)? {
        // Not before: the first step prepares anew where the schema has changed meanwhile.
        let builder = builder.get_or_insert_with(|| BatchBuilder::new(columns(row.as_ref())));
        push_row(builder, row)?;
        count += 1;
        if connection.cancel.is_requested() {
            return Err(canceled().into());
        }
        if count == batch_rows {
            count = 0;
            if take(builder.take()).is_break() {
                return Ok(());
            }
        }
    }
    drop(rows);
    let mut builder = builder.unwrap_or_else(|| BatchBuilder::new(columns(&statement)));
    let _ = take(builder.take());
    Ok(())
}

/// Runs a statement and gives the number of rows that it changed itself (not by its triggers).
pub(super) fn execute(connection: &Connection, query: &Query) -> Result<u64, Failure> {
    let mut statement = prepare(connection, query)?;
    let counts = !statement.readonly() && matches!(first_word(&query.sql.text), Word::Change | Word::With);
    let mut rows = statement.raw_query();
    while rows.next().map_err(statement_error)?.is_some() {}
    // After anything else, SQLite still tells the number of the statement before.
    Ok(if counts { connection.raw.changes() } else { 0 })
}

/// The prepared statement, its parameters bound.
fn prepare<'a>(connection: &'a Connection, query: &Query) -> Result<CachedStatement<'a>, Failure> {
    if connection.cancel.is_requested() {
        return Err(canceled().into());
    }
    let mut statement = connection.raw.prepare_cached(&query.sql.text).map_err(statement_error)?;
    if !statement.readonly() {
        refuse_restricted(connection)?;
        if connection.read_only {
            return Err(Failure::Elsewhere);
        }
    }
    bind(&mut statement, &query.params, &mut String::new())?;
    Ok(statement)
}

/// Refuses to write in a transaction that only reads.
pub(super) fn refuse_restricted(connection: &Connection) -> Result<()> {
    if !connection.is_restricted() {
        return Ok(());
    }
    let message = "a statement in a read-only transaction writes; begin the transaction without read_only";
    Err(DatabaseError::new(DatabaseErrorKind::Operational, message).into())
}

/// The columns of a statement's result.
pub(super) fn columns(statement: &Statement<'_>) -> Arc<[BatchColumn]> {
    statement.column_names().map(|name| BatchColumn { name: name.to_owned(), stored: Stored::Sqlite }).collect()
}

/// Copies a row's values as they are.
pub(super) fn push_row(builder: &mut BatchBuilder, row: &Row<'_>) -> Result<()> {
    for column in 0..row.as_ref().column_count() {
        builder.push(cell(row.get_ref(column).map_err(statement_error)?));
    }
    Ok(())
}

/// A value as it is.
#[inline]
pub(super) fn cell(value: ValueRef<'_>) -> RawCell<'_> {
    match value {
        ValueRef::Null => RawCell::Null,
        ValueRef::Integer(number) => RawCell::Integer(number),
        ValueRef::Real(number) => RawCell::Real(number),
        ValueRef::Text(bytes) => RawCell::Text(bytes),
        ValueRef::Blob(bytes) => RawCell::Blob(bytes),
    }
}

#[cold]
pub(super) fn canceled() -> Error {
    DatabaseError::new(DatabaseErrorKind::QueryCanceled, "the call was cancelled").into()
}
