//! Which foreign key was violated, where the database does not say.
//!
//! Table, columns and constraint of such an error are those of the foreign key: of the table that refers. PostgreSQL gives
//! the columns referred to when a row is still referred to; SQLite gives nothing at all. Both are asked afterwards, on the
//! way of the error only. What cannot be known for certain is not guessed: then the message names the candidates.

mod stored;

use stored::StoredForeignKey;

use super::context::Attempt;
use super::prepare;
use crate::driver::{Decoder, Executor, RowBatch, ToValue};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::query::expr::CompareOp;
use crate::query::{AskCatalog, Expr, Projection, Select, Statement, lookup};
use crate::schema::{Column, Table, TableRef};
use crate::types::{SqlType, Value};

/// What a statement wrote: columns by position, with their values where they are known and may be needed.
#[derive(Debug, Default)]
pub(super) struct Written {
    columns: Vec<usize>,
    values: Vec<(usize, Value)>,
}

impl Written {
    /// Notes what is about to be written, where it could tell foreign keys apart afterwards.
    pub(super) fn note<'a>(
        executor: &dyn Executor,
        attempt: Attempt,
        table: &Table,
        columns: impl Iterator<Item = (usize, Option<&'a Value>)>,
    ) -> Self {
        let mut written = Self::default();
        let several = table.foreign_keys.len() > 1;
        if executor.capabilities().names_foreign_keys || (matches!(attempt, Attempt::Insert) && !several) {
            return written;
        }
        for (column, value) in columns {
            written.columns.push(column);
            if let Some(value) = value.filter(|_| several) {
                written.values.push((column, value.clone()));
            }
        }
        written
    }
}

/// The error of a write, with what was attempted, and with the foreign key that was violated.
pub(super) async fn explain(
    executor: &dyn Executor,
    attempt: Attempt,
    table: &TableRef,
    written: &Written,
    error: Error,
) -> Error {
    match attempt.explain(table, error) {
        Error::Database(mut reported) if reported.kind == DatabaseErrorKind::ForeignKeyViolation => {
            // The first error counts: that the database does not answer now, as in a transaction that failed, is none.
            let _ = complete(executor, attempt, table, written, &mut reported).await;
            Error::Database(reported)
        }
        error => error,
    }
}

async fn complete(
    executor: &dyn Executor,
    attempt: Attempt,
    table: &TableRef,
    written: &Written,
    reported: &mut DatabaseError,
) -> Result<()> {
    if executor.capabilities().names_foreign_keys {
        return columns_of_reported(executor, attempt, table, reported).await;
    }
    let stored = stored::from_rows(ask(executor, AskCatalog::all_foreign_keys(table)).await?);
    let mut candidates = candidates(&stored, attempt, table, written);
    if candidates.len() > 1 {
        candidates = without_parent(executor, table, written, candidates).await?;
    }
    match candidates.as_slice() {
        [] => {}
        [only] => {
            reported.table = Some(only.table.clone());
            reported.columns.clone_from(&only.columns);
            reported.constraint.clone_from(&only.name);
        }
        several => {
            reported.table = None;
            let shown: Vec<String> = several.iter().map(ToString::to_string).collect();
            reported.message.push_str("; SQLite does not say which of these: ");
            reported.message.push_str(&shown.join(", "));
        }
    }
    Ok(())
}

/// The columns of the constraint that is reported, where those reported are of the table referred to.
async fn columns_of_reported(
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
    // MySQL says it all in the first place, and has no answer to this.
    let question = prepare(executor, Statement::AskCatalog(AskCatalog::foreign_key_columns(table, &name, &of)))?;
    reported.columns.clear();
    let rows = texts(&executor.fetch_all(question).await?)?;
    let one_schema = rows.iter().all(|row| row[1] == rows[0][1]);
    if one_schema {
        reported.columns = rows.into_iter().filter_map(|mut row| row.swap_remove(0)).collect();
    }
    Ok(())
}

