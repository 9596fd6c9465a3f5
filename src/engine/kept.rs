//! Values as they were read, for those who must know later what the database held.

use crate::driver::{Decoder, OwnedCell, Visitor};

/// One value of a row in the database's own bytes. Keeping it costs a copy; only who asks for it pays the decoding.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    cell: OwnedCell,
    decoder: Decoder,
}

impl Kept {
    pub(super) fn new(cell: OwnedCell, decoder: Decoder) -> Self {
        Self { cell, decoder }
    }

    /// Hands the value to a visitor.
    ///
    /// # Errors
    ///
    /// What was found where it is not exactly of the declared type; never where it was read before.
    pub fn visit<V: Visitor>(&self, visitor: V) -> Result<V::Output, String> {
        self.decoder.visit(self.cell.as_raw(), visitor)
    }
}
