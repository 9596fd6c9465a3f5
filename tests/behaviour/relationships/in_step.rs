//! What objects hold, beside what their foreign keys say.

use chakra::{Error, ErrorKind, Model, Related};

use super::{Comment, Post, Tag, User, blog, statements, titles};
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    a_stale_parent_is_not_written_silently,
    a_given_parent_is_not_written_silently,
    what_a_query_found_is_no_contradiction,
    changes_forget_what_was_loaded,
    one_relationship_in_two_fields,
    a_row_that_must_be_there_and_is_not,
    foreign_keys_are_set_by_rows,
}

async fn a_stale_parent_is_not_written_silently(db: &TestDb) {
    blog(db).await;
    let mut post =
        Post::query().select_related(Post::author()).order_by(Post::id()).first(&db.pool).await.unwrap().unwrap();
    post.title = "new".into();
    post.save(&db.pool).await.unwrap();
    post.author_id = Some(2);
    let (count, error) = statements(db, post.update(&db.pool)).await;
    let error = error.unwrap_err();
    assert_eq!((count, error.kind()), (0, ErrorKind::Validation));
    assert_eq!(
        error.to_string(),
        "Post.author: it holds the User of 1, but author_id is 2; \
         set both by Post::author().assign(…), or forget what is held by author.forget()"
    );
    assert_eq!(Post::get(1, &db.pool).await.unwrap().author_id, Some(1));
    // Either way out.
    post.author.forget();
    post.save(&db.pool).await.unwrap();
    assert_eq!(Post::author().load(&mut post, &db.pool).await.unwrap().as_ref().unwrap().name, "Bo");
    Post::author().assign(&mut post, User::get(3, &db.pool).await.unwrap()).unwrap();
    post.save(&db.pool).await.unwrap();
    assert_eq!(Post::get(1, &db.pool).await.unwrap().author_id, Some(3));
    post.author_id = None;
    assert!(post.save(&db.pool).await.unwrap_err().to_string().contains("but author_id is"));
}

async fn a_given_parent_is_not_written_silently(db: &TestDb) {
    blog(db).await;
    let ada = User::get(1, &db.pool).await.unwrap();
    let new = |author_id: Option<i64>, author: Related<Option<User>>| Post {
        id: None,
        title: "new".into(),
        author_id,
        author,
        comments: Related::default(),
        tags: Related::default(),
    };
    let mut wrong = [
        (new(None, Some(ada.clone()).into()), "it holds the User of 1, but author_id is"),
        (new(Some(2), Some(ada.clone()).into()), "it holds the User of 1, but author_id is 2"),
        (new(Some(2), None.into()), "it holds no User, but author_id is 2"),
        (new(Some(2), Some(User { id: None, ..ada.clone() }).into()), "the User that it holds has no key yet"),
    ];
    for (post, message) in &mut wrong {
        let error = post.insert(&db.pool).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains(*message), "{error}");
    }
    let mut posts = [new(Some(1), Some(ada.clone()).into()), wrong[1].0.clone()];
    assert!(Post::bulk_insert(&mut posts, &db.pool).await.is_err());
    assert_eq!(Post::query().count(&db.pool).await.unwrap(), 4);
    for post in &mut [new(Some(1), Some(ada.clone()).into()), new(None, None.into()), new(Some(1), Related::default())]
    {
        post.insert(&db.pool).await.unwrap();
    }
    // It is told together with what else is wrong.
    let mut comment = Comment::get(2, &db.pool).await.unwrap();
    comment.user.set(ada);
    comment.text = "x".repeat(41);
    let error = comment.update(&db.pool).await.unwrap_err();
    let faults: Vec<_> = error.as_validation().unwrap().faults().iter().map(|fault| fault.field.clone()).collect();
    assert_eq!(faults, ["user", "text"]);
}

