//! What the program itself says.

use std::time::Duration;

use parking_lot::RwLock;

use super::Config;
use crate::driver::{self, LogSettings};

static SAID: RwLock<Option<Config>> = RwLock::new(None);

/// Says more about the configuration of this program: stronger than the file and the environment, and than what
/// earlier calls said of the same. Pools that are open stay as they are.
///
/// # Examples
///
/// ```
/// use chakra::{Config, configure};
/// configure(Config { debug: Some(true), ..Config::default() });
/// ```
pub fn configure(config: Config) {
    let mut said = SAID.write();
    let all = said.take().unwrap_or_default().under(config);
    all.take_effect();
    *said = Some(all);
}

impl Config {
    /// Has what it says of debugging and logging hold for this process from now on; what it does not say stays.
    pub fn take_effect(&self) {
        if let Some(debug) = self.debug {
            driver::note_places(debug);
        }
        let (said, now) = (&self.logging, driver::log_settings());
        driver::set_log_settings(LogSettings {
            queries: said.queries.unwrap_or(now.queries),
            query_params: said.query_params.unwrap_or(now.query_params),
            slow_query: said.slow_query_ms.map(Duration::from_millis).or(now.slow_query),
        });
    }
}

pub(super) fn configured() -> Config {
    SAID.read().clone().unwrap_or_default()
}
