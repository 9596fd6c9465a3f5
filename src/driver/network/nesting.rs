//! Who holds the connection of a transaction: the transaction itself, or the nested one that has borrowed it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio::time::Timeout;

use super::backend::Savepoint;
use super::lease::{Call, Lease, State};
use super::{Connector, Step, run_to_end};
use crate::driver::raw::may_leave_something;
use crate::driver::transaction::{around_was_given_up, lent_for_too_long};
use crate::driver::{Query, TransactionOptions};
use crate::error::{Error, Result};

/// A transaction's hold on its connection; none once it has ended.
pub(super) struct Level<C: Connector> {
    hold: Arc<Mutex<Option<Hold<C>>>>,
    /// Whether a nested transaction has borrowed the connection.
    lent: Arc<AtomicBool>,
    fate: Arc<Fate>,
    /// How many wait in line: a stream that holds the connection hears of it.
    waiting: Arc<watch::Sender<usize>>,
    /// Whether all is to be rolled back: a stream that holds the connection hears of that too.
    given_up: Arc<watch::Sender<bool>>,
    /// 0 for a transaction, or a connection that is in none; 1 for one that is nested in it.
    depth: u32,
    /// What its own statements leave the connection in: idle where a caller has acquired it outside of a transaction.
    base: State,
    /// Whether a statement may have left something on the connection that outlives it.
    spoiled: Arc<AtomicBool>,
    runtime: Handle,
    /// How long one waits for the end of a nested transaction.
    patience: Duration,
}

impl<C: Connector> Clone for Level<C> {
    fn clone(&self) -> Self {
        Self {
            hold: Arc::clone(&self.hold),
            lent: Arc::clone(&self.lent),
            fate: Arc::clone(&self.fate),
            waiting: Arc::clone(&self.waiting),
            given_up: Arc::clone(&self.given_up),
            depth: self.depth,
            base: self.base,
            spoiled: Arc::clone(&self.spoiled),
            runtime: self.runtime.clone(),
            patience: self.patience,
        }
    }
}

/// What becomes of a transaction whose connection may be lent to a nested one.
#[derive(Default)]
struct Fate(AtomicU8);

impl Fate {
    const OPEN: u8 = 0;
    /// Its end is under way, or waits for that of the nested one.
    const ENDING: u8 = 1;
    /// It was to end while it was lent, or its holder is gone: it is rolled back as soon as the connection is there.
    const DOOMED: u8 = 2;

    fn begin_to_end(&self) {
        let _ = self.0.compare_exchange(Self::OPEN, Self::ENDING, Ordering::AcqRel, Ordering::Acquire);
    }

    fn doom(&self) {
        self.0.store(Self::DOOMED, Ordering::Release);
    }

    fn doom_unless_ending(&self) {
        let _ = self.0.compare_exchange(Self::OPEN, Self::DOOMED, Ordering::AcqRel, Ordering::Acquire);
    }

    fn is_doomed(&self) -> bool {
        self.0.load(Ordering::Acquire) == Self::DOOMED
    }
}

/// A connection inside a transaction.
struct Hold<C: Connector> {
    place: Place<C>,
    base: State,
    /// The savepoint of a nested transaction that was left without an end: undone before anything else.
    left: Option<u32>,
}

enum Place<C: Connector> {
    Own(Lease<C>),
    Borrowed(Loan<C>),
}

/// The connection of the transaction around this one, whose statements wait for the end of the loan.
struct Loan<C: Connector> {
    from: OwnedMutexGuard<Option<Hold<C>>>,
    lent: Arc<AtomicBool>,
    /// Of the transaction around this one.
    fate: Arc<Fate>,
    /// The savepoint, until it is released or undone.
    savepoint: Option<u32>,
}

impl<C: Connector> Drop for Loan<C> {
    fn drop(&mut self) {
        self.lent.store(false, Ordering::Release);
        match self.from.as_mut() {
            Some(hold) if hold.is_ready() && !self.fate.is_doomed() => {
                hold.left = hold.left.or(self.savepoint);
            }
            // The connection is lost, or its transaction has ended, and every one on it.
            _ => *self.from = None,
        }
    }
}

impl<C: Connector> Hold<C> {
    /// Runs a call inside the transaction.
    async fn run<K: Call<C::Connection>>(&mut self, call: &K) -> Result<K::Output> {
        self.undo_what_was_left().await?;
        let base = self.base;
        self.lease()?.run(call, base).await
    }

    /// What is nested here is a transaction of its own if there is none around it.
    fn savepoint(&self, step: Step, depth: u32, options: TransactionOptions) -> Savepoint {
        Savepoint { step, depth, outermost: (self.base == State::Idle).then_some(options) }
    }