async fn what_a_query_found_is_no_contradiction(db: &TestDb) {
    blog(db).await;
    // A query that leaves Ada out found nobody for her posts.
    let only_bo = Post::author().with(User::query().filter(User::name().eq("Bo")));
    let mut posts = Post::query().prefetch_related(only_bo).order_by(Post::id()).all(&db.pool).await.unwrap();
    assert_eq!((posts[0].author_id, posts[0].author.get().unwrap()), (Some(1), &None));
    posts[0].title = "kept".into();
    posts[0].save(&db.pool).await.unwrap();
    assert_eq!(Post::get(1, &db.pool).await.unwrap().author_id, Some(1));
    // What is at the other end is not compared.
    let mut ada =
        User::query().select_related(User::profile()).order_by(User::id()).first(&db.pool).await.unwrap().unwrap();
    ada.profile.set(None);
    ada.posts.set(Vec::new());
    ada.save(&db.pool).await.unwrap();
    assert_eq!(User::posts().of(&ada).query().count(&db.pool).await.unwrap(), 2);
}

async fn changes_forget_what_was_loaded(db: &TestDb) {
    blog(db).await;
    let mut post =
        Post::query().prefetch_related(Post::tags()).filter(Post::title().eq("a1")).one(&db.pool).await.unwrap();
    let z = Tag::query().filter(Tag::word().eq("z")).one(&db.pool).await.unwrap();
    // Whoever borrows the object alone cannot change what it holds.
    Post::tags().of(&post).add([&z], &db.pool).await.unwrap();
    assert_eq!(post.tags.get().unwrap().len(), 2);
    Post::tags().of_mut(&mut post).remove([&z], &db.pool).await.unwrap();
    let error = post.tags.get().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLoaded);
    assert!(error.to_string().starts_with("Post::tags is not loaded"), "{error}");
    Post::tags().of_mut(&mut post).add([&z], &db.pool).await.unwrap();
    let mut words: Vec<_> =
        Post::tags().load(&mut post, &db.pool).await.unwrap().iter().map(|tag| tag.word.clone()).collect();
    words.sort();
    assert_eq!(words, ["x", "y", "z"]);
}

/// With one relationship in two fields: all posts, and some of them.
#[derive(Model, Debug)]
#[chakra(table = "blog_writers")]
struct Writer {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(length = 40)]
    name: String,
    #[chakra(foreign_key = "author_id", back_populates = "author")]
    posts: Related<Vec<Piece>>,
    #[chakra(foreign_key = "author_id")]
    latest: Related<Vec<Piece>>,
}

#[derive(Model, Debug)]
#[chakra(table = "blog_pieces")]
struct Piece {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(length = 40)]
    title: String,
    #[chakra(references = "blog_writers.id", on_delete = "SET NULL")]
    author_id: Option<i64>,
    #[chakra(foreign_key = "author_id", back_populates = "posts")]
    author: Related<Option<Writer>>,
}

async fn one_relationship_in_two_fields(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Writer::table(), Piece::table()]).await.unwrap();
    db.sql("INSERT INTO blog_writers (id, name) VALUES (1, 'Ada'), (2, 'Bo'), (3, 'Cy')").await.unwrap();
    db.sql("INSERT INTO blog_pieces (id, title, author_id) VALUES (1, 'a1', 1), (2, 'a2', 1), (3, 'b1', 2)")
        .await
        .unwrap();
    let latest = Writer::latest().with(Piece::query().order_by(Piece::title().desc()).limit(1));
    let query = Writer::query().prefetch_related(Writer::posts()).prefetch_related(latest).order_by(Writer::id());
    let (count, writers) = statements(db, query.all(&db.pool)).await;
    let writers = writers.unwrap();
    assert_eq!(count, 3);
    let held = |writer: &Writer| {
        let titles = |pieces: &[Piece]| pieces.iter().map(|piece| piece.title.clone()).collect::<Vec<_>>();
        let mut all = titles(writer.posts.get().unwrap());
        all.sort();
        (all.join(" "), titles(writer.latest.get().unwrap()).join(" "))
    };
    assert_eq!(
        writers.iter().map(held).collect::<Vec<_>>(),
        [("a1 a2".to_owned(), "a2".to_owned()), ("b1".to_owned(), "b1".to_owned()), (String::new(), String::new()),]
    );
    assert!(writers.iter().all(|writer| !writer.name.is_empty()));
    assert!(writers[0].posts.get().unwrap().iter().all(|piece| {
        piece.author_id == Some(1) && piece.author.get().unwrap().as_ref().is_some_and(|author| author.name == "Ada")
    }));
}

