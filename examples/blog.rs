//! A blog: users with profiles, posts with tags, and comments that answer each other, in an SQLite database in memory.
//!
//! `cargo run --example blog --features sqlite`; `examples/blog.py` is the same in Python.
#![allow(clippy::print_stdout)] // it is what an example is for

use chakra::{Model, Pool, Related, Result};

/// Somebody who writes. What others refer to by a key of theirs stands here as `Related<…>`: no column, but a name.
#[derive(Model, Debug, Clone)]
struct User {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 40)]
    name: String,
    #[chakra(relation = OneToOne, back_populates = "user")]
    profile: Related<Option<Profile>>,
    #[chakra(foreign_key = "author_id", back_populates = "author")]
    posts: Related<Vec<Post>>,
    #[chakra(symmetrical)]
    friends: Related<Vec<User>>,
}

/// What a user says of themselves. One to one: the key is unique.
#[derive(Model, Debug, Clone)]
struct Profile {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(references = "users.id", on_delete = "CASCADE", unique)]
    user_id: i64,
    bio: String,
    #[chakra(relation = OneToOne, foreign_key = "user_id", back_populates = "profile")]
    user: Related<User>,
}

#[derive(Model, Debug, Clone)]
struct Post {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 80)]
    title: String,
    #[chakra(references = "users.id", on_delete = "RESTRICT")]
    author_id: i64,
    #[chakra(foreign_key = "author_id", back_populates = "posts")]
    author: Related<User>,
    #[chakra(foreign_key = "post_id", back_populates = "post")]
    comments: Related<Vec<Comment>>,
    #[chakra(through = "post_tags", back_populates = "posts")]
    tags: Related<Vec<Tag>>,
}

#[derive(Model, Debug, Clone)]
struct Tag {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 20, unique)]
    word: String,
    #[chakra(through = "post_tags", back_populates = "tags")]
    posts: Related<Vec<Post>>,
}

/// Threaded: an answer refers to what it answers.
#[derive(Model, Debug, Clone)]
struct Comment {
    #[chakra(primary_key)]
    id: Option<i64>,
    text: String,
    #[chakra(references = "posts.id", on_delete = "CASCADE")]
    post_id: i64,
    #[chakra(references = "users.id", on_delete = "CASCADE")]
    user_id: i64,
    #[chakra(references = "comments.id", on_delete = "CASCADE")]
    parent_id: Option<i64>,
    #[chakra(foreign_key = "post_id", back_populates = "comments")]
    post: Related<Post>,
    #[chakra(foreign_key = "user_id")]
    user: Related<User>,
    #[chakra(foreign_key = "parent_id", back_populates = "answers")]
    parent: Related<Option<Comment>>,
    #[chakra(foreign_key = "parent_id", back_populates = "parent")]
    answers: Related<Vec<Comment>>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let pool = chakra::connect("sqlite:///:memory:").await?;
    // The tables of posts and tags come with the one between them, which no struct declares.
    chakra::create_all(&pool).await?;
    write(&pool).await?;
    read(&pool).await?;
    ask(&pool).await?;
    change(&pool).await?;
    refuse(&pool).await?;
    pool.close().await;
    Ok(())
}

async fn write(pool: &Pool) -> Result<()> {
    let ada = User::create(User::name().set("Ada")).execute(pool).await?;
    let bo = User::create(User::name().set("Bo")).execute(pool).await?;
    Profile::create((Profile::user().set(&ada), Profile::bio().set("counts"))).execute(pool).await?;
    // What is created among the posts of a user has the user's key.
    let of_ada = User::posts().of(&ada);
    let engines = of_ada.create(Post::title().set("Engines"), pool).await?;
    let weaving = of_ada.create(Post::title().set("Weaving"), pool).await?;
    User::posts().of(&bo).create(Post::title().set("Walks"), pool).await?;

    let machines = Post::tags().of(&engines).create(Tag::word().set("machines"), pool).await?;
    Post::tags().of(&weaving).add([&machines], pool).await?;
    Post::tags().of(&weaving).create(Tag::word().set("cloth"), pool).await?;

    let by_bo = (Comment::user().set(&bo), Comment::text().set("How fast?"));
    let question = Post::comments().of(&engines).create(by_bo, pool).await?;
    let by_ada = (Comment::user().set(&ada), Comment::text().set("Fast enough."), Comment::post().set(&engines));
    Comment::answers().of(&question).create(by_ada, pool).await?;
    User::friends().of(&ada).add([&bo], pool).await?;
    Ok(())
}

