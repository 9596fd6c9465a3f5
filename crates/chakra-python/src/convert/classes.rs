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

/// The function that reads a JSON text: one that checks floats where there are exponents, by which alone they can be
/// too large.
pub(crate) fn json_decoder<'py>(py: Python<'py>, text: &str) -> PyResult<&'py Bound<'py, PyAny>> {
    static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static EXPONENTS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let is_exponent = |pair: &[u8]| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E');
    if text.as_bytes().windows(2).any(is_exponent) {
        EXPONENTS.import(py, "chakra._json", "decode_exponents")
    } else {
        PLAIN.import(py, "chakra._json", "decode")
    }
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
