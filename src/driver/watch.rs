//! Who hears of the statements that are run: the pool's counter, `tracing`, and observers.
//!
//! A statement that nobody wants to hear of costs a count and two looks at what is wanted; no clock is read for it.

mod event;
mod profile;
mod settings;
mod statement;

pub use event::{Observer, QueryEvent, QueryOutcome};
pub use profile::{Duplicate, QueryProfile};
pub use settings::{LogSettings, log_settings, set_log_settings};
pub(super) use statement::Statement;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::executor::{BulkInsert, Query};
use crate::dialect::{Dialect, Sql};
use crate::types::Value;

/// Where `tracing` finds the statements.
const TARGET: &str = "chakra::query";

/// The name of a pool that was given none.
const UNNAMED: &str = "default";

/// What a pool and its transactions tell of their statements, and whom.
#[derive(Clone)]
pub(super) struct Watcher {
    pool: Arc<Identity>,
    observer: Option<Arc<dyn Observer>>,
    transaction: Option<u64>,
}

/// What the handles of a pool share.
#[derive(Clone)]
struct Identity {
    name: Arc<str>,
    statements: Arc<AtomicU64>,
}

/// What is wanted of a statement that is about to run.
#[derive(Clone, Copy)]
struct Wanted {
    traced: bool,
    slow: Option<Duration>,
}

impl Default for Watcher {
    fn default() -> Self {
        let pool = Arc::new(Identity { name: UNNAMED.into(), statements: Arc::default() });
        Self { pool, observer: None, transaction: None }
    }
}

impl Watcher {
    /// The same statements under another name.
    pub(super) fn named(&self, name: &str) -> Self {
        let pool = Arc::new(Identity { name: name.into(), statements: Arc::clone(&self.pool.statements) });
        Self { pool, ..self.clone() }
    }

    /// The same, heard by an observer, or by none.
    pub(super) fn observed_by(&self, observer: Option<Arc<dyn Observer>>) -> Self {
        Self { observer, ..self.clone() }
    }

    /// The same for a transaction that begins now; a nested one is part of the one around it.
    pub(super) fn in_transaction(&self) -> Self {
        static BEGUN: AtomicU64 = AtomicU64::new(0);
        let number = self.transaction.unwrap_or_else(|| BEGUN.fetch_add(1, Ordering::Relaxed) + 1);
        Self { transaction: Some(number), ..self.clone() }
    }

    /// The same in the transaction of another.
    pub(super) fn in_transaction_of(&self, other: &Self) -> Self {
        Self { transaction: other.transaction, ..self.clone() }
    }

    /// The pool's name.
    pub(super) fn pool(&self) -> &str {
        &self.pool.name
    }

    /// Whether both count the same statements.
    pub(super) fn is_of_the_same_pool(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.pool.statements, &other.pool.statements)
    }

    /// How many statements were counted.
    pub(super) fn counted(&self) -> u64 {
        self.pool.statements.load(Ordering::Relaxed)
    }

    /// Counts a statement, and gives what follows it where somebody wants to hear of it.
    pub(super) fn query(&self, query: &Query) -> Option<Statement> {
        let wanted = self.count()?;
        Some(self.statement(wanted, Arc::clone(&query.sql), || query.params.clone()))
    }

    /// As [`query`](Self::query), for a bulk insert: told as the INSERT of one of its rows.
    pub(super) fn bulk(&self, bulk: &BulkInsert, dialect: Dialect) -> Option<Statement> {
        let wanted = self.count()?;
        let text = bulk.row_text(dialect, &bulk.returning).unwrap_or_else(|error| error.to_string());
        let sql = Arc::new(Sql { text, placeholders: Vec::new() });
        let first = || bulk.rows().next().unwrap_or_default().to_vec();
        Some(self.statement(wanted, sql, first).of_rows(bulk.rows().len()))
    }

    #[inline]
    fn count(&self) -> Option<Wanted> {
        self.pool.statements.fetch_add(1, Ordering::Relaxed);
        let traced = tracing::enabled!(target: TARGET, tracing::Level::DEBUG) && settings::tells_queries();
        let slow = settings::slow_query();
        (traced || slow.is_some() || self.observer.is_some()).then_some(Wanted { traced, slow })
    }

    #[cold]
    fn statement(&self, wanted: Wanted, sql: Arc<Sql>, params: impl FnOnce() -> Vec<Value>) -> Statement {
        let params = settings::tells_params().then(params);
        let event = QueryEvent {
            sql,
            params,
            elapsed: Duration::ZERO,
            outcome: QueryOutcome::Abandoned,
            pool: Arc::clone(&self.pool.name),
            transaction: self.transaction,
        };
        Statement::new(event, wanted, self.observer.clone())
    }
}
