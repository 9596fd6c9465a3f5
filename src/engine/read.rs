//! Reading.

use std::sync::Arc;

use futures_util::StreamExt;

use super::context::Attempt;
use super::{Rows, mismatch, prepare};
use crate::dialect::Sql;
use crate::driver::{BoxStream, Decoder, Executor, Query, RowBatch, ToValue};
use crate::error::{Error, Result};
use crate::query::{Projection, Select, Statement};
use crate::types::{SqlType, Value};

/// Runs a SELECT of columns and gives all its rows.
///
/// # Errors
///
/// What the database reports, and [`ErrorKind::Query`](crate::ErrorKind::Query) for what it cannot express.
pub async fn fetch(executor: &dyn Executor, select: Select) -> Result<Rows> {
    let (table, positions) = (select.table.clone(), select.columns());
    let query = prepare(executor, Statement::Select(select))?;
    let batch = match executor.fetch_all(query).await {
        Ok(batch) => batch,
        Err(error) => return Err(mismatch::explain(executor, &table, error).await),
    };
    Rows::new(batch, table, positions)
}

/// Runs a SELECT of columns and gives its rows in batches, in constant memory.
///
/// # Errors
///
/// As [`fetch`]; errors of the database come as items of the stream.
pub fn stream(executor: &dyn Executor, select: Select, batch_rows: usize) -> Result<BoxStream<Result<Rows>>> {
    let (table, positions) = (select.table.clone(), select.columns());
    let query = prepare(executor, Statement::Select(select))?;
    let batches = executor.fetch(query, batch_rows.max(1));
    Ok(Box::pin(batches.map(move |batch| {
        let batch = batch.map_err(|error| Attempt::Select.explain(&table, error))?;
        Rows::new(batch, table.clone(), positions.clone())
    })))
}

/// As [`stream`], each batch together with the rows that come along: see [`fetch_with_related`](super::fetch_with_related).
///
/// # Errors
///
/// As [`fetch`]; errors of the database come as items of the stream.
pub fn stream_with_related(
    executor: &dyn Executor,
    select: Select,
    batch_rows: usize,
) -> Result<BoxStream<Result<Vec<Rows>>>> {
    let (table, positions, related) = (select.table.clone(), select.columns(), select.related.clone());
    let query = prepare(executor, Statement::Select(select))?;
    let batches = executor.fetch(query, batch_rows.max(1));
    Ok(Box::pin(batches.map(move |batch| {
        let batch = batch.map_err(|error| Attempt::Select.explain(&table, error))?;
        Rows::parts(batch, table.clone(), positions.clone(), &related)
    })))
}

/// The number of rows that a SELECT gives.
///
/// # Errors
///
/// As [`fetch`].
pub async fn count(executor: &dyn Executor, mut select: Select) -> Result<u64> {
    let of = if select.distinct { select.columns() } else { Vec::new() };
    select.projection = Projection::Count { of };
    select.related.clear();
    if select.limit.is_none() && select.offset.is_none() {
        select.order_by.clear();
    }
    let table = select.table.clone();
    let query = prepare(executor, Statement::Select(select))?;
    let batch = match executor.fetch_all(query).await {
        Ok(batch) => batch,
        Err(error) => return Err(mismatch::explain(executor, &table, error).await),
    };
    let number = first_integer(&batch)?;
    u64::try_from(number).map_err(|_| Error::query("the database counted a negative number of rows"))
}

/// Whether a SELECT gives any row.
///
/// # Errors
///
/// As [`fetch`].
pub async fn exists(executor: &dyn Executor, mut select: Select) -> Result<bool> {
    select.projection = Projection::Exists;
    select.related.clear();
    select.order_by.clear();
    let table = select.table.clone();
    let query = prepare(executor, Statement::Select(select))?;
    let batch = match executor.fetch_all(query).await {
        Ok(batch) => batch,
        Err(error) => return Err(mismatch::explain(executor, &table, error).await),
    };
    Ok(!batch.is_empty())
}

fn first_integer(batch: &RowBatch) -> Result<i64> {
    let column = batch.columns().first().filter(|_| !batch.is_empty());
    let decoder = column.and_then(|column| Decoder::new(column.stored, Some(&SqlType::BigInteger)));
    let given = decoder.map(|decoder| decoder.visit(batch.cell(0, 0), ToValue)).transpose().map_err(Error::query)?;
    match given.flatten() {
        Some(Value::Integer(number)) => Ok(number),
        _ => Err(Error::query("the database gave no number where one was asked for")),
    }
}

/// Whether the database answers a trivial question.
pub async fn is_reachable(executor: &dyn Executor) -> bool {
    let sql = Sql { text: "SELECT 1".into(), placeholders: Vec::new() };
    executor.fetch_all(Query { sql: Arc::new(sql), params: Vec::new() }).await.is_ok()
}
