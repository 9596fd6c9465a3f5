//! One call on a connection: on the caller's own thread where it may block, else as a future that the connection's
//! thread completes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::connection::Cancel;
use super::lane::Lane;
use super::slot::Lease;
use super::worker::Job;
use crate::driver::options::timed_out;
use crate::driver::{BoxFuture, Caller};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, ErrorKind, Result};

/// Why an operation gave nothing.
pub(super) enum Failure {
    /// The statement writes, and this connection only reads.
    Elsewhere,
    /// What went wrong.
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What is done on a connection. It may be asked twice: once by a connection that turns out to be the wrong one.
pub(super) trait Operation<T>: FnMut(&mut Lease) -> Result<T, Failure> + Send + 'static {}

impl<T, F: FnMut(&mut Lease) -> Result<T, Failure> + Send + 'static> Operation<T> for F {}

/// What dropping the future does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropped {
    /// The call is skipped, or interrupted where it has started.
    Cancels,
    /// The call is skipped, but runs to its end where it has started.
    Skips,
    /// Nothing: once polled, the call runs to its end, and nobody comes after it.
    RunsOn,
}

/// Which connections a call may have.
pub(super) struct Route {
    pub(super) lane: Arc<Lane>,
    /// Where to go if the first lane's connections turn out to be the wrong ones.
    pub(super) elsewhere: Option<Arc<Lane>>,
}

/// Runs an operation on a connection.
pub(super) fn call<T, F>(route: Route, caller: Caller, dropped: Dropped, operation: F) -> BoxFuture<Result<T>>
where
    T: Send + 'static,
    F: Operation<T>,
{
    match caller {
        Caller::Blocking => Box::pin(async move { run_here(&route, dropped, operation) }),
        Caller::Async => {
            Box::pin(CallFuture { call: Call::new(route.elsewhere, dropped, operation), lane: Some(route.lane) })
        }
    }
}

fn run_here<T, F: Operation<T>>(route: &Route, dropped: Dropped, mut operation: F) -> Result<T> {
    let mut lane = &route.lane;
    loop {
        let mut lease = lane.acquire(dropped == Dropped::RunsOn)?;
        lease.cancel().clear(lease.statement_timeout());
        match guarded(&mut operation, &mut lease) {
            Ok(value) => return Ok(value),
            Err(Failure::Error(error)) => return Err(error),
            Err(Failure::Elsewhere) => lane = route.elsewhere.as_ref().ok_or_else(no_writer)?,
        }
    }
}

/// Runs an operation so that a bug in it costs one call, not the program.
fn guarded<T, F: Operation<T>>(operation: &mut F, lease: &mut Lease) -> Result<T, Failure> {
    lease.check_presence()?;
    let outcome = catch_unwind(AssertUnwindSafe(|| operation(lease)));
    if let Ok(Err(Failure::Error(error))) = &outcome
        && error.kind() == ErrorKind::QueryCanceled
        && lease.cancel().is_late()
    {
        return Err(Failure::Error(timed_out(lease.statement_timeout().unwrap_or_default())));
    }
    outcome.unwrap_or_else(|_| {
        lease.settle();
        Err(Failure::Error(
            DatabaseError::new(DatabaseErrorKind::Other, "the SQLite driver panicked; please report this").into(),
        ))
    })
}

#[cold]
fn no_writer() -> Error {
    DatabaseError::new(DatabaseErrorKind::Other, "a statement that writes reached a connection that only reads").into()
}

enum Progress<T, F> {
    /// In line, or not yet that far.
    Waiting(F),
    /// On a connection.
    Running(Cancel),
    /// Ended; nobody took the outcome yet.
    Done(Result<T>),
    /// Nobody wants an outcome (any more).
    Over,
}

/// State and operation of one call, shared by its future and the connection's thread: one allocation.
struct Call<T, F> {
    state: Mutex<(Progress<T, F>, Option<Waker>)>,
    elsewhere: Option<Arc<Lane>>,
    dropped: Dropped,
}

