//! A transaction as users hold it.

mod bound;
mod lazy;
mod options;
mod retry;

pub use lazy::LazyTransaction;
pub use options::{IsolationLevel, TransactionOptions};
pub use retry::retry_on_conflict;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use self::bound::note_write;
use super::backend::{Backend, RawTransaction};
use super::executor::{BoxFuture, BoxStream, BulkInsert, Executor, Query};
use super::watch::{Statement, Watcher};
use super::{Pool, RowBatch, raw};
use crate::dialect::{Capabilities, Dialect, ShapeCache};
use crate::error::{Error, Result};

/// A transaction: on a connection of its own, or nested in another one as a savepoint. Dropped without
/// [`commit`](Self::commit), it rolls back.
///
/// While a nested one lasts, the statements of the outer one wait for its end.
pub struct Transaction {
    /// Shared with the questions that follow an error.
    raw: Arc<dyn RawTransaction>,
    backend: Arc<dyn Backend>,
    watcher: Watcher,
    written: Arc<AtomicBool>,
}

impl Transaction {
    /// `watcher` is that of the pool, or of the transaction around it.
    pub(super) fn new(raw: Box<dyn RawTransaction>, backend: Arc<dyn Backend>, watcher: &Watcher) -> Self {
        Self { raw: raw.into(), backend, watcher: watcher.in_transaction(), written: Arc::default() }
    }

    /// Whether it may hold changes that are not committed: it ran a statement other than a SELECT, or one was nested
    /// in it.
    #[must_use]
    pub fn has_written(&self) -> bool {
        self.written.load(Ordering::Relaxed)
    }

    /// Begins a transaction nested in this one: what it does can be taken back without the rest. The outer one's
    /// statements wait until it ends.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Session`](crate::ErrorKind::Session) where this one has ended; what the database reports.
    pub async fn begin_nested(&self) -> Result<Self> {
        note_write(&self.written, true); // for it may
        let raw = self.raw.nest(TransactionOptions::default()).await?;
        Ok(Self::new(raw, Arc::clone(&self.backend), &self.watcher))
    }

    /// Runs `work` in a transaction nested in this one: keeps what it did where it gives `Ok`, takes it back where it
    /// gives an error, and gives what it gave. Inside, use the transaction that `work` is given: this one waits.
    ///
    /// # Errors
    ///
    /// That of `work`, or of the savepoint.
    pub async fn nested<T>(&self, work: impl AsyncFnOnce(&Self) -> Result<T>) -> Result<T> {
        run(self.begin_nested().await?, work).await
    }

    fn shared(&self) -> Self {
        Self {
            raw: Arc::clone(&self.raw),
            backend: Arc::clone(&self.backend),
            watcher: self.watcher.clone(),
            written: Arc::clone(&self.written),
        }
    }

    /// Commits. Once called it runs to its end, even if the future is dropped.
    pub async fn commit(self) -> Result<()> {
        self.raw.commit().await
    }

    /// Rolls back. Once called it runs to its end, even if the future is dropped.
    pub async fn rollback(self) -> Result<()> {
        self.raw.rollback().await
    }

    /// Commits where the outcome of the work is `Ok`, else rolls back; gives the outcome. An error of the rollback is
    /// logged, not given in its place.
    ///
    /// # Errors
    ///
    /// That of the work, or of the commit.
    pub async fn end<T>(self, outcome: Result<T>) -> Result<T> {
        match outcome {
            Ok(value) => self.commit().await.map(|()| value),
            Err(error) => {
                if let Err(second) = self.rollback().await {
                    tracing::warn!(error = %second, "rollback failed; the connection is not used again");
                }
                Err(error)
            }
        }
    }
}

impl Executor for Transaction {
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
        note_write(&self.written, !query.only_reads());
        let statement = self.watcher.query(&query);
        let sql = raw::written_by_hand(&query);
        let answer = Statement::follow(statement, self.raw.fetch_all(query));
        raw::explained(sql, answer, || self.shared())
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        note_write(&self.written, true);
        let statement = self.watcher.query(&query);
        let sql = raw::written_by_hand(&query);
        let answer = Statement::follow(statement, self.raw.execute(query));
        raw::explained(sql, answer, || self.shared())
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        note_write(&self.written, !query.only_reads());
        let statement = self.watcher.query(&query);
        Statement::follow_stream(statement, self.raw.fetch(query, batch_rows))
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        note_write(&self.written, true);
        let statement = self.watcher.bulk(&bulk, self.dialect());
        Statement::follow(statement, self.raw.insert_many(bulk))
    }

    fn in_transaction(&self) -> bool {
        true
    }

    fn begin_own(&self) -> BoxFuture<Result<Self>> {
        note_write(&self.written, true);
        let (nesting, backend) = (self.raw.nest(TransactionOptions::default()), Arc::clone(&self.backend));
        let watcher = self.watcher.clone();
        Box::pin(async move { Ok(Self::new(nesting.await?, backend, &watcher)) })
    }
}

impl Pool {
    /// Runs `work` in a transaction: commits where it gives `Ok`, rolls back where it gives an error (or
    /// where this future is dropped), and gives what it gave.
    ///
    /// # Errors
    ///
    /// That of `work`, or of begin and commit. An error of the rollback is logged, not given in its place.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::Model;
    ///
    /// #[derive(Model)]
    /// struct Account {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     cents: i64,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Account::table()]).await?;
    /// let (mut from, mut to) = (Account { id: 1, cents: 500 }, Account { id: 2, cents: 0 });
    /// pool.transaction(async |tx| {
    ///     from.insert(tx).await?;
    ///     to.insert(tx).await?;
    ///     Ok(())
    /// })
    /// .await?;
    /// assert_eq!(Account::query().count(&pool).await?, 2);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    #[track_caller]
    pub fn transaction<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T>) -> impl Future<Output = Result<T>> {
        let beginning = self.begin();
        async move { run(beginning.await?, work).await }
    }

    /// As [`transaction`](Self::transaction), begun with options.
    ///
    /// # Errors
    ///
    /// As [`transaction`](Self::transaction); [`ErrorKind::Operational`](crate::ErrorKind::Operational) for a write in
    /// a transaction that only reads.
    #[track_caller]
    pub fn transaction_with<T>(
        &self,
        options: TransactionOptions,
        work: impl AsyncFnOnce(&Transaction) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        let beginning = self.begin_with(options);
        async move { run(beginning.await?, work).await }
    }
}

/// Ends a transaction by what is done in it.
async fn run<T>(transaction: Transaction, work: impl AsyncFnOnce(&Transaction) -> Result<T>) -> Result<T> {
    let outcome = work(&transaction).await;
    transaction.end(outcome).await
}

/// The error for a statement of a transaction that a nested one keeps waiting: it may be the very task that should end
/// the nested one.
pub(super) fn lent_for_too_long(waited: Duration) -> Error {
    Error::session(format!(
        "a statement of a transaction waited {waited:?} for the end of a transaction nested in it: end that first, and \
         do not wait inside it for work that runs outside of it"
    ))
}

/// The error for what is asked in a nested transaction after the one around it was given up.
pub(super) fn around_was_given_up() -> Error {
    Error::session(
        "the transaction around this one was left, or could not be committed, while this one was open: everything in \
         both is rolled back; begin another, and end nested transactions first",
    )
}
