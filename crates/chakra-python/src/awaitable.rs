//! What Python awaits: a coroutine over one piece of Rust work.
//!
//! To the code that awaits it, an [`Awaitable`] is a coroutine. To the task that runs this code it is also the future
//! that the coroutine yields, so that the mailbox can resume the task directly: an `asyncio.Future` in between would
//! cost an object more and another turn of the loop.

pub(crate) mod exceptions;
mod flight;
pub(crate) mod operation;
pub(crate) mod resumption;

use std::mem;

use parking_lot::Mutex;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyContext, PyTraceback};

use crate::awaitable::exceptions::{
    cancelled, from_throw, invalid_state, not_a_return, return_value, set_return_value, warn_never_awaited,
};
use crate::awaitable::operation::Operation;
use crate::awaitable::resumption::Resumption;
use crate::mailbox::{Mailbox, Reservation};

/// Runs a piece of Rust work when it is first awaited, and gives its result.
#[pyclass(frozen, weakref, module = "chakra._chakra")]
pub(crate) struct Awaitable {
    state: Mutex<State>,
}

/// How far the awaiting has come.
enum State {
    /// Nothing has been started.
    Fresh(Box<dyn Operation>),
    /// A method further up on this stack is at it.
    Busy,
    /// The work is under way.
    Waiting(Waiting),
    /// The work is over, the task has not come for its result yet.
    Arrived(Box<dyn Operation>),
    /// The task was cancelled, and will hear of it in its next step.
    Cancelled(Option<Py<PyAny>>),
    /// The result was handed over, or nobody wants it.
    Done,
}

/// Work under way, and the task that waits for it.
struct Waiting {
    operation: Option<Box<dyn Operation>>,
    place: Reservation,
    task: Option<Resumption>,
    /// Whether the coroutine has yielded and no task has taken note yet.
    yielded: bool,
}

impl Waiting {
    fn advance(&mut self) -> bool {
        self.operation.as_mut().is_some_and(|operation| operation.advance())
    }

    fn into_arrived(mut self) -> State {
        self.operation.take().map_or(State::Done, State::Arrived)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Work that was under way in the parent of a fork is not ours to cancel.
        if !self.place.is_ours() {
            mem::forget(self.operation.take());
        }
    }
}

/// What a step of the coroutine came to.
enum Step {
    Suspended,
    Returned(Py<PyAny>),
}

impl Awaitable {
    pub(crate) fn new(operation: Box<dyn Operation>) -> Self {
        Self { state: Mutex::new(State::Fresh(operation)) }
    }

    /// Looks after the work, on a signal; if it is over, resumes the task.
    pub(crate) fn look(slf: &Bound<'_, Self>) -> PyResult<()> {
        let this = slf.get();
        let task = match this.take() {
            State::Waiting(mut waiting) => {
                if !waiting.advance() {
                    this.put(State::Waiting(waiting));
                    return Ok(());
                }
                let task = waiting.task.take();
                this.put(waiting.into_arrived());
                task
            }
            state => {
                this.put(state);
                None
            }
        };
        task.map_or(Ok(()), |task| task.resume(slf.as_any()))
    }

    /// Cancels the work and forgets the task, because its loop is gone.
    pub(crate) fn abandon(&self) {
        self.put(State::Done);
    }

    /// Runs the coroutine to its next suspension or to its end.
    fn step(&self, py: Python<'_>) -> PyResult<Step> {
        match self.take() {
            State::Fresh(operation) => self.start(py, operation),
            State::Arrived(operation) => self.finish(py, operation),
            State::Waiting(mut waiting) => {
                if waiting.advance() {
                    self.put(waiting.into_arrived());
                    return self.step(py);
                }
                self.put(State::Waiting(waiting));
                Err(PyRuntimeError::new_err("coroutine is being awaited already"))
            }
            State::Cancelled(message) => {
                self.put(State::Done);
                Err(cancelled(message))
            }
            State::Busy => Err(already_executing()),
            State::Done => {
                self.put(State::Done);
                Err(already_awaited())
            }
        }
    }

    fn start(&self, py: Python<'_>, mut operation: Box<dyn Operation>) -> PyResult<Step> {
        if operation.attempt() {
            return self.finish(py, operation);
        }
        let mailbox = Mailbox::current(py).inspect_err(|_| self.put(State::Done))?;
        let place = mailbox.reserve();
        if operation.launch(place.signal()) {
            drop(place);
            return self.finish(py, operation);
        }
        self.put(State::Waiting(Waiting { operation: Some(operation), place, task: None, yielded: true }));
        Ok(Step::Suspended)
    }

    fn finish(&self, py: Python<'_>, operation: Box<dyn Operation>) -> PyResult<Step> {
        let result = operation.finish(py);
        self.put(State::Done);
        result.map(Step::Returned).map_err(|error| not_a_return(py, error))
    }

    fn take(&self) -> State {
        mem::replace(&mut *self.state.lock(), State::Busy)
    }

    fn put(&self, state: State) {
        let previous = mem::replace(&mut *self.state.lock(), state);
        // After the lock: dropping it may run anything.
        drop(previous);
    }

