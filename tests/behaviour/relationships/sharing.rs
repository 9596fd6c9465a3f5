//! One row that many objects refer to, and ways that turn back.

use chakra::{Model, Related};

use super::{Comment, Post, Tag, User, blog, statements, titles};
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    one_row_is_held_once,
    ways_back_do_not_multiply,
    changes_in_memory_are_the_objects_own,
    rows_know_whom_they_were_loaded_for,
    rows_know_the_object_of_a_join,
}

/// The object that a post holds.
fn author(post: &Post) -> &User {
    post.author.get().unwrap().as_ref().unwrap()
}

async fn one_row_is_held_once(db: &TestDb) {
    blog(db).await;
    for query in [
        Post::query().select_related(Post::author().then(User::profile())),
        Post::query().prefetch_related(Post::author().then(User::profile())),
    ] {
        let posts = query.order_by(Post::id()).all(&db.pool).await.unwrap();
        assert!(std::ptr::eq(author(&posts[0]), author(&posts[1])));
        assert_eq!([author(&posts[0]).name.as_str(), author(&posts[2]).name.as_str()], ["Ada", "Bo"]);
        assert_eq!(author(&posts[1]).profile.get().unwrap().as_ref().unwrap().bio, "writes");
        assert_eq!(posts[3].author.get().unwrap(), &None);
    }
    let mut posts = Post::query().order_by(Post::id()).all(&db.pool).await.unwrap();
    Post::author().load_all(&mut posts, &db.pool).await.unwrap();
    assert!(std::ptr::eq(author(&posts[0]), author(&posts[1])));
    // A clone shares, too.
    let copy = posts.clone();
    assert!(std::ptr::eq(author(&posts[0]), author(&copy[0])));
    assert_eq!(copy, posts);
}

async fn ways_back_do_not_multiply(db: &TestDb) {
    blog(db).await;
    let mut many: Vec<Post> = (0..40)
        .map(|at| Post {
            id: None,
            title: format!("c{at}"),
            author_id: Some(3),
            author: Related::default(),
            comments: Related::default(),
            tags: Related::default(),
        })
        .collect();
    Post::bulk_insert(&mut many, &db.pool).await.unwrap();
    let there_and_back = || Post::author().then(User::posts());
    let way = there_and_back().then(there_and_back()).then(there_and_back()).then(Post::author());
    let query = Post::query().filter(Post::author().has(User::name().eq("Cy"))).prefetch_related(way);
    let (count, posts) = statements(db, query.all(&db.pool)).await;
    let posts = posts.unwrap();
    // A tree of owned values would have 40 to the fourth of them.
    assert_eq!((count, posts.len()), (8, 40));
    let mut at = &posts;
    for _ in 0..3 {
        let cy = author(&at[0]);
        assert!(at.iter().all(|post| std::ptr::eq(author(post), cy)));
        at = cy.posts.get().unwrap();
        assert_eq!(at.len(), 40);
    }
    assert!(at.iter().all(|post| std::ptr::eq(author(post), author(&at[0]))));

    // Through a junction, each row holds its own list once.
    let way = Post::tags().then(Tag::posts()).then(Post::tags()).then(Tag::posts());
    let posts = Post::query().prefetch_related(way).order_by(Post::id()).all(&db.pool).await.unwrap();
    let x = |post: &Post| {
        let tag = post.tags.get().unwrap().iter().find(|tag| tag.word == "x").unwrap();
        std::ptr::from_ref(tag.posts.get().unwrap())
    };
    assert_eq!(x(&posts[0]), x(&posts[2]));
    let tag = posts[0].tags.get().unwrap().iter().find(|tag| tag.word == "x").unwrap();
    let mut held = titles(tag.posts.get().unwrap());
    held.sort_unstable();
    assert_eq!(held, ["a1", "b1"]);
}

