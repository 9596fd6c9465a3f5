//! INSERT.

use super::super::transform::Transform;
use super::super::writer::{Writer, column, defect};
use super::returning;
use crate::error::Result;
use crate::query::{Insert, Param};
use crate::schema::Table;

pub(super) fn insert(writer: &mut Writer<'_>, node: &Insert) -> Result<()> {
    if node.columns.len() != node.values.len() {
        return Err(defect("an insert has not as many values as columns"));
    }
    writer.push("INSERT INTO ");
    writer.table(&node.table)?;
    if node.columns.is_empty() {
        writer.push(writer.spelling().default_values());
    } else {
        writer.push(" (");
        writer.column_names(&node.table, &node.columns)?;
        writer.push(") VALUES (");
        writer.separated(", ", node.columns.iter().zip(&node.values), |writer, (position, value)| {
            given(writer, &node.table, *position, value)
        })?;
        writer.push(")");
    }
    returning(writer, &node.table, &node.returning)
}

/// Writes a value that a column is given.
pub(super) fn given(writer: &mut Writer<'_>, table: &Table, position: usize, value: &Param) -> Result<()> {
    let column = column(table, position)?;
    // Not the value's own kind: an insert's text is that of every row, whichever values are NULL.
    writer.placeholder_of(value, Transform::None, column.sql_type.kind())?;
    if let Some(cast) = writer.spelling().cast_into(table, column)? {
        writer.push(&cast);
    }
    Ok(())
}
