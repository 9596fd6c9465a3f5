//! INSERT.

use super::super::transform::Transform;
use super::super::writer::{Writer, defect};
use super::returning;
use crate::error::Result;
use crate::query::Insert;

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
        writer.separated(", ", &node.values, |writer, value| writer.placeholder(value, Transform::None))?;
        writer.push(")");
    }
    returning(writer, &node.table, &node.returning)
}
