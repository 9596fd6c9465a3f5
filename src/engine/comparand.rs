//! Comparisons with values that a database has no value for: NaN and infinity where it lacks them, decimals of more
//! digits than its own. Such a value is legal, and stands somewhere among those that rows can have: between two of
//! them, or beyond all. The comparison is asked in a form that the database knows.

use crate::dialect::Capabilities;
use crate::driver::Executor;
use crate::query::expr::{Compare, CompareOp, Expr, InList};
use crate::query::lookup::{Place, floor, is_negative};
use crate::query::{Param, Projection, Statement};
use crate::types::Value;

/// Up to this many characters, every database has the decimal.
const SHORT: usize = 30;

/// Rewrites the conditions of a statement.
pub(super) fn adapt(executor: &dyn Executor, statement: &mut Statement) {
    if matches!(statement, Statement::Select(_) | Statement::Update(_) | Statement::Delete(_)) && has_strange(statement)
    {
        let capabilities = executor.capabilities();
        each_condition(statement, &mut |condition| rewrite(condition, &capabilities));
    }
}

/// Whether any value may be one that some database lacks.
fn has_strange(statement: &mut Statement) -> bool {
    let mut found = false;
    statement.visit_params(&mut |param| found |= is_strange(&param.0));
    found
}

fn is_strange(value: &Value) -> bool {
    match value {
        Value::Float(number) => !number.is_finite(),
        Value::Decimal(number) => !number.is_finite() || number.as_str().len() > SHORT,
        Value::List(_, members) => members.iter().any(is_strange),
        _ => false,
    }
}

fn each_condition(statement: &mut Statement, visit: &mut impl FnMut(&mut Expr)) {
    let filter = match statement {
        Statement::Select(node) => {
            if let Projection::Aggregates { aggregates, .. } = &mut node.projection {
                aggregates.iter_mut().filter_map(|aggregate| aggregate.filter.as_mut()).for_each(&mut *visit);
            }
            &mut node.filter
        }
        Statement::Update(node) => &mut node.filter,
        Statement::Delete(node) => &mut node.filter,
        _ => return,
    };
    filter.iter_mut().for_each(visit);
}

fn rewrite(condition: &mut Expr, capabilities: &Capabilities) {
    match condition {
        Expr::And(all) | Expr::Or(all) => all.iter_mut().for_each(|one| rewrite(one, capabilities)),
        Expr::Not(inner) => rewrite(inner, capabilities),
        Expr::Related(node) => node.filter.iter_mut().for_each(|one| rewrite(one, capabilities)),
        Expr::Compare(node) => {
            if let Some(place) = place_of(&node.right, capabilities) {
                *condition = place.compared(node.left.clone(), node.op);
            }
        }
        Expr::Between(node)
            if place_of(&node.low, capabilities).is_some() || place_of(&node.high, capabilities).is_some() =>
        {
            let bound = |op, right: &Expr| {
                let mut side = Compare { left: node.expr.clone(), op, right: right.clone() }.into();
                rewrite(&mut side, capabilities);
                side
            };
            *condition = bound(CompareOp::Ge, &node.low).and(bound(CompareOp::Le, &node.high));
        }
        Expr::InList(node) => {
            if let Some(rest) = members_of(node, capabilities) {
                *condition = rest;
            }
        }
        _ => {}
    }
}

/// The members that rows can have; None where that is all of them.
fn members_of(node: &InList, capabilities: &Capabilities) -> Option<Expr> {
    let Value::List(kind, members) = &node.list.0 else { return None };
    if members.iter().all(|member| place(member, capabilities).is_none()) {
        return None;
    }
    let kept: Vec<Value> = members
        .iter()
        .filter_map(|member| match place(member, capabilities) {
            None => Some(member.clone()),
            Some(place) => place.member(),
        })
        .collect();
    if kept.is_empty() {
        return Some(Expr::Constant(false));
    }
    Some(InList { expr: node.expr.clone(), list: Param(Value::List(*kind, kept)) }.into())
}

fn place_of(operand: &Expr, capabilities: &Capabilities) -> Option<Place> {
    match operand {
        Expr::Value(Param(value)) => place(value, capabilities),
        _ => None,
    }
}

/// The place of a value that the database does not have; None where it has it.
fn place(value: &Value, capabilities: &Capabilities) -> Option<Place> {
    let beyond = |below: bool| Some(if below { Place::Below } else { Place::Above });
    match value {
        // NaN is the greatest value wherever it is one.
        Value::Float(number) if number.is_nan() && !capabilities.nan => Some(Place::Above),
        Value::Float(number) if number.is_infinite() && !capabilities.infinity => beyond(*number < 0.0),
        Value::Decimal(number) if !number.is_finite() => {
            if capabilities.decimal_nan {
                None
            } else {
                beyond(is_negative(number))
            }
        }
        Value::Decimal(number) => {
            let (digits, fraction) = capabilities.comparable_decimal?;
            let Some(room) = digits.checked_sub(number.integral_digits()) else {
                return beyond(is_negative(number));
            };
            let room = room.min(fraction);
            if number.scale() <= room {
                return None;
            }
            Some(match number.rescaled(room) {
                Some(same) => Place::At(Value::Decimal(same)),
                None => Place::JustAbove(Value::Decimal(floor(number, room))),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;

    fn decimal(text: &str) -> Value {
        Value::Decimal(text.parse().unwrap())
    }

    #[test]
    fn where_a_value_stands() {
        let mysql = Dialect::MySql.capabilities();
        let thirty = "0.123456789012345678901234567890";
        for (value, expected) in [
            (decimal(thirty), None),
            (decimal(&format!("{thirty}000")), Some(Place::At(decimal(thirty)))),
            (decimal(&format!("{thirty}1")), Some(Place::JustAbove(decimal(thirty)))),
            (decimal(&format!("-{thirty}1")), Some(Place::JustAbove(decimal("-0.123456789012345678901234567891")))),
            (decimal("-1e-31"), Some(Place::JustAbove(decimal("-0.000000000000000000000000000001")))),
            (decimal("1e64"), None),
            (decimal("1e65"), Some(Place::Above)),
            (decimal("-1e65"), Some(Place::Below)),
            (decimal("NaN"), Some(Place::Above)),
            (decimal("-Infinity"), Some(Place::Below)),
            (Value::Float(f64::NAN), Some(Place::Above)),
            (Value::Float(f64::NEG_INFINITY), Some(Place::Below)),
            (Value::Float(1.5), None),
        ] {
            assert_eq!(place(&value, &mysql), expected, "{value:?}");
        }
        assert_eq!(place(&Value::Float(f64::NAN), &Dialect::Postgres.capabilities()), None);
        assert_eq!(place(&Value::Float(f64::INFINITY), &Dialect::Sqlite.capabilities()), None);
    }
}
