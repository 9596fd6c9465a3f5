//! The words of an SQL text that others wrote: enough to tell names from texts and remarks, in every quoting.

/// A part of an SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word that is not quoted: a keyword, a name or a number.
    Word(String),
    /// A name in quotes.
    Name(String),
    /// A text.
    Text,
    /// Any other character.
    Mark(char),
}

impl Token {
    /// The name that it may be.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Name(name) => Some(name),
            Self::Text | Self::Mark(_) => None,
        }
    }

    /// Whether it is this keyword.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

/// The parts of a text, without remarks.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            _ if first.is_whitespace() => after,
            '-' if after.starts_with('-') => after.split_once('\n').map_or("", |(_, after)| after),
            '/' if after.starts_with('*') => after.split_once("*/").map_or("", |(_, after)| after),
            '\'' => {
                tokens.push(Token::Text);
                quoted(after, '\'').1
            }
            '"' | '`' | '[' => {
                let (name, after) = quoted(after, if first == '[' { ']' } else { first });
                tokens.push(Token::Name(name));
                after
            }
            _ if is_part(first) => {
                let end = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_owned()));
                &rest[end..]
            }
            _ => {
                tokens.push(Token::Mark(first));
                after
            }
        };
    }
    tokens
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
