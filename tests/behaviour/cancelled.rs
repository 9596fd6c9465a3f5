//! A transaction that is cancelled at each of its awaits, on a pool of one connection; and the same on ways of holding
//! a connection that are known to be harmed by it, so that the sweep is seen to notice.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use chakra::Model;
use chakra::driver::PoolOptions;
use futures_util::future::BoxFuture;

use crate::backend::{TestDb, on_every_backend, run_on};

on_every_backend! {
    no_cancel_harms_the_pool,
    the_sweep_notices_a_connection_that_is_harmed,
}

/// Cancels, and how long anything may take.
const ROUNDS: i64 = 400;
const WITHIN: Duration = Duration::from_secs(20);

/// One way to work on a pool of one connection.
trait Way {
    /// Adds a row in a transaction.
    fn transfer(&self, row: i64) -> BoxFuture<'_, Result<(), String>>;

    /// Adds a row by itself.
    fn add(&self, row: i64) -> BoxFuture<'_, Result<(), String>>;
}

#[derive(Model)]
#[chakra(table = "swept")]
struct Swept {
    #[chakra(primary_key)]
    id: i64,
}

fn insert(row: i64) -> String {
    format!("INSERT INTO swept (id) VALUES ({row})")
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Polls a future once more than so many times, and drops it if it is not ready by then.
async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

async fn rows(db: &TestDb) -> Vec<i64> {
    Swept::query().all(&db.pool).await.unwrap().into_iter().map(|row| row.id).collect()
}

/// Cancels after ever more polls, from the first on again once nothing was left to cancel. Gives the first thing that
/// went wrong, and the number of cancels.
async fn sweep(db: &TestDb, way: &dyn Way) -> (Option<String>, i64) {
    let (mut times, mut cancels) = (0, 0);
    for round in 0..ROUNDS {
        let (transferred, alone) = (2 * round, 2 * round + 1);
        let ended = match tokio::time::timeout(WITHIN, polled(times, way.transfer(transferred))).await {
            Err(_) => return (Some(format!("round {round} hangs")), cancels),
            Ok(Some(Err(error))) => return (Some(format!("round {round} is refused: {error}")), cancels),
            Ok(ended) => ended.is_some(),
        };
        match tokio::time::timeout(WITHIN, way.add(alone)).await {
            Err(_) => return (Some(format!("after round {round} the pool hangs")), cancels),
            Ok(Err(error)) => return (Some(format!("after round {round} the pool refuses: {error}")), cancels),
            Ok(Ok(())) => {}
        }
        let found = rows(db).await;
        if !found.contains(&alone) {
            return (Some(format!("after round {round} a write that was acknowledged is not there")), cancels);
        }
        if ended && !found.contains(&transferred) {
            return (Some(format!("in round {round} a commit that was acknowledged is not there")), cancels);
        }
        cancels += i64::from(!ended);
        times = if ended { 0 } else { times + 1 };
    }
    (None, cancels)
}

async fn prepare(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Swept::table()]).await.unwrap();
}

struct Ours(chakra::Pool);

impl Way for Ours {
    fn transfer(&self, row: i64) -> BoxFuture<'_, Result<(), String>> {
        let work = async move |tx: &chakra::Transaction| run_on(tx, &insert(row)).await.map(drop);
        Box::pin(async move { self.0.transaction(work).await.map_err(told) })
    }

    fn add(&self, row: i64) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move { run_on(&self.0, &insert(row)).await.map(drop).map_err(told) })
    }
}

async fn no_cancel_harms_the_pool(db: &TestDb) {
    prepare(db).await;
    let pool = db.open(PoolOptions { max_connections: 1, ..PoolOptions::default() }).await;
    let (fault, cancels) = sweep(db, &Ours(pool.clone())).await;
    assert_eq!(fault, None);
    assert!(cancels > ROUNDS / 10, "only {cancels} rounds were cancelled");
    pool.close().await;
}

/// A pool of sqlx, whose `begin` can be dropped between BEGIN and its answer.
macro_rules! pool_of_sqlx {
    ($name:ident, $pool:ty) => {
        struct $name($pool);

        impl Way for $name {
            #[allow(clippy::disallowed_methods, reason = "this is what the sweep is to notice")]
            fn transfer(&self, row: i64) -> BoxFuture<'_, Result<(), String>> {
                Box::pin(async move {
                    let mut tx = self.0.begin().await.map_err(told)?;
                    sqlx::query(sqlx::AssertSqlSafe(insert(row))).execute(&mut *tx).await.map_err(told)?;
                    tx.commit().await.map_err(told)
                })
            }

            fn add(&self, row: i64) -> BoxFuture<'_, Result<(), String>> {
                Box::pin(async move {
                    let added = sqlx::query(sqlx::AssertSqlSafe(insert(row))).execute(&self.0).await;
                    added.map(drop).map_err(told)
                })
            }
        }
    };
}

pool_of_sqlx!(PostgresOfSqlx, sqlx::PgPool);
pool_of_sqlx!(MySqlOfSqlx, sqlx::MySqlPool);

/// A connection to SQLite that nobody looks after when a task is gone.
struct SqliteAlone(tokio::sync::Mutex<rusqlite::Connection>);

impl Way for SqliteAlone {
    fn transfer(&self, row: i64) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let connection = self.0.lock().await;
            for sql in ["BEGIN IMMEDIATE", &insert(row), "COMMIT"] {
                connection.execute_batch(sql).map_err(told)?;
                tokio::task::yield_now().await;
            }
            Ok(())
        })
    }

    fn add(&self, row: i64) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move { self.0.lock().await.execute_batch(&insert(row)).map_err(told) })
    }
}

async fn the_sweep_notices_a_connection_that_is_harmed(db: &TestDb) {
    prepare(db).await;
    let url = db.url();
    let way: Box<dyn Way> = if url.starts_with("postgres") {
        let options = sqlx::postgres::PgPoolOptions::new().max_connections(1);
        Box::new(PostgresOfSqlx(options.connect(&url).await.unwrap()))
    } else if url.starts_with("mysql") {
        let options = sqlx::mysql::MySqlPoolOptions::new().max_connections(1);
        Box::new(MySqlOfSqlx(options.connect(&url).await.unwrap()))
    } else {
        let path = url.trim_start_matches("sqlite:///");
        Box::new(SqliteAlone(tokio::sync::Mutex::new(rusqlite::Connection::open(path).unwrap())))
    };
    let (fault, _) = sweep(db, &*way).await;
    println!("{fault:?}");
    assert!(fault.is_some());
}
