//! Expressions and conditions.

use super::super::transform::Transform;
use super::super::writer::{Writer, column};
use super::document::operator;
use super::from::related;
use super::insert::given;
use super::text_match::text_match;
use crate::error::{Error, Result};
use crate::query::expr::{Between, ByKey, Compare, CompareOp, InKeys, InList};
use crate::query::{ColumnRef, Expr};
use crate::types::Kind;

/// Longer chains are written as a tree of shorter ones: SQLite counts each term of a chain as one level
/// of depth and takes 1000.
const LONGEST_CHAIN: usize = 64;

const AND: &str = " AND ";
const OR: &str = " OR ";

/// Writes an expression where nothing around it binds tighter than AND.
pub(in crate::dialect) fn expr(writer: &mut Writer<'_>, node: &Expr) -> Result<()> {
    writer.nested(|writer| match node {
        Expr::Column(node) => column_ref(writer, node),
        Expr::Value(param) => writer.placeholder(param, Transform::None),
        Expr::Constant(value) => {
            writer.push(if *value { "TRUE" } else { "FALSE" });
            Ok(())
        }
        Expr::And(all) => chain(writer, all, AND),
        Expr::Or(all) => chain(writer, all, OR),
        Expr::Not(inner) => not(writer, inner),
        Expr::Compare(node) => compare(writer, node),
        Expr::IsNull(node) => {
            operand(writer, &node.expr)?;
            writer.push(if node.negated { " IS NOT NULL" } else { " IS NULL" });
            Ok(())
        }
        Expr::InList(node) => in_list(writer, node),
        Expr::InKeys(node) => writer.spelling().in_keys(writer, node),
        Expr::ByKey(node) => by_key(writer, node),
        Expr::Between(node) => between(writer, node),
        Expr::TextMatch(node) => text_match(writer, node),
        Expr::ArrayMatch(node) => writer.spelling().array_match(writer, node),
        Expr::ArrayLength(array) => {
            writer.push(writer.spelling().array_length());
            parenthesised(writer, |writer| expr(writer, array))
        }
        Expr::Next(number) => writer.spelling().next_number(writer, number),
        Expr::DocumentText(place) => writer.spelling().document_text(writer, place),
        Expr::DocumentIs(node) => parenthesised(writer, |writer| writer.spelling().document_is(writer, node)),
        Expr::DocumentNumber(node) => writer.spelling().document_number(writer, node),
        Expr::DocumentMatch(node) => parenthesised(writer, |writer| writer.spelling().document_match(writer, node)),
        Expr::OwnMatch(node) => writer.spelling().own_match(writer, node),
        Expr::PairValue(node) => writer.spelling().pair_value(writer, node),
        Expr::SetMatch(node) => parenthesised(writer, |writer| writer.spelling().set_match(writer, node)),
        Expr::Distance(node) => writer.spelling().distance(writer, node),
        Expr::Related(node) => related(writer, node),
    })
}

/// Writes an expression where it is one operand: in parentheses unless it is a single term.
pub(in crate::dialect) fn operand(writer: &mut Writer<'_>, node: &Expr) -> Result<()> {
    if matches!(node, Expr::Column(_) | Expr::Value(_) | Expr::Constant(_)) {
        return expr(writer, node);
    }
    parenthesised(writer, |writer| expr(writer, node))
}

/// Writes an operand with the collation that comparing values of this kind needs.
pub(super) fn collated(writer: &mut Writer<'_>, node: &Expr, kind: Kind) -> Result<()> {
    operand(writer, node)?;
    writer.collate(kind);
    Ok(())
}

/// Writes an operand by whose order rows are compared, with the collation that values of this kind need.
pub(in crate::dialect) fn sort_key(writer: &mut Writer<'_>, node: &Expr, kind: Kind) -> Result<()> {
    let (before, after) = match node {
        Expr::Column(node) => writer.spelling().sort_key(node.column()),
        _ => ("", ""),
    };
    writer.push(before);
    operand(writer, node)?;
    writer.push(after);
    writer.collate(kind);
    Ok(())
}

/// The kind of an expression's values. A condition's are true and false.
pub(in crate::dialect) fn kind(node: &Expr) -> Result<Kind> {
    Ok(match node {
        Expr::Column(node) => column(&node.table, node.position)?.sql_type.kind(),
        Expr::Value(param) => param.0.kind(),
        Expr::ArrayLength(_) | Expr::Next(_) => Kind::Integer,
        Expr::DocumentText(_) | Expr::PairValue(_) => Kind::Text,
        Expr::Distance(_) => Kind::Float,
        Expr::ByKey(node) => column(&node.column.table, node.column.position)?.sql_type.kind(),
        _ => Kind::Boolean,
    })
}

pub(super) fn parenthesised(writer: &mut Writer<'_>, write: impl FnOnce(&mut Writer<'_>) -> Result<()>) -> Result<()> {
    writer.push("(");
    write(writer)?;
    writer.push(")");
    Ok(())
}

