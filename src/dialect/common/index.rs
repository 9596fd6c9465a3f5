//! CREATE INDEX.

use super::super::writer::{Writer, column};
use crate::error::Result;
use crate::query::CreateIndex;
use crate::schema::{ColumnOrder, IndexMethod, IndexPart, Table};

pub(super) fn create_index(writer: &mut Writer<'_>, node: &CreateIndex) -> Result<()> {
    let (table, index) = (&node.table, &node.index);
    writer.spelling().check_index(table, index)?;
    writer.push(match (index.unique, index.method) {
        (true, _) => "CREATE UNIQUE INDEX ",
        (false, Some(IndexMethod::FullText)) => "CREATE FULLTEXT INDEX ",
        _ => "CREATE INDEX ",
    });
    if node.if_not_exists {
        writer.push(writer.spelling().index_if_not_exists());
    }
    writer.quote_ident(&index.name)?;
    writer.push(" ON ");
    writer.table(table)?;
    if let Some(method) = index.method.filter(|method| !matches!(method, IndexMethod::BTree | IndexMethod::FullText)) {
        writer.push(" USING ");
        writer.push(method.name());
    }
    writer.push(" (");
    writer.separated(", ", &index.parts, |writer, part| match part {
        IndexPart::Column(order) => sorted_column(writer, table, *order, index.method),
        IndexPart::Expression(expression) => {
            writer.push("(");
            writer.push(expression);
            writer.push(")");
            Ok(())
        }
    })?;
    writer.push(")");
    if let Some(filter) = &index.filter {
        writer.push(" WHERE ");
        writer.push(filter);
    }
    Ok(())
}

fn sorted_column(
    writer: &mut Writer<'_>,
    table: &Table,
    order: ColumnOrder,
    method: Option<IndexMethod>,
) -> Result<()> {
    let column = column(table, order.column)?;
    // An index of words takes texts of any length.
    if method != Some(IndexMethod::FullText) {
        writer.spelling().check_key(table, column)?;
    }
    writer.quote_ident(&column.name)?;
    if order.descending {
        writer.push(" DESC");
    }
    Ok(())
}
