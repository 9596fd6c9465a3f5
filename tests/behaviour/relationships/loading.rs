//! Loading with a query, after it, and when asked; each with its number of statements.

use chakra::{Error, Model, Related};

use super::{Comment, Post, Profile, Tag, User, blog, statements, titles};
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    select_related_is_one_statement,
    prefetch_related_is_one_statement_more_for_each_step,
    both_ways_meet_in_one_tree,
    a_query_of_its_own_counts_for_each_parent,
    circles_and_threads,
    loading_when_asked,
    loading_of_many_at_once,
    many_to_many_from_either_end,
    friends_hold_both_ways,
    streams_take_what_is_joined,
    streams_prefetch_for_each_batch,
    a_way_to_many_is_not_joined,
    thousands_of_parents,
    one_to_one_from_either_end,
}

fn name(user: Option<&User>) -> &str {
    user.map_or("-", |user| user.name.as_str())
}

async fn select_related_is_one_statement(db: &TestDb) {
    blog(db).await;
    let query = Post::query().select_related(Post::author()).order_by(Post::id());
    let (count, posts) = statements(db, query.clone().all(&db.pool)).await;
    let posts = posts.unwrap();
    assert_eq!(count, 1);
    let names: Vec<_> = posts.iter().map(|post| name(post.author.get().unwrap().as_ref())).collect();
    assert_eq!(names, ["Ada", "Ada", "Bo", "-"]);
    assert!(!posts[0].comments.is_loaded());
    assert_eq!(
        query.clone().first(&db.pool).await.unwrap().unwrap().author.get().unwrap().as_ref().unwrap().id,
        Some(1)
    );
    assert_eq!(query.count(&db.pool).await.unwrap(), 4);

    let nested = Comment::query()
        .select_related(Comment::post().then(Post::author()).then(User::profile()))
        .select_related(Comment::user())
        .filter(Comment::post().has(Post::title().eq("a1")))
        .order_by(Comment::id());
    let (count, comments) = statements(db, nested.all(&db.pool)).await;
    let comments = comments.unwrap();
    assert_eq!((count, comments.len()), (1, 3));
    let author = comments[1].post.get().unwrap().author.get().unwrap().as_ref().unwrap();
    assert_eq!(author.profile.get().unwrap().as_ref().unwrap().bio, "writes");
    assert_eq!(comments[1].user.get().unwrap().name, "Cy");
    assert_eq!(comments[1].user.get().unwrap().profile, Related::default());
}

async fn prefetch_related_is_one_statement_more_for_each_step(db: &TestDb) {
    blog(db).await;
    let query = User::query()
        .prefetch_related(User::posts().then(Post::tags()))
        .prefetch_related(User::posts().then(Post::comments()).then(Comment::user()))
        .order_by(User::id());
    let (count, users) = statements(db, query.all(&db.pool)).await;
    let users = users.unwrap();
    // Users, their posts once, the posts' tags and comments, the comments' users.
    assert_eq!(count, 5);
    let posts = users[0].posts.get().unwrap();
    assert_eq!(titles(posts), ["a1", "a2"]);
    let mut words: Vec<_> = posts[0].tags.get().unwrap().iter().map(|tag| tag.word.as_str()).collect();
    words.sort_unstable();
    assert_eq!(words, ["x", "y"]);
    assert_eq!(posts[1].tags.get().unwrap(), &[]);
    let mut by: Vec<_> =
        posts[0].comments.get().unwrap().iter().map(|comment| comment.user.get().unwrap().name.as_str()).collect();
    by.sort_unstable();
    assert_eq!(by, ["Bo", "Bo", "Cy"]);
    assert_eq!(users[2].posts.get().unwrap(), &[]);

    // Of nothing there is nothing more to ask.
    let nobody = User::query().filter(User::name().eq("nobody")).prefetch_related(User::posts().then(Post::tags()));
    let (count, users) = statements(db, nobody.all(&db.pool)).await;
    assert_eq!((count, users.unwrap()), (1, Vec::new()));
}

