//! Exact decimal numbers of any length, as text. `rust_decimal` (28 digits, no NaN) is a type of the
//! Rust face, not a filter between a database and Python.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::error::Error;

mod quotient;
mod total;

pub use total::Total;

/// An exact decimal number in plain notation: an optional minus, digits, and digits after a point;
/// or `NaN`, `Infinity`, `-Infinity`.
///
/// # Examples
///
/// ```
/// use chakra::types::Numeric;
/// let price: Numeric = "1.5e1".parse()?;
/// assert_eq!(price.as_str(), "15");
/// assert_eq!(price.rescaled(2).unwrap().as_str(), "15.00");
/// # Ok::<(), chakra::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Numeric(Box<str>);

impl Numeric {
    /// The text in plain notation.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is neither NaN nor infinite.
    pub fn is_finite(&self) -> bool {
        self.0.ends_with(|c: char| c.is_ascii_digit())
    }

    /// The number of digits after the point.
    pub fn scale(&self) -> usize {
        self.fraction().len()
    }

    /// The number of digits before the point, leading zeros not counted.
    pub fn integral_digits(&self) -> usize {
        self.integral().trim_start_matches('0').len()
    }

    /// The same number with exactly `scale` digits after the point; None where digits would be lost.
    #[must_use]
    pub fn rescaled(&self, scale: usize) -> Option<Self> {
        if !self.is_finite() || self.scale() == scale {
            return Some(self.clone());
        }
        let (negative, integral, fraction) = parts(&self.0);
        let kept = fraction.get(..scale).unwrap_or(fraction);
        if fraction[kept.len()..].bytes().any(|digit| digit != b'0') {
            return None;
        }
        let mut text = String::with_capacity(integral.len() + scale + 2);
        if negative {
            text.push('-');
        }
        text.push_str(integral);
        if scale > 0 {
            text.push('.');
            text.push_str(kept);
            text.extend(std::iter::repeat_n('0', scale - kept.len()));
        }
        Some(Self(text.into()))
    }

    /// The same number without zeros at the end of its digits after the point.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::types::Numeric;
    /// let price: Numeric = "100.50".parse()?;
    /// assert_eq!(price.shortest().as_str(), "100.5");
    /// # Ok::<(), chakra::Error>(())
    /// ```
    #[must_use]
    pub fn shortest(&self) -> Self {
        if self.scale() == 0 {
            return self.clone();
        }
        Self(self.0.trim_end_matches('0').trim_end_matches('.').into())
    }

    /// Whether it is less than zero.
    pub fn is_negative(&self) -> bool {
        self.0.starts_with('-')
    }

    /// Compares as numbers; NaN equals itself and is greater than all else, as in PostgreSQL.
    pub fn compare(&self, other: &Self) -> Ordering {
        compare_text(&self.0, &other.0)
    }

    fn integral(&self) -> &str {
        parts(&self.0).1
    }

    fn fraction(&self) -> &str {
        if self.is_finite() { parts(&self.0).2 } else { "" }
    }
}

