//! What questions about JSON documents have in common.

use super::super::transform::Transform;
use super::super::writer::Writer;
use crate::error::{Error, Result};
use crate::query::Param;
use crate::query::expr::{CompareOp, DocumentPlace};
use crate::types::Value;

/// The longest path into a document.
const MOST_STEPS: usize = 64;

/// Refuses a path that is too long.
pub(in crate::dialect) fn check_path(writer: &Writer<'_>, place: &DocumentPlace) -> Result<()> {
    if place.numbers.len() <= MOST_STEPS {
        return Ok(());
    }
    let feature = format!("a path into JSON of more than {MOST_STEPS} steps");
    Err(Error::unsupported(feature, writer.spelling().dialect().name()))
}

/// The operator, with blanks around it.
pub(in crate::dialect) fn operator(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => " = ",
        CompareOp::Ne => " <> ",
        CompareOp::Lt => " < ",
        CompareOp::Le => " <= ",
        CompareOp::Gt => " > ",
        CompareOp::Ge => " >= ",
    }
}

/// Writes the placeholder of one step of a path, as text.
pub(in crate::dialect) fn step(writer: &mut Writer<'_>, place: &DocumentPlace, number: usize) -> Result<()> {
    match &place.path {
        Some(path) => writer.placeholder_of(path, Transform::Member(number), crate::types::Kind::Text),
        None => Ok(()),
    }
}

/// Whether a parameter is a list.
pub(in crate::dialect) fn is_list(param: &Param) -> bool {
    matches!(param.0, Value::List(..))
}
