//! Many rows made into one value of each kind that was asked for.

use super::{mismatch, prepare};
use crate::driver::{Decoder, Executor, RowBatch, ToValue, Visitor};
use crate::error::{DecodeError, Error, Result};
use crate::query::{Aggregate, AggregateFunction, Projection, Select, Statement};
use crate::types::{Numeric, SqlType, Value};

/// Aggregates the rows that a SELECT gives.
///
/// # Errors
///
/// What the database reports, and [`ErrorKind::Query`](crate::ErrorKind::Query) for what it cannot express.
pub async fn aggregate(executor: &dyn Executor, mut select: Select, aggregates: Vec<Aggregate>) -> Result<Aggregated> {
    if aggregates.is_empty() {
        return Err(Error::query(format!("aggregate of {} names nothing; give at least one", select.table.model)));
    }
    let of = if select.distinct { select.columns() } else { Vec::new() };
    if select.limit.is_none() && select.offset.is_none() {
        select.order_by.clear();
    }
    select.projection = Projection::Aggregates { aggregates: aggregates.clone(), of };
    let table = select.table.clone();
    let query = prepare(executor, Statement::Select(select))?;
    let batch = match executor.fetch_all(query).await {
        Ok(batch) => batch,
        Err(error) => return Err(mismatch::explain(executor, &table, error).await),
    };
    Aggregated::new(batch, aggregates)
}

/// The values of aggregates, in the order in which they were asked for.
#[derive(Debug)]
pub struct Aggregated {
    batch: RowBatch,
    aggregates: Vec<Aggregate>,
    /// Of each aggregate, where its columns start.
    starts: Vec<usize>,
}

impl Aggregated {
    fn new(batch: RowBatch, aggregates: Vec<Aggregate>) -> Result<Self> {
        let mut width = 0;
        let starts = aggregates
            .iter()
            .map(|aggregate| {
                let start = width;
                width += if aggregate.function == AggregateFunction::Avg { 2 } else { 1 };
                start
            })
            .collect();
        if batch.len() != 1 || batch.columns().len() != width {
            return Err(Error::query("the database gave no row of aggregates where one was asked for"));
        }
        Ok(Self { batch, aggregates, starts })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.aggregates.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.aggregates.is_empty()
    }

    /// Hands one value to a visitor: a count, a sum of integers as [`Visitor::big_integer`], all else as the type of
    /// its column; an average of integers as a float. NULL where there was nothing to aggregate.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where a stored value is not exactly of the declared type.
    pub fn visit<V: Visitor>(&self, number: usize, visitor: V) -> Result<V::Output> {
        let aggregate = &self.aggregates[number];
        let at = self.starts[number];
        let Some(declared) = aggregate.sql_type() else {
            return self.count(at).map(|count| give_count(count, visitor));
        };
        match aggregate.function {
            AggregateFunction::Count => self.count(at).map(|count| give_count(count, visitor)),
            AggregateFunction::Min | AggregateFunction::Max => {
                let decoder = Decoder::new(self.batch.columns()[at].stored, Some(declared));
                self.decode(decoder, at, aggregate, visitor)
            }
            AggregateFunction::Sum => match self.sum(at, aggregate, declared)? {
                Value::Decimal(sum) if declared.integer_range().is_some() => Ok(visitor.big_integer(sum.as_str())),
                Value::Decimal(sum) => Ok(visitor.decimal(sum.as_str())),
                Value::Float(sum) => Ok(visitor.float(sum)),
                Value::Interval(sum) => Ok(visitor.interval(sum)),
                _ => Ok(visitor.null()),
            },
            AggregateFunction::Avg => {
                let (sum, count) = (self.sum(at, aggregate, declared)?, self.count(at + 1)?);
                Ok(match sum {
                    Value::Decimal(sum) if declared.integer_range().is_some() => {
                        visitor.float(sum.average_as_float(count))
                    }
                    Value::Decimal(sum) => visitor.decimal(sum.average(count).as_str()),
                    #[allow(clippy::cast_precision_loss)] // as whoever divides a float by a number of rows
                    Value::Float(sum) => visitor.float(sum / count as f64),
                    Value::Interval(sum) => visitor.interval(divided(sum, count)),
                    _ => visitor.null(),
                })
            }
        }
    }

    /// The error for a value that could not be made into what its visitor makes.
    pub fn undecodable(&self, number: usize, found: String) -> Error {
        decode_error(&self.aggregates[number], found)
    }

    fn count(&self, at: usize) -> Result<u64> {
        let decoder = Decoder::new(self.batch.columns()[at].stored, Some(&SqlType::BigInteger));
        let given = decoder.map(|decoder| decoder.visit(self.batch.cell(0, at), ToValue)).transpose();
        match given.map_err(Error::query)?.flatten() {
            Some(Value::Integer(count)) => Ok(count.unsigned_abs()),
            _ => Err(Error::query("the database gave no number where one was asked for")),
        }
    }

    /// A sum as a decimal or a float; NULL where there was nothing to add.
    fn sum(&self, at: usize, aggregate: &Aggregate, declared: &SqlType) -> Result<Value> {
        let decoder = Decoder::of_sum(self.batch.columns()[at].stored, declared);
        let sum = self.decode(decoder, at, aggregate, ToValue)?.unwrap_or(Value::Null(declared.kind()));
        match &sum {
            Value::Decimal(number) if declared.integer_range().is_some() => whole(number)
                .map(Value::Decimal)
                .ok_or_else(|| decode_error(aggregate, format!("values whose sum is {number}"))),
            _ => Ok(sum),
        }
    }

    fn decode<V: Visitor>(
        &self,
        decoder: Option<Decoder>,
        at: usize,
        aggregate: &Aggregate,
        visitor: V,
    ) -> Result<V::Output> {
        let decoder = decoder.ok_or_else(|| decode_error(aggregate, self.batch.columns()[at].stored.to_string()))?;
        decoder.visit(self.batch.cell(0, at), visitor).map_err(|found| decode_error(aggregate, found))
    }
}

fn give_count<V: Visitor>(count: u64, visitor: V) -> V::Output {
    match i64::try_from(count) {
        Ok(count) => visitor.integer(count),
        Err(_) => visitor.big_integer(&count.to_string()),
    }
}

/// Rounded half to even, as Python divides spans of time.
#[allow(clippy::cast_possible_truncation)] // it is no further from zero than the sum
fn divided(sum: i64, count: u64) -> i64 {
    let (sum, count) = (i128::from(sum), i128::from(count.max(1)));
    let (floor, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
    let up = 2 * rest > count || (2 * rest == count && floor % 2 != 0);
    (floor + i128::from(up)) as i64
}

/// The sum of integers, which a column of another type may give digits after the point: zeros.
fn whole(sum: &Numeric) -> Option<Numeric> {
    if sum.is_finite() { sum.rescaled(0) } else { None }
}

#[cold]
fn decode_error(aggregate: &Aggregate, found: String) -> Error {
    let Some(column) = &aggregate.column else { return Error::query(format!("the database counted {found}")) };
    DecodeError {
        table: column.table.name.clone(),
        column: column.column().name.clone(),
        expected: column.column().sql_type.name().to_owned(),
        found,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::divided;

    #[test]
    fn spans_are_divided_half_to_even() {
        for (sum, count, expected) in
            [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (-1, 3, 0), (-2, 3, -1), (i64::MIN, 1, i64::MIN)]
        {
            assert_eq!(divided(sum, count), expected, "{sum} / {count}");
        }
    }
}
