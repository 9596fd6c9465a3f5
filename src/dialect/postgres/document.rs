//! JSON documents in PostgreSQL.

use crate::dialect::common;
use crate::dialect::transform::Transform;
use crate::dialect::writer::Writer;
use crate::error::Result;
use crate::query::expr::{DocumentIs, DocumentMatch, DocumentNumber, DocumentPlace, DocumentTest};

/// Writes the text at a place, or NULL.
pub(super) fn text(writer: &mut Writer<'_>, place: &DocumentPlace) -> Result<()> {
    writer.push("(CASE WHEN jsonb_typeof(");
    at(writer, place)?;
    writer.push(") = 'string' THEN ");
    at(writer, place)?;
    writer.push(" #>> '{}' END) COLLATE \"C\"");
    Ok(())
}

/// Writes whether something certain stands at a place.
pub(super) fn is(writer: &mut Writer<'_>, node: &DocumentIs) -> Result<()> {
    if node.test == DocumentTest::Exists {
        return exists(writer, &node.place);
    }
    at(writer, &node.place)?;
    writer.push(match node.test {
        DocumentTest::True => " = 'true'::jsonb",
        DocumentTest::False => " = 'false'::jsonb",
        _ => " = 'null'::jsonb",
    });
    Ok(())
}

/// A member is asked for by the operator that indexes know. By itself it would find an array's element, too.
fn exists(writer: &mut Writer<'_>, place: &DocumentPlace) -> Result<()> {
    match place.numbers.split_last() {
        Some((false, before)) => {
            steps(writer, place, before.len())?;
            writer.push(" ? ");
            common::step(writer, place, before.len())?;
            writer.push("::text AND jsonb_typeof(");
            steps(writer, place, before.len())?;
            writer.push(") = 'object'");
        }
        _ => {
            at(writer, place)?;
            writer.push(" IS NOT NULL");
        }
    }
    Ok(())
}

/// Writes a comparison of a number. CASE keeps the cast from what is none.
pub(super) fn number(writer: &mut Writer<'_>, node: &DocumentNumber) -> Result<()> {
    writer.push("CASE WHEN jsonb_typeof(");
    at(writer, &node.place)?;
    writer.push(") = 'number' THEN (");
    at(writer, &node.place)?;
    writer.push(" #>> '{}')::numeric END");
    if common::is_list(&node.number) {
        writer.push(" = ANY(");
        writer.placeholder(&node.number, Transform::None)?;
        writer.push(")");
        return Ok(());
    }
    writer.push(common::operator(node.op));
    writer.placeholder(&node.number, Transform::None)
}

/// Writes which of two documents contains the other.
pub(super) fn matched(writer: &mut Writer<'_>, node: &DocumentMatch) -> Result<()> {
    at(writer, &node.place)?;
    writer.push(if node.contains { " @> " } else { " <@ " });
    writer.placeholder(&node.other, Transform::None)?;
    writer.push("::jsonb");
    Ok(())
}

/// Writes what stands at a place, or NULL.
fn at(writer: &mut Writer<'_>, place: &DocumentPlace) -> Result<()> {
    steps(writer, place, place.numbers.len())
}

/// Writes what stands after so many steps. `->` goes into objects alone, `#>` into arrays as well.
fn steps(writer: &mut Writer<'_>, place: &DocumentPlace, count: usize) -> Result<()> {
    common::check_path(writer, place)?;
    writer.push(if count == 0 { "" } else { "(" });
    common::operand(writer, &place.document)?;
    for (number, may_be_element) in place.numbers.iter().take(count).enumerate() {
        writer.push(if *may_be_element { " #> ARRAY[" } else { " -> " });
        common::step(writer, place, number)?;
        writer.push(if *may_be_element { "::text]" } else { "::text" });
    }
    writer.push(if count == 0 { "" } else { ")" });
    Ok(())
}
