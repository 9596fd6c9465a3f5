//! Related models that stand in a field as if they were columns: the compiler says what to write.
use chakra::Model;

#[derive(Model)]
struct Task {
    #[chakra(primary_key)]
    id: i64,
}

#[derive(Model)]
struct Plain {
    #[chakra(primary_key)]
    id: i64,
    tasks: Vec<Task>,
    task: Task,
}

fn main() {}
