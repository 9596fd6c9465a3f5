//! Objects of other models, and a set where there is one row.
use chakra::{Model, Pool, Related};

#[derive(Model)]
struct User {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(foreign_key = "user_id")]
    posts: Related<Vec<Post>>,
}

#[derive(Model)]
struct Post {
    #[chakra(primary_key)]
    id: i64,
    user_id: i64,
    #[chakra(foreign_key = "user_id")]
    user: Related<User>,
}

fn change(user: User, mut post: Post, other: Post, pool: &Pool) {
    let _ = Post::user().assign(&mut post, other);
    let _ = Post::user().set(&post);
    let _ = Post::user().of(&post);
    let _ = User::posts().of(&post);
    let _ = User::posts().of(&user).add([&user], pool);
    let _ = User::posts().set(&post);
}

fn main() {}
