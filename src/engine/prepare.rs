//! From a statement to text and values.

use super::comparand;
use crate::driver::{Executor, Query};
use crate::error::Result;
use crate::query::Statement;

/// Text (kept by shape) and values of a statement.
///
/// # Errors
///
/// [`ErrorKind::Query`](crate::ErrorKind::Query) for what the database cannot express.
pub fn prepare(executor: &dyn Executor, mut statement: Statement) -> Result<Query> {
    comparand::adapt(executor, &mut statement);
    let sql = executor.shapes().get_or_render(&statement, executor.dialect())?;
    let params = sql.bind_owned(statement)?;
    Ok(Query { sql, params })
}
