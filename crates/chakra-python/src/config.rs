//! The configuration as Python says and sees it.

use std::path::PathBuf;
use std::time::Duration;

use chakra::config::{Origin, Setting};
use chakra::{Config, PoolOptions};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};

use crate::error::raise;

/// What was said about databases, pools, migrations and logging.
#[pyclass(frozen, name = "Config", module = "chakra")]
pub(crate) struct PyConfig(Config);

#[pymethods]
impl PyConfig {
    #[new]
    #[pyo3(signature = (*, database=None, pool=None, migrations=None, logging=None, debug=None))]
    fn new(
        database: Option<&Bound<'_, PyMapping>>,
        pool: Option<&Bound<'_, PyMapping>>,
        migrations: Option<&Bound<'_, PyMapping>>,
        logging: Option<&Bound<'_, PyMapping>>,
        debug: Option<bool>,
    ) -> PyResult<Self> {
        sections(database, pool, migrations, logging, debug).map(Self)
    }

    /// What the configuration file, the environment and `configure` say together.
    #[staticmethod]
    fn load() -> PyResult<Self> {
        Config::load().map(Self).map_err(raise)
    }

    /// Where the database is, the URL without its password.
    #[getter]
    fn database<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (database, options) = (&self.0.database, self.0.pool_options());
        let shown = PyDict::new(py);
        shown.set_item("url", database.shown_url())?;
        shown.set_item("ssl_mode", &database.ssl_mode)?;
        shown.set_item("ssl_root_cert", text(database.ssl_root_cert.as_ref()))?;
        shown.set_item("ssl_cert", text(database.ssl_cert.as_ref()))?;
        shown.set_item("ssl_key", text(database.ssl_key.as_ref()))?;
        show_timeouts(&shown, &options)?;
        let names = database.options.iter().flatten().map(|(name, _)| name);
        shown.set_item("options", PyList::new(py, names.collect::<Vec<_>>())?)?;
        Ok(shown)
    }

    /// The options of pools.
    #[getter]
    fn pool<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let shown = PyDict::new(py);
        show_pool(&shown, &self.0.pool_options())?;
        Ok(shown)
    }

    /// Where migrations are kept.
    #[getter]
    fn migrations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let migrations = &self.0.migrations;
        let shown = PyDict::new(py);
        shown.set_item("directory", migrations.directory().to_string_lossy())?;
        shown.set_item("table_name", migrations.table_name())?;
        shown.set_item("lock_timeout", seconds(migrations.lock_timeout()))?;
        shown.set_item("models", migrations.models.clone().unwrap_or_default())?;
        Ok(shown)
    }

    /// What is told of statements.
    #[getter]
    fn logging<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let logging = &self.0.logging;
        let shown = PyDict::new(py);
        shown.set_item("level", &logging.level)?;
        shown.set_item("queries", logging.queries.unwrap_or(true))?;
        shown.set_item("query_params", logging.query_params.unwrap_or(false))?;
        shown.set_item("slow_query_ms", logging.slow_query_ms)?;
        Ok(shown)
    }

    /// Whether pools note where their connections are taken.
    #[getter]
    fn debug(&self) -> bool {
        self.0.debug.unwrap_or(false)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (database, pool) = (self.database(py)?.repr()?, self.pool(py)?.repr()?);
        let (migrations, logging) = (self.migrations(py)?.repr()?, self.logging(py)?.repr()?);
        let debug = if self.debug() { "True" } else { "False" };
        Ok(format!(
            "Config(database={database}, pool={pool}, migrations={migrations}, logging={logging}, debug={debug})"
        ))
    }
}

/// Says more about the configuration of this program.
#[pyfunction]
#[pyo3(signature = (config=None, /, *, database=None, pool=None, migrations=None, logging=None, debug=None))]
pub(crate) fn configure(
    py: Python<'_>,
    config: Option<&PyConfig>,
    database: Option<&Bound<'_, PyMapping>>,
    pool: Option<&Bound<'_, PyMapping>>,
    migrations: Option<&Bound<'_, PyMapping>>,
    logging: Option<&Bound<'_, PyMapping>>,
    debug: Option<bool>,
) -> PyResult<()> {
    let further = sections(database, pool, migrations, logging, debug)?;
    let given = config.map(|config| config.0.clone()).unwrap_or_default();
    let said = given.under(further);
    take_effect(py, &said)?;
    chakra::configure(said);
    Ok(())
}

