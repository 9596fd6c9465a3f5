//! Writing the rows of many objects in one statement, each with values of its own.

use super::one::next_version;
use super::stamp::stamp_change;
use super::{Record, Target, now, write};
use crate::driver::Executor;
use crate::error::{Result, Staleness};
use crate::query::expr::{ByKey, KeyedValue};
use crate::query::lookup::among;
use crate::query::{Assignment, ColumnRef, Expr, Param};
use crate::schema::{Occasion, Role, Table, TableRef};
use crate::types::{Kind, Value};

/// How many rows one statement changes at most: the database looks through them for each row.
const AT_ONCE: usize = 200;

/// Whether changes of these columns in many rows can be one statement. Where a column must be unique, or is part of the
/// key, the order of the rows counts.
pub fn is_written_together(table: &Table, columns: &[usize]) -> bool {
    let tells =
        |column: &usize| matches!(table.columns[*column].sql_type.kind(), Kind::Integer | Kind::Text | Kind::Uuid);
    let unique = table.unique_sets();
    let is_unique = |column: &usize| {
        unique.iter().any(|set| set.contains(column))
            || table.indexes.iter().any(|index| index.unique && index.has(*column))
    };
    table.primary_key.iter().all(tells) && !columns.is_empty() && !columns.iter().any(is_unique)
}

/// Changes the rows of many objects: in all of them the same columns, each with values of its own, of which one statement
/// writes many rows. Gives for each what the engine wrote besides.
///
/// # Errors
///
/// As [`update_one`](super::update_one), which tells of the first row that could not be written.
pub async fn update_many(
    executor: &dyn Executor,
    table: &TableRef,
    columns: &[usize],
    rows: &[(Target, Vec<Value>)],
) -> Result<Vec<Record>> {
    let mut written = Vec::with_capacity(rows.len());
    let most = (executor.capabilities().max_params / (columns.len() * 2 + table.primary_key.len() * 4 + 4)).max(1);
    for part in rows.chunks(most.min(AT_ONCE)) {
        written.extend(update_part(executor, table, columns, part).await?);
    }
    Ok(written)
}

async fn update_part(
    executor: &dyn Executor,
    table: &TableRef,
    columns: &[usize],
    rows: &[(Target, Vec<Value>)],
) -> Result<Vec<Record>> {
    let mut records = vec![Record::new(); rows.len()];
    let mut assignments: Vec<Assignment> = Vec::with_capacity(columns.len() + 2);
    for (at, column) in columns.iter().enumerate() {
        let values = rows.iter().map(|(_, values)| values[at].clone());
        assignments.push(Assignment { column: *column, value: by_key(table, *column, rows, values) });
    }
    let mut told = table.primary_key.clone();
    let mut keys: Vec<Vec<Value>> = rows.iter().map(|(target, _)| target.key.clone()).collect();
    let known: Option<Vec<i64>> = rows.iter().map(|(target, _)| target.version).collect();
    if let Some((column, known)) = table.role(Role::Version).zip(known) {
        let next = known.iter().map(|known| next_version(table, column, *known)).collect::<Result<Vec<i64>>>()?;
        let values = next.iter().map(|next| Value::Integer(*next));
        assignments.push(Assignment { column, value: by_key(table, column, rows, values) });
        told.push(column);
        for ((key, known), (record, next)) in keys.iter_mut().zip(&known).zip(records.iter_mut().zip(next)) {
            key.push(Value::Integer(*known));
            record.push((column, Value::Integer(next)));
        }
    }
    let stamps = stamp_change(table, Occasion::Update, &mut assignments, &now());
    let filter = among(table, &told, keys);
    let number = write::change(executor, table, assignments, Some(filter)).await?;
    if number != rows.len() as u64 {
        return Err(first_stale(executor, table, rows).await?);
    }
    for record in &mut records {
        record.extend(stamps.iter().cloned());
    }
    Ok(records)
}

/// A column's values by the keys of the rows.
fn by_key(table: &TableRef, column: usize, rows: &[(Target, Vec<Value>)], values: impl Iterator<Item = Value>) -> Expr {
    let keyed = rows.iter().zip(values).map(|((target, _), value)| KeyedValue {
        key: target.key.iter().cloned().map(Param).collect(),
        value: Param(value),
    });
    let key = table.primary_key.iter().map(|at| ColumnRef::root(table, *at)).collect();
    ByKey { column: ColumnRef::root(table, column), key, rows: keyed.collect() }.into()
}

/// The error for the first row that was not there to be written.
async fn first_stale(executor: &dyn Executor, table: &TableRef, rows: &[(Target, Vec<Value>)]) -> Result<crate::Error> {
    for (target, _) in rows {
        // Those that were written have the next version now.
        let written = target.version.map(|version| version.saturating_add(1));
        match target.staleness(executor, table).await? {
            None => {}
            Some(Staleness::Changed { found, .. }) if Some(found) == written => {}
            Some(staleness) => return Ok(target.stale("saving", table, staleness)),
        }
    }
    Ok(rows[0].0.stale("saving", table, Staleness::Gone))
}
