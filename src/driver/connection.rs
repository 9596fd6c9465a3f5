//! A connection of a pool that one caller has for as long as it likes.

use std::sync::Arc;

use super::backend::{Backend, Caller, RawTransaction};
use super::executor::{BoxFuture, BoxStream, BulkInsert, Executor, Query};
use super::{Metrics, Pool, RowBatch, Transaction, TransactionOptions};
use crate::dialect::{Capabilities, Dialect, ShapeCache};
use crate::error::Result;

/// A connection outside of any transaction: each statement is one of its own, and all run on the same session of the
/// server. Statements queue one after another. On SQLite it is the connection that writes, so nobody else writes meanwhile.
///
/// Dropped, it goes back to the pool. Where a statement on it may have left something behind, such as a setting, a lock or
/// a temporary table, it is closed instead.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::engine::is_reachable;
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// let connection = pool.acquire().await?;
/// assert_eq!(pool.metrics().active, 1);
/// assert!(is_reachable(&connection).await);
/// connection.release().await?;
/// assert_eq!(pool.metrics().active, 0);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
pub struct Connection {
    pool: Pool,
    raw: Arc<dyn RawTransaction>,
}

impl Connection {
    pub(super) fn new(pool: &Pool, raw: Box<dyn RawTransaction>) -> Self {
        let raw: Arc<dyn RawTransaction> = raw.into();
        let lent = Lent { raw: Arc::clone(&raw), backend: pool.backend() };
        Self { pool: pool.on(Arc::new(lent)), raw }
    }

    /// This connection as a pool: what runs on it runs on the connection. For callers who take a pool and must not know
    /// the difference.
    pub fn as_pool(&self) -> &Pool {
        &self.pool
    }

    /// Begins a transaction on it, for whose end its other statements wait.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Session`](crate::ErrorKind::Session) once it was given back; what the database reports.
    pub async fn begin(&self, options: TransactionOptions) -> Result<Transaction> {
        self.pool.begin_with(options).await
    }

    /// Gives it back now, after the statement under way. Once called it runs to its end, even if the future is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Session`](crate::ErrorKind::Session) where it was given back, or lost, before.
    pub fn release(&self) -> BoxFuture<Result<()>> {
        self.raw.rollback()
    }
}

impl Executor for Connection {
    fn dialect(&self) -> Dialect {
        self.pool.dialect()
    }

    fn capabilities(&self) -> Capabilities {
        self.pool.capabilities()
    }

    fn shapes(&self) -> &ShapeCache {
        self.pool.shapes()
    }

    fn fetch_all(&self, query: Query) -> BoxFuture<Result<RowBatch>> {
        self.pool.fetch_all(query)
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        self.pool.execute(query)
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        self.pool.fetch(query, batch_rows)
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        self.pool.insert_many(bulk)
    }

    fn begin_own(&self) -> BoxFuture<Result<Transaction>> {
        self.pool.begin_own()
    }
}

/// What runs in the place of a pool.
struct Lent {
    raw: Arc<dyn RawTransaction>,
    backend: Arc<dyn Backend>,
}

impl Backend for Lent {
    fn dialect(&self) -> Dialect {
        self.backend.dialect()
    }

    fn capabilities(&self) -> Capabilities {
        self.backend.capabilities()
    }

    fn shapes(&self) -> &ShapeCache {
        self.backend.shapes()
    }

    fn is_self_driven(&self) -> bool {
        self.backend.is_self_driven()
    }

    fn fetch_all(&self, query: Query, _: Caller) -> BoxFuture<Result<RowBatch>> {
        self.raw.fetch_all(query)
    }

    fn execute(&self, query: Query, _: Caller) -> BoxFuture<Result<u64>> {
        self.raw.execute(query)
    }

    fn fetch(&self, query: Query, batch_rows: usize, _: Caller) -> BoxStream<Result<RowBatch>> {
        self.raw.fetch(query, batch_rows)
    }

    fn insert_many(&self, bulk: BulkInsert, _: Caller) -> BoxFuture<Result<RowBatch>> {
        self.raw.insert_many(bulk)
    }

    fn begin(&self, options: TransactionOptions, _: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        self.raw.nest(options)
    }

    fn metrics(&self) -> Metrics {
        self.backend.metrics()
    }

    /// The pool is not this handle's to close.
    fn close(&self) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }

    fn is_closed(&self) -> bool {
        self.backend.is_closed()
    }
}
