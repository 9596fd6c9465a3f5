//! Ranges, in the form in which PostgreSQL keeps them.

use std::cmp::Ordering;
use std::ops::{Bound, RangeBounds};

use crate::types::numeric::Total;
use crate::types::{Kind, Numeric, SqlType, Value, temporal};

/// The values between two bounds, or none at all.
///
/// # Examples
///
/// ```
/// use chakra::postgres::Range;
/// let range = Range::from(1..5);
/// assert!(range.contains(&1) && !range.contains(&5));
/// assert!(Range::<i32>::empty().is_empty());
/// assert_eq!(range.to_string(), "[1,5)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range<T>(Option<(Bound<T>, Bound<T>)>);

impl<T> Range<T> {
    /// The values between two bounds. What no value lies between becomes empty when it is written; a lower bound
    /// above the upper one is refused then.
    pub fn new(lower: Bound<T>, upper: Bound<T>) -> Self {
        Self(Some((lower, upper)))
    }

    /// No value at all.
    pub fn empty() -> Self {
        Self(None)
    }

    /// Whether it was made empty. One whose bounds leave no room for a value is not known to be empty before it is
    /// written.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The lower bound; None of an empty range.
    pub fn lower(&self) -> Option<Bound<&T>> {
        self.0.as_ref().map(|(lower, _)| lower.as_ref())
    }

    /// The upper bound; None of an empty range.
    pub fn upper(&self) -> Option<Bound<&T>> {
        self.0.as_ref().map(|(_, upper)| upper.as_ref())
    }

    /// The same range with other values as its bounds.
    ///
    /// # Errors
    ///
    /// The first that `change` gives.
    pub fn try_map<U, E>(self, mut change: impl FnMut(T) -> Result<U, E>) -> Result<Range<U>, E> {
        let Some((lower, upper)) = self.0 else { return Ok(Range::empty()) };
        let mut bound = |bound| {
            Ok(match bound {
                Bound::Included(value) => Bound::Included(change(value)?),
                Bound::Excluded(value) => Bound::Excluded(change(value)?),
                Bound::Unbounded => Bound::Unbounded,
            })
        };
        Ok(Range::new(bound(lower)?, bound(upper)?))
    }
}

impl<T: PartialOrd> Range<T> {
    /// Whether a value lies between the bounds.
    pub fn contains(&self, value: &T) -> bool {
        self.0.as_ref().is_some_and(|bounds| RangeBounds::contains(bounds, value))
    }
}

impl<T: Clone> From<std::ops::Range<T>> for Range<T> {
    fn from(range: std::ops::Range<T>) -> Self {
        Self::new(Bound::Included(range.start), Bound::Excluded(range.end))
    }
}

impl<T: Clone> From<std::ops::RangeInclusive<T>> for Range<T> {
    fn from(range: std::ops::RangeInclusive<T>) -> Self {
        let (start, end) = range.into_inner();
        Self::new(Bound::Included(start), Bound::Included(end))
    }
}

impl<T: Clone> From<std::ops::RangeFrom<T>> for Range<T> {
    fn from(range: std::ops::RangeFrom<T>) -> Self {
        Self::new(Bound::Included(range.start), Bound::Unbounded)
    }
}

impl<T: Clone> From<std::ops::RangeTo<T>> for Range<T> {
    fn from(range: std::ops::RangeTo<T>) -> Self {
        Self::new(Bound::Unbounded, Bound::Excluded(range.end))
    }
}

impl<T> From<std::ops::RangeFull> for Range<T> {
    fn from(_: std::ops::RangeFull) -> Self {
        Self::new(Bound::Unbounded, Bound::Unbounded)
    }
}

