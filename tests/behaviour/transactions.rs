//! All or nothing.

use chakra::{Error, ErrorKind, Model};

use crate::backend::{TestDb, on_every_backend};
use crate::models::User;

on_every_backend! {
    ok_commits,
    an_error_rolls_back,
    a_dropped_transaction_rolls_back,
    a_transaction_sees_its_own_writes_and_others_do_not,
    a_transaction_may_run_on_another_task,
    a_failed_statement_fails_the_transaction,
    a_cancelled_transaction_leaves_nothing,
    many_tasks_share_the_pool,
}

async fn count(db: &TestDb) -> u64 {
    User::query().count(&db.pool).await.unwrap()
}

async fn ok_commits(db: &TestDb) {
    db.create_all().await;
    let mut ada = User::new("ada", None);
    let id = db
        .pool
        .transaction(async |tx| {
            ada.insert(tx).await?;
            Ok(ada.id)
        })
        .await
        .unwrap();
    assert_eq!(id, ada.id);
    assert_eq!(User::query().one(&db.pool).await.unwrap(), ada);
}

async fn an_error_rolls_back(db: &TestDb) {
    db.create_all().await;
    let outcome: chakra::Result<()> = db
        .pool
        .transaction(async |tx| {
            User::new("ada", None).insert(tx).await?;
            User::query().filter(User::name().eq("bob")).one(tx).await?;
            Ok(())
        })
        .await;
    assert!(matches!(outcome.unwrap_err(), Error::NotFound { .. }));
    assert_eq!(count(db).await, 0);
}

async fn a_dropped_transaction_rolls_back(db: &TestDb) {
    db.create_all().await;
    let transaction = db.pool.begin().await.unwrap();
    User::new("ada", None).insert(&transaction).await.unwrap();
    drop(transaction);
    assert_eq!(count(db).await, 0);
    let transaction = db.pool.begin().await.unwrap();
    User::new("ada", None).insert(&transaction).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(count(db).await, 0);
    let transaction = db.pool.begin().await.unwrap();
    User::new("ada", None).insert(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(count(db).await, 1);
}

async fn a_transaction_sees_its_own_writes_and_others_do_not(db: &TestDb) {
    db.create_all().await;
    db.pool
        .transaction(async |tx| {
            let mut users = [User::new("ada", None), User::new("bob", None)];
            User::bulk_insert(&mut users, tx).await?;
            assert_eq!(User::query().count(tx).await?, 2);
            assert_eq!(count(db).await, 0);
            assert_eq!(User::query().filter(User::name().eq("bob")).delete().execute(tx).await?, 1);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(count(db).await, 1);
}

async fn a_transaction_may_run_on_another_task(db: &TestDb) {
    db.create_all().await;
    let pool = db.pool.clone();
    let task = tokio::spawn(async move { pool.transaction(async |tx| User::new("ada", None).insert(tx).await).await });
    task.await.unwrap().unwrap();
    assert_eq!(count(db).await, 1);
}

async fn a_failed_statement_fails_the_transaction(db: &TestDb) {
    db.create_all().await;
    let outcome = db
        .pool
        .transaction(async |tx| {
            User::new("ada", None).insert(tx).await?;
            User::new("ada", None).insert(tx).await
        })
        .await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::UniqueViolation);
    assert_eq!(count(db).await, 0);
}

async fn a_cancelled_transaction_leaves_nothing(db: &TestDb) {
    db.create_all().await;
    for _ in 0..15 {
        let work = db.pool.transaction(async |tx| {
            User::new("ada", None).insert(tx).await?;
            std::future::pending::<()>().await;
            Ok(())
        });
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), work).await.is_err());
    }
    assert_eq!(count(db).await, 0);
    User::new("ada", None).insert(&db.pool).await.unwrap();
}

async fn many_tasks_share_the_pool(db: &TestDb) {
    db.create_all().await;
    let tasks = (0..50).map(|n| {
        let pool = db.pool.clone();
        tokio::spawn(async move {
            User::new(&format!("user {n}"), Some(n)).insert(&pool).await?;
            pool.transaction(async |tx| {
                let mut user = User::query().filter(User::age().eq(n)).one(tx).await?;
                user.age = Some(n + 100);
                user.update(tx).await
            })
            .await?;
            User::query().filter(User::age().eq(n + 100)).one(&pool).await
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    assert_eq!(User::query().filter(User::age().gte(100)).count(&db.pool).await.unwrap(), 50);
}
