//! The types that PostgreSQL alone has.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::Scalar;
use crate::types::postgres::{Cidr, HStore, Inet, MacAddr, Range, RangeType, TsVector, Vector};
use crate::types::{PostgresType, PostgresValue, SqlType, Value};

macro_rules! own_scalar {
    ($($rust:ident: $sql_type:expr),* $(,)?) => {$(
        impl Scalar for $rust {
            fn sql_type() -> SqlType {
                SqlType::Postgres($sql_type)
            }

            fn to_value(&self) -> Result<Value, String> {
                Ok(PostgresValue::$rust(self.clone()).into())
            }

            fn from_postgres(value: PostgresValue) -> Result<Self, String> {
                match value {
                    PostgresValue::$rust(value) => Ok(value),
                    other => Err(misfit(&other)),
                }
            }
        }
    )*};
}

own_scalar! {
    Inet: PostgresType::Inet,
    Cidr: PostgresType::Cidr,
    MacAddr: PostgresType::MacAddr,
    HStore: PostgresType::HStore,
    TsVector: PostgresType::TsVector,
    Vector: PostgresType::Vector { dimensions: None },
}

fn misfit(value: &PostgresValue) -> String {
    format!("the {} {value}", value.kind().type_name())
}

/// What a range can be of: `i32`, `i64`, `rust_decimal::Decimal`, `chrono::NaiveDate` and `chrono::DateTime<Utc>`.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL has no range of `{Self}`",
    label = "no value of a range",
    note = "ranges are of i32, i64, rust_decimal::Decimal, chrono::NaiveDate or chrono::DateTime<Utc>"
)]
pub trait RangeElement: Scalar {
    /// The type of its ranges.
    const RANGE: RangeType;
}

macro_rules! range_elements {
    ($($rust:ty => $range:ident),* $(,)?) => {$(
        impl RangeElement for $rust {
            const RANGE: RangeType = RangeType::$range;
        }
    )*};
}

range_elements! { i32 => Int4, i64 => Int8, Decimal => Num, NaiveDate => Date, DateTime<Utc> => TsTz }

impl<T: RangeElement> Scalar for Range<T> {
    fn sql_type() -> SqlType {
        SqlType::Postgres(PostgresType::Range(T::RANGE))
    }

    fn to_value(&self) -> Result<Value, String> {
        self.clone().into_value()
    }

    fn into_value(self) -> Result<Value, String> {
        let range = self.try_map(Scalar::into_value)?;
        Ok(PostgresValue::Range(T::RANGE, range).into())
    }

    fn from_postgres(value: PostgresValue) -> Result<Self, String> {
        match value {
            PostgresValue::Range(of, range) if of == T::RANGE => range.try_map(|bound| match bound {
                Value::Integer(number) => T::from_integer(number),
                Value::Decimal(number) => T::from_decimal(number.as_str()),
                Value::Date(days) => T::from_date(days),
                Value::DateTime(micros) => T::from_datetime(micros),
                other => Err(format!("a range with a bound of kind {:?}", other.kind())),
            }),
            other => Err(misfit(&other)),
        }
    }
}
