//! What can be said, section by section.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::driver::DatabaseUrl;

/// `[database]`: where it is, and how to get there.
#[derive(Clone, Default, PartialEq)]
pub struct DatabaseConfig {
    /// Its URL.
    pub url: Option<String>,
    /// Whether the connection is encrypted, and what of the server's certificate is verified: `disable`, `allow`,
    /// `prefer`, `require`, `verify-ca` or `verify-full`.
    pub ssl_mode: Option<String>,
    /// The certificates that the server's must be signed by, as a PEM file.
    pub ssl_root_cert: Option<PathBuf>,
    /// The program's own certificate, as a PEM file.
    pub ssl_cert: Option<PathBuf>,
    /// The key of that certificate, as a PEM file.
    pub ssl_key: Option<PathBuf>,
    /// How long making a connection may take.
    pub connect_timeout: Option<Duration>,
    /// How long a statement may take.
    pub statement_timeout: Option<Duration>,
    /// How long SQLite waits for a lock that another process holds.
    pub busy_timeout: Option<Duration>,
    /// Options as they may follow the question mark of the URL.
    pub options: Option<Vec<(String, String)>>,
}

/// `[pool]`: how many connections, and for how long. [`PoolOptions`](crate::PoolOptions) tells what each means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)] // as `PoolOptions`
pub struct PoolConfig {
    pub min_connections: Option<usize>,
    pub max_connections: Option<usize>,
    pub acquire_timeout: Option<Duration>,
    pub idle_timeout: Option<Duration>,
    pub max_lifetime: Option<Duration>,
    pub health_check_interval: Option<Duration>,
}

/// `[migrations]`: where migrations are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrationsConfig {
    /// See [`directory`](Self::directory); `migrations` if not said.
    pub directory: Option<PathBuf>,
    /// See [`table_name`](Self::table_name); `_chakra_migrations` if not said.
    pub table_name: Option<String>,
    /// See [`lock_timeout`](Self::lock_timeout); a minute if not said.
    pub lock_timeout: Option<Duration>,
    /// The Python modules that define the models.
    pub models: Option<Vec<String>>,
}

/// `[logging]`: what is told of statements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoggingConfig {
    /// The least level that is told: `trace`, `debug`, `info`, `warning`, `error` or `off`.
    pub level: Option<String>,
    /// Whether statements are told.
    pub queries: Option<bool>,
    /// Whether their parameters are told with them, which may be secrets; not if not said.
    pub query_params: Option<bool>,
    /// From how many milliseconds on a statement is told as slow.
    pub slow_query_ms: Option<u64>,
}

impl DatabaseConfig {
    pub(super) fn under(self, stronger: Self) -> Self {
        // What a URL says itself is as strong as the URL.
        let said = |option: &str| stronger.url.as_deref().is_some_and(|url| DatabaseUrl::names_option(url, option));
        let unsaid = |option: &str, path: Option<PathBuf>| path.filter(|_| !said(option));
        let ssl_mode = self.ssl_mode.filter(|_| !said("sslmode"));
        let ssl_root_cert = unsaid("sslrootcert", self.ssl_root_cert);
        let ssl_cert = unsaid("sslcert", self.ssl_cert);
        let ssl_key = unsaid("sslkey", self.ssl_key);
        let mut options = self.options.unwrap_or_default();
        let others = stronger.options.unwrap_or_default();
        options.retain(|(name, _)| !said(name) && others.iter().all(|(other, _)| other != name));
        options.extend(others);
        Self {
            url: stronger.url.or(self.url),
            ssl_mode: stronger.ssl_mode.or(ssl_mode),
            ssl_root_cert: stronger.ssl_root_cert.or(ssl_root_cert),
            ssl_cert: stronger.ssl_cert.or(ssl_cert),
            ssl_key: stronger.ssl_key.or(ssl_key),
            connect_timeout: stronger.connect_timeout.or(self.connect_timeout),
            statement_timeout: stronger.statement_timeout.or(self.statement_timeout),
            busy_timeout: stronger.busy_timeout.or(self.busy_timeout),
            options: Some(options).filter(|options| !options.is_empty()),
        }
    }
}

impl PoolConfig {
    pub(super) fn under(self, stronger: Self) -> Self {
        Self {
            min_connections: stronger.min_connections.or(self.min_connections),
            max_connections: stronger.max_connections.or(self.max_connections),
            acquire_timeout: stronger.acquire_timeout.or(self.acquire_timeout),
            idle_timeout: stronger.idle_timeout.or(self.idle_timeout),
            max_lifetime: stronger.max_lifetime.or(self.max_lifetime),
            health_check_interval: stronger.health_check_interval.or(self.health_check_interval),
        }
    }
}

impl MigrationsConfig {
    /// The folder of the files.
    pub fn directory(&self) -> PathBuf {
        self.directory.clone().unwrap_or_else(|| PathBuf::from("migrations"))
    }

    /// The table that tells which were applied.
    pub fn table_name(&self) -> &str {
        self.table_name.as_deref().unwrap_or("_chakra_migrations")
    }

    /// How long one waits for another who migrates the same database.
    pub fn lock_timeout(&self) -> Duration {
        self.lock_timeout.unwrap_or(Duration::from_mins(1))
    }

    pub(super) fn under(self, stronger: Self) -> Self {
        Self {
            directory: stronger.directory.or(self.directory),
            table_name: stronger.table_name.or(self.table_name),
            lock_timeout: stronger.lock_timeout.or(self.lock_timeout),
            models: stronger.models.or(self.models),
        }
    }
}

impl LoggingConfig {
    pub(super) fn under(self, stronger: Self) -> Self {
        Self {
            level: stronger.level.or(self.level),
            queries: stronger.queries.or(self.queries),
            query_params: stronger.query_params.or(self.query_params),
            slow_query_ms: stronger.slow_query_ms.or(self.slow_query_ms),
        }
    }
}

/// Without the password, and without the values of options.
impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options: Option<Vec<&String>> =
            self.options.as_ref().map(|options| options.iter().map(|(name, _)| name).collect());
        f.debug_struct("DatabaseConfig")
            .field("url", &self.shown_url())
            .field("ssl_mode", &self.ssl_mode)
            .field("ssl_root_cert", &self.ssl_root_cert)
            .field("ssl_cert", &self.ssl_cert)
            .field("ssl_key", &self.ssl_key)
            .field("connect_timeout", &self.connect_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("busy_timeout", &self.busy_timeout)
            .field("options", &options)
            .finish()
    }
}

impl DatabaseConfig {
    /// The URL without its password and options.
    pub fn shown_url(&self) -> Option<String> {
        let shown = |url: &String| {
            url.parse::<DatabaseUrl>().map_or_else(|_| "(cannot be read)".to_owned(), |url| url.to_string())
        };
        self.url.as_ref().map(shown)
    }
}
