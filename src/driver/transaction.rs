//! A transaction as users hold it.

use std::sync::Arc;

use super::RowBatch;
use super::backend::{Backend, RawTransaction};
use super::executor::{BoxFuture, BoxStream, BulkInsert, Executor, Query};
use crate::dialect::{Dialect, ShapeCache};
use crate::error::Result;

/// A transaction on a connection of its own. Dropped without [`commit`](Self::commit), it rolls back.
pub struct Transaction {
    raw: Box<dyn RawTransaction>,
    backend: Arc<dyn Backend>,
}

impl Transaction {
    pub(super) fn new(raw: Box<dyn RawTransaction>, backend: Arc<dyn Backend>) -> Self {
        Self { raw, backend }
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

    fn shapes(&self) -> &ShapeCache {
        self.backend.shapes()
    }

    fn fetch_all(&self, query: Query) -> BoxFuture<Result<RowBatch>> {
        self.raw.fetch_all(query)
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        self.raw.execute(query)
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        self.raw.fetch(query, batch_rows)
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        self.raw.insert_many(bulk)
    }
}
