//! PostgreSQL's errors, classified once, by SQLSTATE.

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::driver::network::Retry;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

/// The administrator ended the session: whatever statement was under way is rolled back.
pub(super) const ADMIN_SHUTDOWN: &str = "57P01";
pub(super) const TOO_MANY_CONNECTIONS: &str = "53300";
const QUERY_CANCELED: &str = "57014";
const FAILED_TRANSACTION: &str = "25P02";
const READ_ONLY_TRANSACTION: &str = "25006";
const INVALID_PLAN: &str = "0A000";
const NO_SUCH_STATEMENT: &str = "26000";

/// What follows from an error for the connection on which it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Consequence {
    /// Whether the connection is of no more use.
    pub(super) is_fatal: bool,
    /// Whether the call may run again on another, if it had received nothing yet.
    pub(super) retry: Retry,
    /// Whether its prepared statements must be prepared again; nothing was executed.
    pub(super) stale_statements: bool,
}

/// What follows from an error.
pub(super) fn consequence(error: &sqlx::Error) -> Consequence {
    let fatal = |retry| Consequence { is_fatal: true, retry, stale_statements: false };
    match error {
        sqlx::Error::Database(reported) => {
            let Some(reported) = reported.try_downcast_ref::<PgDatabaseError>() else { return fatal(Retry::Never) };
            match reported.code() {
                ADMIN_SHUTDOWN => fatal(Retry::Always),
                _ if matches!(reported.severity(), PgSeverity::Fatal | PgSeverity::Panic) => fatal(Retry::IfReadOnly),
                code => Consequence {
                    is_fatal: false,
                    retry: Retry::Never,
                    stale_statements: code == NO_SUCH_STATEMENT
                        || (code == INVALID_PLAN && reported.routine() == Some("RevalidateCachedQuery")),
                },
            }
        }
        // Only a write gives this one, and a statement that was not wholly written is not committed.
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe => fatal(Retry::Always),
        sqlx::Error::Io(_) => fatal(Retry::IfReadOnly),
        sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_) => {
            Consequence { is_fatal: false, retry: Retry::Never, stale_statements: false }
        }
        _ => fatal(Retry::Never),
    }
}

/// An error of a statement.
pub(super) fn classify(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(reported) => match reported.try_downcast::<PgDatabaseError>() {
            Ok(reported) => from_server(*reported).into(),
            Err(other) => DatabaseError::new(DatabaseErrorKind::Other, other.to_string()).with_source(other).into(),
        },
        sqlx::Error::Io(error) => DatabaseError::new(
            DatabaseErrorKind::ConnectionLost,
            format!("the connection to PostgreSQL was lost: {error}"),
        )
        .with_source(error)
        .into(),
        sqlx::Error::Configuration(error) => Error::config(format!("the PostgreSQL URL cannot be used: {error}")),
        sqlx::Error::Encode(error) => Error::query(format!("a parameter cannot be sent to PostgreSQL: {error}")),
        sqlx::Error::Tls(error) => DatabaseError::new(
            DatabaseErrorKind::Operational,
            format!("no encrypted connection to PostgreSQL: {error}"),
        )
        .with_source(error)
        .into(),
        // Types of columns are looked up in the catalog; of some, such as multiranges, the driver knows no kind.
        error @ (sqlx::Error::ColumnDecode { .. } | sqlx::Error::TypeNotFound { .. }) => DatabaseError::new(
            DatabaseErrorKind::Other,
            format!("a column has a type that cannot be read: {error}; cast it to text in a view, or leave it out"),
        )
        .with_source(error)
        .into(),
        other => {
            DatabaseError::new(DatabaseErrorKind::ConnectionLost, format!("PostgreSQL answered unexpectedly: {other}"))
                .with_source(other)
                .into()
        }
    }
}

fn from_server(reported: PgDatabaseError) -> DatabaseError {
    let kind = if is_unlisted(&reported) {
        DatabaseErrorKind::CheckViolation
    } else {
        kind(reported.code(), reported.message())
    };
    let mut message = reported.message().to_owned();
    // The detail of a violated constraint shows the row's values, which have no place in messages; the columns are
    // told apart from it.
    let is_violation = reported.code().starts_with("23");
    if let Some(detail) = reported.detail().filter(|_| !is_violation) {
        message = format!("{message}: {}", detail.trim_end_matches('.'));
    }
    if let Some(hint) = reported.hint() {
        message = format!("{message} (hint: {})", hint.trim_end_matches('.'));
    }
    DatabaseError {
        kind,
        message,
        sqlstate: Some(reported.code().to_owned()),
        constraint: reported.constraint().map(str::to_owned),
        table: reported.table().map(str::to_owned),
        schema: reported.schema().map(str::to_owned),
        columns: match reported.column() {
            Some(column) => vec![column.to_owned()],
            None => key_columns(reported.detail().unwrap_or_default()),
        },
        source: Some(Box::new(reported)),
    }
}

