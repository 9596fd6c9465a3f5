//! Models are plain structs with named fields and a key.
use chakra::Model;

#[derive(Model)]
enum Colour {
    Red,
}

#[derive(Model)]
struct Keyless {
    name: String,
}

fn main() {}
