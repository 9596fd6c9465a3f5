//! Questions to the catalog, and their answers.

use crate::driver::{Decoder, Executor, RowBatch, ToValue};
use crate::engine::prepare;
use crate::error::{Error, Result};
use crate::query::{AskCatalog, Statement};
use crate::types::{SqlType, Value};

/// A row of texts.
pub(super) type Texts = Vec<Option<String>>;

/// The answer of the catalog.
pub(super) async fn ask(executor: &dyn Executor, question: AskCatalog) -> Result<Vec<Texts>> {
    texts(&executor.fetch_all(prepare(executor, Statement::AskCatalog(question))?).await?)
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
