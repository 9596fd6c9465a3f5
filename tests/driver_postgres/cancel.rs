//! A call dropped at any point leaves nothing behind: neither on the server nor in the pool.

use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use chakra::driver::{BulkInsert, Executor, Pool, PoolOptions, connect_with};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{SqlType, Value};
use futures_util::{FutureExt, StreamExt};

use crate::pool_or_skip;
use crate::server::{Seen, name, query, run, scalar, url};

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

/// A pool whose sessions can be told from others'.
async fn marked(mark: &str, max_connections: usize) -> Pool {
    let options = PoolOptions { max_connections, ..PoolOptions::default() };
    connect_with(&format!("{}?application_name={mark}", url()), options).await.unwrap()
}

/// The pool works, has its size, and the server holds nothing of what was dropped.
async fn assert_clean(pool: &Pool, admin: &Pool, mark: &str, step: &str) {
    let one = tokio::time::timeout(Duration::from_secs(10), scalar(pool, "SELECT 1", vec![])).await;
    assert_eq!(one.unwrap_or_else(|_| panic!("{step}: the pool is stuck")), Seen::Integer(1), "{step}");
    let m = pool.metrics();
    assert_eq!((m.size, m.idle, m.active, m.waiting), (1, 1, 0, 0), "{step}");
    let open = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'";
    // A session that was closed is listed until its process has ended.
    let deadline = Instant::now() + Duration::from_secs(5);
    while scalar(admin, open, vec![Value::Text(mark.into())]).await != Seen::Integer(0) {
        assert!(Instant::now() < deadline, "{step}: a session is still busy or in a transaction");
    }
}

const POLLS: usize = 14;

