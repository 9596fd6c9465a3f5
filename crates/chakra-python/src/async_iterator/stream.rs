//! Where a stream stands: the objects at hand, and how to get more.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::async_iterator::batches::Batches;
use crate::error::plain;

/// The state of an iterator over batches.
pub(crate) struct Stream(Mutex<State>);

struct State {
    /// In the order of their numbers, which is the order in which they came.
    objects: VecDeque<Numbered>,
    arrived: u64,
    progress: Progress,
}

/// An object and its place in the order of the stream.
pub(crate) struct Numbered {
    pub(crate) number: u64,
    pub(crate) object: Py<PyAny>,
}

/// How to get more objects.
enum Progress {
    /// Ask for them.
    Idle(Box<dyn Batches>),
    /// Somebody has asked for them.
    Fetching,
    /// There are no more.
    Exhausted,
    /// Nobody wants more.
    Closed,
    /// There may have been more, but getting them failed or was cancelled.
    Interrupted,
}

impl Stream {
    pub(crate) fn new(batches: Box<dyn Batches>) -> Arc<Self> {
        let progress = Progress::Idle(batches);
        Arc::new(Self(Mutex::new(State { objects: VecDeque::new(), arrived: 0, progress })))
    }

    /// The next object at hand.
    pub(crate) fn next_ready(&self) -> Option<Numbered> {
        self.0.lock().objects.pop_front()
    }

    /// Puts back an object that nobody took after all.
    pub(crate) fn put_back(&self, numbered: Numbered) {
        let mut state = self.0.lock();
        if !matches!(state.progress, Progress::Closed) {
            let place = state.objects.partition_point(|other| other.number < numbered.number);
            state.objects.insert(place, numbered);
        }
    }

    /// Takes the means to get more objects, or nothing when the stream is over.
    pub(crate) fn start_fetch(&self) -> PyResult<Option<Box<dyn Batches>>> {
        let mut state = self.0.lock();
        match mem::replace(&mut state.progress, Progress::Fetching) {
            Progress::Idle(batches) => Ok(Some(batches)),
            Progress::Fetching => Err(already_running()),
            Progress::Interrupted => {
                state.progress = Progress::Interrupted;
                // Making the exception runs Python code, which must never happen under this lock.
                drop(state);
                let message = "the stream was interrupted by a failed or cancelled step; start a new one";
                Err(Python::attach(|py| plain(py, "SessionError", message)))
            }
            over => {
                state.progress = over;
                Ok(None)
            }
        }
    }

    /// Stops the stream.
    pub(crate) fn close(&self) -> PyResult<()> {
        if matches!(self.0.lock().progress, Progress::Fetching) {
            return Err(already_running());
        }
        self.clear();
        Ok(())
    }

    pub(crate) fn clear(&self) {
        let closed = State { objects: VecDeque::new(), arrived: 0, progress: Progress::Closed };
        let previous = mem::replace(&mut *self.0.lock(), closed);
        // After the lock: dropping it may run anything.
        drop(previous);
    }

    pub(crate) fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nobody runs Python code while holding this lock, so it is free whenever the collector runs.
        let Some(state) = self.0.try_lock() else { return Ok(()) };
        state.objects.iter().try_for_each(|numbered| visit.call(&numbered.object))
    }
}

/// A fetch under way. Unless it is told how it ended, the stream counts as interrupted.
pub(crate) struct Fetch {
    stream: Arc<Stream>,
}

impl Fetch {
    pub(crate) fn new(stream: &Arc<Stream>) -> Self {
        Self { stream: Arc::clone(stream) }
    }

    /// Takes in the objects of a batch; gives the first.
    pub(crate) fn succeed(self, objects: Vec<Py<PyAny>>, batches: Box<dyn Batches>) -> PyResult<Py<PyAny>> {
        if objects.is_empty() {
            return Err(PyRuntimeError::new_err("the engine sent an empty batch"));
        }
        let mut state = self.stream.0.lock();
        let first = state.arrived;
        state.arrived += objects.len() as u64;
        state.objects.extend((first..).zip(objects).map(|(number, object)| Numbered { number, object }));
        state.progress = Progress::Idle(batches);
        let next = state.objects.pop_front();
        drop(state);
        next.map(|numbered| numbered.object).ok_or_else(already_running)
    }

    /// Takes note that there are no more objects.
    pub(crate) fn end(self) {
        self.stream.0.lock().progress = Progress::Exhausted;
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        let mut state = self.stream.0.lock();
        if matches!(state.progress, Progress::Fetching) {
            state.progress = Progress::Interrupted;
        }
    }
}

fn already_running() -> PyErr {
    PyRuntimeError::new_err("the stream is waiting for its next batch already")
}
