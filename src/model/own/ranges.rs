//! Ranges of PostgreSQL.

use crate::model::Model;
use crate::model::column::Column;
use crate::model::condition::Condition;
use crate::model::operand::Operand;
use crate::model::scalar::{RangeElement, Scalar};
use crate::model::value::ColumnValue;
use crate::query::expr::OwnOp;
use crate::query::lookup;
use crate::types::Value;
use crate::types::postgres::Range;

/// The Rust types of columns of ranges: `Range<T>`, and `Option` of it.
#[diagnostic::on_unimplemented(
    message = "only columns of ranges contain values between bounds; this one is of type `{Self}`",
    label = "a `{Self}` column is none"
)]
pub trait RangeValue: ColumnValue {
    /// The type of the bounds.
    type Element: RangeElement;
}

impl<T: RangeElement> RangeValue for Range<T> {
    type Element = T;
}

impl<T: RangeElement> RangeValue for Option<Range<T>> {
    type Element = T;
}

/// Lookups in PostgreSQL's ranges.
///
/// # Examples
///
/// ```
/// use chakra::{Model, postgres::Range};
///
/// #[derive(Model)]
/// struct Booking {
///     #[chakra(primary_key)]
///     id: i64,
///     seats: Range<i32>,
/// }
///
/// let third = Booking::query().filter(Booking::seats().contains_value(3));
/// let front = Booking::query().filter(Booking::seats().contained_by_range(1..10));
/// ```
impl<M: Model, T: RangeValue> Column<M, T> {
    /// The value lies in the range.
    pub fn contains_value(self, value: impl Operand<T::Element>) -> Condition<M> {
        self.bound(OwnOp::Contains, value)
    }

    /// The other lies within the range.
    pub fn contains_range(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::Contains, other)
    }

    /// The range lies within the other.
    pub fn contained_by_range(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::ContainedBy, other)
    }

    /// The two have a value in common.
    pub fn overlaps_range(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::Overlaps, other)
    }

    /// The range ends before the other begins.
    pub fn fully_lt(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::FullyLess, other)
    }

    /// The range begins after the other ends.
    pub fn fully_gt(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::FullyGreater, other)
    }

    /// The range does not begin before the other.
    pub fn not_lt(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::NotLess, other)
    }

    /// The range does not end after the other.
    pub fn not_gt(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::NotGreater, other)
    }

    /// The two touch, and share nothing.
    pub fn adjacent_to(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::Adjacent, other)
    }

    /// The range has no value.
    pub fn is_empty_range(self) -> Condition<M> {
        self.own(OwnOp::IsEmpty, Ok(Value::Boolean(true)))
    }

    /// The lower bound is this.
    pub fn starts_at(self, bound: impl Operand<T::Element>) -> Condition<M> {
        self.bound(OwnOp::StartsAt, bound)
    }

    /// The upper bound is this.
    pub fn ends_at(self, bound: impl Operand<T::Element>) -> Condition<M> {
        self.bound(OwnOp::EndsAt, bound)
    }

    fn range(self, op: OwnOp, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.own(op, other.into().into_value().and_then(lookup::comparable))
    }

    fn bound(self, op: OwnOp, value: impl Operand<T::Element>) -> Condition<M> {
        self.own(op, value.into_operand())
    }
}
