//! The examples of docs/relationships.md.

use chakra::Pool;

use crate::pool;

use chakra::{Model, Related};

#[derive(Model)]
struct User {
    #[chakra(primary_key)]
    id: Option<i64>,
    name: String,
    #[chakra(foreign_key = "author_id", back_populates = "author")]
    posts: Related<Vec<Post>>,
    #[chakra(relation = OneToOne, back_populates = "user")]
    profile: Related<Option<Profile>>,
}

#[derive(Model)]
struct Post {
    #[chakra(primary_key)]
    id: Option<i64>,
    title: String,
    #[chakra(references = "users.id", on_delete = "CASCADE")]
    author_id: i64,
    #[chakra(foreign_key = "author_id", back_populates = "posts")]
    author: Related<User>,
    #[chakra(through = "post_tags", back_populates = "posts")]
    tags: Related<Vec<Tag>>,
}

#[derive(Model)]
struct Profile {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(references = "users.id", on_delete = "CASCADE", unique)]
    user_id: i64,
    #[chakra(foreign_key = "user_id", relation = OneToOne, back_populates = "profile")]
    user: Related<User>,
}

#[derive(Model)]
struct Tag {
    #[chakra(primary_key)]
    id: Option<i64>,
    word: String,
    #[chakra(through = "post_tags", back_populates = "tags")]
    posts: Related<Vec<Post>>,
}

#[derive(Model)]
struct Comment {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(references = "posts.id", on_delete = "CASCADE")]
    post_id: i64,
    #[chakra(foreign_key = "post_id")]
    post: Related<Post>,
}

#[derive(Model)]
struct Person {
    #[chakra(primary_key)]
    id: Option<i64>,
}

#[derive(Model)]
struct Team {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(through = "memberships")]
    people: Related<Vec<Person>>,
}

#[derive(Model)]
struct Membership {
    #[chakra(primary_key, references = "teams.id", on_delete = "CASCADE")]
    team_id: i64,
    #[chakra(primary_key, references = "people.id", on_delete = "CASCADE")]
    person_id: i64,
    rank: i32,
}

fn tag(word: &str) -> Tag {
    Tag { id: None, word: word.into(), posts: Related::default() }
}

/// Ada with a post, in a database that has all tables.
async fn blog() -> chakra::Result<(Pool, User, Post)> {
    let blog = [User::table(), Post::table(), Profile::table(), Tag::table(), Comment::table()];
    let club = [Person::table(), Team::table(), Membership::table()];
    let pool = pool(&[&blog[..], &club[..]].concat()).await;
    let mut ada = User { id: None, name: "Ada".into(), posts: Related::default(), profile: Related::default() };
    ada.insert(&pool).await?;
    let (author, tags) = (Related::default(), Related::default());
    let mut post = Post { id: None, title: "First".into(), author_id: ada.id.unwrap(), author, tags };
    post.insert(&pool).await?;
    Ok((pool, ada, post))
}

#[tokio::test]
async fn loading() -> chakra::Result<()> {
    let (pool, _, mut post) = blog().await?;
    let mut posts = Post::query().all(&pool).await?;
    // In the same statement; in one more for each step; with a query of its own, whose limit counts for each user.
    Comment::query().select_related(Comment::post().then(Post::author())).all(&pool).await?;
    User::query().prefetch_related(User::posts().then(Post::tags())).all(&pool).await?;
    let latest = Post::query().order_by(Post::id().desc()).limit(2);
    User::query().prefetch_related(User::posts().with(latest)).all(&pool).await?;
    // Beside all posts: a second field `latest: Related<Vec<Post>>` with `foreign_key = "author_id"` is a place of its own.

    // When you ask: of one object, or of many by one statement.
    let author: &User = post.author.load(&pool).await?;
    Post::author().load_all(&mut posts, &pool).await?;
    assert_eq!(author.name, "Ada");
    assert_eq!(posts[0].author.get()?.name, "Ada");
    Ok(())
}

#[tokio::test]
async fn conditions() -> chakra::Result<()> {
    let (pool, ada, _) = blog().await?;
    Post::query().filter(Post::author().has(User::name().eq("Ada")));
    Post::query().filter(Post::tags().is_none());
    Post::query().filter(Post::author().is(&ada));
    User::query().filter(User::posts().then(Post::tags()).has(Tag::word().eq("sql")));
    Post::query().order_by((Post::author().field(User::name()), Post::title().desc()));
    assert_eq!(Post::query().filter(Post::author().is(&ada)).count(&pool).await?, 1);
    Ok(())
}

#[tokio::test]
async fn changing() -> chakra::Result<()> {
    let (pool, _, post) = blog().await?;
    let (mut tags, mut sql, mut rust) = ([tag("old")], tag("sql"), tag("rust"));
    Tag::bulk_insert(&mut tags, &pool).await?;
    sql.insert(&pool).await?;
    rust.insert(&pool).await?;
    let mut team = Team { id: None, people: Related::default() };
    team.insert(&pool).await?;
    let mut people = [Person { id: None }, Person { id: None }];
    people[0].insert(&pool).await?;
    people[1].insert(&pool).await?;
    let tags_of = Post::tags().of(&post);
    tags_of.add(&mut tags, &pool).await?; // those that are there already stay as they are
    tags_of.set([&sql, &rust], &pool).await?; // these and no others; also remove and clear
    tags_of.create(Tag::word().set("new"), &pool).await?; // as Tag::create, and related
    tags_of.query().filter(Tag::word().starts_with("r")).count(&pool).await?;
    // Where a model is declared for the junction: its further columns. Also create_with.
    Team::people().of(&team).add_with(&people, Membership::rank().set(5), &pool).await?;
    assert_eq!(Membership::query().filter(Membership::rank().eq(5)).count(&pool).await?, 2);
    Ok(())
}
