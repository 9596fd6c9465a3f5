//! Names of indexes and constraints that are given twice.
//!
//! Databases disagree on which of them may be equal, and on whether case tells them apart. An index whose name is taken
//! would be left out without a word, because existing ones are left as they are. So all names of a schema differ.

use crate::schema::{Column, ModelFault, Table, naming};
use crate::types::{Kind, SqlType};

impl Table {
    /// Names within the table.
    pub(super) fn names_given_twice(&self) -> Vec<ModelFault> {
        let names = self.named_parts();
        let mut faults = Vec::new();
        for (at, (name, what)) in names.iter().enumerate() {
            if let Some((_, other)) = names[..at].iter().find(|(earlier, _)| same(earlier, name)) {
                let message = format!("{what} and {other} are both named {name:?}");
                faults.push(self.fault("duplicate-name", message, "name one of them otherwise"));
            }
        }
        faults
    }

    /// The CHECK constraints that a column asks for itself.
    fn named_checks(&self, column: &Column) -> Vec<(String, String)> {
        let attribute = &column.attribute;
        let at = self.position(attribute);
        let mut names: Vec<(String, String)> = column
            .checked_rules()
            .map(|rule| (self.rule_check_name(column, rule), format!("the check of {} of {attribute}", rule.option())))
            .collect();
        if matches!(column.sql_type, SqlType::Enum(_)) {
            names.push((self.enum_check_name(column), format!("the check of the values of {attribute}")));
        }
        if column.sql_type.kind() == Kind::Decimal && at.is_some_and(|at| self.has_key_with(at)) {
            names.push((self.key_check_name(column), format!("the check of the form of {attribute}")));
        }
        if column.check.is_some() {
            names.push((self.own_check_name(column), format!("the check of {attribute}")));
        }
        names
    }

    /// Everything that has a name in the database, with what it is.
    fn named_parts(&self) -> Vec<(String, String)> {
        let alone = (0..self.columns.len()).filter(|at| self.columns[*at].unique && self.primary_key != [*at]);
        let alone_is = |at: usize| {
            let name = naming::unique_name(&self.name, &[&self.columns[at].name]);
            (name, format!("the unique constraint of {}", self.columns[at].attribute))
        };
        let mut names: Vec<(String, String)> = alone.map(alone_is).collect();
        for column in &self.columns {
            names.extend(self.named_checks(column));
        }
        names.extend(self.uniques.iter().map(|unique| (unique.name.clone(), "a unique constraint".to_owned())));
        names.extend(self.all_indexes().into_iter().map(|index| (index.name, "an index".to_owned())));
        names.extend(self.checks.iter().map(|check| (check.name.clone(), "a check constraint".to_owned())));
        names.extend(self.foreign_keys.iter().map(|key| (key.name.clone(), "a foreign key".to_owned())));
        names
    }
}

/// Names of a table's indexes and constraints that another table of its schema has, for itself or for its own.
pub(in crate::schema) fn shared_names(table: &Table, others: &[&Table]) -> Vec<ModelFault> {
    let own = table.named_parts();
    let mut faults = Vec::new();
    let mut refuse = |what: &str, name: &str, whose: &str| {
        let message = format!("{what} is named {name:?}, and so is {whose}");
        faults.push(table.fault("duplicate-name", message, "name one of them otherwise"));
    };
    for (name, what) in own.iter().filter(|(name, _)| same(name, &table.name)) {
        refuse(what, name, "the table itself");
    }
    for other in others.iter().filter(|other| other.schema == table.schema && other.name != table.name) {
        let theirs = other.named_parts();
        for (name, what) in &own {
            if same(&other.name, name) {
                refuse(what, name, &format!("the table of {}", other.model));
            } else if let Some((_, part)) = theirs.iter().find(|(taken, _)| same(taken, name)) {
                refuse(what, name, &format!("{part} of {}", other.model));
            }
        }
    }
    faults
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
