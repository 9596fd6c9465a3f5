//! The server under test.

use chakra::ErrorKind;
use chakra::driver::{Pool, PoolOptions, connect_with};

pub use crate::seen::{Seen, name, query, run, scalar, seen};

/// A pool of the server, None where there is none.
pub async fn pool(max_connections: usize) -> Option<Pool> {
    pool_with(PoolOptions { max_connections, ..PoolOptions::default() }).await
}

pub fn url() -> String {
    std::env::var("CHAKRA_TEST_MYSQL_URL").unwrap_or_else(|_| "mysql://root@127.0.0.1:3306/test".into())
}

/// The URL of the server with another database, and with an option.
pub fn url_of(database: &str, option: &str) -> String {
    let url = url();
    let (place, options) = url.split_once('?').unwrap_or((&url, ""));
    let (server, _) = place.rsplit_once('/').unwrap();
    let separator = if options.is_empty() || option.is_empty() { "" } else { "&" };
    format!("{server}/{database}?{options}{separator}{option}")
}

/// The URL of the server with an option more.
pub fn url_with(option: &str) -> String {
    let url = url();
    let place = url.split_once('?').map_or(url.as_str(), |(place, _)| place);
    url_of(place.rsplit_once('/').unwrap().1, option)
}

pub async fn pool_with(options: PoolOptions) -> Option<Pool> {
    pool_at(&url(), options).await
}

pub async fn pool_at(url: &str, options: PoolOptions) -> Option<Pool> {
    match connect_with(url, options).await {
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
