//! The columns of what the database names.

use super::Written;
use crate::dialect::condition_of;
use crate::driver::Executor;
use crate::driver::catalog::{Texts, ask, columns_of_told_type};
use crate::engine::context::Attempt;
use crate::error::{DatabaseError, DatabaseErrorKind, Result};
use crate::query::AskCatalog;
use crate::schema::TableRef;

/// The columns of the foreign key that is reported, where those reported are of the table referred to.
pub(super) async fn columns_of_foreign_key(
    executor: &dyn Executor,
    attempt: Attempt,
    table: &TableRef,
    reported: &mut DatabaseError,
) -> Result<()> {
    let (Some(name), Some(of)) = (reported.constraint.clone(), reported.table.clone()) else { return Ok(()) };
    if matches!(attempt, Attempt::Insert) && of == table.name {
        return Ok(());
    }
    if let Some(key) = table.foreign_keys.iter().find(|key| of == table.name && key.name == name) {
        reported.columns = table.names(&key.columns).into_iter().map(str::to_owned).collect();
        return Ok(());
    }
    // MySQL says it all in the first place, and no schema.
    let Some(schema) = reported.schema.clone() else { return Ok(()) };
    reported.columns.clear();
    let rows = ask(executor, AskCatalog::foreign_key_columns(table, &name, &of, &schema)).await?;
    reported.columns = rows.into_iter().filter_map(first).collect();
    Ok(())
}

/// The columns of a UNIQUE or CHECK constraint that the model does not declare.
pub(super) async fn columns_of_constraint(
    executor: &dyn Executor,
    table: &TableRef,
    reported: &mut DatabaseError,
) -> Result<()> {
    let Some(name) = reported.constraint.clone().filter(|_| reported.table.as_ref() == Some(&table.name)) else {
        return Ok(());
    };
    let is_check = reported.kind == DatabaseErrorKind::CheckViolation;
    let question = if is_check { AskCatalog::check(table, &name) } else { AskCatalog::unique(table, &name) };
    let texts: Vec<String> = ask(executor, question).await?.into_iter().filter_map(first).collect();
    reported.columns = match texts.as_slice() {
        [definition] if is_check => table.columns_in(condition_of(definition, &name)),
        _ if is_check => Vec::new(),
        _ => texts,
    };
    Ok(())
}

/// The column that does not take a value, where there can be one only: PostgreSQL tells its type alone.
pub(super) async fn column_of_value(
    executor: &dyn Executor,
    table: &TableRef,
    written: &Written,
    reported: &mut DatabaseError,
) -> Result<()> {
    const DATA_EXCEPTION: &str = "22";
    if !reported.sqlstate.as_ref().is_some_and(|state| state.starts_with(DATA_EXCEPTION)) {
        return Ok(());
    }
    let told = reported.message.split_once(&format!("{}: ", table.name)).map_or("", |(_, told)| told).to_owned();
    let is_written = |name: &str| written.columns.iter().any(|at| table.columns[*at].name == name);
    let mut columns = columns_of_told_type(executor, table, &told).await?;
    columns.retain(|name| is_written(name));
    if columns.len() > 1 {
        reported.message.push_str("; the columns of that type are ");
        reported.message.push_str(&columns.join(", "));
    } else {
        reported.columns = columns;
    }
    Ok(())
}

fn first(row: Texts) -> Option<String> {
    row.into_iter().next().flatten()
}
