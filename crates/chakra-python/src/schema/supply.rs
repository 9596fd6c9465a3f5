//! Values that a declaration supplies: defaults, and what updates write.

use pyo3::prelude::*;

/// A value of a declaration, or the way to one.
#[derive(Debug)]
pub(crate) enum Supply {
    /// A value that cannot be changed, and so is shared.
    Shared(Py<PyAny>),
    /// A value that could be changed: each object has a copy of its own.
    Copied(Py<PyAny>),
    /// A callable that makes the value; of what could be changed each object has a copy.
    Made(Py<PyAny>),
}

impl Supply {
    /// What a declaration gives. The value is taken as it is now: what happens to a list later does not matter.
    pub(super) fn of(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if given.is_callable() {
            return Ok(Self::Made(given.clone().unbind()));
        }
        if is_fixed(given) {
            return Ok(Self::Shared(given.clone().unbind()));
        }
        Ok(Self::Copied(copy(given)?.unbind()))
    }

    /// The value for one object, or for one update.
    ///
    /// # Errors
    ///
    /// What the callable raises.
    pub(crate) fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Shared(value) => Ok(value.bind(py).clone()),
            Self::Copied(value) => copy(value.bind(py)),
            Self::Made(callable) => own(callable.bind(py).call0()?),
        }
    }

    /// What the declaration gives, for Python's garbage collector.
    pub(super) fn object(&self) -> &Py<PyAny> {
        match self {
            Self::Shared(object) | Self::Copied(object) | Self::Made(object) => object,
        }
    }

    /// The value, where it is the same each time.
    pub(super) fn fixed<'py>(&'py self, py: Python<'py>) -> Option<&'py Bound<'py, PyAny>> {
        match self {
            Self::Shared(value) | Self::Copied(value) => Some(value.bind(py)),
            Self::Made(_) => None,
        }
    }
}

/// Python's own rule: what has a hash does not change.
fn is_fixed(value: &Bound<'_, PyAny>) -> bool {
    value.hash().is_ok()
}

/// What a callable made, for one object alone: the callable may give the same list each time, or one in another.
fn own(made: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    if is_fixed(&made) { Ok(made) } else { copy(&made) }
}

fn copy<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    value.py().import("copy")?.call_method1("deepcopy", (value,))
}
