//! Foreign keys between a set of tables and those outside: databases differ in what they let pass, and in what they call it.

use super::is_there;
use crate::driver::Executor;
use crate::driver::catalog::ask;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::query::AskCatalog;
use crate::schema::{MetaData, Table, TableRef};

/// What PostgreSQL calls a table that is not there.
const UNDEFINED_TABLE: &str = "42P01";

/// Refuses to make tables that refer to one which neither belongs to the set nor is there. SQLite would make them, and
/// refuse their rows.
pub(super) async fn check_targets(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    let mut known: Vec<TableRef> = Vec::new();
    for table in tables.tables() {
        for key in &table.foreign_keys {
            if key.target_table.eq_ignore_ascii_case(&table.name) || tables.target(table, key).is_some() {
                continue;
            }
            let mut target = Table::described(&key.target_table, &key.target_table, Vec::new());
            target.schema = key.target_schema.clone().or_else(|| table.schema.clone());
            let is_known = |other: &TableRef| (&other.schema, &other.name) == (&target.schema, &target.name);
            if known.iter().any(is_known) {
                continue;
            }
            let target = TableRef::new(target);
            if !is_there(executor, AskCatalog::table(&target)).await? {
                return Err(without_target(table, &target));
            }
            known.push(target);
        }
    }
    Ok(())
}

fn without_target(table: &Table, target: &Table) -> Error {
    let message = format!(
        "creating {}: it refers to {}, which is not there; create_all makes both where the models of both are named",
        table.name, target.name
    );
    let mut error = DatabaseError::new(DatabaseErrorKind::Programming, message);
    error.sqlstate = Some(UNDEFINED_TABLE.to_owned());
    error.table = Some(target.name.clone());
    Error::Database(Box::new(error))
}

/// Refuses to drop tables that others refer to, where the database itself would look at rows alone: a foreign key to
/// nothing would be left.
pub(super) async fn check_referrers(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    if !executor.capabilities().forward_references {
        return Ok(());
    }
    let Some(first) = tables.tables().first() else { return Ok(()) };
    let of_set = |name: &str| tables.tables().iter().find(|table| table.name.eq_ignore_ascii_case(name));
    for row in ask(executor, AskCatalog::all_foreign_keys(first)).await? {
        let (Some(Some(owner)), Some(Some(target))) = (row.first(), row.get(3)) else { continue };
        let (None, Some(table)) = (of_set(owner), of_set(target)) else { continue };
        // What is not there is not dropped.
        if is_there(executor, AskCatalog::table(table)).await? {
            let message =
                format!("dropping {}: {owner} refers to it; drop both together, or {owner} first", table.name);
            let mut error = DatabaseError::new(DatabaseErrorKind::ForeignKeyViolation, message);
            error.table = Some(table.name.clone());
            return Err(Error::Database(Box::new(error)));
        }
    }
    Ok(())
}
