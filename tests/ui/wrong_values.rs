//! Values of other types than an option takes, told with what it takes.
use chakra::Model;

#[derive(Model)]
#[chakra(table = users, schema = "", ordering = 1, timestamps = true, indexes = "name", comment, validate = |_| Ok(()))]
struct User {
    #[chakra(primary_key = "yes", auto_increment = 1)]
    id: i64,
    #[chakra(length = 50.5, unique = "true", index = "ix_name", column)]
    name: String,
    #[chakra(char_length = 0, text = 3)]
    code: String,
    #[chakra(precision = "10", scale = -2, default = now)]
    price: rust_decimal::Decimal,
    #[chakra(min_length = "3", max_length = -1, pattern = 5, choices = "a", check = true, db_check = "no")]
    state: String,
    #[chakra(references = 3, on_delete = 3, comment = 3, json = "yes")]
    other: Option<i64>,
}

fn main() {}
