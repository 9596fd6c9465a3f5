//! The pool: who waits, which connections are idle, and how many there are.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Timeout;

use super::lease::Lease;
use super::{Connection, Connector};
use crate::driver::{Metrics, PoolOptions};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

/// Connections to one server. Callers are served in the order in which they came; the connection used
/// last is used first, so that those not needed grow old and are closed.
pub(super) struct NetworkPool<C: Connector> {
    connector: C,
    options: PoolOptions,
    /// One permit for each connection that may be in use.
    permits: Arc<Semaphore>,
    /// None once the pool has closed them: what comes back after that is closed too.
    idle: Mutex<Option<VecDeque<Pooled<C::Connection>>>>,
    size: Arc<AtomicUsize>,
    waiting: AtomicUsize,
    closed: AtomicBool,
    /// When a connection was last found dead: idle ones that were used before are suspect.
    last_death: Mutex<Option<Instant>>,
    runtime: Handle,
}

/// A connection with its history.
pub(super) struct Pooled<C> {
    pub(super) connection: C,
    made: Instant,
    pub(super) last_used: Instant,
    counted: Counted,
}

impl<C> Pooled<C> {
    /// The connection, and what counts it as open until dropped.
    pub(super) fn into_parts(self) -> (C, Counted) {
        (self.connection, self.counted)
    }
}

