//! Keys of rows as values, and sets of them.

use super::row_key::{self, RowKey};
use crate::types::Value;

/// The key of a row, as many values as columns.
pub type Key = Vec<Value>;

/// Some keys, to be asked whether another is among them. A key with a NULL in it is never.
#[derive(Debug, Default)]
pub(super) struct Keys(row_key::KeySet);

impl Keys {
    pub(super) fn of<'a>(keys: impl IntoIterator<Item = &'a Key>) -> Self {
        Self(keys.into_iter().filter_map(|key| RowKey::of(key)).collect())
    }

    pub(super) fn has(&self, key: &[Value]) -> bool {
        RowKey::of(key).is_some_and(|key| self.0.contains(&key))
    }

    /// Whether it was not among them before.
    pub(super) fn add(&mut self, key: &[Value]) -> bool {
        RowKey::of(key).is_some_and(|key| self.0.insert(key))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
