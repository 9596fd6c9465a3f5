//! Making and removing all tables of a set.

use super::context::Attempt;
use super::prepare;
use crate::driver::Executor;
use crate::error::Result;
use crate::query::{DropTable, Statement};
use crate::schema::MetaData;

/// Makes every table that is not there yet, with its indexes, in order of dependency.
///
/// # Errors
///
/// What the database reports; [`ErrorKind::Query`](crate::ErrorKind::Query) for types or options it lacks.
pub async fn create_all(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    for table in tables.sorted() {
        for statement in crate::query::create_statements(&table) {
            let query = prepare(executor, statement)?;
            executor.execute(query).await.map_err(|error| Attempt::Create.explain(&table, error))?;
        }
    }
    Ok(())
}

/// Removes every table that is there, in the opposite order.
///
/// # Errors
///
/// What the database reports.
pub async fn drop_all(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    for table in tables.sorted().into_iter().rev() {
        let statement = Statement::DropTable(DropTable { table: table.clone(), if_exists: true });
        let query = prepare(executor, statement)?;
        executor.execute(query).await.map_err(|error| Attempt::Drop.explain(&table, error))?;
    }
    Ok(())
}
