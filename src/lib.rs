//! An object-relational mapper with one engine for Rust and Python.
//!
//! Layers, each using only what stands to its left (`docs/architecture.md` tells the why):
//! `types → schema → query → dialect → driver → config → engine → model → session`.
//!
//! # Examples
//!
//! ```
//! # #[cfg(all(feature = "derive", feature = "sqlite"))] {
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use chakra::Model;
//!
//! #[derive(Model, Debug)]
//! #[chakra(table = "members")]
//! struct Member {
//!     #[chakra(primary_key)]
//!     id: Option<i64>,
//!     #[chakra(length = 50, unique)]
//!     name: String,
//!     #[chakra(column = "MemberAge", index)]
//!     age: Option<i32>,
//! }
//!
//! let pool = chakra::connect("sqlite:///:memory:").await?;
//! chakra::create_tables(&pool, &[Member::table()]).await?;
//! Member { id: None, name: "Ada".into(), age: Some(36) }.insert(&pool).await?;
//! Member { id: None, name: "Alan".into(), age: None }.insert(&pool).await?;
//!
//! let grown = Member::query()
//!     .filter(Member::age().gte(18).and(Member::name().starts_with("A")))
//!     .order_by(Member::name().desc())
//!     .all(&pool)
//!     .await?;
//! assert_eq!(grown[0].name, "Ada");
//! # Ok::<(), chakra::Error>(())
//! # }).unwrap(); }
//! ```

pub mod config;
pub mod dialect;
pub mod driver;
pub mod engine;
pub mod error;
pub mod model;
pub mod mysql;
pub mod postgres;
#[doc(hidden)]
pub mod private;
pub mod query;
pub mod schema;
pub mod session;
pub mod types;

#[cfg(feature = "derive")]
pub use chakra_macros::{ChakraEnum, Model};
pub use config::{Config, DatabaseConfig, LoggingConfig, MigrationsConfig, PoolConfig, configure, connect};
pub use driver::{
    Connection, Executor, IsolationLevel, Pool, PoolOptions, QueryProfile, Transaction, TransactionOptions,
    connect_with, retry_on_conflict,
};
pub use error::{Error, ErrorKind, Result};
pub use model::{ChakraEnum, Json, Model, Query, Related, SoftDelete, create_tables, drop_tables, now, raw};
#[cfg(feature = "derive")]
pub use model::{check_models, create_all, drop_all};
pub use session::Session;

/// Runs the example of the README.
#[cfg(all(doctest, feature = "derive", feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
