//! The MySQL driver against a live server: `CHAKRA_TEST_MYSQL_URL`, or the local default. Skipped where none answers,
//! unless `CHAKRA_TEST_REQUIRE_ALL=1`.
#![cfg(feature = "mysql")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test may fail

#[path = "common/seen.rs"]
mod seen;
#[path = "driver_mysql/server.rs"]
mod server;

#[path = "driver_mysql/bulk.rs"]
mod bulk;
#[path = "driver_mysql/cancel.rs"]
mod cancel;
#[path = "driver_mysql/errors.rs"]
mod errors;
#[path = "driver_mysql/pool.rs"]
mod pool;
#[path = "driver_mysql/values.rs"]
mod values;
