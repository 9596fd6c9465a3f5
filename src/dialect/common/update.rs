//! UPDATE.

use super::super::writer::{Writer, column};
use super::expr::operand;
use super::from::written_rows;
use super::insert::given;
use super::returning;
use crate::error::{Error, Result};
use crate::query::{Expr, Update};

pub(super) fn update(writer: &mut Writer<'_>, node: &Update) -> Result<()> {
    if node.assignments.is_empty() {
        return Err(Error::query(format!(
            "an update of {} changes nothing; name a field and its new value",
            node.table.model
        )));
    }
    writer.push("UPDATE ");
    writer.table(&node.table)?;
    if writer.has_lists() {
        writer.push(writer.spelling().update_by_lists());
    }
    writer.push(" SET ");
    let assignments = writer.spelling().assignments(&node.assignments)?;
    writer.separated(", ", assignments, |writer, assignment| {
        writer.quote_ident(&column(&node.table, assignment.column)?.name)?;
        writer.push(" = ");
        match &assignment.value {
            Expr::Value(value) => given(writer, &node.table, assignment.column, value),
            value => operand(writer, value),
        }
    })?;
    written_rows(writer, node.filter.as_ref())?;
    let dialect = writer.spelling().dialect();
    if !node.returning.is_empty() && !dialect.capabilities().update_returning {
        return Err(Error::unsupported("UPDATE … RETURNING", dialect.name()));
    }
    returning(writer, &node.table, &node.returning)
}