async fn both_ways_meet_in_one_tree(db: &TestDb) {
    blog(db).await;
    let query = Post::query()
        .prefetch_related(Post::author().then(User::posts()))
        .select_related(Post::author().then(User::profile()))
        .order_by(Post::id());
    let (count, posts) = statements(db, query.all(&db.pool)).await;
    let posts = posts.unwrap();
    assert_eq!(count, 2);
    let of = |at: usize| posts[at].author.get().unwrap().as_ref().unwrap();
    // Both of Ada's posts hold the Ada who holds both.
    assert_eq!(titles(of(0).posts.get().unwrap()), ["a1", "a2"]);
    assert_eq!(titles(of(1).posts.get().unwrap()), ["a1", "a2"]);
    assert_eq!(of(1).profile.get().unwrap().as_ref().unwrap().id, Some(7));
    assert_eq!(of(2).profile.get().unwrap(), &None);
    assert_eq!(posts[3].author.get().unwrap(), &None);
}

async fn a_query_of_its_own_counts_for_each_parent(db: &TestDb) {
    blog(db).await;
    let latest = User::posts().with(Post::query().order_by(Post::title().desc()).limit(1));
    let query = User::query().prefetch_related(latest).order_by(User::id());
    let (count, users) = statements(db, query.all(&db.pool)).await;
    let users = users.unwrap();
    assert_eq!(count, 2);
    let held: Vec<_> = users.iter().map(|user| titles(user.posts.get().unwrap())).collect();
    assert_eq!(held, [vec!["a2"], vec!["b1"], vec![]]);

    // With a filter, and what it loads itself.
    let commented = Post::query()
        .filter(Post::comments().exists())
        .select_related(Post::author())
        .prefetch_related(Post::comments().with(Comment::query().order_by(Comment::id().desc()).limit(2)));
    let query = User::query().prefetch_related(User::posts().with(commented)).order_by(User::id());
    let (count, users) = statements(db, query.all(&db.pool)).await;
    let users = users.unwrap();
    assert_eq!(count, 3);
    let post = &users[0].posts.get().unwrap()[0];
    assert_eq!((post.title.as_str(), name(post.author.get().unwrap().as_ref())), ("a1", "Ada"));
    let texts: Vec<_> = post.comments.get().unwrap().iter().map(|comment| comment.text.as_str()).collect();
    assert_eq!(texts, ["deeper", "reply"]);

    // Through a junction, a limit counts for each, too.
    let first = Post::tags().with(Tag::query().order_by(Tag::word()).limit(1));
    let posts = Post::query().prefetch_related(first).order_by(Post::id()).all(&db.pool).await.unwrap();
    let held: Vec<_> =
        posts.iter().map(|post| post.tags.get().unwrap().iter().map(|tag| &*tag.word).collect::<Vec<_>>()).collect();
    assert_eq!(held, [vec!["x"], vec![], vec!["x"], vec![]]);

    // One field holds what one query finds, wherever the second is given.
    let some = || User::posts().with(Post::query().limit(1));
    for query in [
        User::query().prefetch_related(some()).prefetch_related(some()),
        User::query().prefetch_related(some().then(Post::tags())).prefetch_related(some()),
        User::query().prefetch_related(User::friends().with(User::query().prefetch_related(some())).then(some())),
    ] {
        let error = query.all(&db.pool).await.unwrap_err();
        assert!(matches!(error, Error::Query { .. }));
        let message = error.to_string();
        assert!(message.starts_with("User::posts() is given two queries of its own by `with`"), "{message}");
    }
    let both = User::query().prefetch_related(some()).prefetch_related(User::posts().then(Post::tags()));
    let users = both.order_by(User::id()).all(&db.pool).await.unwrap();
    assert_eq!(users[0].posts.get().unwrap().len(), 1);
    assert!(users[0].posts.get().unwrap()[0].tags.is_loaded());

    let wrong = User::posts().with(Post::query().limit(1).filter(Post::title().eq("a1")));
    let error = User::query().prefetch_related(wrong).all(&db.pool).await.unwrap_err();
    assert!(matches!(error, Error::Query { .. }), "{error}");
}

