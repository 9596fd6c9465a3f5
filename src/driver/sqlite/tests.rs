//! Tests of the pool, without any runtime: futures are polled by [`wait`].

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use futures_util::StreamExt;

use super::open;
use crate::dialect::Sql;
use crate::driver::url::SqliteFile;
use crate::driver::{Backend, BoxFuture, BoxStream, Caller, PoolOptions, Query, RawCell, RowBatch, TransactionOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::types::Value;

mod bulk;
mod calls;
mod cancel;
mod errors;
mod speed;
mod streams;
mod transactions;
mod values;

const PLAIN: TransactionOptions = TransactionOptions { isolation_level: None, read_only: false };

const BOTH: [Caller; 2] = [Caller::Async, Caller::Blocking];

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// Polls a future once, with nobody to wake.
fn poll_once<T>(future: &mut BoxFuture<T>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn next(stream: &mut BoxStream<Result<RowBatch>>) -> Option<Result<RowBatch>> {
    wait(stream.next())
}

/// A pool on a file (or in memory) of its own, removed when dropped.
struct Db {
    pool: Arc<dyn Backend>,
    folder: Option<PathBuf>,
}

impl Db {
    fn with(options: &PoolOptions) -> Self {
        let folder = folder();
        let pool = wait(open(&SqliteFile::Path(folder.join("test.db")), options)).unwrap();
        let db = Self { pool, folder: Some(folder) };
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)").unwrap();
        db
    }

    fn file() -> Self {
        Self::with(&PoolOptions::default())
    }

    /// One connection for all.
    fn single() -> Self {
        Self::with(&PoolOptions { max_connections: 1, ..PoolOptions::default() })
    }

    fn memory() -> Self {
        let db = Self { pool: wait(open(&SqliteFile::Memory, &PoolOptions::default())).unwrap(), folder: None };
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)").unwrap();
        db
    }

    fn execute(&self, sql: &str) -> Result<u64> {
        wait(self.pool.execute(query(sql, []), Caller::Blocking))
    }

    fn fetch(&self, sql: &str) -> Result<RowBatch> {
        wait(self.pool.fetch_all(query(sql, []), Caller::Blocking))
    }

    fn number(&self, sql: &str) -> i64 {
        number(&self.fetch(sql).unwrap())
    }

    fn count(&self) -> i64 {
        self.number("SELECT count(*) FROM t")
    }

    fn fill(&self, rows: i64) {
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) INSERT INTO t SELECT i, 'row' FROM n"
        );
        assert_eq!(self.execute(&sql).unwrap(), rows.cast_unsigned());
    }

    fn until_active(&self, connections: usize) {
        while self.pool.metrics().active != connections {
            thread::yield_now();
        }
    }

    fn until_waiting(&self, callers: usize) {
        while self.pool.metrics().waiting != callers {
            thread::yield_now();
        }
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn folder() -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("chakra-sqlite-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn query<const N: usize>(sql: &str, params: [Value; N]) -> Query {
    Query { sql: Arc::new(Sql { text: sql.into(), placeholders: Vec::new() }), params: params.into() }
}

fn number(batch: &RowBatch) -> i64 {
    match batch.cell(0, 0) {
        RawCell::Integer(number) => number,
        other => panic!("{other:?}"),
    }
}

fn kind<T>(result: Result<T>) -> ErrorKind {
    result.err().map(|error| error.kind()).expect("an error")
}

fn short_wait() -> PoolOptions {
    PoolOptions { max_connections: 2, acquire_timeout: Duration::from_millis(30), ..PoolOptions::default() }
}

fn error_of<T>(result: Result<T>) -> Error {
    result.err().expect("an error")
}

/// Runs for minutes unless it is cancelled.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n";
