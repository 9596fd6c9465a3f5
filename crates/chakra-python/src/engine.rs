//! Pools as Python holds them, and what runs over whole databases.

mod registry;

pub(crate) use registry::{Entry, Route, batches_lazy_loads, entry_for, pool_for};

use std::sync::Arc;

use chakra::Config;
use chakra::driver::{Executor, Metrics, Pool, connect_to};
use chakra::engine;
use chakra::schema::MetaData;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::config;
use crate::error::{Outcome, plain, raise};
use crate::listening::{PoolChange, log_pool};
use crate::operation::{Mode, run};
use crate::runtime::{Drive, block_on, into_awaitable};
use crate::schema::{metadata_of, nearest, registered};

/// A pool of connections.
#[pyclass(frozen, name = "Pool", module = "chakra")]
pub(crate) struct PyPool {
    entry: Arc<Entry>,
    name: Option<String>,
}

impl PyPool {
    pub(crate) fn entry(&self) -> Arc<Entry> {
        Arc::clone(&self.entry)
    }
}

#[pymethods]
impl PyPool {
    /// The database's name: `sqlite`, `postgres` or `mysql`.
    #[getter]
    fn dialect(&self, py: Python<'_>) -> PyResult<PyDialect> {
        let pool = self.entry.pool(py)?;
        Ok(PyDialect { dialect: pool.dialect(), capabilities: pool.capabilities() })
    }

    /// Whether the pool was closed.
    #[getter]
    fn is_closed(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.entry.pool(py)?.is_closed())
    }

    /// The name it was made with.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The options that it was made with, times in seconds.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        config::shown(py, self.entry.options())
    }

    /// Sizes at this moment.
    fn metrics(&self, py: Python<'_>) -> PyResult<PyMetrics> {
        Ok(PyMetrics(self.entry.pool(py)?.metrics()))
    }

    /// A connection for the caller alone: for `async with` and `with`, or to be awaited and released.
    fn acquire<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("chakra.connections")?.call_method1("Acquisition", (slf,))
    }

    /// Whether the database answers.
    fn check_health<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        check_health(py, &self.entry.pool(py)?, Mode::Async)
    }

    /// `check_health` for code that may block.
    fn check_health_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        check_health(py, &self.entry.pool(py)?, Mode::Blocking)
    }

    /// Closes the pool after the calls in flight.
    fn close<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        close(py, &self.entry.pool(py)?, Mode::Async)
    }

    /// `close` for code that may block.
    fn close_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        close(py, &self.entry.pool(py)?, Mode::Blocking)
    }

    fn __repr__(&self) -> String {
        format!("<chakra.Pool {}>", self.entry.shown())
    }
}

/// Sizes of a pool at one moment.
#[pyclass(frozen, name = "Metrics", module = "chakra")]
pub(crate) struct PyMetrics(Metrics);

#[pymethods]
impl PyMetrics {
    /// Open connections.
    #[getter]
    fn size(&self) -> usize {
        self.0.size
    }

    /// Those that nobody uses.
    #[getter]
    fn idle(&self) -> usize {
        self.0.idle
    }

    /// Those in use.
    #[getter]
    fn active(&self) -> usize {
        self.0.active
    }

    /// Callers waiting for one.
    #[getter]
    fn waiting(&self) -> usize {
        self.0.waiting
    }

    /// Statements run since the pool was opened.
    #[getter]
    fn statements(&self) -> u64 {
        self.0.statements
    }

    fn __repr__(&self) -> String {
        let Metrics { size, idle, active, waiting, statements } = self.0;
        format!("Metrics(size={size}, idle={idle}, active={active}, waiting={waiting}, statements={statements})")
    }
}

/// What a database is and can do.
#[pyclass(frozen, name = "Dialect", module = "chakra")]
pub(crate) struct PyDialect {
    dialect: chakra::dialect::Dialect,
    capabilities: chakra::dialect::Capabilities,
}

#[pymethods]
impl PyDialect {
    /// `sqlite`, `postgres` or `mysql`.
    #[getter]
    fn name(&self) -> String {
        self.dialect.url_scheme().to_owned()
    }

    /// Whether INSERT can give back what the database supplied.
    #[getter]
    fn supports_returning(&self) -> bool {
        self.capabilities.returning
    }

