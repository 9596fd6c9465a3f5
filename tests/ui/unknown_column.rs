//! A column that the model does not have, and one of another model.
use chakra::Model;

#[derive(Model)]
struct User {
    #[chakra(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model)]
struct Post {
    #[chakra(primary_key)]
    id: i64,
}

fn main() {
    let _ = User::query().filter(User::naem().eq("ada"));
    let _ = User::query().filter(Post::id().eq(1));
    let _ = User::query().order_by(Post::id().desc());
}
