//! Types that no column holds, and lookups that a column does not have.
use chakra::Model;
use chrono::TimeDelta;

#[derive(Clone, PartialEq)]
enum Plain {
    A,
}

#[derive(Model)]
struct Thing {
    #[chakra(primary_key)]
    id: i64,
    plain: Plain,
    nested: Vec<Vec<i32>>,
    #[chakra(char_length = 2)]
    number: i32,
    #[chakra(length = 3)]
    numbers: Vec<i32>,
}

#[derive(Model)]
struct Timer {
    #[chakra(primary_key, json)]
    id: i64,
    #[chakra(char_length = 0, length = 3)]
    code: String,
}

#[derive(Model)]
struct Tagged {
    #[chakra(primary_key)]
    id: i64,
    tags: Vec<String>,
    length: TimeDelta,
}

fn main() {
    let _ = Tagged::tags().contains("a");
    let _ = Tagged::tags().contains_all([1]);
    let _ = Tagged::id().overlaps([1]);
    let _ = Tagged::length().eq(5);
}
