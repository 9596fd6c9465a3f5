//! Literal matches in text.

use super::super::writer::Writer;
use super::expr::operand;
use crate::error::Result;
use crate::query::Expr;
use crate::query::expr::{TextMatch, TextMatchKind};

/// Writes a text match: as a pattern where it is a value that can be escaped, else by functions that know
/// no patterns.
pub(super) fn text_match(writer: &mut Writer<'_>, node: &TextMatch) -> Result<()> {
    match &node.pattern {
        Expr::Value(pattern) if node.kind != TextMatchKind::Equals => {
            term(writer, &node.subject, node.ignore_case)?;
            writer.spelling().match_value(writer, node, pattern)
        }
        _ => by_template(writer, node, writer.spelling().match_expr(node.kind)),
    }
}

/// Writes something so that case does not tell, where it is not to tell.
pub(in crate::dialect) fn folded(
    writer: &mut Writer<'_>,
    ignore_case: bool,
    write: impl FnOnce(&mut Writer<'_>) -> Result<()>,
) -> Result<()> {
    if !ignore_case {
        return write(writer);
    }
    let (before, after) = writer.spelling().fold();
    writer.push(before);
    write(writer)?;
    writer.push(after);
    Ok(())
}

fn term(writer: &mut Writer<'_>, node: &Expr, ignore_case: bool) -> Result<()> {
    folded(writer, ignore_case, |writer| {
        operand(writer, node)?;
        if let Expr::Column(column) = node {
            writer.push(writer.spelling().unpadded(column.column()));
        }
        Ok(())
    })
}

fn by_template(writer: &mut Writer<'_>, node: &TextMatch, template: &str) -> Result<()> {
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        writer.push(&rest[..at]);
        let part = if rest[at..].starts_with("{s}") { &node.subject } else { &node.pattern };
        term(writer, part, node.ignore_case)?;
        rest = &rest[at + "{s}".len()..];
    }
    writer.push(rest);
    Ok(())
}
