//! What is told of a statement that was run.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::ErrorKind;
use crate::dialect::Sql;
use crate::types::Value;

/// Hears of each statement when it has ended; see [`Pool::observed_by`](crate::Pool::observed_by).
///
/// It is told on the thread where the statement ended, which has other work to do: be short, and run no statements.
pub trait Observer: Send + Sync {
    /// A statement has ended.
    fn ended(&self, event: &QueryEvent);
}

/// A statement that was run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct QueryEvent {
    pub(super) sql: Arc<Sql>,
    pub(super) params: Option<Vec<Value>>,
    pub(super) pool: Arc<str>,
    /// How long it took, from when somebody waited for it; of a stream, the waits for its batches together.
    pub elapsed: Duration,
    /// What became of it.
    pub outcome: QueryOutcome,
    /// The number of the transaction that it ran in, counted from 1 in this process; None outside of one.
    pub transaction: Option<u64>,
}

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryOutcome {
    /// It gave, or concerned, so many rows.
    Rows(u64),
    /// It gave an error.
    Failed(ErrorKind),
    /// Nobody waited for its end: it was cancelled, or a stream was left.
    Abandoned,
}

impl QueryEvent {
    /// The text, with the database's placeholders. Of a bulk insert, the INSERT of one row.
    pub fn text(&self) -> &str {
        &self.sql.text
    }

    /// The values, shortened, if [`query_params`](super::LogSettings::query_params) asks for them. Of a bulk insert, the
    /// first row's.
    pub fn params(&self) -> Option<String> {
        let params = self.params.as_ref()?;
        let mut shown = String::from("[");
        for (number, value) in params.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{}{}", if number == 0 { "" } else { ", " }, value.shown());
        }
        shown.push(']');
        Some(shown)
    }

    /// The name of the pool.
    pub fn pool(&self) -> &str {
        &self.pool
    }

    /// The rows that it gave or concerned; None if it did not come to an end.
    pub fn rows(&self) -> Option<u64> {
        match self.outcome {
            QueryOutcome::Rows(rows) => Some(rows),
            _ => None,
        }
    }
}

impl std::fmt::Display for QueryOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rows(1) => f.write_str("1 row"),
            Self::Rows(rows) => write!(f, "{rows} rows"),
            Self::Failed(kind) => write!(f, "{kind:?}"),
            Self::Abandoned => f.write_str("abandoned"),
        }
    }
}
