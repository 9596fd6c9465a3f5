//! An object-relational mapper with one engine for Rust and Python.
//!
//! Layers, each using only what stands to its left (`docs/architecture.md` tells the why):
//! `types → schema → query → dialect → driver → engine → model`.

pub mod dialect;
pub mod driver;
pub mod engine;
pub mod error;
pub mod model;
#[doc(hidden)]
pub mod private;
pub mod query;
pub mod schema;
pub mod types;

#[cfg(feature = "derive")]
pub use chakra_macros::Model;
pub use driver::{Executor, Pool, PoolOptions, Transaction, connect, connect_with};
pub use error::{Error, ErrorKind, Result};
pub use model::{Model, Query};
#[cfg(feature = "derive")]
pub use model::{create_all, create_tables, drop_all, drop_tables};