/// In PostgreSQL's own notation.
impl<T: std::fmt::Display> std::fmt::Display for Range<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((lower, upper)) = &self.0 else { return f.write_str("empty") };
        match lower {
            Bound::Included(value) => write!(f, "[{value},")?,
            Bound::Excluded(value) => write!(f, "({value},")?,
            Bound::Unbounded => f.write_str("(,")?,
        }
        match upper {
            Bound::Included(value) => write!(f, "{value}]"),
            Bound::Excluded(value) => write!(f, "{value})"),
            Bound::Unbounded => f.write_str(")"),
        }
    }
}

/// Which of PostgreSQL's range types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)] // named after what they range over
pub enum RangeType {
    Int4,
    Int8,
    Num,
    Date,
    TsTz,
}

impl RangeType {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Int4, Self::Int8, Self::Num, Self::Date, Self::TsTz];

    /// The name users know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int4 => "Int4Range",
            Self::Int8 => "Int8Range",
            Self::Num => "NumRange",
            Self::Date => "DateRange",
            Self::TsTz => "TsTzRange",
        }
    }

    /// The type of its bounds.
    pub fn element(self) -> SqlType {
        match self {
            Self::Int4 => SqlType::Integer,
            Self::Int8 => SqlType::BigInteger,
            Self::Num => SqlType::Decimal { precision: None, scale: None },
            Self::Date => SqlType::Date,
            Self::TsTz => SqlType::DateTime,
        }
    }

    /// A range in the one form in which PostgreSQL gives it back: of whole numbers and days `[lower,upper)`, and one
    /// without values empty.
    ///
    /// # Errors
    ///
    /// What no database takes: bounds in the wrong order, not of the type, or beyond it.
    pub fn canonical(self, range: Range<Value>) -> Result<Range<Value>, String> {
        let Some((lower, upper)) = range.0 else { return Ok(Range::empty()) };
        for bound in [&lower, &upper] {
            self.check_bound(bound)?;
        }
        if is_void(&lower, &upper)? {
            return Ok(Range::empty());
        }
        let lower = match lower {
            Bound::Excluded(value) if self.is_discrete() => Bound::Included(self.next(value)?),
            other => other,
        };
        let upper = match upper {
            Bound::Included(value) if self.is_discrete() => Bound::Excluded(self.next(value)?),
            other => other,
        };
        Ok(if is_void(&lower, &upper)? { Range::empty() } else { Range::new(lower, upper) })
    }

    /// A range as a comparand: in the same form, with bounds that no stored range can have as decimals: numbers, days
    /// and microseconds beyond the type or finer than it.
    ///
    /// # Errors
    ///
    /// What is no range: bounds in the wrong order, or not of the type.
    pub(crate) fn comparable(self, range: Range<Value>) -> Result<Range<Value>, String> {
        let Some((least, greatest)) = self.limits() else { return self.canonical(range) };
        let exact = range.try_map(|bound| self.exact(&bound).map(Value::Decimal))?;
        let Some((mut lower, mut upper)) = exact.0 else { return Ok(Range::empty()) };
        if is_void(&lower, &upper)? {
            return Ok(Range::empty());
        }
        if self.is_discrete() {
            lower = if let Bound::Excluded(value) = lower { Bound::Included(after(&value)) } else { lower };
            upper = if let Bound::Included(value) = upper { Bound::Excluded(after(&value)) } else { upper };
        }
        if is_void(&lower, &upper)? {
            return Ok(Range::empty());
        }
        Range::new(lower, upper).try_map(|bound| match &bound {
            Value::Decimal(number) => Ok(match number.rescaled(0).and_then(|whole| whole.as_str().parse().ok()) {
                Some(whole) if within(whole, (least, greatest)) => self.bound(whole),
                _ => bound,
            }),
            _ => Ok(bound),
        })
    }

    /// The least and the greatest bound that a stored range can have, as a whole number: of days, or of microseconds.
    /// None where every number can be one.
    pub(crate) fn limits(self) -> Option<(i64, i64)> {
        // PostgreSQL's days are those from 4714-11-24 BC to 5874897-12-31; of its instants, 64 bits count those before
        // the year 294247 in microseconds since 1970.
        const DAYS: (i64, i64) = (-2_440_588, 2_145_042_905);
        match self {
            Self::Int4 | Self::Int8 => self.element().integer_range(),
            Self::Date => Some(DAYS),
            Self::TsTz => Some((DAYS.0 * temporal::MICROS_PER_DAY, i64::MAX)),
            Self::Num => None,
        }
    }

    /// The bound of a whole number within the limits.
    pub(crate) fn bound(self, number: i64) -> Value {
        match self {
            Self::Date => i32::try_from(number).map_or(Value::Null(Kind::Date), Value::Date),
            Self::TsTz => Value::DateTime(number),
            _ => Value::Integer(number),
        }
    }

    fn exact(self, bound: &Value) -> Result<Numeric, String> {
        match (self, bound) {
            (Self::Int4 | Self::Int8, Value::Integer(number)) | (Self::TsTz, Value::DateTime(number)) => {
                Ok((*number).into())
            }
            (Self::Date, Value::Date(days)) => Ok(i64::from(*days).into()),
            (_, Value::Decimal(number)) if number.is_finite() => Ok(number.clone()),
            _ => Err(format!("a bound of {} is of another type", self.name())),
        }
    }

    /// Whether there is a next value to each, so that one form of a range tells all that hold the same.
    pub(crate) fn is_discrete(self) -> bool {
        !matches!(self, Self::Num | Self::TsTz)
    }

    fn check_bound(self, bound: &Bound<Value>) -> Result<(), String> {
        let (Bound::Included(value) | Bound::Excluded(value)) = bound else { return Ok(()) };
        match value {
            Value::Integer(number) if self.element().integer_range().is_some_and(|range| !within(*number, range)) => {
                Err(format!("{number} is beyond the bounds of {}", self.name()))
            }
            Value::Decimal(number) if self == Self::Num && !number.is_finite() => {
                Err(format!("{} cannot be a bound; leave the bound open instead", number.as_str()))
            }
            value if value.kind() == self.element().kind() => Ok(()),
            // How numbers, days and instants travel that the type has no form for.
            Value::Decimal(number) if number.is_finite() => {
                Err(format!("{} is beyond the bounds of {}", value.shown(), self.name()))
            }
            _ => Err(format!("a bound of {} is of another type", self.name())),
        }
    }

    fn next(self, value: Value) -> Result<Value, String> {
        let beyond = |shown: String| {
            format!("{shown} cannot be excluded below nor included above: {} has no value after it", self.name())
        };
        match (value, self.element().integer_range()) {
            (Value::Integer(number), Some((_, high))) if number < high => Ok(Value::Integer(number + 1)),
            (Value::Integer(number), _) => Err(beyond(number.to_string())),
            (Value::Date(days), _) if days < temporal::LAST_DAY => Ok(Value::Date(days + 1)),
            (Value::Date(_), _) => Err(beyond("9999-12-31".into()) + "; leave the bound open for a range without end"),
            (other, _) => Ok(other),
        }
    }
}

