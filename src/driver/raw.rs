//! Statements that somebody wrote by hand: what they violated, as far as their own words and the catalog tell.
//!
//! What the database says comes first. The table is otherwise the one that the statement writes, if the catalog knows
//! the constraint there: triggers write other tables. Of several foreign keys that SQLite may mean none is guessed; the
//! message names them all. All of it is asked on the way of an error only; where the database does not answer, as in a
//! transaction of PostgreSQL that failed, what is known so far stays.

use std::sync::Arc;

use super::catalog::{self, stored, suspects};
use super::executor::{BoxFuture, Executor, Query};
use crate::dialect::{Sql, Writing, WrittenTable, condition_of, written_table};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::query::AskCatalog;
use crate::schema::{Column, Table, TableRef};
use crate::types::SqlType;

/// The text of a statement that was not rendered and may write. Statements that are rendered without parameters look the
/// same; to explain their errors twice does no harm.
pub(super) fn written_by_hand(query: &Query) -> Option<Arc<Sql>> {
    let may_be = query.sql.placeholders.is_empty() && !query.sql.text.starts_with("SELECT");
    may_be.then(|| Arc::clone(&query.sql))
}

/// The answer to a statement, with what was violated in its error.
pub(super) fn explained<T: Send + 'static, E: Executor + 'static>(
    sql: Option<Arc<Sql>>,
    answer: BoxFuture<Result<T>>,
    executor: impl FnOnce() -> E,
) -> BoxFuture<Result<T>> {
    let Some(sql) = sql else { return answer };
    let executor = executor();
    Box::pin(async move {
        match answer.await {
            Err(Error::Database(mut reported)) => {
                if let Some(written) = written_table(&sql.text) {
                    // The first error counts: that the catalog does not answer now is none.
                    let _ = complete(&executor, &written, &mut reported).await;
                }
                Err(Error::Database(reported))
            }
            answer => answer,
        }
    })
}

async fn complete(executor: &dyn Executor, written: &WrittenTable, reported: &mut DatabaseError) -> Result<()> {
    match reported.kind {
        DatabaseErrorKind::NotNullViolation if reported.table.is_none() => {
            let table = table(executor, written, reported).await?;
            if table.columns.iter().any(|column| reported.columns.contains(&column.name)) {
                reported.table = Some(written.name.clone());
            }
            Ok(())
        }
        DatabaseErrorKind::UniqueViolation => unique(executor, written, reported).await,
        DatabaseErrorKind::CheckViolation => check(executor, written, reported).await,
        DatabaseErrorKind::ForeignKeyViolation => foreign_key(executor, written, reported).await,
        DatabaseErrorKind::Other if reported.columns.len() == 1 => {
            let table = table(executor, written, reported).await?;
            catalog::tell_unlisted(executor, &table, reported).await
        }
        _ => Ok(()),
    }
}

/// The table that is meant, with its columns.
async fn table(executor: &dyn Executor, written: &WrittenTable, reported: &DatabaseError) -> Result<TableRef> {
    let name = reported.table.as_ref().unwrap_or(&written.name);
    let with_columns = |columns| {
        let mut table = Table::described(name, name, columns);
        if executor.capabilities().schemas {
            table.schema = reported.schema.clone().or_else(|| written.schema.clone());
        }
        TableRef::new(table)
    };
    let rows = catalog::ask(executor, AskCatalog::column_types(&with_columns(Vec::new()))).await?;
    let columns = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
    Ok(with_columns(columns.map(|name| Column::new(name, SqlType::Text)).collect()))
}

async fn unique(executor: &dyn Executor, written: &WrittenTable, reported: &mut DatabaseError) -> Result<()> {
    let table = table(executor, written, reported).await?;
    match reported.constraint.clone() {
        None if !reported.columns.is_empty() => {
            reported.constraint = catalog::name_of_unique(executor, &table, &reported.columns).await;
        }
        Some(name) if reported.columns.is_empty() => {
            let rows = catalog::ask(executor, AskCatalog::unique(&table, &name)).await?;
            reported.columns = rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
            if !reported.columns.is_empty() {
                reported.table = Some(table.name.clone());
            }
        }
        _ => {}
    }
    Ok(())
}

async fn check(executor: &dyn Executor, written: &WrittenTable, reported: &mut DatabaseError) -> Result<()> {
    let table = table(executor, written, reported).await?;
    let Some(name) = reported.constraint.clone() else { return unlisted(executor, &table, reported).await };
    let rows = catalog::ask(executor, AskCatalog::check(&table, &name)).await?;
    let definition = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
    // SQLite gives the definition of the whole table, whatever constraint is asked for.
    let is_there = |text: &String| !text.starts_with("CREATE") || text.contains(&name);
    let Some(definition) = definition.filter(is_there) else { return Ok(()) };
    reported.columns = table.columns_in(condition_of(&definition, &name));
    reported.table = Some(table.name.clone());
    Ok(())
}

/// A value that an enumeration of the database's own does not list: the column, where there is one only of that type.
async fn unlisted(executor: &dyn Executor, table: &TableRef, reported: &mut DatabaseError) -> Result<()> {
    let columns = catalog::columns_of_told_type(executor, table, &reported.message).await?;
    if columns.len() == 1 {
        reported.columns = columns;
        reported.table = Some(table.name.clone());
    }
    Ok(())
}

async fn foreign_key(executor: &dyn Executor, written: &WrittenTable, reported: &mut DatabaseError) -> Result<()> {
    if !executor.capabilities().names_foreign_keys {
        let table = table(executor, written, reported).await?;
        let stored = stored::from_rows(catalog::ask(executor, AskCatalog::all_foreign_keys(&table)).await?);
        let statement = suspects::Statement { how: written.how, table: &written.name, columns: None };
        let found = suspects::find(&stored, &statement);
        match found.as_slice() {
            [] => {}
            [only] => only.key.name_in(reported),
            several => catalog::tell_candidates(reported, several.iter().map(|suspect| suspect.key)),
        }
        return Ok(());
    }
    // MySQL says it all in the first place, and no schema.
    let (Some(name), Some(of), Some(schema)) =
        (reported.constraint.clone(), reported.table.clone(), reported.schema.clone())
    else {
        return Ok(());
    };
    if written.how != Writing::Insert {
        reported.columns.clear();
    }
    let asking = TableRef::new(Table::described(&of, &of, Vec::new()));
    let rows = catalog::ask(executor, AskCatalog::foreign_key_columns(&asking, &name, &of, &schema)).await?;
    reported.columns = rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    Ok(())
}

/// Whether a statement may leave something on its connection that outlives it: a setting, a lock, a temporary table, a
/// transaction. Only what reads and writes rows is known not to.
#[allow(dead_code)] // in builds without a driver
pub(super) fn may_leave_something(text: &str) -> bool {
    let text = text.trim_start().to_ascii_lowercase();
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let is_of_rows = ["select", "insert", "update", "delete", "with", "values", "replace"].contains(&word);
    !is_of_rows || ["lock", "set_config", ":="].iter().any(|sign| text.contains(sign))
}
