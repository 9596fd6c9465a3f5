//! Database URLs: which database, where, and with which options. Passwords are kept apart from all
//! that is shown.

mod network;
mod sqlite;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

pub(crate) use network::{NetworkAddress, Tls};
pub(crate) use sqlite::SqliteFile;

use crate::dialect::Dialect;
use crate::error::{Error, Result};

/// What is said wherever a URL's scheme is not known.
const SUPPORTED: &str = "supported are sqlite:///file.db, sqlite:///:memory:, \
     postgres://user:password@host/database (or postgresql://) and mysql://user:password@host/database (or mariadb://)";

/// Where a database is. Its `Display` and `Debug` never show the password.
///
/// # Examples
///
/// ```
/// use chakra::driver::DatabaseUrl;
/// let url: DatabaseUrl = "postgres://ada:secret@localhost/shop".parse()?;
/// assert_eq!(url.to_string(), "postgres://ada@localhost:5432/shop");
/// # Ok::<(), chakra::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    target: Target,
}

/// The parts of a URL, for the driver that it names.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Sqlite(SqliteFile),
    Postgres(NetworkAddress),
    MySql(NetworkAddress),
}

impl DatabaseUrl {
    /// The database's dialect.
    pub fn dialect(&self) -> Dialect {
        match &self.target {
            Target::Sqlite(_) => Dialect::Sqlite,
            Target::Postgres(_) => Dialect::Postgres,
            Target::MySql(_) => Dialect::MySql,
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Takes in what could have followed the question mark.
    ///
    /// # Errors
    ///
    /// `Config` for an option that the database does not have.
    pub(crate) fn set_option(&mut self, name: &str, value: &str) -> Result<()> {
        match &mut self.target {
            Target::Sqlite(_) => Err(sqlite::no_option(name)),
            Target::Postgres(address) => address.set_option("postgres", name, value.to_owned()),
            Target::MySql(address) => address.set_option("mysql", name, value.to_owned()),
        }
    }

    /// How the connection is encrypted, where there is one over a network.
    pub(crate) fn tls_mut(&mut self) -> Option<&mut Tls> {
        match &mut self.target {
            Target::Sqlite(_) => None,
            Target::Postgres(address) | Target::MySql(address) => Some(&mut address.tls),
        }
    }

    /// Whether the text of a URL has an option, by this name or another one for the same.
    pub(crate) fn names_option(text: &str, option: &str) -> bool {
        let Some((scheme, rest)) = text.trim().split_once(':') else { return false };
        match scheme.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => network::names_option("postgres", rest, option),
            "mysql" | "mariadb" => network::names_option("mysql", rest, option),
            _ => false,
        }
    }

    /// The URL of a file in or below a folder, if a text is the URL of a file with a relative path.
    pub(crate) fn of_file_below(text: &str, folder: &Path) -> Option<String> {
        match text.parse::<Self>().ok()?.target {
            Target::Sqlite(SqliteFile::Path(path)) if path.is_relative() => sqlite::url_of(&folder.join(path)),
            _ => None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a scheme or option that is not known, and for
    /// what is no URL. The text itself is never part of the message: it may hold a password.
    fn from_str(text: &str) -> Result<Self> {
        let Some((scheme, rest)) = text.trim().split_once(':') else {
            return Err(Error::config(format!("the database URL has no scheme; {SUPPORTED}")));
        };
        let target = match scheme.to_ascii_lowercase().as_str() {
            "sqlite" => Target::Sqlite(SqliteFile::parse(rest)?),
            "postgres" | "postgresql" => Target::Postgres(network::parse("postgres", 5432, rest)?),
            "mysql" | "mariadb" => Target::MySql(network::parse("mysql", 3306, rest)?),
            other => return Err(Error::config(unknown_scheme(other))),
        };
        Ok(Self { target })
    }
}

/// A text without a real scheme may have anything before its colon, a password too: only what looks
/// like a scheme is repeated.
fn unknown_scheme(scheme: &str) -> String {
    let known = |base: &str| matches!(base, "sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb");
    if let Some((base, _)) = scheme.split_once('+').filter(|(base, _)| known(base)) {
        return format!("the database URL names a Python driver; write {base}:// alone, Chakra brings its own drivers");
    }
    let plausible = scheme.len() <= 12 && scheme.bytes().all(|byte| byte.is_ascii_lowercase());
    let named =
        if plausible { format!("{scheme}:// is not supported") } else { "the database URL is not supported".into() };
    format!("{named}; {SUPPORTED}")
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.target, f)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => fmt::Display::fmt(file, f),
            Self::Postgres(address) => write!(f, "postgres://{address}"),
            Self::MySql(address) => write!(f, "mysql://{address}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
