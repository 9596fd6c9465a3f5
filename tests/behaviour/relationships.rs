//! Relationships of Rust structs: a blog of users, profiles, posts, tags and threaded comments.

use chakra::dialect::Dialect;
use chakra::{Error, ErrorKind, Executor, Model, Related};

pub use crate::backend::statements;
use crate::backend::{TestDb, on_every_backend};

#[path = "relationships/apart.rs"]
mod apart;
#[path = "relationships/by_field.rs"]
mod by_field;
#[path = "relationships/changing.rs"]
mod changing;
#[path = "relationships/creating.rs"]
mod creating;
#[path = "relationships/equal_keys.rs"]
mod equal_keys;
#[path = "relationships/in_step.rs"]
mod in_step;
#[path = "relationships/itself.rs"]
mod itself;
#[path = "relationships/keys.rs"]
mod keys;
#[path = "relationships/loading.rs"]
mod loading;
#[path = "relationships/races.rs"]
mod races;
#[path = "relationships/sharing.rs"]
mod sharing;
#[path = "relationships/written.rs"]
mod written;

on_every_backend! {
    what_is_not_loaded_tells_the_ways,
    conditions_along_relationships,
    exclude_is_the_exact_complement,
    conditions_by_object,
    one_row_or_several_meet_conditions,
    orders_follow_ways,
    writes_choose_rows_by_related_ones,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_users")]
pub struct User {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(length = 40)]
    pub name: String,
    #[chakra(foreign_key = "author_id", back_populates = "author")]
    pub posts: Related<Vec<Post>>,
    #[chakra(relation = OneToOne, back_populates = "user")]
    pub profile: Related<Option<Profile>>,
    #[chakra(symmetrical)]
    pub friends: Related<Vec<User>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_profiles")]
pub struct Profile {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(references = "blog_users.id", on_delete = "CASCADE", unique)]
    pub user_id: i64,
    #[chakra(length = 40)]
    pub bio: String,
    #[chakra(relation = OneToOne, foreign_key = "user_id", back_populates = "profile")]
    pub user: Related<User>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_posts")]
pub struct Post {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(length = 40)]
    pub title: String,
    #[chakra(references = "blog_users.id", on_delete = "SET NULL")]
    pub author_id: Option<i64>,
    #[chakra(foreign_key = "author_id", back_populates = "posts")]
    pub author: Related<Option<User>>,
    #[chakra(relation = OneToMany, back_populates = "post")]
    pub comments: Related<Vec<Comment>>,
    #[chakra(through = "blog_post_tags", back_populates = "posts")]
    pub tags: Related<Vec<Tag>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_tags")]
pub struct Tag {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(length = 40, unique)]
    pub word: String,
    #[chakra(relation = ManyToMany, through = "blog_post_tags", back_populates = "tags")]
    pub posts: Related<Vec<Post>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_comments")]
pub struct Comment {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(references = "blog_posts.id", on_delete = "CASCADE")]
    pub post_id: i64,
    #[chakra(references = "blog_users.id", on_delete = "CASCADE")]
    pub user_id: i64,
    #[chakra(references = "blog_comments.id", on_delete = "CASCADE")]
    pub parent_id: Option<i64>,
    #[chakra(length = 40)]
    pub text: String,
    #[chakra(foreign_key = "post_id", back_populates = "comments")]
    pub post: Related<Post>,
    #[chakra(foreign_key = "user_id")]
    pub user: Related<User>,
    #[chakra(foreign_key = "parent_id", back_populates = "replies")]
    pub parent: Related<Option<Comment>>,
    #[chakra(foreign_key = "parent_id", back_populates = "parent")]
    pub replies: Related<Vec<Comment>>,
}

