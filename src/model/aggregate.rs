//! Many rows of one model made into one value.

use std::fmt;
use std::marker::PhantomData;

use rust_decimal::Decimal;

use super::Model;
use super::column::Column;
use super::condition::Condition;
use super::fault::Fault;
use super::scalar::{Scalar, ScalarVisitor};
use super::value::ColumnValue;
use crate::driver::ToValue;
use crate::engine::Aggregated;
use crate::error::{Error, Result};
use crate::query::{self, AggregateFunction};
use crate::types::Value;

/// One value made of many rows of `M`: `User::age().max()`. NULLs are left out.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
/// use chakra::model::Aggregate;
///
/// #[derive(Model, Debug)]
/// struct Planet {
///     #[chakra(primary_key)]
///     name: String,
///     moons: i32,
///     rings: Option<i32>,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Planet::table()]).await?;
/// for (name, moons, rings) in [("Mars", 2, None), ("Earth", 1, None), ("Saturn", 274, Some(7))] {
///     Planet { name: name.into(), moons, rings }.insert(&pool).await?;
/// }
/// let inner = Planet::moons().lt(10);
/// let (planets, ringed, moons, few, last) = Planet::query()
///     .aggregate(
///         (
///             Aggregate::rows(),
///             Planet::rings().count(),
///             Planet::moons().sum(),
///             Planet::moons().avg().filter(inner),
///             Planet::name().max(),
///         ),
///         &pool,
///     )
///     .await?;
/// assert_eq!((planets, ringed, moons), (3, 1, Some(277)));
/// assert_eq!((few, last.as_deref()), (Some(1.5), Some("Saturn")));
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
#[must_use = "an aggregate does nothing until a query is asked for it"]
pub struct Aggregate<M, T> {
    node: Result<query::Aggregate, Fault>,
    read: fn(&Aggregated, usize) -> Result<T>,
    model: PhantomData<fn() -> M>,
}

impl<M, T> fmt::Debug for Aggregate<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Aggregate").field(&self.node).finish()
    }
}

// Not derived: that would ask for models that are `Clone`.
impl<M, T> Clone for Aggregate<M, T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), read: self.read, model: PhantomData }
    }
}

impl<M: Model> Aggregate<M, u64> {
    /// The number of rows.
    pub fn rows() -> Self {
        Self { node: Ok(query::Aggregate::rows()), read: count, model: PhantomData }
    }
}

impl<M, T> Aggregate<M, T> {
    /// Takes equal values once.
    pub fn distinct(mut self) -> Self {
        self.node = self.node.and_then(|node| node.distinct().map_err(|error| fault(&error)));
        self
    }

    /// Takes only rows that meet the condition.
    pub fn filter(mut self, condition: Condition<M>) -> Self {
        self.node = self.node.and_then(|node| Ok(node.filter(condition.into_expr()?)));
        self
    }
}

impl<M: Model, T> Column<M, T> {
    /// How many rows have a value.
    pub fn count(self) -> Aggregate<M, u64> {
        self.aggregate(AggregateFunction::Count, count)
    }

    /// The least value; None without any. NaN counts as the greatest.
    pub fn min(self) -> Aggregate<M, Option<T::Scalar>>
    where
        T: OrderedValue,
    {
        self.aggregate(AggregateFunction::Min, scalar)
    }

    /// The greatest value; None without any. NaN counts as the greatest.
    pub fn max(self) -> Aggregate<M, Option<T::Scalar>>
    where
        T: OrderedValue,
    {
        self.aggregate(AggregateFunction::Max, scalar)
    }

    /// The sum; None without values. That of integers and decimals is exact.
    pub fn sum(self) -> Aggregate<M, Option<T::Sum>>
    where
        T: NumberValue,
    {
        self.aggregate(AggregateFunction::Sum, T::read_sum)
    }

    /// The average; None without values. That of integers is the nearest float; that of decimals has 28 significant
    /// digits where it goes on.
    pub fn avg(self) -> Aggregate<M, Option<T::Average>>
    where
        T: NumberValue,
    {
        self.aggregate(AggregateFunction::Avg, T::read_average)
    }

    fn aggregate<A>(self, function: AggregateFunction, read: fn(&Aggregated, usize) -> Result<A>) -> Aggregate<M, A> {
        Aggregate {
            node: query::Aggregate::of(function, self.reference()).map_err(|error| fault(&error)),
            read,
            model: PhantomData,
        }
    }
}

/// The Rust types of columns whose values have an order that all databases agree on: all but JSON and arrays.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` has no least and no greatest value",
    label = "`{Self}` has no order that all databases agree on"
)]
pub trait OrderedValue: ColumnValue {}

/// The column types whose values have such an order, NULL aside.
pub trait OrderedScalar: Scalar {}

impl<T: OrderedScalar> OrderedValue for T {}

impl<T: OrderedScalar> OrderedValue for Option<T> {}

/// The Rust types of columns that can be added.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot be added up",
    label = "`{Self}` is no number",
    note = "sum and avg are for i16, i32, i64, f64, rust_decimal::Decimal and chrono::TimeDelta, and Option of them"
)]
pub trait NumberValue: ColumnValue {
    /// The type of a sum.
    type Sum;
    /// The type of an average.
    type Average;

    /// Reads a sum.
    #[doc(hidden)]
    fn read_sum(aggregated: &Aggregated, number: usize) -> Result<Option<Self::Sum>>;

