//! Rows of one table, ready to be visited as the types its model declares.

use std::sync::Arc;

use crate::driver::{Decoder, RawCell, RowBatch, ToValue, Visitor, shown};
use crate::error::{DecodeError, Error, Result};
use crate::query::Path;
use crate::schema::TableRef;

/// Rows of a statement over one table.
#[derive(Debug)]
pub struct Rows {
    batch: Arc<RowBatch>,
    /// How many columns of the batch stand before those of the table.
    offset: usize,
    table: TableRef,
    positions: Vec<usize>,
    decoders: Vec<Decoder>,
}

impl Rows {
    /// Rows whose columns are those of the table at these positions.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where a column's real type can never be read as the declared one.
    pub fn new(batch: RowBatch, table: TableRef, positions: Vec<usize>) -> Result<Self> {
        Self::part(&Arc::new(batch), 0, table, positions)
    }

    /// The rows of a SELECT: those of its root first, then those that each of its ways leads to, side by side.
    pub(super) fn parts(
        batch: RowBatch,
        table: TableRef,
        positions: Vec<usize>,
        related: &[Path],
    ) -> Result<Vec<Self>> {
        let batch = Arc::new(batch);
        let mut offset = positions.len();
        let mut parts = vec![Self::part(&batch, 0, table, positions)?];
        for table in related.iter().filter_map(Path::end) {
            let every: Vec<usize> = (0..table.columns.len()).collect();
            parts.push(Self::part(&batch, offset, table.clone(), every)?);
            offset += table.columns.len();
        }
        Ok(parts)
    }

    fn part(batch: &Arc<RowBatch>, offset: usize, table: TableRef, positions: Vec<usize>) -> Result<Self> {
        let decoders = batch
            .columns()
            .iter()
            .enumerate()
            .skip(offset)
            .zip(&positions)
            .map(|((column, stored), position)| {
                let declared = &table.columns[*position].sql_type;
                Decoder::new(stored.stored, Some(declared))
                    .ok_or_else(|| decode_error(&table, *position, refused(batch, column)))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { batch: Arc::clone(batch), offset, table, positions, decoders })
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.batch.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// The table.
    pub fn table(&self) -> &TableRef {
        &self.table
    }

    /// Which of the table's columns each column of the rows is.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Hands one value to a visitor; `column` counts the columns of the rows.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where the stored value is not exactly of the declared type.
    #[inline]
    pub fn visit<V: Visitor>(&self, row: usize, column: usize, visitor: V) -> Result<V::Output> {
        let cell: RawCell<'_> = self.batch.cell(row, self.offset + column);
        self.decoders[column]
            .visit(cell, visitor)
            .map_err(|found| decode_error(&self.table, self.positions[column], found))
    }

    /// Whether a column's type compares its values in a way of its own; see [`Stored`](crate::driver::Stored).
    pub(super) fn compares_in_its_own_way(&self, column: usize) -> bool {
        // Behind a pooler the columns of no rows are not told.
        self.batch.columns().get(self.offset + column).is_some_and(|column| column.stored.compares_in_its_own_way())
    }

    /// One value as the database gave it, and how to read it.
    pub(super) fn raw(&self, row: usize, column: usize) -> (RawCell<'_>, Decoder) {
        (self.batch.cell(row, self.offset + column), self.decoders[column])
    }

    /// The error for a value of a column that could not be made into what the visitor makes.
    pub fn undecodable(&self, column: usize, found: String) -> Error {
        decode_error(&self.table, self.positions[column], found)
    }

    /// Whether a value is NULL.
    pub fn is_null(&self, row: usize, column: usize) -> bool {
        matches!(self.batch.cell(row, self.offset + column), RawCell::Null)
    }

    /// Whether there is no row here, but NULLs in its place: a way that led nowhere.
    pub fn is_missing(&self, row: usize) -> bool {
        let mut keys = self.key_columns();
        keys.all(|column| self.is_null(row, column))
    }

    fn key_columns(&self) -> impl Iterator<Item = usize> {
        let keys = self.table.primary_key.iter();
        keys.filter_map(|key| self.positions.iter().position(|position| position == key))
    }
}

/// The type of a column that is never read as its field, and the first value that it holds.
#[cold]
fn refused(batch: &RowBatch, column: usize) -> String {
    let stored = batch.columns()[column].stored;
    let cells = (0..batch.len()).map(|row| batch.cell(row, column));
    let Some(first) = cells.into_iter().find(|cell| !matches!(cell, RawCell::Null)) else { return stored.to_string() };
    let shown = match Decoder::new(stored, None).map(|decoder| decoder.visit(first, ToValue)) {
        Some(Ok(Some(value))) => value.shown(),
        Some(Err(found)) => found,
        Some(Ok(None)) => return stored.to_string(),
        None => shown(first),
    };
    format!("{shown} of type {stored}")
}

#[cold]
fn decode_error(table: &TableRef, position: usize, found: String) -> Error {
    let column = &table.columns[position];
    DecodeError {
        table: table.name.clone(),
        column: column.name.clone(),
        expected: column.sql_type.name().to_owned(),
        found,
    }
    .into()
}
