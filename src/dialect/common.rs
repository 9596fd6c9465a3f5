//! The grammar that all databases share; what differs is asked of the `Spelling`.

mod aggregate;
mod array;
mod catalog;
mod check;
mod ddl;
mod delete;
mod document;
mod expr;
mod from;
mod index;
mod insert;
mod select;
mod text_match;
mod update;

pub(super) use array::{ElementRows, by_rows, element_kind, outer};
pub(super) use ddl::{Present, check_element, lacking, unnumbered};
pub(super) use document::{check_path, is_list, operator, step};
pub(super) use expr::{in_keys, key_part, kind, operand};
pub(super) use select::order_term;
pub(super) use text_match::folded;

use super::writer::Writer;
use crate::error::{Error, Result};
use crate::query::{Expr, Statement};
use crate::schema::Table;

/// Writes a statement.
pub(super) fn statement(writer: &mut Writer<'_>, statement: &Statement) -> Result<()> {
    match statement {
        Statement::Select(node) => select::select(writer, node),
        Statement::Insert(node) => insert::insert(writer, node),
        Statement::Update(node) => update::update(writer, node),
        Statement::Delete(node) => delete::delete(writer, node),
        Statement::CreateTable(node) => ddl::create_table(writer, node),
        Statement::DropTable(node) => ddl::drop_table(writer, node),
        Statement::CreateIndex(node) => index::create_index(writer, node),
        Statement::CreateType(node) => writer.spelling().create_type(writer, node),
        Statement::DropType(node) => writer.spelling().drop_type(writer, node),
        Statement::CreateSchema(node) => catalog::create_schema(writer, node),
        Statement::AlterForeignKey(node) => ddl::alter_foreign_key(writer, node),
        Statement::Comment(node) => catalog::comment(writer, node),
        Statement::DeferForeignKeys(_) => catalog::defer_foreign_keys(writer),
        Statement::AskCatalog(node) => catalog::ask_catalog(writer, node),
    }
}

/// Writes WHERE, if there is a condition.
fn filter(writer: &mut Writer<'_>, condition: Option<&Expr>) -> Result<()> {
    if let Some(condition) = condition {
        writer.push(" WHERE ");
        expr::expr(writer, condition)?;
    }
    Ok(())
}

/// Writes RETURNING, if anything is to come back. Where only some servers of a dialect have it, the statement is not
/// sent to the others.
fn returning(writer: &mut Writer<'_>, table: &Table, positions: &[usize]) -> Result<()> {
    if positions.is_empty() {
        return Ok(());
    }
    let dialect = writer.spelling().dialect();
    if !dialect.capabilities().returning {
        return Err(Error::unsupported("RETURNING", dialect.name()));
    }
    writer.push(" RETURNING ");
    writer.column_names(table, positions)
}
