//! How an awaitable speaks through exceptions, as coroutines and futures of Python do.

use pyo3::exceptions::asyncio::{CancelledError, InvalidStateError};
use pyo3::exceptions::{PyBaseException, PyRuntimeError, PyRuntimeWarning, PyStopIteration, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyTraceback, PyTuple, PyType};

/// Sets the exception by which an iterator's `__next__` returns `value`, without making an exception object if the
/// interpreter can do without. The caller must then return from `__next__` with `None`.
pub(crate) fn set_return_value(py: Python<'_>, value: Py<PyAny>) -> PyResult<()> {
    if value.is_none(py) {
        return Ok(());
    }
    // The interpreter would take a tuple for the arguments, and an exception for the exception itself.
    let plain = value.bind(py);
    let argument = if plain.is_instance_of::<PyTuple>() || plain.is_instance_of::<PyBaseException>() {
        PyTuple::new(py, [value])?.into_any().unbind()
    } else {
        value
    };
    // SAFETY: both are live objects, and this thread is attached.
    unsafe { ffi::PyErr_SetObject(ffi::PyExc_StopIteration, argument.as_ptr()) };
    Ok(())
}

/// An exception by which `send` returns `value`.
pub(crate) fn return_value(value: Py<PyAny>) -> PyErr {
    PyStopIteration::new_err((value,))
}

/// Replaces a `StopIteration` raised by the work, which would look like a return.
pub(crate) fn not_a_return(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyStopIteration>(py) {
        return error;
    }
    let replacement = PyRuntimeError::new_err("coroutine raised StopIteration");
    replacement.set_cause(py, Some(error));
    replacement
}

/// The exception of a cancelled task.
pub(crate) fn cancelled(message: Option<Py<PyAny>>) -> PyErr {
    message.map_or_else(|| CancelledError::new_err(()), |message| CancelledError::new_err((message,)))
}

/// The exception for asking a future too early.
pub(crate) fn invalid_state() -> PyErr {
    InvalidStateError::new_err("the result is not there yet")
}

/// The exception that the arguments of a coroutine's `throw` describe.
pub(crate) fn from_throw(
    kind: &Bound<'_, PyAny>,
    value: Option<&Bound<'_, PyAny>>,
    traceback: Option<Bound<'_, PyTraceback>>,
) -> PyErr {
    let error = match (kind.cast::<PyType>(), value) {
        (Ok(_), Some(value)) if value.is_instance(kind).unwrap_or(false) => PyErr::from_value(value.clone()),
        (Ok(class), Some(value)) => instantiate(class, (value,)),
        (Ok(class), None) => instantiate(class, ()),
        (Err(_), _) if kind.is_instance_of::<PyBaseException>() => PyErr::from_value(kind.clone()),
        _ => PyTypeError::new_err("exceptions must be classes or instances deriving from BaseException"),
    };
    if let Some(traceback) = traceback {
        error.set_traceback(kind.py(), Some(traceback));
    }
    error
}

fn instantiate<'py>(class: &Bound<'py, PyType>, arguments: impl pyo3::call::PyCallArgs<'py>) -> PyErr {
    class.call1(arguments).map_or_else(|error| error, PyErr::from_value)
}

/// Tells the user of a forgotten `await`.
pub(crate) fn warn_never_awaited(py: Python<'_>) {
    // This runs while an object is freed, perhaps because of an exception that must survive.
    let underway = PyErr::take(py);
    let category = py.get_type::<PyRuntimeWarning>();
    let message = c"an awaitable of chakra was never awaited, so nothing was done";
    if let Err(error) = PyErr::warn(py, &category, message, 1) {
        error.write_unraisable(py, None);
    }
    if let Some(underway) = underway {
        underway.restore(py);
    }
}
