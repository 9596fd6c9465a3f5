//! The columns that an SQL condition mentions.

use super::Table;

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

/// The names in a condition, quoted or not.
fn words(condition: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = condition;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            '\'' => quoted(after, '\'').1,
            '"' | '`' => {
                let (word, after) = quoted(after, first);
                words.push(word);
                after
            }
            '[' => {
                let (word, after) = quoted(after, ']');
                words.push(word);
                after
            }
            _ if is_part(first) => {
                let end = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                if !after.trim_start().starts_with('(') {
                    words.push(word.to_owned());
                }
                after
            }
            _ => after,
        };
    }
    words
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '$')
}

/// What stands before the closing quote, where one inside is doubled, and what stands behind.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut word = String::new();
    let mut rest = text;
    loop {
        let Some((before, after)) = rest.split_once(quote) else { return (word, "") };
        word.push_str(before);
        match after.strip_prefix(quote) {
            Some(more) => {
                word.push(quote);
                rest = more;
            }
            None => return (word, after),
        }
    }
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