/// Counts one open connection for as long as it lives.
pub(super) struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(size: &Arc<AtomicUsize>) -> Self {
        size.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(size))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<C: Connector> NetworkPool<C> {
    /// Makes the first connections, so that a wrong address or password is told at once.
    pub(super) async fn open(connector: C, options: PoolOptions) -> Result<Arc<Self>> {
        let runtime = Handle::try_current()
            .map_err(|_| Error::config("a pool of network connections is opened within a tokio runtime"))?;
        let options = options.checked()?;
        let pool = Arc::new(Self {
            connector,
            permits: Arc::new(Semaphore::new(options.max_connections)),
            idle: Mutex::new(None),
            size: Arc::default(),
            waiting: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            last_death: Mutex::new(None),
            runtime,
            options,
        });
        let mut first = VecDeque::new();
        for _ in 0..pool.options.min_connections.max(1) {
            first.push_back(pool.connect().await?);
        }
        *pool.idle.lock() = Some(first);
        Ok(pool)
    }

    pub(super) fn connector(&self) -> &C {
        &self.connector
    }

    /// How long one waits for a connection.
    pub(super) fn acquire_timeout(&self) -> Duration {
        self.options.acquire_timeout
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// A connection for one call: the one used last, or a new one.
    pub(super) async fn acquire(self: &Arc<Self>) -> Result<Lease<C>> {
        let permit = self.permit().await?;
        match self.pop() {
            Some(pooled) => Ok(Lease::new(Arc::clone(self), permit, pooled, false)),
            None => self.lease_new(permit, None).await,
        }
    }

    /// A connection made after one was found dead. An older one that is idle gives its place.
    pub(super) async fn acquire_new(self: &Arc<Self>, death: Instant) -> Result<Lease<C>> {
        let permit = self.permit().await?;
        match self.pop() {
            Some(young) if young.made > death => Ok(Lease::new(Arc::clone(self), permit, young, true)),
            old => self.lease_new(permit, old).await,
        }
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        self.refuse_if_closed()?;
        let permit = match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.wait_for_permit().await?,
        };
        self.refuse_if_closed()?;
        Ok(permit)
    }

    async fn wait_for_permit(&self) -> Result<OwnedSemaphorePermit> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        match self.within_acquire_timeout(Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(exhausted(&self.options).into()),
        }
    }

    /// The timer belongs to the pool's runtime, whoever polls.
    fn within_acquire_timeout<F: Future>(&self, future: F) -> Timeout<F> {
        self.within(self.options.acquire_timeout, future)
    }

    /// As long as it does not take longer than that.
    pub(super) fn within<F: Future>(&self, limit: Duration, future: F) -> Timeout<F> {
        let _runtime = self.runtime.enter();
        tokio::time::timeout(limit, future)
    }

    /// How long a statement may take.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        self.options.statement_timeout
    }

    fn refuse_if_closed(&self) -> Result<()> {
        if self.is_closed() { Err(closed()) } else { Ok(()) }
    }

    /// Connecting goes on if the caller leaves: what comes of it is pooled.
    async fn lease_new(
        self: &Arc<Self>,
        permit: OwnedSemaphorePermit,
        replaced: Option<Pooled<C::Connection>>,
    ) -> Result<Lease<C>> {
        let pool = Arc::clone(self);
        let connecting = self.runtime.spawn(async move {
            if let Some(replaced) = replaced {
                close(replaced).await;
            }
            let pooled = pool.connect().await?;
            Ok(Lease::new(pool, permit, pooled, true))
        });
        connecting.await.unwrap_or_else(|error| {
            Err(lost("connecting was interrupted: the runtime of the pool ended").with_source(error).into())
        })
    }

    async fn connect(&self) -> Result<Pooled<C::Connection>> {
        let counted = Counted::new(&self.size);
        let connecting = tokio::time::timeout(self.options.connect_timeout, self.connector.connect());
        let connection = connecting.await.map_err(|_| {
            let (place, within) = (self.connector.place(), self.options.connect_timeout);
            lost(format!("could not connect to {place}: it took longer than {within:?} (connect_timeout)"))
        })??;
        let now = Instant::now();
        Ok(Pooled { connection, made: now, last_used: now, counted })
    }

    fn pop(&self) -> Option<Pooled<C::Connection>> {
        loop {
            let pooled = self.idle.lock().as_mut()?.pop_back()?;
            if !self.is_expired(&pooled) {
                return Some(pooled);
            }
            self.close_later(pooled);
        }
    }

    fn is_expired(&self, pooled: &Pooled<C::Connection>) -> bool {
        pooled.made.elapsed() >= self.options.max_lifetime || pooled.last_used.elapsed() >= self.options.idle_timeout
    }

    /// Takes back a connection that is known to be idle; closes it, and the one unused for longest, where
    /// their time has come.
    ///
    /// A pool being closed waits for the permit for a while; what comes back later is closed here.
    pub(super) fn give_back(&self, mut pooled: Pooled<C::Connection>, permit: OwnedSemaphorePermit) {
        pooled.last_used = Instant::now();
        let reusable = !self.is_expired(&pooled) && pooled.connection.is_reusable();
        match self.idle.lock().as_mut().filter(|_| reusable) {
            Some(idle) => {
                idle.push_back(pooled);
                let spare = idle.len() > self.options.min_connections.max(1);
                let expired = idle.front().is_some_and(|oldest| self.is_expired(oldest));
                if let Some(oldest) = (spare && expired).then(|| idle.pop_front()).flatten() {
                    self.close_later(oldest);
                }
            }
            None => {
                self.runtime.spawn(async move {
                    close(pooled).await;
                    drop(permit);
                });
            }
        }
    }

    fn close_later(&self, pooled: Pooled<C::Connection>) {
        self.runtime.spawn(close(pooled));
    }

    /// Notes that a connection died while idle: others may have died with it.
    pub(super) fn note_death(&self) -> Instant {
        *self.last_death.lock().insert(Instant::now())
    }

    /// Whether a connection that was last used then should be tried before a statement that may not run
    /// twice.
    pub(super) fn is_suspect(&self, last_used: Instant) -> bool {
        last_used.elapsed() >= TRUSTED_IDLE || self.last_death.lock().is_some_and(|death| last_used <= death)
    }

    pub(super) fn metrics(&self) -> Metrics {
        let idle = self.idle.lock().as_ref().map_or(0, VecDeque::len);
        let size = self.size.load(Ordering::Relaxed).max(idle);
        let waiting = self.waiting.load(Ordering::Relaxed);
        Metrics { size, idle, active: size - idle, waiting, statements: 0 }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Refuses new calls, waits for those in flight as long as a caller waits for a connection, and closes what
    /// is idle then. Connections still in use are closed when they come back.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let all = u32::try_from(self.options.max_connections).unwrap_or(u32::MAX);
        // All permits back: nothing is in flight. An error: somebody else has closed it already.
        let all = self.within_acquire_timeout(self.permits.acquire_many(all)).await;
        if matches!(all, Ok(Err(_))) {
            return;
        }
        let idle = self.idle.lock().take().unwrap_or_default();
        // On tasks of their own, so that a caller who leaves leaves nothing half closed.
        let closing: Vec<_> = idle.into_iter().map(|pooled| self.runtime.spawn(close(pooled))).collect();
        for closed in closing {
            // An error: the runtime ends, and its sockets with it.
            let _ = closed.await;
        }
        self.permits.close();
    }
}

/// How long a pooled connection is trusted to be alive by statements that may not run twice.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

async fn close<C: Connection>(pooled: Pooled<C>) {
    let (connection, _counted) = pooled.into_parts();
    // Late or not: the connection is closed when its half-finished goodbye is dropped.
    let _ = tokio::time::timeout(super::CLEANUP_TIMEOUT, connection.close()).await;
}

/// Counts one waiting caller, down again when it has what it waited for or leaves.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn closed() -> Error {
    Error::session("the pool is closed; connect again to use the database")
}

fn lost(message: impl Into<String>) -> DatabaseError {
    DatabaseError::new(DatabaseErrorKind::ConnectionLost, message)
}

fn exhausted(options: &PoolOptions) -> DatabaseError {
    let (size, waited) = (options.max_connections, options.acquire_timeout);
    let failed = if waited.is_zero() {
        "no connection is free and acquire_timeout is 0".to_owned()
    } else {
        format!("no connection became free within {waited:?}")
    };
    DatabaseError::new(
        DatabaseErrorKind::PoolExhausted,
        format!(
            "{failed}: all {size} are in use; raise max_connections or acquire_timeout, or hold transactions for a shorter time"
        ),
    )
}