async fn circles_and_threads(db: &TestDb) {
    blog(db).await;
    let threads = Comment::query()
        .filter(Comment::parent().is_none())
        .prefetch_related(Comment::replies().then(Comment::replies()).then(Comment::parent()))
        .order_by(Comment::id());
    let (count, comments) = statements(db, threads.all(&db.pool)).await;
    let comments = comments.unwrap();
    assert_eq!((count, comments.len()), (4, 2));
    let reply = &comments[0].replies.get().unwrap()[0];
    let deeper = &reply.replies.get().unwrap()[0];
    assert_eq!((reply.text.as_str(), deeper.text.as_str()), ("reply", "deeper"));
    assert_eq!(deeper.parent.get().unwrap().as_ref().unwrap().text, "reply");
    assert!(comments[1].replies.get().unwrap().is_empty());
}

async fn loading_when_asked(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(1, &db.pool).await.unwrap();
    let (count, author) = statements(db, Post::author().load(&mut post, &db.pool)).await;
    assert_eq!((count, name(author.unwrap().as_ref())), (1, "Ada"));
    // What is loaded is not read again, until it is forgotten.
    let (count, author) = statements(db, Post::author().load(&mut post, &db.pool)).await;
    assert_eq!((count, name(author.unwrap().as_ref())), (0, "Ada"));
    post.author_id = Some(2);
    post.author.forget();
    assert_eq!(name(Post::author().load(&mut post, &db.pool).await.unwrap().as_ref()), "Bo");
    // Without a key there is nothing to ask.
    let mut orphan = Post::get(4, &db.pool).await.unwrap();
    let (count, author) = statements(db, Post::author().load(&mut orphan, &db.pool)).await;
    assert_eq!((count, author.unwrap().is_none()), (0, true));
    assert_eq!(Post::tags().load(&mut post, &db.pool).await.unwrap().len(), 2);
}

async fn loading_of_many_at_once(db: &TestDb) {
    blog(db).await;
    let mut posts = Post::query().order_by(Post::id()).all(&db.pool).await.unwrap();
    let (count, loaded) = statements(db, Post::author().load_all(&mut posts, &db.pool)).await;
    loaded.unwrap();
    assert_eq!(count, 1);
    let names: Vec<_> = posts.iter().map(|post| name(post.author.get().unwrap().as_ref())).collect();
    assert_eq!(names, ["Ada", "Ada", "Bo", "-"]);
    let (count, _) = statements(db, Post::author().load_all(&mut posts, &db.pool)).await;
    assert_eq!(count, 0);
    let way = Post::comments().with(Comment::query().order_by(Comment::id())).then(Comment::user());
    let (count, loaded) = statements(db, way.load_all(&mut posts, &db.pool)).await;
    loaded.unwrap();
    assert_eq!(count, 2);
    assert_eq!(posts[0].comments.get().unwrap()[1].user.get().unwrap().name, "Cy");
    let nothing: &mut [Post] = &mut [];
    Post::author().load_all(nothing, &db.pool).await.unwrap();
    // In a transaction as well.
    db.pool
        .transaction(async |tx| {
            let mut post = Post::get(3, tx).await?;
            assert_eq!(name(Post::author().load(&mut post, tx).await?.as_ref()), "Bo");
            Ok(())
        })
        .await
        .unwrap();
}

async fn many_to_many_from_either_end(db: &TestDb) {
    blog(db).await;
    let tags = Tag::query().prefetch_related(Tag::posts().with(Post::query().order_by(Post::id()))).order_by(Tag::id());
    let (count, tags) = statements(db, tags.all(&db.pool)).await;
    let tags = tags.unwrap();
    assert_eq!(count, 2);
    let held: Vec<_> = tags.iter().map(|tag| titles(tag.posts.get().unwrap())).collect();
    assert_eq!(held, [vec!["a1", "b1"], vec!["a1"], vec![]]);
}

