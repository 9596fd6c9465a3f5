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
use crate::driver::raw::may_leave_something;
use crate::driver::transaction::around_was_given_up;
use crate::driver::{BoxFuture, BoxStream, BulkInsert, Caller, Query, RawTransaction, RowBatch, TransactionOptions};
use crate::error::{DatabaseError, DatabaseErrorKind, Result};

pub(super) struct Transaction {
    lane: Arc<Lane>,
    caller: Caller,
    kind: Kind,
}

/// What a lane of its own holds a connection for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// For a caller who has acquired it, outside of any transaction.
    Connection,
    /// For a transaction that is nested in none.
    Outermost,
    /// For a savepoint.
    Savepoint,
}

/// Lends the connection that writes to a caller.
pub(super) fn acquire(writer: Arc<Lane>, caller: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
    begin_by(writer, caller, Kind::Connection, |lease| lease.connection().map(drop))
}

/// Begins a transaction on the writer's lane.
pub(super) fn begin(writer: Arc<Lane>, caller: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
    begin_by(writer, caller, Kind::Outermost, |lease| lease.connection()?.control("BEGIN IMMEDIATE"))
}

/// Begins a transaction that only reads, beside the writer where there are readers.
pub(super) fn begin_reading(readers: Arc<Lane>, caller: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
    begin_by(readers, caller, Kind::Outermost, |lease| lease.connection()?.begin_reading())
}

/// Begins a transaction by what is done on a lane's connection, and takes the connection out of the lane.
fn begin_by(
    lane: Arc<Lane>,
    caller: Caller,
    kind: Kind,
    begin: impl Fn(&mut Lease) -> Result<()> + Send + 'static,
) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
    call(Route { lane, elsewhere: None }, caller, Dropped::Skips, move |lease: &mut Lease| {
        begin(lease)?;
        Ok(Box::new(Transaction { lane: lease.move_to_transaction()?, caller, kind }) as Box<dyn RawTransaction>)
    })
}

impl Transaction {
    fn run<T: Send + 'static>(&self, dropped: Dropped, operation: impl Operation<T>) -> BoxFuture<Result<T>> {
        call(Route { lane: Arc::clone(&self.lane), elsewhere: None }, self.caller, dropped, operation)
    }

    fn end(&self, end: impl Fn(&mut Lease) -> Result<()> + Send + 'static) -> BoxFuture<Result<()>> {
        let is_connection = self.kind == Kind::Connection;
        self.run(Dropped::RunsOn, move |lease| {
            let ended = if is_connection { Ok(()) } else { in_transaction(lease).and_then(|()| end(lease)) };
            // Home before the answer, whatever the answer: what a failed COMMIT left open is rolled back there.
            lease.take().go_home();
            Ok(ended?)
        })
    }

    /// How many transactions are around this one.
    fn depth(&self) -> u32 {
        self.lane.inner_depth() - 1
    }
}

impl RawTransaction for Transaction {
    fn fetch_all(&self, query: Query) -> BoxFuture<Result<RowBatch>> {
        let is_connection = self.kind == Kind::Connection;
        self.run(Dropped::Cancels, move |lease| {
            before(lease, is_connection, &query)?;
            statement::fetch_all(lease.connection()?, &query)
        })
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        let is_connection = self.kind == Kind::Connection;
        self.run(Dropped::Cancels, move |lease| {
            before(lease, is_connection, &query)?;
            statement::execute(lease.connection()?, &query)
        })
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        let before = if self.kind == Kind::Connection { |_: &mut Lease| Ok(()) } else { still_open };
        let guards = Guards { before, after: |_| Ok(()) };
        stream(Arc::clone(&self.lane), None, query, batch_rows, self.caller, guards)
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        let is_connection = self.kind == Kind::Connection;
        self.run(Dropped::Cancels, move |lease| {
            if is_connection && !lease.connection()?.in_transaction() {
                return Ok(bulk::insert_many(lease.connection()?, &bulk)?);
            }
            still_open(lease)?;
            statement::refuse_restricted(lease.connection()?)?;
            Ok(bulk::insert_many_nested(lease.connection()?, &bulk)?)
        })
    }

    fn nest(&self, options: TransactionOptions) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        let depth = self.depth() + 1;
        if self.kind == Kind::Connection {
            return begin_by(Arc::clone(&self.lane), self.caller, Kind::Outermost, move |lease| {
                if options.read_only {
                    lease.connection()?.begin_reading()?;
                } else {
                    lease.connection()?.control("BEGIN IMMEDIATE")?;
                }
                lease.note_savepoints(depth);
                Ok(())
            });
        }
        begin_by(Arc::clone(&self.lane), self.caller, Kind::Savepoint, move |lease| {
            still_open(lease)?;
            lease.connection()?.control(&format!("SAVEPOINT chakra_{depth}"))?;
            lease.note_savepoints(depth);
            Ok(())
        })
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        let (depth, kind) = (self.depth(), self.kind);
        self.end(move |lease| {
            if kind == Kind::Outermost {
                lease.connection()?.control("COMMIT")?;
                lease.note_savepoints(0);
                return Ok(());
            }
            if lease.lane().is_doomed() {
                return Err(around_was_given_up());
            }
            lease.connection()?.control(&format!("RELEASE chakra_{depth}"))?;
            lease.note_savepoints(depth - 1);
            Ok(())
        })
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        // Going home takes back what was not kept.
        self.end(|_| Ok(()))
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.lane.abandon();
    }
}

/// What must hold before a statement.
fn before(lease: &mut Lease, is_connection: bool, query: &Query) -> Result<()> {
    if !is_connection {
        return still_open(lease);
    }
    if may_leave_something(&query.sql.text) {
        lease.spoil();
    }
    Ok(())
}

/// Refuses what would run in a transaction that is no more, or is about to be rolled back with the one around it.
fn still_open(lease: &mut Lease) -> Result<()> {
    if lease.lane().is_doomed() {
        return Err(around_was_given_up());
    }
    in_transaction(lease)
}

/// SQLite ends a transaction by itself when a write in it is interrupted, or the disk is full. What follows must not
/// run outside of it as if nothing had happened.
fn in_transaction(lease: &mut Lease) -> Result<()> {
    if lease.connection()?.in_transaction() {
        return Ok(());
    }
    let message = "SQLite has rolled the transaction back, because a statement in it was cancelled, failed in \
                   operation, or ended it; begin another";
    Err(DatabaseError::new(DatabaseErrorKind::TransactionConflict, message).into())
}
