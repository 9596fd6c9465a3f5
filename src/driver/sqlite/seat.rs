//! A thread asleep in the line for a connection.

use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::slot::Slot;
use crate::driver::interrupt::{PERIOD, is_asked, is_interrupted};
use crate::error::{Error, Result};

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    Served(Result<Box<Slot>>),
    Left,
}

#[derive(Default)]
pub(super) struct Seat {
    state: Mutex<State>,
    served: Condvar,
}

impl Seat {
    /// Sleeps until served; None once the deadline has passed, or the thread gives up.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Option<Result<Box<Slot>>> {
        let mut state = self.state.lock();
        loop {
            if let State::Served(outcome) = std::mem::replace(&mut *state, State::Waiting) {
                *state = State::Left;
                return Some(outcome);
            }
            let look = is_asked().then(|| Instant::now() + PERIOD);
            let Some(until) = deadline.into_iter().chain(look).min() else {
                self.served.wait(&mut state);
                continue;
            };
            let slept = self.served.wait_until(&mut state, until).timed_out();
            let leaves = slept && (deadline == Some(until) || MutexGuard::unlocked(&mut state, is_interrupted));
            if leaves && matches!(*state, State::Waiting) {
                *state = State::Left;
                return None;
            }
        }
    }

    /// Hands over a connection; gives it back where nobody waits any more.
    pub(super) fn give(&self, slot: Box<Slot>) -> Result<(), Box<Slot>> {
        let mut state = self.state.lock();
        if !matches!(*state, State::Waiting) {
            return Err(slot);
        }
        *state = State::Served(Ok(slot));
        self.served.notify_one();
        Ok(())
    }

    pub(super) fn fail(&self, error: Error) {
        let mut state = self.state.lock();
        if matches!(*state, State::Waiting) {
            *state = State::Served(Err(error));
            self.served.notify_one();
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        matches!(*self.state.lock(), State::Waiting)
    }
}