    async fn take_step(&mut self, step: Step, depth: u32, options: TransactionOptions) -> Result<()> {
        let savepoint = self.savepoint(step, depth, options);
        self.lease()?.run(&savepoint, savepoint.then()).await
    }

    async fn undo_what_was_left(&mut self) -> Result<()> {
        if let Some(depth) = self.left {
            self.take_step(Step::Undo, depth, TransactionOptions::default()).await?;
            self.left = None;
        }
        Ok(())
    }

    fn lease(&mut self) -> Result<&mut Lease<C>> {
        match &mut self.place {
            Place::Own(lease) if lease.is_ready() => Ok(lease),
            Place::Own(_) => Err(ended()),
            Place::Borrowed(loan) => loan.from.as_mut().ok_or_else(ended)?.lease(),
        }
    }

    fn is_ready(&self) -> bool {
        match &self.place {
            Place::Own(lease) => lease.is_ready(),
            Place::Borrowed(loan) => loan.from.as_ref().is_some_and(Self::is_ready),
        }
    }

    /// Whether a transaction around this one is doomed, and this one with it.
    fn is_doomed(&self) -> bool {
        match &self.place {
            Place::Own(_) => false,
            Place::Borrowed(loan) => loan.fate.is_doomed() || loan.from.as_ref().is_some_and(Self::is_doomed),
        }
    }
}

/// A statement's turn. Dropped while the statement is under way, it takes the connection down with it.
struct Turn<C: Connector>(OwnedMutexGuard<Option<Hold<C>>>);

impl<C: Connector> Drop for Turn<C> {
    fn drop(&mut self) {
        if self.0.as_ref().is_some_and(|hold| !hold.is_ready()) {
            *self.0 = None;
        }
    }
}

impl<C: Connector> Level<C> {
    /// The level of a transaction that has begun.
    pub(super) fn outermost(lease: Lease<C>, runtime: Handle, patience: Duration) -> Self {
        Self::of(lease, State::InTransaction, runtime, patience)
    }

    /// The level of a connection that is in no transaction.
    pub(super) fn connection(lease: Lease<C>, runtime: Handle, patience: Duration) -> Self {
        Self::of(lease, State::Idle, runtime, patience)
    }

    fn of(lease: Lease<C>, base: State, runtime: Handle, patience: Duration) -> Self {
        let hold = Hold { place: Place::Own(lease), base, left: None };
        Self {
            hold: Arc::new(Mutex::new(Some(hold))),
            lent: Arc::default(),
            fate: Arc::default(),
            waiting: Arc::new(watch::Sender::new(0)),
            given_up: Arc::new(watch::Sender::new(false)),
            depth: 0,
            base,
            spoiled: Arc::default(),
            runtime,
            patience,
        }
    }

