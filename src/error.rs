//! The one error type, told apart by [`ErrorKind`].
//!
//! Messages are lower case without a final stop, and say what was attempted, on what, and what to do
//! next. Passwords never appear in them; source errors are kept.

use std::error::Error as StdError;

mod database;
mod decode;
mod stale;
mod validation;
pub use database::{DatabaseError, DatabaseErrorKind};
pub use decode::DecodeError;
pub use stale::Staleness;
pub(crate) use validation::REQUIRED;
pub use validation::ValidationError;

/// The result of every fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A source error of any type, kept for [`std::error::Error::source`].
pub type Source = Box<dyn StdError + Send + Sync + 'static>;

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A URL, an option or a setting that cannot be used.
    #[error("{message}")]
    Config {
        /// What is wrong, and what would be right.
        message: String,
    },
    /// A model that contradicts itself.
    #[error("{model}{}: {message}", dotted(.attribute.as_deref()))]
    Definition {
        /// The model's name.
        model: String,
        /// The attribute at fault, if it is one.
        attribute: Option<String>,
        /// What is wrong, and how to mend it.
        message: String,
    },
    /// A query that cannot mean anything.
    #[error("{message}")]
    Query {
        /// What was asked, and what to ask instead.
        message: String,
    },
    /// An unknown field or lookup in a query.
    #[error("{message}")]
    Field {
        /// The name that is unknown, with the valid ones and the nearest.
        message: String,
    },
    /// A value that a field does not take.
    #[error(transparent)]
    Validation(Box<ValidationError>),
    /// A feature that a database does not have.
    #[error("{dialect} does not support {feature}")]
    Unsupported {
        /// The feature, as a user would name it.
        feature: String,
        /// The database's name.
        dialect: &'static str,
    },
    /// Exactly one row was asked for, and there was none.
    #[error("no {model} matches the query")]
    NotFound {
        /// The model's name.
        model: String,
    },
    /// Exactly one row was asked for, and there were several.
    #[error("more than one {model} matches the query; expected exactly one")]
    MultipleResults {
        /// The model's name.
        model: String,
    },
    /// A relationship was read that was not loaded.
    #[error("{relationship} is not loaded: {ways}")]
    NotLoaded {
        /// The relationship, as a program writes it.
        relationship: String,
        /// How to load it.
        ways: String,
    },
    /// The row to be written is gone or was changed by someone else.
    #[error("{attempted} {model} with key {key}: {staleness}")]
    StaleObject {
        /// What was attempted: `saving`, `deleting`, `restoring`.
        attempted: &'static str,
        /// The model's name.
        model: String,
        /// The primary key, for reading.
        key: String,
        /// What became of the row.
        staleness: Staleness,
    },
    /// A pool, connection or transaction used after its end, or wrongly.
    #[error("{message}")]
    Session {
        /// What was attempted, and what to do instead.
        message: String,
    },
    /// A stored value that cannot be given exactly as the type the field declares.
    #[error(transparent)]
    Decode(Box<DecodeError>),
    /// The database, or the way to it, failed or refused.
    #[error(transparent)]
    Database(Box<DatabaseError>),
}

/// What an [`Error`] is, without its details. The Python exception classes are the same list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)] // the names are the documentation; `Error` and `DatabaseErrorKind` say when
pub enum ErrorKind {
    Config,
    Definition,
    Query,
    Field,
    Validation,
    NotFound,
    MultipleResults,
    NotLoaded,
    StaleObject,
    Session,
    Decode,
    Database,
    Integrity,
    UniqueViolation,
    ForeignKeyViolation,
    NotNullViolation,
    CheckViolation,
    Operational,
    ConnectionLost,
    PoolExhausted,
    QueryTimeout,
    QueryCanceled,
    TransactionConflict,
    Programming,
}

impl Error {
    /// What this error is.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{Error, ErrorKind};
    /// let error = Error::NotFound { model: "User".into() };
    /// assert_eq!(error.kind(), ErrorKind::NotFound);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } => ErrorKind::Config,
            Self::Definition { .. } => ErrorKind::Definition,
            Self::Query { .. } | Self::Unsupported { .. } => ErrorKind::Query,
            Self::Field { .. } => ErrorKind::Field,
            Self::Validation(_) => ErrorKind::Validation,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::MultipleResults { .. } => ErrorKind::MultipleResults,
            Self::NotLoaded { .. } => ErrorKind::NotLoaded,
            Self::StaleObject { .. } => ErrorKind::StaleObject,
            Self::Session { .. } => ErrorKind::Session,
            Self::Decode(_) => ErrorKind::Decode,
            Self::Database(error) => error.kind.into(),
        }
    }

    /// A [`Error::Config`].
    pub fn config(message: impl Into<String>) -> Self {
        Self::Config { message: message.into() }
    }

    /// A [`Error::Query`].
    pub fn query(message: impl Into<String>) -> Self {
        Self::Query { message: message.into() }
    }

    /// A [`Error::Session`].
    pub fn session(message: impl Into<String>) -> Self {
        Self::Session { message: message.into() }
    }

    /// A [`Error::Definition`] of a model as a whole.
    pub fn definition(model: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Definition { model: model.into(), attribute: None, message: message.into() }
    }

    /// A [`Error::Unsupported`].
    pub fn unsupported(feature: impl Into<String>, dialect: &'static str) -> Self {
        Self::Unsupported { feature: feature.into(), dialect }
    }

    /// Which stored value cannot be read, if that is the error.
    pub fn as_decode(&self) -> Option<&DecodeError> {
        match self {
            Self::Decode(error) => Some(error),
            _ => None,
        }
    }

    /// What values are at fault, if the error is about values.
    pub fn as_validation(&self) -> Option<&ValidationError> {
        match self {
            Self::Validation(error) => Some(error),
            _ => None,
        }
    }

    /// The database's part, if the database is what failed.
    pub fn as_database(&self) -> Option<&DatabaseError> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        Self::Database(Box::new(error))
    }
}

impl From<ValidationError> for Error {
    fn from(error: ValidationError) -> Self {
        Self::Validation(Box::new(error))
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Decode(Box::new(error))
    }
}

fn dotted(attribute: Option<&str>) -> String {
    attribute.map(|name| format!(".{name}")).unwrap_or_default()
}
