//! Keys from a sequence, which come as one array.

use std::sync::Arc;

use crate::driver::decode::oid;
use crate::driver::{BatchBuilder, BatchColumn, RawCell, RowBatch, Stored};
use crate::error::{Error, Result};

/// Before the elements: the number of dimensions, flags, the elements' type, their number, the first index.
const HEADER: usize = 5 * 4;

/// An element: its length, and the number.
const ELEMENT: usize = 4 + 8;

/// One row for each key of the array that an answer consists of.
///
/// # Errors
///
/// Where it is anything but an array of so many bigints, none of them NULL.
pub(super) fn from_array(answer: &RowBatch, rows: usize) -> Result<RowBatch> {
    let stored = answer.columns().first().map(|column| column.stored);
    let array = match (stored, answer.cell(0, 0)) {
        (Some(Stored::Postgres(oid::INT8_ARRAY)), RawCell::Wire(bytes)) if answer.len() == 1 => bytes,
        _ => return Err(unexpected("no array of bigint")),
    };
    let (header, elements) = array.split_at_checked(HEADER).ok_or_else(|| unexpected("an array without a header"))?;
    let count = u32::try_from(rows).map_err(|_| Error::query("too many rows"))?;
    // One dimension, no NULLs. Where it starts to count does not matter.
    if [integer(header, 0), integer(header, 1), integer(header, 2)] != [Some(1), Some(0), Some(oid::INT8)] {
        return Err(unexpected("an array of another form"));
    }
    if integer(header, 3) != Some(count) || elements.len() != rows.saturating_mul(ELEMENT) {
        return Err(unexpected(&format!("an array of another length than {rows}")));
    }
    let column = BatchColumn { name: "nextval".into(), stored: Stored::Postgres(oid::INT8) };
    let mut keys = BatchBuilder::new(Arc::new([column]));
    keys.reserve(rows);
    for element in elements.chunks_exact(ELEMENT) {
        let (length, number) = element.split_at(4);
        if integer(length, 0) != Some(8) {
            return Err(unexpected("a number of another width"));
        }
        keys.push(RawCell::Wire(number));
    }
    Ok(keys.finish())
}

/// The number at a place counted in fours.
fn integer(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(place * 4..place * 4 + 4)?;
    bytes.try_into().ok().map(u32::from_be_bytes)
}

#[cold]
pub(super) fn unexpected(what: &str) -> Error {
    Error::query(format!("the sequence of the table's key did not give one number for each row: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(head: [u32; 5], keys: &[i64]) -> Vec<u8> {
        let mut bytes: Vec<u8> = head.iter().flat_map(|number| number.to_be_bytes()).collect();
        for key in keys {
            bytes.extend_from_slice(&8_u32.to_be_bytes());
            bytes.extend_from_slice(&key.to_be_bytes());
        }
        bytes
    }

    fn answer(type_oid: u32, cells: &[RawCell<'_>]) -> RowBatch {
        let column = BatchColumn { name: "array_agg".into(), stored: Stored::Postgres(type_oid) };
        let mut builder = BatchBuilder::new(Arc::new([column]));
        for cell in cells {
            builder.push(*cell);
        }
        builder.finish()
    }

    fn read(bytes: &[u8], rows: usize) -> Result<RowBatch> {
        from_array(&answer(oid::INT8_ARRAY, &[RawCell::Wire(bytes)]), rows)
    }

    #[test]
    fn keys_are_rows_in_their_order() {
        let keys = [i64::MIN, -1, 7, i64::MAX];
        let batch = read(&array([1, 0, oid::INT8, 4, 1], &keys), 4).unwrap();
        assert_eq!((batch.len(), batch.columns()[0].stored), (4, Stored::Postgres(oid::INT8)));
        for (row, key) in keys.iter().enumerate() {
            assert_eq!(batch.cell(row, 0), RawCell::Wire(&key.to_be_bytes()));
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        let whole = array([1, 0, oid::INT8, 2, 1], &[1, 2]);
        assert!(read(&whole, 2).is_ok());
        for rows in [0, 1, 3, usize::MAX] {
            assert!(read(&whole, rows).is_err(), "{rows} rows");
        }
        for length in 0..whole.len() {
            assert!(read(&whole[..length], 2).is_err(), "{length} bytes");
        }
        for head in [[2, 0, 20, 2, 1], [1, 1, 20, 2, 1], [1, 0, 23, 2, 1], [1, 0, 20, 3, 1], [0, 0, 20, 0, 0]] {
            assert!(read(&array(head, &[1, 2]), 2).is_err(), "{head:?}");
        }
        let mut narrow = whole.clone();
        narrow[HEADER + 3] = 4;
        assert!(read(&narrow, 2).is_err());
        assert!(from_array(&answer(oid::INT8, &[RawCell::Wire(&whole)]), 2).is_err());
        assert!(from_array(&answer(oid::INT8_ARRAY, &[RawCell::Null]), 2).is_err());
        assert!(from_array(&answer(oid::INT8_ARRAY, &[]), 2).is_err());
    }
}
