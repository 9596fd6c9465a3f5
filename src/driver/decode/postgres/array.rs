//! Arrays of one dimension.

use super::super::target::Target;
use super::{Decoder, malformed, name};
use crate::driver::row::RawCell;
use crate::driver::visitor::Visitor;

/// Before the elements of an array that has any: the number of dimensions, flags, the elements' type, their number,
/// the first subscript.
const HEADER: usize = 5 * 4;

/// What is left of an array's bytes.
#[derive(Debug)]
pub(in crate::driver::decode) struct ArrayBytes<'a> {
    rest: &'a [u8],
    left: usize,
    decoder: Decoder,
}

impl<'a> ArrayBytes<'a> {
    /// The elements of an array.
    ///
    /// # Errors
    ///
    /// Of several dimensions, or counted from another number than 1: a list has neither. Of a type whose values are
    /// not of the declared one.
    pub(super) fn new(bytes: &'a [u8], target: Option<Target>) -> Result<Self, String> {
        let number = |place: usize| {
            let four = bytes.get(place * 4..place * 4 + 4)?;
            four.try_into().ok().map(i32::from_be_bytes)
        };
        let broken = || malformed("array", bytes);
        let (dimensions, element) = (number(0).ok_or_else(broken)?, number(2).ok_or_else(broken)?.cast_unsigned());
        let decoder = Decoder::of_one(element, target);
        let decoder = decoder.ok_or_else(|| format!("an array of {}", name::type_name(element)))?;
        match dimensions {
            0 => return Ok(Self { rest: &[], left: 0, decoder }),
            1 => {}
            several => return Err(format!("an array of {several} dimensions")),
        }
        match number(4).ok_or_else(broken)? {
            1 => {}
            first => return Err(format!("an array whose first subscript is {first}")),
        }
        let left = number(3).and_then(|count| usize::try_from(count).ok()).ok_or_else(broken)?;
        let rest = bytes.get(HEADER..).filter(|rest| rest.len() >= left.saturating_mul(4)).ok_or_else(broken)?;
        Ok(Self { rest, left, decoder })
    }

    pub(in crate::driver::decode) fn len(&self) -> usize {
        self.left
    }

    pub(in crate::driver::decode) fn next<V: Visitor>(&mut self, visitor: V) -> Option<Result<V::Output, String>> {
        self.left = self.left.checked_sub(1)?;
        let Some(cell) = self.cell() else { return Some(Err(malformed("array", self.rest))) };
        Some(self.decoder.visit(cell, visitor))
    }

    fn cell(&mut self) -> Option<RawCell<'a>> {
        let (length, rest) = self.rest.split_first_chunk::<4>()?;
        match i32::from_be_bytes(*length) {
            -1 => {
                self.rest = rest;
                Some(RawCell::Null)
            }
            length => {
                let (bytes, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                self.rest = rest;
                Some(RawCell::Wire(bytes))
            }
        }
    }
}
