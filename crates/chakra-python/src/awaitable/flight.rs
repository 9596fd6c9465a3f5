//! Work on its way between two threads: parked after a first poll, taken up by the runtime when it is woken.

use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::task::Wake;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::awaitable::operation::{Outcome, Work};
use crate::mailbox::inbox::Signal;
use crate::runtime::poll_caught;

/// One piece of work, and the waker of its poll on the event loop's thread.
pub(super) struct Flight<T, E> {
    phase: Mutex<Phase<T, E>>,
    runtime: Handle,
    signal: Signal,
}

enum Phase<T, E> {
    /// Being polled on the event loop's thread; woken meanwhile or not.
    Polled { woken: bool },
    /// Nobody polls it before it is woken.
    Waiting(Work<T, E>),
    /// The runtime polls it.
    Running(AbortHandle),
    /// It is over.
    Over(Outcome<T, E>),
    /// It was cancelled, or its outcome was taken.
    Gone,
}

impl<T, E> Flight<T, E> {
    /// The outcome, if the work is over.
    pub(super) fn take_outcome(&self) -> Option<Outcome<T, E>> {
        let mut phase = self.phase.lock();
        match mem::replace(&mut *phase, Phase::Gone) {
            Phase::Over(outcome) => Some(outcome),
            other => {
                *phase = other;
                None
            }
        }
    }

    fn cancel(&self) {
        let phase = mem::replace(&mut *self.phase.lock(), Phase::Gone);
        match phase {
            // Of no effect on a task that has come to its end.
            Phase::Running(task) => task.abort(),
            Phase::Waiting(work) => {
                // What the work holds may start its own clean-up, which belongs to the runtime.
                let _entered = self.runtime.enter();
                drop(work);
            }
            Phase::Polled { .. } | Phase::Over(_) | Phase::Gone => {}
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Flight<T, E> {
    pub(super) fn new(runtime: Handle, signal: Signal) -> Arc<Self> {
        Arc::new(Self { phase: Mutex::new(Phase::Polled { woken: false }), runtime, signal })
    }

    /// Takes work that has to wait; one that was woken since it was polled runs at once.
    pub(super) fn wait(self: &Arc<Self>, work: Work<T, E>) {
        let mut phase = self.phase.lock();
        *phase = match *phase {
            Phase::Polled { woken: true } => Phase::Running(self.run(work)),
            _ => Phase::Waiting(work),
        };
    }

    fn run(self: &Arc<Self>, mut work: Work<T, E>) -> AbortHandle {
        let flight = Arc::clone(self);
        let task = self.runtime.spawn(async move {
            let outcome = poll_fn(|context| poll_caught(work.as_mut(), context)).await;
            // First of all, what the work held (a connection) is free for whoever hears of its end.
            drop(work);
            flight.land(outcome);
        });
        task.abort_handle()
    }

    fn land(&self, outcome: Outcome<T, E>) {
        {
            let mut phase = self.phase.lock();
            if matches!(*phase, Phase::Gone) {
                return;
            }
            *phase = Phase::Over(outcome);
        }
        self.signal.send();
    }
}

impl<T: Send + 'static, E: Send + 'static> Wake for Flight<T, E> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut phase = self.phase.lock();
        *phase = match mem::replace(&mut *phase, Phase::Gone) {
            Phase::Polled { .. } => Phase::Polled { woken: true },
            Phase::Waiting(work) => Phase::Running(self.run(work)),
            other => other,
        };
    }
}

/// The right to a flight's outcome. Dropping it cancels the work.
pub(super) struct Ticket<T, E>(pub(super) Arc<Flight<T, E>>);

impl<T, E> Drop for Ticket<T, E> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