fn sections(
    database: Option<&Bound<'_, PyMapping>>,
    pool: Option<&Bound<'_, PyMapping>>,
    migrations: Option<&Bound<'_, PyMapping>>,
    logging: Option<&Bound<'_, PyMapping>>,
    debug: Option<bool>,
) -> PyResult<Config> {
    let mut config = Config { debug, ..Config::default() };
    let sections = [("database", database), ("pool", pool), ("migrations", migrations), ("logging", logging)];
    for (section, entries) in sections {
        let Some(entries) = entries else { continue };
        for entry in entries.items()?.iter() {
            let (key, value): (String, Bound<'_, PyAny>) = entry.extract()?;
            // None says nothing, as a keyword that is left out.
            if !value.is_none() {
                config.set(section, &key, setting(&value)?, &Origin::Program).map_err(raise)?;
            }
        }
    }
    Ok(config)
}

/// Has a configuration hold for this process, as far as pools are not concerned.
pub(crate) fn take_effect(py: Python<'_>, config: &Config) -> PyResult<()> {
    config.take_effect();
    let Some(level) = &config.logging.level else { return Ok(()) };
    let number = match level.as_str() {
        "trace" => 5,
        "debug" => 10,
        "info" => 20,
        "warning" => 30,
        "error" => 40,
        _ => 60, // above CRITICAL
    };
    let logger = py.import("logging")?.call_method1("getLogger", ("chakra",))?;
    logger.call_method1("setLevel", (number,)).map(drop)
}

/// Keywords of a call that makes a pool, each with its section.
pub(crate) const KEYWORDS: [(&str, &str); 9] = [
    ("pool", "min_connections"),
    ("pool", "max_connections"),
    ("pool", "acquire_timeout"),
    ("database", "connect_timeout"),
    ("pool", "idle_timeout"),
    ("pool", "max_lifetime"),
    ("pool", "health_check_interval"),
    ("database", "busy_timeout"),
    ("database", "statement_timeout"),
];

/// What a call that makes a pool says: stronger than all else.
pub(crate) fn with_keywords<'py>(
    config: Config,
    given: impl Iterator<Item = (String, Bound<'py, PyAny>)>,
) -> PyResult<Config> {
    let mut said = Config::default();
    for (name, value) in given {
        if let Some((section, _)) = KEYWORDS.iter().find(|(_, known)| *known == name) {
            said.set(section, &name, setting(&value)?, &Origin::Argument).map_err(raise)?;
        }
    }
    Ok(config.under(said))
}

/// A value of Python's before it is known what is expected.
fn setting(value: &Bound<'_, PyAny>) -> PyResult<Setting> {
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(Setting::Truth(truth.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        // One that is too large is no setting of any kind.
        return Ok(value.extract().map_or_else(|_| Setting::Other("a number out of range".into()), Setting::Whole));
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Setting::Number(value.extract()?));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Setting::Text(text.to_str()?.to_owned()));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return Ok(Setting::List(value.try_iter()?.map(|item| setting(&item?)).collect::<PyResult<_>>()?));
    }
    if let Ok(mapping) = value.cast::<PyMapping>() {
        let entry = |entry: Bound<'_, PyAny>| -> PyResult<(String, Setting)> {
            let (name, value): (String, Bound<'_, PyAny>) = entry.extract()?;
            Ok((name, setting(&value)?))
        };
        return Ok(Setting::Table(mapping.items()?.iter().map(entry).collect::<PyResult<_>>()?));
    }
    if let Ok(path) = value.extract::<PathBuf>() {
        return Ok(Setting::Text(path.to_string_lossy().into_owned()));
    }
    if let Ok(span) = value.extract::<Duration>() {
        return Ok(Setting::Span(span));
    }
    Ok(Setting::Other(format!("of type {}", value.get_type().name()?)))
}

/// All options of a pool, times in seconds.
pub(crate) fn shown<'py>(py: Python<'py>, options: &PoolOptions) -> PyResult<Bound<'py, PyDict>> {
    let shown = PyDict::new(py);
    show_pool(&shown, options)?;
    show_timeouts(&shown, options)?;
    Ok(shown)
}

fn show_pool(shown: &Bound<'_, PyDict>, options: &PoolOptions) -> PyResult<()> {
    shown.set_item("min_connections", options.min_connections)?;
    shown.set_item("max_connections", options.max_connections)?;
    shown.set_item("acquire_timeout", seconds(options.acquire_timeout))?;
    shown.set_item("idle_timeout", seconds(options.idle_timeout))?;
    shown.set_item("max_lifetime", seconds(options.max_lifetime))?;
    shown.set_item("health_check_interval", seconds(options.health_check_interval))
}

fn show_timeouts(shown: &Bound<'_, PyDict>, options: &PoolOptions) -> PyResult<()> {
    shown.set_item("connect_timeout", seconds(options.connect_timeout))?;
    shown.set_item("statement_timeout", options.statement_timeout.map(seconds))?;
    shown.set_item("busy_timeout", seconds(options.busy_timeout))
}

fn seconds(span: Duration) -> f64 {
    span.as_secs_f64()
}

fn text(path: Option<&PathBuf>) -> Option<String> {
    path.map(|path| path.to_string_lossy().into_owned())
}
