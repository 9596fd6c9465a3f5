//! Options at the wrong place, or that contradict the field's type or each other.
use chakra::{Model, Related};

#[derive(Model)]
#[chakra(abstract, primary_key, nullable)]
struct Keyed {
    #[chakra(primary_key, table = "keyed", null)]
    id: i64,
    #[chakra(server_default = "now()", rename_all = "lowercase")]
    name: String,
}

#[derive(Model)]
#[chakra(constraints = [ForeignKey::new(&["pair_a", "pair_b"]).references(&["pairs.a", "pairs.b"]).on_delete("SET NULL")])]
struct Task {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(references = "users.id", on_delete = "SET NULL")]
    owner_id: i64,
    #[chakra(references = "users.id", on_delete = "SET DEFAULT")]
    tester_id: i64,
    pair_a: Option<i64>,
    pair_b: i64,
    #[chakra(foreign_key = "owner_id", on_delete = "CASCADE", unique)]
    owner: Related<Keyed>,
    #[chakra(relation = ManyToMany, symmetrical)]
    helpers: Related<Vec<Keyed>>,
    #[chakra(relation = ManyToMany, through_fields = ("task_id", "task_id"))]
    rivals: Related<Vec<Task>>,
}

#[derive(Model)]
struct Line {
    #[chakra(primary_key)]
    order_id: Option<i64>,
    #[chakra(primary_key)]
    number: i32,
    #[chakra(auto_increment)]
    serial: i64,
}

fn main() {}
