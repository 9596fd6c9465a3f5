//! A transaction that begins when something needs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::TryFutureExt;
use parking_lot::Mutex;

use super::TransactionOptions;
use super::bound::{Bound, nested_with_options};
use crate::dialect::{Capabilities, Dialect, ShapeCache};
use crate::driver::backend::{Backend, Caller, RawTransaction};
use crate::driver::executor::{BoxFuture, BoxStream, BulkInsert, Query};
use crate::driver::{Metrics, Pool, RowBatch};
use crate::error::{Error, ErrorKind, Result};

/// A transaction that begins at the first statement that does more than read. Until then statements run each by itself,
/// so that reading costs no round trip besides. After its end the next one begins in the same way, until it is closed.
///
/// Dropped, it rolls back.
#[derive(Clone)]
pub struct LazyTransaction {
    shared: Arc<Shared>,
    pool: Pool,
}

struct Shared {
    /// What runs before a transaction has begun, and begins one.
    backend: Arc<dyn Backend>,
    caller: Caller,
    stage: Mutex<Stage>,
    /// Counts the ends: one that was beginning when all was to end must not begin the next.
    ends: AtomicU64,
    /// Held while a transaction begins: whoever needs one meanwhile waits for it.
    beginning: tokio::sync::Mutex<()>,
}

/// How far it has come.
#[derive(Clone)]
enum Stage {
    Waiting,
    Begun(Arc<dyn RawTransaction>),
    Closed,
}

impl Pool {
    /// A transaction on this pool that begins when something needs it. On a pool that stands for a transaction it will be
    /// nested in that.
    #[must_use]
    pub fn lazy_transaction(&self) -> LazyTransaction {
        let shared = Shared {
            backend: self.backend(),
            caller: self.caller(),
            stage: Mutex::new(Stage::Waiting),
            ends: AtomicU64::new(0),
            beginning: tokio::sync::Mutex::default(),
        };
        let shared = Arc::new(shared);
        let pool = self.over(Arc::new(Handle(Arc::clone(&shared))), &self.watcher().in_transaction());
        LazyTransaction { shared, pool }
    }
}

impl LazyTransaction {
    /// This transaction as a pool: what runs on it belongs to the transaction, and a transaction begun on it is nested in
    /// this one, which then begins.
    pub fn as_pool(&self) -> &Pool {
        &self.pool
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        matches!(*self.shared.stage.lock(), Stage::Begun(_))
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        matches!(*self.shared.stage.lock(), Stage::Closed)
    }

    /// Begins now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Session`](crate::ErrorKind::Session) with options where it has begun already, and after the end; what
    /// the database reports.
    pub async fn begin(&self, options: TransactionOptions) -> Result<()> {
        if self.has_begun() && !options.is_default() {
            return Err(Error::session(
                "the transaction has begun already, without these options; commit or roll back first, or begin before the \
                 first write",
            ));
        }
        self.shared.begun(options).await.map(drop)
    }

    /// The transaction as it is now, begun if it was not: what runs on the pool that this gives belongs to it or fails,
    /// and never to the next one. Who observes `pool`, such as [`as_pool`](Self::as_pool), observes that one too.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn begun(&self, pool: &Pool) -> Result<Pool> {
        let raw = self.shared.begun(TransactionOptions::default()).await?;
        let bound = Bound::new(raw, Arc::clone(&self.shared.backend), Arc::default());
        Ok(pool.over(Arc::new(bound), self.pool.watcher()))
    }

    /// Commits what was done, if anything was begun. Once called it runs to its end, even if the future is dropped.
    ///
    /// # Errors
    ///
    /// What the database reports; [`ErrorKind::Session`](crate::ErrorKind::Session) where the transaction was lost.
    pub fn commit(&self) -> BoxFuture<Result<()>> {
        let Some(transaction) = self.shared.take(Stage::Waiting) else {
            return Box::pin(std::future::ready(Ok(())));
        };
        let commit = transaction.commit();
        Box::pin(async move {
            let ended = commit.await;
            drop(transaction); // not before: without it there is nothing to commit
            ended
        })
    }

    /// Takes back what was done, if anything was begun. Once called it runs to its end, even if the future is dropped. A
    /// transaction that was lost is no error: nothing of it remains.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn rollback(&self) -> BoxFuture<Result<()>> {
        let Some(transaction) = self.shared.take(Stage::Waiting) else {
            return Box::pin(std::future::ready(Ok(())));
        };
        let rollback = transaction.rollback();
        Box::pin(async move {
            let ended = rollback.await;
            drop(transaction);
            match ended {
                Err(error) if error.kind() == ErrorKind::Session => Ok(()),
                ended => ended,
            }
        })
    }

    /// Refuses statements from now on. What was not committed is rolled back.
    pub fn close(&self) {
        drop(self.shared.take(Stage::Closed));
    }
}

impl Shared {
    /// Moves on to another stage; gives the transaction that had begun.
    fn take(&self, next: Stage) -> Option<Arc<dyn RawTransaction>> {
        let mut stage = self.stage.lock();
        self.ends.fetch_add(1, Ordering::Relaxed);
        if matches!(*stage, Stage::Closed) {
            return None;
        }
        match std::mem::replace(&mut *stage, next) {
            Stage::Begun(transaction) => Some(transaction),
            Stage::Waiting | Stage::Closed => None,
        }
    }

