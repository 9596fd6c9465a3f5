//! A connection's place in a lane, and the right to use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::connection::{self, Cancel, Connection, Location, Settings};
use super::lane::Lane;
use super::worker::{Job, Worker};
use crate::driver::holders::Held;
use crate::error::{Error, Result};

/// What all connections of one pool share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    /// Connections open now.
    pub(super) open: AtomicUsize,
}

/// The connection, once someone needed it, and its thread, once an async caller needed it.
pub(super) struct Slot {
    connection: Option<Connection>,
    worker: Option<Worker>,
    cancel: Cancel,
    shared: Arc<Shared>,
    read_only: bool,
    /// Who has it, as long as it is away from its pool's lane.
    pub(super) held: Option<Held>,
    /// Whether something may be left on it that is not for others.
    spoiled: bool,
    /// The savepoints of nested transactions that are neither released nor undone.
    savepoints: u32,
}

impl Slot {
    pub(super) fn new(shared: &Arc<Shared>, read_only: bool) -> Box<Self> {
        let (cancel, shared) = (Cancel::default(), Arc::clone(shared));
        Box::new(Self {
            connection: None,
            worker: None,
            cancel,
            shared,
            read_only,
            held: None,
            spoiled: false,
            savepoints: 0,
        })
    }

    /// The connection, opened at its first use.
    fn connection(&mut self) -> Result<&mut Connection> {
        let connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            let connection = Connection::open(&self.shared.settings, self.read_only, self.cancel.clone())?;
            self.shared.open.fetch_add(1, Ordering::Relaxed);
            connection
        };
        Ok(self.connection.insert(connection))
    }

    /// Ends whatever transaction is open; where that fails, closes the connection, and the next use opens another.
    pub(super) fn settle(&mut self) {
        if self.connection.as_ref().is_some_and(|connection| !connection.settle()) {
            self.close();
        }
    }

    /// Ends what a transaction of this depth has left open.
    pub(super) fn leave(&mut self, depth: u32) {
        if depth == 0 {
            self.savepoints = 0;
            self.settle();
            // A database in memory would be gone with its connection.
            if std::mem::take(&mut self.spoiled) && self.shared.settings.location != Location::Memory {
                self.close();
            }
            return;
        }
        if self.savepoints < depth {
            return;
        }
        self.savepoints = depth - 1;
        let undone = self.connection.as_ref().is_none_or(|connection| connection.undo(depth));
        if !undone {
            self.settle();
        }
    }

    fn close(&mut self) {
        if self.connection.take().is_some() {
            self.shared.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether the connection has a thread of its own.
    pub(super) fn has_worker(&self) -> bool {
        self.worker.is_some()
    }

    /// Has the connection's own thread do a job; gives the slot back where there is no thread to be had.
    pub(super) fn dispatch(
        mut self: Box<Self>,
        lane: &Arc<Lane>,
        job: &Arc<dyn Job>,
    ) -> Result<(), (Box<Self>, Error)> {
        let worker = match &self.worker {
            Some(worker) => worker.clone(),
            None => match Worker::start() {
                Ok(worker) => self.worker.insert(worker).clone(),
                Err(error) => return Err((self, error)),
            },
        };
        worker.send(Arc::clone(job), Lease::new(self, lane));
        Ok(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.close();
        if let Some(worker) = &self.worker {
            worker.stop();
        }
    }
}

/// A connection in use. Dropped, it goes to who is next in its lane.
pub(super) struct Lease {
    slot: Option<Box<Slot>>,
    lane: Arc<Lane>,
}

impl Lease {
    pub(super) fn new(slot: Box<Slot>, lane: &Arc<Lane>) -> Self {
        Self { slot: Some(slot), lane: Arc::clone(lane) }
    }

    /// The connection.
    ///
    /// # Errors
    ///
    /// What opening it gives, at its first use.
    pub(super) fn connection(&mut self) -> Result<&mut Connection> {
        self.slot.as_mut().ok_or_else(connection::gone)?.connection()
    }

    /// Refuses to begin anything on a file that is gone.
    pub(super) fn check_presence(&self) -> Result<()> {
        let connection = self.slot.as_ref().and_then(|slot| slot.connection.as_ref());
        connection.map_or(Ok(()), Connection::check_presence)
    }

    /// The lane it belongs to.
    pub(super) fn lane(&self) -> &Arc<Lane> {
        &self.lane
    }

    /// How long a call may take.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        self.slot.as_ref().and_then(|slot| slot.shared.settings.statement_timeout)
    }

    /// The flag that cancels what runs on it.
    pub(super) fn cancel(&self) -> Cancel {
        self.slot.as_ref().map(|slot| slot.cancel.clone()).unwrap_or_default()
    }

    /// Ends whatever transaction is open.
    pub(super) fn settle(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.settle();
        }
    }

    /// The lease itself, leaving an empty one behind.
    pub(super) fn take(&mut self) -> Self {
        Self { slot: self.slot.take(), lane: Arc::clone(&self.lane) }
    }

    /// Puts the connection in a transaction's lane, which gives it back to this one when it ends.
    pub(super) fn move_to_transaction(&mut self) -> Result<Arc<Lane>> {
        let slot = self.slot.take().ok_or_else(connection::gone)?;
        Lane::transaction(slot, &self.lane)
    }

    /// Has the connection closed, and another opened, once it is given back.
    pub(super) fn spoil(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.spoiled = true;
        }
    }

    /// Notes how many savepoints are open.
    pub(super) fn note_savepoints(&mut self, open: u32) {
        if let Some(slot) = &mut self.slot {
            slot.savepoints = open;
        }
    }

    /// Ends the transaction whose lane this connection is in: whatever is open is rolled back, and the connection
    /// goes back to where it came from.
    pub(super) fn go_home(mut self) {
        if let Some(slot) = self.slot.take() {
            self.lane.retire(slot);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.lane.give_back(slot);
        }
    }
}
