//! The place of the user's program that a call comes from.

use chakra::driver::{Pool, notes_places};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A pool for a call of the code that runs now. Places are looked for only where they are noted.
pub(crate) fn noted(py: Python<'_>, pool: Pool) -> PyResult<Pool> {
    if !notes_places() {
        return Ok(pool);
    }
    Ok(match of_caller(py)? {
        Some(place) => pool.at(place),
        None => pool,
    })
}

/// File and line of the innermost frame that is not the package's own.
fn of_caller(py: Python<'_>) -> PyResult<Option<String>> {
    let package = py.import("chakra")?.getattr("__path__")?.get_item(0)?.cast_into::<PyString>()?;
    let package = package.to_str()?;
    // As long as nothing of Python's runs, there is no frame.
    let Ok(mut frame) = py.import("sys")?.call_method1("_getframe", (0,)) else { return Ok(None) };
    while !frame.is_none() {
        let file = frame.getattr("f_code")?.getattr("co_filename")?.cast_into::<PyString>()?;
        let file = file.to_str()?;
        if !file.starts_with(package) {
            return Ok(Some(format!("{file}:{}", frame.getattr("f_lineno")?)));
        }
        frame = frame.getattr("f_back")?;
    }
    Ok(None)
}
