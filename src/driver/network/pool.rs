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
use super::shortage::Shortage;
use super::{Connection, Connector, upkeep};
use crate::driver::holders::{Held, Holders};
use crate::driver::place::{self, Place};
use crate::driver::{Metrics, PoolOptions};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

/// Connections to one server. Callers are served in the order in which they came; the connection used
/// last is used first, so that those not needed grow old and are closed.
pub(super) struct NetworkPool<C: Connector> {
    pub(super) connector: C,
    pub(super) options: PoolOptions,
    /// One permit for each connection that may be in use.
    pub(super) permits: Arc<Semaphore>,
    /// None once the pool has closed them: what comes back after that is closed too.
    pub(super) idle: Mutex<Option<VecDeque<Pooled<C::Connection>>>>,
    pub(super) size: Arc<AtomicUsize>,
    /// Idle connections that are being tried.
    pub(super) tried: AtomicUsize,
    pub(super) holders: Arc<Holders>,
    pub(super) shortage: Shortage,
    waiting: AtomicUsize,
    closed: AtomicBool,
    /// When a connection was last found dead: idle ones that were used before are suspect.
    last_death: Mutex<Option<Instant>>,
    runtime: Handle,
}

/// A connection with its history.
pub(super) struct Pooled<C> {
    pub(super) connection: C,
    pub(super) made: Instant,
    pub(super) last_used: Instant,
    /// When it last answered, if nobody but the pool has asked since it was used.
    pub(super) last_tried: Option<Instant>,
    counted: Counted,
}

