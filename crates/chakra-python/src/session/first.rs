//! Writing what is pending before something else.

use std::cell::Cell;
use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

use super::flush::flush;
use super::work::Work;
use crate::error::plain;
use crate::operation::Mode;

impl Work {
    /// Whether something is to be written before a query.
    ///
    /// # Errors
    ///
    /// `SessionError` after a flush that failed.
    pub(crate) fn is_to_flush(&self, py: Python<'_>) -> PyResult<bool> {
        self.refuse_broken(py)?;
        let is_flushing = !FLUSHED.replace(false) && self.is_flushing();
        Ok(self.autoflush && (is_flushing || self.has_pending(py)?))
    }

    /// Whether somebody is at it.
    fn is_flushing(&self) -> bool {
        self.turn.try_lock().is_err()
    }
}

thread_local! {
    /// Whether the call that is made now has waited for a flush already: those of others that have nothing to write it need
    /// not wait for once more, or two calls would wait for each other without end.
    static FLUSHED: Cell<bool> = const { Cell::new(false) };
}

/// Makes a call that has waited for a flush.
fn call_after_flush<T>(call: impl FnOnce() -> T) -> T {
    FLUSHED.set(true);
    let made = call();
    FLUSHED.set(false);
    made
}

/// Makes a call once what is pending was written.
///
/// # Errors
///
/// What the flush gave, and the call.
pub(crate) fn flushed_first<'py>(
    py: Python<'py>,
    work: &Arc<Work>,
    mode: Mode,
    call: impl FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    if mode == Mode::Blocking {
        flush(py, work, mode)?;
        return call(py).map(|object| object.into_bound(py));
    }
    let call = move |py: Python<'_>| call_after_flush(|| call(py));
    helper(py, "awaited")?.call1((flushing(py, work)?, function(py, call)?))
}

/// As [`flushed_first`], for a call that gives an iterator.
///
/// # Errors
///
/// As [`flushed_first`].
pub(crate) fn streamed_after_flush<'py>(
    py: Python<'py>,
    work: &Arc<Work>,
    mode: Mode,
    call: impl FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    if mode == Mode::Blocking {
        return flushed_first(py, work, mode, call);
    }
    let call = move |py: Python<'_>| call_after_flush(|| call(py));
    helper(py, "streamed")?.call1((flushing(py, work)?, function(py, call)?))
}

/// Awaits something, then makes a call and awaits what that gives.
pub(super) fn awaited<'py>(
    py: Python<'py>,
    before: impl FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send + 'static,
    call: impl FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    helper(py, "awaited")?.call1((function(py, before)?, function(py, call)?))
}

fn flushing<'py>(py: Python<'py>, work: &Arc<Work>) -> PyResult<Bound<'py, PyCFunction>> {
    let work = Arc::clone(work);
    function(py, move |py| flush(py, &work, Mode::Async).map(Bound::unbind))
}

/// A function of Python's that can be called once.
fn function<'py>(
    py: Python<'py>,
    call: impl FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyCFunction>> {
    let call = Mutex::new(Some(call));
    let once = move |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| -> PyResult<Py<PyAny>> {
        let py = arguments.py();
        let call = call.lock().take();
        call.ok_or_else(|| plain(py, "SessionError", "what is done after a flush is done once"))?(py)
    };
    PyCFunction::new_closure(py, None, None, once)
}

fn helper<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || py.import("chakra._after").map(Bound::unbind))?;
    module.bind(py).getattr(name)
}