async fn changes_in_memory_are_the_objects_own(db: &TestDb) {
    blog(db).await;
    let mut posts = Post::query().select_related(Post::author()).order_by(Post::id()).all(&db.pool).await.unwrap();
    let first = posts[0].author.get_mut().unwrap().as_mut().unwrap();
    first.name = "Ada L.".into();
    assert_eq!(author(&posts[1]).name, "Ada");
    // It is an object like any other.
    posts[0].author.get_mut().unwrap().as_mut().unwrap().save(&db.pool).await.unwrap();
    assert_eq!(User::get(1, &db.pool).await.unwrap().name, "Ada L.");
    let taken = posts[1].author.take().unwrap().unwrap();
    assert_eq!((taken.name.as_str(), posts[1].author.is_loaded()), ("Ada", false));
    assert!(posts[0].author.is_loaded());
}

async fn rows_know_whom_they_were_loaded_for(db: &TestDb) {
    blog(db).await;
    let way = User::posts().then(Post::comments());
    let query = User::query().prefetch_related(way).select_related(User::profile()).order_by(User::id());
    let (count, users) = statements(db, query.all(&db.pool)).await;
    let users = users.unwrap();
    assert_eq!(count, 3);
    for user in &users {
        for post in user.posts.get().unwrap() {
            assert_eq!((author(post).id, author(post).name.as_str()), (user.id, user.name.as_str()));
            // The row, without what it holds: a tree of values has no circles.
            assert!(!author(post).posts.is_loaded() && !author(post).profile.is_loaded());
            for comment in post.comments.get().unwrap() {
                assert_eq!(comment.post.get().unwrap().title, post.title);
                assert!(!comment.user.is_loaded());
            }
        }
    }
    let posts = users[0].posts.get().unwrap();
    assert!(std::ptr::eq(author(&posts[0]), author(&posts[1])));
    // Whoever asks for more gets it.
    let way = User::posts().then(Post::author()).then(User::profile());
    let users = User::query().prefetch_related(way).order_by(User::id()).all(&db.pool).await.unwrap();
    assert!(author(&users[0].posts.get().unwrap()[0]).profile.is_loaded());
    // Loaded when asked, they hold the key, and load it themselves.
    let mut ada = User::get(1, &db.pool).await.unwrap();
    ada.posts.load(&db.pool).await.unwrap();
    let post = &mut ada.posts.get_mut().unwrap()[0];
    assert!(!post.author.is_loaded());
    assert_eq!(post.author.load(&db.pool).await.unwrap().as_ref().unwrap().name, "Ada");
    // They are written like any others.
    let mut users = User::query().prefetch_related(User::posts()).order_by(User::id()).all(&db.pool).await.unwrap();
    let post = &mut users[0].posts.get_mut().unwrap()[0];
    post.title = "told".into();
    post.save(&db.pool).await.unwrap();
    post.author_id = Some(2);
    assert!(post.save(&db.pool).await.unwrap_err().to_string().contains("it holds the User of 1"));
    // A junction's rows know nobody: each has many.
    let posts = Post::query().prefetch_related(Post::tags()).order_by(Post::id()).all(&db.pool).await.unwrap();
    assert!(posts[0].tags.get().unwrap().iter().all(|tag| !tag.posts.is_loaded()));
}

async fn rows_know_the_object_of_a_join(db: &TestDb) {
    blog(db).await;
    let query = User::query().select_related(User::profile()).order_by(User::id());
    let (count, users) = statements(db, query.all(&db.pool)).await;
    let users = users.unwrap();
    let profile = users[0].profile.get().unwrap().as_ref().unwrap();
    assert_eq!((count, profile.user.get().unwrap().name.as_str()), (1, "Ada"));
    let query = Comment::query().select_related(Comment::post().then(Post::author()).then(User::profile()));
    let comments = query.order_by(Comment::id()).all(&db.pool).await.unwrap();
    let ada = author(comments[0].post.get().unwrap());
    assert_eq!(ada.profile.get().unwrap().as_ref().unwrap().user.get().unwrap().name, "Ada");
}
