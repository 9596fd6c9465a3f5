//! FROM: the table that a statement is about, and those to which its ways lead.

use super::super::scope::Read;
use super::super::writer::{Writer, column, defect};
use super::expr::{expr, parenthesised};
use super::filter;
use crate::error::Result;
use crate::query::expr::Related;
use crate::query::{Expr, Hop, Path};
use crate::schema::TableRef;

/// Writes ` FROM `, the scope's root under its alias, and a join for each way.
///
/// Every join is a LEFT JOIN: a missing related row reads as NULL, and no row of the root is lost. Planners make
/// inner joins of those whose conditions refuse NULL.
pub(super) fn from(writer: &mut Writer<'_>) -> Result<()> {
    writer.push(" FROM ");
    let root = writer.root().clone();
    aliased(writer, &root, &Path::default())?;
    for (path, _) in writer.scope().joined() {
        let Some((before, hop)) = path.split() else { return Err(defect("a way without steps is joined")) };
        writer.push(" LEFT JOIN ");
        aliased(writer, &hop.to, &path)?;
        writer.push(" ON ");
        let start = writer.scope().alias(before);
        let end = writer.scope().alias(&path);
        joining(writer, hop, end, start)?;
    }
    Ok(())
}

fn aliased(writer: &mut Writer<'_>, table: &TableRef, path: &Path) -> Result<()> {
    writer.table(table)?;
    if let Some(number) = writer.scope().alias(path) {
        writer.push(" AS ");
        writer.alias(number);
    }
    Ok(())
}

/// Writes that the two ends of a step fit together.
fn joining(writer: &mut Writer<'_>, hop: &Hop, end: Option<usize>, start: Option<usize>) -> Result<()> {
    writer.separated(" AND ", hop.to_columns.iter().zip(&hop.from_columns), |writer, (to, from)| {
        let (to, from) = (column(&hop.to, *to)?, column(&hop.from, *from)?);
        writer.qualified(end, &to.name)?;
        writer.collate(to.sql_type.kind());
        writer.push(" = ");
        writer.qualified(start, &from.name)
    })
}

/// Writes `EXISTS (…)`.
pub(super) fn related(writer: &mut Writer<'_>, node: &Related) -> Result<()> {
    let start = writer.scope().alias(&node.path);
    let read = Read::of_expr(node.filter.as_ref()).within_others();
    writer.push("EXISTS (SELECT 1");
    writer.within(&node.hop.to, &read, |writer| {
        from(writer)?;
        writer.push(" WHERE ");
        let end = writer.scope().alias(&Path::default());
        joining(writer, &node.hop, end, start)?;
        match &node.filter {
            Some(condition @ (Expr::And(_) | Expr::Or(_))) => {
                writer.push(" AND ");
                parenthesised(writer, |writer| expr(writer, condition))
            }
            Some(condition) => {
                writer.push(" AND ");
                expr(writer, condition)
            }
            None => Ok(()),
        }
    })?;
    writer.push(")");
    Ok(())
}

/// Writes the WHERE of a statement that writes. A condition over related rows chooses keys in a query of its own:
/// the databases disagree on joins in UPDATE and DELETE, and the order in which rows are written must not matter.
pub(super) fn written_rows(writer: &mut Writer<'_>, condition: Option<&Expr>) -> Result<()> {
    let read = Read::of_expr(condition);
    if !read.needs_names() {
        return filter(writer, condition);
    }
    let root = writer.root().clone();
    let keys = &root.primary_key;
    writer.push(" WHERE ");
    let listed = |writer: &mut Writer<'_>| writer.column_names(&root, keys);
    if let [_] = keys.as_slice() {
        listed(writer)?;
    } else {
        parenthesised(writer, listed)?;
    }
    let (before, after) = writer.spelling().rows_of_written_table();
    writer.push(" IN (");
    writer.push(before);
    writer.push("SELECT ");
    writer.within(&root, &read, |writer| {
        let number = writer.scope().alias(&Path::default());
        writer.separated(", ", keys, |writer, key| writer.qualified(number, &column(&root, *key)?.name))?;
        from(writer)?;
        filter(writer, condition)
    })?;
    writer.push(after);
    writer.push(")");
    Ok(())
}
