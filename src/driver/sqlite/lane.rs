//! A line of callers before one or several connections: who came first gets the next one that is free.
//!
//! A pool on a file has two lanes, one with the writer and one with the readers; a pool of a single connection, or in
//! memory, has one. A transaction is a lane too: it keeps the writer's connection while it lasts, and its statements
//! queue for it. One that is nested in it borrows the connection from its lane in the same way.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::seat::Seat;
use super::slot::{Lease, Shared, Slot};
use super::statement::canceled;
use super::watch::{Look, Watch};
use super::worker::Job;
use crate::driver::holders::Holders;
use crate::driver::interrupt::is_interrupted;
use crate::driver::place::{self, Place};
use crate::driver::transaction::lent_for_too_long;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

/// A stream that occupies a connection.
pub(super) trait Occupant: Send + Sync {
    /// Asks it to read what is left into memory and let go, because someone else waits.
    fn hurry(&self);
}

enum Waiter {
    /// A thread that sleeps until it gets a connection.
    Thread(Arc<Seat>),
    /// A job for a connection's own thread.
    Job(Arc<dyn Job>),
}

impl Waiter {
    fn is_waiting(&self) -> bool {
        match self {
            Self::Thread(seat) => seat.is_waiting(),
            Self::Job(job) => job.is_waiting(),
        }
    }

    fn fail(&self, error: Error) {
        match self {
            Self::Thread(seat) => seat.fail(error),
            Self::Job(job) => job.fail(error),
        }
    }

    /// Serves it, or gives the connection back.
    fn serve(&self, slot: Box<Slot>, lane: &Arc<Lane>) -> Result<(), Box<Slot>> {
        match self {
            Self::Thread(seat) => seat.give(slot),
            Self::Job(job) if !job.is_waiting() => Err(slot),
            Self::Job(job) => slot.dispatch(lane, job).map_err(|(slot, error)| {
                job.fail(error);
                slot
            }),
        }
    }
}

struct InLine {
    since: Instant,
    place: Option<Place>,
    waiter: Waiter,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Everyone is welcome.
    Open,
    /// Those in line are served, new ones are refused.
    Closing,
    /// As closing; idle connections are closed, those in use when they come back.
    Closed,
    /// A transaction that ended: nobody is served, the connection goes home.
    Ended,
}

struct State {
    #[allow(clippy::vec_box)] // slots move from hand to hand: one pointer each time
    idle: Vec<Box<Slot>>,
    waiting: VecDeque<InLine>,
    /// Connections in use.
    out: usize,
    phase: Phase,
    /// Whether the watching thread must be called when someone begins to wait.
    watch_sleeps: bool,
    /// Of a transaction, whether a nested one has its connection.
    lent: bool,
    /// The streams that hold connections for as long as their readers like, oldest first.
    occupants: Vec<Weak<dyn Occupant>>,
}

/// See the module.
pub(super) struct Lane {
    state: Mutex<State>,
    /// Notified when a closing lane has its connections back.
    drained: Condvar,
    /// Limits waiting; in a transaction only that for the end of a nested one.
    watch: Watch,
    /// Of a transaction, where its connection came from.
    home: Option<Home>,
    /// Of a pool, who has its connections.
    holders: Arc<Holders>,
}

/// Where a transaction's connection goes at its end.
struct Home {
    lane: Arc<Lane>,
    /// 0 for a transaction, 1 for one that is nested in it.
    depth: u32,
}

impl Lane {
    /// A pool's lane of so many connections, none of them open yet.
    pub(super) fn pool(shared: &Arc<Shared>, connections: usize, kind: LaneKind, timeout: Duration) -> Arc<Self> {
        let slots = (0..connections).map(|_| Slot::new(shared, kind == LaneKind::Readers)).collect();
        Self::new(slots, timeout, None)
    }

