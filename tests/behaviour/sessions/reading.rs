//! What a session reads, and what it sees.

use std::time::Duration;

use chakra::driver::PoolOptions;
use chakra::{ErrorKind, IsolationLevel, Model, Session, TransactionOptions};

use super::{Dramatist, dramatist, names, with_dramatists};
use crate::backend::{TestDb, on_every_backend, statements};

on_every_backend! {
    a_read_session_holds_no_connection,
    one_row_is_one_object,
    queries_see_what_is_pending,
    queries_at_once_write_once,
    a_session_without_autoflush,
    streams_see_what_is_pending,
    writes_by_queries_are_part_of_it,
    locked_rows_wait,
    begun_with_options,
    a_session_inside_a_transaction,
}

async fn a_read_session_holds_no_connection(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada"]).await;
    let pool = db.open(PoolOptions { max_connections: 1, ..PoolOptions::default() }).await;
    let mut session = Session::new(&pool);
    assert!(session.get::<Dramatist>(ids[0]).await.unwrap().is_some());
    session.all(Dramatist::query()).await.unwrap();
    // The pool's only connection is free for others.
    assert_eq!(Dramatist::query().count(&pool).await.unwrap(), 1);
    session.commit().await.unwrap();
    pool.close().await;
}

async fn one_row_is_one_object(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada", "Bob"]).await;
    let mut session = Session::new(&db.pool).without_autoflush();
    let ada = session.find::<Dramatist>(ids[0]).await.unwrap().unwrap();
    session[ada].name = "Changed".into();
    let (count, again) = statements(db, session.find::<Dramatist>(ids[0])).await;
    assert_eq!((count, again.unwrap()), (0, Some(ada)));
    let all = session.all(Dramatist::query().order_by(Dramatist::id())).await.unwrap();
    assert_eq!((all.len(), all[0]), (2, ada));
    assert_eq!(session[ada].name, "Changed");
    assert_eq!(session.first(Dramatist::query().order_by(Dramatist::id().desc())).await.unwrap(), Some(all[1]));
    assert!(session.first(Dramatist::query().filter(Dramatist::age().gt(900))).await.unwrap().is_none());
    // One that was written is the object of its row.
    let eve = session.adopt(dramatist("Eve"));
    session.flush().await.unwrap();
    let id = session[eve].id.unwrap();
    let (count, found) = statements(db, session.find::<Dramatist>(id)).await;
    assert_eq!((count, found.unwrap()), (0, Some(eve)));
}

async fn queries_see_what_is_pending(db: &TestDb) {
    with_dramatists(db, &["Ada"]).await;
    let mut bob = dramatist("Bob");
    let mut session = Session::new(&db.pool);
    let handle = session.add(&mut bob);
    let found = Dramatist::query().filter(Dramatist::name().eq("Bob")).one(&session).await.unwrap();
    // Nobody else sees it yet, and the object is told as soon as the session is changed.
    assert_eq!(names(db).await, ["Ada"]);
    assert_eq!(Dramatist::query().count(&session).await.unwrap(), 2);
    assert_eq!(session.object_mut(handle).unwrap().id, found.id);
    session[handle].name = "Bobby".into();
    assert!(Dramatist::query().filter(Dramatist::name().eq("Bobby")).exists(&session).await.unwrap());
    assert_eq!(session.all(Dramatist::query().filter(Dramatist::name().eq("Bobby"))).await.unwrap(), [handle]);
    session.commit().await.unwrap();
    assert_eq!((names(db).await, bob.id), (vec!["Ada".to_owned(), "Bobby".to_owned()], found.id));
}

async fn queries_at_once_write_once(db: &TestDb) {
    db.create_all().await;
    let mut session = Session::new(&db.pool);
    session.adopt(dramatist("Ada"));
    let count = || Dramatist::query().count(&session);
    let counts = futures_util::future::join_all([count(), count(), count()]).await;
    assert!(counts.into_iter().all(|count| count.unwrap() == 1));
    session.commit().await.unwrap();
    assert_eq!(names(db).await, ["Ada"]);
}

