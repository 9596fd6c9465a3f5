//! What stands in for drivers that were not compiled in.

use std::sync::Arc;

use super::url::{NetworkAddress, SqliteFile};
use super::{Backend, PoolOptions};
use crate::error::{Error, Result};

#[allow(dead_code)] // one of them is used for each feature that is off
#[allow(clippy::unused_async)] // as the drivers' own
pub(super) async fn sqlite(_: &SqliteFile, _: &PoolOptions) -> Result<Arc<dyn Backend>> {
    Err(missing("SQLite", "sqlite"))
}

#[allow(dead_code)]
#[allow(clippy::unused_async)]
pub(super) async fn postgres(_: &NetworkAddress, _: &PoolOptions) -> Result<Arc<dyn Backend>> {
    Err(missing("PostgreSQL", "postgres"))
}

#[allow(dead_code)]
#[allow(clippy::unused_async)]
pub(super) async fn mysql(_: &NetworkAddress, _: &PoolOptions) -> Result<Arc<dyn Backend>> {
    Err(missing("MySQL", "mysql"))
}

#[allow(dead_code)] // where every feature is on
fn missing(database: &str, feature: &str) -> Error {
    Error::config(format!(
        "the {database} driver was not compiled in; enable the feature {feature:?} of the crate chakra"
    ))
}