/// Ada (1, with a profile) wrote `a1` and `a2`, Bo (2) `b1`, nobody `n`; Cy (3) wrote nothing. `a1` is tagged `x` and `y`,
/// `b1` `x`. Bo and Cy comment on `a1`: `first` by Bo, `reply` by Cy to it, `deeper` by Bo to that; Cy on `b1`: `other`.
pub async fn blog(db: &TestDb) {
    let tables = [User::table(), Profile::table(), Post::table(), Tag::table(), Comment::table()];
    chakra::create_tables(&db.pool, &tables).await.unwrap();
    for sql in [
        "INSERT INTO blog_users (id, name) VALUES (1, 'Ada'), (2, 'Bo'), (3, 'Cy')",
        "INSERT INTO blog_profiles (id, user_id, bio) VALUES (7, 1, 'writes')",
        "INSERT INTO blog_posts (id, title, author_id) VALUES (1, 'a1', 1), (2, 'a2', 1), (3, 'b1', 2), (4, 'n', NULL)",
        "INSERT INTO blog_tags (id, word) VALUES (1, 'x'), (2, 'y'), (3, 'z')",
        "INSERT INTO blog_post_tags (post_id, tag_id) VALUES (1, 1), (1, 2), (3, 1)",
        "INSERT INTO blog_comments (id, post_id, user_id, parent_id, text) VALUES \
         (1, 1, 2, NULL, 'first'), (2, 1, 3, 1, 'reply'), (3, 1, 2, 2, 'deeper'), (4, 3, 3, NULL, 'other')",
    ] {
        db.sql(sql).await.unwrap();
    }
    if db.pool.dialect() == Dialect::Postgres {
        // Its counters know nothing of keys that were given; those of the others do.
        for table in tables {
            db.sql(&format!("ALTER TABLE {} ALTER COLUMN id RESTART WITH 100", table.name)).await.unwrap();
        }
    }
}

pub fn titles(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| post.title.as_str()).collect()
}

async fn found(db: &TestDb, query: chakra::Query<Post>) -> Vec<String> {
    let posts = query.order_by(Post::id()).all(&db.pool).await.unwrap();
    posts.into_iter().map(|post| post.title).collect()
}

async fn what_is_not_loaded_tells_the_ways(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(1, &db.pool).await.unwrap();
    let error = post.author.get().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLoaded);
    assert_eq!(
        error.to_string(),
        "Post::author is not loaded: ask for it in the query with .select_related(Post::author()) or \
         .prefetch_related(Post::author()), or load it with author.load(&pool).await"
    );
    assert!(!post.tags.get_mut().unwrap_err().to_string().contains("select_related"));
    assert_eq!(format!("{:?}", post.author), "<not loaded>");
    post.author.set(None);
    assert_eq!(post.author.get().unwrap(), &None);
    post.refresh(&db.pool).await.unwrap();
    assert!(!post.author.is_loaded());
}

async fn conditions_along_relationships(db: &TestDb) {
    blog(db).await;
    let by_ada = Post::author().has(User::name().eq("Ada"));
    assert_eq!(found(db, Post::query().filter(by_ada.clone())).await, ["a1", "a2"]);
    assert_eq!(Post::query().filter(by_ada).count(&db.pool).await.unwrap(), 2);
    assert_eq!(found(db, Post::query().filter(Post::author().is_none())).await, ["n"]);
    assert_eq!(found(db, Post::query().filter(Post::author().exists())).await, ["a1", "a2", "b1"]);
    // To many, through a junction: no row twice.
    let tagged = Post::tags().has(Tag::word().is_in(["x", "y"]));
    assert_eq!(found(db, Post::query().filter(tagged)).await, ["a1", "b1"]);
    assert_eq!(found(db, Post::query().filter(Post::tags().is_none())).await, ["a2", "n"]);
    // Over several steps, either way.
    let of_writers = Post::author().then(User::profile()).has(Profile::bio().contains("write"));
    assert_eq!(found(db, Post::query().filter(of_writers)).await, ["a1", "a2"]);
    let answered = Post::comments().has(Comment::replies().then(Comment::user()).has(User::name().eq("Cy")));
    assert_eq!(found(db, Post::query().filter(answered)).await, ["a1"]);
    let commented_on_ada = User::query().filter(User::posts().then(Post::comments()).exists());
    assert_eq!(commented_on_ada.count(&db.pool).await.unwrap(), 2);
    let no_x = User::posts().has(Post::tags().is_none());
    assert_eq!(User::query().filter(no_x).one(&db.pool).await.unwrap().name, "Ada");
}

