//! An object-relational mapper with one engine for Rust and Python.
//!
//! Layers, each using only what stands to its left (`docs/architecture.md` tells the why):
//! `types → schema → query → dialect → driver → engine → model`.

pub mod dialect;
pub mod driver;
pub mod engine;
pub mod error;
pub mod query;
pub mod schema;
pub mod types;

pub use error::{Error, ErrorKind, Result};
