//! Instants, days and times: a length, then as many parts as are not zero.

use super::malformed;
use crate::types::temporal::{MICROS_PER_DAY, days_from_civil, write_datetime};

/// The parts of a date with its clock.
struct Parts {
    year: u16,
    month: u8,
    day: u8,
    clock: i64,
}

impl Parts {
    #[inline]
    fn read(what: &str, bytes: &[u8]) -> Result<Self, String> {
        let (clock, date) = match bytes {
            [0] => return Ok(Self { year: 0, month: 0, day: 0, clock: 0 }),
            [4, date @ ..] => (0, date),
            [7, date @ .., hour, minute, second] => (clock(*hour, *minute, *second), date),
            [11, date @ .., hour, minute, second, m0, m1, m2, m3] => {
                (clock(*hour, *minute, *second) + i64::from(u32::from_le_bytes([*m0, *m1, *m2, *m3])), date)
            }
            _ => return Err(malformed(what, bytes)),
        };
        let [y0, y1, month, day] = date else { return Err(malformed(what, bytes)) };
        Ok(Self { year: u16::from_le_bytes([*y0, *y1]), month: *month, day: *day, clock })
    }

    /// The day, if it is one: `0000-00-00` and `2024-00-00` are none.
    #[inline]
    fn days(&self) -> Option<i32> {
        days_from_civil(i32::from(self.year), u32::from(self.month), u32::from(self.day))
    }

    #[cold]
    fn shown(&self, with_clock: bool) -> String {
        let date = format!("{:04}-{:02}-{:02}", self.year, self.month, self.day);
        let clock = if with_clock { format!(" {}", shown_clock(self.clock)) } else { String::new() };
        format!("{date}{clock} (no day of the calendar)")
    }
}

#[inline]
fn clock(hour: u8, minute: u8, second: u8) -> i64 {
    (i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second)) * 1_000_000
}

fn shown_clock(micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
    format!("{:02}:{:02}:{:02}{fraction}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[inline]
pub(super) fn instant(bytes: &[u8]) -> Result<i64, String> {
    let parts = Parts::read("datetime", bytes)?;
    let days = parts.days().ok_or_else(|| parts.shown(true))?;
    Ok(i64::from(days) * MICROS_PER_DAY + parts.clock)
}

pub(super) fn instant_as_date(bytes: &[u8]) -> Result<i32, String> {
    let parts = Parts::read("datetime", bytes)?;
    let days = parts.days().ok_or_else(|| parts.shown(true))?;
    if parts.clock == 0 {
        return Ok(days);
    }
    let mut shown = String::new();
    write_datetime(&mut shown, i64::from(days) * MICROS_PER_DAY + parts.clock);
    Err(shown)
}

#[inline]
pub(super) fn date(bytes: &[u8]) -> Result<i32, String> {
    let parts = Parts::read("date", bytes)?;
    parts.days().ok_or_else(|| parts.shown(false))
}

pub(super) fn date_as_instant(bytes: &[u8]) -> Result<i64, String> {
    date(bytes).map(|days| i64::from(days) * MICROS_PER_DAY)
}

/// A time of day; TIME holds up to 838 hours of either sign.
#[inline]
pub(super) fn time(bytes: &[u8]) -> Result<i64, String> {
    match span(bytes)? {
        micros @ 0..MICROS_PER_DAY => Ok(micros),
        micros if micros < 0 => Err(format!("-{} (not a time of day)", shown_clock(-micros))),
        micros => Err(format!("{} (not a time of day)", shown_clock(micros))),
    }
}

/// All that TIME holds, as a span of time.
#[inline]
pub(super) fn span(bytes: &[u8]) -> Result<i64, String> {
    let (head, fraction) = match bytes {
        [0] => return Ok(0),
        [8, head @ ..] => (head, 0),
        [12, head @ .., m0, m1, m2, m3] => (head, i64::from(u32::from_le_bytes([*m0, *m1, *m2, *m3]))),
        _ => return Err(malformed("time", bytes)),
    };
    let [negative, d0, d1, d2, d3, hour, minute, second] = head else { return Err(malformed("time", bytes)) };
    let days = i64::from(u32::from_le_bytes([*d0, *d1, *d2, *d3]));
    let micros = days * MICROS_PER_DAY + clock(*hour, *minute, *second) + fraction;
    Ok(if *negative == 0 { micros } else { -micros })
}
