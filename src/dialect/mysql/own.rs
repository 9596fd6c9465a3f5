//! Comparisons of `SET`, and full text search.

use crate::dialect::Dialect;
use crate::dialect::common;
use crate::dialect::transform::Transform;
use crate::dialect::writer::Writer;
use crate::error::{Error, Result};
use crate::query::expr::{ArrayOp, OwnMatch, OwnOp, SetMatch};
use crate::types::Kind;

/// Writes a comparison of a set with members.
pub(super) fn set_match(writer: &mut Writer<'_>, node: &SetMatch) -> Result<()> {
    match node.op {
        ArrayOp::Contains => each(writer, node, " AND "),
        ArrayOp::Overlaps => each(writer, node, " OR "),
        // As many of them as it has members.
        ArrayOp::ContainedBy | ArrayOp::Equals => {
            writer.push("BIT_COUNT(");
            common::operand(writer, &node.set)?;
            writer.push(" + 0) = 0");
            for number in 0..node.members.len() {
                writer.push(" + (");
                one(writer, node, number)?;
                writer.push(")");
            }
            Ok(())
        }
    }
}

fn each(writer: &mut Writer<'_>, node: &SetMatch, word: &str) -> Result<()> {
    writer.separated(word, 0..node.members.len(), |writer, number| one(writer, node, number))
}

fn one(writer: &mut Writer<'_>, node: &SetMatch, number: usize) -> Result<()> {
    writer.push("FIND_IN_SET(");
    writer.placeholder(&node.members[number], Transform::None)?;
    writer.push(", ");
    common::operand(writer, &node.set)?;
    writer.push(") > 0");
    Ok(())
}

/// Writes a search, which asks for a fulltext index.
pub(super) fn own_match(writer: &mut Writer<'_>, node: &OwnMatch) -> Result<()> {
    let is_text = common::kind(&node.subject)? == Kind::Text;
    let transform = match node.op {
        OwnOp::Search if is_text => Transform::AllWords,
        OwnOp::Matches if is_text => Transform::None,
        op => return Err(Error::unsupported(format!("the lookup {:?}", op.name()), Dialect::MySql.name())),
    };
    writer.push("MATCH (");
    common::operand(writer, &node.subject)?;
    writer.push(") AGAINST (");
    writer.placeholder(&node.with, transform)?;
    writer.push(" IN BOOLEAN MODE)");
    Ok(())
}
