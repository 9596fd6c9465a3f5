//! What a database's driver implements.

use super::executor::{BoxFuture, BoxStream, BulkInsert, Query};
use super::{Metrics, RowBatch, TransactionOptions};
use crate::dialect::{Capabilities, Dialect, ShapeCache};
use crate::error::{Error, Result};

/// Who waits for the answer. Network drivers treat both alike; SQLite runs a blocking caller's work on
/// the caller's own thread (its future is ready at the first poll), and an async caller's elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Caller {
    /// A task that must not block.
    #[default]
    Async,
    /// A thread that may.
    Blocking,
}

/// A pool of one database's connections.
pub trait Backend: Send + Sync + 'static {
    /// The database's dialect.
    fn dialect(&self) -> Dialect;

    /// What the server at hand can do.
    fn capabilities(&self) -> Capabilities {
        self.dialect().capabilities()
    }

    /// The rendered texts kept for this database.
    fn shapes(&self) -> &ShapeCache;

    /// Whether futures are woken by the driver's own threads, so that no I/O runtime needs to poll them.
    fn is_self_driven(&self) -> bool;

    /// See [`Executor::in_transaction`](super::Executor::in_transaction).
    fn in_transaction(&self) -> bool {
        false
    }

    /// See [`Executor::fetch_all`](super::Executor::fetch_all).
    fn fetch_all(&self, query: Query, caller: Caller) -> BoxFuture<Result<RowBatch>>;

    /// See [`Executor::execute`](super::Executor::execute).
    fn execute(&self, query: Query, caller: Caller) -> BoxFuture<Result<u64>>;

    /// See [`Executor::fetch`](super::Executor::fetch).
    fn fetch(&self, query: Query, batch_rows: usize, caller: Caller) -> BoxStream<Result<RowBatch>>;

    /// See [`Executor::insert_many`](super::Executor::insert_many).
    fn insert_many(&self, bulk: BulkInsert, caller: Caller) -> BoxFuture<Result<RowBatch>>;

    /// Begins a transaction on a connection of its own.
    fn begin(&self, options: TransactionOptions, caller: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>>;

    /// Lends a connection to one caller, outside of any transaction, until what is given back is ended by commit or
    /// rollback, which are the same for it, or dropped. What is nested in it is a transaction.
    fn acquire(&self, _: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        Box::pin(std::future::ready(Err(Error::session(
            "a transaction has its connection already: what runs in it runs on that; acquire one of the pool itself",
        ))))
    }

    /// Sizes at this moment.
    fn metrics(&self) -> Metrics;

    /// Refuses new calls, waits for those in flight as long as a caller waits for a connection, and closes every
    /// connection; those still in use then are closed when they come back.
    fn close(&self) -> BoxFuture<()>;

    /// Whether `close` was called.
    fn is_closed(&self) -> bool;
}

/// A connection inside a transaction. Statements queue one after another. Dropped without an end, it
/// rolls back, or closes its connection.
///
/// A transaction nested in another is a savepoint. As long as it lasts, the statements of the outer one wait, since they
/// would be undone with it; after the acquire timeout they fail with `Session`. Dropped without an end it is undone
/// before the outer one does anything else.
pub trait RawTransaction: Send + Sync + 'static {
    /// See [`Executor::fetch_all`](super::Executor::fetch_all).
    fn fetch_all(&self, query: Query) -> BoxFuture<Result<RowBatch>>;

    /// See [`Executor::execute`](super::Executor::execute).
    fn execute(&self, query: Query) -> BoxFuture<Result<u64>>;

    /// See [`Executor::fetch`](super::Executor::fetch).
    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>>;

    /// See [`Executor::insert_many`](super::Executor::insert_many).
    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>>;

    /// Begins a transaction nested in this one; options only on a connection that is in none.
    fn nest(&self, options: TransactionOptions) -> BoxFuture<Result<Box<dyn RawTransaction>>>;

    /// Commits; runs to its end once started.
    fn commit(&self) -> BoxFuture<Result<()>>;

    /// Rolls back; runs to its end once started.
    fn rollback(&self) -> BoxFuture<Result<()>>;
}
