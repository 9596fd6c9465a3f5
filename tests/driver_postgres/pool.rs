//! Who waits, who is served, and what happens to connections that died.

use std::time::Duration;

use chakra::ErrorKind;
use chakra::driver::{Executor, Pool, PoolOptions, connect_with};
use chakra::types::Value;
use futures_util::StreamExt;

use crate::pool_or_skip;
use crate::server::{Seen, name, pool_with, query, run, scalar};

async fn backend(pool: &Pool) -> i64 {
    match scalar(pool, "SELECT pg_backend_pid()", vec![]).await {
        Seen::Integer(pid) => pid,
        other => panic!("{other:?}"),
    }
}

/// Ends a server process, and waits until it is gone.
async fn terminate(admin: &Pool, pid: i64) {
    assert_eq!(
        scalar(admin, "SELECT pg_terminate_backend($1::int4)", vec![Value::Integer(pid)]).await,
        Seen::Boolean(true)
    );
    let gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1";
    while scalar(admin, gone, vec![Value::Integer(pid)]).await != Seen::Integer(0) {}
}

#[tokio::test]
async fn connections_killed_while_idle_are_replaced_unnoticed() {
    let (pool, admin) = (pool_or_skip!(1), pool_or_skip!(1));
    let table = name("killed");
    run(&pool, &format!("CREATE TABLE {table} (a int8)")).await;
    let insert = format!("INSERT INTO {table} VALUES ($1)");
    let reads = backend(&pool).await;
    terminate(&admin, reads).await;
    assert_ne!(backend(&pool).await, reads);
    // A write with parameters, a write without, a transaction.
    for number in 0..4 {
        let pid = backend(&pool).await;
        terminate(&admin, pid).await;
        match number {
            0 => assert_eq!(pool.execute(query(&insert, vec![Value::Integer(number)])).await.unwrap(), 1),
            1 => assert_eq!(run(&pool, &format!("INSERT INTO {table} VALUES (1)")).await, 1),
            2 => {
                let transaction = pool.begin().await.unwrap();
                transaction.execute(query(&insert, vec![Value::Integer(number)])).await.unwrap();
                transaction.commit().await.unwrap();
            }
            _ => {
                let rows = pool.fetch_all(query(&format!("{insert} RETURNING a"), vec![Value::Integer(number)])).await;
                assert_eq!(rows.unwrap().len(), 1);
            }
        }
    }
    assert_eq!(scalar(&pool, &format!("SELECT count(*) FROM {table}"), vec![]).await, Seen::Integer(4));
    run(&pool, &format!("DROP TABLE {table}")).await;
    assert_eq!(pool.metrics().size, 1);
}

