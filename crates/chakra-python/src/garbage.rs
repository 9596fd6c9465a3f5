//! Python's collector of garbage, and when it had better wait.

use pyo3::ffi;
use pyo3::prelude::*;

/// Keeps the collector from running until it is dropped: while objects are made of rows none of them can be garbage,
/// and without it the collector would look through them again and again, the more often the more there are.
pub(crate) struct Pause<'py> {
    _attached: Python<'py>,
    was_running: bool,
}

impl<'py> Pause<'py> {
    pub(crate) fn begin(py: Python<'py>) -> Self {
        // SAFETY: the thread is attached, as `py` shows; the call flips a switch and gives its former state.
        let was_running = unsafe { ffi::PyGC_Disable() } != 0;
        Self { _attached: py, was_running }
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        if self.was_running {
            // SAFETY: as above; the token's lifetime has not ended.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}
