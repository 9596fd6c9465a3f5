//! What of a table goes beyond what a database takes: the length of names, names that differ only in case, and what each
//! database counts in its own way.

use super::Dialect;
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
    faults.extend(too_many(table, spelling));
    faults.extend(spelling.limits(table));
    faults
}

/// More columns, parts of keys, or indexes than the database takes.
fn too_many(table: &Table, spelling: &dyn Spelling) -> Vec<ModelFault> {
    let (most, database) = (spelling.most(), spelling.dialect().name());
    let mut faults = Vec::new();
    let mut check = |what: String, number: usize, most: usize, hint: &str| {
        if number > most {
            let message = format!("{what}: {number}, of which {database} takes {most}");
            faults.push(ModelFault::new(CODE, &table.model, message, hint));
        }
    };
    check("it has too many columns".to_owned(), table.columns.len(), most.columns, "spread them over several models");
    let indexes = table.all_indexes();
    let named = indexes.iter().map(|index| (format!("the index {:?}", index.name), index.parts.len()));
    let uniques = table.uniques.iter().map(|key| (format!("the unique constraint {:?}", key.name), key.columns.len()));
    let foreign = table.foreign_keys.iter().map(|key| (format!("the foreign key {:?}", key.name), key.columns.len()));
    let primary = [("the primary key".to_owned(), table.primary_key.len())];
    for (what, parts) in named.chain(uniques).chain(foreign).chain(primary) {
        check(format!("{what} has too many columns"), parts, most.parts, "leave some of them out");
    }
    if let Some(most) = most.indexes {
        let unique = table.columns.iter().filter(|column| column.unique).count();
        let number = indexes.len() + table.uniques.len() + unique;
        check("it has too many indexes and unique keys".to_owned(), number, most, "leave some of them out");
    }
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
        let taken = || attribute.and_then(|_| reserved(spelling.dialect(), name, &OWN_COLUMNS));
        let message = match spelling.dialect().check_name(name) {
            Ok(()) if spelling.dialect() == Dialect::MySql && name.ends_with(' ') => {
                format!("the name {name:?} ends in a blank, which no name in MySQL does")
            }
            Ok(()) => taken()?,
            Err(error) => error.to_string(),
        };
        let fault = ModelFault::new(CODE, &table.model, message, "give it another name");
        Some(attribute.into_iter().fold(fault, ModelFault::on))
    });
    refused.chain(own_names(table, spelling.dialect())).collect()
}

/// Columns that each table has of the database's own, in whatever case where that does not tell columns apart.
const OWN_COLUMNS: [(Dialect, &[&str]); 2] = [
    (Dialect::Postgres, &["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"]),
    (Dialect::MySql, &["DB_ROLL_PTR", "DB_ROW_ID", "DB_TRX_ID", "FTS_DOC_ID"]),
];

/// Indexes that a table has of the database's own.
const OWN_INDEXES: [(Dialect, &[&str]); 1] = [(Dialect::MySql, &["GEN_CLUST_INDEX", "PRIMARY"])];

/// Says that the database has a name for its own use.
fn reserved(dialect: Dialect, name: &str, own: &[(Dialect, &[&str])]) -> Option<String> {
    let same = |taken: &&str| {
        if dialect.capabilities().case_sensitive_columns { *taken == name } else { taken.eq_ignore_ascii_case(name) }
    };
    let (_, taken) = own.iter().find(|(of, _)| *of == dialect)?;
    taken.iter().any(same).then(|| format!("{} keeps the name {name:?} for its own use", dialect.name()))
}

/// Tables and indexes that are named as the database's own.
fn own_names(table: &Table, dialect: Dialect) -> Vec<ModelFault> {
    const PREFIX: &str = "sqlite_";
    let is_own = |name: &str| name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    let indexes: Vec<String> = table.all_indexes().into_iter().map(|index| index.name).collect();
    let uniques = || table.uniques.iter().map(|unique| unique.name.as_str());
    let mut messages = Vec::new();
    if dialect == Dialect::Sqlite {
        let own = indexes.iter().map(String::as_str).chain([table.name.as_str()]).filter(|name| is_own(name));
        messages
            .extend(own.map(|name| format!("SQLite keeps names such as {name:?}, with {PREFIX:?}, for its own use")));
    }
    let keys = indexes.iter().map(String::as_str).chain(uniques());
    messages.extend(keys.filter_map(|name| reserved(dialect, name, &OWN_INDEXES)));
    let fault = |message| ModelFault::new(CODE, &table.model, message, "give it another name");
    messages.into_iter().map(fault).collect()
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
