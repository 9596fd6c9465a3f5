//! Statements written by hand.

use std::sync::Arc;

use super::Rows;
use crate::dialect::{Arity, Sql, bind_names};
use crate::driver::{BoxStream, Decoder, Executor, Query, RowBatch, Visitor};
use crate::error::{DecodeError, Error, Result};
use crate::schema::{Column, Table, TableRef};
use crate::types::{Kind, SqlType, Value};

/// A statement and its parameters by name. One of several values is a list in parentheses.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The text, with `:name` for each parameter.
    pub sql: String,
    /// The parameters.
    pub params: Vec<(String, RawParam)>,
}

/// What stands for a name.
#[derive(Debug, Clone)]
pub enum RawParam {
    /// One value.
    One(Value),
    /// Several, for `IN`.
    List(Vec<Value>),
}

impl Raw {
    /// The statement as the executor's database takes it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`](crate::ErrorKind::Query) where names and parameters do not meet.
    pub fn query(&self, executor: &dyn Executor) -> Result<Query> {
        let arity = |param: &RawParam| match param {
            RawParam::One(_) => Arity::One,
            RawParam::List(values) => Arity::List(values.len()),
        };
        let given: Vec<(&str, Arity)> = self.params.iter().map(|(name, param)| (name.as_str(), arity(param))).collect();
        let bound = bind_names(&self.sql, executor.dialect(), &given)?;
        let value = |(param, at): &(usize, usize)| match &self.params[*param].1 {
            RawParam::One(value) => value.clone(),
            RawParam::List(values) => values[*at].clone(),
        };
        let params = bound.order.iter().map(value).collect();
        Ok(Query { sql: Arc::new(Sql { text: bound.text, placeholders: Vec::new() }), params })
    }

    /// Runs it and gives its rows.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query); what the database reports.
    pub async fn fetch(&self, executor: &dyn Executor) -> Result<RawRows> {
        RawRows::new(executor.fetch_all(self.query(executor)?).await?)
    }

    /// Runs it and gives its rows in batches.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    pub fn stream(&self, executor: &dyn Executor, batch_rows: usize) -> Result<BoxStream<Result<RawRows>>> {
        use futures_util::StreamExt as _;
        let batches = executor.fetch(self.query(executor)?, batch_rows);
        Ok(batches.map(|batch| RawRows::new(batch?)).boxed())
    }

    /// Runs it and gives the number of rows that it concerned.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query); what the database reports.
    pub async fn execute(&self, executor: &dyn Executor) -> Result<u64> {
        executor.execute(self.query(executor)?).await
    }
}

/// A value as a parameter that no column declares: text and NULL are of the type of the place where they stand.
///
/// # Errors
///
/// What is wrong with a value that not every database takes.
pub fn untyped(value: Value) -> Result<Value, String> {
    match value {
        Value::Text(text) if text.contains('\0') => {
            Err("has a NUL character, which texts of databases have not".to_owned())
        }
        Value::Text(text) => Ok(Value::Untyped(text)),
        Value::Null(_) => Ok(Value::Null(Kind::Untyped)),
        value => Ok(value),
    }
}

/// Rows that no model declares: each value is read as what the database says it is.
#[derive(Debug)]
pub struct RawRows {
    batch: RowBatch,
    decoders: Vec<Decoder>,
}

impl RawRows {
    fn new(batch: RowBatch) -> Result<Self> {
        let decoder = |column: &crate::driver::BatchColumn| {
            Decoder::new(column.stored, None).ok_or_else(|| undecodable(&column.name, column.stored.to_string()))
        };
        let decoders = batch.columns().iter().map(decoder).collect::<Result<_>>()?;
        Ok(Self { batch, decoders })
    }

    /// The columns' names.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.batch.columns().iter().map(|column| column.name.as_str())
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.batch.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Hands one value to a visitor.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for a value that cannot be given exactly.
    pub fn visit<V: Visitor>(&self, row: usize, column: usize, visitor: V) -> Result<V::Output> {
        let cell = self.batch.cell(row, column);
        self.decoders[column]
            .visit(cell, visitor)
            .map_err(|found| undecodable(&self.batch.columns()[column].name, found))
    }

    /// The rows as those of a table, all of whose columns they must have, in any order, and no others.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`](crate::ErrorKind::Query) naming the columns that are missing or too many.
    pub fn of_table(self, table: &TableRef) -> Result<Rows> {
        let position = |name: &str| table.columns.iter().position(|column| column.name == name);
        let mut positions = Vec::with_capacity(table.columns.len());
        for name in self.names() {
            match position(name) {
                Some(at) if !positions.contains(&at) => positions.push(at),
                Some(_) => return Err(misfit(table, &format!("has {name} twice"))),
                None => return Err(misfit(table, &format!("has {name}, which is no column of {}", table.name))),
            }
        }
        let missing = (0..table.columns.len()).filter(|at| !positions.contains(at));
        let missing: Vec<&str> = missing.map(|at| table.columns[at].name.as_str()).collect();
        // Behind a pooler a statement that gives no row does not tell its columns.
        let tells_nothing = self.is_empty() && positions.is_empty();
        if missing.is_empty() || tells_nothing {
            return Rows::new(self.batch, table.clone(), positions);
        }
        Err(misfit(table, &format!("lacks {}", missing.join(", "))))
    }

    /// The rows as values of these types, by position, each with whether it may be NULL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`](crate::ErrorKind::Query) where their number is another than that of the columns; [`DecodeError`] where
    /// a column can never be read as its type.
    pub fn of_types(self, types: &[(SqlType, bool)]) -> Result<Rows> {
        let names: Vec<String> = self.names().map(str::to_owned).collect();
        if names.len() != types.len() {
            return Err(Error::query(format!(
                "the statement's result has {} columns ({}), and {} values of each row are asked for",
                names.len(),
                names.join(", "),
                types.len()
            )));
        }
        let columns = names.into_iter().zip(types).map(|(name, (sql_type, nullable))| {
            let column = Column::new(name, sql_type.clone());
            if *nullable { column.nullable() } else { column }
        });
        let table = TableRef::new(Table::described("row", "", columns.collect()));
        Rows::new(self.batch, table, (0..types.len()).collect())
    }
}

fn misfit(table: &TableRef, what: &str) -> Error {
    let model = &table.model;
    Error::query(format!(
        "the statement's result {what}; objects of {model} are made of all its columns: select {}.*, or leave the model out \
         and take rows",
        table.name
    ))
}

fn undecodable(column: &str, found: String) -> Error {
    let expected = "a value of any type".to_owned();
    DecodeError { table: String::new(), column: column.to_owned(), expected, found }.into()
}
