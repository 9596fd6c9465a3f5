//! Many rows at once: INSERT of as many as one statement takes, all or none.
//!
//! What the database made comes back by RETURNING where the server has it. Elsewhere keys are counted up from the one
//! that the server tells: it numbers the rows of one INSERT … VALUES one after another, in steps of
//! `auto_increment_increment`, whatever others insert meanwhile. Anything else is read by key.

mod answer;

use super::arguments::MOST_PARAMETERS;
use super::connection::MySqlConnection;
use super::encode;
use crate::dialect::{Dialect, push_quoted};
use crate::driver::{BulkInsert, RowBatch};
use crate::error::Result;
use crate::schema::Table;
use crate::types::Value;

/// The most rows in one statement: more are not faster, but a larger text to be parsed.
const MOST_ROWS: usize = 2_000;

/// The most bytes in one statement, if the server takes as many.
const MOST_BYTES: usize = 8 << 20;

/// Adds all rows, or none. Gives the columns asked for, in the order of the rows.
pub(super) async fn insert(connection: &mut MySqlConnection, bulk: &BulkInsert) -> Result<RowBatch> {
    let given = if bulk.columns.is_empty() { 1 } else { bulk.rows().len() };
    if given == 0 {
        return Ok(answer::nothing());
    }
    check_names(bulk)?;
    let asks = !bulk.returning.is_empty() && !connection.returns();
    if asks {
        answer::check(bulk)?;
    }
    if !asks && rows_of_part(&bulk.values, bulk.columns.len(), connection) >= given {
        return insert_parts(connection, bulk).await;
    }
    let frame = connection.open_frame().await?;
    let result = insert_parts(connection, bulk).await;
    connection.close_frame(frame, result).await
}

async fn insert_parts(connection: &mut MySqlConnection, bulk: &BulkInsert) -> Result<RowBatch> {
    let width = bulk.columns.len();
    let mut answer = answer::Answer::new(bulk);
    let mut rest = bulk.values.as_slice();
    let mut known = (0, String::new());
    loop {
        let rows = rows_of_part(rest, width, connection);
        let (part, after) = rest.split_at(rows * width);
        if known.0 != rows {
            known = (rows, statement(bulk, rows, connection.returns()));
        }
        answer.insert(connection, &known.1, part, rows).await?;
        if after.is_empty() {
            return Ok(answer.finish());
        }
        rest = after;
    }
}

/// How many rows fit into one statement: at least one.
fn rows_of_part(values: &[Value], width: usize, connection: &MySqlConnection) -> usize {
    if width == 0 {
        return 1;
    }
    let most = MOST_ROWS.min(MOST_PARAMETERS / width);
    let budget = MOST_BYTES.min(connection.max_packet() / 2);
    let mut bytes = 0;
    for (number, row) in values.chunks(width).enumerate() {
        // The placeholders and the parameters' types are bytes too.
        bytes += row.iter().map(encode::size).sum::<usize>() + 4 * width;
        if number > 0 && (number >= most || bytes > budget) {
            return number;
        }
    }
    values.len() / width
}

fn statement(bulk: &BulkInsert, rows: usize, returns: bool) -> String {
    let width = bulk.columns.len();
    let mut text = String::with_capacity(64 + rows * (2 * width + 3));
    text.push_str("INSERT INTO ");
    push_table(&mut text, &bulk.table);
    text.push_str(" (");
    push_columns(&mut text, &bulk.table, &bulk.columns);
    text.push_str(") VALUES ");
    let row = format!("({})", vec!["?"; width].join(","));
    for number in 0..rows {
        text.push_str(if number == 0 { "" } else { "," });
        text.push_str(&row);
    }
    if returns && !bulk.returning.is_empty() {
        text.push_str(" RETURNING ");
        push_columns(&mut text, &bulk.table, &bulk.returning);
    }
    text
}

fn check_names(bulk: &BulkInsert) -> Result<()> {
    let table = &bulk.table;
    let columns = bulk.columns.iter().chain(&bulk.returning).map(|position| &table.columns[*position].name);
    table.schema.iter().chain([&table.name]).chain(columns).try_for_each(|name| Dialect::MySql.check_name(name))
}

fn push_table(text: &mut String, table: &Table) {
    if let Some(schema) = &table.schema {
        push_quoted(text, schema, '`');
        text.push('.');
    }
    push_quoted(text, &table.name, '`');
}

fn push_columns(text: &mut String, table: &Table, positions: &[usize]) {
    for (number, position) in positions.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { ", " });
        push_quoted(text, &table.columns[*position].name, '`');
    }
}
