//! The configuration file: where it is, and what it says.

use std::env;
use std::path::{Path, PathBuf};

use super::{Config, Origin, Setting};
use crate::driver::DatabaseUrl;
use crate::error::{Error, Result};

const NAME: &str = "chakra.toml";
const VARIABLE: &str = "CHAKRA_CONFIG";

/// The file that `CHAKRA_CONFIG` names, else the nearest of the working folder and those above it.
pub(super) fn find() -> Result<Option<PathBuf>> {
    if let Some(given) = env::var_os(VARIABLE).filter(|given| !given.is_empty()) {
        let path = PathBuf::from(given);
        if path.is_file() {
            return Ok(Some(path));
        }
        return Err(Error::config(format!("{VARIABLE} names {}, which is no file", path.display())));
    }
    // A working folder that is gone has no file.
    let Ok(folder) = env::current_dir() else { return Ok(None) };
    Ok(above(&folder))
}

/// The nearest file of a folder and those above it.
pub(super) fn above(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file())
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::config(format!("cannot read {}: {error}", path.display())))?;
    let table: toml::Table = text.parse().map_err(|error| broken(path, &text, &error))?;
    let origin = Origin::File(path.to_owned());
    let mut config = Config::default();
    for (section, entries) in table {
        let Setting::Table(entries) = setting(entries) else {
            return Err(Error::config(format!(
                "{}: {section:?} stands in no section; write it below [database], [pool], [migrations] or [logging]",
                path.display()
            )));
        };
        if entries.is_empty() {
            // For the name of the section.
            super::keys::check_section(&section, &origin)?;
        }
        for (key, value) in entries {
            config.set(&section, &key, value, &origin)?;
        }
    }
    config.start_at(path.parent().unwrap_or(Path::new("")));
    Ok(config)
}

/// Not by the error's own `Display`, which shows the line: it may hold a password.
fn broken(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Error::config(format!("{}, line {line}: {}", path.display(), error.message()))
}

fn setting(value: toml::Value) -> Setting {
    match value {
        toml::Value::String(text) => Setting::Text(text),
        toml::Value::Integer(number) => Setting::Whole(number),
        toml::Value::Float(number) => Setting::Number(number),
        toml::Value::Boolean(truth) => Setting::Truth(truth),
        toml::Value::Array(items) => Setting::List(items.into_iter().map(setting).collect()),
        toml::Value::Table(entries) => {
            Setting::Table(entries.into_iter().map(|(name, value)| (name, setting(value))).collect())
        }
        toml::Value::Datetime(_) => Setting::Other("a date or time of day".to_owned()),
    }
}

impl Config {
    /// Has relative paths start at a folder, wherever the program runs.
    fn start_at(&mut self, folder: &Path) {
        // Absolute, for a program that changes its working folder later.
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let database = &mut self.database;
        let paths = [&mut database.ssl_root_cert, &mut database.ssl_cert, &mut database.ssl_key];
        for path in paths.into_iter().chain([&mut self.migrations.directory]).flatten() {
            *path = folder.join(&path);
        }
        if let Some(moved) = database.url.as_deref().and_then(|url| DatabaseUrl::of_file_below(url, &folder)) {
            database.url = Some(moved);
        }
    }
}
