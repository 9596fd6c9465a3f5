//! Constraints and indexes over one or several columns, by position in their table.

use serde::{Deserialize, Serialize};

/// An index over columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name in the database.
    pub name: String,
    /// Positions of its columns.
    pub columns: Vec<usize>,
    /// Whether it forbids duplicates.
    pub unique: bool,
}

/// A UNIQUE constraint over several columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unique {
    /// Its name in the database.
    pub name: String,
    /// Positions of its columns.
    pub columns: Vec<usize>,
}

/// A CHECK constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name in the database.
    pub name: String,
    /// The SQL expression that must hold.
    pub expression: String,
}

/// What happens to referencing rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// The database's NO ACTION.
    #[default]
    NoAction,
    /// Refused while referenced.
    Restrict,
    /// Referencing rows go along.
    Cascade,
    /// References become NULL.
    SetNull,
    /// References become their default.
    SetDefault,
}

/// A FOREIGN KEY constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Its name in the database.
    pub name: String,
    /// Positions of the referencing columns.
    pub columns: Vec<usize>,
    /// The referenced table's name.
    pub target_table: String,
    /// The referenced columns' names.
    pub target_columns: Vec<String>,
    /// When the referenced row is deleted.
    pub on_delete: Action,
    /// When the referenced key changes.
    pub on_update: Action,
}
