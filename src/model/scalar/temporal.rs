//! Instants, days, times and spans of time. All are kept to the microsecond, the finest that every database knows: finer
//! digits of `Utc::now()` are cut off when written.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

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
        days_of(self.date_naive())?;
        Ok(Value::DateTime(self.timestamp_micros()))
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
        days_of(*self).map(Value::Date)
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
        Ok(Value::Time(seconds * 1_000_000 + i64::from(self.nanosecond() / 1_000)))
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
        let micros = self.num_microseconds();
        micros
            .map(Value::Interval)
            .ok_or_else(|| format!("{self} is too long to be counted in microseconds by 64 bits"))
    }

    fn from_interval(micros: i64) -> Result<Self, String> {
        Ok(Self::microseconds(micros))
    }
}

fn days_of(date: NaiveDate) -> Result<i32, String> {
    let days = date.num_days_from_ce() - EPOCH_FROM_CE;
    if (FIRST_DAY..=LAST_DAY).contains(&days) {
        return Ok(days);
    }
    Err(format!("the year {} is outside of 1 to 9999, the years that every database keeps", date.year()))
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
        assert!(last.succ_opt().unwrap().to_value().is_err());
        assert!(first.pred_opt().unwrap().to_value().is_err());
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
    fn a_leap_second_is_refused() {
        let leap = NaiveTime::from_hms_micro_opt(23, 59, 59, 1_500_000).unwrap();
        assert!(leap.to_value().is_err());
    }
}
