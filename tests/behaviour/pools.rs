//! Who waits for a connection, and who holds one.

use std::time::Duration;

use chakra::{Config, ErrorKind, PoolOptions, configure};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use crate::backend::{TestDb, on_every_backend, run_on};

/// One connection, and callers that wait for the blink of an eye.
fn narrow() -> PoolOptions {
    PoolOptions { max_connections: 1, acquire_timeout: Duration::from_millis(50), ..PoolOptions::default() }
}

async fn an_exhausted_pool_tells_where_its_connections_were_taken(db: &TestDb) {
    let pool = db.open(narrow()).await;
    let held = pool.begin().await.unwrap();
    let plain = pool.begin().await.map(drop).unwrap_err();
    assert_eq!(plain.kind(), ErrorKind::PoolExhausted);
    assert!(plain.to_string().contains("one has been in use for"), "{plain}");
    held.rollback().await.unwrap();
    configure(Config { debug: Some(true), ..Config::default() });
    let held = pool.begin().await.unwrap();
    let line = line!() - 1;
    let told = run_on(&pool, "CREATE TABLE never_made (a INTEGER)").await.unwrap_err();
    assert_eq!(told.kind(), ErrorKind::PoolExhausted);
    assert!(told.to_string().contains(&format!("by {}:{line}", file!())), "{told}");
    held.rollback().await.unwrap();
    let inside = pool.transaction(async |_| Ok(pool.begin().await.map(drop).unwrap_err()));
    let line = line!() - 1;
    let told = inside.await.unwrap();
    assert!(told.to_string().contains(&format!("by {}:{line}", file!())), "{told}");
    pool.close().await;
}

async fn callers_are_served_in_their_order(db: &TestDb) {
    let pool = db.open(PoolOptions { max_connections: 1, ..PoolOptions::default() }).await;
    let held = pool.begin().await.unwrap();
    let mut line = Vec::new();
    for number in 0..200_u32 {
        let own = &pool;
        let mut caller = Box::pin(async move {
            own.begin().await.unwrap().rollback().await.unwrap();
            number
        });
        assert!(caller.as_mut().now_or_never().is_none());
        line.push(caller);
    }
    assert_eq!(pool.metrics().waiting, 200);
    let mut number = 0;
    line.retain(|_| {
        number += 1;
        number % 7 != 0
    });
    held.rollback().await.unwrap();
    let served: Vec<u32> = line.into_iter().collect::<FuturesUnordered<_>>().collect().await;
    assert_eq!(served, (0..200).filter(|number| (number + 1) % 7 != 0).collect::<Vec<_>>());
    assert_eq!(pool.metrics().waiting, 0);
    pool.close().await;
}

on_every_backend! {
    an_exhausted_pool_tells_where_its_connections_were_taken,
    callers_are_served_in_their_order,
}
