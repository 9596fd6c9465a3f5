//! What a database, or the way to it, reports: classified once, in the driver.

use std::error::Error as StdError;
use std::fmt;

use super::{ErrorKind, Source};

/// The portable class of a database's error. The same condition gives the same class on every database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DatabaseErrorKind {
    /// A unique constraint, or a primary key, was violated.
    UniqueViolation,
    /// A row is referenced by others, or references one that is not there.
    ForeignKeyViolation,
    /// NULL in a NOT NULL column.
    NotNullViolation,
    /// A CHECK constraint was violated.
    CheckViolation,
    /// Another violated constraint.
    Integrity,
    /// The connection failed, could not be made, or ended.
    ConnectionLost,
    /// No connection became free within the acquire timeout.
    PoolExhausted,
    /// A statement ran longer than allowed.
    QueryTimeout,
    /// A statement was cancelled.
    QueryCanceled,
    /// Another failure in operation: full disk, locked file, wrong password, too many connections.
    Operational,
    /// A serialization failure or a deadlock: run the transaction again.
    TransactionConflict,
    /// The statement itself is wrong: unknown table, syntax.
    Programming,
    /// Anything else the database reports.
    Other,
}

impl From<DatabaseErrorKind> for ErrorKind {
    fn from(kind: DatabaseErrorKind) -> Self {
        match kind {
            DatabaseErrorKind::UniqueViolation => Self::UniqueViolation,
            DatabaseErrorKind::ForeignKeyViolation => Self::ForeignKeyViolation,
            DatabaseErrorKind::NotNullViolation => Self::NotNullViolation,
            DatabaseErrorKind::CheckViolation => Self::CheckViolation,
            DatabaseErrorKind::Integrity => Self::Integrity,
            DatabaseErrorKind::ConnectionLost => Self::ConnectionLost,
            DatabaseErrorKind::PoolExhausted => Self::PoolExhausted,
            DatabaseErrorKind::QueryTimeout => Self::QueryTimeout,
            DatabaseErrorKind::QueryCanceled => Self::QueryCanceled,
            DatabaseErrorKind::Operational => Self::Operational,
            DatabaseErrorKind::TransactionConflict => Self::TransactionConflict,
            DatabaseErrorKind::Programming => Self::Programming,
            DatabaseErrorKind::Other => Self::Database,
        }
    }
}

/// An error of a database, or of the way to it.
#[derive(Debug)]
pub struct DatabaseError {
    /// Its portable class.
    pub kind: DatabaseErrorKind,
    /// What was attempted and what the database said. Never a password, never a parameter's value
    /// that the database did not itself print.
    pub message: String,
    /// The SQLSTATE, or SQLite's extended result code as text.
    pub sqlstate: Option<String>,
    /// The constraint violated, where the database names it.
    pub constraint: Option<String>,
    /// The table concerned, where known.
    pub table: Option<String>,
    /// The schema of that table, where the database tells it.
    pub schema: Option<String>,
    /// The columns concerned, where known.
    pub columns: Vec<String>,
    /// The driver's own error.
    pub source: Option<Source>,
}

impl DatabaseError {
    /// An error of one class with a message and nothing else known.
    pub fn new(kind: DatabaseErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            sqlstate: None,
            constraint: None,
            table: None,
            schema: None,
            columns: Vec::new(),
            source: None,
        }
    }

    /// The same error with the driver's own kept as its source.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for DatabaseError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
