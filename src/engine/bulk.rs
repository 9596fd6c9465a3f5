//! New rows in several parts, each of which gives the same columns to all of its rows.

use super::{Key, Rows, insert, insert_many};
use crate::driver::{BulkInsert, Executor, ToValue};
use crate::error::{Error, Result};

/// Adds the rows of each part and gives what the database supplied. Nothing keeps the parts together but the transaction
/// that the executor may be.
///
/// # Errors
///
/// As [`insert_many`].
pub async fn insert_each(executor: &dyn Executor, parts: Vec<BulkInsert>) -> Result<Vec<Rows>> {
    let mut written = Vec::with_capacity(parts.len());
    for part in parts {
        written.push(if part.columns.is_empty() {
            // A row of defaults alone has no bulk form.
            insert(executor, &part.table, Vec::new(), part.returning).await?
        } else {
            insert_many(executor, part).await?
        });
    }
    Ok(written)
}

/// As [`insert_each`], all or none.
///
/// # Errors
///
/// As [`insert_many`].
pub async fn insert_all(executor: &dyn Executor, parts: Vec<BulkInsert>) -> Result<Vec<Rows>> {
    if parts.len() <= 1 {
        return insert_each(executor, parts).await;
    }
    let transaction = executor.begin_own().await?;
    let written = insert_each(&transaction, parts).await;
    transaction.end(written).await
}

/// The values of some columns of each row that was inserted, given or supplied.
///
/// # Errors
///
/// [`ErrorKind::Query`](crate::ErrorKind::Query) where a column was neither.
pub(super) fn inserted_keys(parts: &[BulkInsert], written: &[Rows], columns: &[usize]) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    for (part, rows) in parts.iter().zip(written) {
        let width = part.columns.len();
        for row in 0..part.values.len().checked_div(width).unwrap_or(1) {
            let value = |column: &usize| match part.columns.iter().position(|given| given == column) {
                Some(at) => Ok(part.values[row * width + at].clone()),
                None => supplied(rows, row, *column),
            };
            keys.push(columns.iter().map(value).collect::<Result<_>>()?);
        }
    }
    Ok(keys)
}

fn supplied(rows: &Rows, row: usize, position: usize) -> Result<crate::types::Value> {
    let lacking = || Error::query("the database gave no key for a row that was inserted");
    let column = rows.positions().iter().position(|shown| *shown == position).ok_or_else(lacking)?;
    rows.visit(row, column, ToValue)?.ok_or_else(lacking)
}
