//! Rows of one table, ready to be visited as the types its model declares.

use crate::driver::{Decoder, RawCell, RowBatch, Visitor};
use crate::error::{DecodeError, Error, Result};
use crate::schema::TableRef;

/// Rows of a statement over one table.
#[derive(Debug)]
pub struct Rows {
    batch: RowBatch,
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
        let decoders = batch
            .columns()
            .iter()
            .zip(&positions)
            .map(|(stored, position)| {
                let declared = &table.columns[*position].sql_type;
                Decoder::new(stored.stored, Some(declared))
                    .ok_or_else(|| decode_error(&table, *position, stored.stored.to_string()))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { batch, table, positions, decoders })
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
        let cell: RawCell<'_> = self.batch.cell(row, column);
        self.decoders[column]
            .visit(cell, visitor)
            .map_err(|found| decode_error(&self.table, self.positions[column], found))
    }

    /// The error for a value of a column that could not be made into what the visitor makes.
    pub fn undecodable(&self, column: usize, found: String) -> Error {
        decode_error(&self.table, self.positions[column], found)
    }

    /// Whether a value is NULL.
    pub fn is_null(&self, row: usize, column: usize) -> bool {
        matches!(self.batch.cell(row, column), RawCell::Null)
    }
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