/// The next whole number.
fn after(value: &Value) -> Value {
    let mut next = Total::default();
    if let Value::Decimal(number) = value {
        next.add(number);
    }
    next.add_integer(1);
    Value::Decimal(next.sum())
}

fn within(number: i64, (low, high): (i64, i64)) -> bool {
    (low..=high).contains(&number)
}

/// Whether no value lies between; the wrong order is an error.
fn is_void(lower: &Bound<Value>, upper: &Bound<Value>) -> Result<bool, String> {
    use Bound::{Excluded, Included, Unbounded};
    let (least, greatest, both_in) = match (lower, upper) {
        (Unbounded, _) | (_, Unbounded) => return Ok(false),
        (Included(least), Included(greatest)) => (least, greatest, true),
        (Included(least) | Excluded(least), Included(greatest) | Excluded(greatest)) => (least, greatest, false),
    };
    match least.compare(greatest) {
        Some(Ordering::Less) => Ok(false),
        Some(Ordering::Equal) => Ok(!both_in),
        _ => Err("the lower bound lies above the upper one".into()),
    }
}

/// A range as PostgreSQL writes it.
pub(super) fn to_text(range: &Range<Value>) -> String {
    let text = range.clone().try_map(|value| Ok::<_, std::convert::Infallible>(bound_text(&value)));
    text.map_or_else(|never| match never {}, |range| range.to_string())
}

