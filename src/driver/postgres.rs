//! PostgreSQL, over single connections of sqlx. Rows are not decoded here: their bytes go on as they
//! came (`driver::decode` reads them).

mod arguments;
mod bulk;
mod connect;
mod connection;
mod cursor;
mod encode;
mod error;
mod literal;
mod statement;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use connect::PostgresConnector;

use super::network::NetworkBackend;
use super::url::NetworkAddress;
use super::{Backend, PoolOptions};
use crate::error::Result;

/// Opens a pool of connections to a PostgreSQL server.
pub(super) async fn open(address: &NetworkAddress, options: &PoolOptions) -> Result<Arc<dyn Backend>> {
    let connector = PostgresConnector::new(address)?;
    Ok(Arc::new(NetworkBackend::open(connector, options.clone()).await?))
}
