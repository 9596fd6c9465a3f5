//! What the write of an object writes, and what collections tell the objects that they are given.

use chakra::{ErrorKind, Model, Related};
use chrono::{DateTime, Utc};

use super::{Post, Tag, User, blog, statements};
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    a_key_that_nobody_changed_is_left_alone,
    a_key_that_was_changed_is_written,
    what_was_rolled_back_is_written_again,
    objects_given_to_collections_are_kept_in_step,
    objects_given_unchanged_write_nothing_back,
    objects_that_would_write_back_are_refused,
    what_every_update_writes_is_told,
    joined_objects_forget_what_they_held,
    some_columns_alone,
    columns_that_cannot_be_written_alone,
}

async fn author_of(db: &TestDb, id: i64) -> Option<i64> {
    Post::get(id, &db.pool).await.unwrap().author_id
}

async fn user(db: &TestDb, id: i64) -> User {
    User::get(id, &db.pool).await.unwrap()
}

async fn a_key_that_nobody_changed_is_left_alone(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(1, &db.pool).await.unwrap();
    let moved = Post::query().filter(Post::id().eq(1)).update(Post::author().set(&user(db, 2).await));
    moved.execute(&db.pool).await.unwrap();
    post.title = "mine".into();
    post.save(&db.pool).await.unwrap();
    let stored = Post::get(1, &db.pool).await.unwrap();
    assert_eq!((stored.title.as_str(), stored.author_id), ("mine", Some(2)));
    // NULL as well.
    let mut nobodys = Post::get(4, &db.pool).await.unwrap();
    Post::query().filter(Post::id().eq(4)).update(Post::author_id().set(3)).execute(&db.pool).await.unwrap();
    nobodys.save(&db.pool).await.unwrap();
    assert_eq!(author_of(db, 4).await, Some(3));
}

async fn a_key_that_was_changed_is_written(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(1, &db.pool).await.unwrap();
    for author_id in [Some(2), None, Some(3), Some(1)] {
        post.author_id = author_id;
        post.save(&db.pool).await.unwrap();
        assert_eq!(author_of(db, 1).await, author_id);
    }
    // What an object that was never read says is written, whatever the row holds.
    let mut same = Post { id: Some(1), author: Related::default(), ..post.clone() };
    Post::query().filter(Post::id().eq(1)).update(Post::author_id().set(3)).execute(&db.pool).await.unwrap();
    same.update(&db.pool).await.unwrap();
    assert_eq!(author_of(db, 1).await, Some(1));
}

async fn what_was_rolled_back_is_written_again(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(1, &db.pool).await.unwrap();
    post.author_id = Some(2);
    let transaction = db.pool.begin().await.unwrap();
    post.save(&transaction).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(author_of(db, 1).await, Some(1));
    post.save(&db.pool).await.unwrap();
    assert_eq!(author_of(db, 1).await, Some(2));
}

async fn objects_given_to_collections_are_kept_in_step(db: &TestDb) {
    blog(db).await;
    let cy = user(db, 3).await;
    let mut posts = Post::query().select_related(Post::author()).order_by(Post::id()).all(&db.pool).await.unwrap();
    let of_cy = User::posts().of(&cy);
    of_cy.add(&mut posts[..2], &db.pool).await.unwrap();
    assert_eq!((posts[0].author_id, posts[1].author_id, posts[2].author_id), (Some(3), Some(3), Some(2)));
    // Ada, whom they held, is not theirs any more.
    assert!(!posts[0].author.is_loaded() && posts[2].author.is_loaded());
    assert_eq!(posts[0].author.load(&db.pool).await.unwrap().as_ref().unwrap().name, "Cy");
    posts[0].title = "a1 of Cy".into();
    posts[0].save(&db.pool).await.unwrap();
    assert_eq!(author_of(db, 1).await, Some(3));
    // What is not Cy's is left alone, here as there.
    of_cy.remove(&mut posts[1..3], &db.pool).await.unwrap();
    assert_eq!((posts[1].author_id, posts[2].author_id), (None, Some(2)));
    assert_eq!((author_of(db, 2).await, author_of(db, 3).await), (None, Some(2)));
    of_cy.set([&mut posts[2]], &db.pool).await.unwrap();
    assert_eq!((posts[2].author_id, author_of(db, 3).await, author_of(db, 1).await), (Some(3), Some(3), None));
    // An object that nobody read, too.
    let mut made = Post { id: None, author: Related::default(), author_id: Some(1), ..posts[2].clone() };
    made.insert(&db.pool).await.unwrap();
    of_cy.add([&mut made], &db.pool).await.unwrap();
    made.save(&db.pool).await.unwrap();
    assert_eq!((made.author_id, author_of(db, made.id.unwrap()).await), (Some(3), Some(3)));
}

