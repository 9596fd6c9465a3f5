//! Statements as SQL text, for each database. Pure: text in, text out.

mod cache;
mod capability;

pub use cache::ShapeCache;
pub use capability::Capabilities;

/// A database's way to spell SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
}

impl Dialect {
    /// Its name in URLs and in Python.
    pub fn url_scheme(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }

    /// Its name in prose.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
        }
    }
}

/// How a parameter's value changes on its way into a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transform {
    /// Bound as it is.
    None,
    /// Escaped as a LIKE pattern that finds the text anywhere.
    LikeContains,
    /// Escaped as a LIKE pattern that finds the text at the start.
    LikeStartsWith,
    /// Escaped as a LIKE pattern that finds the text at the end.
    LikeEndsWith,
    /// Escaped as a GLOB pattern that finds the text anywhere.
    GlobContains,
    /// Escaped as a GLOB pattern that finds the text at the start.
    GlobStartsWith,
    /// Escaped as a GLOB pattern that finds the text at the end.
    GlobEndsWith,
    /// In lower case, by Unicode's rules.
    Fold,
    /// `Fold`, then `GlobContains`.
    FoldGlobContains,
    /// `Fold`, then `GlobStartsWith`.
    FoldGlobStartsWith,
    /// `Fold`, then `GlobEndsWith`.
    FoldGlobEndsWith,
    /// A list as one JSON text.
    JsonList,
}

/// One placeholder: which of the statement's parameters it means (in the order of
/// [`Statement::params`](crate::query::Statement::params)), and what is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Placeholder {
    /// The parameter's number in the statement's fixed order.
    pub param: usize,
    /// What is done to it.
    pub transform: Transform,
}

/// A rendered statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql {
    /// The text, with the database's placeholders.
    pub text: String,
    /// What each placeholder means, in the order in which the driver binds them.
    pub placeholders: Vec<Placeholder>,
}
