//! One object at a time, and many at once: insert, update, delete, restore, refresh.

use super::Model;
use super::fault::Fault;
use super::key::Key;
use super::relation::{remembers, settle};
use super::update::supplied;
use super::validation::{Faults, checked_record};
use super::value::{Row, read_all};
use crate::driver::{BulkInsert, Executor, ToValue};
use crate::engine::{self, Record, Target};
use crate::error::{Error, Result, ValidationError};
use crate::query::{Assignment, ColumnRef, Expr, Select, expr::CompareOp, lookup};
use crate::schema::{Role, TableRef};
use crate::types::{Kind, Value};

/// The row of a key, unless it is marked as deleted.
pub(super) async fn get<M: Model>(key: M::Key, executor: &dyn Executor) -> Result<Option<M>> {
    read::<M>(Select::live(M::table()), &key, executor).await
}

async fn read<M: Model>(select: Select, key: &M::Key, executor: &dyn Executor) -> Result<Option<M>> {
    let select = select.filter(key_condition::<M>(&key_values::<M>(key)?));
    Ok(read_all(&engine::fetch(executor, select).await?, |row| M::from_row(row))?.pop())
}

pub(super) async fn insert<M: Model>(model: &mut M, executor: &dyn Executor) -> Result<()> {
    let table = M::table();
    let generated = generated_column(model);
    let mut record = insertable(model, generated)?;
    let stamps = engine::stamp_insert(table, &mut record, &engine::now());
    let rows = engine::insert(executor, table, record, generated.into_iter().collect()).await?;
    match generated {
        Some(_) if rows.is_empty() => return Err(no_key_back(table)),
        Some(_) => model.set_key(Row::new(&rows, 0))?,
        None => {}
    }
    take_over(model, &stamps)?;
    settle(model, None, !executor.in_transaction());
    Ok(())
}

pub(super) async fn bulk_insert<M: Model>(models: &mut [M], executor: &dyn Executor) -> Result<u64> {
    let Some(first) = models.first() else { return Ok(0) };
    let (table, now) = (M::table(), engine::now());
    let generated = generated_column(first);
    if models.iter().any(|model| generated_column(model) != generated) {
        return Err(Error::query(format!(
            "bulk_insert of {} got objects with and without a key; insert the two kinds in two calls",
            table.model
        )));
    }
    let mut columns = Vec::new();
    let mut stamps = Record::new();
    let mut values = Vec::with_capacity(models.len() * table.columns.len());
    for model in &*models {
        let mut record = insertable(model, generated)?;
        stamps = engine::stamp_insert(table, &mut record, &now);
        if columns.is_empty() {
            columns.extend(record.iter().map(|(column, _)| *column));
        }
        values.extend(record.into_iter().map(|(_, value)| value));
    }
    let bulk = BulkInsert { table: table.clone(), columns, values, returning: generated.into_iter().collect() };
    let rows = engine::insert_many(executor, bulk).await?;
    if generated.is_some() && rows.len() != models.len() {
        return Err(no_key_back(table));
    }
    for (row, model) in models.iter_mut().enumerate() {
        if generated.is_some() {
            model.set_key(Row::new(&rows, row))?;
        }
        take_over(model, &stamps)?;
        settle(model, None, !executor.in_transaction());
    }
    Ok(models.len() as u64)
}

/// What a new object says of its row: not the key that the database makes, and not what the engine writes by itself.
fn insertable<M: Model>(model: &M, generated: Option<usize>) -> Result<Record> {
    let columns = &M::table().columns;
    checked_record(model, |position| Some(position) == generated || columns[position].engine_supplies())
}

/// Gives the object what the engine wrote by itself.
fn take_over<M: Model>(model: &mut M, stamps: &Record) -> Result<()> {
    for (position, value) in stamps {
        let column = &M::table().columns[*position];
        model
            .set_value(*position, value)
            .map_err(|found| Error::query(format!("{}.{} cannot hold {found}", M::table().model, column.attribute)))?;
    }
    Ok(())
}

pub(super) async fn update<M: Model>(model: &mut M, executor: &dyn Executor) -> Result<()> {
    model.apply_on_update();
    let mut written = checked_record(model, |column| !is_written(M::table(), column))?;
    // Of all columns, those of relationships alone are known as they were read.
    written.retain(|(column, value)| !remembers(model, *column, value));
    write(model, written, None, executor).await
}

pub(super) async fn update_only<M: Model>(
    model: &mut M,
    columns: Result<Vec<usize>>,
    executor: &dyn Executor,
) -> Result<()> {
    let (table, mut columns) = (M::table(), columns?);
    if let Some(column) = columns.iter().find(|column| !is_written(table, **column)) {
        let (of, name) = (&table.model, &table.columns[*column].attribute);
        return Err(Error::query(format!(
            "update_only of {of}: {name} is part of the primary key, or written by the engine alone; name other columns"
        )));
    }
    if columns.is_empty() {
        return Err(Error::query(format!("update_only of {} names no column to write", table.model)));
    }
    model.apply_on_update();
    columns.extend(M::on_update()?.into_iter().map(|(column, _)| column));
    let written = checked_record(model, |column| !columns.contains(&column))?;
    write(model, written, Some(&columns), executor).await
}

