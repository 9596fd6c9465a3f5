//! Every mistake in attributes is told at once, at its place.
use chakra::Model;

#[derive(Model)]
#[chakra(tabel = "users", abstract)]
struct User {
    #[chakra(primary_kye)]
    id: i64,
    #[chakra(length = "ten", unique, unique)]
    name: String,
    #[chakra(nullable)]
    email: String,
    #[chakra(relation = OneToMany, foreign_key = "user_id")]
    posts: Vec<String>,
    #[chakra(column = "name")]
    query: String,
}

fn main() {}
