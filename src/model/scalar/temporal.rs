//! Instants, days, times and spans of time. All are kept to the microsecond, the finest that every database knows: what is
//! finer, or beyond the years 1 to 9999, becomes a decimal number of microseconds, which may be compared with and is
//! refused when it is written.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SubsecRound, TimeDelta, Timelike, Utc};

use super::Scalar;
use crate::types::temporal::{FIRST_DAY, LAST_DAY};
use crate::types::{SqlType, Value};

/// chrono counts days from 0001-01-01 as day 1; this is 1970-01-01.
const EPOCH_FROM_CE: i32 = 719_163;

/// chrono tells a leap second by a fraction of a second or more.
const NANOS_PER_SECOND: u32 = 1_000_000_000;

impl Scalar for DateTime<Utc> {
    fn sql_type() -> SqlType {
        SqlType::DateTime
    }

    fn to_value(&self) -> Result<Value, String> {
        refuse_leap_second(self.timestamp_subsec_nanos())?;
        Ok(match in_micros(self.timestamp(), self.timestamp_subsec_nanos()) {
            Ok(micros) if is_kept(days_of(self.date_naive())) => Value::DateTime(micros),
            Ok(micros) => Value::Decimal(micros.into()),
            Err(finer) => finer,
        })
    }

    fn from_datetime(micros: i64) -> Result<Self, String> {
        Self::from_timestamp_micros(micros).ok_or_else(|| format!("an instant, {micros} µs since 1970"))
    }
}

impl Scalar for NaiveDate {
    fn sql_type() -> SqlType {
        SqlType::Date
    }

    fn to_value(&self) -> Result<Value, String> {
        let days = days_of(*self);
        Ok(if is_kept(days) { Value::Date(days) } else { Value::Decimal(i64::from(days).into()) })
    }

    fn from_date(days: i32) -> Result<Self, String> {
        days.checked_add(EPOCH_FROM_CE)
            .and_then(Self::from_num_days_from_ce_opt)
            .ok_or_else(|| format!("a date, {days} days since 1970"))
    }
}

impl Scalar for NaiveTime {
    fn sql_type() -> SqlType {
        SqlType::Time
    }

    fn to_value(&self) -> Result<Value, String> {
        refuse_leap_second(self.nanosecond())?;
        let seconds = i64::from(self.num_seconds_from_midnight());
        Ok(in_micros(seconds, self.nanosecond()).map_or_else(|finer| finer, Value::Time))
    }

    fn from_time(micros: i64) -> Result<Self, String> {
        let seconds = u32::try_from(micros.div_euclid(1_000_000)).ok();
        let nanos = u32::try_from(micros.rem_euclid(1_000_000) * 1_000).ok();
        seconds
            .zip(nanos)
            .and_then(|(seconds, nanos)| Self::from_num_seconds_from_midnight_opt(seconds, nanos))
            .ok_or_else(|| format!("a time, {micros} µs since midnight"))
    }
}

impl Scalar for TimeDelta {
    fn sql_type() -> SqlType {
        SqlType::Interval
    }

    fn to_value(&self) -> Result<Value, String> {
        // The seconds are cut towards zero, and the rest has their sign.
        let seconds = self.num_seconds() - i64::from(self.subsec_nanos() < 0);
        let nanos = self.subsec_nanos() + if self.subsec_nanos() < 0 { 1_000_000_000 } else { 0 };
        Ok(in_micros(seconds, nanos.unsigned_abs()).map_or_else(|finer| finer, Value::Interval))
    }

    fn from_interval(micros: i64) -> Result<Self, String> {
        Ok(Self::microseconds(micros))
    }
}

/// The present instant to the microsecond, as every database keeps it.
///
/// `Utc::now()` is finer than that on most systems, and a value that would lose digits is refused.
///
/// # Examples
///
/// ```
/// use chrono::Timelike;
/// assert_eq!(chakra::now().nanosecond() % 1_000, 0);
/// ```
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// Seconds and nanoseconds as microseconds; as a decimal where 64 bits or whole microseconds do not hold them.
fn in_micros(seconds: i64, nanos: u32) -> Result<i64, Value> {
    let all = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    if nanos.is_multiple_of(1_000)
        && let Ok(micros) = i64::try_from(all / 1_000)
    {
        return Ok(micros);
    }
    let sign = if all < 0 { "-" } else { "" };
    let number = format!("{sign}{}.{:03}", (all / 1_000).unsigned_abs(), (all % 1_000).unsigned_abs());
    // Digits with a point between are plain notation.
    Err(number.parse().map_or(Value::Null(crate::types::Kind::Decimal), Value::Decimal))
}

fn days_of(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - EPOCH_FROM_CE
}

fn is_kept(days: i32) -> bool {
    (FIRST_DAY..=LAST_DAY).contains(&days)
}

fn refuse_leap_second(nanos: u32) -> Result<(), String> {
    if nanos < NANOS_PER_SECOND {
        return Ok(());
    }
    Err("a leap second (:60) cannot be stored; no database keeps it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_and_last_day_round_trip_and_the_next_is_refused() {
        let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
        assert_eq!(first.to_value(), Ok(Value::Date(FIRST_DAY)));
        assert_eq!(last.to_value(), Ok(Value::Date(LAST_DAY)));
        assert_eq!(NaiveDate::from_date(FIRST_DAY), Ok(first));
        assert_eq!(NaiveDate::from_date(LAST_DAY), Ok(last));
        for (beyond, days) in [(last.succ_opt(), LAST_DAY + 1), (first.pred_opt(), FIRST_DAY - 1)] {
            assert_eq!(beyond.unwrap().to_value(), Ok(Value::Decimal(i64::from(days).into())));
        }
    }

    #[test]
    fn microseconds_survive_on_both_sides_of_1970() {
        for micros in [0, 1, -1, 999_999, -62_135_596_800_000_000, 253_402_300_799_999_999] {
            let instant = DateTime::<Utc>::from_datetime(micros).unwrap();
            assert_eq!(instant.to_value(), Ok(Value::DateTime(micros)));
        }
        let last = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
        assert_eq!(last.to_value(), Ok(Value::Time(86_399_999_999)));
        assert_eq!(NaiveTime::from_time(86_399_999_999), Ok(last));
    }

    #[test]
    fn what_is_finer_than_microseconds_is_a_decimal() {
        let decimal = |text: &str| Ok(Value::Decimal(text.parse().unwrap()));
        for (nanos, expected) in [(1, "0.001"), (-1, "-0.001"), (1_999, "1.999"), (-1_000_000_001, "-1000000.001")] {
            assert_eq!(TimeDelta::nanoseconds(nanos).to_value(), decimal(expected));
            assert_eq!(DateTime::<Utc>::from_timestamp_nanos(nanos).to_value(), decimal(expected));
        }
        assert_eq!(TimeDelta::nanoseconds(-1_000).to_value(), Ok(Value::Interval(-1)));
        assert_eq!(TimeDelta::MAX.to_value(), decimal("9223372036854775807000.000"));
        let clock = NaiveTime::from_hms_nano_opt(0, 0, 1, 10).unwrap();
        assert_eq!(clock.to_value(), decimal("1000000.010"));
    }

    #[test]
    fn a_leap_second_is_refused() {
        let leap = NaiveTime::from_hms_micro_opt(23, 59, 59, 1_500_000).unwrap();
        assert!(leap.to_value().is_err());
    }
}
