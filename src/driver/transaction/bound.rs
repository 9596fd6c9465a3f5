//! A transaction in the place of a pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Transaction, TransactionOptions};
use crate::dialect::{Capabilities, Dialect, ShapeCache};
use crate::driver::backend::{Backend, Caller, RawTransaction};
use crate::driver::executor::{BoxFuture, BoxStream, BulkInsert, Query};
use crate::driver::{Metrics, Pool, RowBatch};
use crate::error::{Error, Result};

impl Transaction {
    /// This transaction as a pool: what runs on it runs in the transaction, and a transaction begun on it is nested
    /// in this one. For callers who take a pool and must not know the difference.
    ///
    /// It does not end the transaction when dropped; used after the end, it gives
    /// [`ErrorKind::Session`](crate::ErrorKind::Session).
    #[must_use]
    pub fn as_pool(&self, pool: &Pool) -> Pool {
        let bound = Bound::new(Arc::clone(&self.raw), Arc::clone(&self.backend), Arc::clone(&self.written));
        pool.over(Arc::new(bound), &self.watcher)
    }
}

/// Notes that a statement may change what the database holds.
pub(super) fn note_write(written: &AtomicBool, writes: bool) {
    if writes {
        written.store(true, Ordering::Relaxed);
    }
}

/// A transaction in the place of a pool's backend.
pub(super) struct Bound {
    raw: Arc<dyn RawTransaction>,
    backend: Arc<dyn Backend>,
    written: Arc<AtomicBool>,
}

impl Bound {
    pub(super) fn new(raw: Arc<dyn RawTransaction>, backend: Arc<dyn Backend>, written: Arc<AtomicBool>) -> Self {
        Self { raw, backend, written }
    }
}

impl Backend for Bound {
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

    fn in_transaction(&self) -> bool {
        true
    }

    fn fetch_all(&self, query: Query, _: Caller) -> BoxFuture<Result<RowBatch>> {
        note_write(&self.written, !query.only_reads());
        self.raw.fetch_all(query)
    }

    fn execute(&self, query: Query, _: Caller) -> BoxFuture<Result<u64>> {
        note_write(&self.written, true);
        self.raw.execute(query)
    }

    fn fetch(&self, query: Query, batch_rows: usize, _: Caller) -> BoxStream<Result<RowBatch>> {
        note_write(&self.written, !query.only_reads());
        self.raw.fetch(query, batch_rows)
    }

    fn insert_many(&self, bulk: BulkInsert, _: Caller) -> BoxFuture<Result<RowBatch>> {
        note_write(&self.written, true);
        self.raw.insert_many(bulk)
    }

    fn begin(&self, options: TransactionOptions, _: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        if options.is_default() {
            note_write(&self.written, true); // for it may
            return self.raw.nest(options);
        }
        Box::pin(std::future::ready(Err(nested_with_options())))
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

pub(super) fn nested_with_options() -> Error {
    Error::session(
        "a transaction inside a transaction is a savepoint, which has no isolation level and no read_only of its own; \
         give them to the outermost one",
    )
}
