//! Errors of MySQL and MariaDB, classified once, by their numbers. What they concern stands in the messages only.

use sqlx::mysql::MySqlDatabaseError;

use crate::driver::network::Retry;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

const TOO_MANY_CONNECTIONS: u16 = 1040;
const TOO_MANY_OF_USER: u16 = 1203;
const SERVER_SHUTDOWN: u16 = 1053;
const DUPLICATE: u16 = 1062;
const NO_FULLTEXT_INDEX: u16 = 1191;
const LOCK_TIMEOUT: u16 = 1205;
const DEADLOCK: u16 = 1213;
const UNKNOWN_STATEMENT: u16 = 1243;
const NOT_PREPARABLE: u16 = 1295;
const STALE_STATEMENT: u16 = 1615;
const CONNECTION_KILLED: u16 = 1927;
const ROW_CHANGED: u16 = 1020;
const IDLE_TOO_LONG: u16 = 4031;

/// What follows from an error for the connection on which it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consequence {
    /// Nothing: the statement failed, that is all.
    Nothing,
    /// The connection is of no more use; whether the call may run again on another, if it had received nothing yet.
    ConnectionGone(Retry),
    /// The server has rolled back the whole transaction.
    TransactionGone,
    /// Prepared statements must be prepared again; nothing was executed.
    StaleStatements,
    /// The statement can only be sent as it is.
    NotPreparable,
}

/// What follows from an error.
pub(super) fn consequence(error: &sqlx::Error, timeout_ends_transaction: bool) -> Consequence {
    match error {
        sqlx::Error::Database(reported) => match reported.try_downcast_ref::<MySqlDatabaseError>() {
            Some(reported) => of_number(reported.number(), timeout_ends_transaction),
            None => Consequence::ConnectionGone(Retry::Never),
        },
        // Only a write gives this one, and a statement that was not wholly written is not run.
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            Consequence::ConnectionGone(Retry::Always)
        }
        sqlx::Error::Io(_) => Consequence::ConnectionGone(Retry::IfReadOnly),
        sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_) => Consequence::Nothing,
        _ => Consequence::ConnectionGone(Retry::Never),
    }
}

/// Whether a server, or one of its users, has as many connections as are allowed.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    let reported = error.as_database_error().and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
    reported.is_some_and(|reported| matches!(reported.number(), TOO_MANY_CONNECTIONS | TOO_MANY_OF_USER))
}

fn of_number(number: u16, timeout_ends_transaction: bool) -> Consequence {
    match number {
        // Said in answer to a statement that the server has not begun, or has given up.
        SERVER_SHUTDOWN | CONNECTION_KILLED | IDLE_TOO_LONG => Consequence::ConnectionGone(Retry::Always),
        // About packets that are too large, broken or late; the server hangs up after them.
        1080 | 1152..=1161 | 1184 => Consequence::ConnectionGone(Retry::Never),
        DEADLOCK | ROW_CHANGED => Consequence::TransactionGone,
        LOCK_TIMEOUT if timeout_ends_transaction => Consequence::TransactionGone,
        UNKNOWN_STATEMENT | STALE_STATEMENT => Consequence::StaleStatements,
        NOT_PREPARABLE => Consequence::NotPreparable,
        _ => Consequence::Nothing,
    }
}

/// An error of a statement.
pub(super) fn classify(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(reported) => match reported.try_downcast::<MySqlDatabaseError>() {
            Ok(reported) => from_server(*reported).into(),
            Err(other) => DatabaseError::new(DatabaseErrorKind::Other, other.to_string()).with_source(other).into(),
        },
        sqlx::Error::Io(error) => {
            DatabaseError::new(DatabaseErrorKind::ConnectionLost, format!("the connection to MySQL was lost: {error}"))
                .with_source(error)
                .into()
        }
        sqlx::Error::Configuration(error) => Error::config(format!("the MySQL URL cannot be used: {error}")),
        sqlx::Error::Encode(error) => Error::query(format!("a parameter cannot be sent to MySQL: {error}")),
        sqlx::Error::Tls(error) => {
            DatabaseError::new(DatabaseErrorKind::Operational, format!("no encrypted connection to MySQL: {error}"))
                .with_source(error)
                .into()
        }
        sqlx::Error::Protocol(message) if message.starts_with("prepared statement expected") => {
            DatabaseError::new(DatabaseErrorKind::Programming, message).into()
        }
        other => DatabaseError::new(DatabaseErrorKind::ConnectionLost, format!("MySQL answered unexpectedly: {other}"))
            .with_source(other)
            .into(),
    }
}

fn from_server(reported: MySqlDatabaseError) -> DatabaseError {
    let (number, message) = (reported.number(), reported.message());
    let concerned = concerned(number, message);
    DatabaseError {
        kind: kind(number, reported.code().unwrap_or_default()),
        message: shown(number, message),
        sqlstate: reported.code().map(str::to_owned),
        constraint: concerned.constraint,
        table: concerned.table,
        schema: None,
        columns: concerned.columns,
        source: Some(Box::new(reported)),
    }
}

