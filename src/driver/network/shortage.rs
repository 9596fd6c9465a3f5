//! A server that takes no more connections. Who needs one waits in line for one of this pool's that comes back, and the
//! first in line asks the server again from time to time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, Notify};

use super::Connector;
use super::pool::{NetworkPool, Pooled, is_full};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

/// How long the first in line waits before it asks the server again: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

#[derive(Default)]
pub(super) struct Shortage {
    line: Mutex<()>,
    waiting: AtomicUsize,
    /// Told of each connection that comes back.
    returned: Notify,
}

impl Shortage {
    /// Whether somebody waits.
    pub(super) fn is_felt(&self) -> bool {
        self.waiting() > 0
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Tells that a connection has come back, or was closed.
    pub(super) fn relieve(&self) {
        if self.is_felt() {
            self.returned.notify_one();
        }
    }
}

/// Counts one who waits.
struct Waiting<'a>(&'a Shortage);

impl<'a> Waiting<'a> {
    fn begin(shortage: &'a Shortage) -> Self {
        shortage.waiting.fetch_add(1, Ordering::Relaxed);
        Self(shortage)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<C: Connector> NetworkPool<C> {
    /// A new connection; where the server takes no more, whichever there is first until the deadline: one that comes
    /// back, or a new one. Tells whether it is new.
    pub(super) async fn connect_or_wait(
        self: &Arc<Self>,
        deadline: Option<Instant>,
    ) -> Result<(Pooled<C::Connection>, bool)> {
        let mut refusal = None;
        if !self.shortage.is_felt() {
            match self.connect().await {
                Err(error) if is_full(&error) => refusal = Some(error),
                made => return made.map(|pooled| (pooled, true)),
            }
        }
        let _waiting = Waiting::begin(&self.shortage);
        let waiting = self.wait_for_connection(&mut refusal);
        let found = match deadline {
            Some(deadline) => tokio::time::timeout_at(deadline.into(), waiting).await,
            None => Ok(waiting.await),
        };
        found.unwrap_or_else(|_| Err(self.no_room(refusal)))
    }

    async fn wait_for_connection(&self, refusal: &mut Option<Error>) -> Result<(Pooled<C::Connection>, bool)> {
        let _first = self.shortage.line.lock().await;
        let mut pause = PAUSES.0;
        loop {
            if let Some(pooled) = self.pop() {
                return Ok((pooled, false));
            }
            match self.connect().await {
                Err(error) if is_full(&error) => *refusal = Some(error),
                made => return made.map(|pooled| (pooled, true)),
            }
            tokio::select! {
                () = self.shortage.returned.notified() => {}
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(PAUSES.1),
            }
        }
    }

    #[cold]
    fn no_room(&self, refusal: Option<Error>) -> Error {
        let limit = self.connector.server_limit();
        let limit = limit.map(|limit| format!(" than its max_connections, {limit}")).unwrap_or_default();
        let (place, waited, most) =
            (self.connector.place(), self.options.acquire_timeout, self.options.max_connections);
        let said = refusal.as_ref().and_then(Error::as_database);
        let words = said.map(|said| format!(" ({})", said.message)).unwrap_or_default();
        let mut error = DatabaseError::new(
            DatabaseErrorKind::PoolExhausted,
            format!(
                "the server at {place} takes no more connections{limit}{words}, and none of this pool's came back within \
                 {waited:?} (acquire_timeout); lower the pools' max_connections, {most} for this one, or raise the server's"
            ),
        );
        error.sqlstate = said.and_then(|said| said.sqlstate.clone());
        match refusal {
            Some(refusal) => error.with_source(refusal).into(),
            None => error.into(),
        }
    }
}
