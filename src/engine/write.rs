//! Writing records.

use super::context::Attempt;
use super::parents_first;
use super::stamp::{now, stamp_change, stamp_insert};
use super::storable::Storable;
use super::violation::{self, Written};
use super::{Rows, prepare};
use crate::driver::{BulkInsert, Executor};
use crate::error::{Error, Result};
use crate::query::lookup::is_null;
use crate::query::{Assignment, Delete, Expr, Insert, Param, Statement, Update};
use crate::schema::{Occasion, Role, TableRef};
use crate::types::Value;

/// Columns of one row, by position, with their values.
pub type Record = Vec<(usize, Value)>;

/// Adds a row and gives back the columns that the database supplied: those of `returning`. What the engine writes by
/// itself is added; see [`stamp_insert`].
///
/// # Errors
///
/// What the database reports; [`ErrorKind::Validation`](crate::ErrorKind::Validation) for a value it cannot keep.
pub async fn insert(
    executor: &dyn Executor,
    table: &TableRef,
    mut record: Record,
    returning: Vec<usize>,
) -> Result<Rows> {
    stamp_insert(table, &mut record, &now());
    let storable = Storable::of(executor);
    for (position, value) in &record {
        storable.check(table, *position, value)?;
    }
    if !returning.is_empty() && !executor.capabilities().returning {
        return insert_and_ask(executor, table, record, returning).await;
    }
    let (columns, values): (Vec<usize>, Vec<Value>) = record.into_iter().unzip();
    let written = Written::inserted(executor, table, &columns, &values);
    let values = values.into_iter().map(Param).collect();
    let statement = Statement::Insert(Insert { table: table.clone(), columns, values, returning: returning.clone() });
    let query = prepare(executor, statement)?;
    let inserted = if returning.is_empty() {
        let nothing = || crate::driver::BatchBuilder::new(Vec::new().into()).finish();
        executor.execute(query).await.map(|_| nothing())
    } else {
        executor.fetch_all(query).await
    };
    match inserted {
        Ok(batch) => Rows::new(batch, table.clone(), returning),
        Err(error) => Err(violation::explain(executor, Attempt::Insert, table, &written, error).await),
    }
}

/// Adds a row where the server has no RETURNING: the driver knows how to ask for what it supplied.
async fn insert_and_ask(
    executor: &dyn Executor,
    table: &TableRef,
    record: Record,
    returning: Vec<usize>,
) -> Result<Rows> {
    let (columns, values): (Vec<usize>, Vec<Value>) = record.into_iter().unzip();
    let given = Written::inserted(executor, table, &columns, &values);
    let row = BulkInsert { table: table.clone(), columns, values, returning: returning.clone() };
    match executor.insert_many(row).await {
        Ok(batch) => Rows::new(batch, table.clone(), returning),
        Err(error) => Err(violation::explain(executor, Attempt::Insert, table, &given, error).await),
    }
}

/// Adds many rows, all or none, and gives back the columns asked for, in the order of the rows. What the engine writes
/// by itself is added to each. Rows that refer to later ones among them are written behind those.
///
/// # Errors
///
/// What the database reports; [`ErrorKind::Query`](crate::ErrorKind::Query) without columns, where nothing would tell
/// how many rows are meant.
pub async fn insert_many(executor: &dyn Executor, mut bulk: BulkInsert) -> Result<Rows> {
    if bulk.columns.is_empty() {
        let model = &bulk.table.model;
        return Err(Error::query(format!("a bulk insert of {model} gives no column; insert such rows one by one")));
    }
    stamp_each(&mut bulk);
    let order = parents_first(&bulk.table, &bulk.columns, &bulk.values);
    if let Some(order) = &order {
        bulk.values = in_order(&bulk.values, bulk.columns.len(), order);
    }
    let storable = Storable::of(executor);
    for row in bulk.rows() {
        for (position, value) in bulk.columns.iter().zip(row) {
            storable.check(&bulk.table, *position, value)?;
        }
    }
    let (table, returning) = (bulk.table.clone(), bulk.returning.clone());
    let written = Written::inserted(executor, &table, &bulk.columns, &bulk.values);
    match executor.insert_many(bulk).await {
        Ok(batch) => {
            let batch = match order {
                Some(order) => batch.back_in_place(&order),
                None => batch,
            };
            Rows::new(batch, table, returning)
        }
        Err(error) => Err(violation::explain(executor, Attempt::Insert, &table, &written, error).await),
    }
}

/// Values of rows in another order of the rows.
fn in_order(values: &[Value], width: usize, order: &[usize]) -> Vec<Value> {
    order.iter().flat_map(|row| values[row * width..(row + 1) * width].iter().cloned()).collect()
}