/// A comment as a program without constraints may have it: nothing keeps its post from being gone.
#[derive(Model, Debug, Clone)]
#[chakra(table = "blog_notes")]
struct Note {
    #[chakra(primary_key)]
    id: i64,
    post_id: i64,
    #[chakra(foreign_key = ["post_id"])]
    post: Related<Post>,
}

async fn a_row_that_must_be_there_and_is_not(db: &TestDb) {
    blog(db).await;
    chakra::create_tables(&db.pool, &[Note::table()]).await.unwrap();
    for (id, post_id) in [(1, 1), (2, 99)] {
        Note { id, post_id, post: Related::default() }.insert(&db.pool).await.unwrap();
    }
    let mut gone = Note::get(2, &db.pool).await.unwrap();
    for error in [
        Note::query().select_related(Note::post()).all(&db.pool).await.map(drop).unwrap_err(),
        Note::query().prefetch_related(Note::post()).all(&db.pool).await.map(drop).unwrap_err(),
        Note::post().load(&mut gone, &db.pool).await.map(drop).unwrap_err(),
        Note::post().load_all(&mut [gone.clone()], &db.pool).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Query { .. }));
        assert_eq!(
            error.to_string(),
            "Note::post(): there is no Post for a row of Note; where there may be none, declare Related<Option<Post>>"
        );
    }
    assert!(!gone.post.is_loaded());
    let there = Note::query().select_related(Note::post()).filter(Note::post().exists()).all(&db.pool).await.unwrap();
    let posts: Vec<Post> = there.into_iter().map(|mut note| note.post.take().unwrap()).collect();
    assert_eq!(titles(&posts), ["a1"]);
}

async fn foreign_keys_are_set_by_rows(db: &TestDb) {
    blog(db).await;
    let (ada, cy) = (User::get(1, &db.pool).await.unwrap(), User::get(3, &db.pool).await.unwrap());
    let by_cy = (Post::title().set("c1"), Post::author().set(&cy));
    let post = Post::create(by_cy).execute(&db.pool).await.unwrap();
    assert_eq!(post.author_id, Some(3));
    let moved = Post::query().filter(Post::author().is(&cy)).update(Post::author().set(&ada));
    assert_eq!(moved.execute(&db.pool).await.unwrap(), 1);
    let freed = Post::query().filter(Post::title().eq("c1")).update(Post::author().set(None));
    assert_eq!(freed.execute(&db.pool).await.unwrap(), 1);
    assert_eq!(Post::get(post.id.unwrap(), &db.pool).await.unwrap().author_id, None);

    let new = User { id: None, ..ada.clone() };
    let error = Post::create((Post::title().set("x".repeat(41)), Post::author().set(&new))).execute(&db.pool).await;
    let error = error.unwrap_err();
    let faults: Vec<_> = error.as_validation().unwrap().faults().iter().map(|fault| fault.field.clone()).collect();
    assert_eq!(faults, ["title", "author"], "{error}");
    let error = Comment::query().update(Comment::user().set(None)).execute(&db.pool).await.unwrap_err();
    assert_eq!(error.to_string(), "Comment.user: user_id cannot be NULL");
    let error = User::query().update(User::profile().set(None)).execute(&db.pool).await.unwrap_err();
    assert!(error.to_string().contains("User.profile: the foreign key is at the other end"), "{error}");
}