    /// Whether there is a JSON type with operators.
    #[getter]
    fn supports_json(&self) -> bool {
        self.capabilities.json
    }

    /// Whether there are array columns.
    #[getter]
    fn supports_arrays(&self) -> bool {
        self.capabilities.arrays
    }

    /// Whether tables can stand in schemas.
    #[getter]
    fn supports_schemas(&self) -> bool {
        self.dialect.capabilities().schemas
    }

    fn __str__(&self) -> String {
        self.name()
    }

    fn __repr__(&self) -> String {
        format!("<chakra.Dialect {}>", self.name())
    }
}

/// Opens a pool; the first is the default, others have a name.
#[pyfunction]
#[pyo3(signature = (url=None, *, name=None, **options))]
pub(crate) fn create_pool<'py>(
    py: Python<'py>,
    url: Option<String>,
    name: Option<String>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    open(py, url, name, options, Mode::Async)
}

/// `create_pool` for code that may block.
#[pyfunction]
#[pyo3(signature = (url=None, *, name=None, **options))]
pub(crate) fn create_pool_sync<'py>(
    py: Python<'py>,
    url: Option<String>,
    name: Option<String>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    open(py, url, name, options, Mode::Blocking)
}

/// The same as `create_pool`.
#[pyfunction]
#[pyo3(signature = (url=None, *, name=None, **options))]
pub(crate) fn connect<'py>(
    py: Python<'py>,
    url: Option<String>,
    name: Option<String>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    open(py, url, name, options, Mode::Async)
}

/// The same as `create_pool_sync`.
#[pyfunction]
#[pyo3(signature = (url=None, *, name=None, **options))]
pub(crate) fn connect_sync<'py>(
    py: Python<'py>,
    url: Option<String>,
    name: Option<String>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    open(py, url, name, options, Mode::Blocking)
}

fn open<'py>(
    py: Python<'py>,
    url: Option<String>,
    name: Option<String>,
    keywords: Option<&Bound<'py, PyDict>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let (config, batches_lazy_loads) = pool_config(py, keywords)?;
    let config = match &url {
        Some(url) => config.for_url(url),
        None => config,
    };
    let (url, options) = (config.database_url().map_err(raise)?, config.pool_options());
    config::take_effect(py, &config)?;
    let (wanted, wanted_options, shown) = (url.clone(), options.clone(), name.clone());
    let future = async move {
        let pool = connect_to(wanted, wanted_options).await?;
        Outcome::Ok(shown.map_or_else(|| pool.clone(), |name| pool.named(&name)))
    };
    let finish = move |py: Python<'_>, pool: Pool| -> PyResult<Py<PyAny>> {
        log_pool(py, &pool, PoolChange::Opened);
        let entry = Arc::new(Entry::new(url, options, batches_lazy_loads, pool));
        registry::add(py, name.clone(), &entry)?;
        Ok(Py::new(py, PyPool { entry, name })?.into_any())
    };
    match mode {
        Mode::Blocking => finish(py, block_on(py, future)?).map(|pool| pool.into_bound(py)),
        Mode::Async => Ok(into_awaitable(py, Drive::Spawned, future, finish)?.into_any()),
    }
}

const BATCHES_LAZY_LOADS: &str = "batch_lazy_loads";

/// The configuration with what keywords say besides, and whether lazy loads go together.
fn pool_config(py: Python<'_>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<(Config, bool)> {
    let mut batches_lazy_loads = true;
    let mut given = Vec::new();
    for (name, value) in keywords.into_iter().flatten() {
        let name: String = name.extract()?;
        let is_known = config::KEYWORDS.iter().any(|(_, known)| *known == name);
        if !is_known && name != BATCHES_LAZY_LOADS {
            let known = || config::KEYWORDS.iter().map(|(_, name)| *name).chain([BATCHES_LAZY_LOADS]);
            let (hint, all) = (nearest(&name, known()), known().collect::<Vec<_>>().join(", "));
            let message = format!("unknown pool option {name:?}{hint}; the options are {all}");
            return Err(plain(py, "ConfigError", &message));
        }
        match (value.is_none(), is_known) {
            (true, _) => {}
            (false, true) => given.push((name, value)),
            (false, false) => batches_lazy_loads = flag(&name, &value)?,
        }
    }
    let config = Config::load().map_err(raise)?;
    Ok((config::with_keywords(config, given.into_iter())?, batches_lazy_loads))
}

