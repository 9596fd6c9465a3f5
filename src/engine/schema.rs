//! Making and removing all tables of a set.

use super::context::Attempt;
use super::prepare;
use crate::driver::Executor;
use crate::error::Result;
use crate::query::{CreateType, DropTable, DropType, Statement, native_types};
use crate::schema::{MetaData, TableRef};
use crate::types::EnumType;

/// Makes every table that is not there yet, with its indexes, in order of dependency.
///
/// # Errors
///
/// What the database reports; [`ErrorKind::Query`](crate::ErrorKind::Query) for types or options it lacks.
pub async fn create_all(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    for table in tables.sorted() {
        let types = types_of(executor, &table);
        let types = types.map(|kind| Statement::CreateType(CreateType { table: table.clone(), kind }));
        for statement in types.chain(crate::query::create_statements(&table)) {
            let query = prepare(executor, statement)?;
            executor.execute(query).await.map_err(|error| Attempt::Create.explain(&table, error))?;
        }
    }
    Ok(())
}

/// The enumerations that are types of the database's own.
fn types_of(executor: &dyn Executor, table: &TableRef) -> impl Iterator<Item = EnumType> {
    let has_types = executor.dialect().capabilities().enum_types;
    let types = if has_types { native_types(table) } else { Vec::new() };
    types.into_iter()
}

/// Removes every table that is there, in the opposite order, and the types that no other table uses.
///
/// # Errors
///
/// What the database reports.
pub async fn drop_all(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    for table in tables.sorted().into_iter().rev() {
        let types = types_of(executor, &table);
        let types = types.map(|kind| Statement::DropType(DropType { table: table.clone(), kind }));
        let drop = Statement::DropTable(DropTable { table: table.clone(), if_exists: true });
        for statement in std::iter::once(drop).chain(types) {
            let query = prepare(executor, statement)?;
            executor.execute(query).await.map_err(|error| Attempt::Drop.explain(&table, error))?;
        }
    }
    Ok(())
}
