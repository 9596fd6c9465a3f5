//! From a URL to the driver that serves it.

use std::sync::Arc;

#[cfg(not(feature = "postgres"))]
use super::absent::postgres as open_postgres;
#[cfg(not(feature = "sqlite"))]
use super::absent::sqlite as open_sqlite;
#[cfg(feature = "postgres")]
use super::postgres::open as open_postgres;
#[cfg(feature = "sqlite")]
use super::sqlite::open as open_sqlite;

use super::url::Target;
use super::{Backend, DatabaseUrl, PoolOptions};
use crate::error::{Error, Result};

/// Opens the pool behind a URL.
pub(super) async fn open(url: &DatabaseUrl, options: &PoolOptions) -> Result<Arc<dyn Backend>> {
    match url.target() {
        Target::Sqlite(file) => open_sqlite(file, options).await,
        Target::Postgres(address) => open_postgres(address, options).await,
        Target::MySql(_) => Err(Error::config(
            "connecting to MySQL and MariaDB is not part of this version; use sqlite:// or postgres://",
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::ErrorKind;
    use crate::driver::connect;

    #[tokio::test]
    async fn mysql_is_understood_but_not_there_yet() {
        let error = connect("mysql://root:hunter2@localhost/test").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("MySQL") && !error.to_string().contains("hunter2"), "{error}");
    }
}