/// Compares two decimal texts as numbers, NaN last.
pub fn compare_text(left: &str, right: &str) -> Ordering {
    rank(left).cmp(&rank(right)).then_with(|| {
        if rank(left) != 0 {
            return Ordering::Equal;
        }
        let ((l_neg, l_int, l_frac), (r_neg, r_int, r_frac)) = (parts(left), parts(right));
        let magnitude = compare_magnitude((l_int, l_frac), (r_int, r_frac));
        match (l_neg, r_neg) {
            (false, false) => magnitude,
            (true, true) => magnitude.reverse(),
            _ if is_zero(left) && is_zero(right) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    })
}

/// Whether a text writes the number that a float is: as the shortest decimal that reads as this float, or as its exact
/// value, however many digits that has. NaN and the infinities are no numbers.
///
/// # Examples
///
/// ```
/// use chakra::types::numeric::is_float;
/// assert!(is_float("0.10", 0.1));
/// assert!(is_float("0.1000000000000000055511151231257827021181583404541015625", 0.1));
/// assert!(!is_float("0.1000000000000000055", 0.1));
/// assert!(!is_float("9007199254740993", 9007199254740992.0));
/// ```
pub fn is_float(text: &str, float: f64) -> bool {
    // The least float above zero has as many digits after the point, and no float has more.
    const MOST_DIGITS: usize = 1074;
    let Some(number) = text.parse::<Numeric>().ok().filter(|number| number.is_finite() && float.is_finite()) else {
        return false;
    };
    let is_written = |written: &str| compare_text(number.as_str(), written) == Ordering::Equal;
    is_written(&float.to_string()) || is_written(&format!("{float:.MOST_DIGITS$}"))
}

/// Whether a text is a finite number in plain notation: a minus or none, digits, and a point with digits or none.
pub fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (integral, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(integral) && all_digits(fraction)
}

/// Whether a text is a whole number: ASCII digits, with a sign before them or none.
///
/// # Examples
///
/// ```
/// use chakra::types::numeric::is_whole;
/// assert!(is_whole("123") && is_whole("-1") && is_whole("+007"));
/// assert!(!is_whole(" 1") && !is_whole("1_0") && !is_whole("1e3") && !is_whole("0x10") && !is_whole("٣"));
/// ```
pub fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// -1, 0, 1, 2 for -Infinity, a number, Infinity, NaN.
fn rank(text: &str) -> i8 {
    match text {
        "NaN" => 2,
        "Infinity" => 1,
        "-Infinity" => -1,
        _ => 0,
    }
}

/// Sign, digits before and digits after the point.
fn parts(text: &str) -> (bool, &str, &str) {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (integral, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    (negative, integral, fraction)
}

/// `007`, which is plain but not how a number is kept.
fn has_leading_zero(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    digits.len() > 1 && digits[0] == b'0' && digits[1] != b'.'
}

fn is_zero(text: &str) -> bool {
    !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

fn compare_magnitude(left: (&str, &str), right: (&str, &str)) -> Ordering {
    let (l_int, r_int) = (left.0.trim_start_matches('0'), right.0.trim_start_matches('0'));
    let (l_frac, r_frac) = (left.1.trim_end_matches('0'), right.1.trim_end_matches('0'));
    l_int.len().cmp(&r_int.len()).then_with(|| l_int.cmp(r_int)).then_with(|| l_frac.cmp(r_frac))
}

impl FromStr for Numeric {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if is_plain(text) && !has_leading_zero(text) {
            // A zero has no sign: not every database would keep it.
            let unsigned = text.strip_prefix('-').filter(|digits| is_zero(digits));
            return Ok(Self(unsigned.unwrap_or(text).into()));
        }
        normalise(text).map(|plain| Self(plain.into())).ok_or_else(|| {
            Error::query(format!("{:?} is not a decimal number", text.chars().take(40).collect::<String>()))
        })
    }
}

impl From<i64> for Numeric {
    fn from(number: i64) -> Self {
        Self(number.to_string().into())
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The exponent beyond which plain notation would be an attack on memory rather than a number
/// (PostgreSQL's own limit is 131,072 digits before the point).
const LARGEST_EXPONENT: i64 = 131_072;

/// Plain notation of a number in plain or scientific notation.
fn normalise(text: &str) -> Option<String> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    match body.to_ascii_lowercase().as_str() {
        "nan" => return Some("NaN".into()),
        "inf" | "infinity" => return Some(if negative { "-Infinity" } else { "Infinity" }.into()),
        _ => {}
    }
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], body[at + 1..].parse::<i64>().ok()?),
        None => (body, 0),
    };
    let (integral, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if integral.len() + fraction.len() == 0 || !all_digits(integral) || !all_digits(fraction) {
        return None;
    }
    if exponent.abs() > LARGEST_EXPONENT {
        return None;
    }
    let (integral, fraction) = shift(integral, fraction, exponent)?;
    let integral = integral.trim_start_matches('0');
    let sign = if negative && !(is_zero(integral) && is_zero(&fraction)) { "-" } else { "" };
    let integral = if integral.is_empty() { "0" } else { integral };
    Some(if fraction.is_empty() { format!("{sign}{integral}") } else { format!("{sign}{integral}.{fraction}") })
}

/// Moves the point by `exponent` places to the right.
fn shift(integral: &str, fraction: &str, exponent: i64) -> Option<(String, String)> {
    let places = usize::try_from(exponent.unsigned_abs()).ok()?;
    if exponent >= 0 {
        let moved = places.min(fraction.len());
        let zeros = "0".repeat(places - moved);
        Some((format!("{integral}{}{zeros}", &fraction[..moved]), fraction[moved..].to_owned()))
    } else {
        let moved = places.min(integral.len());
        let zeros = "0".repeat(places - moved);
        let at = integral.len() - moved;
        Some((integral[..at].to_owned(), format!("{zeros}{}{fraction}", &integral[at..])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Numeric {
        text.parse().unwrap()
    }

    #[test]
    fn plain_notation() {
        for (given, plain) in [
            ("1", "1"),
            ("+1.50", "1.50"),
            ("-0.0", "0.0"),
            ("-0", "0"),
            ("-0e-2", "0.00"),
            ("-0.01", "-0.01"),
            ("1E+3", "1000"),
            ("1.5e-3", "0.0015"),
            (".5", "0.5"),
            ("5.", "5"),
            ("007", "7"),
            ("nan", "NaN"),
            ("-inf", "-Infinity"),
            ("12.34e1", "123.4"),
        ] {
            assert_eq!(n(given).as_str(), plain, "{given}");
        }
        for bad in ["", "-", ".", "1e", "e5", "1_000", "0x1", "1e999999999", "١", " 1", "1 ", "+-1"] {
            assert!(bad.parse::<Numeric>().is_err(), "{bad}");
        }
    }

    #[test]
    fn order_is_that_of_numbers() {
        let ascending =
            ["-Infinity", "-10", "-9.99", "-0.1", "0", "0.05", "0.5", "9", "10", "10.01", "Infinity", "NaN"];
        for (i, left) in ascending.iter().enumerate() {
            for (j, right) in ascending.iter().enumerate() {
                assert_eq!(n(left).compare(&n(right)), i.cmp(&j), "{left} {right}");
            }
        }
        assert_eq!(n("1.50").compare(&n("1.5")), Ordering::Equal);
        assert_eq!(n("-0").compare(&n("0.00")), Ordering::Equal);
    }

    #[test]
    fn rescaling_never_loses_a_digit() {
        assert_eq!(n("1.5").rescaled(3).unwrap().as_str(), "1.500");
        assert_eq!(n("1.500").rescaled(1).unwrap().as_str(), "1.5");
        assert_eq!(n("1.00").rescaled(0).unwrap().as_str(), "1");
        assert!(n("1.25").rescaled(1).is_none());
    }
}
