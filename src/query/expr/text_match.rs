use super::Expr;

/// Where in the text the pattern must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextMatchKind {
    /// Anywhere.
    Contains,
    /// At its start.
    StartsWith,
    /// At its end.
    EndsWith,
    /// It is the whole text.
    Equals,
}

/// A literal match in text: `%`, `_`, `*` and `\` in the pattern stand for themselves.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextMatch {
    /// The text searched.
    pub subject: Expr,
    /// Where the pattern must stand.
    pub kind: TextMatchKind,
    /// The text to be found, as the user gave it: a dialect escapes it when it is bound.
    pub pattern: Expr,
    /// Whether upper and lower case (of all Unicode) are the same.
    pub ignore_case: bool,
}

impl From<TextMatch> for Expr {
    fn from(node: TextMatch) -> Self {
        Self::TextMatch(Box::new(node))
    }
}
