//! The set of tables, sorted so that each stands after those it refers to.

use super::TableRef;
use crate::error::{Error, Result};

/// A set of tables with distinct names.
#[derive(Debug, Clone, Default)]
pub struct MetaData {
    tables: Vec<TableRef>,
}

impl MetaData {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Definition`](crate::ErrorKind::Definition) where another model has that table.
    pub fn add(&mut self, table: TableRef) -> Result<()> {
        let taken = self.tables.iter().find(|other| (&other.schema, &other.name) == (&table.schema, &table.name));
        if let Some(other) = taken {
            return Err(Error::definition(
                &table.model,
                format!(
                    "table {:?} is already the table of {}; name another table for one of them",
                    table.name, other.model
                ),
            ));
        }
        self.tables.push(table);
        Ok(())
    }

    /// The tables in order of dependency: referenced before referencing, else as added. Tables that
    /// refer to each other in a circle keep the order in which they were added.
    pub fn sorted(&self) -> Vec<TableRef> {
        let mut sorted: Vec<TableRef> = Vec::with_capacity(self.tables.len());
        let mut waiting: Vec<&TableRef> = self.tables.iter().collect();
        while !waiting.is_empty() {
            let ready = waiting.iter().position(|table| !refers_to_another(table, &waiting)).unwrap_or(0);
            sorted.push(waiting.remove(ready).clone());
        }
        sorted
    }
}

fn refers_to_another(table: &TableRef, among: &[&TableRef]) -> bool {
    table
        .foreign_keys
        .iter()
        .any(|key| key.target_table != table.name && among.iter().any(|other| other.name == key.target_table))
}
