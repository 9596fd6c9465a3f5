//! Which of two documents contains the other, in MySQL and MariaDB. Their own function finds scalars and objects in arrays
//! at any depth, where PostgreSQL finds scalars at the top only: so each part of the other document is asked for by itself.

use super::document;
use crate::dialect::transform::Transform;
use crate::dialect::writer::Writer;
use crate::error::Result;
use crate::query::expr::{CompareOp, DocumentMatch, DocumentTest};
use crate::types::Kind;
use crate::types::document::Outline;

/// Writes the whole question.
pub(super) fn matched(writer: &mut Writer<'_>, node: &DocumentMatch) -> Result<()> {
    let place = Part { node, element: None, names: Vec::new() };
    let has_leaves = node.outline.leaves() > 0;
    writer.push(if has_leaves { "" } else { "(" });
    if node.contains {
        at_top_contains(writer, &place)?;
    } else {
        at_top_contained(writer, &place)?;
    }
    if !has_leaves {
        // The outline says it all, but each parameter has its place.
        writer.push(") AND ");
        writer.placeholder(&node.other, Transform::None)?;
        writer.push(" IS NOT NULL");
    }
    Ok(())
}

/// An array at the top contains a bare scalar.
fn at_top_contains(writer: &mut Writer<'_>, place: &Part<'_>) -> Result<()> {
    let outline = &place.node.outline;
    contains(writer, place, outline, 0)?;
    if outline.is_scalar() {
        writer.push(" OR (");
        some_element(writer, place, &|writer, element| contains(writer, element, outline, 0))?;
        writer.push(")");
    }
    Ok(())
}

/// And a bare scalar at the top is contained in an array.
fn at_top_contained(writer: &mut Writer<'_>, place: &Part<'_>) -> Result<()> {
    let outline = &place.node.outline;
    contained(writer, place, outline, 0)?;
    let Outline::Array(elements) = outline else { return Ok(()) };
    for (element, leaf) in numbered(elements, 0).filter(|(element, _)| element.is_scalar()) {
        writer.push(" OR (");
        contains(writer, place, element, leaf)?;
        writer.push(")");
    }
    Ok(())
}

/// Writes that a part contains what the outline says, whose first leaf has this number.
fn contains(writer: &mut Writer<'_>, part: &Part<'_>, outline: &Outline, leaf: usize) -> Result<()> {
    match outline {
        Outline::Array(elements) => {
            is_of_type(writer, part, "ARRAY")?;
            for (element, leaf) in numbered(elements, leaf) {
                writer.push(" AND ");
                some_element(writer, part, &|writer, found| contains(writer, found, element, leaf))?;
            }
            Ok(())
        }
        Outline::Object(members) => {
            is_of_type(writer, part, "OBJECT")?;
            for (member, name) in named(members, leaf) {
                writer.push(" AND (");
                contains(writer, &part.member(name), member, name + 1)?;
                writer.push(")");
            }
            Ok(())
        }
        scalar => equals(writer, part, scalar, leaf),
    }
}

/// Writes that a part is contained in what the outline says.
fn contained(writer: &mut Writer<'_>, part: &Part<'_>, outline: &Outline, leaf: usize) -> Result<()> {
    match outline {
        Outline::Array(elements) => {
            is_of_type(writer, part, "ARRAY")?;
            writer.push(" AND NOT ");
            some_element(writer, part, &|writer, found| {
                writer.push("(FALSE");
                for (element, leaf) in numbered(elements, leaf) {
                    writer.push(" OR (");
                    contained(writer, found, element, leaf)?;
                    writer.push(")");
                }
                writer.push(") IS NOT TRUE");
                Ok(())
            })
        }
        Outline::Object(members) => {
            is_of_type(writer, part, "OBJECT")?;
            writer.push(" AND JSON_LENGTH(");
            part.write(writer)?;
            writer.push(") = 0");
            for (_, name) in named(members, leaf) {
                writer.push(" + (");
                part.member(name).write(writer)?;
                writer.push(" IS NOT NULL)");
            }
            for (member, name) in named(members, leaf) {
                writer.push(" AND (");
                part.member(name).write(writer)?;
                writer.push(" IS NULL OR (");
                contained(writer, &part.member(name), member, name + 1)?;
                writer.push("))");
            }
            Ok(())
        }
        scalar => equals(writer, part, scalar, leaf),
    }
}

