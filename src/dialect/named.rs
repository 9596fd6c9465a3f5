//! Statements written by hand, with parameters by name: `:name` becomes what the database calls a placeholder.

use std::fmt::Write as _;

use super::Dialect;
use crate::error::{Error, Result};

/// How many values a parameter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// One.
    One,
    /// A list of so many, which stands in parentheses: `id IN :ids`.
    List(usize),
}

/// A statement with the database's own placeholders.
#[derive(Debug, PartialEq, Eq)]
pub struct Bound {
    /// The text.
    pub text: String,
    /// What is bound, in the order of the placeholders: which parameter, and which of its values.
    pub order: Vec<(usize, usize)>,
}

/// Puts placeholders in the place of names. Texts, quoted names and remarks stay as they are, so does a colon behind
/// a backslash, and `::` of PostgreSQL.
///
/// # Errors
///
/// [`ErrorKind::Query`](crate::ErrorKind::Query) for a name that was not given, and for a given one that the statement does
/// not name.
///
/// # Examples
///
/// ```
/// use chakra::dialect::{Arity, Dialect, bind_names};
/// let bound = bind_names(
///     "SELECT ':no' FROM t WHERE a = :a AND b IN :b AND c = :a",
///     Dialect::Postgres,
///     &[("a", Arity::One), ("b", Arity::List(2))],
/// )?;
/// assert_eq!(bound.text, "SELECT ':no' FROM t WHERE a = $1 AND b IN ($2, $3) AND c = $4");
/// assert_eq!(bound.order, [(0, 0), (1, 0), (1, 1), (0, 0)]);
/// # Ok::<(), chakra::Error>(())
/// ```
pub fn bind_names(sql: &str, dialect: Dialect, given: &[(&str, Arity)]) -> Result<Bound> {
    let mut writing =
        Writing { dialect, given, bound: Bound { text: String::with_capacity(sql.len()), order: Vec::new() } };
    let mut used = vec![false; given.len()];
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped(rest, dialect, writing.bound.text.chars().next_back());
        if skipped > 0 {
            writing.bound.text.push_str(&rest[..skipped]);
            rest = &rest[skipped..];
            continue;
        }
        if let Some(after) = rest.strip_prefix("\\:") {
            writing.bound.text.push(':');
            rest = after;
            continue;
        }
        if let Some(name) = name_behind_colon(rest) {
            let at = writing.find(name)?;
            used[at] = true;
            writing.placeholders(at);
            rest = &rest[1 + name.len()..];
            continue;
        }
        let length = if rest.starts_with("::") || rest.starts_with(":=") { 2 } else { first.len_utf8() };
        writing.bound.text.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    match used.iter().position(|used| !used) {
        None => Ok(writing.bound),
        Some(at) => {
            let name = given[at].0;
            Err(Error::query(format!("the parameter {name:?} was given, but the statement has no :{name}")))
        }
    }
}

struct Writing<'a> {
    dialect: Dialect,
    given: &'a [(&'a str, Arity)],
    bound: Bound,
}

impl Writing<'_> {
    fn find(&self, name: &str) -> Result<usize> {
        self.given.iter().position(|(given, _)| *given == name).ok_or_else(|| {
            let names: Vec<&str> = self.given.iter().map(|(name, _)| *name).collect();
            let given = if names.is_empty() { "none was".to_owned() } else { names.join(", ") };
            Error::query(format!(
                "the statement has :{name}, and no parameter of that name was given (given: {given}); a colon that is none \
                 is written \\:"
            ))
        })
    }

    fn placeholders(&mut self, at: usize) {
        match self.given[at].1 {
            Arity::One => self.placeholder((at, 0)),
            // No row is equal to any of none, and every row is unequal to all of them.
            Arity::List(0) => self.bound.text.push_str(match self.dialect {
                Dialect::MySql => "(SELECT 1 FROM DUAL WHERE 1 = 0)",
                _ => "(SELECT 1 WHERE 1 = 0)",
            }),
            Arity::List(values) => {
                for value in 0..values {
                    self.bound.text.push_str(if value == 0 { "(" } else { ", " });
                    self.placeholder((at, value));
                }
                self.bound.text.push(')');
            }
        }
    }

    fn placeholder(&mut self, value: (usize, usize)) {
        self.bound.order.push(value);
        let number = self.bound.order.len();
        // Writing to a String cannot fail. A name that stands twice is two placeholders: PostgreSQL gives each the type of
        // the place where it stands.
        let _ = match self.dialect {
            Dialect::Postgres => write!(self.bound.text, "${number}"),
            Dialect::Sqlite => write!(self.bound.text, "?{number}"),
            Dialect::MySql => write!(self.bound.text, "?"),
        };
    }
}

