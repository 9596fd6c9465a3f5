//! Sources of batches, and what becomes of a batch.

use std::future::Future;
use std::sync::Arc;

use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

use crate::async_iterator::stream::{Fetch, Stream};
use crate::awaitable::Awaitable;
use crate::runtime::{Drive, block_on, into_awaitable};

/// Gives batches until there are no more. Dropping it, or a step of it that is under way, stops the work behind it.
///
/// Any `FnMut() -> impl Future<Output = Result<Option<Batch>, Error>>` is one.
pub(crate) trait Source: Send + 'static {
    type Batch: Send + 'static;
    type Error: Into<PyErr> + Send + 'static;

    /// The next batch, never an empty one.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Batch>, Self::Error>> + Send;
}

impl<S, F, T, E> Source for S
where
    S: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<Option<T>, E>> + Send,
    T: Send + 'static,
    E: Into<PyErr> + Send + 'static,
{
    type Batch = T;
    type Error = E;

    fn next(&mut self) -> impl Future<Output = Result<Option<T>, E>> + Send {
        self()
    }
}

/// A source and the making of objects from its batches, with the types forgotten.
pub(crate) trait Batches: Send {
    /// An awaitable that gets a batch, puts its objects into `stream`, and gives the first.
    fn fetch<'py>(self: Box<Self>, py: Python<'py>, stream: &Arc<Stream>) -> PyResult<Bound<'py, Awaitable>>;

    /// The same for callers who wait on their own thread.
    fn fetch_blocking(self: Box<Self>, py: Python<'_>, stream: &Arc<Stream>) -> PyResult<Option<Py<PyAny>>>;
}

/// A source and the making of objects from its batches.
pub(crate) struct TypedBatches<S, G> {
    drive: Drive,
    source: S,
    finish: G,
}

impl<S: Source, G> TypedBatches<S, G> {
    pub(crate) fn new(drive: Drive, source: S, finish: G) -> Self {
        Self { drive, source, finish }
    }
}

/// The next batch together with its source, which thus stops with the step if the step is dropped.
async fn advance<S: Source>(mut source: S) -> Result<Option<(S::Batch, S)>, S::Error> {
    let batch = source.next().await?;
    Ok(batch.map(|batch| (batch, source)))
}

impl<S, G> Batches for TypedBatches<S, G>
where
    S: Source,
    G: Fn(Python<'_>, S::Batch) -> PyResult<Vec<Py<PyAny>>> + Send + 'static,
{
    fn fetch<'py>(self: Box<Self>, py: Python<'py>, stream: &Arc<Stream>) -> PyResult<Bound<'py, Awaitable>> {
        let Self { drive, source, finish } = *self;
        let fetch = Fetch::new(stream);
        into_awaitable(py, drive, advance(source), move |py, fetched| match fetched {
            Some((batch, source)) => {
                let objects = finish(py, batch)?;
                fetch.succeed(objects, Box::new(Self { drive, source, finish }))
            }
            None => {
                fetch.end();
                Err(PyStopAsyncIteration::new_err(()))
            }
        })
    }

    fn fetch_blocking(self: Box<Self>, py: Python<'_>, stream: &Arc<Stream>) -> PyResult<Option<Py<PyAny>>> {
        let Self { drive, source, finish } = *self;
        let fetch = Fetch::new(stream);
        match block_on(py, advance(source))? {
            Some((batch, source)) => {
                let objects = finish(py, batch)?;
                fetch.succeed(objects, Box::new(Self { drive, source, finish })).map(Some)
            }
            None => {
                fetch.end();
                Ok(None)
            }
        }
    }
}
