//! Transactions nested in transactions, and how transactions begin.

use std::time::Duration;

use chakra::driver::{IsolationLevel, PoolOptions, Transaction, TransactionOptions};
use chakra::{ErrorKind, Model, Result};
use futures_util::{FutureExt, future};

use crate::backend::{TestDb, on_every_backend};
use crate::models::User;

on_every_backend! {
    what_is_nested_is_kept_or_taken_back_alone,
    every_depth_ends_by_itself,
    an_error_inside_leaves_the_outer_one_usable,
    a_failure_that_is_passed_over_is_not_kept_in_silence,
    one_that_is_dropped_is_undone_first,
    the_outer_one_waits_for_the_end,
    siblings_take_turns,
    waiting_for_oneself_ends,
    none_outlives_the_outer_one,
    a_cancelled_nested_one_leaves_nothing,
    engine_steps_are_undone_alone,
    one_that_only_reads_refuses_to_write,
    a_snapshot_stays_as_it_was,
    every_level_is_taken,
}

async fn add(name: &str, tx: &Transaction) -> Result<()> {
    User::new(name, None).insert(tx).await
}

async fn names(db: &TestDb) -> Vec<String> {
    let users = User::query().order_by(User::name().asc()).all(&db.pool).await.unwrap();
    users.into_iter().map(|user| user.name).collect()
}

async fn what_is_nested_is_kept_or_taken_back_alone(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    add("ada", &outer).await.unwrap();
    let kept = outer.begin_nested().await.unwrap();
    add("bob", &kept).await.unwrap();
    kept.commit().await.unwrap();
    let undone = outer.begin_nested().await.unwrap();
    add("eve", &undone).await.unwrap();
    assert_eq!(User::query().count(&undone).await.unwrap(), 3);
    undone.rollback().await.unwrap();
    assert_eq!(User::query().count(&outer).await.unwrap(), 2);
    outer.commit().await.unwrap();
    assert_eq!(names(db).await, ["ada", "bob"]);
}

async fn every_depth_ends_by_itself(db: &TestDb) {
    db.create_all().await;
    let outcome: Result<()> = db
        .pool
        .transaction(async |one| {
            add("a", one).await?;
            one.nested(async |two| {
                add("b", two).await?;
                let refused: Result<()> = two
                    .nested(async |three| {
                        add("c", three).await?;
                        three.nested(async |four| add("d", four).await).await?;
                        Err(chakra::Error::query("enough"))
                    })
                    .await;
                assert_eq!(refused.unwrap_err().to_string(), "enough");
                two.nested(async |three| add("e", three).await).await
            })
            .await
        })
        .await;
    outcome.unwrap();
    assert_eq!(names(db).await, ["a", "b", "e"]);
}

async fn an_error_inside_leaves_the_outer_one_usable(db: &TestDb) {
    db.create_all().await;
    db.pool
        .transaction(async |tx| {
            add("ada", tx).await?;
            let refused = tx
                .nested(async |inner| {
                    add("bob", inner).await?;
                    add("ada", inner).await
                })
                .await;
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::UniqueViolation);
            add("eve", tx).await
        })
        .await
        .unwrap();
    assert_eq!(names(db).await, ["ada", "eve"]);
}

/// PostgreSQL does nothing more after a failure until it is undone; the others go on.
async fn a_failure_that_is_passed_over_is_not_kept_in_silence(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    add("ada", &outer).await.unwrap();
    let inner = outer.begin_nested().await.unwrap();
    add("bob", &inner).await.unwrap();
    assert_eq!(add("ada", &inner).await.unwrap_err().kind(), ErrorKind::UniqueViolation);
    let kept = inner.commit().await;
    if let Err(error) = &kept {
        assert_eq!(error.kind(), ErrorKind::Session);
        assert!(error.to_string().contains("undone instead of kept"), "{error}");
    }
    add("eve", &outer).await.unwrap();
    outer.commit().await.unwrap();
    let expected: &[&str] = if kept.is_ok() { &["ada", "bob", "eve"] } else { &["ada", "eve"] };
    assert_eq!(names(db).await, expected);
}

async fn one_that_is_dropped_is_undone_first(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    for round in 0..20 {
        let inner = outer.begin_nested().await.unwrap();
        add("eve", &inner).await.unwrap();
        let innermost = inner.begin_nested().await.unwrap();
        add("mallory", &innermost).await.unwrap();
        if round % 2 == 0 {
            drop(innermost);
            drop(inner);
        } else {
            drop(inner);
            drop(innermost);
        }
        add(&format!("user {round:02}"), &outer).await.unwrap();
    }
    let inner = outer.begin_nested().await.unwrap();
    add("eve", &inner).await.unwrap();
    drop(inner);
    outer.commit().await.unwrap();
    assert_eq!(names(db).await, (0..20).map(|round| format!("user {round:02}")).collect::<Vec<_>>());
}

