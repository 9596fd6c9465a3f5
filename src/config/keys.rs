//! Every key: its section, its name, and where its value goes.

use super::setting::Expected;
use super::{Config, Origin, Setting};
use crate::error::{Error, Result};
use crate::schema::naming::nearest;

struct Key {
    section: &'static str,
    name: &'static str,
    set: fn(&mut Config, Setting) -> Result<(), Expected>,
}

/// The sections, as a file names them.
pub(super) const SECTIONS: [&str; 4] = ["database", "pool", "migrations", "logging"];

/// One line for each key: section, name, and what its value is.
macro_rules! keys {
    ($($section:ident.$name:ident: $read:path;)*) => {
        const KEYS: &[Key] = &[$(Key {
            section: stringify!($section),
            name: stringify!($name),
            set: |config, value| {
                config.$section.$name = Some($read(value)?.into());
                Ok(())
            },
        }),*];
    };
}

keys! {
    database.url: Setting::text;
    database.ssl_mode: ssl_mode;
    database.ssl_root_cert: Setting::text;
    database.ssl_cert: Setting::text;
    database.ssl_key: Setting::text;
    database.connect_timeout: Setting::span;
    database.statement_timeout: Setting::span;
    database.busy_timeout: Setting::span;
    database.options: Setting::pairs;
    pool.min_connections: Setting::count::<usize>;
    pool.max_connections: Setting::count::<usize>;
    pool.acquire_timeout: Setting::span;
    pool.idle_timeout: Setting::span;
    pool.max_lifetime: Setting::span;
    pool.health_check_interval: Setting::span;
    migrations.directory: Setting::text;
    migrations.table_name: Setting::text;
    migrations.lock_timeout: Setting::span;
    migrations.models: Setting::texts;
    logging.level: level;
    logging.queries: Setting::flag;
    logging.query_params: Setting::flag;
    logging.slow_query_ms: Setting::count::<u64>;
}

/// Their values may hold a password.
const SECRET: [(&str, &str); 2] = [("database", "url"), ("database", "options")];

fn ssl_mode(value: Setting) -> Result<String, Expected> {
    one_of(
        value,
        &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        Expected("one of disable, allow, prefer, require, verify-ca, verify-full"),
    )
}

fn level(value: Setting) -> Result<String, Expected> {
    one_of(
        value,
        &["trace", "debug", "info", "warning", "error", "off"],
        Expected("one of trace, debug, info, warning, error, off"),
    )
}

fn one_of(value: Setting, known: &[&str], expected: Expected) -> Result<String, Expected> {
    let text = value.text().map_err(|_| expected)?.to_ascii_lowercase();
    if known.contains(&text.as_str()) { Ok(text) } else { Err(expected) }
}

pub(super) fn set(config: &mut Config, section: &str, name: &str, value: Setting, origin: &Origin) -> Result<()> {
    check_section(section, origin)?;
    let Some(key) = KEYS.iter().find(|key| key.section == section && key.name == name) else {
        return Err(Error::config(unknown(section, name, origin)));
    };
    let is_secret = SECRET.contains(&(section, name));
    let shown = if is_secret { "of another type".to_owned() } else { value.shown() };
    (key.set)(config, value).map_err(|Expected(expected)| {
        Error::config(format!("{} is {shown}; expected {expected}", origin.names(section, name)))
    })
}

/// Refuses a section that there is not.
pub(super) fn check_section(section: &str, origin: &Origin) -> Result<()> {
    if SECTIONS.contains(&section) {
        return Ok(());
    }
    let hint = hint(section, SECTIONS.into_iter(), |near| format!("[{near}]"));
    let all = SECTIONS.map(|section| format!("[{section}]")).join(", ");
    Err(Error::config(format!("{origin} has no section [{section}]{hint}; the sections are {all}")))
}

fn unknown(section: &str, name: &str, origin: &Origin) -> String {
    let names = || KEYS.iter().filter(|key| key.section == section).map(|key| key.name);
    let listed = names().collect::<Vec<_>>().join(", ");
    match origin {
        Origin::Variable(variable) => {
            let spelled = |near: &str| variable_name(section, near);
            let hint = hint(name, names(), spelled);
            format!("the environment variable {variable} names no setting{hint}; the keys of [{section}] are {listed}")
        }
        _ => {
            let hint = hint(name, names(), |near| format!("{near:?}"));
            format!("[{section}] of {origin} has no key {name:?}{hint}; the keys are {listed}")
        }
    }
}

/// The variable of the environment that gives a key.
pub(super) fn variable_name(section: &str, name: &str) -> String {
    format!("CHAKRA_{}_{}", section.to_ascii_uppercase(), name.to_ascii_uppercase())
}

fn hint(given: &str, valid: impl Iterator<Item = &'static str>, spelled: impl Fn(&str) -> String) -> String {
    nearest(given, valid).map(|near| format!("; did you mean {}?", spelled(near))).unwrap_or_default()
}
