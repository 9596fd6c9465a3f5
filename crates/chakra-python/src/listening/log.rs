//! Records of Python's `logging`.

use std::cell::Cell;
use std::time::Duration;

use chakra::driver::{Pool, QueryEvent, log_settings};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

const DEBUG: u8 = 10;
const WARNING: u8 = 30;

static QUERIES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static POOLS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

thread_local! {
    /// Whether this thread is in a handler: one that asks the database itself is not told of that.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

/// What is logged of a call.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    every: bool,
    slow: Option<Duration>,
}

/// What is logged of a call that begins now, if anything is. Logging never fails a call: loggers that raise want nothing.
pub(super) fn wanted(py: Python<'_>) -> Option<Wanted> {
    let settings = log_settings();
    let slow = settings.slow_query;
    let every = settings.queries && is_enabled(py).unwrap_or(false);
    ((every || slow.is_some()) && !TELLING.get()).then_some(Wanted { every, slow })
}

fn is_enabled(py: Python<'_>) -> PyResult<bool> {
    logger(py, &QUERIES, "chakra.query")?.call_method1(intern!(py, "isEnabledFor"), (DEBUG,))?.is_truthy()
}

fn logger<'py>(py: Python<'py>, place: &'static PyOnceLock<Py<PyAny>>, name: &str) -> PyResult<&'py Bound<'py, PyAny>> {
    let made = || Ok::<_, PyErr>(py.import("logging")?.call_method1("getLogger", (name,))?.unbind());
    Ok(place.get_or_try_init(py, made)?.bind(py))
}

/// Logs statements that have ended. An exception that is on its way stays so, and one of a handler is shown, not raised.
pub(super) fn log(py: Python<'_>, events: &[QueryEvent], wanted: Wanted) {
    let on_its_way = PyErr::take(py);
    TELLING.set(true);
    for event in events {
        let told = match wanted.slow.filter(|limit| event.elapsed >= *limit) {
            Some(_) => log_query(py, event, WARNING, "slow statement, "),
            None if wanted.every => log_query(py, event, DEBUG, ""),
            None => Ok(()),
        };
        if let Err(error) = told {
            error.write_unraisable(py, None);
        }
    }
    TELLING.set(false);
    if let Some(error) = on_its_way {
        error.restore(py);
    }
}

fn log_query(py: Python<'_>, event: &QueryEvent, level: u8, prefix: &str) -> PyResult<()> {
    let milliseconds = event.elapsed.as_secs_f64() * 1e3;
    let place = match event.transaction {
        Some(number) => format!("{}, transaction {number}", event.pool()),
        None => event.pool().to_owned(),
    };
    let params = event.params();
    let text = match &params {
        Some(params) => format!("{} {params}", event.text()),
        None => event.text().to_owned(),
    };
    let fields = PyDict::new(py);
    fields.set_item("sql", event.text())?;
    fields.set_item("params", params)?;
    fields.set_item("elapsed_ms", milliseconds)?;
    fields.set_item("rows", event.rows())?;
    fields.set_item("pool", event.pool())?;
    fields.set_item("transaction", event.transaction)?;
    let named = PyDict::new(py);
    named.set_item("extra", fields)?;
    let message = format!("{prefix}%s in %.3f ms on %s: %s");
    let arguments = (level, message, super::outcome(event), milliseconds, place, text);
    logger(py, &QUERIES, "chakra.query")?.call_method(intern!(py, "log"), arguments, Some(&named)).map(drop)
}

/// What happened to a pool.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PoolChange {
    Opened,
    Closed,
}

/// Logs what happened to a pool, without its password.
pub(crate) fn log_pool(py: Python<'_>, pool: &Pool, change: PoolChange) {
    let word = match change {
        PoolChange::Opened => "opened",
        PoolChange::Closed => "closed",
    };
    let told = logger(py, &POOLS, "chakra.pool").and_then(|logger| {
        let arguments = ("pool %s %s: %s", pool.name(), word, pool.url().to_string());
        logger.call_method1(intern!(py, "debug"), arguments)
    });
    if let Err(error) = told {
        error.write_unraisable(py, None);
    }
}
