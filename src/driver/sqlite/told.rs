//! What the driver's own functions have to say when they fail. SQLite hands on the text of an error and nothing else,
//! so table, column and value travel in it.

use rusqlite::Error as Refusal;
use serde::{Deserialize, Serialize};

use crate::error::{DatabaseError, DatabaseErrorKind, DecodeError, Error};

/// What marks such a text.
const MARK: &str = "chakra:";

/// Why a function failed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Told {
    /// A stored value cannot be read as the declared type.
    Undecodable { table: String, column: String, expected: String, found: String },
    /// A number cannot be counted up.
    Full { column: String, number: i64 },
}

impl From<Told> for Refusal {
    fn from(told: Told) -> Self {
        // Plain texts and numbers always have a form.
        Self::UserFunctionError(format!("{MARK}{}", serde_json::to_string(&told).unwrap_or_default()).into())
    }
}

impl From<Told> for Error {
    fn from(told: Told) -> Self {
        match told {
            Told::Undecodable { table, column, expected, found } => {
                DecodeError { table, column, expected, found }.into()
            }
            Told::Full { column, number } => {
                let message = format!("{column} is {number}, the last number that the column can hold");
                let mut error = DatabaseError::new(DatabaseErrorKind::Other, message);
                error.columns.push(column);
                error.into()
            }
        }
    }
}

/// What a function said.
pub(super) fn told(message: &str) -> Option<Told> {
    serde_json::from_str(message.strip_prefix(MARK)?).ok()
}
