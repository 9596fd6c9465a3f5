//! What was read for a graph of objects, ready to be looked up by the keys of their owners.

use std::collections::HashMap;

use crate::driver::ToValue;
use crate::engine::{Branch, Rows};
use crate::error::{Error, Result};
use crate::types::Value;

/// The rows of a statement, side by side with those that were joined, and what followed it.
#[derive(Debug)]
pub(in crate::model) struct Reading<'a> {
    pub(super) parts: &'a [Rows],
    pub(super) steps: Vec<StepReading<'a>>,
}

/// What a step found.
#[derive(Debug)]
pub(super) struct StepReading<'a> {
    pub(super) branches: Vec<Reading<'a>>,
    /// By the owner's key: which rows of which branch, in their order.
    by_key: HashMap<Vec<u8>, Vec<(usize, usize)>>,
}

impl<'a> Reading<'a> {
    pub(in crate::model) fn new(parts: &'a [Rows], related: &'a [Vec<Branch>]) -> Result<Self> {
        Ok(Self { parts, steps: related.iter().map(|branches| StepReading::new(branches)).collect::<Result<_>>()? })
    }
}

impl<'a> StepReading<'a> {
    fn new(branches: &'a [Branch]) -> Result<Self> {
        let mut by_key: HashMap<Vec<u8>, Vec<(usize, usize)>> = HashMap::new();
        let mut readings = Vec::with_capacity(branches.len());
        for (at, branch) in branches.iter().enumerate() {
            let (owners, target) = (&branch.found.rows[0], branch.found.target());
            for row in (0..owners.len()).filter(|row| !target[0].is_missing(*row)) {
                if let Some(key) = key_at(owners, row, &branch.found.owner)? {
                    by_key.entry(bytes_of(&key)).or_default().push((at, row));
                }
            }
            readings.push(Reading::new(target, &branch.related)?);
        }
        Ok(Self { branches: readings, by_key })
    }

    /// The rows that belong to the owner of a key.
    pub(super) fn rows_of(&self, key: &[Value]) -> &[(usize, usize)] {
        self.by_key.get(&bytes_of(key)).map_or(&[], Vec::as_slice)
    }
}

/// The values of some columns of the table; None where one is NULL.
pub(super) fn key_in(rows: &Rows, row: usize, positions: &[usize]) -> Result<Option<Vec<Value>>> {
    let shown = |position: &usize| {
        let shown = rows.positions().iter().position(|shown| shown == position);
        shown.ok_or_else(|| Error::query("what is related needs the columns that it is related by"))
    };
    key_at(rows, row, &positions.iter().map(shown).collect::<Result<Vec<_>>>()?)
}

fn key_at(rows: &Rows, row: usize, columns: &[usize]) -> Result<Option<Vec<Value>>> {
    columns.iter().map(|column| rows.visit(row, *column, ToValue)).collect()
}

/// Equal for equal keys, and for no others.
pub(super) fn bytes_of(key: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len() * 9);
    let mut tagged = |tag: u8, part: &[u8]| {
        bytes.push(tag);
        bytes.extend_from_slice(&part.len().to_le_bytes());
        bytes.extend_from_slice(part);
    };
    for value in key {
        match value {
            Value::Integer(number) => tagged(0, &number.to_le_bytes()),
            Value::Text(text) | Value::Untyped(text) => tagged(1, text.as_bytes()),
            Value::Uuid(uuid) => tagged(2, uuid.as_bytes()),
            Value::Bytes(part) => tagged(3, part),
            Value::Decimal(number) => tagged(4, plain(number.as_str()).as_bytes()),
            other => tagged(5, format!("{other:?}").as_bytes()),
        }
    }
    bytes
}

/// A decimal without zeros at its end: `1.50` and `1.5` are one key.
fn plain(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}
