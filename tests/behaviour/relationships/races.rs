//! Two who join the same rows at once.

use chakra::{ErrorKind, Model};
use futures_util::future::join;

use super::{Post, Tag, blog};
use crate::backend::{TestDb, on_every_backend, run_on};

on_every_backend! {
    rows_that_somebody_joined_meanwhile_stay,
}

/// Between the look of `add` and its insert another transaction joins one of the rows: its insert waits for that
/// transaction (for the row on a server, for the writer on SQLite), and finds the row there when it ends.
async fn rows_that_somebody_joined_meanwhile_stay(db: &TestDb) {
    blog(db).await;
    let post = Post::get(2, &db.pool).await.unwrap();
    let tags = Tag::query().order_by(Tag::id()).all(&db.pool).await.unwrap();
    let of_post = Post::tags().of(&post);
    let held = async || of_post.query().order_by(Tag::id()).all(&db.pool).await.unwrap();

    let other = db.pool.begin().await.unwrap();
    run_on(&other, "INSERT INTO blog_post_tags (post_id, tag_id) VALUES (2, 1)").await.unwrap();
    let looked = db.pool.metrics().statements + 2;
    let (added, ()) = join(of_post.add(&tags[..2], &db.pool), ends_after(db, looked, other.commit())).await;
    added.unwrap();
    assert_eq!(held().await, tags[..2]);

    // What is no race is not tried again.
    let gone = Tag { id: Some(99), ..tags[0].clone() };
    let before = db.pool.metrics().statements;
    let error = of_post.add([&gone], &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
    let inserts_and_looks = db.pool.metrics().statements - before;
    assert!(inserts_and_looks >= 2, "{inserts_and_looks}");
    assert_eq!(held().await, tags[..2]);
}

/// The same inside a transaction, on the servers: on SQLite its writers wait for each other before they look.
mod within_a_transaction {
    use crate::backend::{Backend, run};

    #[test]
    fn postgres() {
        run(Backend::Postgres, "races within a transaction", async |db| super::within_a_transaction(db, true).await);
    }

    /// It goes on seeing what it saw first, so that it cannot tell; but it goes on.
    #[test]
    fn mysql() {
        run(Backend::MySql, "races within a transaction", async |db| super::within_a_transaction(db, false).await);
    }
}

async fn within_a_transaction(db: &TestDb, sees_others: bool) {
    blog(db).await;
    let post = Post::get(2, &db.pool).await.unwrap();
    let tags = Tag::query().order_by(Tag::id()).all(&db.pool).await.unwrap();
    let of_post = Post::tags().of(&post);
    let (own, other) = (db.pool.begin().await.unwrap(), db.pool.begin().await.unwrap());
    assert_eq!(of_post.query().count(&own).await.unwrap(), 0);
    run_on(&other, "INSERT INTO blog_post_tags (post_id, tag_id) VALUES (2, 1)").await.unwrap();
    let looked = db.pool.metrics().statements + 2;
    let (added, ()) = join(of_post.add(&tags[..2], &own), ends_after(db, looked, other.commit())).await;
    if sees_others {
        added.unwrap();
    } else {
        assert_eq!(added.unwrap_err().kind(), ErrorKind::UniqueViolation);
    }
    of_post.add(&tags[2..], &own).await.unwrap();
    own.commit().await.unwrap();
    let held = of_post.query().order_by(Tag::id()).all(&db.pool).await.unwrap();
    let all = tags.iter().filter(|tag| sees_others || tag.word != "y");
    assert_eq!(held.iter().collect::<Vec<_>>(), all.collect::<Vec<_>>());
}

/// Ends a transaction when so many statements have begun: the look of `add`, which is over by then, and what waits.
async fn ends_after(db: &TestDb, statements: u64, end: impl Future<Output = chakra::Result<()>>) {
    while db.pool.metrics().statements < statements {
        tokio::task::yield_now().await;
    }
    end.await.unwrap();
}
