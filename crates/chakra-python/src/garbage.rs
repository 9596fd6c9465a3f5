//! Python's collector of garbage, and when it had better wait.
//!
//! The switch is one for the whole process, and objects are made by code that may let other threads run. Threads that
//! pause at once are no harm: the first that ends has the collector run again. One that switches the collector off
//! while another has it pause is not heard, since it finds it off already.

use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

/// How many pauses are to be ended by who began them: at most one, but for threads that switch it on meanwhile.
static PAUSES: AtomicUsize = AtomicUsize::new(0);

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
        if was_running {
            PAUSES.fetch_add(1, Ordering::Relaxed);
        }
        Self { _attached: py, was_running }
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        if self.was_running {
            // None: this is the child of a fork that happened meanwhile.
            let _ = PAUSES.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |pauses| pauses.checked_sub(1));
            // SAFETY: as above; the token's lifetime has not ended.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}

/// In the child of a fork: the threads that would end their pauses are not there.
#[pyfunction]
fn end_pauses() {
    if PAUSES.swap(0, Ordering::Relaxed) > 0 {
        // SAFETY: called by Python, so that the thread is attached.
        unsafe { ffi::PyGC_Enable() };
    }
}

/// Has the child of a fork run its collector.
pub(crate) fn end_pauses_after_forks(py: Python<'_>) -> PyResult<()> {
    let os = py.import("os")?;
    let Some(register) = os.getattr_opt("register_at_fork")? else { return Ok(()) }; // no forks here
    let named = pyo3::types::PyDict::new(py);
    named.set_item("after_in_child", pyo3::wrap_pyfunction!(end_pauses, py)?)?;
    register.call((), Some(&named)).map(drop)
}
