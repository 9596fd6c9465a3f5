//! Operations on untyped records: the one path that both languages take to the database.
//!
//! A record is a table and values by position. Statements are rendered by shape, run by an
//! [`Executor`](crate::driver::Executor), and come back as [`Rows`] to be visited.

mod aggregate;
mod comparand;
mod context;
mod graph;
mod kept;
mod membership;
mod one;
mod prepare;
mod read;
mod related;
mod rows;
mod schema;
mod stamp;
mod storable;
mod violation;
mod write;

pub use aggregate::{Aggregated, aggregate};
pub use graph::{Branch, Graph, Prefetch, fetch_behind, fetch_graph};
pub use kept::{Keeper, KeptCell, KeptRow};
pub use membership::{Dependants, Key, Member, Membership};
pub use one::{Target, delete_one, remove_one, restore_one, update_one};
pub use prepare::prepare;
pub use read::{count, exists, fetch, is_reachable, stream, stream_with_related};
pub use related::{Found, Step, fetch_step, fetch_with_related};
pub use rows::Rows;
pub use schema::{create_all, drop_all};
pub use stamp::{now, stamp_insert};
pub use write::{Record, delete, insert, insert_many, remove, restore, update};
