//! Who waits, who is served, and what happens to connections that died.

use std::time::Duration;

use chakra::ErrorKind;
use chakra::driver::{Executor, Pool, PoolOptions, connect};
use chakra::types::Value;

use crate::pool_or_skip;
use crate::server::{Seen, name, pool_with, query, run, scalar, url_with};

async fn session(executor: &impl Executor) -> i64 {
    match scalar(executor, "SELECT CONNECTION_ID()", vec![]).await {
        Seen::Integer(number) => number,
        other => panic!("{other:?}"),
    }
}

/// Ends a session, and waits until it is gone.
async fn kill(admin: &Pool, session: i64) {
    run(admin, &format!("KILL CONNECTION {session}")).await;
    let gone = "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ?";
    while scalar(admin, gone, vec![Value::Integer(session)]).await != Seen::Integer(0) {}
}

/// The server ends a session without a word, so a write that finds it ended may have run: only a connection that was
/// idle for a second, or that others died beside, is tried first.
#[tokio::test]
async fn connections_killed_while_idle_are_replaced_unnoticed() {
    let (pool, admin) = (pool_or_skip!(1), pool_or_skip!(1));
    let table = name("killed");
    run(&pool, &format!("CREATE TABLE {table} (a BIGINT)")).await;
    let insert = format!("INSERT INTO {table} VALUES (?)");
    let reads = session(&pool).await;
    kill(&admin, reads).await;
    assert_ne!(session(&pool).await, reads);
    for number in 0..4 {
        let session = session(&pool).await;
        kill(&admin, session).await;
        tokio::time::sleep(Duration::from_millis(1_050)).await;
        match number {
            0 => assert_eq!(pool.execute(query(&insert, vec![Value::Integer(number)])).await.unwrap(), 1),
            1 => assert_eq!(run(&pool, &format!("INSERT INTO {table} VALUES (1)")).await, 1),
            _ => {
                let transaction = pool.begin().await.unwrap();
                transaction.execute(query(&insert, vec![Value::Integer(number)])).await.unwrap();
                transaction.commit().await.unwrap();
            }
        }
    }
    assert_eq!(scalar(&pool, &format!("SELECT COUNT(*) FROM {table}"), vec![]).await, Seen::Integer(4));
    run(&pool, &format!("DROP TABLE {table}")).await;
    assert_eq!(pool.metrics().size, 1);
}

#[tokio::test]
async fn one_that_died_casts_doubt_on_the_others() {
    let (pool, admin) = (pool_or_skip!(3), pool_or_skip!(1));
    let table = name("doubted");
    run(&pool, &format!("CREATE TABLE {table} (a BIGINT)")).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(pool.begin().await.unwrap());
    }
    for transaction in &held {
        kill(&admin, session(transaction).await).await;
    }
    // What is held is told; what comes back to the pool is dead.
    let mut held = held.into_iter();
    assert!(held.next().unwrap().rollback().await.is_err());
    drop(held);
    assert_eq!(scalar(&pool, "SELECT 1", vec![]).await, Seen::Integer(1));
    let insert = format!("INSERT INTO {table} VALUES (?)");
    let calls = (0..6).map(|number| pool.execute(query(&insert, vec![Value::Integer(number)])));
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(result.unwrap(), 1);
    }
    assert_eq!(scalar(&pool, &format!("SELECT COUNT(*) FROM {table}"), vec![]).await, Seen::Integer(6));
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn a_connection_killed_in_a_transaction_is_an_error() {
    let (pool, admin) = (pool_or_skip!(1), pool_or_skip!(1));
    let transaction = pool.begin().await.unwrap();
    let number = session(&transaction).await;
    kill(&admin, number).await;
    let error = transaction.fetch_all(query("SELECT 1", vec![])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
    assert_eq!(transaction.commit().await.unwrap_err().kind(), ErrorKind::Session);
    assert_ne!(session(&pool).await, number);
}

#[tokio::test]
async fn many_callers_share_few_connections() {
    let pool = pool_or_skip!(3);
    let calls = (0..60).map(|number| {
        let pool = pool.clone();
        tokio::spawn(async move { scalar(&pool, "SELECT ?", vec![Value::Integer(number)]).await })
    });
    for (number, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(call.await.unwrap(), Seen::Integer(i64::try_from(number).unwrap()));
    }
    let m = pool.metrics();
    assert!(m.size <= 3 && m.idle == m.size && m.waiting == 0, "{m:?}");
}

#[tokio::test]
async fn old_connections_are_replaced() {
    let options = PoolOptions { max_connections: 1, max_lifetime: Duration::ZERO, ..PoolOptions::default() };
    let Some(pool) = pool_with(options).await else { return };
    assert_ne!(session(&pool).await, session(&pool).await);
}

#[tokio::test]
async fn the_session_is_as_promised() {
    let pool = pool_or_skip!(1);
    for (setting, value) in [
        ("@@time_zone", "+00:00"),
        ("@@character_set_client", "utf8mb4"),
        ("@@character_set_results", "utf8mb4"),
        ("@@collation_connection LIKE '%bin'", "1"),
        ("@@sql_mode LIKE '%STRICT_ALL_TABLES%'", "1"),
        ("@@sql_mode LIKE '%NO_AUTO_VALUE_ON_ZERO%'", "1"),
        ("@@sql_mode LIKE '%NO_BACKSLASH_ESCAPES%'", "0"),
        ("@@sql_mode LIKE '%ANSI_QUOTES%'", "0"),
        ("@@autocommit = 1", "1"),
    ] {
        let text = format!("SELECT CAST({setting} AS CHAR)");
        assert_eq!(scalar(&pool, &text, vec![]).await, Seen::Text(value.into()), "{setting}");
    }
}

#[tokio::test]
async fn what_the_server_can_do_is_known() {
    let pool = pool_or_skip!(1);
    let Seen::Text(version) = scalar(&pool, "SELECT VERSION()", vec![]).await else { panic!("no version") };
    let is_mariadb = version.to_lowercase().contains("mariadb");
    assert_eq!(pool.capabilities().returning, is_mariadb);
    let without = connect(&url_with("returning=false")).await.unwrap();
    assert!(!without.capabilities().returning);
    assert!(!without.begin().await.unwrap().capabilities().returning);
}

#[tokio::test]
async fn statements_of_one_transaction_queue() {
    let pool = pool_or_skip!(1);
    let transaction = pool.begin().await.unwrap();
    let calls = (0..20).map(|number| transaction.fetch_all(query("SELECT ?", vec![Value::Integer(number)])));
    let results = futures_util::future::join_all(calls).await;
    assert!(results.into_iter().all(|result| result.is_ok()));
    drop(transaction);
    assert_eq!(scalar(&pool, "SELECT 1", vec![]).await, Seen::Integer(1));
    assert_eq!(pool.metrics().size, 1);
}

#[tokio::test]
async fn what_would_commit_a_transaction_is_refused_in_it() {
    let pool = pool_or_skip!(1);
    let table = name("implicit");
    run(&pool, &format!("CREATE TABLE {table} (a INT)")).await;
    let transaction = pool.begin().await.unwrap();
    run(&transaction, &format!("INSERT INTO {table} VALUES (1)")).await;
    for text in [format!("CREATE TABLE {table}_2 (a INT)"), format!("TRUNCATE {table}"), "BEGIN".to_owned()] {
        let error = transaction.execute(query(&text, vec![])).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Query, "{error}");
        assert!(error.to_string().contains("inside a transaction"), "{error}");
    }
    run(&transaction, &format!("CREATE TEMPORARY TABLE {table}_3 (a INT)")).await;
    transaction.rollback().await.unwrap();
    assert_eq!(scalar(&pool, &format!("SELECT COUNT(*) FROM {table}"), vec![]).await, Seen::Integer(0));
    run(&pool, &format!("DROP TABLE {table}")).await;
}

