//! Why an object could not be written: what became of its row.

use std::fmt;

/// What became of a row that an object stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staleness {
    /// It is gone.
    Gone,
    /// Someone else wrote it.
    Changed {
        /// The version that the object knows.
        known: i64,
        /// The version of the row.
        found: i64,
    },
}

impl fmt::Display for Staleness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("its row is gone, so nothing was written; insert a new object, or leave it"),
            Self::Changed { known, found } => write!(
                f,
                "its row was changed by someone else (the object has version {known}, the row {found}), so nothing was \
                 written; refresh the object and make the change again"
            ),
        }
    }
}