/// Writes that a part is a certain scalar.
fn equals(writer: &mut Writer<'_>, part: &Part<'_>, scalar: &Outline, leaf: usize) -> Result<()> {
    let what = |writer: &mut Writer<'_>| part.write(writer);
    match scalar {
        Outline::Boolean(true) => document::test(writer, DocumentTest::True, &what),
        Outline::Boolean(false) => document::test(writer, DocumentTest::False, &what),
        Outline::Number => document::compare_if_number(writer, &what, CompareOp::Eq, &|writer, exact| {
            let transform = if exact { Transform::LeafText(leaf) } else { Transform::LeafFloat(leaf) };
            writer.placeholder_of(&part.node.other, transform, Kind::Text)
        }),
        Outline::Text => {
            is_of_type(writer, part, "STRING")?;
            writer.push(" AND CAST(JSON_UNQUOTE(");
            part.write(writer)?;
            writer.push(") AS BINARY) = CAST(");
            writer.placeholder_of(&part.node.other, Transform::LeafText(leaf), Kind::Text)?;
            writer.push(" AS BINARY)");
            Ok(())
        }
        _ => document::test(writer, DocumentTest::Null, &what),
    }
}

/// Writes that a part is an array with an element of which something holds.
fn some_element(
    writer: &mut Writer<'_>,
    part: &Part<'_>,
    holds: &dyn Fn(&mut Writer<'_>, &Part<'_>) -> Result<()>,
) -> Result<()> {
    let depth = part.depth();
    // Of what is no array, the one row would be the thing itself.
    writer.push("EXISTS (SELECT 1 FROM JSON_TABLE(CASE WHEN ");
    is_of_type(writer, part, "ARRAY")?;
    writer.push(" THEN ");
    part.write(writer)?;
    writer.push(" ELSE '[]' END, '$[*]' COLUMNS (chakra_v JSON PATH '$')) AS chakra_e");
    writer.push(&depth.to_string());
    writer.push(" WHERE ");
    holds(writer, &Part { node: part.node, element: Some(depth), names: Vec::new() })?;
    writer.push(")");
    Ok(())
}

fn is_of_type(writer: &mut Writer<'_>, part: &Part<'_>, name: &str) -> Result<()> {
    writer.push("JSON_TYPE(");
    part.write(writer)?;
    writer.push(") = '");
    writer.push(name);
    writer.push("'");
    Ok(())
}

/// Elements, each with the number of its first leaf.
fn numbered(elements: &[Outline], first: usize) -> impl Iterator<Item = (&Outline, usize)> {
    elements.iter().scan(first, |next, element| {
        let leaf = *next;
        *next += element.leaves();
        Some((element, leaf))
    })
}

/// Members, each with the number of its name, which comes just before its first leaf.
fn named(members: &[Outline], first: usize) -> impl Iterator<Item = (&Outline, usize)> {
    members.iter().scan(first, |next, member| {
        let name = *next;
        *next += member.leaves() + 1;
        Some((member, name))
    })
}

/// A part of the document that is asked about.
struct Part<'a> {
    node: &'a DocumentMatch,
    /// The table of elements that it starts from, by number; None: the place itself.
    element: Option<usize>,
    /// The way on from there, by the numbers of members' names.
    names: Vec<usize>,
}

impl Part<'_> {
    fn member(&self, name: usize) -> Self {
        let names = self.names.iter().copied().chain([name]).collect();
        Part { node: self.node, element: self.element, names }
    }

    /// The number of the next table of elements.
    fn depth(&self) -> usize {
        self.element.map_or(0, |number| number + 1)
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        for _ in &self.names {
            writer.push("JSON_EXTRACT(");
        }
        match self.element {
            None => document::at(writer, &self.node.place)?,
            Some(number) => {
                writer.push("chakra_e");
                writer.push(&number.to_string());
                writer.push(".chakra_v");
            }
        }
        for name in &self.names {
            writer.push(", ");
            writer.placeholder_of(&self.node.other, Transform::LeafPath(*name), Kind::Text)?;
            writer.push(")");
        }
        Ok(())
    }
}
