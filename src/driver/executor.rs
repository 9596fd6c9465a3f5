//! What pool and transaction have in common: they run statements.

use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;

use super::{RowBatch, Transaction};
use crate::dialect::{Capabilities, Dialect, ShapeCache, Sql, render};
use crate::error::Result;
use crate::query::{Insert, Param};
use crate::schema::TableRef;
use crate::types::Value;

/// A boxed future that owns what it needs.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// A boxed stream that owns what it needs.
pub type BoxStream<T> = Pin<Box<dyn Stream<Item = T> + Send + 'static>>;

/// Text and values of one statement, ready to run.
#[derive(Debug, Clone)]
pub struct Query {
    /// The rendered text.
    pub sql: Arc<Sql>,
    /// The values in order of the placeholders, transforms applied.
    pub params: Vec<Value>,
}

impl Query {
    /// Whether it is a plain SELECT without row locks. One that calls a function of the user's that writes looks the same:
    /// such a statement may run twice, if the server died between its end and its answer.
    pub fn only_reads(&self) -> bool {
        let mut words = self.sql.text.split_ascii_whitespace();
        let is = |word: &str, keyword: &str| word.eq_ignore_ascii_case(keyword);
        words.next().is_some_and(|word| is(word, "select")) && !words.any(|word| is(word, "for") || is(word, "into"))
    }
}

/// Many rows for one table, by the database's fastest safe path.
#[derive(Debug, Clone)]
pub struct BulkInsert {
    /// Into which table.
    pub table: TableRef,
    /// The columns given, by position. None: one row of defaults, where the database has no RETURNING.
    pub columns: Vec<usize>,
    /// The values, row after row.
    pub values: Vec<Value>,
    /// The columns to give back for each row, in the order of the rows (generated keys).
    pub returning: Vec<usize>,
}

impl BulkInsert {
    /// The rows, each as long as `columns`.
    pub fn rows(&self) -> std::slice::Chunks<'_, Value> {
        self.values.chunks(self.columns.len().max(1))
    }

    /// The INSERT of one of the rows, which gives back these columns.
    pub(super) fn row_text(&self, dialect: Dialect, returning: &[usize]) -> Result<String> {
        let values = self.rows().next().unwrap_or_default().iter().cloned().map(Param).collect();
        let (table, columns) = (self.table.clone(), self.columns.clone());
        let insert = Insert { table, columns, values, returning: returning.to_vec() };
        Ok(render(&crate::query::Statement::Insert(insert), dialect)?.text)
    }
}

/// Something that runs statements: a pool (each statement its own transaction) or a transaction.
pub trait Executor: Send + Sync {
    /// The database's dialect.
    fn dialect(&self) -> Dialect;

    /// What the server at hand can do.
    fn capabilities(&self) -> Capabilities {
        self.dialect().capabilities()
    }

    /// The rendered texts kept for this database.
    fn shapes(&self) -> &ShapeCache;

    /// Runs a statement and gives all its rows.
    fn fetch_all(&self, query: Query) -> BoxFuture<Result<RowBatch>>;

    /// Runs a statement and gives the number of rows it concerned (matched rather than changed).
    fn execute(&self, query: Query) -> BoxFuture<Result<u64>>;

    /// Runs a statement and gives its rows in batches of at most `batch_rows`, in constant memory.
    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>>;

    /// Adds many rows, all or none; gives the columns asked back, one row for each.
    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>>;

    /// Whether what runs is part of a transaction that is open already.
    fn in_transaction(&self) -> bool {
        false
    }

    /// Begins a transaction: on a connection of its own, or nested where one is open already.
    fn begin_own(&self) -> BoxFuture<Result<Transaction>>;
}
