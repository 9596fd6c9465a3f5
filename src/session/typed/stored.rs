//! What the database is known to hold of an object, and of the objects that it holds.

use std::collections::{HashMap, HashSet};

use crate::engine::{RowKey, Target};
use crate::error::Result;
use crate::model::Entity;
use crate::schema::{Role, Table};
use crate::types::Value;

/// A row as it was read or written, with the rows that stand in the fields of its object's relationships.
#[derive(Debug, Clone, Default)]
pub(super) struct Stored {
    pub(super) values: Vec<Value>,
    /// Those of them that the session knows, by relationship and key.
    pub(super) related: HashMap<(usize, RowKey), Stored>,
    /// Rows that are joined to it, of which no more is known.
    pub(super) joined: HashSet<(usize, RowKey)>,
    /// Relationships of which all rows were read.
    read: HashSet<usize>,
    /// Whether the session wrote the row, and so knows all that refers to it.
    pub(super) is_own: bool,
}

impl Stored {
    /// Of an object that is as it was read.
    pub(super) fn of(object: &dyn Entity) -> Result<Self> {
        let mut stored = Self { values: object.column_values()?, ..Self::default() };
        let mut failure = Ok(());
        object.show_related(&mut |held| {
            if held.was_read() {
                stored.read.insert(held.position());
            }
            for row in held.rows() {
                match (key_of(*row), Self::of(*row)) {
                    (Ok(Some(key)), Ok(of_row)) => {
                        stored.related.insert((held.position(), key), of_row);
                    }
                    (Ok(None), Ok(_)) => {}
                    (Err(error), _) | (_, Err(error)) => failure = Err(error),
                }
            }
        });
        failure.map(|()| stored)
    }

    /// Its primary key.
    pub(super) fn key(&self, table: &Table) -> Option<RowKey> {
        RowKey::of(&self.target(table).key)
    }

    /// The row, in the version that is known.
    pub(super) fn target(&self, table: &Table) -> Target {
        let version = table.role(Role::Version).and_then(|column| match self.values.get(column) {
            Some(Value::Integer(version)) => Some(*version),
            _ => None,
        });
        let key = table.primary_key.iter().filter_map(|column| self.values.get(*column).cloned()).collect();
        Target { key, version }
    }

    /// The columns in which an object differs from the row, but for those that the engine writes.
    pub(super) fn changed(&self, table: &Table, values: &[Value]) -> Vec<usize> {
        let differs = |column: &usize| {
            table.columns[*column].role.is_none()
                && !self.values.get(*column).is_some_and(|old| same(old, &values[*column]))
        };
        (0..values.len()).filter(differs).collect()
    }

    /// Whether a row is joined to it.
    pub(super) fn has_joined(&self, position: usize, key: &RowKey) -> bool {
        let pair = (position, key.clone());
        self.related.contains_key(&pair) || self.joined.contains(&pair)
    }

    /// Whether all rows of a relationship are known.
    pub(super) fn knows(&self, position: usize) -> bool {
        self.is_own || self.read.contains(&position)
    }
}

/// The primary key of an object; None where it is not set.
pub(super) fn key_of(object: &dyn Entity) -> Result<Option<RowKey>> {
    Ok(object.key_values()?.and_then(|key| RowKey::of(&key)))
}

/// Whether two values are one and the same, for the database too.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}
