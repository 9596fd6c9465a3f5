//! A transaction as users hold it.

use std::sync::Arc;

use super::backend::{Backend, RawTransaction};
use super::executor::{BoxFuture, BoxStream, BulkInsert, Executor, Query};
use super::pool::Counter;
use super::{Pool, RowBatch};
use crate::dialect::{Capabilities, Dialect, ShapeCache};
use crate::error::Result;

/// A transaction on a connection of its own. Dropped without [`commit`](Self::commit), it rolls back.
pub struct Transaction {
    raw: Box<dyn RawTransaction>,
    backend: Arc<dyn Backend>,
    statements: Arc<Counter>,
}

impl Transaction {
    pub(super) fn new(raw: Box<dyn RawTransaction>, backend: Arc<dyn Backend>, statements: Arc<Counter>) -> Self {
        Self { raw, backend, statements }
    }

    /// Commits. Once called it runs to its end, even if the future is dropped.
    pub async fn commit(self) -> Result<()> {
        self.raw.commit().await
    }

    /// Rolls back. Once called it runs to its end, even if the future is dropped.
    pub async fn rollback(self) -> Result<()> {
        self.raw.rollback().await
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
        self.statements.count();
        self.raw.fetch_all(query)
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        self.statements.count();
        self.raw.execute(query)
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        self.statements.count();
        self.raw.fetch(query, batch_rows)
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        self.statements.count();
        self.raw.insert_many(bulk)
    }

    fn begin_own(&self) -> BoxFuture<Result<Option<Self>>> {
        Box::pin(std::future::ready(Ok(None)))
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
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T>) -> Result<T> {
        let transaction = self.begin().await?;
        match work(&transaction).await {
            Ok(value) => transaction.commit().await.map(|()| value),
            Err(error) => {
                if let Err(second) = transaction.rollback().await {
                    tracing::warn!(error = %second, "rollback failed; the connection is not used again");
                }
                Err(error)
            }
        }
    }
}