    /// Reads an average.
    #[doc(hidden)]
    fn read_average(aggregated: &Aggregated, number: usize) -> Result<Option<Self::Average>>;
}

macro_rules! ordered {
    ($($rust:ty),* $(,)?) => {$(
        impl OrderedScalar for $rust {}
    )*};
}

ordered!(
    i16,
    i32,
    i64,
    f64,
    bool,
    String,
    Vec<u8>,
    Decimal,
    chrono::DateTime<chrono::Utc>,
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::TimeDelta,
    uuid::Uuid,
);

macro_rules! numbers {
    ($($rust:ty: $sum:ty = $read_sum:path, $average:ty = $read_average:path;)*) => {$(
        numbers!(@one $rust, $sum, $read_sum, $average, $read_average);
        numbers!(@one Option<$rust>, $sum, $read_sum, $average, $read_average);
    )*};
    (@one $rust:ty, $sum:ty, $read_sum:path, $average:ty, $read_average:path) => {
        impl NumberValue for $rust {
            type Sum = $sum;
            type Average = $average;

            fn read_sum(aggregated: &Aggregated, number: usize) -> Result<Option<Self::Sum>> {
                $read_sum(aggregated, number)
            }

            fn read_average(aggregated: &Aggregated, number: usize) -> Result<Option<Self::Average>> {
                $read_average(aggregated, number)
            }
        }
    };
}

numbers! {
    i16: i128 = big_integer, f64 = scalar;
    i32: i128 = big_integer, f64 = scalar;
    i64: i128 = big_integer, f64 = scalar;
    f64: f64 = scalar, f64 = scalar;
    Decimal: Decimal = scalar, Decimal = rounded;
    chrono::TimeDelta: chrono::TimeDelta = scalar, chrono::TimeDelta = scalar;
}

fn count(aggregated: &Aggregated, number: usize) -> Result<u64> {
    match aggregated.visit(number, ToValue)? {
        Some(Value::Integer(count)) => Ok(count.unsigned_abs()),
        _ => Err(Error::query("the database gave no number where rows were counted")),
    }
}

fn scalar<T: Scalar>(aggregated: &Aggregated, number: usize) -> Result<Option<T>> {
    aggregated.visit(number, ScalarVisitor::<T>::new())?.map_err(|found| aggregated.undecodable(number, found))
}

/// 2^64 rows of 64 bits fit 128 bits.
fn big_integer(aggregated: &Aggregated, number: usize) -> Result<Option<i128>> {
    let Some(Value::Decimal(sum)) = aggregated.visit(number, ToValue)? else { return Ok(None) };
    let parsed = sum.as_str().parse().map_err(|_| aggregated.undecodable(number, format!("values whose sum is {sum}")));
    parsed.map(Some)
}

/// An average is rounded as it is: digits beyond those that the type has are too.
fn rounded(aggregated: &Aggregated, number: usize) -> Result<Option<Decimal>> {
    let Some(Value::Decimal(average)) = aggregated.visit(number, ToValue)? else { return Ok(None) };
    let parsed = average.as_str().parse();
    parsed.map(Some).map_err(|_| aggregated.undecodable(number, format!("values whose average is {average}")))
}

fn fault(error: &Error) -> Fault {
    Fault::Query(error.to_string())
}

/// What [`Query::aggregate`](super::Query::aggregate) takes: an aggregate, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no aggregate of `{M}`",
    label = "not an aggregate of `{M}`",
    note = "give `.count()`, `.sum()`, `.avg()`, `.min()` or `.max()` of a column, `Aggregate::rows()`, or a tuple of them"
)]
pub trait Aggregates<M> {
    /// The value, or the tuple of values.
    type Output;

    /// What the query is asked for.
    #[doc(hidden)]
    fn nodes(&self) -> Result<Vec<query::Aggregate>>;

    /// Reads what the query gave.
    #[doc(hidden)]
    fn read(&self, aggregated: &Aggregated) -> Result<Self::Output>;
}

impl<M, T> Aggregates<M> for Aggregate<M, T> {
    type Output = T;

    fn nodes(&self) -> Result<Vec<query::Aggregate>> {
        Ok(vec![self.node.clone()?])
    }

    fn read(&self, aggregated: &Aggregated) -> Result<T> {
        (self.read)(aggregated, 0)
    }
}

macro_rules! aggregate_tuple {
    ($($value:ident . $at:tt),*) => {
        impl<Of, $($value),*> Aggregates<Of> for ($(Aggregate<Of, $value>,)*) {
            type Output = ($($value,)*);

            fn nodes(&self) -> Result<Vec<query::Aggregate>> {
                Ok(vec![$(self.$at.node.clone()?),*])
            }

            fn read(&self, aggregated: &Aggregated) -> Result<Self::Output> {
                Ok(($((self.$at.read)(aggregated, $at)?,)*))
            }
        }
    };
}

aggregate_tuple!(A.0);
aggregate_tuple!(A.0, B.1);
aggregate_tuple!(A.0, B.1, C.2);
aggregate_tuple!(A.0, B.1, C.2, D.3);
aggregate_tuple!(A.0, B.1, C.2, D.3, E.4);
aggregate_tuple!(A.0, B.1, C.2, D.3, E.4, F.5);
aggregate_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6);
aggregate_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7);