async fn exclude_is_the_exact_complement(db: &TestDb) {
    blog(db).await;
    for condition in [
        Post::author().has(User::name().eq("Ada")),
        Post::author().has(User::name().ne("Ada")),
        Post::author().has(!User::name().eq("Ada")),
        Post::author().is_none(),
        Post::tags().has(Tag::word().eq("x")),
        Post::comments().then(Comment::parent()).has(Comment::text().eq("first")),
    ] {
        let met = found(db, Post::query().filter(condition.clone())).await;
        let rest = found(db, Post::query().exclude(condition)).await;
        let mut all = [met, rest].concat();
        all.sort();
        assert_eq!(all, ["a1", "a2", "b1", "n"]);
    }
    // `has` asks for a row: the post without an author has none whose name differs.
    assert_eq!(found(db, Post::query().filter(Post::author().has(User::name().ne("Ada")))).await, ["b1"]);
}

async fn conditions_by_object(db: &TestDb) {
    blog(db).await;
    let ada = User::get(1, &db.pool).await.unwrap();
    let bo = User::get(2, &db.pool).await.unwrap();
    assert_eq!(found(db, Post::query().filter(Post::author().is(&ada))).await, ["a1", "a2"]);
    assert_eq!(found(db, Post::query().filter(Post::author().is_in([&ada, &bo]))).await, ["a1", "a2", "b1"]);
    assert_eq!(found(db, Post::query().filter(Post::author().is_in([]))).await, Vec::<String>::new());
    assert_eq!(found(db, Post::query().exclude(Post::author().is(&ada))).await, ["b1", "n"]);
    let y = Tag::query().filter(Tag::word().eq("y")).one(&db.pool).await.unwrap();
    assert_eq!(found(db, Post::query().filter(Post::tags().is(&y))).await, ["a1"]);
    let of_ada = Comment::post().then(Post::author()).is_in([&ada]);
    assert_eq!(Comment::query().filter(of_ada).count(&db.pool).await.unwrap(), 3);
    let answering = Comment::query().filter(Comment::parent().then(Comment::parent()).exists());
    assert_eq!(answering.one(&db.pool).await.unwrap().text, "deeper");
    let new = User {
        id: None,
        name: "Dee".into(),
        posts: Related::default(),
        profile: Related::default(),
        friends: Related::default(),
    };
    let error = Post::query().filter(Post::author().is(&new)).all(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("this User has no key yet"), "{error}");
}

async fn one_row_or_several_meet_conditions(db: &TestDb) {
    blog(db).await;
    let (by_bo, reply) = (Comment::user().has(User::name().eq("Bo")), Comment::text().eq("reply"));
    let same = Post::comments().has(by_bo.clone().and(reply.clone()));
    assert_eq!(found(db, Post::query().filter(same)).await, Vec::<String>::new());
    let different = Post::query().filter(Post::comments().has(by_bo)).filter(Post::comments().has(reply));
    assert_eq!(found(db, different).await, ["a1"]);
}

async fn orders_follow_ways(db: &TestDb) {
    blog(db).await;
    let by_author =
        Post::query().order_by((Post::author().field(User::name()).desc().nulls_last(), Post::title().desc()));
    assert_eq!(titles(&by_author.all(&db.pool).await.unwrap()), ["b1", "a2", "a1", "n"]);
    let by_bio = Comment::post().then(Post::author()).then(User::profile()).field(Profile::bio());
    let comments = Comment::query().order_by((by_bio, Comment::id())).all(&db.pool).await.unwrap();
    assert_eq!(
        comments.iter().map(|comment| comment.text.as_str()).collect::<Vec<_>>(),
        ["first", "reply", "deeper", "other"]
    );
    let many = User::posts().then(Post::author()).field(User::name());
    let error = User::query().order_by(many).all(&db.pool).await.unwrap_err();
    assert!(
        matches!(&error, Error::Query { message } if message.contains("User::posts() leads to many rows")),
        "{error}"
    );
}

async fn writes_choose_rows_by_related_ones(db: &TestDb) {
    blog(db).await;
    let by_ada = Post::query().filter(Post::author().has(User::name().eq("Ada")));
    assert_eq!(by_ada.update(Post::title().set("A")).execute(&db.pool).await.unwrap(), 2);
    let untagged = Post::query().filter(Post::tags().is_none());
    assert_eq!(untagged.delete().execute(&db.pool).await.unwrap(), 2);
    assert_eq!(found(db, Post::query()).await, ["A", "b1"]);
}