#[tokio::test]
async fn dropped_after_any_number_of_polls() {
    let admin = pool_or_skip!(1);
    let (mark, table) = (name("sweep"), name("sweep"));
    let pool = marked(&mark, 1).await;
    run(&admin, &format!("CREATE TABLE {table} (a int8 PRIMARY KEY)")).await;
    let insert = format!("INSERT INTO {table} VALUES ($1)");
    let mut finished = 0;
    for polls in 0..POLLS {
        let key = i64::try_from(polls).unwrap();
        let steps = ["begin", "statement", "new statement", "commit", "rollback", "stream", "drop"];
        for step in steps {
            let told = format!("{step} after {polls} polls");
            finished += usize::from(match step {
                "begin" => poll_at_most(pool.begin(), polls).await,
                "statement" => poll_at_most(pool.fetch_all(query("SELECT $1", vec![Value::Integer(1)])), polls).await,
                "new statement" => {
                    let text = format!("SELECT {polls}, $1");
                    poll_at_most(pool.fetch_all(query(&text, vec![Value::Integer(1)])), polls).await
                }
                "commit" => {
                    let transaction = pool.begin().await.unwrap();
                    transaction.execute(query(&insert, vec![Value::Integer(key)])).await.unwrap();
                    poll_at_most(transaction.commit(), polls).await
                }
                "rollback" => {
                    let transaction = pool.begin().await.unwrap();
                    transaction.execute(query(&insert, vec![Value::Integer(-1)])).await.unwrap();
                    poll_at_most(transaction.rollback(), polls).await
                }
                "stream" => {
                    let mut rows = pool.fetch(query("SELECT generate_series(1, 100000)", vec![]), 10);
                    poll_at_most(async { while rows.next().await.is_some() {} }, polls).await
                }
                _ => {
                    let transaction = pool.begin().await.unwrap();
                    let statement = transaction.execute(query(&insert, vec![Value::Integer(-2)]));
                    let done = poll_at_most(statement, polls).await;
                    drop(transaction);
                    done
                }
            });
            assert_clean(&pool, &admin, &mark, &told).await;
        }
    }
    assert!(finished > 0, "no step ever finished: {POLLS} polls are too few to sweep anything");
    // Commits that were begun (at least one poll) were finished; nothing else was written.
    let sum = scalar(&admin, &format!("SELECT array_agg(a ORDER BY a)::text FROM {table}"), vec![]).await;
    let expected = (1..POLLS).map(|key| key.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(sum, Seen::Text(format!("{{{expected}}}")));
    run(&admin, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn waiting_for_a_connection_can_be_given_up() {
    let admin = pool_or_skip!(1);
    let mark = name("acquire");
    let pool = marked(&mark, 1).await;
    for polls in [0, 1, 1] {
        let held = pool.begin().await.unwrap();
        assert!(!poll_at_most(pool.fetch_all(query("SELECT 1", vec![])), polls).await);
        assert_eq!(pool.metrics().waiting, 0);
        held.rollback().await.unwrap();
        assert_clean(&pool, &admin, &mark, "acquire").await;
    }
}

#[tokio::test]
async fn connecting_can_be_given_up() {
    let admin = pool_or_skip!(1);
    let mark = name("connect");
    for polls in 0..6 {
        let pool = marked(&mark, 2).await;
        let held = pool.begin().await.unwrap();
        poll_at_most(pool.fetch_all(query("SELECT 1", vec![])), polls).await;
        held.rollback().await.unwrap();
        assert_eq!(scalar(&pool, "SELECT 1", vec![]).await, Seen::Integer(1));
        pool.close().await;
        assert_eq!(pool.metrics().size, 0);
    }
    drop(admin);
}

/// Waits until a statement of the marked pool runs on the server.
async fn until_running(admin: &Pool, mark: &str) {
    let running = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state = 'active'";
    while scalar(admin, running, vec![Value::Text(mark.into())]).await != Seen::Integer(1) {}
}

#[tokio::test]
async fn the_server_is_told_to_cancel() {
    let admin = pool_or_skip!(1);
    let mark = name("asleep");
    let pool = marked(&mark, 1).await;
    let mut sleeping = pool.fetch_all(query("SELECT pg_sleep(600)", vec![]));
    assert!((&mut sleeping).now_or_never().is_none());
    tokio::select! {
        _ = &mut sleeping => panic!("it woke up"),
        () = until_running(&admin, &mark) => {}
    }
    drop(sleeping);
    assert_clean(&pool, &admin, &mark, "a cancelled statement").await;
    let transaction = pool.begin().await.unwrap();
    let mut sleeping = transaction.fetch_all(query("SELECT pg_sleep(600)", vec![]));
    tokio::select! {
        _ = &mut sleeping => panic!("it woke up"),
        () = until_running(&admin, &mark) => {}
    }
    drop(sleeping);
    let error = transaction.fetch_all(query("SELECT 1", vec![])).await.unwrap_err();
    assert!(error.to_string().contains("cancelled"), "{error}");
    drop(transaction);
    assert_clean(&pool, &admin, &mark, "a cancelled statement of a transaction").await;
}

#[tokio::test]
async fn bulk_inserts_are_dropped_whole() {
    let admin = pool_or_skip!(1);
    let mark = name("bulk");
    let pool = marked(&mark, 1).await;
    let table = name("bulk");
    run(&admin, &format!("CREATE TABLE {table} (a int8 PRIMARY KEY)")).await;
    let described =
        TableRef::new(Table::new("Bulk", &table, vec![Column::new("a", SqlType::BigInteger).primary_key()]).unwrap());
    let rows = 5_000;
    for polls in 0..POLLS {
        run(&admin, &format!("TRUNCATE {table}")).await;
        let bulk = BulkInsert {
            table: described.clone(),
            columns: vec![0],
            values: (0..rows).map(Value::Integer).collect(),
            returning: vec![],
        };
        let done = poll_at_most(pool.insert_many(bulk), polls).await;
        assert_clean(&pool, &admin, &mark, "bulk").await;
        let count = scalar(&admin, &format!("SELECT count(*) FROM {table}"), vec![]).await;
        assert!(count == Seen::Integer(rows) || (!done && count == Seen::Integer(0)), "{polls}: {count:?}");
    }
    run(&admin, &format!("DROP TABLE {table}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aborted_tasks_on_several_threads_leave_nothing() {
    let admin = pool_or_skip!(1);
    let (mark, table) = (name("abort"), name("abort"));
    let pool = marked(&mark, 3).await;
    run(&admin, &format!("CREATE TABLE {table} (a int8)")).await;
    for round in 0..20 {
        let tasks: Vec<_> = (0..12_i64)
            .map(|number| {
                let (pool, insert) = (pool.clone(), format!("INSERT INTO {table} VALUES ($1)"));
                tokio::spawn(async move {
                    let transaction = pool.begin().await.unwrap();
                    transaction.execute(query(&insert, vec![Value::Integer(number)])).await.unwrap();
                    transaction.commit().await.unwrap();
                })
            })
            .collect();
        for task in tasks.iter().skip(round % 3).step_by(2) {
            scalar(&admin, "SELECT 1", vec![]).await; // lets some time pass
            task.abort();
        }
        for task in tasks {
            assert!(task.await.map_or_else(|error| error.is_cancelled(), |()| true));
        }
    }
    let all = pool_of_all(&pool, 3).await;
    assert_eq!(all, 3, "connections were lost to cancelled tasks");
    let open = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'";
    let deadline = Instant::now() + Duration::from_secs(5);
    while scalar(&admin, open, vec![Value::Text(mark.clone())]).await != Seen::Integer(0) {
        assert!(Instant::now() < deadline, "a session is still busy or in a transaction");
    }
    run(&admin, &format!("DROP TABLE {table}")).await;
}

/// How many transactions can be open at once.
async fn pool_of_all(pool: &Pool, most: usize) -> usize {
    let mut held = Vec::new();
    for _ in 0..most {
        held.push(tokio::time::timeout(Duration::from_secs(10), pool.begin()).await.unwrap().unwrap());
    }
    let open = held.len();
    for transaction in held {
        transaction.rollback().await.unwrap();
    }
    open
}
