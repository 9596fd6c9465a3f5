//! Statements as SQL text, for each database. Pure: text in, text out.
//!
//! Start at [`render`]. `common` holds the grammar that all databases share; `sqlite`, `postgres` and
//! `mysql` hold what each spells in its own way (see `spelling`); `writer` is where text, quoting and
//! placeholders come together. [`ShapeCache`] keeps rendered text by the statement's shape, and
//! [`Sql::bind`] gives the values for its placeholders.

mod bind;
mod cache;
mod capability;
mod check;
mod common;
mod definition;
mod limits;
mod literal;
mod mysql;
mod named;
mod postgres;
mod scope;
mod spelling;
mod sqlite;
mod stored;
mod transform;
mod writer;
mod written;

pub use cache::ShapeCache;
pub use capability::{Capabilities, NameLimit};
pub use check::{same_table_in, unsupported};
pub use definition::{definition, definition_statements};
pub use named::{Arity, Bound, bind_names};
#[cfg(feature = "postgres")]
pub(crate) use postgres::bare_type as postgres_type;
pub use stored::{KeyKind, condition_of, constraint_name};
pub use transform::Transform;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(crate) use writer::push_quoted;
pub use written::{Writing, WrittenTable, written_table};

use crate::error::Result;
use crate::query::Statement;
use crate::types::Kind;

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
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MySql];

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

/// One placeholder: which of the statement's parameters it means (in the order of
/// [`Statement::params`]), and what is done to it.
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
    /// What each placeholder means, in the order in which the driver binds them. None of a text that was not rendered.
    pub placeholders: Vec<Placeholder>,
}

/// Whether a column's type, in the words of the catalog, is one that values of a kind are compared with.
pub(crate) fn has_kind(dialect: Dialect, stored: &str, kind: Kind) -> bool {
    spelling::of(dialect).has_kind(stored, kind)
}

/// Whether a column's type, in the words of the catalog, lists the values that it takes, and refuses others as no type.
pub(crate) fn lists_values(dialect: Dialect, stored: &str) -> bool {
    spelling::of(dialect).lists_values(stored)
}

/// Renders a statement as one database spells it.
///
/// # Errors
///
/// [`ErrorKind::Query`](crate::ErrorKind::Query) where the statement cannot mean anything, or asks for
/// what this database does not have; nothing is dropped without a word.
///
/// # Examples
///
/// ```
/// use chakra::dialect::{render, Dialect};
/// use chakra::query::{Select, Statement};
/// use chakra::schema::{Column, Table, TableRef};
/// use chakra::types::SqlType;
///
/// let id = Column::new("id", SqlType::Integer).primary_key();
/// let users = TableRef::new(Table::new("User", "users", vec![id])?);
/// let sql = render(&Statement::Select(Select::from(&users)), Dialect::MySql)?;
/// assert_eq!(sql.text, "SELECT `id` FROM `users`");
/// # Ok::<(), chakra::Error>(())
/// ```
pub fn render(statement: &Statement, dialect: Dialect) -> Result<Sql> {
    let mut writer = writer::Writer::new(statement, spelling::of(dialect));
    common::statement(&mut writer, statement)?;
    writer.finish()
}
