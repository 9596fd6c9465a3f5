//! Options on fields whose type does not take them, and a type that no column holds.
use chakra::Model;

#[derive(Model)]
struct Product {
    #[chakra(primary_key, auto_increment)]
    code: String,
    #[chakra(length = 10)]
    pieces: i32,
    #[chakra(precision = 10, scale = 2)]
    price: f64,
    seen: std::time::SystemTime,
}

fn main() {}
