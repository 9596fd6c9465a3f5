//! The pool as users hold it: a handle on one database.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::backend::{Backend, Caller};
use super::executor::{BoxFuture, BoxStream, BulkInsert, Executor, Query};
use super::{DatabaseUrl, PoolOptions, RowBatch, Transaction, TransactionOptions, raw};
use crate::dialect::{Capabilities, Dialect, ShapeCache};
use crate::error::Result;

/// Sizes of a pool at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Open connections.
    pub size: usize,
    /// Those that nobody uses.
    pub idle: usize,
    /// Those in use.
    pub active: usize,
    /// Callers waiting for one.
    pub waiting: usize,
    /// Statements run since it was opened, those of its transactions among them; begin and commit are none.
    pub statements: u64,
}

/// A pool of connections to one database; clones share it.
#[derive(Clone)]
pub struct Pool {
    backend: Arc<dyn Backend>,
    caller: Caller,
    url: Arc<DatabaseUrl>,
    statements: Arc<Counter>,
}

/// Counts the statements of a pool.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Opens a pool with the default options.
///
/// # Errors
///
/// [`ErrorKind::Config`](crate::ErrorKind::Config) for a URL that is not supported, and the kinds
/// `ConnectionLost` and `Operational` where the first connection cannot be made.
pub async fn connect(url: &str) -> Result<Pool> {
    connect_with(url, PoolOptions::default()).await
}

/// Opens a pool.
///
/// # Errors
///
/// As [`connect`].
pub async fn connect_with(url: &str, options: PoolOptions) -> Result<Pool> {
    let url: DatabaseUrl = url.parse()?;
    let backend = super::open(&url, &options).await?;
    Ok(Pool { backend, caller: Caller::Async, url: Arc::new(url), statements: Arc::default() })
}

impl Pool {
    /// The same pool for a thread that may block: where the driver can, it works on that thread.
    #[must_use]
    pub fn blocking(&self) -> Self {
        Self { caller: Caller::Blocking, ..self.clone() }
    }

    /// What runs its statements.
    pub(super) fn backend(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.backend)
    }

    /// Who waits for its statements.
    pub(super) fn caller(&self) -> Caller {
        self.caller
    }

    /// The same pool with another way to run statements.
    pub(super) fn over(&self, backend: Arc<dyn Backend>) -> Self {
        Self { backend, ..self.clone() }
    }

    /// Begins a transaction.
    pub async fn begin(&self) -> Result<Transaction> {
        self.begin_with(TransactionOptions::default()).await
    }

    /// Begins a transaction with options.
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction> {
        let raw = self.backend.begin(options, self.caller).await?;
        Ok(Transaction::new(raw, Arc::clone(&self.backend), Arc::clone(&self.statements)))
    }

    /// Sizes at this moment.
    pub fn metrics(&self) -> Metrics {
        Metrics { statements: self.statements.0.load(Ordering::Relaxed), ..self.backend.metrics() }
    }

    /// Refuses new calls, waits for those in flight (for [`PoolOptions::acquire_timeout`] at most), and closes every
    /// connection. A transaction or stream that is still held then goes on, and its connection is closed at its end.
    pub async fn close(&self) {
        self.backend.close().await;
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.backend.is_closed()
    }

    /// Where it leads, without the password.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Whether the driver's own threads wake its futures, so that no I/O runtime need poll them.
    pub fn is_self_driven(&self) -> bool {
        self.backend.is_self_driven()
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("url", &self.url).field("metrics", &self.metrics()).finish_non_exhaustive()
    }
}

impl Executor for Pool {
    fn dialect(&self) -> Dialect {
        self.backend.dialect()
    }

    fn capabilities(&self) -> Capabilities {
        self.backend.capabilities()
    }

    fn shapes(&self) -> &ShapeCache {
        self.backend.shapes()
    }

    fn fetch_all(&self, query: Query) -> BoxFuture<Result<RowBatch>> {
        self.statements.count();
        let sql = raw::written_by_hand(&query);
        let answer = self.backend.fetch_all(query, self.caller);
        raw::explained(sql, answer, || self.clone())
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        self.statements.count();
        let sql = raw::written_by_hand(&query);
        let answer = self.backend.execute(query, self.caller);
        raw::explained(sql, answer, || self.clone())
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        self.statements.count();
        self.backend.fetch(query, batch_rows, self.caller)
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        self.statements.count();
        self.backend.insert_many(bulk, self.caller)
    }

    fn in_transaction(&self) -> bool {
        self.backend.in_transaction()
    }

    fn begin_own(&self) -> BoxFuture<Result<Transaction>> {
        let (backend, begun) =
            (Arc::clone(&self.backend), self.backend.begin(TransactionOptions::default(), self.caller));
        let statements = Arc::clone(&self.statements);
        Box::pin(async move { Ok(Transaction::new(begun.await?, backend, statements)) })
    }
}