impl<T: Send + 'static, F: Operation<T>> Call<T, F> {
    fn new(elsewhere: Option<Arc<Lane>>, dropped: Dropped, operation: F) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new((Progress::Waiting(operation), None)), elsewhere, dropped })
    }

    /// Takes the operation; None where nobody waits any more.
    fn start(&self, lease: &Lease) -> Option<F> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut state.0, Progress::Over) {
            Progress::Waiting(operation) => {
                let cancel = lease.cancel();
                cancel.clear(lease.statement_timeout());
                state.0 = Progress::Running(cancel);
                Some(operation)
            }
            other => {
                state.0 = other;
                None
            }
        }
    }

    /// Goes back in line with its operation; false where nobody waits any more.
    fn wait_again(&self, operation: F) -> bool {
        let mut state = self.state.lock();
        let wanted = matches!(state.0, Progress::Running(_));
        if wanted {
            state.0 = Progress::Waiting(operation);
        }
        wanted
    }

    /// Notes the outcome, gives the connection back, and wakes who waits.
    ///
    /// In this order: once the outcome is noted nobody cancels through this call, so only then may the connection
    /// serve another; and who is woken finds it free.
    fn end(&self, outcome: Result<T>, lease: Lease) {
        let mut state = self.state.lock();
        let (waker, unwanted) = if matches!(state.0, Progress::Over) {
            (None, Some(outcome))
        } else {
            state.0 = Progress::Done(outcome);
            (state.1.take(), None)
        };
        drop(state);
        drop(lease);
        drop(unwanted);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T: Send + 'static, F: Operation<T>> Job for Call<T, F> {
    fn run(self: Arc<Self>, mut lease: Lease) {
        let Some(mut operation) = self.start(&lease) else { return };
        let outcome = match guarded(&mut operation, &mut lease) {
            Ok(value) => Ok(value),
            Err(Failure::Error(error)) => Err(error),
            Err(Failure::Elsewhere) => match self.elsewhere.clone() {
                None => Err(no_writer()),
                Some(lane) => {
                    let wanted = self.wait_again(operation);
                    drop(lease);
                    if wanted {
                        lane.submit(&(self as Arc<dyn Job>), false);
                    }
                    return;
                }
            },
        };
        self.end(outcome, lease);
    }

    fn fail(&self, error: Error) {
        let mut state = self.state.lock();
        if !matches!(state.0, Progress::Waiting(_)) {
            return;
        }
        let operation = std::mem::replace(&mut state.0, Progress::Done(Err(error)));
        let waker = state.1.take();
        drop(state);
        drop(operation);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_waiting(&self) -> bool {
        matches!(self.state.lock().0, Progress::Waiting(_))
    }
}

struct CallFuture<T: Send + 'static, F: Operation<T>> {
    call: Arc<Call<T, F>>,
    /// The lane, until the call is submitted to it.
    lane: Option<Arc<Lane>>,
}

impl<T: Send + 'static, F: Operation<T>> Future for CallFuture<T, F> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        if let Some(lane) = self.lane.take() {
            self.call.state.lock().1 = Some(context.waker().clone());
            lane.submit(&(Arc::clone(&self.call) as Arc<dyn Job>), self.call.dropped == Dropped::RunsOn);
            return Poll::Pending; // whoever ends the call wakes, even if it has ended already
        }
        let mut state = self.call.state.lock();
        match std::mem::replace(&mut state.0, Progress::Over) {
            Progress::Done(outcome) => Poll::Ready(outcome),
            unfinished => {
                state.0 = unfinished;
                if !state.1.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                    state.1 = Some(context.waker().clone());
                }
                Poll::Pending
            }
        }
    }
}

impl<T: Send + 'static, F: Operation<T>> Drop for CallFuture<T, F> {
    fn drop(&mut self) {
        if self.lane.is_some() {
            return; // never polled
        }
        let mut state = self.call.state.lock();
        state.1 = None;
        if matches!(state.0, Progress::Waiting(_)) && self.call.dropped == Dropped::RunsOn {
            return;
        }
        let before = std::mem::replace(&mut state.0, Progress::Over);
        if let (Progress::Running(cancel), Dropped::Cancels) = (&before, self.call.dropped) {
            // Under the lock: the connection's thread takes it before it lends the connection to someone else.
            cancel.request();
        }
        drop(state);
        drop(before);
    }
}
