//! One operation, two faces: awaited on an event loop, or waited for on this thread.

use chakra::driver::Pool;
use pyo3::prelude::*;

use crate::engine::Route;
use crate::error::Outcome;
use crate::listening::listened;
use crate::runtime::{Drive, block_on, into_awaitable};
use crate::session::flushed_first;

/// Which face a call has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The plain name: gives an awaitable.
    Async,
    /// The name that ends in `_sync`: gives the result.
    Blocking,
}

/// Runs a future of the engine and makes a Python object of what it gives.
///
/// # Errors
///
/// What the future gave or `finish` raised; for an awaitable they are raised where it is awaited.
pub(crate) fn run<'py, T, F>(
    py: Python<'py>,
    pool: &Pool,
    mode: Mode,
    start: impl FnOnce(Pool) -> F + Send + 'static,
    finish: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>>
where
    T: Send + 'static,
    F: Future<Output = Outcome<T>> + Send + 'static,
{
    let (pool, report) = listened(py, pool)?;
    let drive = drive(&pool);
    // However the call ends, the report goes with `finish`, on the thread of who waits for it.
    let finish = move |py: Python<'_>, given: T| {
        let _report = report;
        finish(py, given)
    };
    match mode {
        Mode::Async => Ok(into_awaitable(py, drive, start(pool), finish)?.into_any()),
        Mode::Blocking => {
            let given = block_on(py, start(pool.blocking()))?;
            finish(py, given).map(|object| object.into_bound(py))
        }
    }
}

/// As [`run`], on the way of a call; what its session has to write is written before.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn ask<'py, T, F>(
    py: Python<'py>,
    route: &Route,
    mode: Mode,
    start: impl FnOnce(Pool) -> F + Send + 'static,
    finish: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>>
where
    T: Send + 'static,
    F: Future<Output = Outcome<T>> + Send + 'static,
{
    let Some(work) = route.to_flush(py)? else { return run(py, route, mode, start, finish) };
    let pool = Pool::clone(route);
    flushed_first(py, &work, mode, move |py| run(py, &pool, mode, start, finish).map(Bound::unbind))
}

/// Who polls the futures of a pool.
pub(crate) fn drive(pool: &Pool) -> Drive {
    if pool.is_self_driven() { Drive::Local } else { Drive::Spawned }
}