fn column_ref(writer: &mut Writer<'_>, node: &ColumnRef) -> Result<()> {
    let column = column(&node.table, node.position)?;
    let scope = writer.scope();
    let end = node.path.end().unwrap_or(&scope.root);
    let same = |table: &crate::schema::Table| (&table.schema, &table.name) == (&node.table.schema, &node.table.name);
    if !(*end == node.table || same(end)) {
        return Err(Error::query(format!(
            "{}.{} is not a column of {}, which the query is about",
            node.table.model, column.attribute, end.model
        )));
    }
    let alias = scope.alias(&node.path);
    if alias.is_none() && !node.path.is_root() {
        return Err(Error::query(format!(
            "{}.{} belongs to a related row, which cannot be read here",
            node.table.model, column.attribute
        )));
    }
    writer.qualified(alias, &column.name)
}

/// Writes conditions with a word between; of none, all hold and not one does.
fn chain(writer: &mut Writer<'_>, all: &[Expr], word: &str) -> Result<()> {
    match all {
        [] => expr(writer, &Expr::Constant(word == AND)),
        [only] => expr(writer, only),
        _ if all.len() > LONGEST_CHAIN => {
            let part = all.len().div_ceil(LONGEST_CHAIN).max(LONGEST_CHAIN);
            writer.separated(word, all.chunks(part), |writer, part| {
                parenthesised(writer, |writer| chain(writer, part, word))
            })
        }
        _ => writer.separated(word, all, |writer, one| match one {
            Expr::And(_) | Expr::Or(_) => parenthesised(writer, |writer| expr(writer, one)),
            _ => expr(writer, one),
        }),
    }
}

/// The exact complement: NOT alone would leave the unknown unknown.
fn not(writer: &mut Writer<'_>, inner: &Expr) -> Result<()> {
    if inner.can_be_null() {
        parenthesised(writer, |writer| expr(writer, inner))?;
        writer.push(" IS NOT TRUE");
        return Ok(());
    }
    writer.push("NOT ");
    parenthesised(writer, |writer| expr(writer, inner))
}

fn compare(writer: &mut Writer<'_>, node: &Compare) -> Result<()> {
    // IS DISTINCT FROM and its like will not do: they call two NULLs equal, `Eq` does not.
    if node.op == CompareOp::Ne && (node.left.can_be_null() || node.right.can_be_null()) {
        parenthesised(writer, |writer| comparison(writer, node, " = "))?;
        writer.push(" IS NOT TRUE");
        return Ok(());
    }
    comparison(writer, node, operator(node.op))
}

fn comparison(writer: &mut Writer<'_>, node: &Compare, operator: &str) -> Result<()> {
    let kind = common_kind(&[&node.left, &node.right])?;
    check_comparison(writer, kind)?;
    match node.op {
        CompareOp::Eq | CompareOp::Ne => collated(writer, &node.left, kind)?,
        CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => sort_key(writer, &node.left, kind)?,
    }
    writer.push(operator);
    operand(writer, &node.right)
}

fn between(writer: &mut Writer<'_>, node: &Between) -> Result<()> {
    let kind = common_kind(&[&node.expr, &node.low, &node.high])?;
    check_comparison(writer, kind)?;
    sort_key(writer, &node.expr, kind)?;
    writer.push(" BETWEEN ");
    operand(writer, &node.low)?;
    writer.push(" AND ");
    operand(writer, &node.high)
}

fn in_list(writer: &mut Writer<'_>, node: &InList) -> Result<()> {
    let kind = kind(&node.expr)?;
    check_comparison(writer, kind)?;
    collated(writer, &node.expr, kind)?;
    writer.spelling().in_list(writer, node)
}

/// Writes that the columns are, together, one of the keys that the spelling selects.
pub(in crate::dialect) fn in_keys(writer: &mut Writer<'_>, node: &InKeys) -> Result<()> {
    parenthesised(writer, |writer| writer.separated(", ", &node.columns, key_part))?;
    writer.push(" IN (SELECT ");
    writer.spelling().keys(writer, node)?;
    writer.push(")");
    Ok(())
}

/// Writes a column of a key that is looked for.
pub(in crate::dialect) fn key_part(writer: &mut Writer<'_>, node: &ColumnRef) -> Result<()> {
    let kind = column(&node.table, node.position)?.sql_type.kind();
    check_comparison(writer, kind)?;
    column_ref(writer, node)?;
    writer.collate(kind);
    Ok(())
}

/// Writes the value that a row has by its key.
fn by_key(writer: &mut Writer<'_>, node: &ByKey) -> Result<()> {
    writer.push("CASE");
    for row in &node.rows {
        writer.push(" WHEN ");
        writer.separated(" AND ", node.key.iter().zip(&row.key), |writer, (column, part)| {
            key_part(writer, column)?;
            writer.push(" = ");
            given(writer, &column.table, column.position, part)
        })?;
        writer.push(" THEN ");
        given(writer, &node.column.table, node.column.position, &row.value)?;
    }
    writer.push(" END");
    Ok(())
}

/// Databases disagree on the order of arrays, and on which documents are equal. Arrays have comparisons of their own.
fn check_comparison(writer: &Writer<'_>, kind: Kind) -> Result<()> {
    match kind {
        Kind::Array(_) => Err(Error::query(
            "whole arrays have no order and are no members of lists; compare them by \
             equality, contains, contained_by, overlap or their length",
        )),
        kind => writer.spelling().check_comparison(kind),
    }
}

/// The kind by which expressions are compared: decimal if one of them is.
fn common_kind(all: &[&Expr]) -> Result<Kind> {
    let mut common = kind(all[0])?;
    for one in all {
        if kind(one)? == Kind::Decimal {
            common = Kind::Decimal;
        }
    }
    Ok(common)
}
