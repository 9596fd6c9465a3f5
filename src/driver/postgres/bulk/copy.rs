//! Rows by binary COPY. It knows no casts: each value travels in the very format of its column, whose type
//! is asked for under the lock that keeps it from changing.

use std::collections::HashMap;

use super::super::connection::PostgresConnection;
use super::super::encode;
use super::keys;
use super::table::{self, RealColumn, name_param, push_columns, quoted_name};
use crate::driver::decode::{element_of, oid};
use crate::driver::{BulkInsert, RawCell, RowBatch};
use crate::error::{Error, Result};
use crate::types::Value;

/// What starts a binary COPY: signature, flags, length of the header's extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What ends it.
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// How many bytes are encoded before they are sent, so that the server works meanwhile.
const PART: usize = 64 << 10;

/// One array instead of a row for each key, which would cost as much as the rows themselves.
const NEXT_KEYS: &str = "SELECT array_agg(k) FROM (SELECT nextval($1::regclass) AS k FROM generate_series(1, $2)) AS s";

/// Adds all rows within the transaction that is open; None (and nothing done) where a column's type is not
/// one of those whose format is certain for the values given.
pub(super) async fn insert(connection: &mut PostgresConnection, bulk: &BulkInsert) -> Result<Option<RowBatch>> {
    let name = quoted_name(&bulk.table);
    connection.lock_for_insert(&name).await?;
    if !connection.ask_whether_to_copy(name.clone(), bulk).await? {
        return Ok(None);
    }
    let real = table::columns(&connection.ask(table::COLUMNS, name_param(&name)).await?);
    let Some(types) = types(bulk, &real) else { return Ok(None) };
    let keys = match bulk.returning.first() {
        None => None,
        Some(key) => {
            let Some(sequence) = sequence(bulk, &real, *key) else { return Ok(None) };
            Some(next_keys(connection, sequence, bulk.rows().len()).await?)
        }
    };
    let mut text = format!("COPY {name} (");
    let mut positions = bulk.columns.clone();
    positions.extend(&bulk.returning);
    push_columns(&mut text, &bulk.table, &positions);
    text.push_str(") FROM STDIN (FORMAT binary)");
    let key_type =
        bulk.returning.first().and_then(|key| real.get(&bulk.table.columns[*key].name)).map(|key| key.type_oid);
    let rows = Rows { bulk, types: &types, keys: keys.as_ref().zip(key_type), next: 0 };
    connection.copy(&text, rows).await?;
    Ok(Some(keys.unwrap_or_else(super::nothing)))
}

/// Takes numbers from a sequence, one for each row.
async fn next_keys(connection: &mut PostgresConnection, sequence: String, rows: usize) -> Result<RowBatch> {
    let count = i64::try_from(rows).map_err(|_| Error::query("too many rows"))?;
    let answer = connection.ask(NEXT_KEYS, vec![Value::Text(sequence), Value::Integer(count)]).await?;
    keys::from_array(&answer, rows)
}

/// The type of each column given.
fn types(bulk: &BulkInsert, real: &HashMap<String, RealColumn>) -> Option<Vec<u32>> {
    let width = bulk.columns.len();
    let column = |(position, column): (usize, &usize)| {
        let type_oid = real.get(&bulk.table.columns[*column].name)?.type_oid;
        let mut values = bulk.values.iter().skip(position).step_by(width);
        values.all(|value| fits(value, type_oid)).then_some(type_oid)
    };
    bulk.columns.iter().enumerate().map(column).collect()
}

fn sequence(bulk: &BulkInsert, real: &HashMap<String, RealColumn>, key: usize) -> Option<String> {
    let column = real.get(&bulk.table.columns[key].name)?;
    let is_integer = matches!(column.type_oid, oid::INT2 | oid::INT4 | oid::INT8);
    column.sequence.clone().filter(|_| is_integer)
}

