//! Rows one by one.

use chakra::{ErrorKind, Model};
use futures_util::TryStreamExt;

use crate::backend::{TestDb, on_every_backend};
use crate::models::User;

on_every_backend! {
    a_stream_gives_every_row_in_order,
    a_stream_may_be_left_half_read,
    a_stream_runs_inside_a_transaction,
    statements_run_between_the_rows_of_a_stream_in_a_transaction,
    streams_of_a_transaction_may_be_left_half_read,
    an_error_is_the_last_item,
}

async fn insert_many(db: &TestDb, number: i32) {
    db.create_all().await;
    let mut users: Vec<User> = (0..number).map(|n| User::new(&format!("{n}"), Some(n))).collect();
    User::bulk_insert(&mut users, &db.pool).await.unwrap();
}

async fn a_stream_gives_every_row_in_order(db: &TestDb) {
    insert_many(db, 3_500).await;
    let ages: Vec<Option<i32>> =
        User::query().order_by(User::age()).stream(&db.pool).map_ok(|user| user.age).try_collect().await.unwrap();
    assert_eq!(ages, (0..3_500).map(Some).collect::<Vec<_>>());
    let mut nothing = User::query().filter(User::age().lt(0)).stream(&db.pool);
    assert!(nothing.next().await.is_none());
    assert!(nothing.next().await.is_none());
}

async fn a_stream_may_be_left_half_read(db: &TestDb) {
    insert_many(db, 3_000).await;
    for _ in 0..30 {
        let mut stream = User::query().order_by(User::age()).stream(&db.pool);
        assert_eq!(stream.next().await.unwrap().unwrap().age, Some(0));
        drop(stream);
    }
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 3_000);
    User::new("written afterwards", None).insert(&db.pool).await.unwrap();
}

async fn a_stream_runs_inside_a_transaction(db: &TestDb) {
    insert_many(db, 1_200).await;
    let sum = db
        .pool
        .transaction(async |tx| {
            User::new("inside", Some(-1)).insert(tx).await?;
            let (mut sum, mut stream) = (0, User::query().stream(tx));
            while let Some(user) = stream.next().await {
                sum += i64::from(user?.age.unwrap());
            }
            Ok(sum)
        })
        .await
        .unwrap();
    assert_eq!(sum, 1_199 * 1_200 / 2 - 1);
}

async fn statements_run_between_the_rows_of_a_stream_in_a_transaction(db: &TestDb) {
    insert_many(db, 2_500).await;
    let all: Vec<Option<i32>> = (0..2_500).map(Some).collect();
    db.pool
        .transaction(async |tx| {
            let (mut first, mut second) = (Vec::new(), Vec::new());
            let mut one = User::query().order_by(User::age()).stream(tx);
            let mut other = User::query().order_by(User::age()).stream(tx);
            while let Some(user) = one.next().await {
                let age = user?.age;
                second.extend(other.next().await.transpose()?.map(|user| user.age));
                first.push(age);
                if first.len() % 600 == 0 {
                    User::query()
                        .filter(User::age().eq(2_499))
                        .update(User::name().set(format!("{age:?}")))
                        .execute(tx)
                        .await?;
                    let undone: chakra::Result<()> = tx
                        .nested(async |inner| {
                            User::query().delete().execute(inner).await?;
                            let mut nested = User::query().stream(inner);
                            assert!(nested.next().await.is_none());
                            Err(chakra::Error::query("undone"))
                        })
                        .await;
                    assert_eq!(undone.unwrap_err().to_string(), "undone");
                }
            }
            assert!(other.next().await.is_none());
            assert_eq!((first, second), (all.clone(), all));
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(User::query().filter(User::name().eq("Some(2399)")).count(&db.pool).await.unwrap(), 1);
}

async fn streams_of_a_transaction_may_be_left_half_read(db: &TestDb) {
    insert_many(db, 3_000).await;
    db.pool
        .transaction(async |tx| {
            for round in 0..30 {
                let mut stream = User::query().order_by(User::age()).stream(tx);
                if round % 3 > 0 {
                    assert_eq!(stream.next().await.unwrap()?.age, Some(0));
                }
                // Some go at once, some when others have come and gone in a nested transaction.
                if round % 2 == 0 {
                    drop(stream);
                }
                tx.nested(async |inner| {
                    let mut nested = User::query().stream(inner);
                    nested.next().await.unwrap().map(drop)
                })
                .await?;
                assert_eq!(User::query().count(tx).await?, 3_000 + round);
                User::new(&format!("round {round}"), None).insert(tx).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 3_030);
}

async fn an_error_is_the_last_item(db: &TestDb) {
    let mut stream = User::query().stream(&db.pool);
    assert_eq!(stream.next().await.unwrap().unwrap_err().kind(), ErrorKind::Programming);
    assert!(stream.next().await.is_none());
}
