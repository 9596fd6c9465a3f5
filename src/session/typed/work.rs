//! A session's transaction, and what was written in it that its objects were not told yet.

use parking_lot::Mutex;

use super::survey::Survey;
use crate::driver::{LazyTransaction, Pool, TransactionOptions};
use crate::error::{Error, Result};
use crate::session::Flushed;

/// What the statements of a session share: they may be asked for before the session changes, and run after it.
pub(super) struct Work {
    pub(super) transaction: LazyTransaction,
    /// The transactions that are nested in it, the innermost last, in the place of pools.
    nested: Mutex<Vec<Pool>>,
    /// Held while something is written: statements that are asked for at once do not write it twice.
    writing: tokio::sync::Mutex<()>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// Counts how often the objects may have changed: what was surveyed before is out of date.
    epoch: u64,
    /// What was written last, where the objects were not told yet.
    written: Option<(Survey, Flushed)>,
    /// Why nothing more can be asked until a rollback.
    failure: Option<String>,
}

impl Work {
    pub(super) fn new(pool: &Pool) -> Self {
        Self {
            transaction: pool.lazy_transaction(),
            nested: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
            progress: Mutex::default(),
        }
    }

    /// What statements run on.
    pub(super) fn pool(&self) -> Pool {
        self.nested.lock().last().unwrap_or(self.transaction.as_pool()).clone()
    }

    /// Begins the transaction, where it has not begun.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(super) async fn begin(&self) -> Result<()> {
        self.transaction.begin(TransactionOptions::default()).await
    }

    /// Has statements run in a nested transaction from now on.
    pub(super) fn enter(&self, nested: Pool) {
        self.nested.lock().push(nested);
    }

    /// Has them run in the transaction around it again.
    pub(super) fn leave(&self) {
        let left = self.nested.lock().pop();
        drop(left);
    }

    /// That statements can be asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Session`] after what was written in part.
    pub(super) fn check(&self) -> Result<()> {
        match &self.progress.lock().failure {
            Some(why) => Err(Error::session(why.clone())),
            None => Ok(()),
        }
    }

    /// Asks for nothing more, for this reason.
    pub(super) fn fail(&self, why: impl Into<String>) {
        self.progress.lock().failure.get_or_insert(why.into());
    }

    /// What was to fail was taken back.
    pub(super) fn heal(&self) {
        let mut progress = self.progress.lock();
        progress.failure = None;
        progress.written = None;
    }

    /// Takes what the objects are to be told; from now on they may change.
    pub(super) fn take_written(&self) -> Option<(Survey, Flushed)> {
        let mut progress = self.progress.lock();
        progress.epoch += 1;
        progress.written.take()
    }

    /// Which time it is, None where what is pending has been written.
    pub(super) fn epoch(&self) -> Option<u64> {
        let progress = self.progress.lock();
        progress.written.is_none().then_some(progress.epoch)
    }

    /// Writes what was found at that time, unless somebody did meanwhile.
    ///
    /// # Errors
    ///
    /// Those of [`Unit::flush`](crate::session::Unit::flush).
    pub(super) async fn write(&self, epoch: u64, mut survey: Survey) -> Result<()> {
        let _alone = self.writing.lock().await;
        self.check()?;
        if self.epoch() != Some(epoch) {
            return Ok(());
        }
        self.begin().await?;
        let pool = self.pool();
        let unfinished = Unfinished(self, "what a session was writing was given up half-way; roll it back");
        let unit = std::mem::take(&mut survey.unit);
        let flushed = unit.flush(&pool).await;
        unfinished.finish();
        match flushed {
            Ok(flushed) => {
                self.progress.lock().written = Some((survey, flushed));
                Ok(())
            }
            Err(error) => {
                self.fail(format!("the session could not write what was pending ({error}); roll it back"));
                Err(error)
            }
        }
    }
}

/// Something that leaves the session in ruins where it is dropped before it is finished.
struct Unfinished<'w>(&'w Work, &'static str);

impl Unfinished<'_> {
    fn finish(self) {
        std::mem::forget(self);
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.fail(self.1);
    }
}
