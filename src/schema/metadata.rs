//! The set of tables, sorted so that each stands after those it refers to.

use super::check::{Declared, misfit, shared_names, shared_types};
use super::{ForeignKey, ModelFault, Table, TableRef};
use crate::error::{Error, Result};

/// A set of tables with distinct names.
#[derive(Debug, Clone, Default)]
pub struct MetaData {
    tables: Vec<TableRef>,
    junctions: Vec<(TableRef, TableRef)>,
}

/// A table in its turn, and what of it must wait.
#[derive(Debug, Clone)]
pub struct Step {
    /// The table.
    pub table: TableRef,
    /// Positions of the foreign keys whose tables come later: those that close a circle.
    pub postponed: Vec<usize>,
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

    /// Adds the junction of a table of the set and one that is not: made where the other one is there already, and
    /// dropped in any case.
    pub fn add_junction(&mut self, junction: TableRef, other: TableRef) {
        let same = |known: &Table| (&known.schema, &known.name) == (&junction.schema, &junction.name);
        if !self.tables.iter().any(|known| same(known)) && !self.junctions.iter().any(|(known, _)| same(known)) {
            self.junctions.push((junction, other));
        }
    }

    /// The junctions that [`add_junction`](Self::add_junction) added, each with the table outside that it refers to.
    pub fn junctions(&self) -> &[(TableRef, TableRef)] {
        &self.junctions
    }

    /// The tables, as added.
    pub fn tables(&self) -> &[TableRef] {
        &self.tables
    }

    /// The table that a foreign key of another refers to, if it belongs to the set.
    pub fn target(&self, table: &Table, key: &ForeignKey) -> Option<&TableRef> {
        let schema = key.target_schema.as_ref().or(table.schema.as_ref());
        self.tables.iter().find(|other| other.schema.as_ref() == schema && other.name == key.target_table)
    }

    /// What is wrong with the tables, alone and among each other. That a foreign key leads out of the set is not wrong:
    /// its table may be there already.
    pub fn faults(&self) -> Vec<ModelFault> {
        let mut faults = Vec::new();
        for table in &self.tables {
            let others: Vec<&Table> =
                self.tables.iter().filter(|other| *other != table).map(|other| &**other).collect();
            let keys = table.foreign_keys.iter();
            let wrong = keys.filter_map(|key| misfit(table, key, self.target(table, key)?));
            faults.extend(table.faults().into_iter().chain(shared_names(table, &others)).chain(wrong));
            faults.extend(shared_types(table, others.iter().map(|other| Declared::alone(other))));
        }
        faults
    }

    /// Refuses a set with something wrong.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Definition`](crate::ErrorKind::Definition), which tells all of it.
    pub fn check(&self) -> Result<()> {
        ModelFault::refuse(self.faults())
    }

    /// The tables in order of dependency: referenced before referencing, else as added. Tables that
    /// refer to each other in a circle keep the order in which they were added.
    pub fn sorted(&self) -> Vec<TableRef> {
        self.steps().into_iter().map(|step| step.table).collect()
    }

    /// The tables in order of dependency, each with the foreign keys that must wait.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::with_capacity(self.tables.len());
        let mut waiting: Vec<&TableRef> = self.tables.iter().collect();
        while !waiting.is_empty() {
            let ready = waiting.iter().position(|table| self.postponed(table, &waiting).is_empty()).unwrap_or(0);
            let table = waiting[ready];
            let postponed = self.postponed(table, &waiting);
            waiting.remove(ready);
            steps.push(Step { table: table.clone(), postponed });
        }
        steps
    }

    /// The foreign keys of a table that refer to another one of those that wait.
    fn postponed(&self, table: &TableRef, waiting: &[&TableRef]) -> Vec<usize> {
        let waits = |key: &ForeignKey| {
            self.target(table, key).is_some_and(|target| target != table && waiting.contains(&target))
        };
        (0..table.foreign_keys.len()).filter(|at| waits(&table.foreign_keys[*at])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;
    use crate::types::SqlType;

    fn table(name: &str, targets: &[&str]) -> TableRef {
        let mut columns = vec![Column::new("id", SqlType::Integer).primary_key()];
        columns.extend(targets.iter().map(|target| Column::new(format!("{target}_id"), SqlType::Integer)));
        let mut table = Table::new(name, name, columns).unwrap();
        for (at, target) in targets.iter().enumerate() {
            table.foreign_keys.push(ForeignKey::new(format!("fk_{target}"), vec![at + 1], *target, vec!["id".into()]));
        }
        TableRef::new(table)
    }

    fn steps(tables: &[TableRef]) -> Vec<(String, Vec<usize>)> {
        let mut metadata = MetaData::new();
        for table in tables {
            metadata.add(table.clone()).unwrap();
        }
        metadata.steps().into_iter().map(|step| (step.table.name.clone(), step.postponed)).collect()
    }

    #[test]
    fn referenced_tables_come_first() {
        let order = steps(&[table("a", &["b"]), table("b", &["c", "b"]), table("c", &["elsewhere"])]);
        assert_eq!(order, [("c".into(), vec![]), ("b".into(), vec![]), ("a".into(), vec![])]);
    }

    #[test]
    fn a_circle_is_cut_at_one_place() {
        let order = steps(&[table("a", &["c", "b"]), table("b", &["a"]), table("c", &[])]);
        assert_eq!(order, [("c".into(), vec![]), ("a".into(), vec![1]), ("b".into(), vec![])]);
    }
}