#[tokio::test]
async fn a_pool_whose_connections_all_died_goes_on() {
    let (pool, admin) = (pool_or_skip!(3), pool_or_skip!(1));
    let table = name("restarted");
    run(&pool, &format!("CREATE TABLE {table} (a int8)")).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(pool.begin().await.unwrap());
    }
    let mut pids = Vec::new();
    for transaction in held {
        let Seen::Integer(pid) = scalar(&transaction, "SELECT pg_backend_pid()", vec![]).await else {
            panic!("no pid")
        };
        pids.push(pid);
        transaction.rollback().await.unwrap();
    }
    for pid in pids {
        terminate(&admin, pid).await;
    }
    let insert = format!("INSERT INTO {table} VALUES ($1)");
    let calls = (0..6).map(|number| pool.execute(query(&insert, vec![Value::Integer(number)])));
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(result.unwrap(), 1);
    }
    assert_eq!(scalar(&pool, &format!("SELECT count(*) FROM {table}"), vec![]).await, Seen::Integer(6));
    let m = pool.metrics();
    assert!(m.size <= 3, "{m:?}");
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn a_connection_killed_in_a_transaction_is_an_error() {
    let (pool, admin) = (pool_or_skip!(1), pool_or_skip!(1));
    let transaction = pool.begin().await.unwrap();
    let Seen::Integer(pid) = scalar(&transaction, "SELECT pg_backend_pid()", vec![]).await else { panic!("no pid") };
    terminate(&admin, pid).await;
    let error = transaction.fetch_all(query("SELECT 1", vec![])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
    assert_eq!(transaction.commit().await.unwrap_err().kind(), ErrorKind::Session);
    assert_ne!(backend(&pool).await, pid);
}

#[tokio::test]
async fn callers_wait_in_order_and_not_for_ever() {
    let options =
        PoolOptions { max_connections: 1, acquire_timeout: Duration::from_millis(50), ..PoolOptions::default() };
    let Some(pool) = pool_with(options).await else { return };
    let held = pool.begin().await.unwrap();
    let (m, late) = (pool.metrics(), pool.fetch_all(query("SELECT 1", vec![])).await.unwrap_err());
    assert_eq!((m.size, m.idle, m.active, m.waiting), (1, 0, 1, 0));
    assert_eq!(late.kind(), ErrorKind::PoolExhausted);
    assert!(late.to_string().contains("max_connections"), "{late}");
    held.rollback().await.unwrap();
    assert_eq!(backend(&pool).await, backend(&pool).await);
    let m = pool.metrics();
    assert_eq!((m.size, m.idle, m.active, m.waiting), (1, 1, 0, 0));
}

#[tokio::test]
async fn an_acquire_timeout_of_zero_means_not_to_wait() {
    let options = PoolOptions { max_connections: 1, acquire_timeout: Duration::ZERO, ..PoolOptions::default() };
    let Some(pool) = pool_with(options).await else { return };
    assert_eq!(scalar(&pool, "SELECT 1::int8", vec![]).await, Seen::Integer(1));
    let held = pool.begin().await.unwrap();
    let refused = pool.fetch_all(query("SELECT 1", vec![])).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PoolExhausted);
    assert!(refused.to_string().contains("no connection is free and acquire_timeout is 0"), "{refused}");
    held.rollback().await.unwrap();
}

