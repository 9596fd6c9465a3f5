//! Where a value stands among those that rows can have. A comparison with a value that no row can have is legal, and is
//! asked by the values that there are.

use crate::query::expr::{Compare, CompareOp, Expr};
use crate::types::numeric::Total;
use crate::types::temporal::{FIRST_DAY, LAST_DAY, MICROS_PER_DAY};
use crate::types::{Kind, Numeric, PostgresKind, PostgresValue, Value};

use super::{bounds, is_null};

/// Where a value stands among those that rows can have.
#[derive(Debug, PartialEq)]
pub(crate) enum Place {
    /// Above all of them.
    Above,
    /// Below all of them.
    Below,
    /// Between this one and the next greater.
    JustAbove(Value),
    /// Between this one and the next smaller.
    JustBelow(Value),
    /// It is this one, written in another way.
    At(Value),
}

impl Place {
    /// The comparison with a value at this place.
    pub(crate) fn compared(self, left: Expr, op: CompareOp) -> Expr {
        let (op, right) = match (self, op) {
            (Self::At(same), op) => (op, same),
            (_, CompareOp::Eq)
            | (Self::Above, CompareOp::Gt | CompareOp::Ge)
            | (Self::Below, CompareOp::Lt | CompareOp::Le) => return Expr::Constant(false),
            (_, CompareOp::Ne) => return Expr::Constant(true),
            (Self::Above | Self::Below, _) => return is_null(left, false),
            (Self::JustBelow(ceiling), CompareOp::Lt | CompareOp::Le) => (CompareOp::Lt, ceiling),
            (Self::JustBelow(ceiling), CompareOp::Gt | CompareOp::Ge) => (CompareOp::Ge, ceiling),
            (Self::JustAbove(floor), CompareOp::Lt | CompareOp::Le) => (CompareOp::Le, floor),
            (Self::JustAbove(floor), CompareOp::Gt | CompareOp::Ge) => (CompareOp::Gt, floor),
        };
        Compare { left, op, right: Expr::value(right) }.into()
    }

    /// The same value where rows can have it; as a member of a list, no other counts.
    pub(crate) fn member(self) -> Option<Value> {
        match self {
            Self::At(same) => Some(same),
            _ => None,
        }
    }
}

/// The place of a number among values of a kind that are no decimals: floats, or counts of days or microseconds; and of
/// a range that none of the column's can be. None for every other pair: those compare as they are.
pub(super) fn among(kind: Kind, value: &Value) -> Option<Place> {
    const DAYS: (i64, i64) = (FIRST_DAY as i64, LAST_DAY as i64);
    if let (Kind::Postgres(PostgresKind::Range(of)), Value::Postgres(value)) = (kind, value) {
        return match &**value {
            PostgresValue::Range(_, range) => bounds::place(of, range),
            _ => None,
        };
    }
    let Value::Decimal(number) = value else { return None };
    let whole = |limits, make: fn(i64) -> Value| among_integers(number, limits, make);
    match kind {
        Kind::Float => Some(among_floats(number)),
        Kind::Date => Some(whole(DAYS, |days| i32::try_from(days).map_or(Value::Null(Kind::Date), Value::Date))),
        Kind::DateTime => Some(whole((DAYS.0 * MICROS_PER_DAY, (DAYS.1 + 1) * MICROS_PER_DAY - 1), Value::DateTime)),
        Kind::Time => Some(whole((0, MICROS_PER_DAY - 1), Value::Time)),
        Kind::Interval => Some(whole((i64::MIN, i64::MAX), Value::Interval)),
        _ => None,
    }
}

fn among_integers(number: &Numeric, (least, greatest): (i64, i64), make: fn(i64) -> Value) -> Place {
    let parsed = floor(number, 0).as_str().parse::<i64>().ok().filter(|whole| *whole <= greatest);
    match parsed {
        Some(whole) if whole < least => Place::Below,
        Some(whole) if number.rescaled(0).is_some() => Place::At(make(whole)),
        Some(whole) => Place::JustAbove(make(whole)),
        None if is_negative(number) => Place::Below,
        // Rows of others may hold what is beyond.
        None => Place::JustAbove(make(greatest)),
    }
}

