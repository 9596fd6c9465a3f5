//! What a pool does while nobody asks: closes connections whose time has come, tries those that were idle for long, and
//! makes those that are missing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::pool::{NetworkPool, Pooled, close};
use super::{Connection, Connector};

/// The shortest pause between two rounds.
const SHORTEST: Duration = Duration::from_millis(20);

/// Has a pool kept up until it is closed or dropped.
pub(super) fn begin<C: Connector>(pool: &Arc<NetworkPool<C>>) {
    let options = &pool.options;
    let interval = Some(options.health_check_interval).filter(|interval| !interval.is_zero());
    let pause = options.idle_timeout.min(options.max_lifetime).min(interval.unwrap_or(Duration::MAX)).max(SHORTEST);
    let weak = Arc::downgrade(pool);
    pool.runtime().spawn(async move {
        loop {
            tokio::time::sleep(pause).await;
            // Not held while asleep, or the pool would never be dropped.
            let Some(pool) = weak.upgrade().filter(|pool| !pool.is_closed()) else { return };
            pool.keep_up(interval).await;
        }
    });
}

impl<C: Connector> NetworkPool<C> {
    async fn keep_up(self: &Arc<Self>, interval: Option<Duration>) {
        self.close_expired();
        if let Some(interval) = interval {
            self.try_idle(interval).await;
        }
        self.make_missing().await;
    }

    fn close_expired(&self) {
        // Those not used for longest stand first.
        while let Some(pooled) =
            self.take_idle(|pooled| self.is_too_old(pooled) || (self.is_unused(pooled) && self.is_spare()))
        {
            self.close_later(pooled);
        }
    }

    /// Takes the first idle connection of which something holds.
    fn take_idle(&self, holds: impl Fn(&Pooled<C::Connection>) -> bool) -> Option<Pooled<C::Connection>> {
        let mut idle = self.idle.lock();
        let idle: &mut VecDeque<_> = idle.as_mut()?;
        let at = idle.iter().position(holds)?;
        idle.remove(at)
    }

    /// Asks for an answer on those connections of which nothing was heard for so long.
    async fn try_idle(self: &Arc<Self>, interval: Duration) {
        loop {
            // Whoever has a connection has a permit. None left: all are in use.
            let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else { return };
            let Some(mut pooled) = self.take_idle(|pooled| pooled.last_alive().elapsed() >= interval) else { return };
            let _tried = Tried::begin(&self.tried);
            let answer = tokio::time::timeout(self.options.connect_timeout, pooled.connection.ping()).await;
            if matches!(answer, Ok(Ok(()))) && pooled.connection.is_ready() {
                pooled.last_tried = Some(Instant::now());
                if let Some(idle) = self.idle.lock().as_mut() {
                    idle.push_front(pooled);
                }
            } else {
                self.note_death();
                close(pooled).await;
            }
            drop(permit);
            self.shortage.relieve();
        }
    }

    /// Makes connections until there are as many as are to be kept.
    async fn make_missing(self: &Arc<Self>) {
        while self.size.load(Ordering::Relaxed) < self.options.min_connections && !self.options.max_lifetime.is_zero() {
            let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else { return };
            match self.connect().await {
                Ok(pooled) => {
                    if let Some(idle) = self.idle.lock().as_mut() {
                        idle.push_back(pooled);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection that is to be kept could not be made; the next round tries again");
                    return;
                }
            }
            drop(permit);
        }
    }
}

/// Counts one idle connection that is being tried.
struct Tried<'a>(&'a AtomicUsize);

impl<'a> Tried<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Tried<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
