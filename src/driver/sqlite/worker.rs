//! The thread of one connection, for callers that must not block. Started at the first such call; it ends with its
//! connection's slot.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use parking_lot::{Condvar, Mutex};

use super::slot::Lease;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

/// Work for a connection, and the one who waits for it.
pub(super) trait Job: Send + Sync {
    /// Does the work, gives the connection back, and tells who waits.
    fn run(self: Arc<Self>, lease: Lease);

    /// Tells who waits that the work will not be done.
    fn fail(&self, error: Error);

    /// Whether it still waits for a connection.
    fn is_waiting(&self) -> bool;
}

/// What a thread finds when it looks for work. One job at most: a connection is lent to one caller at a time.
enum Inbox {
    Empty,
    Work(Arc<dyn Job>, Lease),
    Stop,
}

/// A handle on the thread.
#[derive(Clone)]
pub(super) struct Worker(Arc<(Mutex<Inbox>, Condvar)>);

impl Worker {
    /// Starts a thread.
    ///
    /// # Errors
    ///
    /// `Operational` where the system refuses one.
    pub(super) fn start() -> Result<Self> {
        let worker = Self(Arc::new((Mutex::new(Inbox::Empty), Condvar::new())));
        let own = worker.clone();
        let started = thread::Builder::new().name("chakra-sqlite".into()).spawn(move || own.work());
        started.map(|_| worker).map_err(no_thread)
    }

    pub(super) fn send(&self, job: Arc<dyn Job>, lease: Lease) {
        self.put(Inbox::Work(job, lease));
    }

    pub(super) fn stop(&self) {
        self.put(Inbox::Stop);
    }

    fn put(&self, content: Inbox) {
        let (inbox, filled) = &*self.0;
        *inbox.lock() = content;
        filled.notify_one();
    }

    fn work(&self) {
        while let Some((job, lease)) = self.next() {
            // A job that panics has told so to who waits for it; the thread serves the next.
            let _ = catch_unwind(AssertUnwindSafe(|| job.run(lease)));
        }
    }

    fn next(&self) -> Option<(Arc<dyn Job>, Lease)> {
        let (inbox, filled) = &*self.0;
        let mut content = inbox.lock();
        loop {
            match std::mem::replace(&mut *content, Inbox::Empty) {
                Inbox::Work(job, lease) => return Some((job, lease)),
                Inbox::Stop => return None,
                Inbox::Empty => filled.wait(&mut content),
            }
        }
    }
}

#[cold]
pub(super) fn no_thread(error: std::io::Error) -> Error {
    DatabaseError::new(DatabaseErrorKind::Operational, "cannot start a thread for a SQLite connection")
        .with_source(error)
        .into()
}
