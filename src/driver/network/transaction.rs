//! A transaction on a leased connection.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::backend::{Commit, Execute, FetchAll, InsertMany, Rollback, Stream, report, stream_from};
use super::cursor::stream_by_cursor;
use super::lease::Call;
use super::nesting::Level;
use super::{Connector, DRAIN, Outlet, Step, run_to_end};
use crate::driver::{BoxFuture, BoxStream, BulkInsert, Query, RawTransaction, RowBatch, TransactionOptions};
use crate::error::Result;

/// A transaction. Its statements queue for the connection, which is gone once the transaction has ended, or
/// one of its statements was cancelled (the server's part then ends by closing the connection).
pub(super) struct NetworkTransaction<C: Connector> {
    level: Level<C>,
    runtime: Handle,
    statement_timeout: Option<Duration>,
}

impl<C: Connector> NetworkTransaction<C> {
    pub(super) fn new(level: Level<C>, runtime: Handle, statement_timeout: Option<Duration>) -> Self {
        Self { level, runtime, statement_timeout }
    }

    fn call<K: Call<C::Connection> + 'static>(&self, call: K) -> BoxFuture<Result<K::Output>> {
        let level = self.level.clone();
        Box::pin(async move { level.run(&call).await })
    }
}

impl<C: Connector> RawTransaction for NetworkTransaction<C> {
    fn fetch_all(&self, query: Query) -> BoxFuture<Result<RowBatch>> {
        self.level.note(&query);
        self.call(FetchAll(query))
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        self.level.note(&query);
        self.call(Execute(query))
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        let (level, limit) = (self.level.clone(), self.statement_timeout);
        self.level.note(&query);
        if !self.level.is_in_transaction() {
            return stream_through(&level, query, batch_rows, limit);
        }
        let own = level.clone();
        let whole = move |query| stream_through(&own, query, batch_rows, limit);
        stream_by_cursor(level, query, batch_rows, limit, whole)
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        self.call(InsertMany(bulk))
    }

    fn nest(&self, options: TransactionOptions) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        let (level, runtime, limit) = (self.level.clone(), self.runtime.clone(), self.statement_timeout);
        Box::pin(async move {
            let nested = Self::new(level.nest(options).await?, runtime, limit);
            Ok(Box::new(nested) as Box<dyn RawTransaction>)
        })
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        run_to_end(self.runtime.clone(), self.level.clone().end(Commit, Step::Release))
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        run_to_end(self.runtime.clone(), self.level.clone().end(Rollback, Step::Undo))
    }
}

impl<C: Connector> Drop for NetworkTransaction<C> {
    fn drop(&mut self) {
        self.level.leave();
    }
}

/// A stream whose statement holds the connection until its last row.
fn stream_through<C: Connector>(
    level: &Level<C>,
    query: Query,
    batch_rows: usize,
    limit: Option<Duration>,
) -> BoxStream<Result<RowBatch>> {
    let (level, runtime) = (level.clone(), level.runtime().clone());
    stream_from(&level.runtime().clone(), move |reader| async move {
        let (outlet, inlet) = mpsc::channel(1);
        let mut relaying = runtime.spawn(relay(inlet, reader.clone(), level.clone()));
        let call = Stream { query, batch_rows, outlet, limit };
        let result = tokio::select! {
            biased;
            result = level.run(&call) => result,
            // Before the call is over it ends only where it has given up: then the call is, too.
            _ = &mut relaying => return,
        };
        drop(call); // and the relay comes to its end
        let _ = relaying.await;
        report(result, &reader).await;
    })
}

/// Hands on the batches of a stream inside a transaction. As soon as somebody else wants the connection (a statement in
/// the loop over the stream does) what is left is read into memory. Where nobody reads any more, or all is to be rolled
/// back, it is read and forgotten for a while, because a statement that is given up takes the transaction with it; and
/// then given up.
async fn relay<C: Connector>(mut inlet: mpsc::Receiver<Result<RowBatch>>, reader: Outlet, level: Level<C>) {
    let mut kept = VecDeque::new();
    // Not before the first batch: until then it is the stream itself that waits in line.
    let (mut begun, mut wanted) = (false, false);
    let mut open = true;
    while open || !kept.is_empty() {
        tokio::select! {
            biased;
            () = reader.closed() => break,
            () = level.is_given_up() => break,
            permit = reader.reserve(), if !kept.is_empty() => match (permit, kept.pop_front()) {
                (Ok(permit), Some(batch)) => permit.send(batch),
                _ => break,
            },
            batch = inlet.recv(), if open && (wanted || kept.is_empty()) => match batch {
                Some(batch) => {
                    begun = true;
                    kept.push_back(batch);
                }
                None => open = false,
            },
            () = level.is_wanted(), if open && begun && !wanted => wanted = true,
        }
    }
    let _ = tokio::time::timeout(DRAIN, async { while inlet.recv().await.is_some() {} }).await;
}
