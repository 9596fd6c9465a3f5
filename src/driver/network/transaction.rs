//! A transaction on a leased connection.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::backend::{Commit, Execute, FetchAll, InsertMany, Rollback, Stream, report, stream_from};
use super::lease::{Call, Lease, State};
use super::{Connector, run_to_end};
use crate::driver::{BoxFuture, BoxStream, BulkInsert, Query, RawTransaction, RowBatch};
use crate::error::{Error, Result};

/// A transaction. Its statements queue for the lease, which is gone once the transaction has ended, or
/// one of its statements was cancelled (the server's part then ends by closing the connection).
pub(super) struct NetworkTransaction<C: Connector> {
    lease: Arc<Mutex<Option<Lease<C>>>>,
    runtime: Handle,
}

/// A statement's turn. Dropped while the statement is under way, it takes the lease down with it.
struct Turn<C: Connector>(OwnedMutexGuard<Option<Lease<C>>>);

impl<C: Connector> Turn<C> {
    async fn wait(lease: Arc<Mutex<Option<Lease<C>>>>) -> Self {
        Self(lease.lock_owned().await)
    }

    async fn run<K: Call<C::Connection>>(&mut self, call: &K) -> Result<K::Output> {
        let lease = self.0.as_mut().ok_or_else(ended)?;
        lease.run(call, State::InTransaction).await
    }
}

impl<C: Connector> Drop for Turn<C> {
    fn drop(&mut self) {
        if self.0.as_ref().is_some_and(|lease| !lease.is_ready()) {
            *self.0 = None;
        }
    }
}

fn ended() -> Error {
    Error::session(
        "the transaction has ended: it was committed or rolled back, or one of its statements was cancelled; begin another",
    )
}

impl<C: Connector> NetworkTransaction<C> {
    pub(super) fn new(lease: Lease<C>, runtime: Handle) -> Self {
        Self { lease: Arc::new(Mutex::new(Some(lease))), runtime }
    }

    fn call<K: Call<C::Connection> + 'static>(&self, call: K) -> BoxFuture<Result<K::Output>> {
        let lease = Arc::clone(&self.lease);
        Box::pin(async move { Turn::wait(lease).await.run(&call).await })
    }

    /// The last call: afterwards the connection is the pool's again.
    fn end<K: Call<C::Connection> + 'static>(&self, call: K) -> BoxFuture<Result<K::Output>> {
        let shared = Arc::clone(&self.lease);
        run_to_end(self.runtime.clone(), async move {
            let lease = shared.lock_owned().await.take();
            lease.ok_or_else(ended)?.run(&call, State::Idle).await
        })
    }
}

impl<C: Connector> RawTransaction for NetworkTransaction<C> {
    fn fetch_all(&self, query: Query) -> BoxFuture<Result<RowBatch>> {
        self.call(FetchAll(query))
    }

    fn execute(&self, query: Query) -> BoxFuture<Result<u64>> {
        self.call(Execute(query))
    }

    fn fetch(&self, query: Query, batch_rows: usize) -> BoxStream<Result<RowBatch>> {
        let lease = Arc::clone(&self.lease);
        stream_from(&self.runtime, move |outlet| async move {
            let call = Stream { query, batch_rows, outlet: outlet.clone() };
            let result = tokio::select! {
                biased;
                () = outlet.closed() => return,
                result = async { Turn::wait(lease).await.run(&call).await } => result,
            };
            report(result, &outlet).await;
        })
    }

    fn insert_many(&self, bulk: BulkInsert) -> BoxFuture<Result<RowBatch>> {
        self.call(InsertMany(bulk))
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        self.end(Commit)
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        self.end(Rollback)
    }
}
