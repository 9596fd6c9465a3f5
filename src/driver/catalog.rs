//! Questions to the catalog, and their answers.

use super::{Decoder, Executor, Query, RowBatch, ToValue};
use crate::dialect::{KeyKind, constraint_name};
use crate::error::{DatabaseError, Error, Result};
use crate::query::{AskCatalog, Statement};
use crate::schema::TableRef;
use crate::types::{SqlType, Value};

pub(crate) mod stored;
pub(crate) mod suspects;

/// A row of texts.
pub(crate) type Texts = Vec<Option<String>>;

/// The answer of the catalog.
pub(crate) async fn ask(executor: &dyn Executor, question: AskCatalog) -> Result<Vec<Texts>> {
    let statement = Statement::AskCatalog(question);
    let sql = executor.shapes().get_or_render(&statement, executor.dialect())?;
    let params = sql.bind_owned(statement)?;
    texts(&executor.fetch_all(Query { sql, params }).await?)
}

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

/// The name of the unique key over columns, where the database tells the columns alone. An index's own name, or that of
/// the constraint; None where it has none, or where the database is not asked.
pub(crate) async fn name_of_unique(executor: &dyn Executor, table: &TableRef, columns: &[String]) -> Option<String> {
    const INDEX: &str = "c";
    let rows = ask(executor, AskCatalog::unique_keys(table)).await.ok()?;
    let mut keys: Vec<(Texts, Vec<String>)> = Vec::new();
    for mut row in rows {
        let column = row.pop().flatten().unwrap_or_default();
        match keys.last_mut() {
            Some((key, names)) if *key == row => names.push(column),
            _ => keys.push((row, vec![column])),
        }
    }
    let is_same = |one: &String, other: &String| one.eq_ignore_ascii_case(other);
    let over = |(_, names): &(Texts, Vec<String>)| {
        names.len() == columns.len() && names.iter().zip(columns).all(|(one, other)| is_same(one, other))
    };
    let (key, names) = keys.into_iter().find(over)?;
    match <[Option<String>; 3]>::try_from(key).ok()? {
        [Some(name), Some(origin), _] if origin == INDEX => Some(name),
        [_, _, definition] => constraint_name(&definition?, KeyKind::Unique, &names),
    }
}

/// Tells that one of several foreign keys was violated, and no more.
pub(crate) fn tell_candidates<'a>(
    reported: &mut DatabaseError,
    candidates: impl IntoIterator<Item = &'a stored::StoredForeignKey>,
) {
    const NOT_TOLD: &str = "; SQLite does not say which of these: ";
    let candidates: Vec<&stored::StoredForeignKey> = candidates.into_iter().collect();
    // Whichever it is, its table is known where all are of one.
    let first = candidates.first().map(|key| &key.table);
    let is_one = candidates.iter().all(|key| Some(&key.table) == first);
    reported.table = first.filter(|_| is_one).cloned();
    // A statement without parameters may have been explained before.
    if !reported.message.contains(NOT_TOLD) {
        let shown: Vec<String> = candidates.iter().map(ToString::to_string).collect();
        reported.message.push_str(NOT_TOLD);
        reported.message.push_str(&shown.join(", "));
    }
}
