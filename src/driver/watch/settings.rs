//! What is told of statements in this process.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// No statement is slow.
const NEVER: u64 = u64::MAX;

static QUERIES: AtomicBool = AtomicBool::new(true);
static PARAMS: AtomicBool = AtomicBool::new(false);
static SLOW_NANOSECONDS: AtomicU64 = AtomicU64::new(NEVER);

/// What is told of statements, by `tracing` and by the `logging` of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    /// Whether statements are told at all, at the level DEBUG.
    pub queries: bool,
    /// Whether their values are told with them. They may be secrets.
    pub query_params: bool,
    /// From how long on a statement is told as a WARNING. None: never.
    pub slow_query: Option<Duration>,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { queries: true, query_params: false, slow_query: None }
    }
}

/// Sets what is told of statements from now on, for all pools of this process.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use chakra::driver::{LogSettings, log_settings, set_log_settings};
/// set_log_settings(LogSettings { slow_query: Some(Duration::from_millis(200)), ..LogSettings::default() });
/// assert!(!log_settings().query_params);
/// ```
pub fn set_log_settings(settings: LogSettings) {
    let nanoseconds = settings.slow_query.map_or(NEVER, |limit| u64::try_from(limit.as_nanos()).unwrap_or(NEVER));
    QUERIES.store(settings.queries, Ordering::Relaxed);
    PARAMS.store(settings.query_params, Ordering::Relaxed);
    SLOW_NANOSECONDS.store(nanoseconds, Ordering::Relaxed);
}

/// What is told of statements at this moment.
pub fn log_settings() -> LogSettings {
    LogSettings { queries: tells_queries(), query_params: tells_params(), slow_query: slow_query() }
}

pub(super) fn tells_queries() -> bool {
    QUERIES.load(Ordering::Relaxed)
}

pub(super) fn tells_params() -> bool {
    PARAMS.load(Ordering::Relaxed)
}

#[inline]
pub(super) fn slow_query() -> Option<Duration> {
    let nanoseconds = SLOW_NANOSECONDS.load(Ordering::Relaxed);
    (nanoseconds != NEVER).then(|| Duration::from_nanos(nanoseconds))
}
