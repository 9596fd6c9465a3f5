//! Many rows in one statement: each column travels as one array.

use std::fmt::Write as _;
use std::sync::Arc;

use super::arguments;
use super::connection::{Failure, PostgresConnection};
use super::encode;
use crate::driver::{BatchBuilder, BulkInsert, RowBatch};
use crate::error::{Error, Result};
use crate::types::{Kind, Value};

/// Adds all rows, or none.
pub(super) async fn insert(
    connection: &mut PostgresConnection,
    bulk: &BulkInsert,
) -> std::result::Result<RowBatch, Failure> {
    if bulk.values.is_empty() {
        return Ok(BatchBuilder::new(Arc::new([])).finish());
    }
    let kinds = kinds(bulk)?;
    let text: Arc<str> = statement(bulk, &kinds).into();
    let arguments = arguments::columns(&bulk.values, &kinds)?;
    let rows = connection.read_with(text, arguments).await?;
    let batch = rows.unwrap_or_else(|| BatchBuilder::new(Arc::new([])).finish());
    let given = bulk.values.len() / bulk.columns.len();
    if !bulk.returning.is_empty() && batch.len() != given {
        return Err(Error::query(format!(
            "{given} rows were given for table {}, {} were added: a trigger or rule of the table changed the others",
            bulk.table.name,
            batch.len()
        ))
        .into());
    }
    Ok(batch)
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
fn statement(bulk: &BulkInsert, kinds: &[Kind]) -> String {
    let table = &bulk.table;
    let mut text = String::from("INSERT INTO ");
    if let Some(schema) = &table.schema {
        push_ident(&mut text, schema);
        text.push('.');
    }
    push_ident(&mut text, &table.name);
    text.push_str(" (");
    push_columns(&mut text, bulk, &bulk.columns);
    text.push_str(") SELECT * FROM unnest(");
    for (position, kind) in kinds.iter().enumerate() {
        let separator = if position == 0 { "" } else { ", " };
        let _ = write!(text, "{separator}${}::{}", position + 1, encode::array_of(*kind).1); // cannot fail
    }
    text.push(')');
    if !bulk.returning.is_empty() {
        text.push_str(" RETURNING ");
        push_columns(&mut text, bulk, &bulk.returning);
    }
    text
}

fn push_columns(text: &mut String, bulk: &BulkInsert, positions: &[usize]) {
    for (number, position) in positions.iter().enumerate() {
        if number > 0 {
            text.push_str(", ");
        }
        push_ident(text, &bulk.table.columns[*position].name);
    }
}

fn push_ident(text: &mut String, name: &str) {
    let _ = write!(text, "\"{}\"", name.replace('"', "\"\"")); // writing to a String cannot fail
}
