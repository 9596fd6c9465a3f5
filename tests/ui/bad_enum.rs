//! Enumerations that no column can keep, and options on fields that do not take them.
use chakra::ChakraEnum;

#[derive(ChakraEnum, Clone)]
#[chakra(rename_all = "Title Case", nativ)]
enum Mood {
    Sad,
    #[chakra(rename = "Sad")]
    Gloomy,
    Angry(i32),
    #[chakra(text = "x")]
    Calm,
}

#[derive(ChakraEnum, Clone)]
struct Size;

fn main() {}
