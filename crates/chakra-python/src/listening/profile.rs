//! Profiles as Python holds them, and which ones a call belongs to.
//!
//! As with transactions, the profile of a block is the value of a context variable, which tasks inherit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chakra::driver::{Pool, QueryEvent, QueryProfile};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::engine::{Entry, PyPool};

/// How many profiles are open: while there are none, nobody looks for one.
static OPEN: AtomicUsize = AtomicUsize::new(0);

static CURRENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The context variable that holds the innermost profile, or None.
pub(crate) fn current_profile(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let variable = CURRENT.get_or_try_init(py, || {
        let variable = py.import("contextvars")?.getattr("ContextVar")?.call1(("chakra.profile",))?;
        Ok::<_, PyErr>(variable.unbind())
    })?;
    Ok(variable.bind(py))
}

/// The numbers of one block, until it is closed.
#[pyclass(frozen, name = "Profile", module = "chakra._chakra")]
pub(crate) struct Profile {
    numbers: Arc<QueryProfile>,
    /// The pool that it is about; all, if it names none.
    only: Option<Arc<Entry>>,
    /// The profile around it.
    outer: Option<Py<Self>>,
    open: AtomicBool,
}

#[pymethods]
impl Profile {
    #[new]
    #[pyo3(signature = (outer, pool=None))]
    fn new(outer: Option<Py<Self>>, pool: Option<&Bound<'_, PyPool>>) -> Self {
        OPEN.fetch_add(1, Ordering::Relaxed);
        let only = pool.map(|pool| pool.get().entry());
        Self { numbers: Arc::default(), only, outer, open: AtomicBool::new(true) }
    }

    /// Counts no more.
    fn close(&self) {
        if self.open.swap(false, Ordering::Relaxed) {
            OPEN.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// How many statements have ended.
    #[getter]
    fn count(&self) -> u64 {
        self.numbers.count()
    }

    /// How many seconds they took together.
    #[getter]
    fn total(&self) -> f64 {
        self.numbers.total().as_secs_f64()
    }

    /// The one that took longest.
    #[getter]
    fn slowest(&self) -> Option<ProfiledQuery> {
        self.numbers.slowest().map(ProfiledQuery)
    }

    /// The statements, in the order in which they ended.
    #[getter]
    fn queries(&self) -> Vec<ProfiledQuery> {
        self.numbers.queries().into_iter().map(ProfiledQuery).collect()
    }

    /// Texts that were run more than once: the text, how often, how many seconds in all.
    #[getter]
    fn duplicates(&self) -> Vec<(String, u64, f64)> {
        let duplicates = self.numbers.duplicates().into_iter();
        duplicates.map(|found| (found.text, found.count, found.total.as_secs_f64())).collect()
    }
}

impl Profile {
    fn hears(&self, py: Python<'_>, pool: &Pool) -> PyResult<bool> {
        if !self.open.load(Ordering::Relaxed) {
            return Ok(false);
        }
        self.only.as_ref().map_or(Ok(true), |entry| Ok(entry.pool(py)?.is_same(pool)))
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        self.close();
    }
}

/// The profiles that hear of a call on a pool.
pub(super) fn of_context(py: Python<'_>, pool: &Pool) -> PyResult<Vec<Arc<QueryProfile>>> {
    let mut heard = Vec::new();
    if OPEN.load(Ordering::Relaxed) == 0 {
        return Ok(heard);
    }
    let current = current_profile(py)?.call_method1(pyo3::intern!(py, "get"), (py.None(),))?;
    let mut next = current.cast_into::<Profile>().ok().map(Bound::unbind);
    while let Some(profile) = next {
        let this = profile.get();
        if this.hears(py, pool)? {
            heard.push(Arc::clone(&this.numbers));
        }
        next = this.outer.as_ref().map(|outer| outer.clone_ref(py));
    }
    Ok(heard)
}

/// A statement that was run.
#[pyclass(frozen, name = "ProfiledQuery", module = "chakra.debug")]
pub(crate) struct ProfiledQuery(QueryEvent);

#[pymethods]
impl ProfiledQuery {
    /// The text, with the database's placeholders.
    #[getter]
    fn sql(&self) -> &str {
        self.0.text()
    }

    /// The values, where the configuration asks for them.
    #[getter]
    fn params(&self) -> Option<String> {
        self.0.params()
    }

    /// How many seconds it took.
    #[getter]
    fn elapsed(&self) -> f64 {
        self.0.elapsed.as_secs_f64()
    }

    /// The rows that it gave or concerned; None if it did not come to an end.
    #[getter]
    fn rows(&self) -> Option<u64> {
        self.0.rows()
    }

    /// What became of it, in words.
    #[getter]
    fn outcome(&self) -> String {
        super::outcome(&self.0)
    }

    /// The name of the pool.
    #[getter]
    fn pool(&self) -> &str {
        self.0.pool()
    }

    /// The number of the transaction; None outside of one.
    #[getter]
    fn transaction(&self) -> Option<u64> {
        self.0.transaction
    }

    fn __repr__(&self) -> String {
        let milliseconds = self.0.elapsed.as_secs_f64() * 1e3;
        format!("<ProfiledQuery {} in {milliseconds:.3} ms: {}>", self.outcome(), self.0.text())
    }
}
