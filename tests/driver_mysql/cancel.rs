//! A call dropped at any point leaves nothing behind: neither on the server nor in the pool.

use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use chakra::driver::{BulkInsert, Executor, Pool, PoolOptions, connect_with};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{SqlType, Value};
use futures_util::{FutureExt, StreamExt};

use crate::pool_or_skip;
use crate::server::{Seen, name, query, run, scalar, url_of};

/// Polls at most so many times and then drops; whether it finished before.
async fn poll_at_most<T>(future: impl Future<Output = T>, polls: usize) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context: &mut Context<'_>| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A pool in a database of its own, by which its sessions can be told from others', and what drops it.
struct Marked {
    admin: Pool,
    pool: Pool,
    mark: String,
}

impl Marked {
    async fn open(admin: Pool, what: &str, max_connections: usize) -> Self {
        let mark = name(what);
        run(&admin, &format!("CREATE DATABASE {mark}")).await;
        let options = PoolOptions { max_connections, ..PoolOptions::default() };
        let pool = connect_with(&url_of(&mark, ""), options).await.unwrap();
        Self { admin, pool, mark }
    }

    /// The server has as many sessions of the pool as it should have, none of which does anything.
    async fn assert_quiet(&self, sessions: i64, step: &str) {
        let idle = "SELECT COUNT(*) - COUNT(DISTINCT IF(command = 'Sleep', NULL, id)) * 100 \
             FROM information_schema.processlist WHERE db = ?";
        let deadline = Instant::now() + Duration::from_secs(5);
        while scalar(&self.admin, idle, vec![Value::Text(self.mark.clone())]).await != Seen::Integer(sessions) {
            assert!(Instant::now() < deadline, "{step}: a session is still busy, or still there");
        }
    }

    /// The pool works, has its size and no transaction, and the server holds nothing of what was dropped.
    async fn assert_clean(&self, step: &str) {
        let open = "SELECT /*M!100600 @@in_transaction + */ 0";
        let open = tokio::time::timeout(Duration::from_secs(10), scalar(&self.pool, open, vec![])).await;
        assert_eq!(open.unwrap_or_else(|_| panic!("{step}: the pool is stuck")), Seen::Integer(0), "{step}");
        let m = self.pool.metrics();
        assert_eq!((m.size, m.idle, m.active, m.waiting), (1, 1, 0, 0), "{step}");
        self.assert_quiet(1, step).await;
    }

    /// Waits until a statement of the pool runs on the server.
    async fn until_running(&self) {
        let running = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = ? AND info LIKE 'SELECT SLEEP%'";
        while scalar(&self.admin, running, vec![Value::Text(self.mark.clone())]).await != Seen::Integer(1) {}
    }

    async fn close(self) {
        self.pool.close().await;
        run(&self.admin, &format!("DROP DATABASE {}", self.mark)).await;
    }
}

fn described(table: &str) -> TableRef {
    TableRef::new(Table::new("Row", table, vec![Column::new("a", SqlType::BigInteger).primary_key()]).unwrap())
}

fn rows(table: &str, count: i64) -> BulkInsert {
    let values = (0..count).map(Value::Integer).collect();
    BulkInsert { table: described(table), columns: vec![0], values, returning: vec![] }
}

const POLLS: usize = 14;

