//! Questions to the catalog, and their answers.

use super::{Decoder, Executor, Query, RowBatch, ToValue};
use crate::dialect::{KeyKind, constraint_name, lists_values};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
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

/// The columns of a table that a message about a type may mean, by their types in the words of the catalog.
pub(crate) async fn columns_of_told_type(
    executor: &dyn Executor,
    table: &TableRef,
    message: &str,
) -> Result<Vec<String>> {
    let rows = ask(executor, AskCatalog::column_types(table)).await?;
    let told = |row: Texts| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(name), Some(kind)]) if is_told(message, &kind) => Some(name),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(told).collect())
}

/// Whether a message is about a type, in the words of the catalog. Of a numeric it tells precision and scale apart.
fn is_told(message: &str, kind: &str) -> bool {
    if let Some((precision, rest)) =
        message.split_once("with precision ").and_then(|(_, rest)| rest.split_once(", scale "))
    {
        let scale: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return kind == format!("numeric({precision},{scale})");
    }
    message.split_once(kind).is_some_and(|(_, rest)| !rest.starts_with(['(', '[']))
}

/// Makes a violation of the refusal of a value that a column's type does not list: other databases hold such a column to
/// its values by a CHECK.
pub(crate) async fn tell_unlisted(
    executor: &dyn Executor,
    table: &TableRef,
    reported: &mut DatabaseError,
) -> Result<()> {
    const TRUNCATED: &str = "01000";
    let [column] = reported.columns.as_slice() else { return Ok(()) };
    if reported.sqlstate.as_deref() != Some(TRUNCATED) {
        return Ok(());
    }
    let is_it = |row: &Texts| match row.as_slice() {
        [Some(name), Some(kind)] => name == column && lists_values(executor.dialect(), kind),
        _ => false,
    };
    if ask(executor, AskCatalog::column_types(table)).await?.iter().any(is_it) {
        reported.kind = DatabaseErrorKind::CheckViolation;
        reported.table = Some(table.name.clone());
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_in_messages() {
        for (message, kind, told) in [
            ("value too long for type character varying(5)", "character varying(5)", true),
            ("value too long for type character varying(50)", "character varying(5)", false),
            ("integer out of range", "integer", true),
            ("integer out of range", "bigint", false),
            ("numeric field overflow: A field with precision 5, scale 2 must round", "numeric(5,2)", true),
            ("numeric field overflow: A field with precision 5, scale 2 must round", "numeric", false),
        ] {
            assert_eq!(is_told(message, kind), told, "{message} {kind}");
        }
    }
}
