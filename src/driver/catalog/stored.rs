//! Foreign keys as the database's catalog has them.

use std::fmt;

use super::Texts;
use crate::dialect::{KeyKind, constraint_name};
use crate::error::DatabaseError;

/// A foreign key of any table of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredForeignKey {
    /// The table that refers.
    pub(crate) table: String,
    /// The constraint's name, where it can be known.
    pub(crate) name: Option<String>,
    /// The columns that refer.
    pub(crate) columns: Vec<String>,
    /// The table referred to.
    pub(crate) target: String,
    /// The columns referred to; empty: the primary key.
    pub(crate) target_columns: Vec<String>,
    /// What happens on delete, as SQL writes it.
    pub(crate) on_delete: String,
    /// What happens on update.
    pub(crate) on_update: String,
}

impl StoredForeignKey {
    /// Tells that it was violated.
    pub(crate) fn name_in(&self, reported: &mut DatabaseError) {
        reported.table = Some(self.table.clone());
        reported.columns.clone_from(&self.columns);
        reported.constraint.clone_from(&self.name);
    }
}

/// The foreign keys that the rows describe, a row for each column.
pub(crate) fn from_rows(rows: Vec<Texts>) -> Vec<StoredForeignKey> {
    let mut keys: Vec<(Option<String>, Option<String>, StoredForeignKey)> = Vec::new();
    for row in rows {
        let mut cells = row.into_iter();
        let (table, definition, number) = (cells.next().flatten(), cells.next().flatten(), cells.next().flatten());
        let mut text = || cells.next().flatten();
        let (target, column, target_column, on_delete, on_update) = (text(), text(), text(), text(), text());
        let table = table.unwrap_or_default();
        let is_same = |(_, other, key): &(_, Option<String>, StoredForeignKey)| key.table == table && *other == number;
        if !keys.last().is_some_and(is_same) {
            let key = StoredForeignKey {
                table,
                name: None,
                columns: Vec::new(),
                target: target.unwrap_or_default(),
                target_columns: Vec::new(),
                on_delete: on_delete.unwrap_or_default(),
                on_update: on_update.unwrap_or_default(),
            };
            keys.push((definition, number, key));
        }
        if let Some((_, _, key)) = keys.last_mut() {
            key.columns.extend(column);
            key.target_columns.extend(target_column);
        }
    }
    let named = |(definition, _, mut key): (Option<String>, _, StoredForeignKey)| {
        key.name = definition.and_then(|definition| constraint_name(&definition, KeyKind::Foreign, &key.columns));
        key
    };
    keys.into_iter().map(named).collect()
}

impl fmt::Display for StoredForeignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) → {}", self.table, self.columns.join(", "), self.target)
    }
}
