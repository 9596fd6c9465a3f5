//! Instants, days and times as plain numbers, and their text form.
//!
//! The text form is `YYYY-MM-DD HH:MM:SS`, with six digits of fraction only where it is not zero:
//! so text order is time order, and equal seconds written by others are equal text.

use std::fmt::Write as _;

/// Microseconds in a day.
pub const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The first day that can be told: 0001-01-01, in days since 1970-01-01.
pub const FIRST_DAY: i32 = -719_162;

/// The last day that can be told: 9999-12-31, in days since 1970-01-01.
pub const LAST_DAY: i32 = 2_932_896;

/// Year, month and day of a day number (days since 1970-01-01, proleptic Gregorian).
pub fn civil_from_days(days: i32) -> (i32, u32, u32) {
    // Count years from March, so that the leap day is the last of its year; eras are 400 years.
    let shifted = i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (narrow(year), narrow_unsigned(month), narrow_unsigned(day))
}

/// The day number of a date; None where there is no such date in the years 1 to 9999.
pub fn days_from_civil(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = i64::from((month + 9) % 12);
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(narrow(era * 146_097 + day_of_era - 719_468))
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// The results above are in range by construction: years of an i32 day count, months 1..=12, days 1..=31.
#[allow(clippy::cast_possible_truncation)]
fn narrow(number: i64) -> i32 {
    number as i32
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn narrow_unsigned(number: i64) -> u32 {
    number as u32
}

/// Appends a date, `YYYY-MM-DD`; before the year 1 it is followed by ` BC`.
pub fn write_date(out: &mut String, days: i32) {
    let era = write_day(out, days);
    out.push_str(era);
}

/// Appends a date without its era, which is what it gives.
fn write_day(out: &mut String, days: i32) -> &'static str {
    let (year, month, day) = civil_from_days(days);
    // The year before 1 is 1 BC.
    let (year, era) = if year < 1 { (1 - year, " BC") } else { (year, "") };
    let _ = write!(out, "{year:04}-{month:02}-{day:02}"); // writing to a String cannot fail
    era
}

/// Appends a time of day, `HH:MM:SS[.ffffff]`.
pub fn write_time(out: &mut String, micros: i64) {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let _ = write!(out, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if fraction != 0 {
        let _ = write!(out, ".{fraction:06}");
    }
}

/// Appends an instant in UTC, `YYYY-MM-DD HH:MM:SS[.ffffff][ BC]`.
pub fn write_datetime(out: &mut String, micros: i64) {
    let era = write_day(out, narrow(micros.div_euclid(MICROS_PER_DAY)));
    out.push(' ');
    write_time(out, micros.rem_euclid(MICROS_PER_DAY));
    out.push_str(era);
}

/// Days of a text `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = i32::try_from(digits(&bytes[..4])?).ok()?;
    days_from_civil(year, digits(&bytes[5..7])?, digits(&bytes[8..])?)
}

/// Microseconds since midnight of a text `HH:MM[:SS[.f…]]`; a fraction finer than microseconds only
/// where it is zero.
pub fn parse_time(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() < 5 || bytes[2] != b':' {
        return None;
    }
    let (hours, minutes) = (digits(&bytes[..2])?, digits(&bytes[3..5])?);
    let (seconds, fraction) = match bytes.get(5) {
        None => (0, 0),
        Some(b':') if bytes.len() >= 8 => (digits(&bytes[6..8])?, parse_fraction(&bytes[8..])?),
        Some(_) => return None,
    };
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some((i64::from(hours) * 3_600 + i64::from(minutes) * 60 + i64::from(seconds)) * 1_000_000 + fraction)
}

fn parse_fraction(bytes: &[u8]) -> Option<i64> {
    let Some((first, digits_after)) = bytes.split_first() else { return Some(0) };
    if *first != b'.' || digits_after.is_empty() {
        return None;
    }
    let mut micros = 0;
    for (place, byte) in digits_after.iter().enumerate() {
        let digit = i64::from(byte.checked_sub(b'0').filter(|digit| *digit <= 9)?);
        if place < 6 {
            micros = micros * 10 + digit;
        } else if digit != 0 {
            return None;
        }
    }
    let missing = u32::try_from(6_usize.saturating_sub(digits_after.len())).ok()?;
    Some(micros * 10_i64.pow(missing))
}

/// Microseconds since 1970 of a text `YYYY-MM-DD[ |T]HH:MM[:SS[.f…]][Z|±HH[[:]MM]]`, or of a date alone
/// (its midnight). Without an offset it means UTC.
pub fn parse_datetime(text: &str) -> Option<i64> {
    let day = i64::from(parse_date(text.get(..10)?)?) * MICROS_PER_DAY;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(day);
    }
    let clock = rest.strip_prefix([' ', 'T', 't'])?;
    let at = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let offset = parse_offset(&clock[at..])?;
    let instant = day + parse_time(clock[..at].trim_end())? - offset;
    let days = instant.div_euclid(MICROS_PER_DAY);
    (i64::from(FIRST_DAY)..=i64::from(LAST_DAY)).contains(&days).then_some(instant)
}

