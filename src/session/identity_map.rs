//! Which object stands for which row.

use std::collections::HashMap;

use crate::engine::RowKey;
use crate::schema::TableRef;

/// Things by the rows that they stand for: one for each row.
#[derive(Debug)]
pub struct IdentityMap<T> {
    tables: HashMap<TableRef, ByKey<T>, foldhash::fast::RandomState>,
}

type ByKey<T> = HashMap<RowKey, T, foldhash::fast::RandomState>;

impl<T> Default for IdentityMap<T> {
    fn default() -> Self {
        Self { tables: HashMap::default() }
    }
}

impl<T> IdentityMap<T> {
    /// What stands for a row.
    #[inline]
    pub fn get(&self, table: &TableRef, key: &RowKey) -> Option<&T> {
        self.tables.get(table)?.get(key)
    }

    /// Has something stand for a row; gives what did so before.
    pub fn insert(&mut self, table: &TableRef, key: RowKey, value: T) -> Option<T> {
        match self.tables.get_mut(table) {
            Some(rows) => rows.insert(key, value),
            None => self.tables.entry(table.clone()).or_default().insert(key, value),
        }
    }

    /// Has nothing stand for a row any more; gives what did.
    pub fn remove(&mut self, table: &TableRef, key: &RowKey) -> Option<T> {
        self.tables.get_mut(table)?.remove(key)
    }

    /// Everything, in no order.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.tables.values().flat_map(HashMap::values)
    }
}
