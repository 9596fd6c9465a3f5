//! Many rows by one prepared INSERT, all or none.

use std::fmt::Write as _;

use super::bind::bind;
use super::connection::Connection;
use super::error::statement_error;
use super::statement::{canceled, push_row};
use crate::dialect::Dialect;
use crate::driver::{BatchBuilder, BatchColumn, BulkInsert, RawCell, RowBatch, Stored};
use crate::error::{Error, Result};
use crate::types::Value;

/// Adds the rows in a transaction of their own.
pub(super) fn insert_many(connection: &Connection, bulk: &BulkInsert) -> Result<RowBatch> {
    if bulk.values.is_empty() {
        return Ok(builder(bulk).finish());
    }
    connection.control("BEGIN IMMEDIATE")?;
    let inserted = insert_rows(connection, bulk).and_then(|batch| connection.control("COMMIT").map(|()| batch));
    if inserted.is_err() && !connection.settle() {
        return Err(Error::session("SQLite could not roll back a bulk insert"));
    }
    inserted
}

/// Adds the rows inside the transaction that is open; where one fails, the transaction is as before.
pub(super) fn insert_many_nested(connection: &Connection, bulk: &BulkInsert) -> Result<RowBatch> {
    connection.control("SAVEPOINT chakra_bulk")?;
    let inserted = insert_rows(connection, bulk);
    // An interrupt or a full disk ends the whole transaction, the savepoint with it.
    if inserted.is_err() && connection.in_transaction() {
        connection.cancel.clear(None);
        connection.control("ROLLBACK TO chakra_bulk")?;
    }
    if connection.in_transaction() {
        connection.control("RELEASE chakra_bulk")?;
    }
    inserted
}

fn insert_rows(connection: &Connection, bulk: &BulkInsert) -> Result<RowBatch> {
    let mut batch = builder(bulk);
    let mut insert = Insert { connection, bulk, text: String::new() };
    let total = bulk.rows().len();
    if bulk.returning.is_empty() {
        insert.plain(0..total, |_| ())?;
    } else if returns_rowid(bulk) {
        // RETURNING costs half as much again as the INSERT itself. The first row asks for it, and shows whether the
        // key is the rowid; then SQLite tells each row's without being asked.
        insert.returning(0..1, &mut batch)?;
        let rowid = RawCell::Integer(connection.raw.last_insert_rowid());
        let mut first = BatchBuilder::new(batch_columns(bulk));
        std::mem::swap(&mut batch, &mut first);
        let first = first.finish();
        batch.reserve(total);
        batch.push(first.cell(0, 0));
        if first.cell(0, 0) == rowid {
            insert.plain(1..total, |rowid| batch.push(RawCell::Integer(rowid)))?;
        } else {
            insert.returning(1..total, &mut batch)?;
        }
    } else {
        batch.reserve(total);
        insert.returning(0..total, &mut batch)?;
    }
    Ok(batch.finish())
}

/// Whether the one column asked back is an integer key that SQLite numbers.
fn returns_rowid(bulk: &BulkInsert) -> bool {
    let [only] = bulk.returning.as_slice() else { return false };
    let is_key = bulk.table.has_single_integer_key() && bulk.table.primary_key == [*only];
    is_key && bulk.table.columns[*only].server_default.is_none() && !bulk.columns.contains(only)
}

struct Insert<'a> {
    connection: &'a Connection,
    bulk: &'a BulkInsert,
    text: String,
}

impl Insert<'_> {
    /// Adds rows and gives each one's rowid.
    fn plain(&mut self, rows: std::ops::Range<usize>, mut take: impl FnMut(i64)) -> Result<()> {
        let raw = &self.connection.raw;
        let mut statement = raw.prepare_cached(&self.bulk.row_text(Dialect::Sqlite, &[])?).map_err(statement_error)?;
        for (number, row) in self.bulk.rows().enumerate().skip(rows.start).take(rows.len()) {
            self.refuse_if_canceled()?;
            bind(&mut statement, row, &mut self.text).map_err(|error| self.at_row(number, row, error))?;
            statement.raw_execute().map_err(|error| self.at_row(number, row, statement_error(error)))?;
            take(raw.last_insert_rowid());
        }
        Ok(())
    }

    /// Adds rows and gives the columns asked back.
    fn returning(&mut self, rows: std::ops::Range<usize>, batch: &mut BatchBuilder) -> Result<()> {
        let text = self.bulk.row_text(Dialect::Sqlite, &self.bulk.returning)?;
        let mut statement = self.connection.raw.prepare_cached(&text).map_err(statement_error)?;
        for (number, row) in self.bulk.rows().enumerate().skip(rows.start).take(rows.len()) {
            self.refuse_if_canceled()?;
            bind(&mut statement, row, &mut self.text).map_err(|error| self.at_row(number, row, error))?;
            let mut given = statement.raw_query();
            while let Some(values) = given.next().map_err(|error| self.at_row(number, row, statement_error(error)))? {
                push_row(batch, values)?;
            }
        }
        Ok(())
    }

    fn refuse_if_canceled(&self) -> Result<()> {
        if self.connection.cancel.is_requested() { Err(canceled()) } else { Ok(()) }
    }

    /// Says which row an error is about.
    #[cold]
    fn at_row(&self, number: usize, row: &[Value], error: Error) -> Error {
        match error {
            Error::Database(mut inner) => {
                let _ = write!(inner.message, " (row {} of {})", number + 1, self.bulk.rows().len());
                Error::Database(inner)
            }
            Error::Query { message } => {
                let nan = row.iter().position(|value| matches!(value, Value::Float(number) if number.is_nan()));
                let column = nan.and_then(|at| self.bulk.columns.get(at)).map(|at| &self.bulk.table.columns[*at].name);
                let place = column.map(|name| format!(" column {name},")).unwrap_or_default();
                Error::query(format!("table {},{place} row {}: {message}", self.bulk.table.name, number + 1))
            }
            other => other,
        }
    }
}

fn builder(bulk: &BulkInsert) -> BatchBuilder {
    BatchBuilder::new(batch_columns(bulk))
}

fn batch_columns(bulk: &BulkInsert) -> std::sync::Arc<[BatchColumn]> {
    let column =
        |position: &usize| BatchColumn { name: bulk.table.columns[*position].name.clone(), stored: Stored::Sqlite };
    bulk.returning.iter().map(column).collect()
}
