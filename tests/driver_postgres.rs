//! The PostgreSQL driver against a live server: `CHAKRA_TEST_POSTGRES_URL`, or the local default. Skipped
//! where none answers, unless `CHAKRA_TEST_REQUIRE_ALL=1`.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test may fail

#[path = "common/seen.rs"]
mod seen;
#[path = "driver_postgres/server.rs"]
mod server;

#[path = "driver_postgres/bulk.rs"]
mod bulk;
#[path = "driver_postgres/cancel.rs"]
mod cancel;
#[path = "driver_postgres/errors.rs"]
mod errors;
#[path = "driver_postgres/pool.rs"]
mod pool;
#[path = "driver_postgres/pooler.rs"]
mod pooler;
#[path = "driver_postgres/speed.rs"]
mod speed;
#[path = "driver_postgres/values.rs"]
mod values;
