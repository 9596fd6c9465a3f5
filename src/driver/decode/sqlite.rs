//! Values of this database. (Being written.)

use super::{RawCell, SqlType, Visitor};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decoder;

impl Decoder {
    pub(super) fn new(declared: Option<&SqlType>) -> Self {
        let _ = declared;
        Self
    }

    #[inline]
    pub(super) fn visit<V: Visitor>(self, cell: RawCell<'_>, visitor: V) -> Result<V::Output, String> {
        match cell {
            RawCell::Null => Ok(visitor.null()),
            other => Err(format!("{other:?}")),
        }
    }
}
