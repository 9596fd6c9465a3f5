//! A session in the place of a pool.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::Session;
use super::survey::Survey;
use super::work::Work;
use crate::dialect::{Capabilities, Dialect, ShapeCache};
use crate::driver::{BoxFuture, BoxStream, BulkInsert, Executor, Query, RowBatch, Transaction};
use crate::error::{Error, Result};

impl Session<'_> {
    /// What is to be written before a statement.
    fn pending(&self) -> Result<Option<(u64, Survey)>> {
        self.work.check()?;
        let Some(epoch) = self.work.epoch().filter(|_| self.autoflush) else { return Ok(None) };
        let survey = Survey::of(&self.entries)?;
        Ok((!survey.unit.is_empty()).then_some((epoch, survey)))
    }

    /// Runs something after what is pending is written.
    fn after_pending<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Work) -> BoxFuture<Result<T>> + Send + 'static,
    ) -> BoxFuture<Result<T>> {
        match self.pending() {
            Err(error) => Box::pin(std::future::ready(Err(error))),
            Ok(None) => run(&self.work),
            Ok(Some((epoch, survey))) => {
                let work = Arc::clone(&self.work);
                Box::pin(async move {
                    work.write(epoch, survey).await?;
                    run(&work).await
                })
            }
        }
    }
}

/// What is pending is written before the statement; the objects are told when the session is changed next.
impl Executor for Session<'_> {
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
        self.after_pending(|work| work.pool().fetch_all(query))
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        self.after_pending(|work| work.pool().execute(query))
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        let (pending, work) = (self.pending(), Arc::clone(&self.work));
        let opened = async move {
            if let Some((epoch, survey)) = pending? {
                work.write(epoch, survey).await?;
            }
            Ok::<_, Error>(work.pool().fetch(query, batch_rows))
        };
        stream::once(opened).try_flatten().boxed()
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        self.after_pending(|work| work.pool().insert_many(bulk))
    }

    fn in_transaction(&self) -> bool {
        true
    }

    fn begin_own(&self) -> BoxFuture<Result<Transaction>> {
        self.after_pending(|work| work.pool().begin_own())
    }
}