    /// The lane of a transaction that has begun on this connection of another lane.
    pub(super) fn transaction(slot: Box<Slot>, from: &Arc<Self>) -> Result<Arc<Self>> {
        let home = Home { lane: Arc::clone(from), depth: from.inner_depth() };
        let lane = Self::new(vec![slot], from.watch.timeout(), Some(home));
        if from.home.is_some() {
            from.lend()?;
        }
        Ok(lane)
    }

    /// The depth of a transaction begun on this lane.
    pub(super) fn inner_depth(&self) -> u32 {
        self.home.as_ref().map_or(0, |home| home.depth + 1)
    }

    /// Notes that a nested transaction has the connection: from now on waiting has a limit.
    fn lend(self: &Arc<Self>) -> Result<()> {
        let mut state = self.state.lock();
        state.lent = true;
        let call = !state.waiting.is_empty() && std::mem::take(&mut state.watch_sleeps);
        drop(state);
        if call { self.watch.call(Arc::downgrade(self)) } else { Ok(()) }
    }

    #[allow(clippy::vec_box)] // as in the state
    fn new(idle: Vec<Box<Slot>>, timeout: Duration, home: Option<Home>) -> Arc<Self> {
        let state = State {
            idle,
            waiting: VecDeque::new(),
            out: 0,
            phase: Phase::Open,
            watch_sleeps: true,
            lent: false,
            occupants: Vec::new(),
        };
        let (state, drained, watch) = (Mutex::new(state), Condvar::new(), Watch::new(timeout));
        Arc::new(Self { state, drained, watch, home, holders: Arc::default() })
    }

    /// A connection for this thread, which sleeps until one is free. `last`: nobody may come after.
    ///
    /// # Errors
    ///
    /// `Session` on a closed lane, `PoolExhausted` after the acquire timeout.
    pub(super) fn acquire(self: &Arc<Self>, last: bool) -> Result<Lease> {
        let mut state = self.enter(last)?;
        if let Some(mut slot) = state.take() {
            drop(state);
            self.note_holder(&mut slot, place::current);
            return Ok(Lease::new(slot, self));
        }
        let seat = Arc::new(Seat::default());
        let since = Instant::now();
        state.queue(since, Waiter::Thread(Arc::clone(&seat)));
        // A pool's thread knows its own deadline.
        let call = state.lent && std::mem::take(&mut state.watch_sleeps);
        drop(state);
        if call {
            self.watch.call(Arc::downgrade(self))?;
        }
        let served = seat.wait(self.deadline(since)).unwrap_or_else(|| {
            self.forget_those_who_left();
            Err(if is_interrupted() { canceled() } else { self.exhausted() })
        });
        served.map(|slot| Lease::new(slot, self))
    }

    /// Until when one waits who began to wait then; None: for ever.
    pub(super) fn deadline(&self, since: Instant) -> Option<Instant> {
        since.checked_add(self.watch.timeout()).filter(|_| self.home.is_none())
    }

    /// Has a job done on a connection's own thread, as soon as one is free. `last`: nobody may come after.
    pub(super) fn submit(self: &Arc<Self>, job: &Arc<dyn Job>, last: bool) {
        if let Err(error) = self.try_submit(job, last) {
            job.fail(error);
        }
    }

    fn try_submit(self: &Arc<Self>, job: &Arc<dyn Job>, last: bool) -> Result<()> {
        let mut state = self.enter(last)?;
        if let Some(mut slot) = state.take() {
            drop(state);
            self.note_holder(&mut slot, place::current);
            return slot.dispatch(self, job).map_err(|(slot, error)| {
                self.give_back(slot);
                error
            });
        }
        state.queue(Instant::now(), Waiter::Job(Arc::clone(job)));
        let limited = self.home.is_none() || state.lent;
        let call = limited && std::mem::take(&mut state.watch_sleeps);
        drop(state);
        if call { self.watch.call(Arc::downgrade(self)) } else { Ok(()) }
    }

    /// Notes who gets a connection of a pool; in a transaction it is the transaction who has it.
    fn note_holder(&self, slot: &mut Slot, place: impl FnOnce() -> Option<Place>) {
        if self.home.is_none() {
            slot.held = Some(self.holders.enter(place()));
        }
    }