async fn objects_given_unchanged_write_nothing_back(db: &TestDb) {
    blog(db).await;
    let (bo, mut post) = (user(db, 2).await, Post::get(1, &db.pool).await.unwrap());
    User::posts().of(&bo).add([&post], &db.pool).await.unwrap();
    assert_eq!(post.author_id, Some(1));
    post.title = "kept".into();
    post.save(&db.pool).await.unwrap();
    assert_eq!(author_of(db, 1).await, Some(2));
    User::posts().of(&bo).remove([&post], &db.pool).await.unwrap();
    post.save(&db.pool).await.unwrap();
    assert_eq!(author_of(db, 1).await, None);
}

async fn objects_that_would_write_back_are_refused(db: &TestDb) {
    blog(db).await;
    let bo = user(db, 2).await;
    let changed = Post { author_id: Some(3), ..Post::get(1, &db.pool).await.unwrap() };
    let unread = Post { author: Related::default(), ..Post::get(2, &db.pool).await.unwrap() };
    for post in [&changed, &unread] {
        let (count, error) = statements(db, User::posts().of(&bo).add([post], &db.pool)).await;
        let error = error.unwrap_err();
        assert_eq!((count, error.kind()), (0, ErrorKind::Validation));
        assert_eq!(
            error.to_string(),
            "User.posts: Post.author_id of an object that is given as `&` stays as it is, and its next `save` would \
             write that back; give it as `&mut`"
        );
    }
    User::posts().of(&bo).add(&mut [changed, unread], &db.pool).await.unwrap();
    assert_eq!((author_of(db, 1).await, author_of(db, 2).await), (Some(2), Some(2)));
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "written_cases", timestamps)]
struct Case {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(foreign_key = "case_id", back_populates = "case")]
    papers: Related<Vec<Paper>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "written_papers", timestamps, version)]
struct Paper {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(references = "written_cases.id", on_delete = "SET NULL")]
    case_id: Option<i64>,
    #[chakra(foreign_key = "case_id", back_populates = "papers")]
    case: Related<Option<Case>>,
    #[chakra(default = 0, on_update = 7)]
    seen: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

async fn what_every_update_writes_is_told(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Case::table(), Paper::table()]).await.unwrap();
    let case = Case::create(()).execute(&db.pool).await.unwrap();
    let mut paper = Paper::create(()).execute(&db.pool).await.unwrap();
    let same = |paper: &Paper, stored: &Paper| {
        assert_eq!(paper.values().unwrap(), stored.values().unwrap());
        assert_eq!(paper.updated_at, stored.updated_at);
    };
    Case::papers().of(&case).add([&mut paper], &db.pool).await.unwrap();
    let stored = Paper::get(1, &db.pool).await.unwrap();
    assert_eq!((stored.case_id, stored.version, stored.seen), (case.id, 2, 7));
    same(&paper, &stored);
    // Its version is the row's: it can be written.
    paper.save(&db.pool).await.unwrap();
    Case::papers().of(&case).remove([&mut paper], &db.pool).await.unwrap();
    same(&paper, &Paper::get(1, &db.pool).await.unwrap());
    // A stale object stays stale.
    Paper::query().update(Paper::seen().set(1)).execute(&db.pool).await.unwrap();
    Case::papers().of(&case).add([&mut paper], &db.pool).await.unwrap();
    assert_eq!(paper.save(&db.pool).await.unwrap_err().kind(), ErrorKind::StaleObject);
}