/// The server's words, without the row's value that it tells of a duplicate.
fn shown(number: u16, message: &str) -> String {
    match duplicate_key(message).filter(|_| number == DUPLICATE) {
        Some(key) => format!("Duplicate entry for key '{key}'"),
        None if number == NO_FULLTEXT_INDEX => format!(
            "{message}; a search asks for an index of the searched column alone: Index(\"…\", \"column\", method=\"fulltext\")"
        ),
        None => message.to_owned(),
    }
}

fn kind(number: u16, sqlstate: &str) -> DatabaseErrorKind {
    use DatabaseErrorKind as K;
    match number {
        DUPLICATE | 1169 | 1586 | 1761 | 1859 => K::UniqueViolation,
        1216 | 1217 | 1451 | 1452 | 1557 => K::ForeignKeyViolation,
        1048 | 1138 | 1263 | 1364 | 1566 => K::NotNullViolation,
        3819 | 4025 => K::CheckViolation,
        DEADLOCK | ROW_CHANGED => K::TransactionConflict,
        1317 => K::QueryCanceled,
        1969 | 3024 => K::QueryTimeout,
        SERVER_SHUTDOWN | CONNECTION_KILLED | IDLE_TOO_LONG | 1080 | 1152 | 1154..=1161 | 1184 => K::ConnectionLost,
        // Memory, disks, connections, packets, locks, access to a database as a whole, an unknown database, a
        // transaction that only reads.
        1021 | 1037 | 1038 | 1040 | 1041 | 1044 | 1045 | 1049 | 1114 | 1153 | 1203 | LOCK_TIMEOUT | 1226 | 1290
        | 1461 | 1698 | 1792 | 3572 => K::Operational,
        // Collations that do not go together, unknown functions of the server.
        1115 | NO_FULLTEXT_INDEX | 1235 | 1253 | 1267 | 1270 | 1271 | 1273 | 1295 => K::Programming,
        _ => match sqlstate.get(..2).unwrap_or_default() {
            "23" => K::Integrity,
            "08" => K::ConnectionLost,
            "28" => K::Operational,
            "40" => K::TransactionConflict,
            "42" | "21" | "0A" => K::Programming,
            _ => K::Other,
        },
    }
}

/// What a violation concerns.
#[derive(Debug, Default, PartialEq, Eq)]
struct Concerned {
    table: Option<String>,
    columns: Vec<String>,
    constraint: Option<String>,
}

fn concerned(number: u16, message: &str) -> Concerned {
    match number {
        DUPLICATE | 1586 => {
            let key = duplicate_key(message);
            // MySQL names the table before the key, MariaDB the key alone.
            let (table, constraint) = match key.and_then(|key| key.split_once('.')) {
                Some((table, key)) => (Some(table), Some(key)),
                None => (None, key),
            };
            Concerned { table: table.map(str::to_owned), constraint: constraint.map(str::to_owned), columns: vec![] }
        }
        1048 | 1364 => Concerned { columns: quoted(message, '\'').take(1).collect(), ..Concerned::default() },
        1451 | 1452 => foreign_key(message).unwrap_or_default(),
        // CONSTRAINT `name` failed for `database`.`table`
        4025 => {
            let mut names = quoted(message, '`');
            Concerned { constraint: names.next(), table: names.nth(1), columns: vec![] }
        }
        1264 | 1265 | 1292 | 1366 | 1406 => value_of(message),
        3819 => Concerned { constraint: quoted(message, '\'').next(), ..Concerned::default() },
        _ => Concerned::default(),
    }
}

/// What `… for column 'a' at row 1` or ``… for column `database`.`table`.`a` at row 1`` names last.
fn value_of(message: &str) -> Concerned {
    let Some((_, place)) = message.rsplit_once(" for column ") else { return Concerned::default() };
    if place.starts_with('\'') {
        return Concerned { columns: quoted(place, '\'').take(1).collect(), ..Concerned::default() };
    }
    let mut names: Vec<String> = quoted(place, '`').collect();
    let column = names.pop();
    Concerned { table: names.pop(), columns: column.into_iter().collect(), constraint: None }
}

/// The key that `Duplicate entry '…' for key '…'` names last; the entry may hold anything.
fn duplicate_key(message: &str) -> Option<&str> {
    let (_, key) = message.rsplit_once(" for key '")?;
    key.strip_suffix('\'')
}

/// `… fails (`database`.`table`, CONSTRAINT `name` FOREIGN KEY (`a`, `b`) REFERENCES `other` (`x`, `y`) …)`: the table
/// that refers, its columns and the constraint, whichever side the statement was about.
fn foreign_key(message: &str) -> Option<Concerned> {
    let (_, rest) = message.split_once(" fails (")?;
    let (_, rest) = first_quoted(rest, '`')?;
    let (table, rest) = first_quoted(rest, '`')?;
    let (constraint, mut rest) = first_quoted(rest, '`')?;
    let mut columns = Vec::new();
    while !rest.starts_with(')') {
        let (column, after) = first_quoted(rest, '`')?;
        columns.push(column);
        rest = after;
    }
    Some(Concerned { table: Some(table), constraint: Some(constraint), columns })
}

