//! A connection that Python has taken out of a pool.

use std::mem;
use std::sync::Arc;

use chakra::driver::Connection;
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::engine::{Entry, PyPool};
use crate::error::{Outcome, plain};
use crate::operation::{Mode, run};
use crate::place;
use crate::runtime::process;

/// A connection of a pool, the caller's alone until it is released.
#[pyclass(frozen, name = "Connection", module = "chakra")]
pub(crate) struct PyConnection {
    /// What runs on it: a pool of this connection alone.
    pub(crate) entry: Arc<Entry>,
    /// None once it was released.
    lent: Mutex<Option<Connection>>,
    process: u32,
}

#[pymethods]
impl PyConnection {
    /// Whether it was given back.
    #[getter]
    fn is_released(&self) -> bool {
        self.lent.lock().is_none()
    }

    /// A statement that is written by hand, to be run on this connection.
    #[pyo3(signature = (sql, params=None, *, model=None))]
    fn raw<'py>(
        slf: &Bound<'py, Self>,
        sql: &str,
        params: Option<&Bound<'py, PyAny>>,
        model: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let named = PyDict::new(py);
        named.set_item("model", model)?;
        named.set_item("using", slf)?;
        py.import("chakra._chakra")?.getattr("raw")?.call((sql, params), Some(&named))
    }

    /// Gives it back to its pool, after the statement under way.
    fn release<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.give_back(py, Mode::Async)
    }

    /// `release` for code that may block.
    fn release_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.give_back(py, Mode::Blocking)
    }

    fn __repr__(&self) -> String {
        let state = if self.is_released() { "released" } else { "open" };
        format!("<chakra.Connection {} {state}>", self.entry.shown())
    }
}

impl PyConnection {
    fn give_back<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let pool = self.entry.pool(py)?;
        let Some(connection) = self.lent.lock().take() else {
            return Err(plain(py, "SessionError", "the connection was given back already"));
        };
        let releasing = connection.release();
        let giving_back = move |_| async move {
            let released = releasing.await;
            drop(connection);
            Outcome::Ok(released?)
        };
        run(py, &pool, mode, giving_back, |py, ()| Ok(py.None()))
    }
}

impl Drop for PyConnection {
    fn drop(&mut self) {
        if self.process != process() {
            // Its connection and its threads are the parent's.
            mem::forget(self.lent.lock().take());
        }
    }
}

/// Takes a connection out of a pool.
#[pyfunction]
#[pyo3(signature = (pool, *, blocking))]
pub(crate) fn acquire<'py>(py: Python<'py>, pool: &PyPool, blocking: bool) -> PyResult<Bound<'py, PyAny>> {
    let outer = pool.entry();
    let own = place::noted(py, outer.pool(py)?)?;
    let mode = if blocking { Mode::Blocking } else { Mode::Async };
    let acquiring = |pool: chakra::Pool| async move { Outcome::Ok(pool.acquire().await?) };
    run(py, &own, mode, acquiring, move |py, connection: Connection| {
        let entry = Arc::new(outer.of_connection(connection.as_pool().clone()));
        let lent = Mutex::new(Some(connection));
        Ok(Py::new(py, PyConnection { entry, lent, process: process() })?.into_any())
    })
}
