//! Configuration: a file, the environment and the program itself, each stronger than the one before.
//!
//! [`Config`] holds what was said, and nothing where nothing was; [`Config::load`] puts all of it together, and
//! [`Config::connect`] makes a pool of it. What every setting means, and how it is read, stands in one table
//! (`config/keys.rs`), whoever says it.

mod connect;
mod environment;
mod file;
mod keys;
mod program;
mod sections;
mod setting;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;

pub use connect::connect;
pub use program::configure;
pub use sections::{DatabaseConfig, LoggingConfig, MigrationsConfig, PoolConfig};
pub use setting::Setting;

use crate::error::Result;

/// What was said about databases, pools, migrations and logging; None where nothing was.
///
/// Its `Debug` shows no password.
///
/// # Examples
///
/// ```
/// use chakra::{Config, PoolConfig};
/// let config = Config { pool: PoolConfig { max_connections: Some(4), ..Default::default() }, ..Config::default() };
/// assert_eq!(config.pool_options().max_connections, 4);
/// assert_eq!(config.pool_options().min_connections, 1);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// `[database]`: where it is, and how to get there.
    pub database: DatabaseConfig,
    /// `[pool]`: how many connections, and for how long.
    pub pool: PoolConfig,
    /// `[migrations]`: where migrations are kept.
    pub migrations: MigrationsConfig,
    /// `[logging]`: what is told of statements.
    pub logging: LoggingConfig,
    /// Whether pools note where their connections are taken, so that
    /// [`PoolExhausted`](crate::ErrorKind::PoolExhausted) can tell. Said by the program alone.
    pub debug: Option<bool>,
}

/// Who said something, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A configuration file.
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
    /// The program, in a section of a [`Config`].
    Program,
    /// The program, in an argument of a call.
    Argument,
}

impl Config {
    /// What the configuration file, the environment and [`configure`] say together.
    ///
    /// The file is the one that `CHAKRA_CONFIG` names, else the nearest `chakra.toml` of the working folder and those
    /// above it; there need not be one. Relative paths in it start at its folder.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a file that cannot be read, and for sections, keys and
    /// values that there are not.
    pub fn load() -> Result<Self> {
        let from_file = match file::find()? {
            Some(path) => file::read(&path)?,
            None => Self::default(),
        };
        let from_environment = environment::read(std::env::vars_os())?;
        Ok(from_file.under(from_environment).under(program::configured()))
    }

    /// Takes a setting in, by the names of its section and key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), with the nearest name, for a section or key that there is not,
    /// and for a value that the key does not take.
    pub fn set(&mut self, section: &str, key: &str, value: Setting, origin: &Origin) -> Result<()> {
        keys::set(self, section, key, value, origin)
    }

    /// This configuration beneath one that is stronger.
    #[must_use]
    pub fn under(self, stronger: Self) -> Self {
        Self {
            database: self.database.under(stronger.database),
            pool: self.pool.under(stronger.pool),
            migrations: self.migrations.under(stronger.migrations),
            logging: self.logging.under(stronger.logging),
            debug: stronger.debug.or(self.debug),
        }
    }
}

impl Origin {
    /// How a message names a key.
    fn names(&self, section: &str, key: &str) -> String {
        match self {
            Self::File(path) => format!("{}: [{section}] {key}", path.display()),
            Self::Variable(name) => format!("the environment variable {name}"),
            Self::Program => format!("the configuration's {section}.{key}"),
            Self::Argument => key.to_owned(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Program => f.write_str("the configuration"),
            Self::Argument => f.write_str("the pool"),
        }
    }
}
