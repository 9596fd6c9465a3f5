//! What a unit of work is to write.

use crate::engine::{Record, Target};
use crate::query::Assignment;
use crate::schema::TableRef;

/// Rows to be written together.
#[derive(Debug, Default)]
pub struct Unit {
    /// Rows to be inserted.
    pub inserts: Vec<NewRow>,
    /// Rows to be changed.
    pub updates: Vec<ChangedRow>,
    /// Rows to be deleted.
    pub deletes: Vec<GoneRow>,
}

/// A column that takes its value from a row which is inserted in the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The column, by position.
    pub column: usize,
    /// The row, by its place among the inserts.
    pub row: usize,
    /// The column of that row, by position.
    pub from: usize,
}

/// A row to be inserted.
#[derive(Debug)]
pub struct NewRow {
    /// Into which table.
    pub table: TableRef,
    /// The values that are known.
    pub record: Record,
    /// The columns that are not known yet.
    pub links: Vec<Link>,
    /// The columns that the database supplies, to be given back.
    pub supplied: Vec<usize>,
}

/// A row to be changed.
#[derive(Debug)]
pub struct ChangedRow {
    /// Of which table.
    pub table: TableRef,
    /// Which row.
    pub target: Target,
    /// What is changed.
    pub assignments: Vec<Assignment>,
    /// The changed columns that are not known yet.
    pub links: Vec<Link>,
}

/// A row to be deleted: marked, where its table marks rows.
#[derive(Debug)]
pub struct GoneRow {
    /// Of which table.
    pub table: TableRef,
    /// Which row.
    pub target: Target,
    /// What is known of its columns: those that refer to rows which are deleted too tell who goes first.
    pub known: Record,
    /// What is written besides to a row that is marked.
    pub also: Vec<Assignment>,
}
