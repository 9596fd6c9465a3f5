//! Lookups in arrays.

use crate::query::Param;
use crate::query::expr::{ArrayMatch, ArrayOp, Expr};
use crate::types::{Kind, SqlType, Value};

use super::is_null;

/// A comparison of an array column with a list of values.
///
/// A value that no element can be (an integer out of range, say) is legal, and the answer is simply true or false.
/// NULL in the list counts for [`ArrayOp::Equals`] alone.
pub fn array(subject: Expr, op: ArrayOp, kind: Kind, members: Vec<Value>) -> Expr {
    let element = element_type(&subject).cloned();
    let possible = |value: &Value| match value {
        Value::Null(_) => op == ArrayOp::Equals,
        value => element.as_ref().is_none_or(|element| can_hold(element, value)),
    };
    let given = members.len();
    let members: Vec<Value> = members.into_iter().filter(possible).collect();
    let lost = members.len() < given;
    match op {
        ArrayOp::Equals | ArrayOp::Contains if lost => Expr::Constant(false),
        ArrayOp::Overlaps if members.is_empty() => Expr::Constant(false),
        ArrayOp::Contains if members.is_empty() => is_null(subject, false),
        _ => ArrayMatch { array: subject, op, list: Param(Value::Array(kind, members)) }.into(),
    }
}

/// The number of an array's elements, NULLs included.
pub fn array_length(subject: Expr) -> Expr {
    Expr::ArrayLength(Box::new(subject))
}

fn element_type(subject: &Expr) -> Option<&SqlType> {
    match subject {
        Expr::Column(column) => column.column().sql_type.element(),
        _ => None,
    }
}

/// Whether an element of the type can equal the value.
fn can_hold(element: &SqlType, value: &Value) -> bool {
    match (element, value) {
        (element, Value::Integer(number)) => {
            element.integer_range().is_none_or(|(least, greatest)| (least..=greatest).contains(number))
        }
        (element, Value::Decimal(_)) => matches!(element, SqlType::Decimal { .. }),
        (SqlType::Char { .. }, Value::Text(text)) => !text.ends_with(' '),
        (SqlType::Enum(kind), Value::Untyped(text)) => kind.contains(text),
        _ => true,
    }
}
