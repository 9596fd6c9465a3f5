//! One object at a time, and many at once: insert, update, delete, refresh.

use super::Model;
use super::key::Key;
use super::validation::{Faults, checked_record};
use super::value::{Row, read_all};
use crate::driver::{BulkInsert, Executor};
use crate::engine::{self, Record};
use crate::error::{Error, Result, ValidationError};
use crate::query::{Assignment, Expr, Select, expr::CompareOp, lookup};
use crate::schema::TableRef;
use crate::types::Value;

pub(super) async fn get<M: Model>(key: M::Key, executor: &dyn Executor) -> Result<Option<M>> {
    let select = Select::from(M::table()).filter(key_condition::<M>(&key_values::<M>(&key)?));
    Ok(read_all(&engine::fetch(executor, select).await?, |row| M::from_row(row))?.pop())
}

pub(super) async fn insert<M: Model>(model: &mut M, executor: &dyn Executor) -> Result<()> {
    let table = M::table();
    let generated = generated_column(model);
    let record = checked_record(model, generated)?;
    let rows = engine::insert(executor, table, record, generated.into_iter().collect()).await?;
    match generated {
        Some(_) if rows.is_empty() => Err(no_key_back(table)),
        Some(_) => model.set_key(Row::new(&rows, 0)),
        None => Ok(()),
    }
}

pub(super) async fn bulk_insert<M: Model>(models: &mut [M], executor: &dyn Executor) -> Result<u64> {
    let Some(first) = models.first() else { return Ok(0) };
    let table = M::table();
    let generated = generated_column(first);
    if models.iter().any(|model| generated_column(model) != generated) {
        return Err(Error::query(format!(
            "bulk_insert of {} got objects with and without a key; insert the two kinds in two calls",
            table.model
        )));
    }
    let columns: Vec<usize> = (0..table.columns.len()).filter(|position| Some(*position) != generated).collect();
    let mut values = Vec::with_capacity(models.len() * columns.len());
    for model in &*models {
        values.extend(checked_record(model, generated)?.into_iter().map(|(_, value)| value));
    }
    let bulk = BulkInsert { table: table.clone(), columns, values, returning: generated.into_iter().collect() };
    let rows = engine::insert_many(executor, bulk).await?;
    if generated.is_some() {
        if rows.len() != models.len() {
            return Err(no_key_back(table));
        }
        for (row, model) in models.iter_mut().enumerate() {
            model.set_key(Row::new(&rows, row))?;
        }
    }
    Ok(models.len() as u64)
}

pub(super) async fn update<M: Model>(model: &M, executor: &dyn Executor) -> Result<()> {
    let key = own_key(model)?;
    let mut written = checked_record(model, None)?;
    let mut faults = Faults::default();
    for (position, value) in M::on_update()? {
        if let Some(value) = faults.check::<M>(position, value)? {
            written[position].1 = value;
        }
    }
    write::<M>(&key, faults.finish(written)?, executor).await
}

/// Writes what is not key to the row of a key.
async fn write<M: Model>(key: &[Value], written: Record, executor: &dyn Executor) -> Result<()> {
    let table = M::table();
    let assignments: Vec<Assignment> = written
        .into_iter()
        .filter(|(column, _)| !table.primary_key.contains(column))
        .map(|(column, value)| Assignment { column, value: Expr::value(value) })
        .collect();
    let filter = key_condition::<M>(key);
    let found = if assignments.is_empty() {
        // All columns are key: there is nothing to change, but the promise to notice a missing row stands.
        u64::from(engine::exists(executor, Select::from(table).filter(filter)).await?)
    } else {
        engine::update(executor, table, assignments, Some(filter)).await?
    };
    if found == 0 { Err(Error::StaleObject { model: table.model.clone(), key: readable(key) }) } else { Ok(()) }
}

pub(super) async fn save<M: Model>(model: &mut M, executor: &dyn Executor) -> Result<()> {
    if model.key().is_none() {
        return insert(model, executor).await;
    }
    model.apply_on_update();
    let key = own_key(model)?;
    write::<M>(&key, checked_record(model, None)?, executor).await
}

pub(super) async fn delete<M: Model>(model: &M, executor: &dyn Executor) -> Result<u64> {
    let key = own_key(model)?;
    engine::delete(executor, M::table(), Some(key_condition::<M>(&key))).await
}

pub(super) async fn refresh<M: Model>(model: &mut M, executor: &dyn Executor) -> Result<()> {
    let key = model.key().ok_or_else(no_key::<M>)?;
    *model = get::<M>(key, executor).await?.ok_or_else(|| Error::NotFound { model: M::table().model.clone() })?;
    Ok(())
}

/// The column whose value the database supplies for this object: that of a key that is not set.
fn generated_column<M: Model>(model: &M) -> Option<usize> {
    M::table().auto_increment().filter(|_| model.key().is_none())
}

fn own_key<M: Model>(model: &M) -> Result<Vec<Value>> {
    key_values::<M>(&model.key().ok_or_else(no_key::<M>)?)
}

fn key_values<M: Model>(key: &M::Key) -> Result<Vec<Value>> {
    key.to_values().map_err(|message| key_error::<M>("representable", message))
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

fn no_key<M: Model>() -> Error {
    key_error::<M>("primary_key", "the object has no key yet; insert it first".to_owned())
}

fn no_key_back(table: &TableRef) -> Error {
    Error::query(format!("the database did not give back the key of each inserted {}", table.model))
}

fn key_error<M: Model>(constraint: &str, message: String) -> Error {
    let table = M::table();
    let names: Vec<&str> = table.primary_key.iter().map(|at| table.columns[*at].attribute.as_str()).collect();
    ValidationError::new(&table.model, names.join(", "), constraint, message).into()
}

/// A key for a message.
fn readable(key: &[Value]) -> String {
    let parts: Vec<String> = key.iter().map(Value::shown).collect();
    if parts.len() == 1 { parts.concat() } else { format!("({})", parts.join(", ")) }
}
