//! JSON documents in SQLite: by functions of the driver, because those of SQLite turn numbers into floats, truths into
//! numbers, and know no containment.

use crate::dialect::common;
use crate::dialect::transform::Transform;
use crate::dialect::writer::Writer;
use crate::error::Result;
use crate::query::Expr;
use crate::query::expr::{DocumentIs, DocumentMatch, DocumentNumber, DocumentPlace, DocumentTest};

/// Writes the text at a place, or NULL.
pub(super) fn text(writer: &mut Writer<'_>, place: &DocumentPlace) -> Result<()> {
    call(writer, "chakra_json_text(", place)?;
    end(writer, place);
    Ok(())
}

/// Writes whether something certain stands at a place.
pub(super) fn is(writer: &mut Writer<'_>, node: &DocumentIs) -> Result<()> {
    call(writer, "chakra_json_type(", &node.place)?;
    end(writer, &node.place);
    writer.push(match node.test {
        DocumentTest::Exists => " IS NOT NULL",
        DocumentTest::Null => " = 'null'",
        DocumentTest::True => " = 'true'",
        DocumentTest::False => " = 'false'",
    });
    Ok(())
}

/// Writes a comparison of a number.
pub(super) fn number(writer: &mut Writer<'_>, node: &DocumentNumber) -> Result<()> {
    call(writer, "chakra_json_number(", &node.place)?;
    end(writer, &node.place);
    writer.push(" COLLATE chakra_decimal");
    if common::is_list(&node.number) {
        writer.push(" IN (SELECT value FROM json_each(");
        writer.placeholder(&node.number, Transform::JsonList)?;
        writer.push("))");
        return Ok(());
    }
    writer.push(common::operator(node.op));
    writer.placeholder(&node.number, Transform::None)
}

/// Writes which of two documents contains the other.
pub(super) fn matched(writer: &mut Writer<'_>, node: &DocumentMatch) -> Result<()> {
    let function = if node.contains { "chakra_json_contains(" } else { "chakra_json_contained(" };
    call(writer, function, &node.place)?;
    writer.push(", ");
    writer.placeholder(&node.other, Transform::None)?;
    end(writer, &node.place);
    Ok(())
}

/// Writes a call up to its second argument: the document and the path, a JSON array.
fn call(writer: &mut Writer<'_>, function: &str, place: &DocumentPlace) -> Result<()> {
    common::check_path(writer, place)?;
    writer.push(function);
    common::operand(writer, &place.document)?;
    writer.push(", ");
    match &place.path {
        Some(path) => {
            let elements = place.numbers.iter().enumerate().fold(0, |bits, (at, yes)| bits | (u64::from(*yes) << at));
            writer.placeholder(path, Transform::JsonPath { elements })
        }
        None => {
            writer.push("'[]'");
            Ok(())
        }
    }
}

/// Writes the end of a call: whose document it is, for the function's error.
fn end(writer: &mut Writer<'_>, place: &DocumentPlace) {
    let (table, column) = match &place.document {
        Expr::Column(column) => (column.table.name.as_str(), column.column().name.as_str()),
        _ => ("", ""),
    };
    for name in [table, column] {
        let literal = writer.spelling().text_literal(name);
        writer.push(", ");
        writer.push(&literal);
    }
    writer.push(")");
}
