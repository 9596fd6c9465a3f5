//! What is taken back.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chakra::{ErrorKind, Model, Session};

use super::{Charter, Dramatist, Play, charter, dramatist, names, play, with_dramatists};
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    what_is_taken_back_is_as_it_was,
    a_commit_that_fails_takes_everything_back,
    nothing_can_be_asked_after_a_flush_that_failed,
    a_flush_that_is_given_up_is_not_committed,
    savepoints_keep_what_succeeds,
    savepoints_take_back_what_was_done,
    a_savepoint_survives_a_failed_flush,
    a_savepoint_of_a_task_that_is_given_up,
}

async fn what_is_taken_back_is_as_it_was(db: &TestDb) {
    db.create_all().await;
    charter("carta").insert(&db.pool).await.unwrap();
    for drops in [true, false] {
        let mut ada = dramatist("Ada");
        ada.plays.set(vec![play("Lear")]);
        ada.mentor.set(Some(dramatist("Mentor")));
        let mut magna = charter("magna");
        let mut session = Session::new(&db.pool);
        let handle = session.add(&mut ada);
        session.add(&mut magna);
        session.flush().await.unwrap();
        let id = session[handle].id;
        assert!(id.is_some() && session[handle].plays.get().unwrap()[0].dramatist_id == id.unwrap());
        session[handle].age = 41;
        // Once more, and then by a query.
        session.flush().await.unwrap();
        session[handle].plays.get_mut().unwrap().push(play("Macbeth"));
        assert_eq!(Dramatist::query().count(&session).await.unwrap(), 2);
        if drops {
            drop(session);
        } else {
            session.rollback().await.unwrap();
        }
        // What the session wrote is taken back, what the program assigned is not.
        let mut before = dramatist("Ada");
        before.age = 41;
        before.plays.set(vec![play("Lear"), play("Macbeth")]);
        before.mentor.set(Some(dramatist("Mentor")));
        assert_eq!((ada, magna), (before, charter("magna")));
        assert!(names(db).await.is_empty());
    }
    // They can be written again.
    let mut ada = dramatist("Ada");
    let mut session = Session::new(&db.pool);
    session.add(&mut ada);
    session.rollback().await.unwrap();
    let mut session = Session::new(&db.pool);
    session.add(&mut ada);
    session.commit().await.unwrap();
    assert_eq!(names(db).await, ["Ada"]);
}

async fn a_commit_that_fails_takes_everything_back(db: &TestDb) {
    with_dramatists(db, &["Ada"]).await;
    let (mut bob, mut ada) = (dramatist("Bob"), dramatist("Ada"));
    let mut session = Session::new(&db.pool);
    session.add(&mut bob);
    session.flush().await.unwrap();
    session.add(&mut ada);
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::UniqueViolation);
    assert_eq!((bob.id, ada.id), (None, None));
    assert_eq!(names(db).await, ["Ada"]);
}

async fn nothing_can_be_asked_after_a_flush_that_failed(db: &TestDb) {
    with_dramatists(db, &["Ada"]).await;
    let mut session = Session::new(&db.pool);
    session.adopt(dramatist("Ada"));
    assert_eq!(session.flush().await.unwrap_err().kind(), ErrorKind::UniqueViolation);
    for error in [
        session.flush().await.unwrap_err(),
        session.all(Dramatist::query()).await.unwrap_err(),
        Dramatist::query().count(&session).await.unwrap_err(),
        session.commit().await.unwrap_err(),
    ] {
        assert!(error.kind() == ErrorKind::Session && error.to_string().contains("roll"), "{error}");
    }
    assert_eq!(names(db).await, ["Ada"]);
}

async fn a_flush_that_is_given_up_is_not_committed(db: &TestDb) {
    db.create_all().await;
    // After each number of times that it is polled.
    for polls in 0..200 {
        let mut session = Session::new(&db.pool);
        session.adopt(dramatist("Ada"));
        let done = {
            let mut flush = Box::pin(session.flush());
            let mut done = false;
            for _ in 0..polls {
                // Nobody is woken: it is asked again and again.
                if let Poll::Ready(outcome) = flush.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    outcome.unwrap();
                    done = true;
                    break;
                }
                tokio::task::yield_now().await;
            }
            done
        };
        if done {
            session.rollback().await.unwrap();
            break;
        }
        match session.commit().await {
            // It was given up before it wrote anything, and was written anew.
            Ok(_) => {
                let ada = Dramatist::query().one(&db.pool).await.unwrap();
                ada.delete(&db.pool).await.unwrap();
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Session, "{error}"),
        }
        assert!(names(db).await.is_empty());
    }
}

