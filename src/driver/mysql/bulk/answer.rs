//! What the database made of inserted rows, row by row.

use std::sync::Arc;

use super::super::connection::MySqlConnection;
use super::{push_columns, push_table};
use crate::dialect::push_quoted;
use crate::driver::{BatchBuilder, BatchColumn, BulkInsert, Decoder, MySqlType, RawCell, RowBatch, Stored, ToValue};
use crate::error::{Error, Result};
use crate::types::{SqlType, Value};

/// How many rows are asked for at once by their keys.
const ASKED_AT_ONCE: usize = 100;

/// The longest text, in bytes, that is kept prepared.
const LONGEST_KEPT: usize = 64 << 10;

/// The answer under construction.
pub(super) struct Answer<'a> {
    bulk: &'a BulkInsert,
    builder: Option<BatchBuilder>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(bulk: &'a BulkInsert) -> Self {
        Self { bulk, builder: None }
    }

    /// Runs one INSERT and adds what it made.
    pub(super) async fn insert(
        &mut self,
        connection: &mut MySqlConnection,
        text: &str,
        values: &[Value],
        rows: usize,
    ) -> Result<()> {
        // Closing a statement makes the next one wait (see `execute`), so only a long text is not kept.
        let kept = text.len() <= LONGEST_KEPT;
        if self.bulk.returning.is_empty() {
            return connection.do_write(text, values, kept).await.map(drop);
        }
        if connection.returns() {
            let batch = connection.ask(text, values, kept).await?;
            return self.append(&batch, rows);
        }
        let done = connection.do_write(text, values, kept).await?;
        let made = match numbered(self.bulk) {
            None => None,
            Some(_) if done.first_key == 0 => return Err(self.unnumbered()),
            Some(column) => Some(Made { column, first: done.first_key, step: step(connection, rows).await? }),
        };
        match made {
            Some(made) if self.bulk.returning == [made.column] => {
                self.push_keys(&made, rows);
                Ok(())
            }
            made => self.ask_by_key(connection, &Keys { made, given: values }, rows).await,
        }
    }

    pub(super) fn finish(self) -> RowBatch {
        self.builder.map_or_else(nothing, BatchBuilder::finish)
    }

    fn append(&mut self, batch: &RowBatch, given: usize) -> Result<()> {
        if batch.len() != given {
            let (table, added) = (&self.bulk.table.name, batch.len());
            return Err(Error::query(format!(
                "{given} rows were given for table {table}, {added} came back: a trigger of the table changed them"
            )));
        }
        let builder = self.builder.get_or_insert_with(|| BatchBuilder::new(Arc::clone(batch.columns())));
        builder.reserve(given);
        for row in 0..batch.len() {
            for column in 0..batch.columns().len() {
                builder.push(batch.cell(row, column));
            }
        }
        Ok(())
    }

    fn push_keys(&mut self, made: &Made, rows: usize) {
        let builder = self.builder.get_or_insert_with(|| {
            let name = self.bulk.table.columns[made.column].name.clone();
            BatchBuilder::new(Arc::new([BatchColumn { name, stored: Stored::MySql(MySqlType::BigIntUnsigned) }]))
        });
        builder.reserve(rows);
        for row in 0..rows {
            builder.push(RawCell::Wire(&made.key(row).to_le_bytes()));
        }
    }

    /// Reads the columns asked for, one SELECT for each row, many of them in one statement.
    async fn ask_by_key(&mut self, connection: &mut MySqlConnection, keys: &Keys<'_>, rows: usize) -> Result<()> {
        let mut next = 0;
        while next < rows {
            let count = ASKED_AT_ONCE.min(rows - next);
            let mut values = Vec::with_capacity(count * self.bulk.table.primary_key.len());
            for row in next..next + count {
                keys.push(self.bulk, row, &mut values)?;
            }
            let batch = connection.ask(&self.question(count), &values, count == 1).await?;
            self.append(&batch, count)?;
            next += count;
        }
        Ok(())
    }

    fn question(&self, rows: usize) -> String {
        let table = &self.bulk.table;
        let mut one = String::from("SELECT ");
        push_columns(&mut one, table, &self.bulk.returning);
        one.push_str(" FROM ");
        push_table(&mut one, table);
        for (number, position) in table.primary_key.iter().enumerate() {
            one.push_str(if number == 0 { " WHERE " } else { " AND " });
            push_quoted(&mut one, &table.columns[*position].name, '`');
            one.push_str(" = ?");
        }
        vec![one; rows].join(" UNION ALL ")
    }

    fn unnumbered(&self) -> Error {
        let table = &self.bulk.table.name;
        Error::query(format!("the server did not number the rows of table {table}: is its key AUTO_INCREMENT?"))
    }
}

/// The numbers that the server gave to the rows of one INSERT.
struct Made {
    column: usize,
    first: u64,
    step: u64,
}

impl Made {
    fn key(&self, row: usize) -> u64 {
        self.first + row as u64 * self.step
    }
}

/// The keys of the rows of one INSERT: made by the server, or among the values given.
struct Keys<'a> {
    made: Option<Made>,
    given: &'a [Value],
}

impl Keys<'_> {
    fn push(&self, bulk: &BulkInsert, row: usize, out: &mut Vec<Value>) -> Result<()> {
        for key in &bulk.table.primary_key {
            out.push(match &self.made {
                Some(made) if made.column == *key => {
                    let beyond = || Error::query("the server gave a key beyond 64 signed bits");
                    Value::Integer(i64::try_from(made.key(row)).map_err(|_| beyond())?)
                }
                _ => {
                    let at = bulk.columns.iter().position(|given| given == key).ok_or_else(|| unknown_key(bulk))?;
                    self.given[row * bulk.columns.len() + at].clone()
                }
            });
        }
        Ok(())
    }
}

/// Refuses, before anything is written, rows that could not be found again.
pub(super) fn check(bulk: &BulkInsert) -> Result<()> {
    let is_known = |key: &usize| bulk.columns.contains(key) || numbered(bulk) == Some(*key);
    if bulk.table.primary_key.iter().all(is_known) {
        return Ok(());
    }
    Err(unknown_key(bulk))
}

fn unknown_key(bulk: &BulkInsert) -> Error {
    let names: Vec<&str> =
        bulk.table.primary_key.iter().map(|position| bulk.table.columns[*position].name.as_str()).collect();
    Error::unsupported(
        format!(
            "giving back the key ({}) that it made itself for a row of {}, for it has no RETURNING; give the key, or let it be a number that AUTO_INCREMENT makes",
            names.join(", "),
            bulk.table.name
        ),
        "MySQL",
    )
}

/// The column that the server numbers for these rows.
fn numbered(bulk: &BulkInsert) -> Option<usize> {
    bulk.table.auto_increment().filter(|column| !bulk.columns.contains(column))
}

/// By how much each key is greater than the one before.
async fn step(connection: &mut MySqlConnection, rows: usize) -> Result<u64> {
    if rows == 1 {
        return Ok(1);
    }
    let batch = connection.ask("SELECT @@auto_increment_increment", &[], true).await?;
    let decoder = batch.columns().first().and_then(|column| Decoder::new(column.stored, Some(&SqlType::BigInteger)));
    match decoder.map(|decoder| decoder.visit(batch.cell(0, 0), ToValue)) {
        Some(Ok(Some(Value::Integer(step)))) if step > 0 => Ok(step.unsigned_abs()),
        _ => Err(Error::query("the server did not tell its auto_increment_increment")),
    }
}

/// No columns, no rows.
pub(super) fn nothing() -> RowBatch {
    BatchBuilder::new(Arc::new([])).finish()
}
