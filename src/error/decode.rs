//! Stored values that cannot be read exactly.

use std::error::Error as StdError;
use std::fmt;

/// A stored value that cannot be given exactly as the declared type.
///
/// # Examples
///
/// ```
/// use chakra::error::DecodeError;
///
/// let error = DecodeError {
///     table: "readings".into(),
///     column: "degrees".into(),
///     expected: "Integer".into(),
///     found: "TEXT \"mild\"".into(),
/// };
/// assert!(error.to_string().starts_with("column readings.degrees holds TEXT \"mild\", which cannot be read as Integer"));
/// assert_eq!(chakra::Error::from(error).kind(), chakra::ErrorKind::Decode);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// The table read from; empty where the statement names none.
    pub table: String,
    /// The column read from.
    pub column: String,
    /// The declared type, as a user would name it.
    pub expected: String,
    /// What was found: the value, shortened, or the column's type where no value of it could be read.
    pub found: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dot, hint) = if self.table.is_empty() {
            ("", "cast it in the statement, to text for instance")
        } else {
            (".", "declare the field with the column's own type, or mend what is stored")
        };
        write!(
            f,
            "column {}{dot}{} holds {}, which cannot be read as {} without loss; {hint}",
            self.table, self.column, self.found, self.expected
        )
    }
}

impl StdError for DecodeError {}