async fn the_outer_one_waits_for_the_end(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    let inner = outer.begin_nested().await.unwrap();
    add("eve", &inner).await.unwrap();
    let mut waiting = Box::pin(add("ada", &outer));
    assert!(waiting.as_mut().now_or_never().is_none());
    add("mallory", &inner).await.unwrap();
    inner.rollback().await.unwrap();
    waiting.await.unwrap();
    outer.commit().await.unwrap();
    assert_eq!(names(db).await, ["ada"]);
}

async fn siblings_take_turns(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    let work = (0..20).map(async |number| {
        outer
            .nested(async |inner| {
                add(&format!("user {number:02}"), inner).await?;
                tokio::task::yield_now().await;
                add(&format!("user {number:02} again"), inner).await?;
                if number % 3 == 0 { Err(chakra::Error::query("no")) } else { Ok(()) }
            })
            .await
    });
    let outcomes = future::join_all(work).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), 7);
    outer.commit().await.unwrap();
    assert_eq!(names(db).await.len(), 26);
}

async fn waiting_for_oneself_ends(db: &TestDb) {
    db.create_all().await;
    let options = PoolOptions { acquire_timeout: Duration::from_millis(50), ..PoolOptions::default() };
    for pool in [db.open(options.clone()).await, db.open(options).await.blocking()] {
        let outer = pool.begin().await.unwrap();
        let inner = outer.begin_nested().await.unwrap();
        add("ada", &inner).await.unwrap();
        let error = add("bob", &outer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Session);
        assert!(error.to_string().contains("nested in it"), "{error}");
        inner.commit().await.unwrap();
        outer.rollback().await.unwrap();
        pool.close().await;
    }
    assert!(names(db).await.is_empty());
}

async fn none_outlives_the_outer_one(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    let inner = outer.begin_nested().await.unwrap();
    add("ada", &inner).await.unwrap();
    inner.commit().await.unwrap();
    let gone = outer.begin_nested().await.unwrap();
    add("eve", &gone).await.unwrap();
    drop(gone);
    let again = outer.begin_nested().await.unwrap();
    drop(outer);
    drop(again);
    assert!(names(db).await.is_empty());
    add_alone("bob", db).await;
    assert_eq!(names(db).await, ["bob"]);
}

async fn add_alone(name: &str, db: &TestDb) {
    User::new(name, None).insert(&db.pool).await.unwrap();
}

async fn a_cancelled_nested_one_leaves_nothing(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    for _ in 0..20 {
        let work = outer.nested(async |inner| {
            add("eve", inner).await?;
            future::pending::<()>().await;
            Ok(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(20), work).await.is_err());
    }
    add("ada", &outer).await.unwrap();
    outer.commit().await.unwrap();
    assert_eq!(names(db).await, ["ada"]);
}

/// What the engine does in several statements is all or nothing inside a transaction too.
async fn engine_steps_are_undone_alone(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    add("ada", &outer).await.unwrap();
    let mut users = [User::new("bob", None), User::new("ada", None)];
    let nested = outer.nested(async |inner| User::bulk_insert(&mut users, inner).await).await;
    assert_eq!(nested.unwrap_err().kind(), ErrorKind::UniqueViolation);
    add("eve", &outer).await.unwrap();
    outer.commit().await.unwrap();
    assert_eq!(names(db).await, ["ada", "eve"]);
}

async fn one_that_only_reads_refuses_to_write(db: &TestDb) {
    db.create_all().await;
    add_alone("ada", db).await;
    let single = PoolOptions { max_connections: 1, ..PoolOptions::default() };
    for pool in [db.pool.clone(), db.open(single).await] {
        let options = TransactionOptions { read_only: true, ..TransactionOptions::default() };
        let outcome = pool
            .transaction_with(options, async |tx| {
                assert_eq!(User::query().count(tx).await?, 1);
                add("eve", tx).await
            })
            .await;
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Operational);
        let outcome =
            pool.transaction_with(options, async |tx| User::bulk_insert(&mut [User::new("eve", None)], tx).await).await;
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Operational);
        // The connection writes again afterwards.
        pool.transaction(async |tx| User::query().filter(User::name().eq("eve")).delete().execute(tx).await)
            .await
            .unwrap();
    }
    assert_eq!(names(db).await, ["ada"]);
}

async fn a_snapshot_stays_as_it_was(db: &TestDb) {
    db.create_all().await;
    let options = TransactionOptions { isolation_level: Some(IsolationLevel::RepeatableRead), read_only: true };
    let reading = db.pool.begin_with(options).await.unwrap();
    assert_eq!(User::query().count(&reading).await.unwrap(), 0);
    add_alone("ada", db).await;
    assert_eq!(User::query().count(&reading).await.unwrap(), 0);
    reading.commit().await.unwrap();
    assert_eq!(names(db).await, ["ada"]);
}

async fn every_level_is_taken(db: &TestDb) {
    db.create_all().await;
    for (number, level) in IsolationLevel::ALL.into_iter().enumerate() {
        let options = TransactionOptions { isolation_level: Some(level), read_only: false };
        db.pool.transaction_with(options, async |tx| add(&format!("user {number}"), tx).await).await.unwrap();
    }
    assert_eq!(names(db).await.len(), 4);
}
