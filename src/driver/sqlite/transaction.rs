//! A transaction: the writer's connection for as long as it lasts, its statements in a lane of their own.
//!
//! It begins IMMEDIATE: a transaction that begins by reading and wants to write later can find that someone else
//! wrote meanwhile, and then only fail.

use std::sync::Arc;

use super::bulk;
use super::call::{Dropped, Operation, Route, call};
use super::lane::Lane;
use super::slot::Lease;
use super::statement;
use super::stream::{Guards, stream};
use crate::driver::{BoxFuture, BoxStream, BulkInsert, Caller, Query, RawTransaction, RowBatch};
use crate::error::{DatabaseError, DatabaseErrorKind, Result};

pub(super) struct Transaction {
    lane: Arc<Lane>,
    caller: Caller,
}

/// Begins a transaction on the writer's lane.
pub(super) fn begin(writer: Arc<Lane>, caller: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
    let route = Route { lane: writer, elsewhere: None };
    call(route, caller, Dropped::Skips, move |lease: &mut Lease| {
        lease.connection()?.control("BEGIN IMMEDIATE")?;
        Ok(Box::new(Transaction { lane: lease.move_to_transaction()?, caller }) as Box<dyn RawTransaction>)
    })
}

impl Transaction {
    fn run<T: Send + 'static>(&self, dropped: Dropped, operation: impl Operation<T>) -> BoxFuture<Result<T>> {
        call(Route { lane: Arc::clone(&self.lane), elsewhere: None }, self.caller, dropped, operation)
    }

    fn end(&self, sql: &'static str) -> BoxFuture<Result<()>> {
        self.run(Dropped::RunsOn, move |lease| {
            let ended = still_open(lease).and_then(|()| lease.connection()?.control(sql));
            // Home before the answer, whatever the answer: what a failed COMMIT left open is rolled back there.
            lease.take().go_home();
            Ok(ended?)
        })
    }
}

impl RawTransaction for Transaction {
    fn fetch_all(&self, query: Query) -> BoxFuture<Result<RowBatch>> {
        self.run(Dropped::Cancels, move |lease| {
            still_open(lease)?;
            statement::fetch_all(lease.connection()?, &query)
        })
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        self.run(Dropped::Cancels, move |lease| {
            still_open(lease)?;
            statement::execute(lease.connection()?, &query)
        })
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        let guards = Guards { before: still_open, after: |_| Ok(()) };
        stream(Arc::clone(&self.lane), None, query, batch_rows, self.caller, guards)
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        self.run(Dropped::Cancels, move |lease| {
            still_open(lease)?;
            Ok(bulk::insert_many_nested(lease.connection()?, &bulk)?)
        })
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        self.end("COMMIT")
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        self.end("ROLLBACK")
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.lane.abandon();
    }
}

/// SQLite ends a transaction by itself when a write in it is interrupted, or the disk is full. What follows must not
/// run outside of it as if nothing had happened.
fn still_open(lease: &mut Lease) -> Result<()> {
    if lease.connection()?.in_transaction() {
        return Ok(());
    }
    let message = "SQLite has rolled the transaction back, because a statement in it was cancelled, failed in \
                   operation, or ended it; begin another";
    Err(DatabaseError::new(DatabaseErrorKind::TransactionConflict, message).into())
}
