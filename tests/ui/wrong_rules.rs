//! Rules on fields whose type does not take them, values of other types, and functions that do not fit.
use chakra::Model;

fn about_numbers(_: &i32) -> Result<(), String> {
    Ok(())
}

#[derive(Model)]
struct Product {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(min_value = 3, min_length = 3)]
    name: String,
    #[chakra(pattern = "x", max_length = 2, max_value = 1.5)]
    pieces: i32,
    #[chakra(choices = [1, "one"])]
    state: i16,
    #[chakra(max_value = LATEST)]
    made: chrono::NaiveDate,
    #[chakra(on_update = 1.5)]
    revision: i32,
    #[chakra(validate = about_numbers)]
    title: String,
    #[chakra(default = true)]
    sold: i32,
    #[chakra(default = 1)]
    fragile: Option<bool>,
    #[chakra(default = -1.5)]
    weight: i64,
}

const LATEST: i32 = 3;

fn main() {}
