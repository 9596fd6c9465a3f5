//! Ranges as comparands whose bounds no stored range can have: numbers beyond those of the type, instants finer than a
//! microsecond. Such a bound stands in a gap: between two that stored ranges can have, or beyond all of these, but short
//! of an open end, which is beyond every value. What is asked is asked by the bounds at the gap's sides.

use std::ops::Bound;

use super::place::{Place, floor, is_negative};
use crate::query::expr::OwnOp;
use crate::types::postgres::{Range, RangeType};
use crate::types::{PostgresValue, Value};

/// What a range is compared with, in a form that stored ranges can have; None where no range meets it.
pub(super) fn settled(of: RangeType, op: OwnOp, with: Value) -> Option<Value> {
    let range = match &with {
        Value::Postgres(value) => match &**value {
            PostgresValue::Range(_, range) => range.clone(),
            _ => return Some(with),
        },
        _ if gap(of, &with).is_none() => return Some(with),
        // No bound is that value; who contains it contains the gap.
        value if op == OwnOp::Contains => Range::new(Bound::Included(value.clone()), Bound::Included(value.clone())),
        _ => return None,
    };
    if !has_gap(of, &range) {
        return Some(with);
    }
    Some(PostgresValue::Range(of, asked(of, op, &range)).into())
}

/// Where a range stands among those that rows can have; None where it can be one of them.
pub(super) fn place(of: RangeType, range: &Range<Value>) -> Option<Place> {
    if !has_gap(of, range) {
        return None;
    }
    let (lower, upper) = (range.lower()?.cloned(), range.upper()?.cloned());
    // Ranges order by their lower bounds, then by their upper ones: the next greater is the least beyond the gap.
    let next = match gap_of(of, &lower) {
        Some(Gap { above: None, .. }) => return Some(Place::Above),
        Some(Gap { above: Some(first), .. }) => {
            let only = Range::new(Bound::Included(first.clone()), Bound::Included(first));
            of.canonical(only).unwrap_or(Range::empty())
        }
        None => Range::new(lower, outer_upper(of, upper)),
    };
    Some(Place::JustBelow(PostgresValue::Range(of, next).into()))
}

/// The values at the sides of a gap, where there are any.
struct Gap {
    below: Option<Value>,
    above: Option<Value>,
}

/// The gap in which a value stands; None where it can be a bound.
fn gap(of: RangeType, value: &Value) -> Option<Gap> {
    let (least, greatest) = of.limits()?;
    let whole = match value {
        Value::Integer(number) if (least..=greatest).contains(number) => return None,
        Value::Integer(number) => Some(*number),
        Value::Decimal(number) => match floor(number, 0).as_str().parse() {
            Ok(whole) => Some(whole),
            Err(_) if is_negative(number) => None,
            Err(_) => Some(i64::MAX),
        },
        _ => return None,
    };
    Some(match whole.filter(|whole| *whole >= least) {
        None => Gap { below: None, above: Some(of.bound(least)) },
        Some(whole) => {
            Gap { below: Some(of.bound(whole.min(greatest))), above: (whole < greatest).then(|| of.bound(whole + 1)) }
        }
    })
}

fn gap_of(of: RangeType, bound: &Bound<Value>) -> Option<Gap> {
    match bound {
        Bound::Included(value) | Bound::Excluded(value) => gap(of, value),
        Bound::Unbounded => None,
    }
}

fn has_gap(of: RangeType, range: &Range<Value>) -> bool {
    let in_gap = |bound: Option<Bound<&Value>>| bound.is_some_and(|bound| gap_of(of, &bound.cloned()).is_some());
    in_gap(range.lower()) || in_gap(range.upper())
}

/// The range that stands for one with a bound in a gap.
fn asked(of: RangeType, op: OwnOp, range: &Range<Value>) -> Range<Value> {
    let (Some(lower), Some(upper)) = (range.lower(), range.upper()) else { return Range::empty() };
    let (lower, upper) = (lower.cloned(), upper.cloned());
    match op {
        OwnOp::ContainedBy => within(of, inner_lower(of, lower), inner_upper(of, upper)),
        OwnOp::NotGreater => within(of, Some(Bound::Unbounded), inner_upper(of, upper)),
        OwnOp::NotLess => within(of, inner_lower(of, lower), Some(Bound::Unbounded)),
        // Nothing touches a bound that nothing can have.
        OwnOp::Adjacent => Range::new(reachable(of, lower), reachable(of, upper)),
        _ => Range::new(outer_lower(of, lower), outer_upper(of, upper)),
    }
}

fn within(of: RangeType, lower: Option<Bound<Value>>, upper: Option<Bound<Value>>) -> Range<Value> {
    let range = lower.zip(upper).map(|(lower, upper)| Range::new(lower, upper));
    // Bounds that have passed each other have nothing between them.
    range.and_then(|range| of.canonical(range).ok()).unwrap_or(Range::empty())
}

fn reachable(of: RangeType, bound: Bound<Value>) -> Bound<Value> {
    if gap_of(of, &bound).is_some() { Bound::Unbounded } else { bound }
}

/// The lower bound that a stored one is at or before just if it is before the given one.
fn outer_lower(of: RangeType, bound: Bound<Value>) -> Bound<Value> {
    match gap_of(of, &bound) {
        None => bound,
        Some(Gap { below: None, .. }) => Bound::Unbounded,
        Some(Gap { below: Some(last), .. }) if of.is_discrete() => Bound::Included(last),
        Some(Gap { below: Some(last), .. }) => Bound::Excluded(last),
    }
}

/// The upper bound that a stored one is at or after just if it is after the given one.
fn outer_upper(of: RangeType, bound: Bound<Value>) -> Bound<Value> {
    match gap_of(of, &bound) {
        None => bound,
        Some(gap) => gap.above.map_or(Bound::Unbounded, Bound::Excluded),
    }
}

/// The lower bound that a stored one is at or after just if it is after the given one; None where none is.
fn inner_lower(of: RangeType, bound: Bound<Value>) -> Option<Bound<Value>> {
    match gap_of(of, &bound) {
        None => Some(bound),
        Some(gap) => gap.above.map(Bound::Included),
    }
}

/// The upper bound that a stored one is at or before just if it is before the given one; None where none is.
fn inner_upper(of: RangeType, bound: Bound<Value>) -> Option<Bound<Value>> {
    match gap_of(of, &bound) {
        None => Some(bound),
        Some(gap) if of.is_discrete() => gap.below.map(Bound::Excluded),
        Some(gap) => gap.below.map(Bound::Included),
    }
}
