//! Arrays compared with lists. Databases without arrays keep both as JSON texts, and make rows of their elements.

use super::super::transform::Transform;
use super::super::writer::Writer;
use super::expr::{kind, operand};
use crate::error::{Error, Result};
use crate::query::Expr;
use crate::query::expr::{ArrayMatch, ArrayOp};
use crate::types::Kind;

/// How a database makes rows of a JSON array: text with `{}` where the array stands.
pub(in crate::dialect) struct ElementRows {
    /// A table of the elements.
    pub(in crate::dialect) table: &'static str,
    /// Whether two elements, one of the table `chakra_a` and one of `chakra_b`, are equal; NULL equals nothing.
    pub(in crate::dialect) equal: &'static str,
    /// The same, but NULL equals NULL.
    pub(in crate::dialect) same: &'static str,
    /// Whether two elements have the same place.
    pub(in crate::dialect) side_by_side: &'static str,
    /// The number of elements.
    pub(in crate::dialect) length: &'static str,
}

/// The kind of an array's elements.
pub(in crate::dialect) fn element_kind(array: &Expr) -> Result<Kind> {
    match kind(array)? {
        Kind::Array(element) => Ok(*element),
        other => Err(Error::query(format!("an array is compared with a list, not a value of kind {other:?}"))),
    }
}

/// Writes a comparison by the rows of the elements.
pub(in crate::dialect) fn by_rows(writer: &mut Writer<'_>, node: &ArrayMatch, rows: &ElementRows) -> Result<()> {
    let (array, list) = (Side::Array(node), Side::List(node));
    match node.op {
        ArrayOp::Contains => each_of(writer, node, (&list, &array), rows),
        ArrayOp::ContainedBy => each_of(writer, node, (&array, &list), rows),
        ArrayOp::Overlaps => {
            writer.push("EXISTS (SELECT 1 FROM ");
            filled(writer, rows.table, &array)?;
            writer.push(" AS chakra_a, ");
            filled(writer, rows.table, &list)?;
            writer.push(" AS chakra_b WHERE ");
            writer.push(rows.equal);
            writer.push(")");
            Ok(())
        }
        ArrayOp::Equals => {
            filled(writer, rows.length, &array)?;
            writer.push(" = ");
            filled(writer, rows.length, &list)?;
            writer.push(" AND NOT EXISTS (SELECT 1 FROM ");
            filled(writer, rows.table, &array)?;
            writer.push(" AS chakra_a, ");
            filled(writer, rows.table, &list)?;
            writer.push(" AS chakra_b WHERE ");
            writer.push(rows.side_by_side);
            writer.push(" AND NOT (");
            writer.push(rows.same);
            writer.push("))");
            Ok(())
        }
    }
}

/// Writes that each element of one side is among those of the other. An array that is NULL has no elements, and is
/// nevertheless in no relation to anything.
fn each_of(
    writer: &mut Writer<'_>,
    node: &ArrayMatch,
    (part, whole): (&Side<'_>, &Side<'_>),
    rows: &ElementRows,
) -> Result<()> {
    operand(writer, &node.array)?;
    writer.push(" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ");
    filled(writer, rows.table, part)?;
    writer.push(" AS chakra_a WHERE NOT EXISTS (SELECT 1 FROM ");
    filled(writer, rows.table, whole)?;
    writer.push(" AS chakra_b WHERE ");
    writer.push(rows.equal);
    writer.push("))");
    Ok(())
}

enum Side<'a> {
    Array(&'a ArrayMatch),
    List(&'a ArrayMatch),
}

/// Writes a text with one side in its place.
fn filled(writer: &mut Writer<'_>, text: &str, side: &Side<'_>) -> Result<()> {
    let (before, after) = text.split_once("{}").unwrap_or((text, ""));
    writer.push(before);
    match side {
        Side::Array(node) => outer(writer, &node.array)?,
        Side::List(node) => writer.placeholder(&node.list, Transform::None)?,
    }
    writer.push(after);
    Ok(())
}

/// Writes the array where columns of its elements are in sight, which may have its name.
pub(in crate::dialect) fn outer(writer: &mut Writer<'_>, array: &Expr) -> Result<()> {
    if let Expr::Column(column) = array
        && writer.scope().alias(&column.path).is_none()
    {
        writer.table(&column.table)?;
        writer.push(".");
    }
    operand(writer, array)
}
