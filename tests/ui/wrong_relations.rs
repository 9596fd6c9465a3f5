//! What a relationship asks of its field, told with the mend.
use chakra::{Model, Related};

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
    user_id: Option<i64>,
    #[chakra(foreign_key = "usr_id")]
    misspelt: Related<Option<User>>,
    #[chakra(foreign_key = "user_id")]
    may_be_null: Related<User>,
    #[chakra(foreign_key = "user_id")]
    no_relationship: User,
    #[chakra(relation = OneToMany)]
    one: Related<User>,
    #[chakra(relation = ManyToOne)]
    many: Related<Vec<User>>,
    open: Related<Vec<User>>,
    open_too: Related<User>,
    #[chakra(relation = ManyToNone, back_populate = "x", through_fields = "user_id")]
    unknown: Related<Vec<User>>,
    #[chakra(relation = OneToOne, through = "user_posts")]
    junction: Related<Option<User>>,
    #[chakra(foreign_key = "user_id", model = "Person")]
    other: Related<Option<User>>,
}

#[derive(Model)]
struct Plain {
    #[chakra(primary_key)]
    id: i64,
    text_id: i64,
    #[chakra(foreign_key = "text_id")]
    text: Related<String>,
}

fn main() {}
