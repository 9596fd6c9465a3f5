//! Joining what leads to many rows, and relationships of other models.
use chakra::{Model, Related};

#[derive(Model)]
struct User {
    #[chakra(primary_key)]
    id: i64,
    name: String,
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

fn main() {
    let _ = User::query().select_related(User::posts());
    let _ = User::query().select_related(Post::user());
    let _ = Post::user().then(Post::user());
    let _ = Post::user().has(Post::id().eq(1));
    let _ = User::query().order_by(User::posts().field(Post::id()));
}
