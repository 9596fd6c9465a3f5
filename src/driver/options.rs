//! Options of a pool.

use std::time::Duration;

use crate::error::{Error, Result};

/// How many connections a pool keeps, and for how long.
///
/// # Examples
///
/// ```
/// use chakra::driver::PoolOptions;
/// let options = PoolOptions { max_connections: 4, ..PoolOptions::default() };
/// assert_eq!(options.min_connections, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolOptions {
    /// Connections kept open even if nobody uses them.
    pub min_connections: usize,
    /// The most connections open at once.
    pub max_connections: usize,
    /// How long a caller waits for a connection.
    pub acquire_timeout: Duration,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// After how long without use a connection is closed.
    pub idle_timeout: Duration,
    /// After how long a connection is replaced.
    pub max_lifetime: Duration,
    /// How long SQLite waits for a lock that another process holds.
    pub busy_timeout: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            min_connections: 1,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(10),
            max_lifetime: Duration::from_mins(30),
            busy_timeout: Duration::from_secs(5),
        }
    }
}

impl PoolOptions {
    /// The same options, if they can be met.
    #[allow(dead_code)] // in builds without a network driver
    pub(crate) fn checked(self) -> Result<Self> {
        if self.max_connections == 0 {
            return Err(Error::config("max_connections is 0; a pool needs at least 1"));
        }
        if self.min_connections > self.max_connections {
            return Err(Error::config(format!(
                "min_connections ({}) is more than max_connections ({})",
                self.min_connections, self.max_connections
            )));
        }
        Ok(self)
    }
}
