//! What `timestamps`, `soft_delete` and `version` ask of the struct, told with the mend.
use chakra::Model;
use chrono::{DateTime, Utc};

#[derive(Model)]
#[chakra(timestamps, soft_delete = "removed", version = 3)]
struct Absent {
    #[chakra(primary_key)]
    id: i64,
    created_at: DateTime<Utc>,
}

#[derive(Model)]
#[chakra(timestamps, soft_delete, version)]
struct WrongTypes {
    #[chakra(primary_key)]
    id: i64,
    created_at: String,
    updated_at: DateTime<Utc>,
    deleted_at: DateTime<Utc>,
    version: Option<i64>,
}

#[derive(Model)]
#[chakra(timestamps = ["made"], soft_delete = "gone", version = "gone")]
struct Confused {
    #[chakra(primary_key)]
    id: i64,
    gone: Option<DateTime<Utc>>,
}

#[derive(Model)]
struct Plain {
    #[chakra(primary_key)]
    id: Option<i64>,
}

fn main() {
    let _ = Plain::query_all();
}