    /// Reads something off a wait that is under way.
    fn with_waiting<R>(&self, read: impl FnOnce(&mut Waiting) -> R) -> Option<R> {
        match &mut *self.state.lock() {
            State::Waiting(waiting) => Some(read(waiting)),
            _ => None,
        }
    }
}

#[pymethods]
impl Awaitable {
    fn __await__<'a, 'py>(slf: &'a Bound<'py, Self>) -> PyResult<&'a Bound<'py, Self>> {
        match &*slf.get().state.lock() {
            State::Fresh(_) => Ok(slf),
            State::Done => Err(already_awaited()),
            _ => Err(PyRuntimeError::new_err("coroutine is being awaited already")),
        }
    }

    fn __iter__<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, Self> {
        slf
    }

    fn __next__<'a, 'py>(slf: &'a Bound<'py, Self>) -> PyResult<Option<&'a Bound<'py, Self>>> {
        match slf.get().step(slf.py())? {
            Step::Suspended => Ok(Some(slf)),
            Step::Returned(value) => set_return_value(slf.py(), value).map(|()| None),
        }
    }

    fn send<'a, 'py>(slf: &'a Bound<'py, Self>, _value: &Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, Self>> {
        match slf.get().step(slf.py())? {
            Step::Suspended => Ok(slf),
            Step::Returned(value) => Err(return_value(value)),
        }
    }

    #[pyo3(signature = (kind, value = None, traceback = None))]
    fn throw(
        &self,
        kind: &Bound<'_, PyAny>,
        value: Option<&Bound<'_, PyAny>>,
        traceback: Option<Bound<'_, PyTraceback>>,
    ) -> PyResult<()> {
        match self.take() {
            State::Busy => Err(already_executing()),
            State::Done => {
                self.put(State::Done);
                Err(already_awaited())
            }
            state => {
                self.put(State::Done);
                // Cancels the work before anybody hears of it.
                drop(state);
                Err(from_throw(kind, value, traceback))
            }
        }
    }

    fn close(&self) -> PyResult<()> {
        match self.take() {
            State::Busy => Err(already_executing()),
            state => {
                self.put(State::Done);
                drop(state);
                Ok(())
            }
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nobody runs Python code while holding this lock, so it is free whenever the collector runs.
        let Some(state) = self.state.try_lock() else { return Ok(()) };
        match &*state {
            State::Waiting(Waiting { task: Some(task), .. }) => task.traverse(visit),
            State::Cancelled(message) => visit.call(message),
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        self.put(State::Done);
    }

    // From here on the face of a future, for the task that runs the awaiting code. It shows only while that task is
    // suspended (`_asyncio_future_blocking` is None otherwise): everybody else sees a coroutine.

    #[getter(_asyncio_future_blocking)]
    fn future_blocking(&self) -> Option<bool> {
        self.with_waiting(|waiting| waiting.yielded).filter(|yielded| *yielded)
    }

    #[setter(_asyncio_future_blocking)]
    fn set_future_blocking(&self, blocking: bool) {
        self.with_waiting(|waiting| waiting.yielded = blocking);
    }

    fn get_loop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.with_waiting(|waiting| waiting.place.event_loop(py)).ok_or_else(invalid_state)?
    }

    #[pyo3(signature = (callback, *, context = None))]
    fn add_done_callback(
        slf: &Bound<'_, Self>,
        callback: Bound<'_, PyAny>,
        context: Option<Bound<'_, PyContext>>,
    ) -> PyResult<()> {
        let task = Resumption::new(callback, context)?;
        let noted = slf.get().with_waiting(|waiting| {
            let free = waiting.task.is_none();
            if free {
                waiting.place.settle(slf.clone().unbind());
                waiting.task = Some(task);
            }
            free
        });
        match noted {
            Some(true) => Ok(()),
            Some(false) => Err(PyRuntimeError::new_err("coroutine is being awaited already")),
            None => Err(invalid_state()),
        }
    }

    fn result(&self, py: Python<'_>) -> PyResult<()> {
        match &*self.state.lock() {
            State::Arrived(_) => Ok(()),
            State::Cancelled(message) => Err(cancelled(message.as_ref().map(|message| message.clone_ref(py)))),
            _ => Err(invalid_state()),
        }
    }

    #[pyo3(signature = (msg = None))]
    fn cancel(slf: &Bound<'_, Self>, msg: Option<Py<PyAny>>) -> PyResult<bool> {
        let this = slf.get();
        match this.take() {
            State::Waiting(mut waiting) => {
                let task = waiting.task.take();
                let event_loop = waiting.place.event_loop(slf.py());
                this.put(State::Cancelled(msg));
                // Cancels the work before anybody hears of it.
                drop(waiting);
                task.map_or(Ok(()), |task| task.defer(&event_loop?, slf.as_any()))?;
                Ok(true)
            }
            state => {
                this.put(state);
                Ok(false)
            }
        }
    }
}

impl Drop for Awaitable {
    fn drop(&mut self) {
        if matches!(self.state.get_mut(), State::Fresh(_)) {
            Python::try_attach(warn_never_awaited);
        }
    }
}

fn already_executing() -> PyErr {
    PyValueError::new_err("coroutine already executing")
}

fn already_awaited() -> PyErr {
    PyRuntimeError::new_err("cannot reuse already awaited coroutine")
}
