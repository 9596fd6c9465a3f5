//! Comparisons of the types that PostgreSQL alone has, and full text search.

use super::bare_type;
use crate::dialect::common;
use crate::dialect::transform::Transform;
use crate::dialect::writer::Writer;
use crate::error::Result;
use crate::query::Expr;
use crate::query::expr::{Distance, Metric, OwnMatch, OwnOp, PairValue};
use crate::types::{Kind, PostgresType, SqlType, Value};

/// Writes a comparison.
pub(super) fn own_match(writer: &mut Writer<'_>, node: &OwnMatch) -> Result<()> {
    match node.op {
        OwnOp::IsEmpty => call(writer, "isempty(", node),
        OwnOp::StartsAt => call(writer, "lower(", node),
        OwnOp::EndsAt => call(writer, "upper(", node),
        OwnOp::Search | OwnOp::Matches => search(writer, node),
        op => {
            common::operand(writer, &node.subject)?;
            writer.push(operator(op));
            with(writer, node)
        }
    }
}

fn operator(op: OwnOp) -> &'static str {
    match op {
        OwnOp::Contains => " @> ",
        OwnOp::ContainedBy => " <@ ",
        OwnOp::Overlaps | OwnOp::NetOverlaps => " && ",
        OwnOp::FullyLess | OwnOp::NetContained => " << ",
        OwnOp::FullyGreater | OwnOp::NetContains => " >> ",
        OwnOp::NotGreater => " &< ",
        OwnOp::NotLess => " &> ",
        OwnOp::Adjacent => " -|- ",
        OwnOp::NetContainedOrEqual => " <<= ",
        OwnOp::NetContainsOrEqual => " >>= ",
        OwnOp::HasKey => " ? ",
        OwnOp::HasKeys => " ?& ",
        OwnOp::HasAnyKeys => " ?| ",
        OwnOp::IsEmpty | OwnOp::StartsAt | OwnOp::EndsAt => " = ",
        OwnOp::Search | OwnOp::Matches => " @@ ",
    }
}

fn call(writer: &mut Writer<'_>, function: &str, node: &OwnMatch) -> Result<()> {
    writer.push(function);
    common::operand(writer, &node.subject)?;
    writer.push(") = ");
    with(writer, node)
}

/// Writes the value, with the type that the operator asks for where the server cannot tell.
fn with(writer: &mut Writer<'_>, node: &OwnMatch) -> Result<()> {
    writer.placeholder(&node.with, Transform::None)?;
    match (&node.with.0, &node.subject) {
        (Value::Postgres(_) | Value::Boolean(_), _) => {}
        (Value::Text(_), _) => writer.push("::text"),
        (Value::Array(..), _) => writer.push("::text[]"),
        (_, Expr::Column(column)) => {
            if let SqlType::Postgres(PostgresType::Range(of)) = &column.column().sql_type {
                writer.push("::");
                writer.push(&bare_type(&column.table, &of.element())?);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Words are asked for as in a search engine: quotes, `or` and a minus have their meaning, and nothing is an error.
fn search(writer: &mut Writer<'_>, node: &OwnMatch) -> Result<()> {
    let is_text = common::kind(&node.subject)? == Kind::Text;
    writer.push(if is_text { "to_tsvector(" } else { "" });
    common::operand(writer, &node.subject)?;
    writer.push(if is_text { ")" } else { "" });
    writer.push(if node.op == OwnOp::Search { " @@ websearch_to_tsquery(" } else { " @@ to_tsquery(" });
    writer.placeholder(&node.with, Transform::None)?;
    writer.push("::text)");
    Ok(())
}

/// Writes the text of a key.
pub(super) fn pair_value(writer: &mut Writer<'_>, node: &PairValue) -> Result<()> {
    writer.push("(");
    common::operand(writer, &node.pairs)?;
    writer.push(" -> ");
    writer.placeholder(&node.key, Transform::None)?;
    writer.push("::text) COLLATE \"C\"");
    Ok(())
}

/// Writes a distance.
pub(super) fn distance(writer: &mut Writer<'_>, node: &Distance) -> Result<()> {
    common::operand(writer, &node.vector)?;
    writer.push(match node.metric {
        Metric::L2 => " <-> ",
        Metric::L1 => " <+> ",
        Metric::Cosine => " <=> ",
        Metric::NegativeInnerProduct => " <#> ",
    });
    writer.placeholder(&node.from, Transform::None)
}
