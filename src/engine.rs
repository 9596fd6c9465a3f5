//! Operations on untyped records: the one path that both languages take to the database.
//!
//! A record is a table and values by position. Statements are rendered by shape, run by an
//! [`Executor`](crate::driver::Executor), and come back as [`Rows`] to be visited.

mod aggregate;
mod bulk;
mod collection;
mod comparand;
mod context;
mod graph;
mod identity;
mod kept;
mod key;
mod many;
mod membership;
mod mismatch;
mod one;
mod parents_first;
mod prepare;
mod raw;
mod read;
mod related;
mod row_key;
mod rows;
mod same_keys;
mod schema;
mod stamp;
mod storable;
mod violation;
mod write;

pub use aggregate::{Aggregated, aggregate};
pub use bulk::{insert_all, insert_each};
pub use collection::{Change, Collection, Verb};
pub use graph::{Branch, Graph, Prefetch, fetch_after, fetch_behind, fetch_graph};
pub use identity::Identities;
pub use kept::{Keeper, KeptCell, KeptRow};
pub use key::Key;
pub use many::{is_written_together, update_many};
pub use membership::Member;
pub use one::{Target, delete_one, remove_one, restore_one, update_one};
pub use parents_first::parents_first;
pub use prepare::prepare;
pub use raw::{Raw, RawParam, RawRows, untyped};
pub use read::{count, exists, fetch, is_reachable, stream, stream_with_related};
pub use related::{Found, Step, fetch_step, fetch_with_related};
pub use row_key::{KeyColumns, Members, RowKey};
pub use rows::Rows;
pub use schema::{create_all, drop_all};
pub use stamp::{now, stamp_insert};
pub use write::{Record, change, delete, insert, insert_many, remove, restore, update};