async fn read(pool: &Pool) -> Result<()> {
    println!("Posts with their authors, in one statement");
    let before = pool.metrics().statements;
    let with_profile = Post::author().then(User::profile());
    for post in Post::query().select_related(with_profile).order_by(Post::title()).all(pool).await? {
        let author = post.author.get()?;
        let bio = author.profile.get()?.as_ref().map_or("says nothing", |profile| profile.bio.as_str());
        println!("  {} by {}, who {bio}", post.title, author.name);
    }
    println!("  statements: {}", pool.metrics().statements - before);

    println!("Users with the last post of each and its tags, in three");
    let before = pool.metrics().statements;
    let last = Post::query().order_by(Post::title().desc()).limit(1);
    let by_word = Tag::query().order_by(Tag::word());
    let way = User::posts().with(last).then(Post::tags().with(by_word));
    for user in User::query().prefetch_related(way).order_by(User::name()).all(pool).await? {
        for post in user.posts.get()? {
            let words: Vec<_> = post.tags.get()?.iter().map(|tag| tag.word.as_str()).collect();
            println!("  {}: {} [{}]", user.name, post.title, words.join(", "));
        }
    }
    println!("  statements: {}", pool.metrics().statements - before);

    println!("Threads");
    let way = Comment::answers().then(Comment::user());
    let threads = Comment::query().filter(Comment::parent().is_none()).prefetch_related(way);
    for comment in threads.all(pool).await? {
        println!("  {}", comment.text);
        for answer in comment.answers.get()? {
            println!("    {}: {}", answer.user.get()?.name, answer.text);
        }
    }
    Ok(())
}

async fn ask(pool: &Pool) -> Result<()> {
    let about_machines = Post::tags().has(Tag::word().eq("machines"));
    let tagged = Post::query().filter(about_machines.clone()).count(pool).await?;
    let others = Post::query().exclude(about_machines).count(pool).await?;
    println!("Of machines: {tagged}, of other things: {others}");
    let answered = User::posts().then(Post::comments()).has(Comment::answers().exists());
    for user in User::query().filter(answered).all(pool).await? {
        println!("{} has answered questions", user.name);
    }
    Ok(())
}

async fn change(pool: &Pool) -> Result<()> {
    let mut walks = Post::query().filter(Post::title().eq("Walks")).one(pool).await?;
    let ada = User::query().filter(User::name().eq("Ada")).one(pool).await?;
    // The foreign key and what the object holds, both at once.
    Post::author().assign(&mut walks, ada.clone())?;
    walks.save(pool).await?;
    println!("Ada has {} posts", User::posts().of(&ada).query().count(pool).await?);
    let tags = Tag::query().all(pool).await?;
    let of_walks = Post::tags().of(&walks);
    of_walks.set(&tags, pool).await?;
    of_walks.remove(&tags[..1], pool).await?;
    println!("Walks has {} tag", of_walks.query().count(pool).await?);
    Ok(())
}

async fn refuse(pool: &Pool) -> Result<()> {
    let mut walks = Post::query().filter(Post::title().eq("Walks")).one(pool).await?;
    // Nothing is read behind your back.
    if let Err(error) = walks.author.get() {
        println!("refused: {:?}", error.kind());
    }
    println!("Walks is by {}", walks.author.load(pool).await?.name);
    // What an object holds and what its key says must agree when it is written.
    walks.author_id += 1;
    if let Err(error) = walks.save(pool).await {
        println!("refused: {:?}", error.kind());
    }
    // A user with posts is not deleted: the foreign key says RESTRICT.
    let ada = User::query().filter(User::name().eq("Ada")).one(pool).await?;
    if let Err(error) = ada.delete(pool).await {
        println!("refused: {:?}", error.kind());
    }
    Ok(())
}
