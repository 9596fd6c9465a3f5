//! What databases behind a network have in common: a pool of connections that are lent to one call at a
//! time, and never come back to it in a state that is not known.
//!
//! A driver brings a [`Connection`] and a [`Connector`]; [`NetworkBackend`] does the rest. Rules:
//!
//! - a lease is *busy* from before the first byte of a statement until the server has said that it is
//!   ready again; a busy lease that is dropped (a cancelled caller) is never pooled: a detached task
//!   tells the server to cancel and closes the connection, and only then another may take its place;
//! - begin, commit and rollback run to their end whatever the caller does ([`run_to_end`]);
//! - nothing is sent before a call merely to see whether a pooled connection is alive. One that turns out dead
//!   is replaced, and the call runs again, only where nothing can have been done ([`Retry`]).

mod at_once;
mod backend;
mod cursor;
mod lease;
mod nesting;
mod pool;
mod run_to_end;
mod shortage;
mod transaction;
mod upkeep;

pub(crate) use at_once::send_at_once;
pub(crate) use backend::NetworkBackend;
pub(crate) use run_to_end::run_to_end;

use std::time::Duration;

use tokio::sync::mpsc;

use super::{BulkInsert, Query, RowBatch, TransactionOptions};
use crate::dialect::{Capabilities, Dialect};
use crate::error::Result;

/// How long cleaning up after a cancelled call may take before the connection is closed as it is.
pub(crate) const CLEANUP_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the server goes on with a stream that nobody reads any more, before its statement is given up.
const DRAIN: Duration = Duration::from_secs(1);

/// Whether a call that found its connection dead may run again on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    /// The connection is alive, or the call may have done something.
    Never,
    /// The call may have reached the server: again only if it changes nothing.
    IfReadOnly,
    /// The server has done nothing.
    Always,
}

/// What is done with a savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Sets it.
    Set,
    /// Keeps what was done since.
    Release,
    /// Takes back what was done since.
    Undo,
}

impl Step {
    /// The statement, in the words that PostgreSQL and MySQL share. Names are never reused within a transaction's
    /// depth: MySQL would forget the outer one.
    pub(crate) fn sql(self, depth: u32) -> String {
        match self {
            Self::Set => format!("SAVEPOINT chakra_{depth}"),
            Self::Release => format!("RELEASE SAVEPOINT chakra_{depth}"),
            Self::Undo => format!("ROLLBACK TO SAVEPOINT chakra_{depth}; RELEASE SAVEPOINT chakra_{depth}"),
        }
    }
}

/// Waits for a row, not longer than that. None: it took too long.
pub(crate) async fn next_row<T>(limit: Option<Duration>, row: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, row).await.ok(),
        None => Some(row.await),
    }
}

/// Where the rows of a stream go, batch after batch. An error: nobody reads them any more.
pub(crate) type Outlet = mpsc::Sender<Result<RowBatch>>;

/// One connection. Its methods may be dropped half-way; the pool then calls only
/// [`abandon`](Self::abandon).
pub(crate) trait Connection: Send + Sync + Sized + 'static {
    /// Runs a statement and gives its rows.
    fn fetch_all(&mut self, query: &Query) -> impl Future<Output = Result<RowBatch>> + Send;

    /// Runs a statement and gives the number of rows concerned.
    fn execute(&mut self, query: &Query) -> impl Future<Output = Result<u64>> + Send;

    /// Runs a statement and sends its rows on, at most `batch_rows` at a time. `limit`: how long a row may take.
    fn stream(
        &mut self,
        query: &Query,
        batch_rows: usize,
        outlet: &Outlet,
        limit: Option<Duration>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Has the server keep a statement's rows, within a transaction, to be asked for part by part; gives the cursor's
    /// number. None: the database has no cursor for it.
    fn open_cursor(&mut self, _query: &Query) -> impl Future<Output = Result<Option<u32>>> + Send {
        std::future::ready(Ok(None))
    }

    /// The next rows of an open cursor, at most so many, None if there are none; and whether there may be more.
    /// Without more it is closed. `limit`: how long a row may take.
    fn fetch_from_cursor(
        &mut self,
        _number: u32,
        _rows: usize,
        _limit: Option<Duration>,
    ) -> impl Future<Output = Result<(Option<RowBatch>, bool)>> + Send {
        std::future::ready(Ok((None, false)))
    }

    /// Closes an open cursor.
    fn close_cursor(&mut self, _number: u32) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Adds many rows, all or none.
    fn insert_many(&mut self, bulk: &BulkInsert) -> impl Future<Output = Result<RowBatch>> + Send;

    /// Begins a transaction.
    fn begin(&mut self, options: TransactionOptions) -> impl Future<Output = Result<()>> + Send;

    /// Takes a step with the savepoint of a nested transaction, whose depth is 1 or more. One that is undone is gone.
    fn savepoint(&mut self, step: Step, depth: u32) -> impl Future<Output = Result<()>> + Send;

    /// Commits, or says why not, in which case it has rolled back.
    fn commit(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// Rolls back.
    fn rollback(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// Waits for an answer of the server to nothing at all.
    fn ping(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// Whether the server is known to wait for the next statement. Asked after each call, failed or not.
    fn is_ready(&self) -> bool;

    /// Whether it may serve other callers after this one.
    fn is_reusable(&self) -> bool;

    /// What may be done about the last error.
    fn retry(&self) -> Retry;

    /// Says goodbye and closes.
    fn close(self) -> impl Future<Output = ()> + Send;

    /// Ends what the server does for it, as far as the server lets, and closes.
    fn abandon(self) -> impl Future<Output = ()> + Send;
}

/// Makes connections.
pub(crate) trait Connector: Send + Sync + 'static {
    /// What is made.
    type Connection: Connection;

    /// The database's dialect.
    const DIALECT: Dialect;

    /// What the server at hand can do, once a connection has been made.
    fn capabilities(&self) -> Capabilities {
        Self::DIALECT.capabilities()
    }

    /// What is connected to, for messages: host and port, or the socket's path.
    fn place(&self) -> &str;

    /// How many connections the server takes, if it has told.
    fn server_limit(&self) -> Option<u64>;

    /// Makes one. Where the server has as many as it takes, the error's kind is `PoolExhausted`: another attempt may
    /// succeed.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection>> + Send;
}
