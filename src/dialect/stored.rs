//! Names that only the text of a table's definition has, as SQLite keeps it.

use super::writer::push_quoted;
use crate::schema::tokens::{Token, tokens};

/// What a constraint over columns is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A unique key, or the primary one.
    Unique,
    /// A foreign key.
    Foreign,
}

/// The name of the constraint over these columns in a table's definition; None where it has none.
///
/// # Examples
///
/// ```
/// use chakra::dialect::{KeyKind, constraint_name};
/// let sql = r#"CREATE TABLE "books" (a INT CONSTRAINT uq UNIQUE, CONSTRAINT "fk_a" FOREIGN KEY ("a") REFERENCES b (c))"#;
/// assert_eq!(constraint_name(sql, KeyKind::Foreign, &["a".into()]).as_deref(), Some("fk_a"));
/// assert_eq!(constraint_name(sql, KeyKind::Unique, &["a".into()]).as_deref(), Some("uq"));
/// assert_eq!(constraint_name(sql, KeyKind::Foreign, &["b".into()]), None);
/// ```
pub fn constraint_name(definition: &str, kind: KeyKind, columns: &[String]) -> Option<String> {
    let tokens = tokens(definition);
    let is_same = |one: &str, other: &String| one.eq_ignore_ascii_case(other);
    let mut depth = 0_usize;
    let mut column = None;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.saturating_sub(1),
            _ if depth != 1 => {}
            Token::Word(_) if token.is("CONSTRAINT") => {
                let rest = &tokens[at + 1..];
                let own = column.map(|column| vec![column]).unwrap_or_default();
                let names = rest.get(1..).and_then(|rest| keyed_columns(rest, kind, own));
                if names.is_some_and(|names| {
                    names.len() == columns.len() && names.iter().zip(columns).all(|(one, other)| is_same(one, other))
                }) {
                    return rest[0].name().map(str::to_owned);
                }
            }
            _ => {}
        }
        if depth == 1 && matches!(token, Token::Mark('(' | ',')) {
            column = tokens.get(at + 1).and_then(Token::name);
        }
    }
    None
}

/// The columns of such a key, of what follows a constraint's name: those that are listed, or the one to which it belongs.
fn keyed_columns<'a>(rest: &'a [Token], kind: KeyKind, own: Vec<&'a str>) -> Option<Vec<&'a str>> {
    let words: &[&[&str]] = match kind {
        KeyKind::Unique => &[&["UNIQUE"], &["PRIMARY", "KEY"]],
        KeyKind::Foreign => &[&["FOREIGN", "KEY"], &["REFERENCES"]],
    };
    let begins =
        |words: &&&[&str]| rest.len() >= words.len() && rest.iter().zip(**words).all(|(one, word)| one.is(word));
    let words = words.iter().find(begins)?;
    let after = &rest[words.len()..];
    if *words == ["REFERENCES"] || after.first() != Some(&Token::Mark('(')) {
        return Some(own);
    }
    let listed = after.iter().take_while(|token| **token != Token::Mark(')'));
    let mut is_first = false;
    let mut names = Vec::new();
    for token in listed {
        if is_first {
            names.extend(token.name());
        }
        is_first = matches!(token, Token::Mark('(' | ','));
    }
    Some(names)
}

/// The condition of a CHECK constraint in a table's definition. Where the constraint has no name, SQLite calls it by its
/// condition; a text that is no definition of a table is the condition itself.
///
/// # Examples
///
/// ```
/// use chakra::dialect::condition_of;
/// let sql = r#"CREATE TABLE "t" ("a" TEXT, CONSTRAINT "ck_a" CHECK (length("a") > 2), "b" TEXT)"#;
/// assert_eq!(condition_of(sql, "ck_a"), r#"length("a") > 2"#);
/// assert_eq!(condition_of(sql, "b <> ''"), "b <> ''");
/// assert_eq!(condition_of("`a` > 2", "ck_a"), "`a` > 2");
/// ```
pub fn condition_of<'a>(definition: &'a str, name: &'a str) -> &'a str {
    if !definition.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("CREATE")) {
        return definition;
    }
    let mut quoted = String::new();
    push_quoted(&mut quoted, name, '"');
    let mut after = [quoted.as_str(), name].into_iter().flat_map(|name| behind(definition, name));
    after.find_map(inside_check).unwrap_or(name)
}

/// What stands behind each place where a name stands.
fn behind<'a>(definition: &'a str, name: &str) -> Vec<&'a str> {
    if name.is_empty() {
        return Vec::new();
    }
    definition.match_indices(name).map(|(at, found)| &definition[at + found.len()..]).collect()
}

/// What stands in the parentheses of `CHECK (…)`, where a text begins so.
fn inside_check(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let is_check = text.get(..5)?.eq_ignore_ascii_case("CHECK");
    let inside = text[5..].trim_start().strip_prefix('(').filter(|_| is_check)?;
    let mut depth = 1_usize;
    let mut text_quote = None;
    for (at, char) in inside.char_indices() {
        match (char, text_quote) {
            (quote, Some(open)) if quote == open => text_quote = None,
            ('\'' | '"' | '`', None) => text_quote = Some(char),
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&inside[..at]);
        }
    }
    None
}
