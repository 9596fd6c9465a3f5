//! SQLite: a pool of our own, small and without a runtime.
//!
//! One connection writes, the others read beside it (WAL). A blocking caller's work is done on the caller's own
//! thread, an async caller's on the connection's thread, which wakes the caller itself. Connections are not closed
//! when idle nor replaced when old: they are handles on a file, and lose their prepared statements when closed.
//!
//! Start at [`lane`]: who gets a connection when. [`call`] is one call on one, [`statement`] what it does there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use super::backend::{Backend, Caller, RawTransaction};
use super::executor::{BoxFuture, BoxStream, BulkInsert, Query};
use super::url::SqliteFile;
use super::{Metrics, PoolOptions, RowBatch, TransactionOptions};
use crate::dialect::{Dialect, ShapeCache};
use crate::error::{Error, Result};
use call::{Dropped, Operation, Route, call};
use connection::{Location, Settings};
use lane::{Lane, LaneKind};
use slot::{Lease, Shared};
use stream::Guards;

mod bind;
mod bulk;
mod call;
mod connection;
mod count;
mod document;
mod error;
mod lane;
mod presence;
mod seat;
mod slot;
mod statement;
mod stream;
mod sum;
mod told;
mod transaction;
mod watch;
mod worker;

#[cfg(test)]
mod tests;

/// A pool on one SQLite database.
struct SqlitePool {
    shared: Arc<Shared>,
    writer: Arc<Lane>,
    /// The writer's lane again, where one connection does both.
    readers: Arc<Lane>,
    shapes: ShapeCache,
}

/// Opens a pool.
///
/// # Errors
///
/// `Operational`, naming the path, where there is no database to be had; `Config` for options that cannot be met.
pub(super) async fn open(file: &SqliteFile, options: &PoolOptions) -> Result<Arc<dyn Backend>> {
    let location = match file {
        SqliteFile::Memory => Location::Memory,
        SqliteFile::Path(path) => Location::File(path.clone()),
    };
    let options = options.clone().checked()?;
    let single = options.max_connections == 1 || location == Location::Memory;
    let settings =
        Settings { location, busy_timeout: options.busy_timeout, statement_timeout: options.statement_timeout };
    let shared = Arc::new(Shared { settings, open: AtomicUsize::new(0) });
    let lane = |connections, kind| Lane::pool(&shared, connections, kind, options.acquire_timeout);
    let writer = lane(1, if single { LaneKind::Single } else { LaneKind::Writer });
    let readers = if single { Arc::clone(&writer) } else { lane(options.max_connections - 1, LaneKind::Readers) };
    let pool = SqlitePool { shared, writer, readers, shapes: ShapeCache::default() };
    // The writer's connection now, so that a file that cannot be used is told here.
    pool.write(Caller::Async, |lease| Ok(lease.connection().map(drop)?)).await?;
    Ok(Arc::new(pool))
}

impl SqlitePool {
    fn write<T: Send + 'static>(&self, caller: Caller, operation: impl Operation<T>) -> BoxFuture<Result<T>> {
        call(Route { lane: Arc::clone(&self.writer), elsewhere: None }, caller, Dropped::Cancels, operation)
    }

    /// Where a statement probably belongs, and where else it may.
    fn route(&self, query: &Query) -> Route {
        if statement::looks_like_write(&query.sql.text) {
            Route { lane: Arc::clone(&self.writer), elsewhere: None }
        } else {
            Route { lane: Arc::clone(&self.readers), elsewhere: Some(Arc::clone(&self.writer)) }
        }
    }
}

impl Backend for SqlitePool {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn shapes(&self) -> &ShapeCache {
        &self.shapes
    }

    fn is_self_driven(&self) -> bool {
        true
    }

    fn fetch_all(&self, query: Query, caller: Caller) -> BoxFuture<Result<RowBatch>> {
        call(self.route(&query), caller, Dropped::Cancels, move |lease: &mut Lease| {
            let batch = statement::fetch_all(lease.connection()?, &query);
            nothing_left_open(lease)?;
            batch
        })
    }

    fn execute(&self, query: Query, caller: Caller) -> BoxFuture<Result<u64>> {
        call(self.route(&query), caller, Dropped::Cancels, move |lease: &mut Lease| {
            let count = statement::execute(lease.connection()?, &query);
            nothing_left_open(lease)?;
            count
        })
    }

    fn fetch(&self, query: Query, batch_rows: usize, caller: Caller) -> BoxStream<Result<RowBatch>> {
        let Route { lane, elsewhere } = self.route(&query);
        let guards = Guards { before: |_| Ok(()), after: nothing_left_open };
        stream::stream(lane, elsewhere, query, batch_rows, caller, guards)
    }

    fn insert_many(&self, bulk: BulkInsert, caller: Caller) -> BoxFuture<Result<RowBatch>> {
        self.write(caller, move |lease| Ok(bulk::insert_many(lease.connection()?, &bulk)?))
    }

    fn begin(&self, options: TransactionOptions, caller: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        if options.read_only {
            return transaction::begin_reading(Arc::clone(&self.readers), caller);
        }
        transaction::begin(Arc::clone(&self.writer), caller)
    }

    fn acquire(&self, caller: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        transaction::acquire(Arc::clone(&self.writer), caller)
    }

    fn metrics(&self) -> Metrics {
        let (mut active, mut waiting) = self.writer.sizes();
        if !Arc::ptr_eq(&self.writer, &self.readers) {
            let (reading, in_line) = self.readers.sizes();
            (active, waiting) = (active + reading, waiting + in_line);
        }
        let size = self.shared.open.load(Ordering::Relaxed).max(active);
        Metrics { size, idle: size - active, active, waiting, statements: 0 }
    }

    fn close(&self) -> BoxFuture<()> {
        let lanes = [Arc::clone(&self.writer), Arc::clone(&self.readers)];
        Box::pin(async move {
            for lane in &lanes {
                lane.start_closing();
            }
            let deadline = lanes[0].deadline(Instant::now());
            // The last connection to close writes the log back into the file, which may take a while: on a thread.
            let (tell, told) = tokio::sync::oneshot::channel::<()>();
            let drain = move || {
                for lane in &lanes {
                    lane.drain(deadline);
                }
                drop(tell);
            };
            if thread::Builder::new().name("chakra-sqlite-close".into()).spawn(drain).is_ok() {
                let _ = told.await; // an error is what dropping the other end gives
            }
        })
    }

    fn is_closed(&self) -> bool {
        self.writer.is_closed()
    }
}

/// A statement such as BEGIN would leave its transaction to the next caller.
fn nothing_left_open(lease: &mut Lease) -> Result<()> {
    if !lease.connection()?.in_transaction() {
        return Ok(());
    }
    lease.settle();
    Err(Error::session(
        "a statement began a transaction on a connection that goes back to the pool, and it was rolled back; use begin()",
    ))
}
