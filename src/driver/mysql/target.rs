//! Which table a statement writes to, and which columns a key of it has: the server's errors do not tell.

use super::connection::MySqlConnection;
use crate::driver::{Decoder, ToValue};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};
use crate::types::Value;

/// Asks for the columns of a key.
const COLUMNS: &str = "SELECT column_name FROM information_schema.statistics \
     WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ? AND index_name = ? ORDER BY seq_in_index";

/// Fills in what a violation concerns, as far as the statement and the server tell.
pub(super) async fn explain(connection: &mut MySqlConnection, text: &str, error: Error) -> Error {
    let Error::Database(mut reported) = error else { return error };
    if is_violation(&reported)
        && let Some(target) = Target::of(text)
    {
        let table = reported.table.get_or_insert_with(|| target.table.clone()).clone();
        if reported.kind == DatabaseErrorKind::UniqueViolation
            && let Some(key) = reported.constraint.clone()
        {
            let schema = target.schema.map_or(Value::Null(crate::types::Kind::Text), Value::Text);
            let asked = connection.ask(COLUMNS, &[schema, Value::Text(table), Value::Text(key)], true).await;
            // What cannot be found out is left open: the error itself is what matters.
            if let Ok(batch) = asked {
                let column = |row| {
                    let decoder = Decoder::new(batch.columns().first()?.stored, None)?;
                    match decoder.visit(batch.cell(row, 0), ToValue) {
                        Ok(Some(Value::Text(name))) => Some(name),
                        _ => None,
                    }
                };
                reported.columns = (0..batch.len()).filter_map(column).collect();
            }
        }
    }
    Error::Database(reported)
}

fn is_violation(error: &DatabaseError) -> bool {
    matches!(
        error.kind,
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::NotNullViolation | DatabaseErrorKind::CheckViolation
    )
}

/// The one table that a statement writes to.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    schema: Option<String>,
    table: String,
}

impl Target {
    /// That of INSERT, REPLACE and UPDATE of a single table.
    fn of(text: &str) -> Option<Self> {
        let mut rest = text;
        let verb = word(&mut rest)?.to_ascii_uppercase();
        if !matches!(verb.as_str(), "INSERT" | "REPLACE" | "UPDATE") {
            return None;
        }
        loop {
            let before = rest;
            let next = word(&mut rest).unwrap_or_default().to_ascii_uppercase();
            if !matches!(next.as_str(), "LOW_PRIORITY" | "DELAYED" | "HIGH_PRIORITY" | "IGNORE" | "INTO") {
                rest = before;
                break;
            }
        }
        let first = name(&mut rest)?;
        let second = match rest.trim_start().strip_prefix('.') {
            Some(after) => {
                rest = after;
                Some(name(&mut rest)?)
            }
            None => None,
        };
        // Of several tables nobody knows which.
        let follows = rest.trim_start();
        let is_one = verb != "UPDATE" || word(&mut rest).is_some_and(|word| word.eq_ignore_ascii_case("SET"));
        if !is_one || follows.starts_with(',') {
            return None;
        }
        Some(match second {
            Some(table) => Self { schema: Some(first), table },
            None => Self { schema: None, table: first },
        })
    }
}

/// Takes a word off the start.
fn word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let text = rest.trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    (!word.is_empty()).then_some(word)
}

/// Takes a name off the start, quoted or not.
fn name(rest: &mut &str) -> Option<String> {
    let text = rest.trim_start();
    let Some(quoted) = text.strip_prefix('`') else { return word(rest).map(str::to_owned) };
    let mut name = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        if char != '`' {
            name.push(char);
        } else if quoted[at + 1..].starts_with('`') {
            name.push('`');
            chars.next();
        } else {
            *rest = &quoted[at + 1..];
            return Some(name);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_that_is_written_to() {
        let of = |text| Target::of(text).map(|target| (target.schema, target.table));
        let some = |table: &str| Some((None, table.to_owned()));
        assert_eq!(of("INSERT INTO `users` (`name`) VALUES (?)"), some("users"));
        assert_eq!(of(" insert ignore into users values (1)"), some("users"));
        assert_eq!(of("INSERT INTO `o``d d`(`a`) VALUES (?)"), some("o`d d"));
        assert_eq!(of("REPLACE users VALUES (1)"), some("users"));
        assert_eq!(of("UPDATE `users` SET `a` = ?"), some("users"));
        assert_eq!(of("UPDATE `shop`.`users` SET a = 1"), Some((Some("shop".into()), "users".into())));
        for text in [
            "UPDATE a, b SET a.x = 1",
            "UPDATE a JOIN b SET a.x = 1",
            "DELETE FROM a",
            "",
            "INSERT INTO `a",
            "CALL f()",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