/// Whether an update writes the column as the object has it. What the engine writes is its own: an object never takes back
/// what was marked meanwhile.
fn is_written(table: &TableRef, column: usize) -> bool {
    !table.primary_key.contains(&column) && table.columns[column].role.is_none()
}

async fn write<M: Model>(
    model: &mut M,
    record: Record,
    columns: Option<&[usize]>,
    executor: &dyn Executor,
) -> Result<()> {
    let stamps = engine::update_one(executor, M::table(), &target(model)?, assignments(record)).await?;
    take_over(model, &stamps)?;
    settle(model, columns, !executor.in_transaction());
    Ok(())
}

pub(super) fn assignments(record: Record) -> Vec<Assignment> {
    record.into_iter().map(|(column, value)| Assignment { column, value: Expr::value(value) }).collect()
}

pub(super) async fn save<M: Model>(model: &mut M, executor: &dyn Executor) -> Result<()> {
    if model.key().is_none() { insert(model, executor).await } else { update(model, executor).await }
}

pub(super) async fn delete<M: Model>(model: &M, executor: &dyn Executor) -> Result<u64> {
    let deleted = engine::delete_one(executor, M::table(), &target(model)?, marks::<M>()?).await?;
    Ok(u64::from(deleted.is_some()))
}

pub(super) async fn hard_delete<M: Model>(model: &M, executor: &dyn Executor) -> Result<u64> {
    Ok(u64::from(engine::remove_one(executor, M::table(), &target(model)?).await?))
}

pub(super) async fn restore<M: Model>(model: &mut M, executor: &dyn Executor) -> Result<()> {
    let rows = engine::restore_one(executor, M::table(), &target(model)?, marks::<M>()?).await?;
    let mut stamps = Record::new();
    for (column, position) in rows.positions().iter().enumerate() {
        if M::table().columns[*position].role.is_some() {
            let value = rows.visit(0, column, ToValue)?.unwrap_or(Value::Null(Kind::DateTime));
            stamps.push((*position, value));
        }
    }
    model.apply_on_update();
    take_over(model, &stamps)
}

/// What marking a row, or taking the mark away, writes besides: it is an update like any other.
pub(super) fn marks<M: Model>() -> Result<Vec<Assignment>> {
    if M::table().role(Role::DeletedAt).is_none() {
        return Ok(Vec::new());
    }
    let mut faults = Faults::default();
    let record = supplied::<M>(&[], &mut faults)?;
    Ok(assignments(faults.finish(record)?))
}

pub(super) async fn refresh<M: Model>(model: &mut M, executor: &dyn Executor) -> Result<()> {
    let key = model.key().ok_or_else(no_key::<M>)?;
    let found = read::<M>(Select::from(M::table()), &key, executor).await?;
    *model = found.ok_or_else(|| Error::NotFound { model: M::table().model.clone() })?;
    Ok(())
}

/// The column whose value the database supplies for this object: that of a key that is not set.
pub(super) fn generated_column<M: Model>(model: &M) -> Option<usize> {
    if model.key().is_some() {
        return None;
    }
    let table = M::table();
    table.auto_increment().or_else(|| match table.primary_key.as_slice() {
        [only] => table.columns[*only].server_default.is_some().then_some(*only),
        _ => None,
    })
}

/// The row that an object stands for, in the version that it knows.
fn target<M: Model>(model: &M) -> Result<Target> {
    let key = key_values::<M>(&model.key().ok_or_else(no_key::<M>)?)?;
    let version = match M::table().role(Role::Version) {
        Some(column) => match model.values()?.get(column) {
            Some(Value::Integer(version)) => Some(*version),
            _ => None,
        },
        None => None,
    };
    Ok(Target { key, version })
}

pub(super) fn key_values<M: Model>(key: &M::Key) -> Result<Vec<Value>, Fault> {
    key.to_values().map_err(|message| Fault::Validation(Box::new(key_error::<M>("representable", message))))
}

fn key_condition<M: Model>(values: &[Value]) -> Expr {
    let table = M::table();
    let parts = table.primary_key.iter().zip(values);
    let mut parts =
        parts.map(|(position, value)| lookup::compare(Expr::column(table, *position), CompareOp::Eq, value.clone()));
    match parts.next() {
        Some(first) => parts.fold(first, Expr::and),
        None => Expr::Constant(false),
    }
}

/// Whether a row has one of these keys.
pub(super) fn key_is_in<M: Model>(keys: Vec<Vec<Value>>) -> Expr {
    let table = M::table();
    match table.primary_key.as_slice() {
        [only] => lookup::in_list(Expr::column(table, *only), keys.into_iter().flatten().collect()),
        several => {
            let columns: Vec<ColumnRef> = several.iter().map(|at| ColumnRef::root(table, *at)).collect();
            lookup::in_keys(&columns, keys)
        }
    }
}

fn no_key<M: Model>() -> Error {
    key_error::<M>("primary_key", "the object has no key yet; insert it first".to_owned()).into()
}

fn no_key_back(table: &TableRef) -> Error {
    Error::query(format!("the database did not give back the key of each inserted {}", table.model))
}

fn key_error<M: Model>(constraint: &str, message: String) -> ValidationError {
    let table = M::table();
    let names: Vec<&str> = table.primary_key.iter().map(|at| table.columns[*at].attribute.as_str()).collect();
    ValidationError::new(&table.model, names.join(", "), constraint, message)
}