fn flag(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.extract().map_err(|_| plain(value.py(), "ConfigError", &format!("{name} must be True or False")))
}

/// The pool of a name, or the default.
#[pyfunction]
#[pyo3(signature = (name=None))]
pub(crate) fn get_pool(py: Python<'_>, name: Option<&str>) -> PyResult<PyPool> {
    Ok(PyPool { entry: registry::find(py, name)?, name: name.map(str::to_owned) })
}

/// Closes the pool of a name, or the default.
#[pyfunction]
#[pyo3(signature = (name=None))]
pub(crate) fn close_pool<'py>(py: Python<'py>, name: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
    let pool = registry::open_pool(py, name)?.pool(py)?;
    close(py, &pool, Mode::Async)
}

/// `close_pool` for code that may block.
#[pyfunction]
#[pyo3(signature = (name=None))]
pub(crate) fn close_pool_sync<'py>(py: Python<'py>, name: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
    let pool = registry::open_pool(py, name)?.pool(py)?;
    close(py, &pool, Mode::Blocking)
}

fn close<'py>(py: Python<'py>, pool: &Pool, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
    let closing = |pool: Pool| async move {
        pool.close().await;
        Outcome::Ok(pool)
    };
    run(py, pool, mode, closing, |py, pool| {
        log_pool(py, &pool, PoolChange::Closed);
        Ok(py.None())
    })
}

fn check_health<'py>(py: Python<'py>, pool: &Pool, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
    let checking = |pool: Pool| async move { Outcome::Ok(engine::is_reachable(&pool).await) };
    run(py, pool, mode, checking, |py, answers| answers.into_py_any(py))
}

/// Makes the tables of models (all that are defined, if none are named).
#[pyfunction]
#[pyo3(signature = (pool=None, models=None))]
pub(crate) fn create_all<'py>(
    py: Python<'py>,
    pool: Option<&Bound<'py, PyAny>>,
    models: Option<Vec<Bound<'py, PyType>>>,
) -> PyResult<Bound<'py, PyAny>> {
    change_schema(py, pool, models, Change::Create, Mode::Async)
}

/// `create_all` for code that may block.
#[pyfunction]
#[pyo3(signature = (pool=None, models=None))]
pub(crate) fn create_all_sync<'py>(
    py: Python<'py>,
    pool: Option<&Bound<'py, PyAny>>,
    models: Option<Vec<Bound<'py, PyType>>>,
) -> PyResult<Bound<'py, PyAny>> {
    change_schema(py, pool, models, Change::Create, Mode::Blocking)
}

/// Removes the tables of models (all that are defined, if none are named).
#[pyfunction]
#[pyo3(signature = (pool=None, models=None))]
pub(crate) fn drop_all<'py>(
    py: Python<'py>,
    pool: Option<&Bound<'py, PyAny>>,
    models: Option<Vec<Bound<'py, PyType>>>,
) -> PyResult<Bound<'py, PyAny>> {
    change_schema(py, pool, models, Change::Drop, Mode::Async)
}

/// `drop_all` for code that may block.
#[pyfunction]
#[pyo3(signature = (pool=None, models=None))]
pub(crate) fn drop_all_sync<'py>(
    py: Python<'py>,
    pool: Option<&Bound<'py, PyAny>>,
    models: Option<Vec<Bound<'py, PyType>>>,
) -> PyResult<Bound<'py, PyAny>> {
    change_schema(py, pool, models, Change::Drop, Mode::Blocking)
}

#[derive(Clone, Copy)]
enum Change {
    Create,
    Drop,
}

fn change_schema<'py>(
    py: Python<'py>,
    pool: Option<&Bound<'py, PyAny>>,
    models: Option<Vec<Bound<'py, PyType>>>,
    change: Change,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let pool = pool_for(py, pool)?;
    let models = match models {
        Some(models) => models,
        None => registered(py, true)?,
    };
    let tables: Arc<MetaData> = Arc::new(metadata_of(&models)?);
    let changing = move |pool: Pool| async move {
        match change {
            Change::Create => engine::create_all(&pool, &tables).await?,
            Change::Drop => engine::drop_all(&pool, &tables).await?,
        }
        Outcome::Ok(())
    };
    run(py, &pool, mode, changing, |py, ()| Ok(py.None()))
}
