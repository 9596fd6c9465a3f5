//! SELECT.

use super::super::scope::Read;
use super::super::transform::Transform;
use super::super::writer::{Writer, column};
use super::aggregate::aggregate;
use super::expr::{kind, sort_key};
use super::filter;
use super::from::from;
use crate::error::{Error, Result};
use crate::query::{Aggregate, Direction, Expr, Order, Path, Projection, Select};
use crate::schema::TableRef;
use crate::types::Kind;

pub(super) fn select(writer: &mut Writer<'_>, node: &Select) -> Result<()> {
    match &node.projection {
        Projection::All | Projection::Columns(_) => rows(writer, node, &node.columns(), &node.related),
        Projection::Count { of } if node.distinct => {
            derived(writer, node, of, "SELECT COUNT(*) FROM (", ") AS counted")
        }
        Projection::Count { .. } if is_sliced(node) => {
            derived(writer, node, &[], "SELECT COUNT(*) FROM (", ") AS counted")
        }
        Projection::Count { .. } => unordered(writer, node, "SELECT COUNT(*)"),
        Projection::Aggregates { aggregates, of } => select_aggregates(writer, node, aggregates, of),
        Projection::Exists if is_sliced(node) => {
            let every: Vec<usize> = if node.distinct { (0..node.table.columns.len()).collect() } else { Vec::new() };
            derived(writer, node, &every, "SELECT 1 FROM (", ") AS found LIMIT 1")
        }
        Projection::Exists => {
            unordered(writer, node, "SELECT 1")?;
            writer.push(" LIMIT 1");
            Ok(())
        }
    }
}

/// Over a subquery where it is a slice, or distinct rows, that are aggregated.
fn select_aggregates(
    writer: &mut Writer<'_>,
    node: &Select,
    aggregates: &[Aggregate],
    distinct: &[usize],
) -> Result<()> {
    writer.push("SELECT ");
    if !node.distinct && !is_sliced(node) {
        let read = Read::of_aggregates(aggregates, node.filter.as_ref());
        return writer.within(&node.table, &read, |writer| {
            writer.separated(", ", aggregates, aggregate)?;
            from(writer)?;
            filter(writer, node.filter.as_ref())
        });
    }
    if Read::of_aggregates(aggregates, None).needs_names() {
        return Err(Error::query(format!(
            "a slice or distinct rows of {} are aggregated by fields of their own, not by those of related rows",
            node.table.model
        )));
    }
    writer.within(&node.table, &Read::default(), |writer| writer.separated(", ", aggregates, aggregate))?;
    let mut read: Vec<usize> = aggregates.iter().flat_map(Aggregate::columns).map(|column| column.position).collect();
    if node.distinct {
        refuse_hidden_columns(node, &read, distinct)?;
        read = distinct.to_vec();
    }
    read.sort_unstable();
    read.dedup();
    derived(writer, node, &read, " FROM (", ") AS aggregated")
}

/// Equal rows taken once have no single value for what does not tell them apart.
fn refuse_hidden_columns(node: &Select, read: &[usize], shown: &[usize]) -> Result<()> {
    match read.iter().find(|position| !shown.contains(position)) {
        None => Ok(()),
        Some(hidden) => Err(Error::query(format!(
            "distinct rows of {} are aggregated by fields that are among the values asked for; {:?} is not",
            node.table.model,
            column(&node.table, *hidden)?.attribute
        ))),
    }
}

/// Writes one term of ORDER BY, without regard to where NULLs stand.
pub(in crate::dialect) fn order_term(writer: &mut Writer<'_>, order: &Order) -> Result<()> {
    let kind = kind(&order.expr)?;
    if let Kind::Array(_) = kind {
        return Err(Error::query(
            "whole arrays have no order that is the same in every database; order by another field",
        ));
    }
    sort_key(writer, &order.expr, kind)?;
    if order.direction == Direction::Descending {
        writer.push(" DESC");
    }
    Ok(())
}

/// Whether how many rows there are depends on more than the filter. An order that is not a plain column
/// may hold parameters, none of which may be lost.
fn is_sliced(node: &Select) -> bool {
    let plain = |order: &Order| matches!(order.expr, Expr::Column(_));
    node.limit.is_some() || node.offset.is_some() || !node.order_by.iter().all(plain)
}

/// Writes a SELECT to which order and duplicates do not matter.
fn unordered(writer: &mut Writer<'_>, node: &Select, head: &str) -> Result<()> {
    writer.push(head);
    let read = Read::of_expr(node.filter.as_ref());
    writer.within(&node.table, &read, |writer| {
        from(writer)?;
        filter(writer, node.filter.as_ref())
    })
}

/// Writes a SELECT over the rows of these columns as a subquery.
fn derived(writer: &mut Writer<'_>, node: &Select, positions: &[usize], before: &str, after: &str) -> Result<()> {
    writer.push(before);
    rows(writer, node, positions, &[])?;
    writer.push(after);
    Ok(())
}

fn rows(writer: &mut Writer<'_>, node: &Select, positions: &[usize], related: &[Path]) -> Result<()> {
    let read = Read::of_select(node, !related.is_empty());
    writer.within(&node.table, &read, |writer| {
        if !node.limit_within.is_empty() {
            return numbered(writer, node, positions, related);
        }
        writer.push(if node.distinct { "SELECT DISTINCT " } else { "SELECT " });
        columns(writer, node, positions, related)?;
        from(writer)?;
        filter(writer, node.filter.as_ref())?;
        order_by(writer, node, positions)?;
        limits(writer, node)?;
        if node.locks && writer.spelling().dialect().capabilities().row_locks {
            writer.push(" FOR UPDATE");
        }
        Ok(())
    })
}

