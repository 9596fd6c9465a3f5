//! Exact sums.

use std::fmt::Write as _;

use super::{Numeric, is_zero, parts};

/// Digits are added in groups of nine.
const GROUP: usize = 9;
const BASE: i64 = 1_000_000_000;

/// Adds decimal numbers exactly, however many and however long.
///
/// # Examples
///
/// ```
/// use chakra::types::numeric::Total;
/// let mut total = Total::default();
/// for _ in 0..10 {
///     total.add(&"0.10".parse()?);
/// }
/// assert_eq!(total.sum().as_str(), "1.00");
/// # Ok::<(), chakra::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Total {
    /// The group at a place counts powers of `BASE`, the least first. Groups have signs of their own and are
    /// carried only now and then, so that adding is fast.
    whole: Vec<i64>,
    /// After the point: the group at a place counts negative powers, the greatest first.
    fraction: Vec<i64>,
    /// The most digits that any of the numbers had after the point.
    scale: usize,
    /// How many numbers were added since groups were carried.
    uncarried: u32,
    /// The sum so far where it is no finite number.
    special: Option<&'static str>,
}

impl Total {
    /// Adds a number. NaN, and both infinities together, make NaN.
    pub fn add(&mut self, number: &Numeric) {
        if !number.is_finite() {
            return self.add_special(number.as_str());
        }
        self.make_room();
        let (negative, integral, fraction) = parts(number.as_str());
        let sign = if negative { -1 } else { 1 };
        for (place, group) in integral.as_bytes().rchunks(GROUP).enumerate() {
            *at(&mut self.whole, place) += sign * value(group, 0);
        }
        for (place, group) in fraction.as_bytes().chunks(GROUP).enumerate() {
            *at(&mut self.fraction, place) += sign * value(group, GROUP - group.len());
        }
        self.scale = self.scale.max(fraction.len());
    }

    /// Adds an integer.
    pub fn add_integer(&mut self, number: i64) {
        self.make_room();
        let mut left = number;
        let mut place = 0;
        while left != 0 {
            *at(&mut self.whole, place) += left % BASE;
            left /= BASE;
            place += 1;
        }
    }

    /// The sum, with as many digits after the point as the number that had the most.
    pub fn sum(&self) -> Numeric {
        if let Some(special) = self.special {
            return Numeric(special.into());
        }
        let groups: Vec<i64> = self.fraction.iter().rev().chain(&self.whole).copied().collect();
        let (negative, groups) = match carried(groups.iter().copied()) {
            (groups, true) => (false, groups),
            (_, false) => (true, carried(groups.iter().map(|group| -group)).0),
        };
        let digits = groups.iter().rev().fold(String::with_capacity(groups.len() * GROUP), |mut digits, group| {
            let _ = write!(digits, "{group:0GROUP$}"); // writing to a String cannot fail
            digits
        });
        let (integral, fraction) = digits.split_at(digits.len() - GROUP * self.fraction.len());
        let integral = integral.trim_start_matches('0');
        let mut text = String::with_capacity(digits.len() + 3);
        text.push_str(if integral.is_empty() { "0" } else { integral });
        if self.scale > 0 {
            text.push('.');
            text.push_str(&fraction[..self.scale]);
        }
        if negative && !is_zero(&text) {
            text.insert(0, '-');
        }
        Numeric(text.into())
    }

    fn add_special(&mut self, special: &str) {
        self.special = Some(match (self.special, special) {
            (None | Some("Infinity"), "Infinity") => "Infinity",
            (None | Some("-Infinity"), "-Infinity") => "-Infinity",
            _ => "NaN",
        });
    }

    /// Carries before a group could overflow.
    fn make_room(&mut self) {
        self.uncarried += 1;
        if self.uncarried < u32::MAX {
            return;
        }
        self.uncarried = 0;
        let mut carry = 0;
        for group in self.fraction.iter_mut().rev().chain(&mut self.whole) {
            let sum = *group + carry;
            (*group, carry) = (sum % BASE, sum / BASE);
        }
        if carry != 0 {
            self.whole.push(carry);
        }
    }
}

/// The group at a place, which is made if there is none yet.
#[inline]
fn at(groups: &mut Vec<i64>, place: usize) -> &mut i64 {
    if place >= groups.len() {
        groups.resize(place + 1, 0);
    }
    &mut groups[place]
}

/// The value of up to nine digits, followed by `zeros`.
#[inline]
fn value(digits: &[u8], zeros: usize) -> i64 {
    let value = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    (0..zeros).fold(value, |value, _| value * 10)
}

/// Groups from 0 to `BASE` in place of groups with signs, and whether that could be: a negative number has none.
fn carried(groups: impl Iterator<Item = i64>) -> (Vec<i64>, bool) {
    let mut carry = 0;
    let mut carried: Vec<i64> = groups
        .map(|group| {
            let sum = group + carry;
            carry = sum.div_euclid(BASE);
            sum.rem_euclid(BASE)
        })
        .collect();
    while carry > 0 {
        carried.push(carry % BASE);
        carry /= BASE;
    }
    (carried, carry == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(numbers: &[&str]) -> String {
        let mut total = Total::default();
        for number in numbers {
            total.add(&number.parse().unwrap());
        }
        total.sum().as_str().to_owned()
    }

    #[test]
    fn sums_are_exact() {
        for (numbers, expected) in [
            (&[][..], "0"),
            (&["-0"], "0"),
            (&["0.1", "0.2"], "0.3"),
            (&["1.50", "-1.5"], "0.00"),
            (&["-1.50", "0.25"], "-1.25"),
            (&["999999999", "1"], "1000000000"),
            (&["999999999.999999999", "0.000000001"], "1000000000.000000000"),
            (&["-999999999999999999", "-1"], "-1000000000000000000"),
            (&["1", "-0.0000000000000000000001"], "0.9999999999999999999999"),
            (&["-1", "0.0000000000000000000001"], "-0.9999999999999999999999"),
            (&["1e40", "-1", "1e-3"], "9999999999999999999999999999999999999999.001"),
        ] {
            assert_eq!(sum(numbers), expected, "{numbers:?}");
        }
    }

    #[test]
    fn what_is_no_number_stays_so() {
        for (numbers, expected) in [
            (&["1", "NaN", "2"][..], "NaN"),
            (&["1", "Infinity", "Infinity"], "Infinity"),
            (&["-Infinity", "1"], "-Infinity"),
            (&["-Infinity", "Infinity"], "NaN"),
            (&["NaN", "Infinity"], "NaN"),
        ] {
            assert_eq!(sum(numbers), expected, "{numbers:?}");
        }
    }

    #[test]
    fn integers_beyond_64_bits() {
        let mut total = Total::default();
        (0..5).for_each(|_| total.add_integer(i64::MIN));
        assert_eq!(total.sum().as_str(), "-46116860184273879040");
        (0..6).for_each(|_| total.add_integer(i64::MAX));
        assert_eq!(total.sum().as_str(), "9223372036854775802");
    }

    #[test]
    fn groups_are_carried_before_they_overflow() {
        let mut total = Total { uncarried: u32::MAX - 2, ..Total::default() };
        for _ in 0..5 {
            total.add(&"-999999999.999".parse().unwrap());
        }
        assert_eq!((total.sum().as_str(), total.uncarried), ("-4999999999.995", 3));
    }
}
