//! Numbers.

use super::malformed;

/// How an integer is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Two,
    Four,
    Eight,
    UnsignedFour,
}

impl Width {
    /// The least and the greatest value.
    pub(super) fn range(self) -> (i64, i64) {
        match self {
            Self::Two => (i16::MIN.into(), i16::MAX.into()),
            Self::Four => (i32::MIN.into(), i32::MAX.into()),
            Self::Eight => (i64::MIN, i64::MAX),
            Self::UnsignedFour => (0, u32::MAX.into()),
        }
    }
}

#[inline]
pub(super) fn integer(width: Width, bytes: &[u8]) -> Result<i64, String> {
    let value = match width {
        Width::Two => bytes.try_into().ok().map(|bytes| i64::from(i16::from_be_bytes(bytes))),
        Width::Four => bytes.try_into().ok().map(|bytes| i64::from(i32::from_be_bytes(bytes))),
        Width::Eight => bytes.try_into().ok().map(i64::from_be_bytes),
        Width::UnsignedFour => bytes.try_into().ok().map(|bytes| i64::from(u32::from_be_bytes(bytes))),
    };
    value.ok_or_else(|| malformed("integer", bytes))
}

#[inline]
pub(super) fn float4(bytes: &[u8]) -> Result<f64, String> {
    let bytes = bytes.try_into().map_err(|_| malformed("float", bytes))?;
    Ok(f64::from(f32::from_be_bytes(bytes)))
}

#[inline]
pub(super) fn float8(bytes: &[u8]) -> Result<f64, String> {
    bytes.try_into().map(f64::from_be_bytes).map_err(|_| malformed("float", bytes))
}

/// Numbers up to this many characters are written without allocating.
const SHORT: usize = 96;

/// The parts of a `numeric`: digits of base 10,000, of which the first counts 10,000 to the power of
/// `weight`; `scale` decimal digits are shown after the point.
struct Numeric<'a> {
    groups: &'a [u8],
    weight: i32,
    negative: bool,
    scale: usize,
}

impl Numeric<'_> {
    /// The group of this weight below the first.
    #[inline]
    fn group(&self, index: i32) -> u16 {
        let Ok(index) = usize::try_from(index) else { return 0 };
        match self.groups.get(2 * index..2 * index + 2) {
            Some(pair) => u16::from_be_bytes([pair[0], pair[1]]),
            None => 0,
        }
    }

    fn length(&self) -> usize {
        usize::try_from(self.weight).map_or(1, |weight| 4 * (weight + 1)) + self.scale + 6
    }

    /// Writes it to a buffer of at least `length` bytes and gives the number written.
    fn write(&self, out: &mut [u8]) -> usize {
        let mut at = 0;
        if self.negative {
            out[at] = b'-';
            at += 1;
        }
        let first = at;
        for index in 0..=self.weight {
            put_group(&mut out[at..], self.group(index));
            at += 4;
            if index == 0 {
                let zeros = out[first..at - 1].iter().take_while(|digit| **digit == b'0').count();
                out.copy_within(first + zeros..at, first);
                at -= zeros;
            }
        }
        if self.weight < 0 {
            out[at] = b'0';
            at += 1;
        }
        if self.scale == 0 {
            return at;
        }
        out[at] = b'.';
        at += 1;
        let end = at + self.scale;
        let mut index = self.weight + 1;
        // Below the first group's weight there is nothing but zeros.
        let mut position = -1;
        while position > self.weight && at < end {
            let zeros = 4.min(end - at);
            out[at..at + zeros].fill(b'0');
            at += zeros;
            position -= 1;
            index = 0;
        }
        while at < end {
            put_group(&mut out[at..], self.group(index));
            at += 4;
            index += 1;
        }
        end
    }
}

#[inline]
fn put_group(out: &mut [u8], group: u16) {
    let (high, low) = (group / 100, group % 100);
    for (place, digit) in [high / 10, high % 10, low / 10, low % 10].into_iter().enumerate() {
        #[allow(clippy::cast_possible_truncation)] // a decimal digit
        let digit = digit as u8;
        out[place] = b'0' + digit;
    }
}

/// Hands the plain notation to `take`.
#[inline]
pub(super) fn numeric<T>(bytes: &[u8], take: impl FnOnce(&str) -> T) -> Result<T, String> {
    let [n0, n1, w0, w1, s0, s1, d0, d1, groups @ ..] = bytes else { return Err(malformed("numeric", bytes)) };
    let negative = match u16::from_be_bytes([*s0, *s1]) {
        0x0000 => false,
        0x4000 => true,
        0xC000 => return Ok(take("NaN")),
        0xD000 => return Ok(take("Infinity")),
        0xF000 => return Ok(take("-Infinity")),
        _ => return Err(malformed("numeric", bytes)),
    };
    let number = Numeric {
        groups,
        weight: i32::from(i16::from_be_bytes([*w0, *w1])),
        negative,
        scale: usize::from(u16::from_be_bytes([*d0, *d1])),
    };
    if groups.len() != 2 * usize::from(u16::from_be_bytes([*n0, *n1])) {
        return Err(malformed("numeric", bytes));
    }
    // Without groups it is zero, whatever the weight says.
    let number = if groups.is_empty() { Numeric { weight: -1, ..number } } else { number };
    let mut short = [0_u8; SHORT];
    let mut long = Vec::new();
    let out = if number.length() <= SHORT {
        &mut short[..]
    } else {
        long.resize(number.length(), 0);
        &mut long[..]
    };
    let written = number.write(out);
    std::str::from_utf8(&out[..written]).map(take).map_err(|_| malformed("numeric", bytes))
}
