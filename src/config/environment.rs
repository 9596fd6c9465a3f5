//! What the environment says: `DATABASE_URL`, and `CHAKRA_<SECTION>_<KEY>`.

use std::ffi::OsString;

use super::keys::{SECTIONS, variable_name};
use super::{Config, Origin, Setting};
use crate::error::{Error, Result};

/// What other programs call the URL of a database, too.
const DATABASE_URL: &str = "DATABASE_URL";

/// Reads the variables; one that is empty says nothing.
pub(super) fn read(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Config> {
    let mut common = Config::default();
    let mut own = Config::default();
    for (name, value) in variables {
        let Some((section, key)) = name.to_str().and_then(setting) else { continue };
        let name = name.to_string_lossy().into_owned();
        let value = value
            .into_string()
            .map_err(|_| Error::config(format!("the environment variable {name} is no UTF-8 text")))?;
        if value.is_empty() {
            continue;
        }
        let config = if name == DATABASE_URL { &mut common } else { &mut own };
        config.set(section, &key, Setting::Variable(value), &Origin::Variable(name))?;
    }
    Ok(common.under(own))
}

/// Section and key that a variable gives, known or not.
fn setting(name: &str) -> Option<(&'static str, String)> {
    if name == DATABASE_URL {
        return Some(("database", "url".to_owned()));
    }
    SECTIONS.into_iter().find_map(|section| {
        let key = name.strip_prefix(&variable_name(section, ""))?;
        Some((section, key.to_ascii_lowercase()))
    })
}