async fn friends_hold_both_ways(db: &TestDb) {
    blog(db).await;
    db.sql("INSERT INTO blog_users_friends (from_user_id, to_user_id) VALUES (1, 2), (2, 1)").await.unwrap();
    let users = User::query().prefetch_related(User::friends()).order_by(User::id()).all(&db.pool).await.unwrap();
    let names: Vec<_> =
        users.iter().map(|user| user.friends.get().unwrap().first().map(|user| user.name.clone())).collect();
    assert_eq!(names, [Some("Bo".to_owned()), Some("Ada".to_owned()), None]);
}

async fn streams_take_what_is_joined(db: &TestDb) {
    blog(db).await;
    let mut stream = Post::query().select_related(Post::author()).order_by(Post::id()).stream(&db.pool);
    let mut names = Vec::new();
    while let Some(post) = stream.next().await {
        names.push(name(post.unwrap().author.get().unwrap().as_ref()).to_owned());
    }
    assert_eq!(names, ["Ada", "Ada", "Bo", "-"]);
}

async fn streams_prefetch_for_each_batch(db: &TestDb) {
    blog(db).await;
    let read = async {
        let mut stream = Post::query()
            .select_related(Post::author())
            .prefetch_related(Post::tags())
            .prefetch_related(Post::author().then(User::profile()))
            .order_by(Post::id())
            .stream(&db.pool);
        let mut found = Vec::new();
        while let Some(post) = stream.next().await {
            let post = post.unwrap();
            let author = post.author.get().unwrap().as_ref();
            let profile = author.and_then(|author| author.profile.get().unwrap().as_ref().map(|profile| profile.id));
            found.push((post.tags.get().unwrap().len(), profile));
        }
        found
    };
    let (count, found) = statements(db, read).await;
    assert_eq!((count, found.len()), (3, 4));
    assert_eq!(found[0], (2, Some(Some(7))));
    assert_eq!(found[3].1, None);
    let inside = db.pool.transaction(async |tx| {
        let mut stream = User::query().prefetch_related(User::posts()).order_by(User::id()).stream(tx);
        let mut counts = Vec::new();
        while let Some(user) = stream.next().await {
            counts.push(user?.posts.get().unwrap().len());
        }
        Ok(counts)
    });
    assert_eq!(inside.await.unwrap(), [2, 1, 0]);
}

async fn a_way_to_many_is_not_joined(db: &TestDb) {
    blog(db).await;
    let error = User::query().select_related(User::posts().then(Post::author())).all(&db.pool).await.unwrap_err();
    assert!(error.to_string().contains("User::posts() leads to many rows"), "{error}");
    assert!(error.to_string().contains("prefetch_related"), "{error}");
    let narrowed = Post::author().with(User::query().limit(1));
    let error = Post::query().select_related(narrowed).all(&db.pool).await.unwrap_err();
    assert!(error.to_string().contains("prefetch_related"), "{error}");
}

async fn thousands_of_parents(db: &TestDb) {
    blog(db).await;
    let mut posts: Vec<Post> = (0..40_000)
        .map(|at| Post {
            id: Some(at + 100),
            title: "many".into(),
            author_id: Some(at % 3 + 1),
            author: Related::default(),
            comments: Related::default(),
            tags: Related::default(),
        })
        .collect();
    Post::bulk_insert(&mut posts, &db.pool).await.unwrap();
    let query = Post::query().prefetch_related(Post::comments()).prefetch_related(Post::author());
    let (count, posts) = statements(db, query.all(&db.pool)).await;
    let posts = posts.unwrap();
    assert_eq!((count, posts.len()), (3, 40_004));
    assert_eq!(posts.iter().filter(|post| post.author.get().unwrap().is_some()).count(), 40_003);
}

async fn one_to_one_from_either_end(db: &TestDb) {
    blog(db).await;
    let users = User::query().select_related(User::profile()).order_by(User::id()).all(&db.pool).await.unwrap();
    assert_eq!(users[0].profile.get().unwrap().as_ref().unwrap().bio, "writes");
    assert_eq!(users[1].profile.get().unwrap(), &None);
    let profile = Profile::query().select_related(Profile::user()).one(&db.pool).await.unwrap();
    assert_eq!(profile.user.get().unwrap().name, "Ada");
}
