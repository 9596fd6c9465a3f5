//! Transactions that begin when something needs them.

use chakra::driver::TransactionOptions;
use chakra::engine::Raw;
use chakra::{ErrorKind, IsolationLevel, Model};
use futures_util::FutureExt;

use crate::backend::{TestDb, on_every_backend};
use crate::models::User;

on_every_backend! {
    reading_begins_nothing,
    the_first_write_begins,
    the_next_one_begins_anew,
    dropped_and_closed_it_rolls_back,
    tasks_that_write_at_once_share_one,
    options_are_given_before_it_begins,
    what_is_nested_is_a_savepoint,
    a_row_lock_begins,
    what_was_ended_while_it_began_does_not_begin_the_next,
    what_is_left_of_one_does_not_write_to_the_next,
}

async fn count(db: &TestDb) -> u64 {
    User::query().count(&db.pool).await.unwrap()
}

async fn reading_begins_nothing(db: &TestDb) {
    db.create_all().await;
    User::new("ada", None).insert(&db.pool).await.unwrap();
    let lazy = db.pool.lazy_transaction();
    assert_eq!(User::query().count(lazy.as_pool()).await.unwrap(), 1);
    assert_eq!(User::query().all(lazy.as_pool()).await.unwrap().len(), 1);
    assert!(!lazy.has_begun());
    lazy.commit().await.unwrap();
    lazy.rollback().await.unwrap();
}

async fn the_first_write_begins(db: &TestDb) {
    db.create_all().await;
    let lazy = db.pool.lazy_transaction();
    User::new("ada", None).insert(lazy.as_pool()).await.unwrap();
    assert!(lazy.has_begun());
    assert_eq!((User::query().count(lazy.as_pool()).await.unwrap(), count(db).await), (1, 0));
    lazy.commit().await.unwrap();
    assert_eq!(count(db).await, 1);
}

async fn the_next_one_begins_anew(db: &TestDb) {
    db.create_all().await;
    let lazy = db.pool.lazy_transaction();
    for (name, keep) in [("ada", true), ("bob", false), ("cleo", true)] {
        assert!(!lazy.has_begun());
        User::new(name, None).insert(lazy.as_pool()).await.unwrap();
        let ended = if keep { lazy.commit() } else { lazy.rollback() };
        ended.await.unwrap();
    }
    assert_eq!(count(db).await, 2);
}

async fn dropped_and_closed_it_rolls_back(db: &TestDb) {
    db.create_all().await;
    let lazy = db.pool.lazy_transaction();
    User::new("ada", None).insert(lazy.as_pool()).await.unwrap();
    drop(lazy);
    let lazy = db.pool.lazy_transaction();
    User::new("bob", None).insert(lazy.as_pool()).await.unwrap();
    let pool = lazy.as_pool().clone();
    lazy.close();
    assert_eq!(count(db).await, 0);
    assert_eq!(User::query().count(&pool).await.unwrap_err().kind(), ErrorKind::Session);
    assert_eq!(User::new("cleo", None).insert(&pool).await.unwrap_err().kind(), ErrorKind::Session);
    lazy.commit().await.unwrap(); // nothing
    assert_eq!(count(db).await, 0);
}

async fn tasks_that_write_at_once_share_one(db: &TestDb) {
    db.create_all().await;
    let lazy = db.pool.lazy_transaction();
    let insert = |name: String| {
        let pool = lazy.as_pool().clone();
        async move { User::new(&name, None).insert(&pool).await.unwrap() }
    };
    futures_util::future::join_all((0..10).map(|number| insert(format!("user {number}")))).await;
    assert_eq!((User::query().count(lazy.as_pool()).await.unwrap(), count(db).await), (10, 0));
    lazy.rollback().await.unwrap();
    assert_eq!(count(db).await, 0);
}

async fn options_are_given_before_it_begins(db: &TestDb) {
    db.create_all().await;
    let lazy = db.pool.lazy_transaction();
    let options = TransactionOptions { read_only: true, isolation_level: Some(IsolationLevel::Serializable) };
    lazy.begin(options).await.unwrap();
    let refused = User::new("ada", None).insert(lazy.as_pool()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Operational);
    assert_eq!(lazy.begin(options).await.unwrap_err().kind(), ErrorKind::Session);
    lazy.rollback().await.unwrap();
    User::new("ada", None).insert(lazy.as_pool()).await.unwrap();
    lazy.commit().await.unwrap();
    assert_eq!(count(db).await, 1);
}

async fn what_is_nested_is_a_savepoint(db: &TestDb) {
    db.create_all().await;
    let lazy = db.pool.lazy_transaction();
    let nested = lazy.as_pool().begin().await.unwrap();
    User::new("ada", None).insert(&nested).await.unwrap();
    nested.rollback().await.unwrap();
    User::new("bob", None).insert(lazy.as_pool()).await.unwrap();
    lazy.commit().await.unwrap();
    assert_eq!(User::query().one(&db.pool).await.unwrap().name, "bob");
}

async fn a_row_lock_begins(db: &TestDb) {
    db.create_all().await;
    if db.pool.url().to_string().starts_with("sqlite") {
        return; // which has no row locks to ask for
    }
    let lazy = db.pool.lazy_transaction();
    for sql in ["select name from users for update", "SELECT name FROM users\nFOR UPDATE"] {
        Raw { sql: sql.into(), params: Vec::new() }.fetch(lazy.as_pool()).await.unwrap();
        assert!(lazy.has_begun(), "{sql}");
        lazy.rollback().await.unwrap();
    }
}

async fn what_was_ended_while_it_began_does_not_begin_the_next(db: &TestDb) {
    db.create_all().await;
    let lazy = db.pool.lazy_transaction();
    let mut ada = User::new("ada", None);
    {
        let mut inserting = std::pin::pin!(ada.insert(lazy.as_pool()));
        let early = inserting.as_mut().now_or_never();
        let rest = async {
            if early.is_none() {
                // It fails, or was so far already that it was rolled back.
                let _ = inserting.await;
            }
        };
        // Side by side: a statement that is under way has the connection until it is polled to its end.
        let (ended, ()) = tokio::join!(lazy.rollback(), rest);
        ended.unwrap();
    }
    lazy.rollback().await.unwrap();
    // What was given up is cleaned by tasks of their own, whose rows and tables stay locked until then.
    while db.pool.metrics().active > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    User::new("bob", None).insert(lazy.as_pool()).await.unwrap();
    lazy.commit().await.unwrap();
    assert_eq!(User::query().one(&db.pool).await.unwrap().name, "bob");
}

async fn what_is_left_of_one_does_not_write_to_the_next(db: &TestDb) {
    db.create_all().await;
    let lazy = db.pool.lazy_transaction();
    let old = lazy.begun(lazy.as_pool()).await.unwrap();
    User::new("ada", None).insert(&old).await.unwrap();
    lazy.rollback().await.unwrap();
    User::new("bob", None).insert(lazy.as_pool()).await.unwrap();
    assert_eq!(User::new("cleo", None).insert(&old).await.unwrap_err().kind(), ErrorKind::Session);
    lazy.commit().await.unwrap();
    assert_eq!(User::query().one(&db.pool).await.unwrap().name, "bob");
}
