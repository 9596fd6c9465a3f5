//! The server under test.

use chakra::ErrorKind;
use chakra::driver::{Pool, PoolOptions, connect_with};

pub use crate::seen::{Seen, name, query, run, scalar, seen};

/// A pool of the server, None where there is none.
pub async fn pool(max_connections: usize) -> Option<Pool> {
    pool_with(PoolOptions { max_connections, ..PoolOptions::default() }).await
}

pub fn url() -> String {
    std::env::var("CHAKRA_TEST_POSTGRES_URL").unwrap_or_else(|_| "postgres://root@127.0.0.1:5432/test".into())
}

pub async fn pool_with(options: PoolOptions) -> Option<Pool> {
    match connect_with(&url(), options).await {
        Ok(pool) => Some(pool),
        Err(error)
            if error.kind() == ErrorKind::ConnectionLost
                && std::env::var("CHAKRA_TEST_REQUIRE_ALL").as_deref() != Ok("1") =>
        {
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Opens a pool or leaves the test.
#[macro_export]
macro_rules! pool_or_skip {
    ($max:expr) => {
        match $crate::server::pool($max).await {
            Some(pool) => pool,
            None => return,
        }
    };
}
