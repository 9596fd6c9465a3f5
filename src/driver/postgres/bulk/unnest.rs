//! Rows as one array for each column. Casts of assignment apply, so that every column takes what a single
//! INSERT would give it.

use std::fmt::Write as _;
use std::sync::Arc;

use super::super::connection::PostgresConnection;
use super::super::{arguments, encode};
use super::table::{push_columns, quoted_name};
use crate::dialect::postgres_type;
use crate::driver::{BatchBuilder, BulkInsert, RowBatch};
use crate::error::{Error, Result};
use crate::types::{Kind, SqlType, Value};

/// The most rows in one statement.
const MOST_ROWS: usize = 50_000;

/// The most bytes of text and binary values in one statement: messages end at 1 GiB.
const MOST_BYTES: usize = 64 << 20;

/// Whether the rows need more than one statement, and so a transaction around them.
pub(super) fn is_long(bulk: &BulkInsert) -> bool {
    end_of_part(&bulk.values, bulk.columns.len()) < bulk.values.len()
}

/// Adds all rows.
pub(super) async fn insert(connection: &mut PostgresConnection, bulk: &BulkInsert) -> Result<RowBatch> {
    let kinds = kinds(bulk)?;
    let text: Arc<str> = statement(bulk, &kinds)?.into();
    let mut builder: Option<BatchBuilder> = None;
    let mut rest = bulk.values.as_slice();
    let mut whole = super::nothing();
    while !rest.is_empty() {
        let (part, after) = rest.split_at(end_of_part(rest, kinds.len()));
        let arguments = arguments::columns(part, &kinds)?;
        let batch = connection.fetch_with(Arc::clone(&text), arguments).await?.unwrap_or_else(super::nothing);
        refuse_missing(bulk, &batch, part.len() / kinds.len())?;
        if after.is_empty() && builder.is_none() {
            whole = batch;
        } else {
            append(builder.get_or_insert_with(|| BatchBuilder::new(Arc::clone(batch.columns()))), &batch);
        }
        rest = after;
    }
    Ok(builder.map_or(whole, BatchBuilder::finish))
}

fn append(builder: &mut BatchBuilder, batch: &RowBatch) {
    for row in 0..batch.len() {
        for column in 0..batch.columns().len() {
            builder.push(batch.cell(row, column));
        }
    }
}

fn refuse_missing(bulk: &BulkInsert, batch: &RowBatch, given: usize) -> Result<()> {
    if bulk.returning.is_empty() || batch.len() == given {
        return Ok(());
    }
    let (table, added) = (&bulk.table.name, batch.len());
    Err(Error::query(format!(
        "{given} rows were given for table {table}, {added} were added: a trigger or a rule of the table kept the others out"
    )))
}

/// How many values fit into one statement: whole rows, at least one.
fn end_of_part(values: &[Value], width: usize) -> usize {
    let mut bytes = 0;
    for (number, row) in values.chunks(width).enumerate() {
        bytes += row.iter().map(size).sum::<usize>();
        if number > 0 && (number == MOST_ROWS || bytes > MOST_BYTES) {
            return number * width;
        }
    }
    values.len()
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Untyped(text) | Value::Json(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Postgres(value) => value.size(),
        Value::Array(_, elements) => elements.iter().map(|element| 16 + size(element)).sum(),
        _ => 0,
    }
}

/// The kind of each column's values.
fn kinds(bulk: &BulkInsert) -> Result<Vec<Kind>> {
    let width = bulk.columns.len();
    let kind = |(position, column): (usize, &usize)| {
        let column = &bulk.table.columns[*column];
        let mut given =
            bulk.values.iter().skip(position).step_by(width).filter(|value| !value.is_null()).map(Value::kind);
        let first = given.next().unwrap_or_else(|| column.sql_type.kind());
        if given.any(|kind| kind != first) {
            return Err(Error::query(format!("values of several kinds were given for column {}", column.name)));
        }
        Ok(first)
    };
    bulk.columns.iter().enumerate().map(kind).collect()
}

/// Rows come back in the order in which they were given: a function scan keeps its order, INSERT
/// takes rows one by one, and RETURNING tells each as it was added.
fn statement(bulk: &BulkInsert, kinds: &[Kind]) -> Result<String> {
    let mut text = format!("INSERT INTO {} (", quoted_name(&bulk.table));
    push_columns(&mut text, &bulk.table, &bulk.columns);
    let casts = casts(bulk)?;
    if casts.iter().all(Option::is_none) {
        text.push_str(") SELECT * FROM unnest(");
    } else {
        let cast = |(number, cast): (usize, &Option<String>)| match cast {
            Some(cast) => format!("c{number}::{cast}"),
            None => format!("c{number}"),
        };
        let given: Vec<String> = casts.iter().enumerate().map(cast).collect();
        let _ = write!(text, ") SELECT {} FROM unnest(", given.join(", ")); // writing to a String cannot fail
    }
    for (position, kind) in kinds.iter().enumerate() {
        let separator = if position == 0 { "" } else { ", " };
        let _ = write!(text, "{separator}${}::{}", position + 1, encode::array_of(*kind).1); // cannot fail
    }
    text.push(')');
    if casts.iter().any(Option::is_some) {
        let names: Vec<String> = (0..casts.len()).map(|number| format!("c{number}")).collect();
        let _ = write!(text, " AS given({})", names.join(", ")); // writing to a String cannot fail
    }
    if !bulk.returning.is_empty() {
        text.push_str(" RETURNING ");
        push_columns(&mut text, &bulk.table, &bulk.returning);
    }
    Ok(text)
}

/// The types that columns take from text only by a cast: arrays, enumerations of the database's own, and the types that
/// PostgreSQL alone has.
fn casts(bulk: &BulkInsert) -> Result<Vec<Option<String>>> {
    let cast = |position: &usize| match &bulk.table.columns[*position].sql_type {
        sql_type @ (SqlType::Array(_) | SqlType::Postgres(_)) => {
            postgres_type(&bulk.table, sql_type).map(|name| Some(name.into_owned()))
        }
        sql_type @ SqlType::Enum(kind) if kind.native => {
            postgres_type(&bulk.table, sql_type).map(|name| Some(name.into_owned()))
        }
        _ => Ok(None),
    };
    bulk.columns.iter().map(cast).collect()
}
