//! What the struct's own options name and cannot mean, told where it is written.
use chakra::Model;

#[derive(Model)]
#[chakra(
    indexes = [
        Index::new("i").columns(&["nmae", "-id"]).uniqe(),
        Index::new("j").columns(&["name"]).desc("id").method("hsah"),
        Index::new("k"),
        Unique::new(&["name"]),
        "name",
    ],
    constraints = [
        Unique::new("u"),
        Check::new("c"),
        ForeignKey::new(&["id"]).references(&["others.a", "others.b"]).on_delete("CASCAD"),
        ForeignKey::new(&["id", "name"]).references(&["others.a", "another.b"]),
        Index::new(&["name"]),
    ],
    ordering = ["-UserName", "pk"],
    comment = ""
)]
struct Hall {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(column = "UserName")]
    name: String,
    #[chakra(references = "halls")]
    other: Option<i64>,
    #[chakra(on_delete = Cascade)]
    third: Option<i64>,
    #[chakra(references = "halls.id", on_delete = Vanish)]
    fourth: Option<i64>,
}

fn main() {}