async fn joined_objects_forget_what_they_held(db: &TestDb) {
    blog(db).await;
    let post = Post::get(2, &db.pool).await.unwrap();
    let mut tags = Tag::query().prefetch_related(Tag::posts()).order_by(Tag::id()).all(&db.pool).await.unwrap();
    Post::tags().of(&post).add(&mut tags[..1], &db.pool).await.unwrap();
    assert!(!tags[0].posts.is_loaded() && tags[1].posts.is_loaded());
    assert_eq!(tags[0].posts.load(&db.pool).await.unwrap().len(), 3);
    let mut users = User::query().prefetch_related(User::friends()).order_by(User::id()).all(&db.pool).await.unwrap();
    let (first, others) = users.split_at_mut(1);
    User::friends().of_mut(&mut first[0]).add(&mut *others, &db.pool).await.unwrap();
    assert!(users.iter().all(|user| !user.friends.is_loaded()));
    assert_eq!(users[1].friends.load(&db.pool).await.unwrap()[0].name, "Ada");
}

async fn some_columns_alone(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(1, &db.pool).await.unwrap();
    Post::query().filter(Post::id().eq(1)).update(Post::title().set("theirs")).execute(&db.pool).await.unwrap();
    post.title = "mine".into();
    Post::author().assign(&mut post, user(db, 2).await).unwrap();
    // A relationship stands for its foreign key.
    post.update_only(Post::author(), &db.pool).await.unwrap();
    let stored = Post::get(1, &db.pool).await.unwrap();
    assert_eq!((stored.title.as_str(), stored.author_id), ("theirs", Some(2)));
    post.update_only((Post::title(), Post::author_id()), &db.pool).await.unwrap();
    assert_eq!(Post::get(1, &db.pool).await.unwrap().title, "mine");
    // Of what was not written, the field knows nothing new.
    post.author_id = Some(3);
    post.author.forget();
    post.update_only([Post::title()], &db.pool).await.unwrap();
    assert_eq!(author_of(db, 1).await, Some(2));
    post.save(&db.pool).await.unwrap();
    assert_eq!(author_of(db, 1).await, Some(3));

    chakra::create_tables(&db.pool, &[Case::table(), Paper::table()]).await.unwrap();
    let mut paper = Paper::create(()).execute(&db.pool).await.unwrap();
    let before = paper.updated_at;
    paper.update_only(Paper::case_id(), &db.pool).await.unwrap();
    let stored = Paper::get(1, &db.pool).await.unwrap();
    assert_eq!((stored.seen, stored.version, paper.version, paper.seen), (7, 2, 2, 7));
    assert!(stored.updated_at > before && stored.updated_at == paper.updated_at);
}

async fn columns_that_cannot_be_written_alone(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(1, &db.pool).await.unwrap();
    for (error, message) in [
        (post.update_only(Post::id(), &db.pool).await.unwrap_err(), "id is part of the primary key"),
        (
            post.update_only([] as [chakra::model::Column<Post, String>; 0], &db.pool).await.unwrap_err(),
            "names no column",
        ),
    ] {
        assert_eq!(error.kind(), ErrorKind::Query);
        assert!(error.to_string().starts_with("update_only of Post") && error.to_string().contains(message), "{error}");
    }
    let mut bo = user(db, 2).await;
    let error = bo.update_only(User::profile(), &db.pool).await.unwrap_err();
    assert!(error.to_string().contains("the foreign key is at the other end"), "{error}");
    // Only what is written is judged.
    post.title = "x".repeat(41);
    post.author_id = Some(2);
    post.update_only(Post::author_id(), &db.pool).await.unwrap();
    assert_eq!(post.update_only(Post::title(), &db.pool).await.unwrap_err().kind(), ErrorKind::Validation);
    post.title = "gone".into();
    Post::get(1, &db.pool).await.unwrap().delete(&db.pool).await.unwrap();
    assert_eq!(post.update_only(Post::title(), &db.pool).await.unwrap_err().kind(), ErrorKind::StaleObject);
}