async fn a_session_without_autoflush(db: &TestDb) {
    db.create_all().await;
    let mut session = Session::new(&db.pool).without_autoflush();
    session.adopt(dramatist("Ada"));
    assert_eq!(Dramatist::query().count(&session).await.unwrap(), 0);
    assert!(session.all(Dramatist::query()).await.unwrap().is_empty());
    session.flush().await.unwrap();
    assert_eq!(Dramatist::query().count(&session).await.unwrap(), 1);
    assert_eq!(session.all(Dramatist::query()).await.unwrap().len(), 1);
}

async fn streams_see_what_is_pending(db: &TestDb) {
    with_dramatists(db, &["Ada"]).await;
    let mut session = Session::new(&db.pool);
    session.adopt(dramatist("Bob"));
    let mut stream = Dramatist::query().order_by(Dramatist::name()).stream(&session);
    let mut seen = Vec::new();
    while let Some(one) = stream.next().await {
        seen.push(one.unwrap().name);
    }
    drop(stream);
    assert_eq!(seen, ["Ada", "Bob"]);
    session.rollback().await.unwrap();
    assert_eq!(names(db).await, ["Ada"]);
}

async fn writes_by_queries_are_part_of_it(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada"]).await;
    let mut session = Session::new(&db.pool);
    let ada = session.find::<Dramatist>(ids[0]).await.unwrap().unwrap();
    session[ada].age = 50;
    Dramatist::query().update(Dramatist::age().set(51)).execute(&session).await.unwrap();
    dramatist("Bob").insert(&session).await.unwrap();
    session.refresh(ada).await.unwrap();
    assert_eq!(session[ada].age, 51);
    session.rollback().await.unwrap();
    assert_eq!(Dramatist::query().one(&db.pool).await.unwrap().age, 40);
}

async fn locked_rows_wait(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada"]).await;
    let grow = || {
        let (pool, id) = (db.pool.clone(), ids[0]);
        tokio::spawn(async move {
            for _ in 0..10 {
                let mut session = Session::new(&pool);
                session.get_for_update::<Dramatist>(id).await.unwrap().unwrap().age += 1;
                session.commit().await.unwrap();
            }
        })
    };
    for task in [grow(), grow(), grow()] {
        tokio::time::timeout(Duration::from_mins(1), task).await.unwrap().unwrap();
    }
    assert_eq!(Dramatist::get(ids[0], &db.pool).await.unwrap().age, 70);
    // What somebody else wrote is read anew, of an object that the session has.
    let mut session = Session::new(&db.pool);
    let ada = session.find::<Dramatist>(ids[0]).await.unwrap().unwrap();
    Dramatist::query().update(Dramatist::age().set(7)).execute(&db.pool).await.unwrap();
    assert_eq!(session.get_for_update::<Dramatist>(ids[0]).await.unwrap().unwrap().age, 7);
    assert_eq!(session[ada].age, 7);
    assert!(session.get_for_update::<Dramatist>(ids[0] + 900).await.unwrap().is_none());
}

async fn begun_with_options(db: &TestDb) {
    with_dramatists(db, &["Ada"]).await;
    let mut session = Session::new(&db.pool);
    let options = TransactionOptions { read_only: true, isolation_level: Some(IsolationLevel::RepeatableRead) };
    session.begin_with(options).await.unwrap();
    assert_eq!(session.begin_with(options).await.unwrap_err().kind(), ErrorKind::Session);
    assert_eq!(session.all(Dramatist::query()).await.unwrap().len(), 1);
    session.adopt(dramatist("Bob"));
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Operational);
    assert_eq!(names(db).await, ["Ada"]);
}

async fn a_session_inside_a_transaction(db: &TestDb) {
    with_dramatists(db, &["Ada"]).await;
    let transaction = db.pool.begin().await.unwrap();
    let mut session = Session::new(&transaction.as_pool(&db.pool));
    session.adopt(dramatist("Bob"));
    session.commit().await.unwrap();
    assert_eq!(Dramatist::query().count(&transaction).await.unwrap(), 2);
    transaction.rollback().await.unwrap();
    assert_eq!(names(db).await, ["Ada"]);
}