fn bound_text(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Integer(number) => text = number.to_string(),
        Value::Decimal(number) => number.as_str().clone_into(&mut text),
        Value::Date(days) => temporal::write_date(&mut text, *days),
        Value::DateTime(micros) => {
            text.push('"');
            temporal::write_datetime(&mut text, *micros);
            text.push_str("+00\"");
        }
        _ => {}
    }
    text
}

/// A type that has ranges of its own.
impl From<RangeType> for Kind {
    fn from(of: RangeType) -> Self {
        super::PostgresKind::Range(of).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Bound::{Excluded, Included, Unbounded};

    fn written(of: RangeType, lower: Bound<Value>, upper: Bound<Value>) -> Result<String, String> {
        of.canonical(Range::new(lower, upper)).map(|range| to_text(&range))
    }

    fn integer(number: i64) -> Value {
        Value::Integer(number)
    }

    #[test]
    fn whole_numbers_take_the_servers_form() {
        let of = RangeType::Int4;
        assert_eq!(written(of, Included(integer(1)), Included(integer(5))).unwrap(), "[1,6)");
        assert_eq!(written(of, Excluded(integer(1)), Excluded(integer(5))).unwrap(), "[2,5)");
        assert_eq!(written(of, Excluded(integer(1)), Excluded(integer(2))).unwrap(), "empty");
        assert_eq!(written(of, Included(integer(1)), Excluded(integer(1))).unwrap(), "empty");
        assert_eq!(written(of, Unbounded, Included(integer(5))).unwrap(), "(,6)");
        assert_eq!(written(of, Unbounded, Unbounded).unwrap(), "(,)");
    }

    #[test]
    fn what_the_server_would_refuse_is_refused() {
        let of = RangeType::Int4;
        assert!(written(of, Included(integer(2)), Excluded(integer(1))).is_err());
        assert!(written(of, Unbounded, Included(integer(i64::from(i32::MAX)))).is_err());
        assert!(written(of, Unbounded, Excluded(integer(i64::from(i32::MAX)))).is_ok());
        assert!(written(of, Included(integer(1 << 40)), Unbounded).is_err());
        assert!(written(of, Included(Value::Date(1)), Unbounded).is_err());
        assert!(written(RangeType::Date, Unbounded, Included(Value::Date(temporal::LAST_DAY))).is_err());
        let nan = Value::Decimal("NaN".parse().unwrap());
        assert!(written(RangeType::Num, Included(nan), Unbounded).is_err());
    }

    #[test]
    fn other_ranges_keep_their_bounds() {
        let number = |text: &str| Value::Decimal(text.parse().unwrap());
        assert_eq!(written(RangeType::Num, Excluded(number("1.50")), Included(number("2"))).unwrap(), "(1.50,2]");
        assert_eq!(written(RangeType::Num, Included(number("1.0")), Included(number("1"))).unwrap(), "[1.0,1]");
        assert_eq!(written(RangeType::Num, Excluded(number("1")), Included(number("1"))).unwrap(), "empty");
        let instants = written(RangeType::TsTz, Included(Value::DateTime(0)), Unbounded).unwrap();
        assert_eq!(instants, "[\"1970-01-01 00:00:00+00\",)");
        let days = written(RangeType::Date, Included(Value::Date(0)), Included(Value::Date(0))).unwrap();
        assert_eq!(days, "[1970-01-01,1970-01-02)");
    }
}
