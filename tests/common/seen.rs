//! Values as they were visited, and the few calls of which tests of drivers are made.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chakra::dialect::Sql;
use chakra::driver::{Decoder, Executor, Query, RowBatch, Visitor};
use chakra::types::{SqlType, Value};
use uuid::Uuid;

pub fn query(text: &str, params: Vec<Value>) -> Query {
    Query { sql: Arc::new(Sql { text: text.into(), placeholders: Vec::new() }), params }
}

pub async fn run(executor: &impl Executor, text: &str) -> u64 {
    executor.execute(query(text, Vec::new())).await.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The first value of the first row, by its natural type.
pub async fn scalar(executor: &impl Executor, text: &str, params: Vec<Value>) -> Seen {
    let batch = executor.fetch_all(query(text, params)).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    seen(&batch, 0, 0, None).unwrap_or_else(|found| panic!("{text}: {found}"))
}

/// One value as a declared type.
pub fn seen(batch: &RowBatch, row: usize, column: usize, declared: Option<&SqlType>) -> Result<Seen, String> {
    let decoder = Decoder::new(batch.columns()[column].stored, declared).ok_or("no decoder")?;
    decoder.visit(batch.cell(row, column), See)
}

/// A name that no other test uses.
pub fn name(what: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("t{}_{}_{what}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Decimal(String),
    Text(String),
    Bytes(Vec<u8>),
    DateTime(i64),
    Date(i32),
    Time(i64),
    Interval(i64),
    Uuid(Uuid),
    Json(String),
}

struct See;

impl Visitor for See {
    type Output = Seen;

    fn null(self) -> Seen {
        Seen::Null
    }

    fn boolean(self, value: bool) -> Seen {
        Seen::Boolean(value)
    }

    fn integer(self, value: i64) -> Seen {
        Seen::Integer(value)
    }

    fn float(self, value: f64) -> Seen {
        Seen::Float(value)
    }

    fn decimal(self, value: &str) -> Seen {
        Seen::Decimal(value.into())
    }

    fn text(self, value: &str) -> Seen {
        Seen::Text(value.into())
    }

    fn bytes(self, value: &[u8]) -> Seen {
        Seen::Bytes(value.into())
    }

    fn datetime(self, micros: i64) -> Seen {
        Seen::DateTime(micros)
    }

    fn date(self, days: i32) -> Seen {
        Seen::Date(days)
    }

    fn time(self, micros: i64) -> Seen {
        Seen::Time(micros)
    }

    fn interval(self, micros: i64) -> Seen {
        Seen::Interval(micros)
    }

    fn uuid(self, value: Uuid) -> Seen {
        Seen::Uuid(value)
    }

    fn json(self, text: &str) -> Seen {
        Seen::Json(text.into())
    }
}
