//! A regular expression that text must match.

use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};

/// A regular expression in the syntax of the crate [`regex`], searched for anywhere in the text: `^` and `$` bind it
/// to the text's ends. It is compiled once, and takes time linear in the text's length whatever it says.
///
/// # Examples
///
/// ```
/// use chakra::schema::Pattern;
/// let word = Pattern::new(r"^\w+$").unwrap();
/// assert!(word.is_met_by("Ærø") && !word.is_met_by("two words"));
/// assert!(Pattern::new("(").is_err());
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: Box<str>,
    /// None where the text is no pattern.
    regex: Option<Regex>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, String> {
        let pattern = Self::declared(text);
        pattern.fault().map_or(Ok(pattern), Err)
    }

    /// A pattern as it is declared, whatever is wrong with it: no text matches a wrong one, and the check of its table
    /// tells.
    pub(crate) fn declared(text: &str) -> Self {
        Self { text: text.into(), regex: Regex::new(text).ok() }
    }

    /// What is wrong with it, if anything is.
    pub(super) fn fault(&self) -> Option<String> {
        if self.regex.is_some() {
            return None;
        }
        let text = &*self.text;
        Regex::new(text).err().map(|error| {
            // The crate draws the place of a mistake over several lines; the last one says what it is.
            let said = error.to_string();
            let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("the pattern {text:?} cannot be used: {why}; the syntax is that of Rust's regex crate, which has no look-around and no back-references")
        })
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is found in a text.
    pub fn is_met_by(&self, text: &str) -> bool {
        self.regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.as_str())
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.as_str().to_owned()
    }
}
