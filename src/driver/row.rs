//! Rows as the database's own bytes, many in one compact arena.

use std::sync::Arc;

use super::decode::MySqlType;

/// How a database says a column is stored: what decoding is keyed by, with the declared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stored {
    /// SQLite: each value carries its own storage class.
    Sqlite,
    /// PostgreSQL's binary format of the type with this OID.
    Postgres(u32),
    /// The binary format of a type of MySQL or MariaDB.
    MySql(MySqlType),
}

/// A column of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchColumn {
    /// Its name, as the database gave it.
    pub name: String,
    /// How it is stored.
    pub stored: Stored,
}

/// One value, undecoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RawCell<'a> {
    /// SQL NULL.
    Null,
    /// SQLite's INTEGER.
    Integer(i64),
    /// SQLite's REAL.
    Real(f64),
    /// SQLite's TEXT: UTF-8 by promise only.
    Text(&'a [u8]),
    /// SQLite's BLOB.
    Blob(&'a [u8]),
    /// Bytes of a wire protocol, as `Stored` says.
    Wire(&'a [u8]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Null,
    Integer,
    Real,
    Text,
    Blob,
    Wire,
}

/// 16 bytes: a number in place, or where in the arena its bytes start and how many they are.
#[derive(Debug, Clone, Copy)]
struct Cell {
    payload: u64,
    length: u32,
    tag: Tag,
}

/// Rows as the database's own bytes. Made without the interpreter's lock, visited where objects are made.
#[derive(Debug, Clone)]
pub struct RowBatch {
    columns: Arc<[BatchColumn]>,
    cells: Vec<Cell>,
    bytes: Vec<u8>,
}

impl RowBatch {
    /// The columns.
    pub fn columns(&self) -> &Arc<[BatchColumn]> {
        &self.columns
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.cells.len().checked_div(self.columns.len()).unwrap_or(0)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One value. A row or column that is not there reads as NULL.
    #[inline]
    pub fn cell(&self, row: usize, column: usize) -> RawCell<'_> {
        let Some(cell) = self.cells.get(row * self.columns.len() + column) else { return RawCell::Null };
        match cell.tag {
            Tag::Null => RawCell::Null,
            Tag::Integer => RawCell::Integer(cell.payload.cast_signed()),
            Tag::Real => RawCell::Real(f64::from_bits(cell.payload)),
            Tag::Text => RawCell::Text(self.slice(*cell)),
            Tag::Blob => RawCell::Blob(self.slice(*cell)),
            Tag::Wire => RawCell::Wire(self.slice(*cell)),
        }
    }

    /// The rows as they stood before they were put in this order: the one at `order[n]` is the n-th here.
    #[must_use]
    pub(crate) fn back_in_place(mut self, order: &[usize]) -> Self {
        let width = self.columns.len();
        if width == 0 || self.len() != order.len() {
            return self;
        }
        let mut cells = self.cells.clone();
        for (row, place) in self.cells.chunks(width).zip(order) {
            cells[place * width..(place + 1) * width].copy_from_slice(row);
        }
        self.cells = cells;
        self
    }

    #[inline]
    fn slice(&self, cell: Cell) -> &[u8] {
        let start = usize::try_from(cell.payload).unwrap_or(usize::MAX);
        self.bytes.get(start..start.saturating_add(cell.length as usize)).unwrap_or_default()
    }
}

/// Builds a [`RowBatch`], cell after cell, row after row.
#[derive(Debug)]
pub struct BatchBuilder {
    batch: RowBatch,
}

impl BatchBuilder {
    /// An empty batch of these columns.
    pub fn new(columns: Arc<[BatchColumn]>) -> Self {
        Self { batch: RowBatch { columns, cells: Vec::new(), bytes: Vec::new() } }
    }

    /// Makes room for rows.
    pub fn reserve(&mut self, rows: usize) {
        self.batch.cells.reserve(rows * self.batch.columns.len());
    }

    /// The number of whole rows so far.
    pub fn rows(&self) -> usize {
        self.batch.len()
    }

    /// Adds a value to the current row.
    #[inline]
    pub fn push(&mut self, cell: RawCell<'_>) {
        match cell {
            RawCell::Null => self.push_number(Tag::Null, 0),
            RawCell::Integer(number) => self.push_number(Tag::Integer, number.cast_unsigned()),
            RawCell::Real(number) => self.push_number(Tag::Real, number.to_bits()),
            RawCell::Text(bytes) => self.push_bytes(Tag::Text, bytes),
            RawCell::Blob(bytes) => self.push_bytes(Tag::Blob, bytes),
            RawCell::Wire(bytes) => self.push_bytes(Tag::Wire, bytes),
        }
    }

    #[inline]
    fn push_number(&mut self, tag: Tag, payload: u64) {
        self.batch.cells.push(Cell { payload, length: 0, tag });
    }

    #[inline]
    fn push_bytes(&mut self, tag: Tag, bytes: &[u8]) {
        let payload = self.batch.bytes.len() as u64;
        // No supported database gives a value of 4 GiB: SQLite ends at 2 GiB, the others at 1 GiB.
        #[allow(clippy::cast_possible_truncation)]
        let length = bytes.len() as u32;
        self.batch.bytes.extend_from_slice(bytes);
        self.batch.cells.push(Cell { payload, length, tag });
    }

    /// The batch.
    pub fn finish(self) -> RowBatch {
        self.batch
    }

    /// The rows so far as a batch; the builder goes on empty.
    #[must_use]
    pub fn take(&mut self) -> RowBatch {
        let columns = Arc::clone(&self.batch.columns);
        std::mem::replace(&mut self.batch, RowBatch { columns, cells: Vec::new(), bytes: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let columns: Arc<[BatchColumn]> =
            ["a", "b"].map(|name| BatchColumn { name: name.into(), stored: Stored::Sqlite }).into();
        let mut builder = BatchBuilder::new(columns);
        let cells = [
            RawCell::Integer(i64::MIN),
            RawCell::Text("ü".as_bytes()),
            RawCell::Real(-0.5),
            RawCell::Null,
            RawCell::Blob(&[0, 255]),
            RawCell::Text(b""),
        ];
        for cell in cells {
            builder.push(cell);
        }
        let batch = builder.take();
        assert_eq!((batch.len(), builder.rows()), (3, 0));
        for (at, cell) in cells.into_iter().enumerate() {
            assert_eq!(batch.cell(at / 2, at % 2), cell);
        }
        assert_eq!(batch.cell(3, 0), RawCell::Null);
    }
}
