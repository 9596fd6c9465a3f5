//! A connection lent to one call or one transaction.

use std::sync::Arc;

use super::pool::{Lent, NetworkPool};
use super::{CLEANUP_TIMEOUT, Connection, Connector, Retry, run_to_end};
use crate::driver::options::timed_out;
use crate::error::Result;

/// What is known of the server's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Outside a transaction, waiting for a statement.
    Idle,
    /// Inside a transaction, waiting for a statement.
    InTransaction,
    /// Anything: a statement is under way, or failed in a way that leaves the state unknown.
    Busy,
}

/// A connection for one caller. Where it goes when dropped depends on its state: into the pool, into the
/// pool after a rollback, or away.
pub(super) struct Lease<C: Connector> {
    /// None only while being dropped.
    lent: Option<Lent<C::Connection>>,
    pool: Arc<NetworkPool<C>>,
    state: State,
    is_new: bool,
    /// A call on it took too long: what it did is not known.
    is_late: bool,
}

/// One thing to be done on a connection.
pub(super) trait Call<C: Connection>: Send + Sync {
    /// What it gives.
    type Output: Send;

    /// Does it.
    fn run(&self, connection: &mut C) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Whether doing it twice is the same as doing it once.
    fn is_read_only(&self) -> bool;

    /// Whether it may take as long as a statement may. One that is not timed waits for its caller too.
    fn is_timed(&self) -> bool {
        true
    }
}

impl<C: Connector> Lease<C> {
    pub(super) fn new(pool: Arc<NetworkPool<C>>, lent: Lent<C::Connection>, is_new: bool) -> Self {
        Self { lent: Some(lent), pool, state: State::Idle, is_new, is_late: false }
    }

    /// Runs a call; after it the lease is in state `then` if the server says that it is ready.
    pub(super) async fn run<K: Call<C::Connection>>(&mut self, call: &K, then: State) -> Result<K::Output> {
        let Some(Lent { pooled, .. }) = self.lent.as_mut() else {
            return Err(crate::Error::session("the connection was given back already"));
        };
        self.state = State::Busy;
        let result = match self.pool.statement_timeout().filter(|_| call.is_timed()) {
            None => call.run(&mut pooled.connection).await,
            Some(limit) => match self.pool.within(limit, call.run(&mut pooled.connection)).await {
                Ok(result) => result,
                Err(_) => {
                    self.end_statement().await;
                    return Err(timed_out(limit));
                }
            },
        };
        if pooled.connection.is_ready() {
            self.state = then;
        }
        result
    }

    /// Has the server end what it does, and closes the connection. Waited for, because whoever is told that a statement
    /// took too long must not see it done a moment later.
    async fn end_statement(&mut self) {
        self.is_late = true;
        let Some(lent) = self.lent.take() else { return };
        run_to_end(self.pool.runtime().clone(), abandon(lent)).await;
    }

    /// Whether a call that failed on it may run again on a new connection.
    pub(super) fn may_retry(&self, read_only: bool) -> bool {
        let retry = self.lent.as_ref().map_or(Retry::Never, |lent| lent.pooled.connection.retry());
        !self.is_new && !self.is_late && (retry == Retry::Always || (retry == Retry::IfReadOnly && read_only))
    }

    /// Whether it sat in the pool for so long that it may have died there.
    pub(super) fn is_suspect(&self) -> bool {
        !self.is_new && self.lent.as_ref().is_some_and(|lent| self.pool.is_suspect(lent.pooled.last_alive()))
    }

    /// Has the connection closed instead of pooled.
    pub(super) fn spoil(&mut self) {
        if let Some(lent) = &mut self.lent {
            lent.is_spoiled = true;
        }
    }

    /// Whether the server is known to wait for a statement.
    pub(super) fn is_ready(&self) -> bool {
        self.state != State::Busy
    }
}

impl<C: Connector> Drop for Lease<C> {
    fn drop(&mut self) {
        let Some(mut lent) = self.lent.take() else { return };
        let pool = Arc::clone(&self.pool);
        let runtime = pool.runtime().clone();
        match self.state {
            State::Idle => pool.give_back(lent),
            State::InTransaction => {
                runtime.spawn(async move {
                    let connection = &mut lent.pooled.connection;
                    let rollback = tokio::time::timeout(CLEANUP_TIMEOUT, connection.rollback()).await;
                    if matches!(rollback, Ok(Ok(()))) && connection.is_ready() {
                        pool.give_back(lent);
                    } else {
                        abandon(lent).await;
                    }
                });
            }
            State::Busy => {
                runtime.spawn(abandon(lent));
            }
        }
    }
}

/// Closes a connection in an unknown state; only then may another take its place.
async fn abandon<C: Connection>(lent: Lent<C>) {
    let Lent { pooled, permit, .. } = lent;
    let (connection, _counted) = pooled.into_parts();
    // Late or not: the connection is closed when this is dropped.
    let _ = tokio::time::timeout(CLEANUP_TIMEOUT, connection.abandon()).await;
    drop(permit);
}
