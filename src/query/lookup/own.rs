//! Lookups in types that one database alone has.

use crate::query::Param;
use crate::query::expr::{ArrayOp, Distance, Expr, Metric, OwnMatch, OwnOp, PairValue, SetMatch};
use crate::types::{PostgresType, PostgresValue, SqlType, Value};

use super::is_null;

/// A comparison with one value; NULL meets none.
pub fn own(subject: Expr, op: OwnOp, with: Value) -> Expr {
    if with.is_null() || is_beyond(&subject, &with) {
        return Expr::Constant(false);
    }
    OwnMatch { subject, op, with: Param(with) }.into()
}

/// A number that no range of the column's type can have: legal, and in none of them.
fn is_beyond(subject: &Expr, with: &Value) -> bool {
    let Expr::Column(column) = subject else { return false };
    let SqlType::Postgres(PostgresType::Range(of)) = &column.column().sql_type else { return false };
    match (of.element().integer_range(), with) {
        (Some((least, greatest)), Value::Integer(number)) => !(least..=greatest).contains(number),
        (Some(_), Value::Decimal(_)) => true,
        _ => false,
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
