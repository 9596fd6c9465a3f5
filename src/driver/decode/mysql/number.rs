//! Numbers. Decimals travel as text.

use super::{malformed, utf8};

/// How an integer is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    One,
    UnsignedOne,
    Two,
    UnsignedTwo,
    /// Of YEAR: as `UnsignedTwo`, but none is greater than 2155.
    Year,
    Four,
    UnsignedFour,
    Eight,
    UnsignedEight,
    /// Up to 64 bits, the highest first.
    Bits,
}

impl Width {
    /// The least and the greatest value; what 64 signed bits do not hold is beyond the greatest.
    pub(super) fn range(self) -> (i128, i128) {
        match self {
            Self::One => (i8::MIN.into(), i8::MAX.into()),
            Self::UnsignedOne => (0, u8::MAX.into()),
            Self::Two => (i16::MIN.into(), i16::MAX.into()),
            Self::UnsignedTwo => (0, u16::MAX.into()),
            Self::Year => (0, 2_155),
            Self::Four => (i32::MIN.into(), i32::MAX.into()),
            Self::UnsignedFour => (0, u32::MAX.into()),
            Self::Eight => (i64::MIN.into(), i64::MAX.into()),
            Self::UnsignedEight | Self::Bits => (0, u64::MAX.into()),
        }
    }
}

/// An integer within 64 signed bits.
#[inline]
pub(super) fn integer(width: Width, bytes: &[u8]) -> Result<i64, String> {
    let value = match width {
        Width::One => bytes.try_into().ok().map(|bytes| i64::from(i8::from_le_bytes(bytes))),
        Width::UnsignedOne => bytes.try_into().ok().map(|bytes| i64::from(u8::from_le_bytes(bytes))),
        Width::Two => bytes.try_into().ok().map(|bytes| i64::from(i16::from_le_bytes(bytes))),
        Width::UnsignedTwo | Width::Year => bytes.try_into().ok().map(|bytes| i64::from(u16::from_le_bytes(bytes))),
        Width::Four => bytes.try_into().ok().map(|bytes| i64::from(i32::from_le_bytes(bytes))),
        Width::UnsignedFour => bytes.try_into().ok().map(|bytes| i64::from(u32::from_le_bytes(bytes))),
        Width::Eight => bytes.try_into().ok().map(i64::from_le_bytes),
        Width::UnsignedEight | Width::Bits => {
            let value = unsigned(width, bytes)?;
            return i64::try_from(value).map_err(|_| value.to_string());
        }
    };
    value.ok_or_else(|| malformed("integer", bytes))
}

/// An integer of any width.
pub(super) fn any_integer(width: Width, bytes: &[u8]) -> Result<i128, String> {
    match width {
        Width::UnsignedEight | Width::Bits => unsigned(width, bytes).map(i128::from),
        _ => integer(width, bytes).map(i128::from),
    }
}

fn unsigned(width: Width, bytes: &[u8]) -> Result<u64, String> {
    let value = match (width, bytes) {
        (Width::Bits, [_, ..]) if bytes.len() <= 8 => {
            Some(bytes.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte)))
        }
        (Width::Bits, _) => None,
        _ => bytes.try_into().ok().map(u64::from_le_bytes),
    };
    value.ok_or_else(|| malformed("integer", bytes))
}

#[inline]
pub(super) fn float(bytes: &[u8]) -> Result<f64, String> {
    bytes.try_into().map(|bytes| f64::from(f32::from_le_bytes(bytes))).map_err(|_| malformed("float", bytes))
}

#[inline]
pub(super) fn double(bytes: &[u8]) -> Result<f64, String> {
    bytes.try_into().map(f64::from_le_bytes).map_err(|_| malformed("double", bytes))
}

/// The plain notation; a column declared ZEROFILL has zeros before it.
#[inline]
pub(super) fn decimal(bytes: &[u8]) -> Result<&str, String> {
    let mut text = utf8(bytes)?;
    while let Some(rest) = text.strip_prefix('0').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        text = rest;
    }
    if crate::types::numeric::is_plain(text) { Ok(text) } else { Err(malformed("decimal", bytes)) }
}

/// A number without the zeros at the end of its fraction.
#[inline]
pub(super) fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}