/// Whether a value has an exact form in a type's binary format.
fn fits(value: &Value, type_oid: u32) -> bool {
    match (value, type_oid) {
        (Value::Null(_), _) => true,
        (Value::Integer(value), oid::INT2) => i16::try_from(*value).is_ok(),
        (Value::Integer(value), oid::INT4) => i32::try_from(*value).is_ok(),
        (Value::Text(_) | Value::Untyped(_), column) => matches!(column, oid::TEXT | oid::VARCHAR | oid::BPCHAR),
        (Value::DateTime(_), column) => matches!(column, oid::TIMESTAMPTZ | oid::TIMESTAMP),
        (Value::Json(_), column) => matches!(column, oid::JSONB | oid::JSON),
        (Value::Array(_, elements), column) => {
            element_of(column).is_some_and(|element| elements.iter().all(|value| fits(value, element)))
        }
        // What travels as text that a statement casts has no place in a COPY.
        (Value::List(..) | Value::Set(_) | Value::Postgres(_), _) => false,
        (value, column) => encode::type_of_value(value) == column,
    }
}

/// Appends a value that fits, with its length; false for NULL.
fn push(value: &Value, type_oid: u32, out: &mut Vec<u8>) -> Result<bool, String> {
    match (value, type_oid) {
        (Value::Integer(value), oid::INT2 | oid::INT4) => push_integer(*value, type_oid, out).map(|()| true),
        (Value::Json(text), oid::JSON) => encode::measured(out, |out| {
            out.extend_from_slice(text.as_bytes());
            Ok(true)
        }),
        (Value::Array(_, elements), column) => {
            let element = element_of(column).ok_or("an array into a column of another type")?;
            encode::measured(out, |out| {
                encode::array_by(element, elements.iter(), out, |value, out| push(value, element, out))?;
                Ok(true)
            })
        }
        _ => encode::with_length(value, out),
    }
}

fn push_integer(value: i64, type_oid: u32, out: &mut Vec<u8>) -> Result<(), String> {
    let beyond = || format!("{value} is beyond the range of the column");
    match type_oid {
        oid::INT2 => {
            out.extend_from_slice(&2_i32.to_be_bytes());
            out.extend_from_slice(&i16::try_from(value).map_err(|_| beyond())?.to_be_bytes());
        }
        oid::INT4 => {
            out.extend_from_slice(&4_i32.to_be_bytes());
            out.extend_from_slice(&i32::try_from(value).map_err(|_| beyond())?.to_be_bytes());
        }
        _ => {
            out.extend_from_slice(&8_i32.to_be_bytes());
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
    Ok(())
}

/// Rows on their way into a COPY.
pub(crate) struct Rows<'a> {
    bulk: &'a BulkInsert,
    types: &'a [u32],
    /// Keys taken from the sequence, and the type of their column.
    keys: Option<(&'a RowBatch, u32)>,
    next: usize,
}

impl Rows<'_> {
    /// Encodes the next part; false after the last.
    pub(crate) fn encode(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        out.clear();
        if self.next == 0 {
            out.extend_from_slice(HEADER);
        }
        let width = self.types.len();
        let fields =
            i16::try_from(width + usize::from(self.keys.is_some())).map_err(|_| Error::query("too many columns"))?;
        while out.len() < PART {
            let Some(row) = self.bulk.values.get(self.next * width..(self.next + 1) * width) else {
                out.extend_from_slice(&TRAILER);
                return Ok(false);
            };
            out.extend_from_slice(&fields.to_be_bytes());
            for (value, type_oid) in row.iter().zip(self.types) {
                push(value, *type_oid, out).map_err(Error::query)?;
            }
            if let Some((keys, type_oid)) = self.keys {
                push_integer(key(keys, self.next)?, type_oid, out).map_err(Error::query)?;
            }
            self.next += 1;
        }
        Ok(true)
    }
}

fn key(keys: &RowBatch, row: usize) -> Result<i64> {
    let bytes = match keys.cell(row, 0) {
        RawCell::Wire(bytes) => bytes.try_into().ok(),
        _ => None,
    };
    bytes.map(i64::from_be_bytes).ok_or_else(|| keys::unexpected(&format!("no key for row {row}")))
}
