//! The part of a mailbox that other threads touch: a queue of tickets and a bell. Holds no Python object.

use std::mem;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::mailbox::doorbell::Doorbell;
use crate::mailbox::roster::Ticket;

/// Tickets of awaitables whose work wants a look.
pub(crate) struct Inbox {
    tickets: Mutex<Vec<Ticket>>,
    bell: Doorbell,
}

impl Inbox {
    pub(crate) fn new(bell: Doorbell) -> Self {
        Self { tickets: Mutex::new(Vec::new()), bell }
    }

    /// Takes what has come in so far. What comes in from now on rings again.
    pub(crate) fn empty(&self) -> Vec<Ticket> {
        self.bell.silence();
        mem::take(&mut *self.tickets.lock())
    }

    /// Puts `tickets` before all others.
    pub(crate) fn put_back(&self, tickets: impl Iterator<Item = Ticket>) {
        let mut queue = self.tickets.lock();
        queue.splice(..0, tickets);
        let waiting = !queue.is_empty();
        drop(queue);
        if waiting {
            self.bell.ring();
        }
    }

    fn put(&self, ticket: Ticket) {
        let mut queue = self.tickets.lock();
        let first = queue.is_empty();
        queue.push(ticket);
        drop(queue);
        // Whoever put a ticket before has rung, and the queue has not been emptied since.
        if first {
            self.bell.ring();
        }
    }
}

/// One awaitable's way to ask for a look.
pub(crate) struct Signal {
    inbox: Arc<Inbox>,
    ticket: Ticket,
}

impl Signal {
    pub(crate) fn new(inbox: Arc<Inbox>, ticket: Ticket) -> Self {
        Self { inbox, ticket }
    }

    pub(crate) fn send(&self) {
        self.inbox.put(self.ticket);
    }
}
