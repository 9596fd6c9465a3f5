//! Aggregates.

use super::super::spelling::Call;
use super::super::writer::{Writer, defect};
use super::expr::expr;
use crate::error::Result;
use crate::query::{Aggregate, AggregateFunction, ColumnRef, Expr};

/// Writes the columns of one aggregate: two of an average, its sum and its count.
pub(super) fn aggregate(writer: &mut Writer<'_>, node: &Aggregate) -> Result<()> {
    let Some(column) = &node.column else { return rows(writer, node) };
    let kind = column.column().sql_type.kind();
    call(writer, node, column, writer.spelling().aggregate(node.function, kind))?;
    if node.function == AggregateFunction::Avg {
        writer.push(", ");
        call(writer, node, column, writer.spelling().aggregate(AggregateFunction::Count, kind))?;
    }
    Ok(())
}

/// CASE rather than FILTER, which MySQL does not have.
fn rows(writer: &mut Writer<'_>, node: &Aggregate) -> Result<()> {
    if node.function != AggregateFunction::Count || node.distinct {
        return Err(defect("whole rows are aggregated otherwise than by counting"));
    }
    writer.push("COUNT(");
    match &node.filter {
        None => writer.push("*"),
        Some(condition) => case(writer, condition, |writer| {
            writer.push("1");
            Ok(())
        })?,
    }
    writer.push(")");
    Ok(())
}

fn call(writer: &mut Writer<'_>, node: &Aggregate, column: &ColumnRef, call: Call) -> Result<()> {
    writer.push(call.result.0);
    writer.push(call.function);
    // The least of all values is the least of the distinct ones.
    writer.push(if node.distinct && !is_extreme(node.function) { "(DISTINCT " } else { "(" });
    writer.push(call.argument.0);
    argument(writer, node, column)?;
    writer.push(call.argument.1);
    writer.push(")");
    writer.push(call.result.1);
    Ok(())
}

fn is_extreme(function: AggregateFunction) -> bool {
    matches!(function, AggregateFunction::Min | AggregateFunction::Max)
}

fn argument(writer: &mut Writer<'_>, node: &Aggregate, column: &ColumnRef) -> Result<()> {
    let value = Expr::Column(column.clone());
    let (before, after) =
        if is_extreme(node.function) { writer.spelling().sort_key(column.column()) } else { ("", "") };
    writer.push(before);
    match &node.filter {
        None => expr(writer, &value)?,
        Some(condition) => case(writer, condition, |writer| expr(writer, &value))?,
    }
    writer.push(after);
    if node.distinct || is_extreme(node.function) {
        writer.collate(column.column().sql_type.kind());
    }
    Ok(())
}

fn case<'a>(writer: &mut Writer<'a>, condition: &Expr, then: impl FnOnce(&mut Writer<'a>) -> Result<()>) -> Result<()> {
    writer.push("CASE WHEN ");
    expr(writer, condition)?;
    writer.push(" THEN ");
    then(writer)?;
    writer.push(" END");
    Ok(())
}
