//! The table that a statement writes, by the words of a text that somebody wrote by hand.

use crate::schema::tokens::{Token, tokens};

/// What a statement does to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// It adds rows, perhaps in the place of others.
    Insert,
    /// It changes rows.
    Update,
    /// It removes rows.
    Delete,
}

/// The table that a statement writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenTable {
    /// What the statement does to it.
    pub how: Writing,
    /// Its schema, where the statement names it.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}

/// Words that may stand between the verb and the table.
const BETWEEN: [&str; 14] = [
    "ABORT",
    "DELAYED",
    "FAIL",
    "FROM",
    "HIGH_PRIORITY",
    "IGNORE",
    "INTO",
    "LOW_PRIORITY",
    "ONLY",
    "OR",
    "QUICK",
    "REPLACE",
    "ROLLBACK",
    "UPDATE",
];

/// The table that the text of a statement writes; None where it writes none, or several.
///
/// # Examples
///
/// ```
/// use chakra::dialect::{Writing, written_table};
/// let found = written_table("WITH old AS (SELECT 1) UPDATE public.\"My users\" SET age = 3").unwrap();
/// assert_eq!((found.how, found.schema.as_deref(), &*found.name), (Writing::Update, Some("public"), "My users"));
/// assert_eq!(written_table("SELECT 'DELETE FROM users'"), None);
/// ```
pub fn written_table(sql: &str) -> Option<WrittenTable> {
    let mut tokens = tokens(sql).into_iter().peekable();
    let mut depth = 0_usize;
    let how = loop {
        match tokens.next()? {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.saturating_sub(1),
            word if depth > 0 || word.name().is_none() => {}
            word if word.is("INSERT") || word.is("REPLACE") => break Writing::Insert,
            word if word.is("UPDATE") => break Writing::Update,
            word if word.is("DELETE") => break Writing::Delete,
            word if word.is("SELECT") => return None,
            _ => {}
        }
    };
    while tokens.next_if(|token| BETWEEN.iter().any(|word| token.is(word))).is_some() {}
    let mut name = tokens.next()?.name()?.to_owned();
    let mut schema = None;
    while tokens.next_if_eq(&Token::Mark('.')).is_some() {
        schema = Some(std::mem::replace(&mut name, tokens.next()?.name()?.to_owned()));
    }
    // MySQL writes several tables at once.
    let is_one_of_several = |token: &Token| *token == Token::Mark(',') || token.is("JOIN") || token.is("INNER");
    if tokens.peek().is_some_and(is_one_of_several) {
        return None;
    }
    Some(WrittenTable { how, schema, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_statements() {
        use Writing::{Delete, Insert, Update};
        for (sql, expected) in [
            ("INSERT INTO users (id) VALUES (1)", Some((Insert, None, "users"))),
            ("insert or replace into `my``users` values (1)", Some((Insert, None, "my`users"))),
            ("INSERT IGNORE users VALUES (1)", Some((Insert, None, "users"))),
            ("REPLACE INTO main.users VALUES (1)", Some((Insert, Some("main"), "users"))),
            ("/* UPDATE a */ -- DELETE FROM b\n UPDATE ONLY [my users] SET a = 'x'", Some((Update, None, "my users"))),
            ("UPDATE OR ROLLBACK users SET a = 1", Some((Update, None, "users"))),
            ("DELETE FROM \"a\".\"b\" WHERE c = 1", Some((Delete, Some("a"), "b"))),
            ("WITH x AS (DELETE FROM a RETURNING 1) INSERT INTO b SELECT * FROM x", Some((Insert, None, "b"))),
            ("UPDATE a, b SET a.x = b.x", None),
            ("UPDATE a JOIN b ON a.x = b.x SET a.x = 1", None),
            ("SELECT 1 FROM a; DELETE FROM b", None),
            ("CREATE TABLE t (a INTEGER)", None),
            ("INSERT INTO", None),
            ("", None),
        ] {
            let expected = expected.map(|(how, schema, name): (_, Option<&str>, &str)| WrittenTable {
                how,
                schema: schema.map(str::to_owned),
                name: name.to_owned(),
            });
            assert_eq!(written_table(sql), expected, "{sql}");
        }
    }
}
