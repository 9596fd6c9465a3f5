//! A type whose values are listed.

use serde::{Deserialize, Serialize};

/// The values of an enumeration, and how the database keeps them.
///
/// Its values order as text does, by code point, however they are kept and in whatever order they are declared.
///
/// # Examples
///
/// ```
/// use chakra::types::EnumType;
/// let size = EnumType::new("size", ["small", "large"]);
/// assert!(size.contains("small") && !size.contains("Small"));
/// assert_eq!(size.longest(), 5);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EnumType {
    /// Its name: that of the database's own type, where it has one.
    pub name: String,
    /// Its values, in order of declaration.
    pub values: Vec<String>,
    /// Whether a database that has such types keeps it as one, instead of as text with a CHECK constraint.
    pub native: bool,
}

impl EnumType {
    /// An enumeration kept as text.
    pub fn new<T: Into<String>>(name: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        Self { name: name.into(), values: values.into_iter().map(Into::into).collect(), native: false }
    }

    /// The same as a type of the database's own.
    #[must_use]
    pub fn native(mut self) -> Self {
        self.native = true;
        self
    }

    /// Whether a text is one of the values.
    pub fn contains(&self, text: &str) -> bool {
        self.values.iter().any(|value| value == text)
    }

    /// The number of characters of the longest value.
    pub fn longest(&self) -> usize {
        self.values.iter().map(|value| value.chars().count()).max().unwrap_or(0)
    }
}
