//! An awaitable for what is there already.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTraceback;

use crate::async_iterator::stream::{Numbered, Stream};
use crate::awaitable::exceptions::{from_throw, return_value, set_return_value};

/// A coroutine that returns an object, or raises, without ever being suspended.
#[pyclass(frozen, module = "chakra._chakra")]
pub(crate) struct Ready {
    outcome: Mutex<Option<PyResult<Py<PyAny>>>>,
    /// Where the object goes back to when nobody awaits it.
    origin: Option<Origin>,
}

/// The place that an object has in a stream.
struct Origin {
    stream: Arc<Stream>,
    number: u64,
}

impl Ready {
    pub(crate) fn new(outcome: PyResult<Py<PyAny>>) -> Self {
        Self { outcome: Mutex::new(Some(outcome)), origin: None }
    }

    pub(crate) fn of_stream(next: Numbered, stream: &Arc<Stream>) -> Self {
        let origin = Origin { stream: Arc::clone(stream), number: next.number };
        Self { outcome: Mutex::new(Some(Ok(next.object))), origin: Some(origin) }
    }

    fn hand_over(&self) -> PyResult<Py<PyAny>> {
        self.take().unwrap_or_else(|| Err(PyRuntimeError::new_err("cannot reuse already awaited coroutine")))
    }

    /// Returns an object that nobody awaited to its stream.
    fn give_back(&self, outcome: Option<PyResult<Py<PyAny>>>) {
        if let (Some(Ok(object)), Some(origin)) = (outcome, &self.origin) {
            origin.stream.put_back(Numbered { number: origin.number, object });
        }
    }

    fn take(&self) -> Option<PyResult<Py<PyAny>>> {
        self.outcome.lock().take()
    }
}

#[pymethods]
impl Ready {
    fn __await__<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, Self> {
        slf
    }

    fn __iter__<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<()>> {
        set_return_value(py, self.hand_over()?)?;
        Ok(None)
    }

    fn send(&self, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(return_value(self.hand_over()?))
    }

    #[pyo3(signature = (kind, value = None, traceback = None))]
    fn throw(
        &self,
        kind: &Bound<'_, PyAny>,
        value: Option<&Bound<'_, PyAny>>,
        traceback: Option<Bound<'_, PyTraceback>>,
    ) -> PyResult<()> {
        self.give_back(self.take());
        Err(from_throw(kind, value, traceback))
    }

    fn close(&self) {
        self.give_back(self.take());
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nobody runs Python code while holding this lock, so it is free whenever the collector runs.
        let Some(outcome) = self.outcome.try_lock() else { return Ok(()) };
        match &*outcome {
            Some(Ok(object)) => visit.call(object),
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        drop(self.take());
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        let outcome = self.outcome.get_mut().take();
        self.give_back(outcome);
    }
}
