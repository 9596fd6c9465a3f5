//! From the configuration to a pool.

use super::Config;
use crate::driver::{self, DatabaseUrl, Pool, PoolOptions};
use crate::error::{Error, Result};

/// Opens a pool on the database that a URL names, with what the configuration says besides (see [`Config::load`]): the
/// sizes and times of `[pool]`, the timeouts and the certificates of `[database]`.
///
/// # Errors
///
/// [`ErrorKind::Config`](crate::ErrorKind::Config) for a URL that is not supported and for a configuration that cannot
/// be used, and the kinds `ConnectionLost` and `Operational` where the first connection cannot be made.
pub async fn connect(url: &str) -> Result<Pool> {
    Config::load()?.for_url(url).connect().await
}

impl Config {
    /// This configuration for the database that a URL names. The `options` of `[database]` belong to its own URL, and
    /// are left out.
    #[must_use]
    pub fn for_url(mut self, url: &str) -> Self {
        self.database.options = None;
        let mut given = Self::default();
        given.database.url = Some(url.to_owned());
        self.under(given)
    }

    /// The URL of the database, with its certificates and options.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where none is named, and for one that is not supported.
    pub fn database_url(&self) -> Result<DatabaseUrl> {
        let database = &self.database;
        let text = database.url.as_ref().ok_or_else(|| {
            Error::config(
                "no database is named: give a URL, set DATABASE_URL, or write url below [database] in chakra.toml",
            )
        })?;
        let mut url: DatabaseUrl = text.parse()?;
        for (name, value) in database.options.iter().flatten() {
            url.set_option(name, value)?;
        }
        if let Some(tls) = url.tls_mut() {
            let text =
                |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
            tls.replace(driver::Tls {
                mode: database.ssl_mode.clone(),
                root_cert: text(&database.ssl_root_cert),
                cert: text(&database.ssl_cert),
                key: text(&database.ssl_key),
            });
        }
        Ok(url)
    }

    /// The options of pools.
    pub fn pool_options(&self) -> PoolOptions {
        let (usual, pool, database) = (PoolOptions::default(), &self.pool, &self.database);
        PoolOptions {
            min_connections: pool.min_connections.unwrap_or(usual.min_connections),
            max_connections: pool.max_connections.unwrap_or(usual.max_connections),
            acquire_timeout: pool.acquire_timeout.unwrap_or(usual.acquire_timeout),
            connect_timeout: database.connect_timeout.unwrap_or(usual.connect_timeout),
            idle_timeout: pool.idle_timeout.unwrap_or(usual.idle_timeout),
            max_lifetime: pool.max_lifetime.unwrap_or(usual.max_lifetime),
            health_check_interval: pool.health_check_interval.unwrap_or(usual.health_check_interval),
            busy_timeout: database.busy_timeout.unwrap_or(usual.busy_timeout),
            statement_timeout: database.statement_timeout.or(usual.statement_timeout),
        }
    }

    /// Opens a pool on the database that this configuration names; what it says of logging holds from now on.
    ///
    /// # Errors
    ///
    /// As [`database_url`](Self::database_url), and the kinds `ConnectionLost` and `Operational` where the first
    /// connection cannot be made.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::Config;
    /// let pool = Config::default().for_url("sqlite:///:memory:").connect().await?;
    /// assert_eq!(pool.url().to_string(), "sqlite:///:memory:");
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub async fn connect(&self) -> Result<Pool> {
        self.take_effect();
        driver::connect_to(self.database_url()?, self.pool_options()).await
    }
}