async fn savepoints_keep_what_succeeds(db: &TestDb) {
    db.create_all().await;
    let mut session = Session::new(&db.pool);
    let ada = session.adopt(dramatist("Ada"));
    let mut savepoint = session.begin_nested().await.unwrap();
    savepoint[ada].age = 1;
    let bob = savepoint.adopt(dramatist("Bob"));
    let mut inner = savepoint.begin_nested().await.unwrap();
    inner.adopt(dramatist("Nobody"));
    inner.flush().await.unwrap();
    inner.rollback().await.unwrap();
    savepoint.commit().await.unwrap();
    assert!(session[bob].id.is_some());
    session.commit().await.unwrap();
    assert_eq!(names(db).await, ["Ada", "Bob"]);
    assert_eq!(Dramatist::query().filter(Dramatist::name().eq("Ada")).one(&db.pool).await.unwrap().age, 1);
}

async fn savepoints_take_back_what_was_done(db: &TestDb) {
    let ids = with_dramatists(db, &["Old"]).await;
    for drops in [true, false] {
        let mut session = Session::new(&db.pool);
        let ada = session.adopt(dramatist("Ada"));
        let old = session.find::<Dramatist>(ids[0]).await.unwrap().unwrap();
        let mut savepoint = session.begin_nested().await.unwrap();
        savepoint[ada].plays.set(vec![play("Lear")]);
        let bob = savepoint.adopt(dramatist("Bob"));
        savepoint.delete(old).unwrap();
        savepoint.flush().await.unwrap();
        assert_eq!(Dramatist::query().count(&*savepoint).await.unwrap(), 2);
        if drops {
            drop(savepoint);
        } else {
            savepoint.rollback().await.unwrap();
        }
        // Bob has left; Old is there; Ada is written, and what she was given is pending still.
        assert!(session.object(bob).is_none());
        assert_eq!(session.find::<Dramatist>(ids[0]).await.unwrap(), Some(old));
        assert_eq!(session[ada].plays.get().unwrap()[0].id, None);
        session[old].age += 1;
        session.flush().await.unwrap();
        let lear = Play::query().one(&session).await.unwrap();
        assert_eq!((lear.title.as_str(), Some(lear.dramatist_id)), ("Lear", session[ada].id));
        session.delete(ada).unwrap();
        session.commit().await.unwrap();
        assert_eq!(names(db).await, ["Old"]);
    }
    assert_eq!(Dramatist::get(ids[0], &db.pool).await.unwrap().age, 42);
}

async fn a_savepoint_survives_a_failed_flush(db: &TestDb) {
    with_dramatists(db, &["Ada"]).await;
    let mut session = Session::new(&db.pool);
    session.adopt(dramatist("Bob"));
    for commits in [true, false] {
        let mut savepoint = session.begin_nested().await.unwrap();
        savepoint.adopt(dramatist("Ada"));
        if commits {
            assert_eq!(savepoint.commit().await.unwrap_err().kind(), ErrorKind::UniqueViolation);
        } else {
            savepoint.flush().await.unwrap_err();
        }
    }
    session.adopt(dramatist("Cleo"));
    session.commit().await.unwrap();
    assert_eq!(names(db).await, ["Ada", "Bob", "Cleo"]);
}

async fn a_savepoint_of_a_task_that_is_given_up(db: &TestDb) {
    db.create_all().await;
    let mut magna = charter("magna");
    let mut session = Session::new(&db.pool);
    session.add(&mut magna);
    let endless = async {
        let mut savepoint = session.begin_nested().await?;
        savepoint.adopt(charter("carta"));
        savepoint.flush().await?;
        std::future::pending::<chakra::Result<()>>().await
    };
    assert!(tokio::time::timeout(Duration::from_millis(300), endless).await.is_err());
    session.commit().await.unwrap();
    assert_eq!(Charter::query().one(&db.pool).await.unwrap(), magna);
}
