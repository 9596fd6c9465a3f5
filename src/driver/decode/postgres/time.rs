//! Instants, days and times. PostgreSQL counts from the year 2000.

use super::malformed;
use crate::types::temporal::{FIRST_DAY, LAST_DAY, MICROS_PER_DAY, write_date, write_datetime, write_time};

/// 2000-01-01 in days since 1970-01-01.
pub(crate) const EPOCH_DAYS: i32 = 10_957;

/// 2000-01-01 in microseconds since 1970-01-01.
pub(crate) const EPOCH_MICROS: i64 = 10_957 * MICROS_PER_DAY;

#[inline]
pub(super) fn instant(bytes: &[u8]) -> Result<i64, String> {
    let value = bytes.try_into().map(i64::from_be_bytes).map_err(|_| malformed("timestamp", bytes))?;
    match value {
        i64::MAX => return Err("infinity".into()),
        i64::MIN => return Err("-infinity".into()),
        _ => {}
    }
    let micros = value.checked_add(EPOCH_MICROS).ok_or_else(|| beyond(&shown_beyond(value)))?;
    let days = micros.div_euclid(MICROS_PER_DAY);
    if days < i64::from(FIRST_DAY) || days > i64::from(LAST_DAY) {
        return Err(beyond(&shown(micros)));
    }
    Ok(micros)
}

pub(super) fn instant_as_date(bytes: &[u8]) -> Result<i32, String> {
    let micros = instant(bytes)?;
    if micros.rem_euclid(MICROS_PER_DAY) != 0 {
        return Err(shown(micros));
    }
    i32::try_from(micros.div_euclid(MICROS_PER_DAY)).map_err(|_| beyond(&shown(micros)))
}

#[inline]
pub(super) fn date(bytes: &[u8]) -> Result<i32, String> {
    let value = bytes.try_into().map(i32::from_be_bytes).map_err(|_| malformed("date", bytes))?;
    match value {
        i32::MAX => return Err("infinity".into()),
        i32::MIN => return Err("-infinity".into()),
        _ => {}
    }
    let days = value.checked_add(EPOCH_DAYS).ok_or_else(|| malformed("date", bytes))?;
    if !(FIRST_DAY..=LAST_DAY).contains(&days) {
        let mut shown = String::new();
        write_date(&mut shown, days);
        return Err(beyond(&shown));
    }
    Ok(days)
}

pub(super) fn date_as_instant(bytes: &[u8]) -> Result<i64, String> {
    date(bytes).map(|days| i64::from(days) * MICROS_PER_DAY)
}

#[inline]
pub(super) fn time(bytes: &[u8]) -> Result<i64, String> {
    let micros = bytes.try_into().map(i64::from_be_bytes).map_err(|_| malformed("time", bytes))?;
    match micros {
        0..MICROS_PER_DAY => Ok(micros),
        MICROS_PER_DAY => Err("24:00:00".into()),
        _ => Err(malformed("time", bytes)),
    }
}

/// Days are 24 hours, as in UTC. Months have no length of their own.
#[inline]
pub(super) fn interval(bytes: &[u8]) -> Result<i64, String> {
    let (Some(micros), Some(days), Some(months)) = (bytes.get(..8), bytes.get(8..12), bytes.get(12..16)) else {
        return Err(malformed("interval", bytes));
    };
    let micros = micros.try_into().map_or(0, i64::from_be_bytes);
    let days = days.try_into().map_or(0, i32::from_be_bytes);
    match months.try_into().map_or(0, i32::from_be_bytes) {
        0 => {}
        i32::MAX if days == i32::MAX => return Err("infinity".into()),
        i32::MIN if days == i32::MIN => return Err("-infinity".into()),
        months => return Err(format!("an interval with months ({months} months, {days} days, {micros} µs)")),
    }
    let sum = i64::from(days).checked_mul(MICROS_PER_DAY).and_then(|whole| whole.checked_add(micros));
    sum.ok_or_else(|| format!("an interval of {days} days and {micros} µs, too long to be counted in microseconds"))
}

#[cold]
fn beyond(shown: &str) -> String {
    format!("{shown} (outside the years 1 to 9999)")
}

/// An instant that is too late to be counted from 1970, counted from 2000.
#[cold]
fn shown_beyond(micros: i64) -> String {
    let mut shown = String::new();
    let days = i32::try_from(micros.div_euclid(MICROS_PER_DAY)).unwrap_or(i32::MAX); // 64 bits are 107 million days
    write_date(&mut shown, days.saturating_add(EPOCH_DAYS));
    shown.push(' ');
    write_time(&mut shown, micros.rem_euclid(MICROS_PER_DAY));
    shown
}

#[cold]
fn shown(micros: i64) -> String {
    let mut shown = String::new();
    write_datetime(&mut shown, micros);
    shown
}