/// Writes a SELECT whose rows are counted within groups. Its columns get names of their own, because those of
/// several tables may be equal.
fn numbered(writer: &mut Writer<'_>, node: &Select, positions: &[usize], related: &[Path]) -> Result<()> {
    if node.distinct {
        return Err(Error::query("a limit within groups and distinct rows exclude each other"));
    }
    let ways = std::iter::once((Path::default(), &node.table, positions.to_vec()));
    let ways = ways.chain(
        related
            .iter()
            .filter_map(|path| path.end().map(|table| (path.clone(), table, (0..table.columns.len()).collect()))),
    );
    let shown: Vec<(Path, &TableRef, usize)> = ways
        .flat_map(|(path, table, positions)| positions.into_iter().map(move |at| (path.clone(), table, at)))
        .collect();
    writer.push("SELECT ");
    writer.separated(", ", 0..shown.len(), |writer, number| {
        writer.push(&format!("c{number}"));
        Ok(())
    })?;
    writer.push(" FROM (SELECT ");
    for (number, (path, table, position)) in shown.iter().enumerate() {
        let alias = writer.scope().alias(path);
        writer.qualified(alias, &column(table, *position)?.name)?;
        writer.push(&format!(" AS c{number}, "));
    }
    writer.push(if node.limit_once.is_empty() { "ROW_NUMBER" } else { "DENSE_RANK" });
    writer.push("() OVER (PARTITION BY ");
    let alias = writer.scope().alias(&Path::default());
    let own =
        |writer: &mut Writer<'_>, position: &usize| writer.qualified(alias, &column(&node.table, *position)?.name);
    writer.separated(", ", &node.limit_within, own)?;
    order_by(writer, node, positions)?;
    if !node.limit_once.is_empty() {
        writer.push(if node.order_by.is_empty() { " ORDER BY " } else { ", " });
        writer.separated(", ", &node.limit_once, own)?;
    }
    writer.push(") AS number");
    from(writer)?;
    filter(writer, node.filter.as_ref())?;
    writer.push(") AS numbered");
    within_limits(writer, node)?;
    writer.push(" ORDER BY number");
    Ok(())
}

/// Writes which numbers of a group are given. The offset is a parameter of its own: it stands twice.
fn within_limits(writer: &mut Writer<'_>, node: &Select) -> Result<()> {
    let mut word = " WHERE ";
    if let Some(offset) = &node.offset {
        writer.push(word);
        writer.push("number > ");
        writer.placeholder(offset, Transform::None)?;
        word = " AND ";
    }
    if let Some(limit) = &node.limit {
        writer.push(word);
        writer.push("number <= ");
        writer.placeholder(limit, Transform::None)?;
        if let Some(offset) = &node.offset {
            writer.push(" + ");
            writer.placeholder(offset, Transform::None)?;
        }
    }
    Ok(())
}

fn columns(writer: &mut Writer<'_>, node: &Select, positions: &[usize], related: &[Path]) -> Result<()> {
    if positions.is_empty() {
        writer.push("1");
    } else {
        shown(writer, node, &Path::default(), &node.table, positions)?;
    }
    for path in related {
        let Some(table) = path.end() else { continue };
        writer.push(", ");
        let every: Vec<usize> = (0..table.columns.len()).collect();
        shown(writer, node, path, table, &every)?;
    }
    Ok(())
}

fn shown(writer: &mut Writer<'_>, node: &Select, path: &Path, table: &TableRef, positions: &[usize]) -> Result<()> {
    let alias = writer.scope().alias(path);
    writer.separated(", ", positions, |writer, position| {
        let column = column(table, *position)?;
        if !node.distinct {
            return writer.qualified(alias, &column.name);
        }
        // As in ORDER BY, which may only name what is shown.
        let (before, after) = writer.spelling().sort_key(column);
        writer.push(before);
        writer.qualified(alias, &column.name)?;
        writer.push(after);
        writer.collate(column.sql_type.kind());
        Ok(())
    })
}

fn order_by(writer: &mut Writer<'_>, node: &Select, positions: &[usize]) -> Result<()> {
    if node.order_by.is_empty() {
        return Ok(());
    }
    if node.distinct {
        refuse_hidden_order(node, positions)?;
    }
    writer.push(" ORDER BY ");
    let spelling = writer.spelling();
    writer.separated(", ", &node.order_by, |writer, order| spelling.order(writer, order))
}

/// Equal rows given once have no single value for what they do not show; SQLite would take any.
fn refuse_hidden_order(node: &Select, positions: &[usize]) -> Result<()> {
    let shown = |order: &Order| matches!(&order.expr, Expr::Column(column) if column.path.is_root() && positions.contains(&column.position));
    if node.order_by.iter().all(shown) {
        return Ok(());
    }
    Err(Error::query(format!(
        "distinct rows of {} can only be ordered by fields that are among the values asked for",
        node.table.model
    )))
}

fn limits(writer: &mut Writer<'_>, node: &Select) -> Result<()> {
    match (&node.limit, &node.offset, writer.spelling().limit_for_offset()) {
        (Some(limit), _, _) => {
            writer.push(" LIMIT ");
            writer.placeholder(limit, Transform::None)?;
        }
        (None, Some(_), Some(all)) => {
            writer.push(" LIMIT ");
            writer.push(all);
        }
        (None, _, _) => {}
    }
    if let Some(offset) = &node.offset {
        writer.push(" OFFSET ");
        writer.placeholder(offset, Transform::None)?;
    }
    Ok(())
}