/// Adds to each of many rows what the engine writes by itself.
fn stamp_each(bulk: &mut BulkInsert) {
    let mut given: Record = bulk.columns.iter().map(|column| (*column, Value::Boolean(true))).collect();
    let added = stamp_insert(&bulk.table, &mut given, &now());
    if added.is_empty() {
        return;
    }
    let width = bulk.columns.len();
    let mut values = std::mem::take(&mut bulk.values).into_iter().peekable();
    while values.peek().is_some() {
        bulk.values.extend(values.by_ref().take(width));
        bulk.values.extend(added.iter().map(|(_, value)| value.clone()));
    }
    bulk.columns.extend(added.into_iter().map(|(column, _)| column));
}

/// Changes the rows that meet a condition and gives their number. What the engine writes by itself is written too: the
/// instant, and the count of writes.
///
/// # Errors
///
/// What the database reports; [`ErrorKind::Query`](crate::ErrorKind::Query) with nothing to change.
pub async fn update(
    executor: &dyn Executor,
    table: &TableRef,
    mut assignments: Vec<Assignment>,
    filter: Option<Expr>,
) -> Result<u64> {
    if assignments.is_empty() {
        return Err(Error::query(format!("update of {} names no field; give at least one", table.model)));
    }
    stamp_change(table, Occasion::Update, &mut assignments, &now());
    change(executor, table, assignments, filter).await
}

/// Changes exactly these columns of the rows that meet a condition, and gives their number: the engine writes nothing
/// besides.
///
/// # Errors
///
/// What the database reports; [`ErrorKind::Validation`](crate::ErrorKind::Validation) for a value it cannot keep.
pub async fn change(
    executor: &dyn Executor,
    table: &TableRef,
    assignments: Vec<Assignment>,
    filter: Option<Expr>,
) -> Result<u64> {
    for assignment in &assignments {
        match &assignment.value {
            Expr::Value(Param(value)) => Storable::of(executor).check(table, assignment.column, value)?,
            Expr::ByKey(node) => {
                let storable = Storable::of(executor);
                node.rows.iter().try_for_each(|row| storable.check(table, assignment.column, &row.value.0))?;
            }
            _ => {}
        }
    }
    let written = Written::updated(executor, &assignments, filter.as_ref());
    let statement = Statement::Update(Update { table: table.clone(), assignments, filter, returning: Vec::new() });
    match executor.execute(prepare(executor, statement)?).await {
        Ok(rows) => Ok(rows),
        Err(error) => Err(violation::explain(executor, Attempt::Update, table, &written, error).await),
    }
}

/// Deletes the rows that meet a condition and gives their number: marks those that are not marked yet where the table
/// marks them, besides writing `also`, else removes them.
///
/// # Errors
///
/// What the database reports.
pub async fn delete(
    executor: &dyn Executor,
    table: &TableRef,
    filter: Option<Expr>,
    also: Vec<Assignment>,
) -> Result<u64> {
    let Some(mark) = table.role(Role::DeletedAt) else { return remove(executor, table, filter).await };
    let mut assignments = also;
    stamp_change(table, Occasion::Delete, &mut assignments, &now());
    let filter = narrowed(filter, is_null(Expr::column(table, mark), true));
    change(executor, table, assignments, Some(filter)).await
}

/// Takes away the mark of the deleted rows that meet a condition, writes `also`, and gives their number.
///
/// # Errors
///
/// What the database reports; [`ErrorKind::Query`](crate::ErrorKind::Query) for a table that does not mark rows.
pub async fn restore(
    executor: &dyn Executor,
    table: &TableRef,
    filter: Option<Expr>,
    also: Vec<Assignment>,
) -> Result<u64> {
    let Some(mark) = table.role(Role::DeletedAt) else {
        let model = &table.model;
        return Err(Error::query(format!(
            "restore of {model}: its rows are removed when they are deleted, not marked; give the model soft deletion"
        )));
    };
    let mut assignments = also;
    stamp_change(table, Occasion::Restore, &mut assignments, &now());
    let filter = narrowed(filter, is_null(Expr::column(table, mark), false));
    change(executor, table, assignments, Some(filter)).await
}

fn narrowed(filter: Option<Expr>, condition: Expr) -> Expr {
    match filter {
        Some(filter) => filter.and(condition),
        None => condition,
    }
}

/// Removes the rows that meet a condition, whatever the table does with deleted rows, and gives their number.
///
/// # Errors
///
/// What the database reports.
pub async fn remove(executor: &dyn Executor, table: &TableRef, filter: Option<Expr>) -> Result<u64> {
    let written = Written::deleted(executor, filter.as_ref());
    let statement = Statement::Delete(Delete { table: table.clone(), filter });
    match executor.execute(prepare(executor, statement)?).await {
        Ok(rows) => Ok(rows),
        Err(error) => Err(violation::explain(executor, Attempt::Delete, table, &written, error).await),
    }
}
