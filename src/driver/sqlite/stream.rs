//! A statement's rows in batches, read on the connection's own thread one batch ahead of who takes them.
//!
//! On a pool's reader the stream keeps its connection until it ends or is dropped. Where reads and writes share one
//! connection (in a transaction, in memory) it lets go as soon as someone else waits, and reads what is left into
//! memory first: so a loop over a stream may write.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::call::Failure;
use super::connection::Cancel;
use super::lane::{Lane, Occupant};
use super::slot::Lease;
use super::statement::each_batch;
use super::worker::Job;
use crate::driver::place::{self, Place};
use crate::driver::{BoxStream, Caller, Query, RowBatch};
use crate::error::{Error, Result};

/// What is checked on the connection before the statement runs and after it ran.
#[derive(Clone, Copy)]
pub(super) struct Guards {
    pub(super) before: fn(&mut Lease) -> Result<()>,
    pub(super) after: fn(&mut Lease) -> Result<()>,
}

/// A stream over a statement's rows.
pub(super) fn stream(
    lane: Arc<Lane>,
    elsewhere: Option<Arc<Lane>>,
    query: Query,
    batch_rows: usize,
    caller: Caller,
    guards: Guards,
) -> BoxStream<Result<RowBatch>> {
    let reading = Arc::new_cyclic(|own: &Weak<Reading>| Reading {
        state: Mutex::new(State::default()),
        changed: Condvar::new(),
        query,
        batch_rows: batch_rows.max(1),
        elsewhere,
        guards,
        own: own.clone(),
    });
    Box::pin(BatchStream { reading, lane: Some(lane), caller, place: place::current() })
}

#[derive(Default)]
struct State {
    ready: VecDeque<Result<RowBatch>>,
    phase: Phase,
    /// Someone else waits for the connection: read on without being asked.
    hurried: bool,
    waker: Option<Waker>,
}

#[derive(Default)]
enum Phase {
    #[default]
    Waiting,
    Running(Cancel),
    Ended,
    /// Nobody takes the rows any more.
    Dropped,
}

struct Reading {
    state: Mutex<State>,
    /// Notified when a batch was taken or made, and when a phase ends.
    changed: Condvar,
    query: Query,
    batch_rows: usize,
    elsewhere: Option<Arc<Lane>>,
    guards: Guards,
    own: Weak<Self>,
}

impl Reading {
    fn start(&self, cancel: Cancel) -> bool {
        let mut state = self.state.lock();
        let wanted = matches!(state.phase, Phase::Waiting);
        if wanted {
            cancel.clear(None);
            state.phase = Phase::Running(cancel);
        }
        wanted
    }

    /// Goes back in line; false where nobody takes the rows any more.
    fn wait_again(&self) -> bool {
        let mut state = self.state.lock();
        let wanted = matches!(state.phase, Phase::Running(_));
        if wanted {
            state.phase = Phase::Waiting;
        }
        wanted
    }

    fn read(&self, lease: &mut Lease) -> Result<(), Failure> {
        (self.guards.before)(lease)?;
        each_batch(lease.connection()?, &self.query, self.batch_rows, |batch| self.hand_over(batch))?;
        (self.guards.after)(lease)?;
        Ok(())
    }

    /// Puts a batch where it is taken from, and waits until the next one is wanted.
    fn hand_over(&self, batch: RowBatch) -> ControlFlow<()> {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Dropped) {
            return ControlFlow::Break(());
        }
        if !batch.is_empty() {
            state.ready.push_back(Ok(batch));
            state = self.tell(state);
        }
        while !state.ready.is_empty() && !state.hurried && !matches!(state.phase, Phase::Dropped) {
            self.changed.wait(&mut state);
        }
        if matches!(state.phase, Phase::Dropped) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Wakes who waits for a batch or for the end, with the state unlocked meanwhile: a waker may do anything.
    fn tell<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.notify_all();
        let waker = state.waker.take();
        MutexGuard::unlocked(&mut state, || waker.map(Waker::wake));
        state
    }

    /// The end of what the connection does for this stream.
    fn end(&self, error: Option<Error>) {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Dropped) {
            return;
        }
        state.ready.extend(error.map(Err));
        state.phase = Phase::Ended;
    }

    fn announce_end(&self) {
        drop(self.tell(self.state.lock()));
    }
}

impl Job for Reading {
    fn run(self: Arc<Self>, mut lease: Lease) {
        if !self.start(lease.cancel()) {
            return;
        }
        let occupant: Weak<dyn Occupant> = self.own.clone();
        lease.lane().occupy(occupant.clone());
        let read = self.read(&mut lease);
        lease.lane().vacate(&occupant);
        let error = match read {
            Ok(()) => None,
            Err(Failure::Error(error)) => Some(error),
            Err(Failure::Elsewhere) => {
                let wanted = self.wait_again();
                drop(lease);
                if let Some(lane) = self.elsewhere.clone().filter(|_| wanted) {
                    lane.submit(&(self as Arc<dyn Job>), false);
                }
                return;
            }
        };
        self.end(error);
        drop(lease);
        self.announce_end();
    }

    fn fail(&self, error: Error) {
        self.end(Some(error));
        self.announce_end();
    }

    fn is_waiting(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Waiting)
    }
}

impl Occupant for Reading {
    fn hurry(&self) {
        self.state.lock().hurried = true;
        self.changed.notify_all();
    }
}

struct BatchStream {
    reading: Arc<Reading>,
    /// The lane, until the statement is submitted to it.
    lane: Option<Arc<Lane>>,
    caller: Caller,
    place: Option<Place>,
}

impl Stream for BatchStream {
    type Item = Result<RowBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(lane) = self.lane.take() {
            let job: Arc<dyn Job> = Arc::clone(&self.reading) as _;
            place::within(self.place.as_ref(), || lane.submit(&job, false));
        }
        let reading = &self.reading;
        let mut state = reading.state.lock();
        loop {
            if let Some(batch) = state.ready.pop_front() {
                reading.changed.notify_all();
                return Poll::Ready(Some(batch));
            }
            if matches!(state.phase, Phase::Ended | Phase::Dropped) {
                return Poll::Ready(None);
            }
            if self.caller == Caller::Async {
                state.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
            reading.changed.wait(&mut state);
        }
    }
}

impl Drop for BatchStream {
    fn drop(&mut self) {
        let mut state = self.reading.state.lock();
        if let Phase::Running(cancel) = std::mem::replace(&mut state.phase, Phase::Dropped) {
            // Under the lock: the connection's thread takes it before it lends the connection to someone else.
            cancel.request();
        }
        state.waker = None;
        let unread = std::mem::take(&mut state.ready);
        drop(state);
        self.reading.changed.notify_all();
        drop(unread);
    }
}
