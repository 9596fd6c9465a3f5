//! The columns that an SQL condition mentions.

use super::Table;
use super::tokens::{Token, tokens};

impl Table {
    /// The columns that an SQL condition mentions, by name, in the order of the table. Names of functions and what stands
    /// in texts are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{schema::{Column, Table}, types::SqlType};
    /// let columns = ["id", "low", "high", "lower"].map(|name| Column::new(name, SqlType::Integer)).to_vec();
    /// let spans = Table::described("Span", "spans", columns);
    /// assert_eq!(spans.columns_in("lower(low) <> 'id' AND \"HIGH\" > low"), ["low", "high"]);
    /// ```
    pub fn columns_in(&self, condition: &str) -> Vec<String> {
        let words = words(condition);
        let is_mentioned = |name: &str| words.iter().any(|word| word.to_lowercase() == name.to_lowercase());
        let names = self.columns.iter().map(|column| &column.name);
        names.filter(|name| is_mentioned(name)).cloned().collect()
    }
}

/// The names in a condition, quoted or not, but for those of functions.
fn words(condition: &str) -> Vec<String> {
    let tokens = tokens(condition);
    let is_called = |at: usize| tokens.get(at + 1) == Some(&Token::Mark('('));
    let name = |(at, token): (usize, &Token)| match token {
        Token::Word(word) => (!is_called(at)).then(|| word.clone()),
        Token::Name(name) => Some(name.clone()),
        Token::Text | Token::Mark(_) => None,
    };
    tokens.iter().enumerate().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_conditions() {
        for (condition, expected) in [
            ("age >= 18", vec!["age", "18"]),
            ("length(`na``me`) > 2 OR [odd one] IS NULL", vec!["na`me", "2", "OR", "odd one", "IS", "NULL"]),
            ("state IN ('it''s age', \"x\")", vec!["state", "x"]),
            ("größe<>'", vec!["größe"]),
            ("", vec![]),
        ] {
            assert_eq!(words(condition), expected, "{condition}");
        }
    }
}
