//! A column is compared with, and set to, values of its own type only.
use chakra::Model;

#[derive(Model)]
struct User {
    #[chakra(primary_key)]
    id: i64,
    name: String,
    age: Option<i32>,
}

fn main() {
    let _ = User::name().eq(5);
    let _ = User::age().gte("18");
    let _ = User::id().eq(None);
    let _ = User::id().is_in(["1", "2"]);
    let _ = User::query().update(User::age().set(1.5));
    let _ = User::age().contains("1");
}
