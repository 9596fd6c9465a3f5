//! From a URL to the driver that serves it.

use std::sync::Arc;

#[cfg(not(feature = "mysql"))]
use super::absent::mysql as open_mysql;
#[cfg(not(feature = "postgres"))]
use super::absent::postgres as open_postgres;
#[cfg(not(feature = "sqlite"))]
use super::absent::sqlite as open_sqlite;
#[cfg(feature = "mysql")]
use super::mysql::open as open_mysql;
#[cfg(feature = "postgres")]
use super::postgres::open as open_postgres;
#[cfg(feature = "sqlite")]
use super::sqlite::open as open_sqlite;

use super::url::Target;
use super::{Backend, DatabaseUrl, PoolOptions};
use crate::error::Result;

/// Opens the pool behind a URL.
pub(super) async fn open(url: &DatabaseUrl, options: &PoolOptions) -> Result<Arc<dyn Backend>> {
    match url.target() {
        Target::Sqlite(file) => open_sqlite(file, options).await,
        Target::Postgres(address) => open_postgres(address, options).await,
        Target::MySql(address) => open_mysql(address, options).await,
    }
}
