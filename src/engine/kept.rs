//! Values as they were read, for those who must know later what the database held. Keeping is a copy of bytes, one for
//! all columns of a row; only who asks for a value pays its decoding.

use std::sync::Arc;

use super::Rows;
use crate::driver::{Decoder, RawCell, Visitor};

/// Which columns of rows are kept.
#[derive(Debug, Clone)]
pub struct Keeper {
    /// Of each: where it stands among the columns of the rows.
    columns: Vec<usize>,
    layout: Arc<Layout>,
}

/// Of each kept column: its position in the table, and how it is read.
type Layout = [(usize, Decoder)];

/// Some values of one row, in the database's own bytes.
#[derive(Debug, Clone)]
pub struct KeptRow {
    layout: Arc<Layout>,
    cells: Box<[u8]>,
}

/// One value of a [`KeptRow`].
#[derive(Debug, Clone, Copy)]
pub struct KeptCell<'a> {
    position: usize,
    decoder: Decoder,
    cell: RawCell<'a>,
}

impl Keeper {
    /// Keeps those of the rows' columns that stand at these positions of their table.
    pub fn new(rows: &Rows, positions: &[usize]) -> Self {
        let is_kept = |(_, position): &(usize, &usize)| positions.contains(position);
        let kept: Vec<(usize, &usize)> = rows.positions().iter().enumerate().filter(is_kept).collect();
        Self {
            columns: kept.iter().map(|(column, _)| *column).collect(),
            layout: kept.iter().map(|(column, position)| (**position, rows.raw(0, *column).1)).collect(),
        }
    }

    /// Whether it keeps nothing.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The positions of what it keeps in the table.
    pub fn positions(&self) -> impl Iterator<Item = usize> {
        self.layout.iter().map(|(position, _)| *position)
    }

    /// A copy of a row's values.
    pub fn keep(&self, rows: &Rows, row: usize) -> KeptRow {
        let cells = || self.columns.iter().map(|column| rows.raw(row, *column).0);
        let mut bytes = Vec::with_capacity(cells().map(length).sum());
        for cell in cells() {
            push(cell, &mut bytes);
        }
        KeptRow { layout: Arc::clone(&self.layout), cells: bytes.into_boxed_slice() }
    }
}

impl KeptRow {
    /// Its values.
    pub fn cells(&self) -> impl Iterator<Item = KeptCell<'_>> {
        let mut rest = &*self.cells;
        self.layout.iter().map(move |(position, decoder)| {
            let cell = take(&mut rest).unwrap_or(RawCell::Null);
            KeptCell { position: *position, decoder: *decoder, cell }
        })
    }
}

impl KeptCell<'_> {
    /// The position of its column in the table.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self.cell, RawCell::Null)
    }

    /// Hands the value to a visitor.
    ///
    /// # Errors
    ///
    /// What was found where it is not exactly of the declared type; never where it was read before.
    pub fn visit<V: Visitor>(&self, visitor: V) -> Result<V::Output, String> {
        self.decoder.visit(self.cell, visitor)
    }
}

/// How many bytes a kept value takes: a tag, and a number, or a length and so many bytes.
fn length(cell: RawCell<'_>) -> usize {
    match cell {
        RawCell::Null => 1,
        RawCell::Integer(_) | RawCell::Real(_) => 9,
        RawCell::Text(bytes) | RawCell::Blob(bytes) | RawCell::Wire(bytes) => 9 + bytes.len(),
    }
}

fn push(cell: RawCell<'_>, out: &mut Vec<u8>) {
    let (tag, number, bytes): (u8, u64, &[u8]) = match cell {
        RawCell::Null => return out.push(0),
        RawCell::Integer(number) => (1, number.cast_unsigned(), &[]),
        RawCell::Real(number) => (2, number.to_bits(), &[]),
        RawCell::Text(bytes) => (3, bytes.len() as u64, bytes),
        RawCell::Blob(bytes) => (4, bytes.len() as u64, bytes),
        RawCell::Wire(bytes) => (5, bytes.len() as u64, bytes),
    };
    out.push(tag);
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Takes the next value off the bytes that `push` wrote.
fn take<'a>(rest: &mut &'a [u8]) -> Option<RawCell<'a>> {
    let (tag, after) = rest.split_first()?;
    *rest = after;
    if *tag == 0 {
        return Some(RawCell::Null);
    }
    let (number, after) = rest.split_first_chunk()?;
    *rest = after;
    let number = u64::from_le_bytes(*number);
    let make: fn(&'a [u8]) -> RawCell<'a> = match tag {
        1 => return Some(RawCell::Integer(number.cast_signed())),
        2 => return Some(RawCell::Real(f64::from_bits(number))),
        3 => RawCell::Text,
        4 => RawCell::Blob,
        _ => RawCell::Wire,
    };
    let (bytes, after) = rest.split_at_checked(usize::try_from(number).ok()?)?;
    *rest = after;
    Some(make(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let cells = [
            RawCell::Text("ü".as_bytes()),
            RawCell::Null,
            RawCell::Integer(i64::MIN),
            RawCell::Real(-0.5),
            RawCell::Blob(&[0, 255]),
            RawCell::Wire(b""),
        ];
        let mut bytes = Vec::new();
        for cell in cells {
            push(cell, &mut bytes);
        }
        assert_eq!(bytes.len(), cells.into_iter().map(length).sum::<usize>());
        let mut rest = bytes.as_slice();
        for cell in cells {
            assert_eq!(take(&mut rest), Some(cell));
        }
        assert_eq!(take(&mut rest), None);
    }
}
