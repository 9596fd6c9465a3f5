use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::ErrorKind;

fn text(value: &str) -> Setting {
    Setting::Text(value.into())
}

fn pool_key(key: &str, value: Setting) -> Result<Config> {
    let mut config = Config::default();
    config.set("pool", key, value, &Origin::Program).map(|()| config)
}

fn variables(pairs: &[(&str, &str)]) -> Result<Config> {
    environment::read(pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

#[test]
fn times_are_read_with_units_and_without() {
    let read = |value| pool_key("idle_timeout", value).map(|config| config.pool.idle_timeout.unwrap_or_default());
    for (given, milliseconds) in [
        ("30s", 30_000),
        ("10m", 600_000),
        ("1h30m", 5_400_000),
        ("1 d", 86_400_000),
        ("250ms", 250),
        ("1.5s", 1_500),
        ("2min 5s", 125_000),
        ("7", 7_000),
        ("0.25", 250),
    ] {
        assert_eq!(read(text(given)).unwrap(), Duration::from_millis(milliseconds), "{given}");
    }
    assert_eq!(read(Setting::Whole(3)).unwrap(), Duration::from_secs(3));
    assert_eq!(read(Setting::Number(0.5)).unwrap(), Duration::from_millis(500));
    for wrong in ["", "s", "5 parsecs", "-1s", "1h-3m", "5s5", "1e400s", "nan", "99999999999999999999d"] {
        let error = read(text(wrong)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("expected a time such as"), "{error}");
    }
}

#[test]
fn the_environment_gives_texts_for_all_kinds() {
    let config = variables(&[
        ("CHAKRA_POOL_MAX_CONNECTIONS", "7"),
        ("CHAKRA_LOGGING_QUERIES", "Yes"),
        ("CHAKRA_DATABASE_OPTIONS", "application_name=a%20b&port=5"),
        ("CHAKRA_MIGRATIONS_MODELS", "a, b,"),
        ("DATABASE_URL", "sqlite:///common.db"),
        ("CHAKRA_DATABASE_URL", "sqlite:///own.db"),
        ("CHAKRA_POOL_IDLE_TIMEOUT", ""),
        ("CHAKRA_UNKNOWN", "x"),
    ])
    .unwrap();
    assert_eq!(config.pool.max_connections, Some(7));
    assert_eq!(config.pool.idle_timeout, None);
    assert_eq!(config.logging.queries, Some(true));
    let pairs = vec![("application_name".to_owned(), "a b".to_owned()), ("port".to_owned(), "5".to_owned())];
    assert_eq!(config.database.options, Some(pairs));
    assert_eq!(config.migrations.models, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(config.database.url.as_deref(), Some("sqlite:///own.db"));
    let near = variables(&[("CHAKRA_POOL_MAXCONNECTIONS", "7")]).unwrap_err().to_string();
    assert!(near.contains("did you mean CHAKRA_POOL_MAX_CONNECTIONS?"), "{near}");
}

#[test]
fn the_stronger_one_is_taken_key_by_key() {
    let weak = Config {
        pool: PoolConfig { max_connections: Some(5), min_connections: Some(2), ..PoolConfig::default() },
        debug: Some(true),
        ..Config::default()
    };
    let strong = Config { pool: PoolConfig { max_connections: Some(6), ..PoolConfig::default() }, ..Config::default() };
    let both = weak.under(strong);
    assert_eq!((both.pool.max_connections, both.pool.min_connections, both.debug), (Some(6), Some(2), Some(true)));
}

#[test]
fn settings_of_the_url_are_as_strong_as_it_is() {
    let mut weak = Config::default();
    weak.database.ssl_mode = Some("require".into());
    weak.database.ssl_cert = Some("/own.pem".into());
    weak.database.options = Some(vec![("port".into(), "7".into()), ("application_name".into(), "a".into())]);
    let mut strong = Config::default();
    strong.database.url = Some("postgres://h/db?sslmode=disable&port=8".into());
    let both = weak.clone().under(strong).database;
    assert_eq!((both.ssl_mode, both.ssl_cert), (None, Some(PathBuf::from("/own.pem"))));
    assert_eq!(both.options, Some(vec![("application_name".into(), "a".into())]));
    // For a URL of another database its own options alone count; the certificates do for all.
    let other = weak.for_url("mysql://h/db").database;
    assert_eq!((other.ssl_mode.as_deref(), other.options), (Some("require"), None));
}

#[test]
fn certificates_and_options_reach_the_url() {
    let mut config = Config::default().for_url("postgres://h/db?sslmode=disable");
    config.database.ssl_mode = Some("verify-full".into());
    config.database.ssl_key = Some("/own.key".into());
    config.database.options = Some(vec![("port".into(), "7".into())]);
    let mut url = config.database_url().unwrap();
    assert_eq!(url.to_string(), "postgres://h:7/db");
    let tls = url.tls_mut().unwrap();
    assert_eq!((tls.mode.as_deref(), tls.key.as_deref()), (Some("verify-full"), Some("/own.key")));
    config.database.url = Some("sqlite:///a.db".into());
    assert!(config.database_url().unwrap_err().to_string().contains("no option \"port\""));
    config.database.url = None;
    assert!(config.database_url().unwrap_err().to_string().contains("DATABASE_URL"));
}

#[test]
fn no_password_is_shown() {
    let mut config = Config::default().for_url("postgres://ada:hunter2@h/db?password=hunter2");
    config.database.options = Some(vec![("password".into(), "hunter2".into())]);
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    config.database.url = Some("hunter2".into());
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
}

#[test]
fn a_file_is_found_above_and_its_paths_start_at_it() {
    let folder = std::env::temp_dir().join(format!("chakra-config-{}", std::process::id()));
    let inner = folder.join("a").join("b");
    std::fs::create_dir_all(&inner).unwrap();
    let path = folder.join("chakra.toml");
    std::fs::write(&path, "[database]\nurl = \"sqlite:///x.db\"\n[migrations]\ndirectory = \"m\"\n").unwrap();
    let found = file::above(&inner);
    let config = file::read(&path);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(found, Some(path));
    let config = config.unwrap();
    assert_eq!(config.migrations.directory(), folder.join("m"));
    assert_eq!(config.database_url().unwrap().to_string(), format!("sqlite:///{}", folder.join("x.db").display()));
}
