//! Lookups in types that one database alone has.

use crate::query::Param;
use crate::query::expr::{ArrayOp, Distance, Expr, Metric, OwnMatch, OwnOp, PairValue, SetMatch};
use crate::types::{PostgresType, PostgresValue, SqlType, Value};

use super::{bounds, is_null};

/// A comparison with one value; NULL meets none.
pub fn own(subject: Expr, op: OwnOp, with: Value) -> Expr {
    if with.is_null() {
        return Expr::Constant(false);
    }
    let settled = match &subject {
        Expr::Column(column) => match &column.column().sql_type {
            SqlType::Postgres(PostgresType::Range(of)) => bounds::settled(*of, op, with),
            _ => Some(with),
        },
        _ => Some(with),
    };
    match settled {
        Some(with) => OwnMatch { subject, op, with: Param(with) }.into(),
        None => Expr::Constant(false),
    }
}

/// A value as a comparand: a range in the form in which ranges are compared, whether a column can hold it or not.
///
/// # Errors
///
/// What is no range.
pub fn comparable(value: Value) -> Result<Value, String> {
    match value {
        Value::Postgres(value) => match *value {
            PostgresValue::Range(of, range) => of.comparable(range).map(|range| PostgresValue::Range(of, range).into()),
            other => Ok(other.into()),
        },
        value => Ok(value),
    }
}

/// The text of a key in pairs, to be compared; NULL where the key is not there or has none.
pub fn pair_value(pairs: Expr, key: String) -> Expr {
    PairValue { pairs, key: Param(Value::Text(key)) }.into()
}

/// A comparison of a `SET` with members, in whatever order.
pub fn set_match(set: Expr, op: ArrayOp, mut members: Vec<String>) -> Expr {
    members.sort_unstable();
    members.dedup();
    match (op, members.is_empty()) {
        (ArrayOp::Contains, true) => is_null(set, false),
        (ArrayOp::Overlaps, true) => Expr::Constant(false),
        _ => {
            let members = members.into_iter().map(|member| Param(Value::Text(member))).collect();
            SetMatch { set, op, members }.into()
        }
    }
}

/// The distance of a vector from another, to be compared or ordered by.
pub fn distance(vector: Expr, metric: Metric, from: PostgresValue) -> Expr {
    Distance { vector, metric, from: Param(from.into()) }.into()
}