#[tokio::test]
async fn too_many_connections_are_refused_before_any_is_made() {
    for max_connections in [1_000_000_000, usize::MAX] {
        let options = PoolOptions { max_connections, ..PoolOptions::default() };
        let error = connect_with("postgres://ada@127.0.0.1:1/x", options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
}

#[tokio::test]
async fn many_callers_share_few_connections() {
    let pool = pool_or_skip!(3);
    let calls = (0..60).map(|number| {
        let pool = pool.clone();
        tokio::spawn(async move { scalar(&pool, "SELECT $1", vec![Value::Integer(number)]).await })
    });
    for (number, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(call.await.unwrap(), Seen::Integer(i64::try_from(number).unwrap()));
    }
    let m = pool.metrics();
    assert!(m.size <= 3 && m.idle == m.size && m.waiting == 0, "{m:?}");
}

#[tokio::test]
async fn closing_waits_for_calls_in_flight_and_refuses_new_ones() {
    let pool = pool_or_skip!(2);
    let transaction = pool.begin().await.unwrap();
    let closing = tokio::spawn({
        let pool = pool.clone();
        async move { pool.close().await }
    });
    while !pool.is_closed() {
        tokio::task::yield_now().await;
    }
    assert_eq!(pool.fetch_all(query("SELECT 1", vec![])).await.unwrap_err().kind(), ErrorKind::Session);
    assert!(!closing.is_finished());
    transaction.execute(query("SELECT 1", vec![])).await.unwrap();
    transaction.commit().await.unwrap();
    closing.await.unwrap();
    assert_eq!(pool.metrics().size, 0);
}

/// Three connections, and callers that wait for the blink of an eye.
async fn impatient_pool() -> Option<Pool> {
    let acquire_timeout = Duration::from_millis(100);
    pool_with(PoolOptions { max_connections: 3, acquire_timeout, ..PoolOptions::default() }).await
}

async fn close_soon(pool: &Pool) {
    // An error: close does not end with the acquire timeout.
    tokio::time::timeout(Duration::from_secs(5), pool.close()).await.unwrap();
}

async fn until_size(pool: &Pool, size: usize) {
    let reached = async {
        while pool.metrics().size != size {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), reached).await.unwrap_or_else(|_| panic!("{:?}", pool.metrics()));
}

#[tokio::test]
async fn closing_does_not_wait_for_ever_for_a_transaction() {
    let Some(pool) = impatient_pool().await else { return };
    let (held, other) = (pool.begin().await.unwrap(), pool.begin().await.unwrap());
    other.rollback().await.unwrap();
    until_size(&pool, 2).await;
    close_soon(&pool).await;
    // The idle one is closed, the other goes on until its holder is done with it.
    until_size(&pool, 1).await;
    assert_eq!(scalar(&held, "SELECT 1::int8", vec![]).await, Seen::Integer(1));
    assert_eq!(pool.begin().await.map(drop).unwrap_err().kind(), ErrorKind::Session);
    held.commit().await.unwrap();
    until_size(&pool, 0).await;
    close_soon(&pool).await;
}

#[tokio::test]
async fn closing_does_not_wait_for_ever_for_a_stream() {
    let Some(pool) = impatient_pool().await else { return };
    let mut stream = pool.fetch(query("SELECT generate_series(1, 100000)", vec![]), 10);
    assert_eq!(stream.next().await.unwrap().unwrap().len(), 10);
    close_soon(&pool).await;
    assert_eq!(stream.next().await.unwrap().unwrap().len(), 10);
    drop(stream);
    until_size(&pool, 0).await;
}

#[tokio::test]
async fn old_connections_are_replaced() {
    let options = PoolOptions { max_connections: 1, max_lifetime: Duration::ZERO, ..PoolOptions::default() };
    let Some(pool) = pool_with(options).await else { return };
    assert_ne!(backend(&pool).await, backend(&pool).await);
}

#[tokio::test]
async fn the_session_is_as_promised() {
    let pool = pool_or_skip!(1);
    for (setting, value) in [
        ("TimeZone", "UTC"),
        ("client_encoding", "UTF8"),
        ("standard_conforming_strings", "on"),
        ("application_name", "chakra"),
    ] {
        assert_eq!(scalar(&pool, &format!("SHOW {setting}"), vec![]).await, Seen::Text(value.into()));
    }
}

#[tokio::test]
async fn a_failed_statement_fails_the_commit() {
    let pool = pool_or_skip!(1);
    let table = name("failed");
    run(&pool, &format!("CREATE TABLE {table} (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)")).await;
    let transaction = pool.begin().await.unwrap();
    run(&transaction, &format!("INSERT INTO {table} VALUES (1)")).await;
    transaction.execute(query("SELECT 1/0", vec![])).await.unwrap_err();
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Session);
    assert!(error.to_string().contains("division by zero"), "{error}");
    // A savepoint saves it.
    let transaction = pool.begin().await.unwrap();
    run(&transaction, "SAVEPOINT s").await;
    transaction.execute(query("SELECT 1/0", vec![])).await.unwrap_err();
    run(&transaction, "ROLLBACK TO SAVEPOINT s").await;
    run(&transaction, &format!("INSERT INTO {table} VALUES (2)")).await;
    transaction.commit().await.unwrap();
    // What only COMMIT finds out.
    let transaction = pool.begin().await.unwrap();
    run(&transaction, &format!("INSERT INTO {table} VALUES (2)")).await;
    assert_eq!(transaction.commit().await.unwrap_err().kind(), ErrorKind::UniqueViolation);
    assert_eq!(scalar(&pool, &format!("SELECT sum(a) FROM {table}"), vec![]).await, Seen::Integer(2));
    run(&pool, &format!("DROP TABLE {table}")).await;
    assert_eq!(pool.metrics().size, 1);
}

#[tokio::test]
async fn statements_of_one_transaction_queue() {
    let pool = pool_or_skip!(1);
    let transaction = pool.begin().await.unwrap();
    run(&transaction, "SELECT pg_current_xact_id()").await;
    let calls = (0..20).map(|number| transaction.fetch_all(query("SELECT $1", vec![Value::Integer(number)])));
    let results = futures_util::future::join_all(calls).await;
    assert!(results.into_iter().all(|result| result.is_ok()));
    drop(transaction);
    assert_eq!(scalar(&pool, "SELECT pg_current_xact_id_if_assigned() IS NULL", vec![]).await, Seen::Boolean(true));
    assert_eq!(pool.metrics().size, 1);
}
