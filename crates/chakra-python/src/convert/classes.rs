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
    static CAREFUL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if may_hold_a_number_beyond_floats(text) {
        CAREFUL.import(py, "chakra._json", "decode_carefully")
    } else {
        PLAIN.import(py, "chakra._json", "decode")
    }
}

/// Whether a number in the text may be too great or too fine for a float: one with an exponent, or with a point and
/// more digits than a float always holds. What only looks so, in a string, costs time and nothing else.
fn may_hold_a_number_beyond_floats(text: &str) -> bool {
    const ALWAYS_HELD: u32 = 15;
    let (mut digits, mut point) = (0_u32, false);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' if digits > 0 => point = true,
            b'e' | b'E' if digits > 0 => return true,
            _ => (digits, point) = (0, false),
        }
        if point && digits > ALWAYS_HELD {
            return true;
        }
    }
    false
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
