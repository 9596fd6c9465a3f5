//! Databases: pools, connections, transactions, and rows that are visited rather than copied.
//!
//! A driver implements [`Backend`]; users and the layers above hold a [`Pool`] or a [`Transaction`],
//! both [`Executor`]s. Contract of the seam:
//!
//! - futures are `'static` and may be dropped at any point: a dropped call never leaves a connection in
//!   the pool whose state is not known to be idle;
//! - begin, commit and rollback, once started, run to their end whatever the caller does;
//! - errors are classified once, here, as [`DatabaseErrorKind`](crate::error::DatabaseErrorKind);
//! - rows come as [`RowBatch`]es of the database's own bytes; nothing is decoded before it is visited.

mod absent;
mod backend;
pub(crate) mod catalog;
mod connection;
mod decode;
mod executor;
#[allow(dead_code)] // in builds without a driver
mod holders;
mod interrupt;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod network;
mod open;
mod options;
mod place;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod raw;
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;
mod transaction;
mod url;
mod visitor;
mod watch;

pub use backend::{Backend, Caller, RawTransaction};
pub use connection::Connection;
pub(crate) use decode::shown;
pub use decode::{Decoder, Elements, MySqlType, Reading, StorageClass};
pub use executor::{BoxFuture, BoxStream, BulkInsert, Executor, Query};
pub use interrupt::while_blocking;
pub use options::PoolOptions;
pub use place::{Place, note_places, notes_places};
pub use pool::{Metrics, Pool, connect, connect_to, connect_with};
pub use row::{BatchBuilder, BatchColumn, RawCell, RowBatch, Stored};
pub use transaction::{IsolationLevel, LazyTransaction, Transaction, TransactionOptions, retry_on_conflict};
pub use url::DatabaseUrl;
pub(crate) use url::Tls;
pub use visitor::{ToValue, Visitor};
pub use watch::{
    Duplicate, LogSettings, Observer, QueryEvent, QueryOutcome, QueryProfile, log_settings, set_log_settings,
};

use open::open;