fn name_behind_colon(rest: &str) -> Option<&str> {
    let behind = rest.strip_prefix(':')?;
    let first = behind.chars().next()?;
    let end = behind.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(behind.len());
    (first.is_alphabetic() || first == '_').then(|| &behind[..end])
}

/// How long what begins here is, if it is a text, a quoted name or a remark; else 0.
fn skipped(rest: &str, dialect: Dialect, before: Option<char>) -> usize {
    let to = |end: Option<usize>, closing: usize| end.map_or(rest.len(), |end| end + closing);
    let first = rest.chars().next().unwrap_or_default();
    match first {
        '\'' => {
            let escapes =
                dialect == Dialect::MySql || dialect == Dialect::Postgres && matches!(before, Some('E' | 'e'));
            quoted(rest, '\'', escapes)
        }
        '"' => quoted(rest, '"', dialect == Dialect::MySql),
        '`' if dialect != Dialect::Postgres => quoted(rest, '`', false),
        '[' if dialect == Dialect::Sqlite => to(rest.find(']'), 1),
        '-' if rest.starts_with("--") => to(rest.find('\n'), 1),
        '#' if dialect == Dialect::MySql => to(rest.find('\n'), 1),
        '/' if rest.starts_with("/*") => to(rest[2..].find("*/").map(|end| end + 2), 2),
        '$' if dialect == Dialect::Postgres => dollar_quoted(rest),
        _ => 0,
    }
}

/// The length of a quoted part, where a quote inside is doubled, or stands behind a backslash.
fn quoted(rest: &str, quote: char, escapes: bool) -> usize {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if escapes && char == '\\' {
            chars.next();
        } else if char == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return at + 1;
            }
        }
    }
    rest.len()
}

/// The length of `$tag$ … $tag$`; 0 where there is none.
fn dollar_quoted(rest: &str) -> usize {
    let Some(end) = rest[1..].find('$').map(|end| end + 2) else { return 0 };
    let tag = &rest[..end];
    if tag[1..end - 1].contains(|char: char| !char.is_alphanumeric() && char != '_')
        || tag[1..].starts_with(|char: char| char.is_ascii_digit())
    {
        return 0;
    }
    rest[end..].find(tag).map_or(rest.len(), |closing| end + closing + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sql: &str, dialect: Dialect) -> String {
        bind_names(sql, dialect, &[("a", Arity::One)]).unwrap().text
    }

    #[test]
    fn only_names_outside_of_quotes_and_remarks_are_parameters() {
        use Dialect::{MySql, Postgres, Sqlite};
        for (dialect, sql, expected) in [
            (Sqlite, "':a' \":a\" `:a` [:a] :a", "':a' \":a\" `:a` [:a] ?1"),
            (Sqlite, "'it''s :a' -- :a\n:a /* :a */", "'it''s :a' -- :a\n?1 /* :a */"),
            (MySql, "'\\' :a' # :a\n:a", "'\\' :a' # :a\n?"),
            (MySql, "@x := :a, :a", "@x := ?, ?"),
            (Postgres, "x::int, E'\\' :a', '\\', :a", "x::int, E'\\' :a', '\\', $1"),
            (Postgres, "$$ :a $$ $b$ :a $$ $b$ :a", "$$ :a $$ $b$ :a $$ $b$ $1"),
            (Postgres, "list[1\\:2] = :a AND b[:a]", "list[1:2] = $1 AND b[$2]"),
            (Postgres, "data ? 'key' AND a = :a", "data ? 'key' AND a = $1"),
            (Sqlite, "'über :a' || :a || '€'", "'über :a' || ?1 || '€'"),
        ] {
            assert_eq!(text(sql, dialect), expected);
        }
    }

    #[test]
    fn lists_stand_in_parentheses_and_empty_ones_are_empty() {
        let bind =
            |dialect, size| bind_names("id IN :ids AND x IN :ids", dialect, &[("ids", Arity::List(size))]).unwrap();
        assert_eq!(bind(Dialect::Sqlite, 2).text, "id IN (?1, ?2) AND x IN (?3, ?4)");
        assert_eq!(bind(Dialect::MySql, 2).order, [(0, 0), (0, 1), (0, 0), (0, 1)]);
        assert!(bind(Dialect::Postgres, 0).text.starts_with("id IN (SELECT 1 WHERE 1 = 0)"));
    }

    #[test]
    fn names_that_do_not_meet_are_told() {
        let refusal = |sql: &str| bind_names(sql, Dialect::Sqlite, &[("a", Arity::One)]).unwrap_err().to_string();
        assert!(refusal("SELECT :b, :a").contains("has :b"));
        assert!(refusal("SELECT 1").contains("no :a"));
    }
}
