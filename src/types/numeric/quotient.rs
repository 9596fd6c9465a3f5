//! Averages: exact sums divided by how many there were.

use super::{Numeric, parts};

/// Significant digits of an average: those of Python's default decimal context.
const DIGITS: usize = 28;

/// More digits than it takes to tell on which side of the middle between two floats a quotient of integers lies.
const DIGITS_FOR_FLOAT: usize = 60;

impl Numeric {
    /// The average of `count` numbers of which this is the sum. A quotient that goes on is rounded, half to even,
    /// to 28 significant digits, or to as many as the sum has if those are more.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::types::Numeric;
    /// let sum: Numeric = "10.00".parse()?;
    /// assert_eq!(sum.average(4).as_str(), "2.50");
    /// assert_eq!(sum.average(3).as_str(), "3.333333333333333333333333333");
    /// # Ok::<(), chakra::Error>(())
    /// ```
    #[must_use]
    pub fn average(&self, count: u64) -> Self {
        self.divided(count, DIGITS.max(self.significant_digits()))
    }

    /// The float that is nearest to the average of `count` numbers of which this is the sum.
    pub fn average_as_float(&self, count: u64) -> f64 {
        match self.as_str() {
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ => self.divided(count, DIGITS_FOR_FLOAT).as_str().parse().unwrap_or(f64::NAN),
        }
    }

    /// Zeros at the end of a fraction are not counted: databases disagree on how many there are.
    fn significant_digits(&self) -> usize {
        let (_, integral, fraction) = parts(self.as_str());
        let digits = integral.bytes().chain(fraction.trim_end_matches('0').bytes());
        digits.skip_while(|digit| *digit == b'0').count()
    }

    fn divided(&self, count: u64, digits: usize) -> Self {
        if !self.is_finite() || count == 0 {
            return self.clone();
        }
        let (negative, integral, fraction) = parts(self.as_str());
        let given = fraction.trim_end_matches('0');
        let mut division = Division::by(count);
        integral.bytes().chain(given.bytes()).for_each(|digit| division.step(digit - b'0'));
        let mut scale = given.len();
        while division.rest != 0 && division.quotient.len() < digits {
            division.step(0);
            scale += 1;
        }
        let mut quotient = division.rounded();
        while scale > fraction.len() && quotient.last() == Some(&0) {
            quotient.pop();
            scale -= 1;
        }
        // As many digits as the sum has, at least.
        quotient.extend(std::iter::repeat_n(0, fraction.len().saturating_sub(scale)));
        plain(negative, &quotient, scale.max(fraction.len()))
    }
}

/// A division in the way it is done on paper.
struct Division {
    count: u128,
    /// The digits so far, without zeros before the first.
    quotient: Vec<u8>,
    rest: u128,
}

impl Division {
    fn by(count: u64) -> Self {
        Self { count: count.into(), quotient: Vec::new(), rest: 0 }
    }

    /// Takes the next digit of the dividend.
    fn step(&mut self, digit: u8) {
        self.rest = self.rest * 10 + u128::from(digit);
        #[allow(clippy::cast_possible_truncation)] // a digit: the rest before was less than the divisor
        let next = (self.rest / self.count) as u8;
        self.rest %= self.count;
        if next > 0 || !self.quotient.is_empty() {
            self.quotient.push(next);
        }
    }

    /// The digits so far, rounded by what is left, half to even.
    fn rounded(mut self) -> Vec<u8> {
        let odd = self.quotient.last().is_some_and(|digit| digit % 2 == 1);
        let up = match (self.rest * 2).cmp(&self.count) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => odd,
            std::cmp::Ordering::Greater => true,
        };
        if up {
            let nines = self.quotient.iter().rev().take_while(|digit| **digit == 9).count();
            let at = self.quotient.len() - nines;
            self.quotient[at..].fill(0);
            match at.checked_sub(1) {
                Some(before) => self.quotient[before] += 1,
                None => self.quotient.insert(0, 1),
            }
        }
        self.quotient
    }
}

/// The plain notation of digits of which `scale` stand after the point.
fn plain(negative: bool, digits: &[u8], scale: usize) -> Numeric {
    let missing = (scale + 1).saturating_sub(digits.len());
    let digits: String =
        std::iter::repeat_n(0, missing).chain(digits.iter().copied()).map(|digit| char::from(b'0' + digit)).collect();
    let (integral, fraction) = digits.split_at(digits.len() - scale);
    let sign = if negative && digits.contains(|digit| digit != '0') { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Numeric(format!("{sign}{integral}{point}{fraction}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Numeric {
        text.parse().unwrap()
    }

    #[test]
    fn averages_are_exact_or_rounded_half_to_even() {
        for (sum, count, expected) in [
            ("0", 3, "0"),
            ("0.00", 7, "0.00"),
            ("6", 3, "2"),
            ("-1.0", 4, "-0.25"),
            ("1", 8, "0.125"),
            ("2", 3, "0.6666666666666666666666666667"),
            ("-2", 3, "-0.6666666666666666666666666667"),
            ("0.02", 3, "0.006666666666666666666666666667"),
            ("100", 3, "33.33333333333333333333333333"),
            ("12345678901234567890123456789012.5", 1, "12345678901234567890123456789012.5"),
            ("29999999999999999999999999999", 2, "15000000000000000000000000000"), // half: to even
            ("29999999999999999999999999997", 2, "14999999999999999999999999998"),
            ("1000000000000000000000000000001.00", 3, "333333333333333333333333333333.70"),
            ("NaN", 2, "NaN"),
            ("-Infinity", 2, "-Infinity"),
        ] {
            assert_eq!(number(sum).average(count).as_str(), expected, "{sum} / {count}");
        }
    }

    #[test]
    #[allow(clippy::float_cmp)] // the very number is asked for
    fn floats_are_the_nearest() {
        for (sum, count, expected) in [
            ("1", 3, 1.0 / 3.0),
            ("-10", 4, -2.5),
            ("9223372036854775807", 1, 9_223_372_036_854_775_807.0),
            ("9007199254740993", 1, 9_007_199_254_740_992.0), // half-way: to even
            ("18014398509481987", 2, 9_007_199_254_740_994.0), // just above
            ("Infinity", 2, f64::INFINITY),
        ] {
            assert_eq!(number(sum).average_as_float(count), expected, "{sum} / {count}");
        }
        assert!(number("NaN").average_as_float(1).is_nan());
    }
}
