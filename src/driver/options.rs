//! Options of a pool.

use std::time::Duration;

use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

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
    /// Connections kept open even if nobody uses them, and made anew where they are lost.
    pub min_connections: usize,
    /// The most connections open at once: 1 to 10,000.
    pub max_connections: usize,
    /// How long a caller waits for a connection, and closing the pool for those in use. Zero: not at all.
    pub acquire_timeout: Duration,
    /// How long making a connection may take; more than zero.
    pub connect_timeout: Duration,
    /// After how long without use a connection is closed, if there are more than `min_connections`.
    pub idle_timeout: Duration,
    /// After how long a connection is replaced.
    pub max_lifetime: Duration,
    /// How often idle connections are tried, so that dead ones are replaced before somebody needs them. Zero: never.
    /// SQLite's need none.
    pub health_check_interval: Duration,
    /// How long SQLite waits for a lock that another process holds.
    pub busy_timeout: Duration,
    /// How long a statement may take before it is ended on the server, as `QueryTimeout`; None: as long as it likes. The
    /// rows of a stream count from one batch to the next.
    pub statement_timeout: Option<Duration>,
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
            health_check_interval: Duration::from_secs(30),
            busy_timeout: Duration::from_secs(5),
            statement_timeout: None,
        }
    }
}

/// More than any server takes, and few enough to count and to keep a list of.
const MOST_CONNECTIONS: usize = 10_000;

impl PoolOptions {
    /// The same options, if they can be met.
    #[allow(dead_code)] // in builds without a network driver
    pub(crate) fn checked(self) -> Result<Self> {
        if self.max_connections == 0 {
            return Err(Error::config("max_connections is 0; a pool needs at least 1"));
        }
        if self.max_connections > MOST_CONNECTIONS {
            return Err(Error::config(format!(
                "max_connections is {}; a pool has at most {MOST_CONNECTIONS}",
                self.max_connections
            )));
        }
        if self.min_connections > self.max_connections {
            return Err(Error::config(format!(
                "min_connections ({}) is more than max_connections ({})",
                self.min_connections, self.max_connections
            )));
        }
        if self.connect_timeout.is_zero() {
            return Err(Error::config("connect_timeout is 0; no connection is made in no time"));
        }
        if self.statement_timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(Error::config(
                "statement_timeout is 0; leave it out where statements may take as long as they like",
            ));
        }
        Ok(self)
    }
}

/// The error of a statement that took too long.
#[cold]
#[allow(dead_code)] // in builds without a driver
pub(super) fn timed_out(limit: Duration) -> Error {
    DatabaseError::new(
        DatabaseErrorKind::QueryTimeout,
        format!("the statement took longer than {limit:?} (statement_timeout) and was ended"),
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn refusal(options: PoolOptions) -> String {
        let error = options.checked().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    }

    fn sizes(min_connections: usize, max_connections: usize) -> PoolOptions {
        PoolOptions { min_connections, max_connections, ..PoolOptions::default() }
    }

    #[test]
    fn options_that_cannot_be_met_are_refused() {
        assert!(refusal(sizes(0, 0)).contains("max_connections is 0"));
        assert!(refusal(sizes(3, 2)).contains("min_connections (3) is more than max_connections (2)"));
        for many in [10_001, 1_000_000_000, usize::MAX] {
            let message = refusal(sizes(1, many));
            assert!(message.contains(&many.to_string()) && message.contains("at most 10000"), "{message}");
        }
        let hasty = PoolOptions { connect_timeout: Duration::ZERO, ..PoolOptions::default() };
        assert!(refusal(hasty).contains("connect_timeout is 0"));
        let at_once = PoolOptions { statement_timeout: Some(Duration::ZERO), ..PoolOptions::default() };
        assert!(refusal(at_once).contains("statement_timeout is 0"));
    }

    #[test]
    fn options_at_the_limits_are_taken() {
        let patient =
            PoolOptions { acquire_timeout: Duration::MAX, connect_timeout: Duration::MAX, ..sizes(0, 10_000) };
        let impatient = PoolOptions { acquire_timeout: Duration::ZERO, ..sizes(1, 1) };
        assert!(patient.checked().is_ok() && impatient.checked().is_ok());
    }
}
