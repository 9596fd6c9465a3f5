//! The work behind an awaitable: how it is started, polled, turned into a Python object, and cancelled.

use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::awaitable::flight::{Flight, Ticket};
use crate::mailbox::inbox::Signal;
use crate::runtime::{Failure, panicked, poll_caught, runtime};

/// One piece of work, with the type of its result forgotten. Dropping it cancels the work.
pub(crate) trait Operation: Send {
    /// Tries to end the work here and now, with nobody to signal to; says whether it is over.
    fn attempt(&mut self) -> bool;

    /// Has `signal` sent whenever a look at the work is worthwhile; says whether it is over already.
    fn launch(&mut self, signal: Signal) -> bool;

    /// Looks at the work after a signal; says whether it is over.
    fn advance(&mut self) -> bool;

    /// Makes the Python object of work that is over.
    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

pub(super) type Work<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
pub(super) type Outcome<T, E> = Result<T, Failure<E>>;

/// How far the work has come.
enum Stage<T, E> {
    /// Polled by this thread.
    Here(Work<T, E>),
    /// Handed to the runtime.
    Away,
    Over(Outcome<T, E>),
}

impl<T, E: Into<PyErr>> Stage<T, E> {
    /// Polls work that is still here; says whether it is over.
    fn poll(&mut self, waker: &Waker) -> bool {
        if let Self::Here(work) = self {
            // Timers and sockets made on the way belong to the runtime, whoever polls.
            let polled = match runtime() {
                Ok(runtime) => {
                    let _entered = runtime.enter();
                    poll_caught(work.as_mut(), &mut Context::from_waker(waker))
                }
                Err(refusal) => Poll::Ready(Err(Failure::Runtime(refusal))),
            };
            if let Poll::Ready(outcome) = polled {
                *self = Self::Over(outcome);
            }
        }
        matches!(self, Self::Over(_))
    }

    fn finish<G>(self, py: Python<'_>, finish: G) -> PyResult<Py<PyAny>>
    where
        G: FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>>,
    {
        let Self::Over(outcome) = self else {
            return Err(PyRuntimeError::new_err("the awaitable was resumed before its work was over"));
        };
        let value = outcome.map_err(PyErr::from)?;
        // Whatever `finish` owned went with it, so nobody sees what it left half done.
        catch_unwind(AssertUnwindSafe(|| finish(py, value))).unwrap_or_else(|payload| Err(panicked(payload.as_ref())))
    }
}

/// Work that the event loop's thread polls whenever its waker asks for it.
pub(crate) struct Local<T, E, G> {
    stage: Stage<T, E>,
    recall: Option<(Arc<Recall>, Waker)>,
    finish: G,
}

impl<T, E, G> Local<T, E, G> {
    pub(crate) fn new(work: impl Future<Output = Result<T, E>> + Send + 'static, finish: G) -> Self {
        Self { stage: Stage::Here(Box::pin(work)), recall: None, finish }
    }
}

impl<T, E, G> Operation for Local<T, E, G>
where
    T: Send + 'static,
    E: Into<PyErr> + Send + 'static,
    G: FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
{
    fn attempt(&mut self) -> bool {
        self.stage.poll(Waker::noop())
    }

    fn launch(&mut self, signal: Signal) -> bool {
        let recall = Arc::new(Recall { signal, asked: AtomicBool::new(false) });
        let waker = Waker::from(Arc::clone(&recall));
        let over = self.stage.poll(&waker);
        self.recall = Some((recall, waker));
        over
    }

    fn advance(&mut self) -> bool {
        let Some((recall, waker)) = &self.recall else { return self.attempt() };
        // Cleared before the poll: a wake-up during the poll asks for another look.
        recall.asked.store(false, Ordering::Release);
        self.stage.poll(waker)
    }

    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Self { stage, finish, .. } = *self;
        stage.finish(py, finish)
    }
}

/// Asks the event loop's thread for another poll, once until that poll.
struct Recall {
    signal: Signal,
    asked: AtomicBool,
}

impl Wake for Recall {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.asked.swap(true, Ordering::AcqRel) {
            self.signal.send();
        }
    }
}

/// Work that the runtime polls from its first wake-up on. Until then it was polled on the event loop's thread.
///
/// So the request goes out at once, and no thread of the runtime is woken before there is an answer to be read: the
/// wake-up itself hands the work over.
pub(crate) struct Spawned<T, E, G> {
    stage: Stage<T, E>,
    flight: Option<Ticket<T, E>>,
    finish: G,
}

impl<T, E, G> Spawned<T, E, G> {
    pub(crate) fn new(work: impl Future<Output = Result<T, E>> + Send + 'static, finish: G) -> Self {
        Self { stage: Stage::Here(Box::pin(work)), flight: None, finish }
    }
}

impl<T, E, G> Operation for Spawned<T, E, G>
where
    T: Send + 'static,
    E: Into<PyErr> + Send + 'static,
    G: FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
{
    fn attempt(&mut self) -> bool {
        self.stage.poll(Waker::noop())
    }

    fn launch(&mut self, signal: Signal) -> bool {
        let flight = match runtime() {
            Ok(runtime) => Flight::new(runtime.clone(), signal),
            Err(refusal) => {
                self.stage = Stage::Over(Err(Failure::Runtime(refusal)));
                return true;
            }
        };
        if self.stage.poll(&Waker::from(Arc::clone(&flight))) {
            return true;
        }
        if let Stage::Here(work) = mem::replace(&mut self.stage, Stage::Away) {
            flight.wait(work);
            self.flight = Some(Ticket(flight));
        }
        false
    }

    fn advance(&mut self) -> bool {
        if let Some(outcome) = self.flight.as_ref().and_then(|flight| flight.0.take_outcome()) {
            self.flight = None;
            self.stage = Stage::Over(outcome);
        }
        matches!(self.stage, Stage::Over(_))
    }

    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Self { stage, finish, .. } = *self;
        stage.finish(py, finish)
    }
}