/// Two transactions that wait for each other: the server rolls one back, whole.
#[tokio::test]
async fn a_deadlock_ends_its_transaction() {
    let pool = pool_or_skip!(2);
    let table = name("deadlock");
    run(&pool, &format!("CREATE TABLE {table} (a INT PRIMARY KEY, b INT) ENGINE=InnoDB")).await;
    run(&pool, &format!("INSERT INTO {table} VALUES (1, 0), (2, 0)")).await;
    let update = |key: i64| query(&format!("UPDATE {table} SET b = b + 1 WHERE a = ?"), vec![Value::Integer(key)]);
    let (first, second) = (pool.begin().await.unwrap(), pool.begin().await.unwrap());
    first.execute(update(1)).await.unwrap();
    second.execute(update(2)).await.unwrap();
    let (one, two) = futures_util::future::join(first.execute(update(2)), second.execute(update(1))).await;
    let (winner, loser, error) = match (one, two) {
        (Ok(_), Err(error)) => (first, second, error),
        (Err(error), Ok(_)) => (second, first, error),
        other => panic!("{other:?}"),
    };
    assert_eq!(error.kind(), ErrorKind::TransactionConflict, "{error}");
    // It would run outside of the transaction, which is gone.
    let late = loser.execute(update(1)).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Operational, "{late}");
    assert!(late.to_string().contains("rolled this transaction back"), "{late}");
    let commit = loser.commit().await.unwrap_err();
    assert_eq!(commit.kind(), ErrorKind::Session, "{commit}");
    winner.commit().await.unwrap();
    assert_eq!(scalar(&pool, &format!("SELECT CAST(SUM(b) AS SIGNED) FROM {table}"), vec![]).await, Seen::Integer(2));
    assert_eq!(pool.metrics().size, 2);
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn several_statements_in_one_text_are_refused() {
    let pool = pool_or_skip!(1);
    let table = name("several");
    run(&pool, &format!("CREATE TABLE {table} (a INT)")).await;
    let text = format!("INSERT INTO {table} VALUES (1); DROP TABLE {table}");
    for result in
        [pool.execute(query(&text, vec![])).await.map(drop), pool.fetch_all(query(&text, vec![])).await.map(drop)]
    {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Programming);
    }
    assert_eq!(scalar(&pool, &format!("SELECT COUNT(*) FROM {table}"), vec![]).await, Seen::Integer(0));
    run(&pool, &format!("DROP TABLE {table}")).await;
}