fn parse_offset(text: &str) -> Option<i64> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let body = text[1..].replace(':', "");
    let (hours, minutes) = match body.len() {
        2 => (digits(body.as_bytes())?, 0),
        4 => (digits(&body.as_bytes()[..2])?, digits(&body.as_bytes()[2..])?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then(|| sign * (i64::from(hours) * 60 + i64::from(minutes)) * 60_000_000)
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0_u32, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        Some(number * 10 + u32::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_calendar_round_trips_in_order() {
        let mut before = String::new();
        for days in FIRST_DAY..=LAST_DAY {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), Some(days));
            if days % 97 == 0 {
                let mut text = String::new();
                write_date(&mut text, days);
                assert_eq!(parse_date(&text), Some(days));
                assert!(text > before);
                before = text;
            }
        }
    }

    #[test]
    fn years_before_the_first_have_their_era() {
        for (days, expected) in [
            (FIRST_DAY, "0001-01-01"),
            (FIRST_DAY - 1, "0001-12-31 BC"),
            (-735_160, "0044-03-15 BC"),
            (LAST_DAY + 1, "10000-01-01"),
        ] {
            let mut text = String::new();
            write_date(&mut text, days);
            assert_eq!(text, expected);
        }
        let mut text = String::new();
        write_datetime(&mut text, i64::from(FIRST_DAY) * MICROS_PER_DAY - 1);
        assert_eq!(text, "0001-12-31 23:59:59.999999 BC");
    }

    #[test]
    fn common_encodings_are_read() {
        let noon = parse_datetime("2024-02-29 12:00:00").unwrap();
        for same in [
            "2024-02-29T12:00:00Z",
            "2024-02-29 12:00",
            "2024-02-29 12:00:00.000000",
            "2024-02-29 14:30:00+02:30",
            "2024-02-29T07:00:00-0500",
            "2024-02-29 12:00:00.000000000+00",
        ] {
            assert_eq!(parse_datetime(same), Some(noon), "{same}");
        }
        assert_eq!(parse_datetime("2024-02-29"), Some(noon - MICROS_PER_DAY / 2));
        for bad in
            ["", "2024-02-30", "2024-1-1", "2024-02-29 24:00", "2024-02-29 12:00:00.0000001", "0000-01-01", "now"]
        {
            assert_eq!(parse_datetime(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_order_is_time_order() {
        let instants =
            [0, 1, 999_999, 1_000_000, 1_000_001, 59_000_000, MICROS_PER_DAY - 1, MICROS_PER_DAY, -1, -MICROS_PER_DAY];
        for left in instants {
            for right in instants {
                let (mut a, mut b) = (String::new(), String::new());
                write_datetime(&mut a, left);
                write_datetime(&mut b, right);
                assert_eq!(a.cmp(&b), left.cmp(&right), "{a} {b}");
                assert_eq!(parse_datetime(&a), Some(left));
            }
        }
    }
}
