//! Iterators over results that come in batches: [`RowStream`] for event loops, [`RowIterator`] for blocking callers.
//!
//! A batch becomes a queue of Python objects at once; asking for an object that is in the queue suspends nobody.

pub(crate) mod batches;
pub(crate) mod ready;
pub(crate) mod stream;

use std::sync::Arc;

use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::async_iterator::batches::{Source, TypedBatches};
use crate::async_iterator::ready::Ready;
use crate::async_iterator::stream::Stream;
use crate::runtime::Drive;

/// The objects of a stream of batches, for `async for`.
///
/// Dropping it stops the stream, and so does a failed or cancelled step: what was under way then is lost, hence the next
/// step raises instead of ending the iteration as if that had been all.
#[pyclass(frozen, weakref, module = "chakra._chakra")]
pub(crate) struct RowStream(Arc<Stream>);

impl RowStream {
    /// A stream whose batches `finish` turns into Python objects, on the thread of the event loop.
    pub(crate) fn new<S, F>(drive: Drive, source: S, finish: F) -> Self
    where
        S: Source,
        F: Fn(Python<'_>, S::Batch) -> PyResult<Vec<Py<PyAny>>> + Send + 'static,
    {
        Self(Stream::new(Box::new(TypedBatches::new(drive, source, finish))))
    }
}

#[pymethods]
impl RowStream {
    fn __aiter__<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, Self> {
        slf
    }

    /// Raises nothing itself, the awaitable does: `anext(stream, default)` crashes CPython 3.11 otherwise.
    fn __anext__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let ready = match self.0.next_ready() {
            Some(next) => Ready::of_stream(next, &self.0),
            None => match self.0.start_fetch() {
                Ok(Some(batches)) => return Ok(batches.fetch(py, &self.0)?.into_any()),
                Ok(None) => Ready::new(Err(PyStopAsyncIteration::new_err(()))),
                Err(error) => Ready::new(Err(error)),
            },
        };
        Ok(Bound::new(py, ready)?.into_any())
    }

    /// Stops the stream; iterating on ends at once.
    fn aclose(&self, py: Python<'_>) -> Ready {
        Ready::new(self.0.close().map(|()| py.None()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.traverse(visit)
    }

    fn __clear__(&self) {
        self.0.clear();
    }
}

/// The objects of a stream of batches, for a plain `for`; the thread waits for each batch.
#[pyclass(frozen, weakref, module = "chakra._chakra")]
pub(crate) struct RowIterator(Arc<Stream>);

impl RowIterator {
    /// An iterator whose batches `finish` turns into Python objects.
    pub(crate) fn new<S, F>(source: S, finish: F) -> Self
    where
        S: Source,
        F: Fn(Python<'_>, S::Batch) -> PyResult<Vec<Py<PyAny>>> + Send + 'static,
    {
        Self(Stream::new(Box::new(TypedBatches::new(Drive::Local, source, finish))))
    }
}

#[pymethods]
impl RowIterator {
    fn __iter__<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if let Some(next) = self.0.next_ready() {
            return Ok(Some(next.object));
        }
        match self.0.start_fetch()? {
            Some(batches) => batches.fetch_blocking(py, &self.0),
            None => Ok(None),
        }
    }

    /// Stops the stream; iterating on ends at once.
    fn close(&self) -> PyResult<()> {
        self.0.close()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.traverse(visit)
    }

    fn __clear__(&self) {
        self.0.clear();
    }
}
