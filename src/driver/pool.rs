//! The pool as users hold it: a handle on one database.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::backend::{Backend, Caller};
use super::executor::{BoxFuture, BoxStream, BulkInsert, Executor, Query};
use super::place::{self, Place};
use super::watch::{Observer, Statement, Watcher};
use super::{Connection, DatabaseUrl, PoolOptions, RowBatch, Transaction, TransactionOptions, raw};
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
    watcher: Watcher,
    place: Option<Place>,
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
    connect_to(url.parse()?, options).await
}

/// Opens a pool on a URL that was read before.
///
/// # Errors
///
/// As [`connect`].
pub async fn connect_to(url: DatabaseUrl, options: PoolOptions) -> Result<Pool> {
    let backend = super::open(&url, &options).await?;
    Ok(Pool { backend, caller: Caller::Async, url: Arc::new(url), watcher: Watcher::default(), place: None })
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

    /// Who hears of its statements.
    pub(super) fn watcher(&self) -> &Watcher {
        &self.watcher
    }

    /// The same pool with another way to run statements: those of a transaction.
    pub(super) fn over(&self, backend: Arc<dyn Backend>, transaction: &Watcher) -> Self {
        Self { backend, watcher: self.watcher.in_transaction_of(transaction), ..self.clone() }
    }

    /// The same pool with another way to run statements, outside of transactions.
    pub(super) fn on(&self, backend: Arc<dyn Backend>) -> Self {
        Self { backend, ..self.clone() }
    }

    /// The same pool under a name, by which logs and observers know it. It is `default` otherwise.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        Self { watcher: self.watcher.named(name), ..self.clone() }
    }

    /// The name by which logs and observers know it.
    pub fn name(&self) -> &str {
        self.watcher.pool()
    }

    /// Whether both are handles on one pool, be it inside a transaction.
    pub fn is_same(&self, other: &Self) -> bool {
        self.watcher.is_of_the_same_pool(&other.watcher)
    }

    /// The same pool, with somebody who hears of each statement that is run through this handle and the transactions
    /// begun on it. Another observer takes the place of this one.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::sync::{Arc, Mutex};
    /// use chakra::driver::{Observer, QueryEvent};
    /// use chakra::engine::is_reachable;
    ///
    /// #[derive(Default)]
    /// struct Texts(Mutex<Vec<String>>);
    ///
    /// impl Observer for Texts {
    ///     fn ended(&self, event: &QueryEvent) {
    ///         self.0.lock().unwrap().push(event.text().to_owned());
    ///     }
    /// }
    ///
    /// let texts = Arc::new(Texts::default());
    /// let pool = chakra::connect("sqlite:///:memory:").await?.observed_by(texts.clone());
    /// assert!(is_reachable(&pool).await);
    /// assert_eq!(texts.0.lock().unwrap().len(), 1);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    #[must_use]
    pub fn observed_by(&self, observer: Arc<dyn Observer>) -> Self {
        Self { watcher: self.watcher.observed_by(Some(observer)), ..self.clone() }
    }

    /// The same pool, with no observer.
    #[must_use]
    pub fn unobserved(&self) -> Self {
        Self { watcher: self.watcher.observed_by(None), ..self.clone() }
    }

    /// The same pool for a call at a place of the program, which is told to those who wait for its connection in vain.
    #[must_use]
    pub fn at(&self, place: impl Into<Place>) -> Self {
        Self { place: Some(place.into()), ..self.clone() }
    }

    /// Begins a transaction.
    #[track_caller]
    pub fn begin(&self) -> impl Future<Output = Result<Transaction>> + Send + use<'_> {
        self.begin_with(TransactionOptions::default())
    }

    /// Begins a transaction with options.
    #[track_caller]
    pub fn begin_with(
        &self,
        options: TransactionOptions,
    ) -> impl Future<Output = Result<Transaction>> + Send + use<'_> {
        let caller = Location::caller(); // not in the closure, which would be its own
        let place = self.place.clone().or_else(|| place::of_caller(caller));
        async move {
            let raw = place::along(place.as_ref(), || self.backend.begin(options, self.caller)).await?;
            Ok(Transaction::new(raw, Arc::clone(&self.backend), &self.watcher))
        }
    }

    /// Takes a connection out of the pool for one caller, until it is released or dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PoolExhausted`](crate::ErrorKind::PoolExhausted) after the acquire timeout.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = Result<Connection>> + Send + use<'_> {
        let caller = Location::caller();
        let place = self.place.clone().or_else(|| place::of_caller(caller));
        async move {
            let raw = place::along(place.as_ref(), || self.backend.acquire(self.caller)).await?;
            Ok(Connection::new(self, raw))
        }
    }

    /// Sizes at this moment.
    pub fn metrics(&self) -> Metrics {
        Metrics { statements: self.watcher.counted(), ..self.backend.metrics() }
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
        let statement = self.watcher.query(&query);
        let sql = raw::written_by_hand(&query);
        let answer = place::along(self.place.as_ref(), || self.backend.fetch_all(query, self.caller));
        let answer = Statement::follow(statement, answer);
        raw::explained(sql, answer, || self.clone())
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        let statement = self.watcher.query(&query);
        let sql = raw::written_by_hand(&query);
        let answer = place::along(self.place.as_ref(), || self.backend.execute(query, self.caller));
        let answer = Statement::follow(statement, answer);
        raw::explained(sql, answer, || self.clone())
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        let statement = self.watcher.query(&query);
        let batches = place::within(self.place.as_ref(), || self.backend.fetch(query, batch_rows, self.caller));
        Statement::follow_stream(statement, batches)
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        let statement = self.watcher.bulk(&bulk, self.dialect());
        let answer = place::along(self.place.as_ref(), || self.backend.insert_many(bulk, self.caller));
        Statement::follow(statement, answer)
    }

    fn in_transaction(&self) -> bool {
        self.backend.in_transaction()
    }

    fn begin_own(&self) -> BoxFuture<Result<Transaction>> {
        let backend = Arc::clone(&self.backend);
        let begun =
            place::along(self.place.as_ref(), || self.backend.begin(TransactionOptions::default(), self.caller));
        let watcher = self.watcher.clone();
        Box::pin(async move { Ok(Transaction::new(begun.await?, backend, &watcher)) })
    }
}