/// The names that stand in quotes, in their order.
fn quoted(text: &str, quote: char) -> impl Iterator<Item = String> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (name, after) = first_quoted(rest, quote)?;
        rest = after;
        Some(name)
    })
}

/// The first name that stands in quotes, where a quote inside is doubled, and what follows it.
fn first_quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut rest = &text[text.find(quote)? + quote.len_utf8()..];
    let mut name = String::new();
    loop {
        let end = rest.find(quote)?;
        name.push_str(&rest[..end]);
        rest = &rest[end + quote.len_utf8()..];
        match rest.strip_prefix(quote) {
            Some(after) => {
                name.push(quote);
                rest = after;
            }
            None => return Some((name, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn duplicates() {
        let of = |message| {
            let found = concerned(DUPLICATE, message);
            (found.table, found.constraint)
        };
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(of("Duplicate entry 'ada' for key 'uq_users_name'"), (None, some("uq_users_name")));
        assert_eq!(of("Duplicate entry '1-x' for key 'users.PRIMARY'"), (some("users"), some("PRIMARY")));
        let odd = "Duplicate entry 'it's for key 'z'' for key 'PRIMARY'";
        assert_eq!(of(odd), (None, some("PRIMARY")));
        assert_eq!(shown(DUPLICATE, odd), "Duplicate entry for key 'PRIMARY'");
    }

    #[test]
    fn values() {
        for (message, table) in [
            ("Data too long for column 'na''me' at row 1", None),
            ("Incorrect integer value: 'x for column `y`' for column `d`.`t`.`na'me` at row 2", Some("t")),
        ] {
            let found = concerned(1406, message);
            assert_eq!((found.table.as_deref(), found.columns), (table, names(&["na'me"])), "{message}");
        }
    }

    #[test]
    fn foreign_keys() {
        let message = "Cannot add or update a child row: a foreign key constraint fails (`d b`.`books`, CONSTRAINT \
             `fk_books` FOREIGN KEY (`author_id`, `x`) REFERENCES `authors` (`id`, `y`) ON DELETE CASCADE)";
        let found = foreign_key(message).unwrap();
        assert_eq!((found.table.as_deref(), found.constraint.as_deref()), (Some("books"), Some("fk_books")));
        assert_eq!(found.columns, names(&["author_id", "x"]));
        let odd = "Cannot delete or update a parent row: a foreign key constraint fails (`db`.`a``b`, CONSTRAINT `f, \
                   CONSTRAINT ``k` FOREIGN KEY (`p`) REFERENCES (`) REFERENCES `c` (`id`))";
        let found = concerned(1451, odd);
        assert_eq!((found.table.as_deref(), found.constraint.as_deref()), (Some("a`b"), Some("f, CONSTRAINT `k")));
        assert_eq!(found.columns, names(&["p"]));
        assert_eq!(
            concerned(1452, "Cannot add or update a child row: a foreign key constraint fails"),
            Concerned::default()
        );
    }

    #[test]
    fn checks_and_nulls() {
        let check = concerned(4025, "CONSTRAINT `positive` failed for `shop`.`articles`");
        assert_eq!((check.table.as_deref(), check.constraint.as_deref()), (Some("articles"), Some("positive")));
        assert_eq!(concerned(3819, "Check constraint 'positive' is violated.").constraint.as_deref(), Some("positive"));
        assert_eq!(concerned(1048, "Column 'name' cannot be null").columns, names(&["name"]));
        assert_eq!(concerned(1364, "Field 'name' doesn't have a default value").columns, names(&["name"]));
    }

    #[test]
    fn classes() {
        use DatabaseErrorKind as K;
        for (number, sqlstate, expected) in [
            (1062, "23000", K::UniqueViolation),
            (1452, "23000", K::ForeignKeyViolation),
            (1364, "HY000", K::NotNullViolation),
            (4025, "23000", K::CheckViolation),
            (3819, "HY000", K::CheckViolation),
            (1213, "40001", K::TransactionConflict),
            (1205, "HY000", K::Operational),
            (1317, "70100", K::QueryCanceled),
            (1969, "70100", K::QueryTimeout),
            (1040, "08004", K::Operational),
            (1045, "28000", K::Operational),
            (1044, "42000", K::Operational),
            (1049, "42000", K::Operational),
            (1146, "42S02", K::Programming),
            (1064, "42000", K::Programming),
            (1054, "42S22", K::Programming),
            (1136, "21S01", K::Programming),
            (1927, "70100", K::ConnectionLost),
            (1406, "22001", K::Other),
            (1264, "22003", K::Other),
        ] {
            assert_eq!(kind(number, sqlstate), expected, "{number}");
        }
    }
}