    /// Whether its statements run in a transaction.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.base == State::InTransaction
    }

    /// Notes what a statement may leave on a connection that goes back to the pool as it is.
    pub(super) fn note(&self, query: &Query) {
        if self.base == State::Idle && may_leave_something(&query.sql.text) {
            self.spoiled.store(true, Ordering::Release);
        }
    }

    /// Runs a statement when its turn has come.
    pub(super) async fn run<K: Call<C::Connection>>(&self, call: &K) -> Result<K::Output> {
        let mut turn = Turn(self.wait().await?);
        self.open(&mut turn.0)?.run(call).await
    }

    /// What the transaction holds, unless it has ended or is doomed: then it lets go.
    fn open<'a>(&self, hold: &'a mut Option<Hold<C>>) -> Result<&'a mut Hold<C>> {
        if self.fate.is_doomed() {
            *hold = None;
        }
        if hold.as_ref().is_some_and(Hold::is_doomed) {
            *hold = None;
            return Err(around_was_given_up());
        }
        hold.as_mut().ok_or_else(ended)
    }

    /// Has all be rolled back that its holder has left without an end.
    pub(super) fn leave(&self) {
        self.fate.doom_unless_ending();
    }

    /// Waits in line; for a nested transaction only as long as one waits for a connection, because it may be this very
    /// task that should end it.
    async fn wait(&self) -> Result<OwnedMutexGuard<Option<Hold<C>>>> {
        if let Ok(free) = Arc::clone(&self.hold).try_lock_owned() {
            return Ok(free);
        }
        let _waiting = Waiting::begin(&self.waiting);
        let mut line = std::pin::pin!(Arc::clone(&self.hold).lock_owned());
        loop {
            match self.for_a_while(line.as_mut()).await {
                Ok(turn) => return Ok(turn),
                Err(_) if self.lent.load(Ordering::Acquire) => return Err(lent_for_too_long(self.patience)),
                Err(_) => {}
            }
        }
    }

    /// The timer belongs to the pool's runtime, whoever polls.
    fn for_a_while<F: Future>(&self, future: F) -> Timeout<F> {
        let _runtime = self.runtime.enter();
        tokio::time::timeout(self.patience, future)
    }

    /// What runs on its own account runs there.
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Ends as soon as somebody waits for the connection.
    pub(super) async fn is_wanted(&self) {
        // An error: there is no transaction any more.
        let _ = self.waiting.subscribe().wait_for(|waiting| *waiting > 0).await;
    }

    /// Ends as soon as all is to be rolled back.
    pub(super) async fn is_given_up(&self) {
        // An error: there is no transaction any more.
        let _ = self.given_up.subscribe().wait_for(|given_up| *given_up).await;
    }

    /// Has a stream that is under way give its statement up.
    pub(super) fn give_up(&self) {
        self.given_up.send_replace(true);
    }

    /// Begins a nested transaction, for which the statements of this one wait. What was begun is undone if nobody
    /// takes it.
    pub(super) async fn nest(self, options: TransactionOptions) -> Result<Self> {
        let mut from = self.wait().await?;
        run_to_end(self.runtime.clone(), async move {
            let depth = self.depth + 1;
            let hold = self.open(&mut from)?;
            let set = match hold.undo_what_was_left().await {
                Ok(()) => hold.take_step(Step::Set, depth, options).await,
                lost => lost,
            };
            if let Err(error) = set {
                drop(Turn(from));
                return Err(error);
            }
            self.lent.store(true, Ordering::Release);
            let (lent, fate) = (Arc::clone(&self.lent), Arc::clone(&self.fate));
            let loan = Loan { from, lent, fate, savepoint: Some(depth) };
            let hold = Hold { place: Place::Borrowed(loan), base: State::InTransaction, left: None };
            let (hold, waiting) = (Arc::new(Mutex::new(Some(hold))), Arc::new(watch::Sender::new(0)));
            let given_up = Arc::new(watch::Sender::new(false));
            let (base, spoiled) = (State::InTransaction, Arc::default());
            Ok(Self {
                hold,
                lent: Arc::default(),
                fate: Arc::default(),
                waiting,
                given_up,
                depth,
                base,
                spoiled,
                ..self
            })
        })
        .await
    }

    /// Ends the transaction by a call, or a nested one by what does the same to its savepoint. Once its turn has come
    /// it runs to its end, whatever the caller does.
    pub(super) async fn end<K>(self, call: K, step: Step) -> Result<()>
    where
        K: Call<C::Connection, Output = ()> + 'static,
    {
        // Whoever holds the connection now may be a stream, which then takes it down: that is a rollback too.
        let is_held = self.hold.try_lock().is_err();
        self.fate.begin_to_end();
        if step == Step::Undo {
            self.give_up();
        }
        let mut turn = match self.wait().await {
            Ok(turn) => turn,
            Err(error) => {
                self.fate.doom();
                return Err(error);
            }
        };
        let mut hold = match turn.take() {
            Some(hold) => hold,
            None if is_held && step == Step::Undo => return Ok(()),
            None => return Err(ended()),
        };
        if hold.is_doomed() {
            return if step == Step::Undo { Ok(()) } else { Err(around_was_given_up()) };
        }
        if step == Step::Release || self.base == State::Idle {
            hold.undo_what_was_left().await?;
        }
        match &mut hold.place {
            Place::Own(lease) if self.base == State::Idle => {
                if self.spoiled.load(Ordering::Acquire) {
                    lease.spoil();
                }
                Ok(()) // and the connection goes back
            }
            Place::Own(lease) => lease.run(&call, State::Idle).await,
            Place::Borrowed(loan) => {
                let outer = loan.from.as_mut().ok_or_else(ended)?;
                outer.take_step(step, self.depth, TransactionOptions::default()).await?;
                loan.savepoint = None;
                Ok(())
            }
        }
    }
}

/// Counts one who waits, down again when its turn has come or it leaves.
struct Waiting<'a>(&'a watch::Sender<usize>);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a watch::Sender<usize>) -> Self {
        waiting.send_modify(|waiting| *waiting += 1);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

pub(super) fn ended() -> Error {
    Error::session(
        "the transaction has ended, or its connection was given back: it was committed or rolled back, or one of its \
         statements was cancelled; begin another",
    )
}
