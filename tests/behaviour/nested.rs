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
    one_whose_outer_one_was_left_is_told,
    one_whose_outer_one_could_not_commit_is_told,
    an_end_that_waits_in_line_is_none_that_was_given_up,
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

async fn refuses_all(open: &[&Transaction]) {
    for transaction in open {
        for outcome in [add("eve", transaction).await, transaction.begin_nested().await.map(drop)] {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Session, "{error}");
        }
    }
}

async fn one_whose_outer_one_was_left_is_told(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    let inner = outer.begin_nested().await.unwrap();
    let innermost = inner.begin_nested().await.unwrap();
    add("ada", &innermost).await.unwrap();
    drop(outer);
    refuses_all(&[&innermost]).await;
    assert_eq!(innermost.commit().await.unwrap_err().kind(), ErrorKind::Session);
    assert_eq!(inner.commit().await.unwrap_err().kind(), ErrorKind::Session);
    assert!(names(db).await.is_empty());
    // One that has only to commit is told too; to roll back is what happens anyway.
    for commits in [true, false] {
        let outer = db.pool.begin().await.unwrap();
        let inner = outer.begin_nested().await.unwrap();
        add("bob", &inner).await.unwrap();
        drop(outer);
        let ended = if commits { inner.commit().await } else { inner.rollback().await };
        assert_eq!(ended.is_err(), commits);
    }
    assert!(names(db).await.is_empty());
}

async fn one_whose_outer_one_could_not_commit_is_told(db: &TestDb) {
    db.create_all().await;
    let options = PoolOptions { acquire_timeout: Duration::from_millis(50), ..PoolOptions::default() };
    let pool = db.open(options).await;
    let outer = pool.begin().await.unwrap();
    let inner = outer.begin_nested().await.unwrap();
    add("ada", &inner).await.unwrap();
    let error = outer.commit().await.unwrap_err();
    assert!(error.to_string().contains("nested in it"), "{error}");
    let error = inner.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Session);
    assert!(error.to_string().contains("the transaction around this one"), "{error}");
    assert!(names(db).await.is_empty());
    add_alone("bob", db).await;
    pool.close().await;
}

async fn an_end_that_waits_in_line_is_none_that_was_given_up(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    let inner = outer.begin_nested().await.unwrap();
    add("ada", &inner).await.unwrap();
    // The commit waits for the inner one's end, then its caller leaves; it goes on.
    let mut commit = Box::pin(outer.commit());
    assert!(commit.as_mut().now_or_never().is_none());
    drop(commit);
    add("bob", &inner).await.unwrap();
    inner.commit().await.unwrap();
    let kept = async {
        while names(db).await.len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), kept).await.unwrap();
}

async fn add_alone(name: &str, db: &TestDb) {
    User::new(name, None).insert(&db.pool).await.unwrap();
}

async fn a_cancelled_nested_one_leaves_nothing(db: &TestDb) {
    db.create_all().await;
    let outer = db.pool.begin().await.unwrap();
    for _ in 0..20 {
        // Dropped once it waits for nothing that the server does: a statement that is cancelled ends all of it.
        let inside = tokio::sync::Notify::new();
        let work = outer.nested(async |inner| {
            add("eve", inner).await?;
            inside.notify_one();
            future::pending::<()>().await;
            Ok(())
        });
        tokio::select! {
            ended = work => panic!("it ended by itself: {ended:?}"),
            () = inside.notified() => {}
        }
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
