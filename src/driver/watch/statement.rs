//! One statement on its way, from the first wait for it to its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_core::Stream;

use super::{Observer, QueryEvent, QueryOutcome, TARGET, Wanted};
use crate::driver::{BoxFuture, BoxStream, RowBatch};
use crate::error::Result;

/// A statement that somebody wants to hear of. Dropped before its end, it was abandoned.
pub(in crate::driver) struct Statement {
    event: QueryEvent,
    wanted: Wanted,
    observer: Option<Arc<dyn Observer>>,
    /// Since when somebody waits.
    waiting: Option<Instant>,
    state: State,
    rows_of_bulk: Option<u64>,
}

#[derive(PartialEq, Eq)]
enum State {
    /// Nobody has waited for it: it was not run.
    Fresh,
    Running,
    Ended,
}

/// An answer that has a number of rows.
pub(in crate::driver) trait Answer: Send + 'static {
    /// How many it gave or concerned.
    fn rows(&self) -> u64;
}

impl Answer for RowBatch {
    fn rows(&self) -> u64 {
        self.len() as u64
    }
}

impl Answer for u64 {
    fn rows(&self) -> u64 {
        *self
    }
}

impl Statement {
    pub(super) fn new(event: QueryEvent, wanted: Wanted, observer: Option<Arc<dyn Observer>>) -> Self {
        Self { event, wanted, observer, waiting: None, state: State::Fresh, rows_of_bulk: None }
    }

    /// A bulk insert concerns all its rows, whatever comes back.
    pub(super) fn of_rows(mut self, rows: usize) -> Self {
        self.rows_of_bulk = Some(rows as u64);
        self
    }

    /// The answer, with what is told of it.
    pub(in crate::driver) fn follow<T: Answer>(
        statement: Option<Self>,
        answer: BoxFuture<Result<T>>,
    ) -> BoxFuture<Result<T>> {
        let Some(mut statement) = statement else { return answer };
        Box::pin(async move {
            statement.wait();
            let answer = answer.await;
            statement.stop_waiting();
            statement.end(match &answer {
                Ok(answer) => QueryOutcome::Rows(statement.rows_of_bulk.unwrap_or_else(|| answer.rows())),
                Err(error) => QueryOutcome::Failed(error.kind()),
            });
            answer
        })
    }

    /// The batches, with what is told of them all at their end.
    pub(in crate::driver) fn follow_stream(
        statement: Option<Self>,
        batches: BoxStream<Result<RowBatch>>,
    ) -> BoxStream<Result<RowBatch>> {
        match statement {
            Some(statement) => Box::pin(Followed { statement, batches, rows: 0 }),
            None => batches,
        }
    }

    fn wait(&mut self) {
        self.state = State::Running;
        self.waiting.get_or_insert_with(Instant::now);
    }

    fn stop_waiting(&mut self) {
        if let Some(since) = self.waiting.take() {
            self.event.elapsed += since.elapsed();
        }
    }

    fn end(&mut self, outcome: QueryOutcome) {
        if self.state != State::Running {
            return;
        }
        self.state = State::Ended;
        self.event.outcome = outcome;
        self.trace();
        if let Some(observer) = &self.observer {
            observer.ended(&self.event);
        }
    }

    fn trace(&self) {
        let event = &self.event;
        let (elapsed, params) = (event.elapsed.as_secs_f64() * 1e3, event.params());
        if self.wanted.slow.is_some_and(|limit| event.elapsed >= limit) {
            tracing::warn!(
                target: TARGET, sql = event.text(), params, elapsed_ms = elapsed, outcome = %event.outcome,
                pool = event.pool(), transaction = event.transaction, "slow statement"
            );
        } else if self.wanted.traced {
            tracing::debug!(
                target: TARGET, sql = event.text(), params, elapsed_ms = elapsed, outcome = %event.outcome,
                pool = event.pool(), transaction = event.transaction, "statement"
            );
        }
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        self.stop_waiting();
        self.end(QueryOutcome::Abandoned);
    }
}

/// Batches of rows whose waits are added up.
struct Followed {
    statement: Statement,
    batches: BoxStream<Result<RowBatch>>,
    rows: u64,
}

impl Stream for Followed {
    type Item = Result<RowBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.statement.wait();
        let polled = this.batches.as_mut().poll_next(context);
        let Poll::Ready(next) = polled else { return Poll::Pending };
        this.statement.stop_waiting();
        match &next {
            Some(Ok(batch)) => this.rows += batch.rows(),
            Some(Err(error)) => this.statement.end(QueryOutcome::Failed(error.kind())),
            None => this.statement.end(QueryOutcome::Rows(this.rows)),
        }
        Poll::Ready(next)
    }
}