    fn enter(&self, last: bool) -> Result<parking_lot::MutexGuard<'_, State>> {
        let mut state = self.state.lock();
        if state.phase != Phase::Open {
            drop(state);
            return Err(self.closed());
        }
        if last {
            state.phase = Phase::Closing;
        }
        Ok(state)
    }

    /// Takes a connection back and gives it to who is next.
    pub(super) fn give_back(self: &Arc<Self>, mut slot: Box<Slot>) {
        loop {
            let mut state = self.state.lock();
            state.lent = false;
            if state.phase == Phase::Ended {
                drop(state);
                return self.retire(slot);
            }
            let Some(next) = state.waiting.pop_front() else {
                if state.phase == Phase::Closing && self.home.is_some() {
                    // The last of a transaction's calls did not get as far as ending it.
                    drop(state);
                    return self.retire(slot);
                }
                state.out -= 1;
                if self.home.is_none() {
                    slot.held = None;
                }
                if state.phase == Phase::Closed {
                    drop(state);
                    return; // and the connection closes
                }
                state.idle.push(slot);
                if state.phase == Phase::Closing && state.out == 0 {
                    self.drained.notify_all();
                }
                return;
            };
            drop(state);
            self.note_holder(&mut slot, || next.place);
            match next.waiter.serve(slot, self) {
                Ok(()) => return,
                Err(unwanted) => slot = unwanted,
            }
        }
    }

    /// Ends a transaction's lane: its connection, with nothing left open, goes back to where it came from.
    pub(super) fn retire(&self, mut slot: Box<Slot>) {
        self.end();
        if let Some(home) = &self.home {
            slot.leave(home.depth);
            home.lane.give_back(slot);
        }
    }

    /// Ends a transaction's lane whose holder is gone, unless its end is under way: what runs is the last, and then
    /// the connection is rolled back.
    pub(super) fn abandon(self: &Arc<Self>) {
        let mut state = self.state.lock();
        if state.phase != Phase::Open {
            return;
        }
        let slot = state.take();
        drop(state);
        self.end();
        let Some(slot) = slot else { return };
        if slot.has_worker() {
            // The holder was a task that must not block.
            let job: Arc<dyn Job> = Arc::new(GoHome);
            if let Err((slot, _)) = slot.dispatch(self, &job) {
                self.retire(slot);
            }
        } else {
            self.retire(slot);
        }
    }

    fn end(&self) {
        let mut state = self.state.lock();
        state.phase = Phase::Ended;
        state.hurry();
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for next in waiting {
            next.waiter.fail(self.closed());
        }
    }

    /// Whether a transaction around this nested one was given up, which takes this one along.
    pub(super) fn is_doomed(&self) -> bool {
        let around = self.home.as_ref().filter(|home| home.depth > 0).map(|home| &home.lane);
        around.is_some_and(|around| around.is_given_up() || around.is_doomed())
    }

    /// Whether a transaction has ended, or was to end and nobody waits in line to do it.
    fn is_given_up(&self) -> bool {
        let state = self.state.lock();
        match state.phase {
            Phase::Open => false,
            Phase::Ended | Phase::Closed => true,
            Phase::Closing => !state.waiting.iter().any(|next| next.waiter.is_waiting()),
        }
    }

    /// Tells that a stream holds a connection for as long as its reader likes.
    pub(super) fn occupy(&self, occupant: Weak<dyn Occupant>) {
        let mut state = self.state.lock();
        state.occupants.push(occupant);
        if !state.waiting.is_empty() || state.phase != Phase::Open {
            state.hurry();
        }
    }

    /// Tells that a stream is about to give its connection back.
    pub(super) fn vacate(&self, occupant: &Weak<dyn Occupant>) {
        self.state.lock().occupants.retain(|other| !other.ptr_eq(occupant));
    }

    /// Refuses new callers.
    pub(super) fn start_closing(&self) {
        let mut state = self.state.lock();
        if state.phase == Phase::Open {
            state.phase = Phase::Closing;
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state.lock().phase != Phase::Open
    }

    /// Sleeps until those in line and in flight are served, or the deadline has passed, then closes the connections;
    /// those still in use are closed when they come back.
    pub(super) fn drain(&self, deadline: Option<Instant>) {
        let mut state = self.state.lock();
        while state.out > 0 {
            match deadline {
                None => self.drained.wait(&mut state),
                Some(deadline) => {
                    if self.drained.wait_until(&mut state, deadline).timed_out() {
                        break;
                    }
                }
            }
        }
        state.phase = Phase::Closed;
        let idle = std::mem::take(&mut state.idle);
        drop(state);
        drop(idle);
    }

    /// Connections in use, and callers in line.
    pub(super) fn sizes(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.out, state.waiting.iter().filter(|next| next.waiter.is_waiting()).count())
    }

    /// Takes out of the line those who do not wait any more.
    pub(super) fn forget_those_who_left(&self) {
        self.state.lock().waiting.retain(|next| next.waiter.is_waiting());
    }

    /// Fails those who have waited too long; says when to look again.
    pub(super) fn expire(&self) -> Look {
        let timeout = self.watch.timeout();
        let mut expired = Vec::new();
        let mut state = self.state.lock();
        let limited = self.home.is_none() || state.lent;
        let look = loop {
            let Some(first) = state.waiting.front().filter(|_| limited) else {
                state.watch_sleeps = true;
                break Look::WhenCalled;
            };
            let left = timeout.saturating_sub(first.since.elapsed());
            if !left.is_zero() && first.waiter.is_waiting() {
                break Look::After(left);
            }
            expired.extend(state.waiting.pop_front());
        };
        drop(state);
        for late in expired {
            late.waiter.fail(self.exhausted());
        }
        look
    }

    #[cold]
    fn exhausted(&self) -> Error {
        let waited = self.watch.timeout();
        if self.home.is_some() {
            return lent_for_too_long(waited);
        }
        let failed = if waited.is_zero() {
            "no SQLite connection is free and acquire_timeout is 0".to_owned()
        } else {
            format!("no SQLite connection became free within {waited:?}")
        };
        let message = format!(
            "{failed} ({}); end transactions and streams sooner, or raise \
             max_connections (readers only: SQLite has one writer) or acquire_timeout",
            self.holders.told()
        );
        DatabaseError::new(DatabaseErrorKind::PoolExhausted, message).into()
    }

    #[cold]
    fn closed(&self) -> Error {
        Error::session(if self.home.is_some() {
            "the transaction has ended, or its connection was given back; begin another"
        } else {
            "the pool is closed; connect again"
        })
    }
}

impl State {
    fn take(&mut self) -> Option<Box<Slot>> {
        let slot = self.idle.pop()?;
        self.out += 1;
        Some(slot)
    }

    fn queue(&mut self, since: Instant, waiter: Waiter) {
        self.waiting.push_back(InLine { since, place: place::current(), waiter });
        self.hurry();
    }

    /// Where streams hold every connection that is in use, whoever waits could wait for ever: the oldest stream reads
    /// the rest into memory. Beside calls that end by themselves, streams keep to constant memory.
    fn hurry(&mut self) {
        if self.occupants.len() < self.out {
            return;
        }
        while !self.occupants.is_empty() {
            if let Some(occupant) = self.occupants.remove(0).upgrade() {
                return occupant.hurry();
            }
        }
    }
}

/// What a pool's lane is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LaneKind {
    /// Connections that only read.
    Readers,
    /// The connection that writes.
    Writer,
    /// One connection for all.
    Single,
}

/// The rollback of a transaction that was dropped, on its connection's own thread.
struct GoHome;

impl Job for GoHome {
    fn run(self: Arc<Self>, lease: Lease) {
        lease.go_home();
    }

    fn fail(&self, _: Error) {}

    fn is_waiting(&self) -> bool {
        true
    }
}