/// The foreign keys that a statement can have violated.
fn candidates<'a>(
    stored: &'a [StoredForeignKey],
    attempt: Attempt,
    table: &Table,
    written: &Written,
) -> Vec<&'a StoredForeignKey> {
    let names: Vec<&str> = table.names(&written.columns);
    let touches =
        |columns: &[String]| columns.iter().any(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column)));
    let own = |key: &&StoredForeignKey| {
        is_same(&key.table, &table.name) && (matches!(attempt, Attempt::Insert) || touches(&key.columns))
    };
    let mut found: Vec<&StoredForeignKey> = Vec::new();
    if !matches!(attempt, Attempt::Delete) {
        found.extend(stored.iter().filter(own));
    }
    if matches!(attempt, Attempt::Insert) {
        return found;
    }
    let deletes = matches!(attempt, Attempt::Delete);
    let mut reached = vec![table.name.as_str()];
    let mut next = 0;
    while let Some(parent) = reached.get(next).copied() {
        for key in stored.iter().filter(|key| is_same(&key.target, parent)) {
            // Only a change of the columns referred to concerns those who refer; which those are may be left open.
            let concerned = deletes || next > 0 || key.target_columns.is_empty() || touches(&key.target_columns);
            if !concerned {
                continue;
            }
            let action = if deletes { &key.on_delete } else { &key.on_update };
            match action.as_str() {
                "SET NULL" => {}
                "CASCADE" if reached.iter().any(|known| is_same(known, &key.table)) => {}
                "CASCADE" => reached.push(&key.table),
                _ if found.contains(&key) => {}
                _ => found.push(key),
            }
        }
        next += 1;
    }
    found
}

/// SQLite's names differ by more than the case of ASCII letters.
fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Of the table's own foreign keys those whose row referred to is not there, as far as the values are known. Were it not
/// for one of them, the statement would not have failed.
async fn without_parent<'a>(
    executor: &dyn Executor,
    table: &TableRef,
    written: &Written,
    candidates: Vec<&'a StoredForeignKey>,
) -> Result<Vec<&'a StoredForeignKey>> {
    let mut left = Vec::with_capacity(candidates.len());
    for key in &candidates {
        let values = key.columns.iter().map(|name| {
            let is_it = |at: &usize| is_same(&table.columns[*at].name, name);
            written.values.iter().find(|(at, _)| is_it(at)).map(|(at, value)| (*at, value))
        });
        let Some(values) = values.collect::<Option<Vec<(usize, &Value)>>>() else { return Ok(candidates) };
        let unknown = !is_same(&key.table, &table.name) || key.target_columns.len() != values.len();
        if unknown || (is_same(&key.target, &table.name) && refers_to_itself(table, written, key, &values)) {
            return Ok(candidates);
        }
        let has_null = values.iter().any(|(_, value)| value.is_null());
        if !has_null && !parent_exists(executor, table, key, &values).await? {
            left.push(*key);
        }
    }
    Ok(if left.is_empty() { candidates } else { left })
}

/// Whether the row may refer to itself.
fn refers_to_itself(table: &Table, written: &Written, key: &StoredForeignKey, values: &[(usize, &Value)]) -> bool {
    key.target_columns.iter().zip(values).all(|(name, (_, value))| {
        let own = written.values.iter().find(|(at, _)| is_same(&table.columns[*at].name, name));
        own.is_none_or(|(_, own)| own == *value)
    })
}

async fn parent_exists(
    executor: &dyn Executor,
    table: &TableRef,
    key: &StoredForeignKey,
    values: &[(usize, &Value)],
) -> Result<bool> {
    let column = |(name, (at, _)): (&String, &(usize, &Value))| Column::new(name, table.columns[*at].sql_type.clone());
    let columns = key.target_columns.iter().zip(values).map(column).collect();
    let parent = TableRef::new(Table::described(&key.target, &key.target, columns));
    let equal = values
        .iter()
        .enumerate()
        .map(|(at, (_, value))| lookup::compare(Expr::column(&parent, at), CompareOp::Eq, (*value).clone()));
    let mut select = Select::from(&parent).filter(Expr::And(equal.collect()));
    select.projection = Projection::Exists;
    Ok(!executor.fetch_all(prepare(executor, Statement::Select(select))?).await?.is_empty())
}

/// The answer of the catalog.
async fn ask(executor: &dyn Executor, question: AskCatalog) -> Result<Vec<Texts>> {
    texts(&executor.fetch_all(prepare(executor, Statement::AskCatalog(question))?).await?)
}

/// A row of texts.
type Texts = Vec<Option<String>>;

fn texts(batch: &RowBatch) -> Result<Vec<Texts>> {
    (0..batch.len()).map(|row| (0..batch.columns().len()).map(|column| text(batch, row, column)).collect()).collect()
}

fn text(batch: &RowBatch, row: usize, column: usize) -> Result<Option<String>> {
    let decoder = Decoder::new(batch.columns()[column].stored, Some(&SqlType::Text));
    let value =
        decoder.map(|decoder| decoder.visit(batch.cell(row, column), ToValue)).transpose().map_err(Error::query)?;
    Ok(match value.flatten() {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    })
}