fn among_floats(number: &Numeric) -> Place {
    let nearest: f64 = number.as_str().parse().unwrap_or(f64::NAN);
    if nearest.is_infinite() {
        // Between the last finite float and the infinity.
        return Place::JustAbove(Value::Float(if nearest > 0.0 { f64::MAX } else { f64::NEG_INFINITY }));
    }
    // All digits that a float has.
    let exact: Option<Numeric> = format!("{nearest:.1074}").parse().ok();
    match exact.map(|exact| number.compare(&exact)) {
        Some(std::cmp::Ordering::Less) => Place::JustAbove(Value::Float(nearest.next_down())),
        Some(std::cmp::Ordering::Greater) => Place::JustAbove(Value::Float(nearest)),
        _ => Place::At(Value::Float(nearest)),
    }
}

pub(crate) fn is_negative(number: &Numeric) -> bool {
    number.as_str().starts_with('-')
}

/// The greatest number of at most `scale` digits after the point that is not greater.
pub(crate) fn floor(number: &Numeric, scale: usize) -> Numeric {
    if let Some(same) = number.rescaled(scale.min(number.scale())) {
        return same;
    }
    let text = number.as_str();
    let cut = text.len() - (number.scale() - scale);
    let mut floor = Total::default();
    // What is cut from a plain notation is plain.
    for part in [Some(text[..cut].to_owned()), is_negative(number).then(|| format!("-1e-{scale}"))] {
        if let Some(part) = part.and_then(|part| part.parse().ok()) {
            floor.add(&part);
        }
    }
    floor.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Value {
        Value::Decimal(text.parse().unwrap())
    }

    #[test]
    fn where_a_number_stands_among_spans_and_instants() {
        let last = (i64::from(LAST_DAY) + 1) * MICROS_PER_DAY - 1;
        for (kind, number, expected) in [
            (Kind::Interval, "5", Some(Place::At(Value::Interval(5)))),
            (Kind::Interval, "5.0", Some(Place::At(Value::Interval(5)))),
            (Kind::Interval, "5.5", Some(Place::JustAbove(Value::Interval(5)))),
            (Kind::Interval, "-5.5", Some(Place::JustAbove(Value::Interval(-6)))),
            (Kind::Interval, "86399999999999999999", Some(Place::JustAbove(Value::Interval(i64::MAX)))),
            (Kind::Interval, "-86399999999999999999", Some(Place::Below)),
            (Kind::DateTime, "0.001", Some(Place::JustAbove(Value::DateTime(0)))),
            (Kind::DateTime, "9223372036854775807", Some(Place::JustAbove(Value::DateTime(last)))),
            (Kind::DateTime, "-9223372036854775807", Some(Place::Below)),
            (Kind::Time, "-1", Some(Place::Below)),
            (Kind::Integer, "1", None),
            (Kind::Decimal, "1", None),
        ] {
            assert_eq!(among(kind, &decimal(number)), expected, "{number}");
        }
        assert_eq!(among(Kind::Float, &Value::Float(1.0)), None);
    }

    #[test]
    fn where_a_number_stands_among_floats() {
        let two_53 = 9_007_199_254_740_992.0;
        for (number, expected) in [
            ("1.5", Place::At(Value::Float(1.5))),
            ("9007199254740993", Place::JustAbove(Value::Float(two_53))),
            ("-9007199254740993", Place::JustAbove(Value::Float(-two_53 - 2.0))),
            ("1e400", Place::JustAbove(Value::Float(f64::MAX))),
            ("-1e400", Place::JustAbove(Value::Float(f64::NEG_INFINITY))),
            ("1e-400", Place::JustAbove(Value::Float(0.0))),
        ] {
            assert_eq!(among(Kind::Float, &decimal(number)), Some(expected), "{number}");
        }
    }
}
