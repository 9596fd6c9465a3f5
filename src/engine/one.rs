//! Writing the one row that an object stands for. Where rows have a version, only the one that the object knows is
//! written: what someone else wrote meanwhile is never lost.

use super::stamp::stamp_change;
use super::{Record, Rows, fetch, now, write};
use crate::driver::{Executor, ToValue};
use crate::error::{Error, Result, Staleness, ValidationError};
use crate::query::expr::CompareOp;
use crate::query::lookup::{compare, is_null};
use crate::query::{Assignment, Expr, Projection, Select};
use crate::schema::{Occasion, Role, TableRef};
use crate::types::Value;

/// Which row an object stands for.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its primary key, in order of declaration.
    pub key: Vec<Value>,
    /// The version that the object knows, where the table has one.
    pub version: Option<i64>,
}

impl Target {
    /// The condition that meets the row, whatever its version.
    pub fn row(&self, table: &TableRef) -> Expr {
        let parts = table.primary_key.iter().zip(&self.key);
        let mut parts =
            parts.map(|(column, value)| compare(Expr::column(table, *column), CompareOp::Eq, value.clone()));
        match parts.next() {
            Some(first) => parts.fold(first, Expr::and),
            None => Expr::Constant(false),
        }
    }

    /// The condition that meets the row in the version that the object knows.
    fn known(&self, table: &TableRef) -> Expr {
        let row = self.row(table);
        match table.role(Role::Version).zip(self.version) {
            Some((column, version)) => {
                row.and(compare(Expr::column(table, column), CompareOp::Eq, Value::Integer(version)))
            }
            None => row,
        }
    }

    /// The error for a row that was not there to be written.
    pub(super) fn stale(&self, attempted: &'static str, table: &TableRef, staleness: Staleness) -> Error {
        let key: Vec<String> = self.key.iter().map(Value::shown).collect();
        let key = if key.len() == 1 { key.concat() } else { format!("({})", key.join(", ")) };
        Error::StaleObject { attempted, model: table.model.clone(), key, staleness }
    }

    /// Why no row was written: None where the row is there in the version that the object knows.
    pub(super) async fn staleness(&self, executor: &dyn Executor, table: &TableRef) -> Result<Option<Staleness>> {
        let column = table.role(Role::Version);
        let mut select = Select::from(table).filter(self.row(table));
        select.projection = Projection::Columns(vec![column.unwrap_or(table.primary_key[0])]);
        let rows = fetch(executor, select).await?;
        if rows.is_empty() {
            return Ok(Some(Staleness::Gone));
        }
        let Some(known) = self.version.filter(|_| column.is_some()) else { return Ok(None) };
        let Some(Value::Integer(found)) = rows.visit(0, 0, ToValue)? else { return Ok(None) };
        Ok((found != known).then_some(Staleness::Changed { known, found }))
    }
}

/// Changes the row of an object, and gives the values that the engine wrote besides those it was told to. Of an empty
/// change, where it has nothing to write itself, it only makes sure that the row is there.
///
/// # Errors
///
/// [`ErrorKind::StaleObject`](crate::ErrorKind::StaleObject) where the row is gone, or has another version than the
/// object knows; what the database reports.
pub async fn update_one(
    executor: &dyn Executor,
    table: &TableRef,
    target: &Target,
    mut assignments: Vec<Assignment>,
) -> Result<Record> {
    if assignments.is_empty() && table.fills(Occasion::Update).next().is_none() {
        return match target.staleness(executor, table).await? {
            Some(staleness) => Err(target.stale("saving", table, staleness)),
            None => Ok(Record::new()),
        };
    }
    let added = counted(table, target, Occasion::Update, &mut assignments)?;
    let rows = write::change(executor, table, assignments, Some(target.known(table))).await?;
    if rows == 0 {
        let staleness = target.staleness(executor, table).await?.unwrap_or(Staleness::Gone);
        return Err(target.stale("saving", table, staleness));
    }
    Ok(added)
}

