//! Foreign keys as the database's catalog has them.

use std::fmt;

use super::catalog::Texts;
use crate::dialect::foreign_key_name;

/// A foreign key of any table of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredForeignKey {
    /// The table that refers.
    pub(super) table: String,
    /// The constraint's name, where it can be known.
    pub(super) name: Option<String>,
    /// The columns that refer.
    pub(super) columns: Vec<String>,
    /// The table referred to.
    pub(super) target: String,
    /// The columns referred to; empty: the primary key.
    pub(super) target_columns: Vec<String>,
    /// What happens on delete, as SQL writes it.
    pub(super) on_delete: String,
    /// What happens on update.
    pub(super) on_update: String,
}

/// The foreign keys that the rows describe, a row for each column.
pub(super) fn from_rows(rows: Vec<Texts>) -> Vec<StoredForeignKey> {
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
        key.name = definition.and_then(|definition| foreign_key_name(&definition, &key.columns));
        key
    };
    keys.into_iter().map(named).collect()
}

impl fmt::Display for StoredForeignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) → {}", self.table, self.columns.join(", "), self.target)
    }
}