    /// The transaction, begun if it was not.
    async fn begun(&self, options: TransactionOptions) -> Result<Arc<dyn RawTransaction>> {
        let ends = self.ends.load(Ordering::Relaxed);
        let _turn = self.beginning.lock().await;
        match self.stage.lock().clone() {
            Stage::Begun(transaction) => return Ok(transaction),
            Stage::Closed => return Err(closed()),
            Stage::Waiting => {}
        }
        let transaction: Arc<dyn RawTransaction> = self.backend.begin(options, self.caller).await?.into();
        let mut stage = self.stage.lock();
        if matches!(*stage, Stage::Closed) {
            return Err(closed());
        }
        if self.ends.load(Ordering::Relaxed) != ends {
            return Err(Error::session("the transaction was ended while it was beginning; begin another"));
        }
        *stage = Stage::Begun(Arc::clone(&transaction));
        Ok(transaction)
    }
}

/// Who runs a statement.
enum Runs {
    Inside(Arc<dyn RawTransaction>),
    Outside,
    OnceBegun,
    Nobody,
}

fn closed() -> Error {
    Error::session("the session has ended; what is asked of it now would not be part of it: begin another")
}

/// What runs in the place of a pool.
struct Handle(Arc<Shared>);

impl Handle {
    /// Who runs a statement.
    fn runs(&self, query: Option<&Query>) -> Runs {
        match self.0.stage.lock().clone() {
            Stage::Begun(transaction) => Runs::Inside(transaction),
            Stage::Closed => Runs::Nobody,
            Stage::Waiting if query.is_some_and(Query::only_reads) => Runs::Outside,
            Stage::Waiting => Runs::OnceBegun,
        }
    }

    /// Runs a call inside the transaction, which is begun for it.
    fn inside<T: Send + 'static>(
        &self,
        runs: Runs,
        call: impl FnOnce(&dyn RawTransaction) -> BoxFuture<Result<T>> + Send + 'static,
    ) -> BoxFuture<Result<T>> {
        match runs {
            Runs::Inside(transaction) => call(&*transaction),
            Runs::Nobody => Box::pin(std::future::ready(Err(closed()))),
            Runs::Outside | Runs::OnceBegun => {
                let shared = Arc::clone(&self.0);
                Box::pin(async move {
                    let transaction = shared.begun(TransactionOptions::default()).await?;
                    call(&*transaction).await
                })
            }
        }
    }
}

impl Backend for Handle {
    fn dialect(&self) -> Dialect {
        self.0.backend.dialect()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.backend.capabilities()
    }

    fn shapes(&self) -> &ShapeCache {
        self.0.backend.shapes()
    }

    fn is_self_driven(&self) -> bool {
        self.0.backend.is_self_driven()
    }

    /// It will have begun by the time that anything is written.
    fn in_transaction(&self) -> bool {
        true
    }

    fn fetch_all(&self, query: Query, _: Caller) -> BoxFuture<Result<RowBatch>> {
        match self.runs(Some(&query)) {
            Runs::Outside => self.0.backend.fetch_all(query, self.0.caller),
            runs => self.inside(runs, |transaction| transaction.fetch_all(query)),
        }
    }

    fn execute(&self, query: Query, _: Caller) -> BoxFuture<Result<u64>> {
        match self.runs(Some(&query)) {
            Runs::Outside => self.0.backend.execute(query, self.0.caller),
            runs => self.inside(runs, |transaction| transaction.execute(query)),
        }
    }

    fn fetch(&self, query: Query, batch_rows: usize, _: Caller) -> BoxStream<Result<RowBatch>> {
        match self.runs(Some(&query)) {
            Runs::Outside => self.0.backend.fetch(query, batch_rows, self.0.caller),
            Runs::Inside(transaction) => transaction.fetch(query, batch_rows),
            Runs::Nobody => Box::pin(futures_util::stream::once(std::future::ready(Err(closed())))),
            Runs::OnceBegun => {
                let shared = Arc::clone(&self.0);
                let begun = async move { shared.begun(TransactionOptions::default()).await };
                Box::pin(begun.map_ok(move |transaction| transaction.fetch(query, batch_rows)).try_flatten_stream())
            }
        }
    }

    fn insert_many(&self, bulk: BulkInsert, _: Caller) -> BoxFuture<Result<RowBatch>> {
        self.inside(self.runs(None), |transaction| transaction.insert_many(bulk))
    }

    fn begin(&self, options: TransactionOptions, _: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        if options.is_default() {
            return self.inside(self.runs(None), |transaction| transaction.nest(TransactionOptions::default()));
        }
        Box::pin(std::future::ready(Err(nested_with_options())))
    }

    fn metrics(&self) -> Metrics {
        self.0.backend.metrics()
    }

    /// The pool is not this handle's to close.
    fn close(&self) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }

    fn is_closed(&self) -> bool {
        self.0.backend.is_closed()
    }
}
