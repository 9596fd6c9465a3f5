//! Classes and functions of the standard library that values need; imported at first use.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// `decimal.Decimal`.
pub(crate) fn decimal_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "decimal", "Decimal")
}

/// `uuid.UUID`.
pub(crate) fn uuid_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "uuid", "UUID")
}

/// `json.loads`.
pub(crate) fn json_loads(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static FUNCTION: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    FUNCTION.import(py, "json", "loads")
}

/// The object that stands for JSON's own null, where None means SQL NULL.
pub(crate) fn json_null(py: Python<'_>) -> PyResult<&Bound<'_, JsonNull>> {
    static NULL: PyOnceLock<Py<JsonNull>> = PyOnceLock::new();
    NULL.get_or_try_init(py, || Py::new(py, JsonNull)).map(|null| null.bind(py))
}

/// The type of `chakra.JSONNull`.
#[pyclass(frozen, module = "chakra", name = "JSONNullType")]
#[derive(Debug)]
pub(crate) struct JsonNull;

#[pymethods]
impl JsonNull {
    #[allow(clippy::unused_self)] // the protocol's signature
    fn __repr__(&self) -> &'static str {
        "JSONNull"
    }

    #[allow(clippy::unused_self)]
    fn __bool__(&self) -> bool {
        false
    }

    #[allow(clippy::unused_self)]
    fn __reduce__(&self) -> &'static str {
        "JSONNull"
    }
}
