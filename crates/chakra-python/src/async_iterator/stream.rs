//! Where a stream stands: the objects at hand, and how to get more.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::async_iterator::batches::Batches;

/// The state of an iterator over batches.
pub(crate) struct Stream(Mutex<State>);

struct State {
    objects: VecDeque<Py<PyAny>>,
    progress: Progress,
}

/// How to get more objects.
enum Progress {
    /// Ask for them.
    Idle(Box<dyn Batches>),
    /// Somebody has asked for them.
    Fetching,
    /// There are no more, or nobody wants them.
    Ended,
    /// There may have been more, but getting them failed or was cancelled.
    Interrupted,
}

impl Stream {
    pub(crate) fn new(batches: Box<dyn Batches>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { objects: VecDeque::new(), progress: Progress::Idle(batches) })))
    }

    /// The next object at hand.
    pub(crate) fn next_ready(&self) -> Option<Py<PyAny>> {
        self.0.lock().objects.pop_front()
    }

    /// Puts back an object that nobody took after all.
    pub(crate) fn put_back(&self, object: Py<PyAny>) {
        let mut state = self.0.lock();
        if matches!(state.progress, Progress::Idle(_)) {
            state.objects.push_front(object);
        }
    }

    /// Takes the means to get more objects, or nothing when the stream is over.
    pub(crate) fn start_fetch(&self) -> PyResult<Option<Box<dyn Batches>>> {
        let mut state = self.0.lock();
        match mem::replace(&mut state.progress, Progress::Fetching) {
            Progress::Idle(batches) => Ok(Some(batches)),
            Progress::Fetching => Err(already_running()),
            Progress::Ended => {
                state.progress = Progress::Ended;
                Ok(None)
            }
            Progress::Interrupted => {
                state.progress = Progress::Interrupted;
                Err(PyRuntimeError::new_err(
                    "the stream was interrupted by a failed or cancelled step; start a new one",
                ))
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
        let ended = State { objects: VecDeque::new(), progress: Progress::Ended };
        let previous = mem::replace(&mut *self.0.lock(), ended);
        // After the lock: dropping it may run anything.
        drop(previous);
    }

    pub(crate) fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nobody runs Python code while holding this lock, so it is free whenever the collector runs.
        let Some(state) = self.0.try_lock() else { return Ok(()) };
        state.objects.iter().try_for_each(|object| visit.call(object))
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
        let mut objects = VecDeque::from(objects);
        let first = objects.pop_front().ok_or_else(|| PyRuntimeError::new_err("the engine sent an empty batch"))?;
        let mut state = self.stream.0.lock();
        if matches!(state.progress, Progress::Fetching) {
            *state = State { objects, progress: Progress::Idle(batches) };
        }
        drop(state);
        Ok(first)
    }

    /// Takes note that there are no more objects.
    pub(crate) fn end(self) {
        self.stream.0.lock().progress = Progress::Ended;
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
