//! MySQL and MariaDB, over single connections of sqlx. Rows are not decoded here: their bytes go on as
//! they came (`driver::decode` reads them).

mod arguments;
mod bulk;
mod column;
mod connect;
mod connection;
mod encode;
mod error;
mod server;
mod statement;
mod target;

use std::sync::Arc;

use connect::MySqlConnector;

use super::network::NetworkBackend;
use super::url::NetworkAddress;
use super::{Backend, PoolOptions};
use crate::error::Result;

/// Opens a pool of connections to a server of MySQL or MariaDB.
pub(super) async fn open(address: &NetworkAddress, options: &PoolOptions) -> Result<Arc<dyn Backend>> {
    let connector = MySqlConnector::new(address)?;
    Ok(Arc::new(NetworkBackend::open(connector, options.clone()).await?))
}
