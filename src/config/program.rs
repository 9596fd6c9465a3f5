//! What the program itself says.

use parking_lot::RwLock;

use super::Config;
use crate::driver;

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
    driver::note_places(all.debug.unwrap_or(false));
    *said = Some(all);
}

pub(super) fn configured() -> Config {
    SAID.read().clone().unwrap_or_default()
}
