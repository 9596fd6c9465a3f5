//! What the Rust front promises, each promise tested on every database.
#![cfg(all(feature = "derive", feature = "sqlite", feature = "postgres", feature = "mysql"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test stops at the first surprise

#[path = "behaviour/aggregates.rs"]
mod aggregates;
#[path = "common/backend.rs"]
mod backend;
#[path = "behaviour/bulk.rs"]
mod bulk;
#[path = "behaviour/cancelled.rs"]
mod cancelled;
#[path = "behaviour/documents.rs"]
mod documents;
#[path = "behaviour/errors.rs"]
mod errors;
#[path = "behaviour/foreign_tables.rs"]
mod foreign_tables;
#[path = "behaviour/instances.rs"]
mod instances;
#[path = "behaviour/lazy_transactions.rs"]
mod lazy_transactions;
#[path = "behaviour/lists.rs"]
mod lists;
#[path = "behaviour/lookups.rs"]
mod lookups;
#[path = "behaviour/models.rs"]
mod models;
#[path = "behaviour/nested.rs"]
mod nested;
#[path = "behaviour/observed.rs"]
mod observed;
#[path = "behaviour/on_update.rs"]
mod on_update;
#[path = "behaviour/pools.rs"]
mod pools;
#[path = "behaviour/properties.rs"]
mod properties;
#[path = "behaviour/queries.rs"]
mod queries;
#[path = "common/random.rs"]
mod random;
#[path = "behaviour/raw.rs"]
mod raw;
#[path = "behaviour/related.rs"]
mod related;
#[path = "behaviour/relationships.rs"]
mod relationships;
#[path = "behaviour/sessions.rs"]
mod sessions;
#[path = "behaviour/stamps.rs"]
mod stamps;
#[path = "behaviour/streams.rs"]
mod streams;
#[path = "behaviour/tables.rs"]
mod tables;
#[path = "behaviour/transactions.rs"]
mod transactions;
#[path = "behaviour/type_table.rs"]
mod type_table;
#[path = "behaviour/types.rs"]
mod types;
#[path = "behaviour/validation.rs"]
mod validation;
#[path = "behaviour/violations.rs"]
mod violations;