/// Deletes the row of an object: marks it where the table marks, besides writing `also`, else removes it. Gives what
/// was written, None where the row was gone already.
///
/// # Errors
///
/// [`ErrorKind::StaleObject`](crate::ErrorKind::StaleObject) where the row has another version than the object knows;
/// what the database reports.
pub async fn delete_one(
    executor: &dyn Executor,
    table: &TableRef,
    target: &Target,
    also: Vec<Assignment>,
) -> Result<Option<Record>> {
    let Some(mark) = table.role(Role::DeletedAt) else {
        return Ok(remove_one(executor, table, target).await?.then(Record::new));
    };
    let mut assignments = also;
    let added = counted(table, target, Occasion::Delete, &mut assignments)?;
    let filter = target.known(table).and(is_null(Expr::column(table, mark), true));
    let rows = write::change(executor, table, assignments, Some(filter)).await?;
    if rows == 0 {
        return target.refuse_changed(executor, table, "deleting").await.map(|()| None);
    }
    Ok(Some(added))
}

/// Removes the row of an object, whatever the table does with deleted rows, and says whether there was one.
///
/// # Errors
///
/// As [`delete_one`].
pub async fn remove_one(executor: &dyn Executor, table: &TableRef, target: &Target) -> Result<bool> {
    let rows = write::remove(executor, table, Some(target.known(table))).await?;
    if rows == 0 {
        target.refuse_changed(executor, table, "deleting").await?;
    }
    Ok(rows > 0)
}

/// Takes away the mark of an object's row and writes `also`, whatever its version: nothing that someone else wrote is
/// lost by it. A row without the mark stays as it is. Gives the columns that the engine writes, as they are now.
///
/// # Errors
///
/// [`ErrorKind::StaleObject`](crate::ErrorKind::StaleObject) where the row is gone;
/// [`ErrorKind::Query`](crate::ErrorKind::Query) for a table that does not mark rows; what the database reports.
pub async fn restore_one(
    executor: &dyn Executor,
    table: &TableRef,
    target: &Target,
    also: Vec<Assignment>,
) -> Result<Rows> {
    let mut shown: Vec<usize> = also.iter().map(|assignment| assignment.column).collect();
    shown.extend(table.fills(Occasion::Restore).map(|(column, _)| column));
    shown.sort_unstable();
    shown.dedup();
    write::restore(executor, table, Some(target.row(table)), also).await?;
    let mut select = Select::from(table).filter(target.row(table));
    select.projection = Projection::Columns(shown);
    let rows = fetch(executor, select).await?;
    if rows.is_empty() { Err(target.stale("restoring", table, Staleness::Gone)) } else { Ok(rows) }
}

impl Target {
    async fn refuse_changed(&self, executor: &dyn Executor, table: &TableRef, attempted: &'static str) -> Result<()> {
        if self.version.is_none() || table.role(Role::Version).is_none() {
            return Ok(());
        }
        match self.staleness(executor, table).await? {
            Some(changed @ Staleness::Changed { .. }) => Err(self.stale(attempted, table, changed)),
            Some(Staleness::Gone) | None => Ok(()),
        }
    }
}

/// Adds what the engine writes by itself; the version is counted from the one that the object knows, so that the
/// object can be told.
fn counted(table: &TableRef, target: &Target, occasion: Occasion, assignments: &mut Vec<Assignment>) -> Result<Record> {
    let mut added = Record::new();
    if let Some((column, known)) = table.role(Role::Version).zip(target.version) {
        assignments.retain(|assignment| assignment.column != column);
        let next = Value::Integer(next_version(table, column, known)?);
        assignments.push(Assignment { column, value: Expr::value(next.clone()) });
        added.push((column, next));
    }
    added.extend(stamp_change(table, occasion, assignments, &now()));
    Ok(added)
}

pub(super) fn next_version(table: &TableRef, position: usize, known: i64) -> Result<i64> {
    let column = &table.columns[position];
    let (_, last) = column.sql_type.integer_range().unwrap_or((i64::MIN, i64::MAX));
    if known < last {
        return Ok(known + 1);
    }
    let message = format!(
        "the row has version {known}, after which {} has none; nothing was written; set the versions of the table back",
        column.sql_type.name()
    );
    let error = ValidationError::new(&table.model, &column.attribute, column.sql_type.name(), message);
    Err(error.defined_at(column.defined.place()).into())
}
