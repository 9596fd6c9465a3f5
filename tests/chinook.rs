//! Real data: the Chinook store, made by its own scripts; answers are compared with plain SQL. A program of its own,
//! because its tables are made by those scripts and by nothing else.
#![cfg(all(feature = "derive", feature = "sqlite", feature = "postgres", feature = "mysql"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test stops at the first surprise

#[allow(dead_code)] // it has more than this needs
#[path = "common/backend.rs"]
mod backend;
#[path = "chinook/models.rs"]
mod models;
#[path = "chinook/questions.rs"]
mod questions;
#[path = "chinook/relationships.rs"]
mod relationships;
#[path = "chinook/store.rs"]
mod store;
