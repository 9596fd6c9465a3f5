//! A pool and transactions of any network database, as [`Backend`].

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::lease::{Call, Lease, State};
use super::nesting::Level;
use super::pool::NetworkPool;
use super::transaction::NetworkTransaction;
use super::{Connection, Connector, Outlet, Step, run_to_end};
use crate::dialect::{Capabilities, Dialect, ShapeCache};
use crate::driver::place;
use crate::driver::{
    Backend, BoxFuture, BoxStream, BulkInsert, Caller, Metrics, PoolOptions, Query, RawTransaction, RowBatch,
    TransactionOptions,
};
use crate::error::Result;

/// A pool of a network database's connections.
pub(crate) struct NetworkBackend<C: Connector> {
    pool: Arc<NetworkPool<C>>,
    shapes: ShapeCache,
}

impl<C: Connector> NetworkBackend<C> {
    /// Opens a pool; its first connection is made here.
    pub(crate) async fn open(connector: C, options: PoolOptions) -> Result<Self> {
        Ok(Self { pool: NetworkPool::open(connector, options).await?, shapes: ShapeCache::default() })
    }

    fn call<K: Call<C::Connection> + 'static>(&self, call: K) -> BoxFuture<Result<K::Output>> {
        let pool = Arc::clone(&self.pool);
        Box::pin(async move { call_once(&pool, &call).await })
    }
}

/// Runs a call on a connection of the pool, and once more on a new connection if the first turned out
/// to be dead and nothing can have been done.
async fn call_once<C: Connector, K: Call<C::Connection>>(pool: &Arc<NetworkPool<C>>, call: &K) -> Result<K::Output> {
    let mut lease = live_lease(pool, call.is_read_only()).await?;
    let result = lease.run(call, State::Idle).await;
    if result.is_ok() || !lease.may_retry(call.is_read_only()) {
        return result;
    }
    let death = pool.note_death();
    drop(lease);
    pool.acquire_new(death).await?.run(call, State::Idle).await
}

/// A lease for a call; where the call may not run twice and the connection is suspect, one that answers.
async fn live_lease<C: Connector>(pool: &Arc<NetworkPool<C>>, read_only: bool) -> Result<Lease<C>> {
    let mut lease = pool.acquire().await?;
    if read_only || !lease.is_suspect() || lease.run(&Ping, State::Idle).await.is_ok() {
        return Ok(lease);
    }
    let death = pool.note_death();
    drop(lease);
    pool.acquire_new(death).await
}

impl<C: Connector> Backend for NetworkBackend<C> {
    fn dialect(&self) -> Dialect {
        C::DIALECT
    }

    fn capabilities(&self) -> Capabilities {
        self.pool.connector().capabilities()
    }

    fn shapes(&self) -> &ShapeCache {
        &self.shapes
    }

    fn is_self_driven(&self) -> bool {
        false
    }

    fn fetch_all(&self, query: Query, _: Caller) -> BoxFuture<Result<RowBatch>> {
        self.call(FetchAll(query))
    }

    fn execute(&self, query: Query, _: Caller) -> BoxFuture<Result<u64>> {
        self.call(Execute(query))
    }

    fn fetch(&self, query: Query, batch_rows: usize, _: Caller) -> BoxStream<Result<RowBatch>> {
        let (pool, limit) = (Arc::clone(&self.pool), self.pool.statement_timeout());
        stream_from(self.pool.runtime(), move |outlet| async move {
            let call = Stream { query, batch_rows, outlet: outlet.clone(), limit };
            let result = tokio::select! {
                biased;
                () = outlet.closed() => return,
                done = call_once(&pool, &call) => done,
            };
            report(result, &outlet).await;
        })
    }

    fn insert_many(&self, bulk: BulkInsert, _: Caller) -> BoxFuture<Result<RowBatch>> {
        self.call(InsertMany(bulk))
    }

    fn begin(&self, options: TransactionOptions, _: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        let pool = Arc::clone(&self.pool);
        Box::pin(async move {
            let level = begin(&pool, options).await?;
            let transaction = NetworkTransaction::new(level, pool.runtime().clone(), pool.statement_timeout());
            Ok(Box::new(transaction) as Box<dyn RawTransaction>)
        })
    }

    fn acquire(&self, _: Caller) -> BoxFuture<Result<Box<dyn RawTransaction>>> {
        let pool = Arc::clone(&self.pool);
        Box::pin(async move {
            let lease = live_lease(&pool, false).await?;
            let level = Level::connection(lease, pool.runtime().clone(), pool.acquire_timeout());
            let connection = NetworkTransaction::new(level, pool.runtime().clone(), pool.statement_timeout());
            Ok(Box::new(connection) as Box<dyn RawTransaction>)
        })
    }

    fn metrics(&self) -> Metrics {
        self.pool.metrics()
    }

    fn close(&self) -> BoxFuture<()> {
        let pool = Arc::clone(&self.pool);
        run_to_end(self.pool.runtime().clone(), async move { pool.close().await })
    }

    fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }
}