impl<C> Pooled<C> {
    /// When it was last known to be alive.
    pub(super) fn last_alive(&self) -> Instant {
        self.last_tried.unwrap_or(self.last_used)
    }

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
            tried: AtomicUsize::new(0),
            holders: Arc::default(),
            shortage: Shortage::default(),
            waiting: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            last_death: Mutex::new(None),
            runtime,
            options,
        });
        let (first, _) = pool.connect_or_wait(pool.deadline()).await?;
        let mut idle = VecDeque::from([first]);
        for _ in 1..pool.options.min_connections {
            match pool.connect().await {
                // The rest will be made when there is room.
                Err(error) if is_full(&error) => break,
                made => idle.push_back(made?),
            }
        }
        *pool.idle.lock() = Some(idle);
        upkeep::begin(&pool);
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
        let deadline = self.deadline();
        let permit = self.permit().await?;
        // Not past those who wait for one that comes back.
        match if self.shortage.is_felt() { None } else { self.pop() } {
            Some(pooled) => Ok(self.lease(permit, pooled, false, place::current())),
            None => self.lease_new(permit, None, deadline).await,
        }
    }

    /// A connection made after one was found dead. An older one that is idle gives its place.
    pub(super) async fn acquire_new(self: &Arc<Self>, death: Instant) -> Result<Lease<C>> {
        let deadline = self.deadline();
        let permit = self.permit().await?;
        match self.pop() {
            Some(young) if young.made > death => Ok(self.lease(permit, young, true, place::current())),
            old => self.lease_new(permit, old, deadline).await,
        }
    }

    fn lease(
        self: &Arc<Self>,
        permit: OwnedSemaphorePermit,
        pooled: Pooled<C::Connection>,
        is_new: bool,
        place: Option<Place>,
    ) -> Lease<C> {
        let held = self.holders.enter(place);
        Lease::new(Arc::clone(self), Lent { pooled, permit, is_spoiled: false, _held: held }, is_new)
    }

    /// Until when one waits who begins now; None: for ever.
    fn deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.options.acquire_timeout)
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
            Err(_) => Err(exhausted(&self.options, &self.holders).into()),
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
        deadline: Option<Instant>,
    ) -> Result<Lease<C>> {
        let (pool, place) = (Arc::clone(self), place::current());
        let connecting = self.runtime.spawn(async move {
            if let Some(replaced) = replaced {
                close(replaced).await;
            }
            let (pooled, is_new) = pool.connect_or_wait(deadline).await?;
            Ok(pool.lease(permit, pooled, is_new, place))
        });
        connecting.await.unwrap_or_else(|error| {
            Err(lost("connecting was interrupted: the runtime of the pool ended").with_source(error).into())
        })
    }

    pub(super) async fn connect(&self) -> Result<Pooled<C::Connection>> {
        let counted = Counted::new(&self.size);
        let connecting = tokio::time::timeout(self.options.connect_timeout, self.connector.connect());
        let connection = connecting.await.map_err(|_| {
            let (place, within) = (self.connector.place(), self.options.connect_timeout);
            lost(format!("could not connect to {place}: it took longer than {within:?} (connect_timeout)"))
        })??;
        let now = Instant::now();
        Ok(Pooled { connection, made: now, last_used: now, last_tried: None, counted })
    }

    /// The idle connection that was used last, if there is one.
    pub(super) fn pop(&self) -> Option<Pooled<C::Connection>> {
        loop {
            let mut idle = self.idle.lock();
            let pooled = idle.as_mut()?.pop_back()?;
            drop(idle);
            if !self.is_too_old(&pooled) && (!self.is_unused(&pooled) || !self.is_spare()) {
                return Some(pooled);
            }
            self.close_later(pooled);
        }
    }

    pub(super) fn is_too_old(&self, pooled: &Pooled<C::Connection>) -> bool {
        pooled.made.elapsed() >= self.options.max_lifetime
    }

    pub(super) fn is_unused(&self, pooled: &Pooled<C::Connection>) -> bool {
        pooled.last_used.elapsed() >= self.options.idle_timeout
    }

    /// Whether there are more connections than are to be kept.
    pub(super) fn is_spare(&self) -> bool {
        self.size.load(Ordering::Relaxed) > self.options.min_connections.max(1)
    }

    /// Takes back a connection that is known to be idle, or closes it where its time has come.
    ///
    /// A pool being closed waits for the permit for a while; what comes back later is closed here.
    pub(super) fn give_back(&self, lent: Lent<C::Connection>) {
        let Lent { mut pooled, permit, is_spoiled, _held } = lent;
        (pooled.last_used, pooled.last_tried) = (Instant::now(), None);
        let reusable = !is_spoiled && !self.is_too_old(&pooled) && pooled.connection.is_reusable();
        match self.idle.lock().as_mut().filter(|_| reusable) {
            Some(idle) => idle.push_back(pooled),
            None => {
                self.runtime.spawn(async move {
                    close(pooled).await;
                    drop(permit);
                });
            }
        }
        self.shortage.relieve();
    }

    /// Closes a connection that counts no more.
    pub(super) fn close_later(&self, pooled: Pooled<C::Connection>) {
        let (connection, counted) = pooled.into_parts();
        drop(counted);
        self.runtime.spawn(say_goodbye(connection));
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
        let idle = self.idle.lock().as_ref().map_or(0, VecDeque::len) + self.tried.load(Ordering::Relaxed);
        let size = self.size.load(Ordering::Relaxed).max(idle);
        let waiting = self.waiting.load(Ordering::Relaxed) + self.shortage.waiting();
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

/// A connection on loan: whoever has it has a permit, and is known as its holder.
pub(super) struct Lent<C> {
    pub(super) pooled: Pooled<C>,
    pub(super) permit: OwnedSemaphorePermit,
    /// Whether something may be left on it that is not for others.
    pub(super) is_spoiled: bool,
    _held: Held,
}

/// Whether a connection was refused because the server has as many as it takes.
pub(super) fn is_full(error: &Error) -> bool {
    error.as_database().is_some_and(|error| error.kind == DatabaseErrorKind::PoolExhausted)
}

pub(super) async fn close<C: Connection>(pooled: Pooled<C>) {
    let (connection, _counted) = pooled.into_parts();
    say_goodbye(connection).await;
}

async fn say_goodbye<C: Connection>(connection: C) {
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

fn exhausted(options: &PoolOptions, holders: &Holders) -> DatabaseError {
    let (size, waited) = (options.max_connections, options.acquire_timeout);
    let failed = if waited.is_zero() {
        "no connection is free and acquire_timeout is 0".to_owned()
    } else {
        format!("no connection became free within {waited:?}")
    };
    DatabaseError::new(
        DatabaseErrorKind::PoolExhausted,
        format!(
            "{failed}: all {size} are in use ({}); raise max_connections or acquire_timeout, or hold transactions for a \
             shorter time",
            holders.told()
        ),
    )
}
