//! What of a table goes beyond what a database takes: the length of names, names that differ only in case, and what each
//! database counts in its own way.

use super::spelling::Spelling;
use crate::schema::{ModelFault, Table};

/// The kind of these faults.
pub(super) const CODE: &str = "unsupported";

/// All of it.
pub(super) fn of(table: &Table, spelling: &dyn Spelling) -> Vec<ModelFault> {
    let mut faults = names(table, spelling);
    if !spelling.dialect().capabilities().case_sensitive_columns {
        faults.extend(same_columns(table, spelling));
    }
    faults.extend(spelling.limits(table));
    faults
}

fn names(table: &Table, spelling: &dyn Spelling) -> Vec<ModelFault> {
    let columns = table.columns.iter().map(|column| (column.name.as_str(), Some(&column.attribute)));
    let own = [Some(&table.name), table.schema.as_ref()].into_iter().flatten();
    let indexes = table.indexes.iter().map(|index| &index.name);
    let uniques = table.uniques.iter().map(|unique| &unique.name);
    let checks = table.checks.iter().map(|check| &check.name);
    let keys = table.foreign_keys.iter().map(|key| &key.name);
    let others = own.chain(indexes).chain(uniques).chain(checks).chain(keys).map(|name| (name.as_str(), None));
    let refused = columns.chain(others).filter_map(|(name, attribute)| {
        let message = spelling.dialect().check_name(name).err()?.to_string();
        let fault = ModelFault::new(CODE, &table.model, message, "give it another name");
        Some(attribute.into_iter().fold(fault, ModelFault::on))
    });
    refused.collect()
}

fn same_columns(table: &Table, spelling: &dyn Spelling) -> Vec<ModelFault> {
    let mut faults = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        let same = table.columns[..at]
            .iter()
            .find(|other| other.name != column.name && other.name.to_lowercase() == column.name.to_lowercase());
        if let Some(other) = same {
            let database = spelling.dialect().name();
            let message = format!(
                "to {database} its column {:?} is the same as {:?}, that of {:?}",
                column.name, other.name, other.attribute
            );
            faults.push(
                ModelFault::new(CODE, &table.model, message, "give one of them another name").on(&column.attribute),
            );
        }
    }
    faults
}