/// A connection inside a transaction. A BEGIN under way ends, whatever the caller does, and is then rolled back.
async fn begin<C: Connector>(pool: &Arc<NetworkPool<C>>, options: TransactionOptions) -> Result<Level<C>> {
    let lease = live_lease(pool, true).await?;
    let shared = Arc::clone(pool);
    let beginning = async move {
        let mut lease = lease;
        let result = lease.run(&Begin(options), State::InTransaction).await;
        if result.is_err() && lease.may_retry(true) {
            let death = shared.note_death();
            drop(lease);
            lease = shared.acquire_new(death).await?;
            lease.run(&Begin(options), State::InTransaction).await?;
            return Ok(lease);
        }
        result.map(|()| lease)
    };
    let lease = run_to_end(pool.runtime().clone(), beginning).await?;
    Ok(Level::outermost(lease, pool.runtime().clone(), pool.acquire_timeout()))
}

/// Runs on a task of its own what sends batches to the stream that is given back.
pub(super) fn stream_from<F: Future<Output = ()> + Send + 'static>(
    runtime: &tokio::runtime::Handle,
    produce: impl FnOnce(Outlet) -> F + Send + 'static,
) -> BoxStream<Result<RowBatch>> {
    let runtime = runtime.clone();
    // The task that works for the stream works for whoever asked for it.
    let place = place::current();
    let mut start = Some(produce);
    let mut batches = None;
    // Nothing runs before the stream is first polled.
    Box::pin(futures_util::stream::poll_fn(move |context| {
        if let Some(produce) = start.take() {
            let (outlet, inlet) = mpsc::channel(1);
            runtime.spawn(place::along(place.as_ref(), || Box::pin(produce(outlet))));
            batches = Some(inlet);
        }
        batches.as_mut().map_or(std::task::Poll::Ready(None), |inlet: &mut mpsc::Receiver<_>| inlet.poll_recv(context))
    }))
}

/// Tells the reader of a stream of its failure.
pub(super) async fn report(result: Result<()>, outlet: &Outlet) {
    if let Err(error) = result {
        // An error here: nobody reads any more, so nobody is to be told.
        let _ = outlet.send(Err(error)).await;
    }
}

pub(super) struct FetchAll(pub(super) Query);
pub(super) struct Execute(pub(super) Query);
pub(super) struct InsertMany(pub(super) BulkInsert);
pub(super) struct Begin(TransactionOptions);
pub(super) struct Commit;
pub(super) struct Rollback;
struct Ping;

pub(super) struct Savepoint {
    pub(super) step: Step,
    pub(super) depth: u32,
    /// Of what is nested in nothing, on a connection that a caller has acquired: it is a whole transaction.
    pub(super) outermost: Option<TransactionOptions>,
}

impl Savepoint {
    /// In which state it leaves the connection.
    pub(super) fn then(&self) -> State {
        match (self.outermost, self.step) {
            (Some(_), Step::Release | Step::Undo) => State::Idle,
            _ => State::InTransaction,
        }
    }
}

pub(super) struct Stream {
    pub(super) query: Query,
    pub(super) batch_rows: usize,
    pub(super) outlet: Outlet,
    /// How long a row may take.
    pub(super) limit: Option<Duration>,
}

impl<C: Connection> Call<C> for FetchAll {
    type Output = RowBatch;

    async fn run(&self, connection: &mut C) -> Result<RowBatch> {
        connection.fetch_all(&self.0).await
    }

    /// It may run twice, if the server died between its end and its answer.
    fn is_read_only(&self) -> bool {
        self.0.only_reads()
    }
}

impl<C: Connection> Call<C> for Execute {
    type Output = u64;

    async fn run(&self, connection: &mut C) -> Result<u64> {
        connection.execute(&self.0).await
    }

    fn is_read_only(&self) -> bool {
        self.0.only_reads()
    }
}

impl<C: Connection> Call<C> for Stream {
    type Output = ();

    async fn run(&self, connection: &mut C) -> Result<()> {
        connection.stream(&self.query, self.batch_rows, &self.outlet, self.limit).await
    }

    /// It takes as long as its reader likes; the connection times each batch.
    fn is_timed(&self) -> bool {
        false
    }

    fn is_read_only(&self) -> bool {
        self.query.only_reads()
    }
}

impl<C: Connection> Call<C> for InsertMany {
    type Output = RowBatch;

    async fn run(&self, connection: &mut C) -> Result<RowBatch> {
        connection.insert_many(&self.0).await
    }

    fn is_read_only(&self) -> bool {
        false
    }
}

impl<C: Connection> Call<C> for Begin {
    type Output = ();

    async fn run(&self, connection: &mut C) -> Result<()> {
        connection.begin(self.0).await
    }

    fn is_read_only(&self) -> bool {
        true
    }
}

impl<C: Connection> Call<C> for Savepoint {
    type Output = ();

    async fn run(&self, connection: &mut C) -> Result<()> {
        match (self.outermost, self.step) {
            (None, step) => connection.savepoint(step, self.depth).await,
            (Some(options), Step::Set) => connection.begin(options).await,
            (Some(_), Step::Release) => connection.commit().await,
            (Some(_), Step::Undo) => connection.rollback().await,
        }
    }

    fn is_read_only(&self) -> bool {
        self.outermost.is_none() || self.step != Step::Release
    }
}

/// Calls without arguments; all but COMMIT do nothing that outlives a lost connection.
macro_rules! plain_call {
    ($($name:ident $method:ident $read_only:literal;)*) => {$(
        impl<C: Connection> Call<C> for $name {
            type Output = ();

            async fn run(&self, connection: &mut C) -> Result<()> {
                connection.$method().await
            }

            fn is_read_only(&self) -> bool {
                $read_only
            }
        }
    )*};
}

plain_call! {
    Commit commit false;
    Rollback rollback true;
    Ping ping true;
}
