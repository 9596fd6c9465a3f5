//! The way back into a suspended task.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyContext, PyDict};

/// The callback that a task gave to what it waits for, and the context to call it in.
pub(crate) struct Resumption {
    callback: Py<PyAny>,
    context: Py<PyContext>,
}

impl Resumption {
    /// Takes note of `callback`; without a context, of the current one.
    pub(crate) fn new(callback: Bound<'_, PyAny>, context: Option<Bound<'_, PyContext>>) -> PyResult<Self> {
        let context = match context {
            Some(context) => context,
            None => current_context(callback.py())?,
        };
        Ok(Self { callback: callback.unbind(), context: context.unbind() })
    }

    /// Runs the task's next step now; for callers outside of any task.
    pub(crate) fn resume(self, awaited: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = awaited.py();
        let context = self.context.as_ptr();
        // SAFETY: `context` is a live context object, and this thread is attached.
        if unsafe { ffi::PyContext_Enter(context) } != 0 {
            return Err(PyErr::fetch(py));
        }
        let outcome = self.callback.bind(py).call1((awaited,));
        // SAFETY: as above. It was entered by this function, and whatever the callback entered it has left.
        if unsafe { ffi::PyContext_Exit(context) } != 0 {
            return Err(PyErr::fetch(py));
        }
        outcome.map(drop)
    }

    /// Has the loop run the task's next step in its next turn; for callers within some task.
    pub(crate) fn defer(self, event_loop: &Bound<'_, PyAny>, awaited: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = awaited.py();
        let context = PyDict::new(py);
        context.set_item(intern!(py, "context"), self.context)?;
        event_loop.call_method(intern!(py, "call_soon"), (self.callback, awaited), Some(&context)).map(drop)
    }

    pub(crate) fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.callback)?;
        visit.call(&self.context)
    }
}

fn current_context(py: Python<'_>) -> PyResult<Bound<'_, PyContext>> {
    let context = py.import(intern!(py, "contextvars"))?.call_method0(intern!(py, "copy_context"))?;
    context.cast_into::<PyContext>().map_err(|_| PyTypeError::new_err("copy_context() gave no context"))
}
