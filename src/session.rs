//! Units of work on untyped records: many objects, written in few statements and in an order that foreign keys allow.
//!
//! A [`Unit`] holds what is to be written: new rows, which may take columns from other new rows that have no key yet
//! ([`Link`]), changed rows, and rows to be deleted. [`Unit::flush`] orders them, writes them in batches, and says what
//! the database supplied. It runs in the transaction that it is given, and begins none.
//! An [`IdentityMap`] tells which object stands for which row.
//!
//! A [`Session`] makes units of Rust structs.

mod flush;
mod identity_map;
mod order;
mod plan;
mod typed;
mod unit;

pub use flush::{Flushed, Inserted};
pub use identity_map::IdentityMap;
pub use typed::{Committed, Handle, Savepoint, Session};
pub use unit::{ChangedRow, GoneRow, Link, NewRow, Unit};