#[tokio::test]
async fn dropped_after_any_number_of_polls() {
    let db = Marked::open(pool_or_skip!(1), "sweep", 1).await;
    let pool = &db.pool;
    run(pool, "CREATE TABLE t (a BIGINT PRIMARY KEY)").await;
    run(pool, "CREATE TABLE many (a BIGINT PRIMARY KEY)").await;
    pool.insert_many(rows("many", 20_000)).await.unwrap();
    let insert = "INSERT INTO t VALUES (?)";
    let mut finished = 0;
    for polls in 0..POLLS {
        let key = i64::try_from(polls).unwrap();
        for step in ["begin", "statement", "new statement", "commit", "rollback", "stream", "drop"] {
            let told = format!("{step} after {polls} polls");
            finished += usize::from(match step {
                "begin" => poll_at_most(pool.begin(), polls).await,
                "statement" => poll_at_most(pool.fetch_all(query("SELECT ?", vec![Value::Integer(1)])), polls).await,
                "new statement" => {
                    let text = format!("SELECT {polls}, ?");
                    poll_at_most(pool.fetch_all(query(&text, vec![Value::Integer(1)])), polls).await
                }
                "commit" => {
                    let transaction = pool.begin().await.unwrap();
                    transaction.execute(query(insert, vec![Value::Integer(key)])).await.unwrap();
                    poll_at_most(transaction.commit(), polls).await
                }
                "rollback" => {
                    let transaction = pool.begin().await.unwrap();
                    transaction.execute(query(insert, vec![Value::Integer(-1)])).await.unwrap();
                    poll_at_most(transaction.rollback(), polls).await
                }
                "stream" => {
                    let mut rows = pool.fetch(query("SELECT a FROM many", vec![]), 10);
                    poll_at_most(async { while rows.next().await.is_some() {} }, polls).await
                }
                _ => {
                    let transaction = pool.begin().await.unwrap();
                    let statement = transaction.execute(query(insert, vec![Value::Integer(-2)]));
                    let done = poll_at_most(statement, polls).await;
                    drop(transaction);
                    done
                }
            });
            db.assert_clean(&told).await;
        }
    }
    assert!(finished > 0, "no step ever finished: {POLLS} polls are too few to sweep anything");
    // Commits that were begun (at least one poll) were finished; nothing else was written.
    let keys = scalar(&db.admin, &format!("SELECT GROUP_CONCAT(a ORDER BY a) FROM {}.t", db.mark), vec![]).await;
    let expected = (1..POLLS).map(|key| key.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(keys, Seen::Text(expected));
    db.close().await;
}

#[tokio::test]
async fn connecting_can_be_given_up() {
    let admin = pool_or_skip!(1);
    for polls in 0..6 {
        let db = Marked::open(admin.clone(), "connect", 2).await;
        let held = db.pool.begin().await.unwrap();
        poll_at_most(db.pool.fetch_all(query("SELECT 1", vec![])), polls).await;
        held.rollback().await.unwrap();
        assert_eq!(scalar(&db.pool, "SELECT 1", vec![]).await, Seen::Integer(1));
        db.pool.close().await;
        assert_eq!(db.pool.metrics().size, 0);
        db.close().await;
    }
}

#[tokio::test]
async fn the_server_is_told_to_cancel() {
    let db = Marked::open(pool_or_skip!(1), "asleep", 1).await;
    let mut sleeping = db.pool.fetch_all(query("SELECT SLEEP(600)", vec![]));
    assert!((&mut sleeping).now_or_never().is_none());
    tokio::select! {
        _ = &mut sleeping => panic!("it woke up"),
        () = db.until_running() => {}
    }
    drop(sleeping);
    db.assert_clean("a cancelled statement").await;
    let transaction = db.pool.begin().await.unwrap();
    let mut sleeping = transaction.fetch_all(query("SELECT SLEEP(600)", vec![]));
    tokio::select! {
        _ = &mut sleeping => panic!("it woke up"),
        () = db.until_running() => {}
    }
    drop(sleeping);
    let error = transaction.fetch_all(query("SELECT 1", vec![])).await.unwrap_err();
    assert!(error.to_string().contains("cancelled"), "{error}");
    drop(transaction);
    db.assert_clean("a cancelled statement of a transaction").await;
    db.close().await;
}

/// A stream that is left half read keeps no other rows waiting on its connection: it is closed.
#[tokio::test]
async fn rows_of_a_stream_that_was_left_are_never_read_by_others() {
    let db = Marked::open(pool_or_skip!(1), "left", 1).await;
    run(&db.pool, "CREATE TABLE many (a BIGINT PRIMARY KEY)").await;
    db.pool.insert_many(rows("many", 20_000)).await.unwrap();
    for batches in 1..20 {
        let mut stream = db.pool.fetch(query("SELECT a FROM many ORDER BY a", vec![]), 7);
        for _ in 0..batches {
            assert_eq!(stream.next().await.unwrap().unwrap().len(), 7);
        }
        drop(stream);
        assert_eq!(scalar(&db.pool, "SELECT -1", vec![]).await, Seen::Integer(-1));
    }
    db.assert_clean("streams left").await;
    db.close().await;
}

#[tokio::test]
async fn bulk_inserts_are_dropped_whole() {
    let db = Marked::open(pool_or_skip!(1), "bulk", 1).await;
    run(&db.pool, "CREATE TABLE t (a BIGINT PRIMARY KEY)").await;
    let count = 5_000;
    for polls in 0..POLLS {
        run(&db.pool, "TRUNCATE t").await;
        let done = poll_at_most(db.pool.insert_many(rows("t", count)), polls).await;
        db.assert_clean("bulk").await;
        let found = scalar(&db.pool, "SELECT COUNT(*) FROM t", vec![]).await;
        assert!(found == Seen::Integer(count) || (!done && found == Seen::Integer(0)), "{polls}: {found:?}");
    }
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aborted_tasks_on_several_threads_leave_nothing() {
    let db = Marked::open(pool_or_skip!(1), "abort", 3).await;
    run(&db.pool, "CREATE TABLE t (a BIGINT)").await;
    for round in 0..15 {
        let tasks: Vec<_> = (0..12_i64)
            .map(|number| {
                let pool = db.pool.clone();
                tokio::spawn(async move {
                    let transaction = pool.begin().await.unwrap();
                    let insert = query("INSERT INTO t VALUES (?)", vec![Value::Integer(number)]);
                    transaction.execute(insert).await.unwrap();
                    transaction.commit().await.unwrap();
                })
            })
            .collect();
        for task in tasks.iter().skip(round % 3).step_by(2) {
            scalar(&db.admin, "SELECT 1", vec![]).await; // lets some time pass
            task.abort();
        }
        for task in tasks {
            assert!(task.await.map_or_else(|error| error.is_cancelled(), |()| true));
        }
    }
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(tokio::time::timeout(Duration::from_secs(10), db.pool.begin()).await.unwrap().unwrap());
    }
    for transaction in held {
        transaction.rollback().await.unwrap();
    }
    db.assert_quiet(i64::try_from(db.pool.metrics().size).unwrap(), "aborted tasks").await;
    db.close().await;
}