/// Whether a text was refused by an enumeration of the server's own, which does not list it. Where an enumeration is a
/// text with a CHECK, that is what is violated.
fn is_unlisted(reported: &PgDatabaseError) -> bool {
    const INVALID_TEXT: &str = "22P02";
    reported.code() == INVALID_TEXT && matches!(reported.routine(), Some("enum_in" | "enum_recv"))
}

fn kind(code: &str, message: &str) -> DatabaseErrorKind {
    match code {
        "23505" => DatabaseErrorKind::UniqueViolation,
        "23503" | "23001" => DatabaseErrorKind::ForeignKeyViolation,
        "23502" => DatabaseErrorKind::NotNullViolation,
        "23514" => DatabaseErrorKind::CheckViolation,
        "40001" | "40P01" => DatabaseErrorKind::TransactionConflict,
        // The server's messages may be translated; then a timeout is told as a cancellation.
        QUERY_CANCELED if message.contains("timeout") => DatabaseErrorKind::QueryTimeout,
        QUERY_CANCELED => DatabaseErrorKind::QueryCanceled,
        ADMIN_SHUTDOWN | "57P02" | "57P03" | "57P05" | "25P03" => DatabaseErrorKind::ConnectionLost,
        "55P03" | "3D000" | READ_ONLY_TRANSACTION | FAILED_TRANSACTION => DatabaseErrorKind::Operational,
        _ => match code.get(..2).unwrap_or_default() {
            "23" => DatabaseErrorKind::Integrity,
            "08" => DatabaseErrorKind::ConnectionLost,
            "28" | "53" | "54" | "57" | "58" => DatabaseErrorKind::Operational,
            "42" | "3F" | "26" | "0A" => DatabaseErrorKind::Programming,
            _ => DatabaseErrorKind::Other,
        },
    }
}

/// The columns of a detail `Key (a, b)=(…) …`. Names with quotes in them are given as quoted.
fn key_columns(detail: &str) -> Vec<String> {
    // What stands before the parenthesis is a word that the server may translate.
    let listed = detail.split_once(" (").and_then(|(_, rest)| rest.split_once(")=(")).map(|(listed, _)| listed);
    listed.map(|listed| parts(listed).into_iter().map(unquoted).collect()).unwrap_or_default()
}

/// What stands between commas, but for those in quotes and parentheses: of names, and of expressions.
fn parts(listed: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut from) = (0_usize, None, 0);
    let mut parts = Vec::new();
    for (at, letter) in listed.char_indices() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(listed[from..at].trim_start());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(listed[from..].trim_start());
    parts
}

/// A name as it is, of one that stands in double quotes or not.
fn unquoted(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_key() {
        assert_eq!(key_columns("Key (a, b)=(1, (2)) already exists."), ["a", "b"]);
        assert_eq!(key_columns("Key (\"Odd Name\")=(x) already exists."), ["Odd Name"]);
        assert_eq!(key_columns("Key (\"Na'me \"\"x\")=(x) already exists."), ["Na'me \"x"]);
        assert_eq!(key_columns("Key (\"Nm, x\", \"a\"\", b\", c)=(1, 2, 3) already"), ["Nm, x", "a\", b", "c"]);
        assert_eq!(key_columns("Key (COALESCE(a, ','::text), b)=(x, y)"), ["COALESCE(a, ','::text)", "b"]);
        assert_eq!(key_columns("Key (lower(name))=(x) already exists."), ["lower(name)"]);
        assert!(key_columns("Failing row contains (1, null).").is_empty());
    }

    #[test]
    fn classes() {
        use DatabaseErrorKind as K;
        for (code, message, expected) in [
            ("23P01", "", K::Integrity),
            ("40P01", "", K::TransactionConflict),
            ("57014", "canceling statement due to statement timeout", K::QueryTimeout),
            ("57014", "canceling statement due to user request", K::QueryCanceled),
            ("53300", "", K::Operational),
            ("28P01", "", K::Operational),
            ("3D000", "", K::Operational),
            ("42P01", "", K::Programming),
            ("57P01", "", K::ConnectionLost),
            ("22003", "", K::Other),
        ] {
            assert_eq!(kind(code, message), expected, "{code}");
        }
    }
}
