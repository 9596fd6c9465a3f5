//! The end of a session's transaction.

use std::sync::Arc;

use chakra::driver::Pool;
use pyo3::prelude::*;

use super::collect::Flush;
use super::flush::{Attempt, Turn, after_turn, done, turn, written};
use super::reach::add_hung;
use super::work::{Level, Work};
use crate::error::{Outcome, plain, raise};
use crate::operation::{Mode, run};
use crate::transaction::{Scope, Written};

/// Writes what is pending and commits.
///
/// # Errors
///
/// As a flush; what the commit gave. After an error of the commit objects hold what the database holds.
pub(super) fn commit<'py>(
    py: Python<'py>,
    work: &Arc<Work>,
    scope: &Py<Scope>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(turn) = turn(py, work, mode)? else {
        let (kept, scope) = (Arc::clone(work), scope.clone_ref(py));
        return after_turn(py, work, move |py, turn| commit_in_turn(py, &kept, &scope, mode, turn).map(Bound::unbind));
    };
    commit_in_turn(py, work, scope, mode, turn)
}

fn commit_in_turn<'py>(
    py: Python<'py>,
    work: &Arc<Work>,
    scope: &Py<Scope>,
    mode: Mode,
    turn: Turn,
) -> PyResult<Bound<'py, PyAny>> {
    work.refuse_broken(py)?;
    refuse_nested(py, work, "commit")?;
    add_hung(work, py)?;
    let Flush { unit, arrival } = Flush::of(py, work)?;
    if unit.is_empty() && !work.transaction.has_begun() {
        work.settle(Vec::new(), Vec::new());
        drop(Ending::begin(py, work, scope));
        return done(py, mode);
    }
    let (attempt, transaction) = (Attempt::new(work), work.transaction.clone());
    let (kept, scope) = (Arc::clone(work), scope.clone_ref(py));
    run(
        py,
        &work.pool(),
        mode,
        move |pool: Pool| async move {
            let mut attempt = attempt;
            attempt.begun = true;
            let flushed = written(unit, Some(transaction.clone()), pool).await?;
            // An error is an outcome too: the objects must hear of what was written, and that it was taken back.
            let ended = transaction.commit().await;
            Outcome::Ok((flushed, ended, attempt, turn))
        },
        move |py, (flushed, ended, attempt, turn)| {
            arrival.arrive(py, &kept, flushed)?;
            attempt.succeed();
            let ending = Ending::begin(py, &kept, &scope);
            let outcome = match ended {
                Ok(()) => ending.keep(py),
                Err(error) => {
                    let error = raise(error);
                    if let Err(second) = ending.undo(py) {
                        error.set_cause(py, Some(second));
                    }
                    Err(error)
                }
            };
            drop(turn);
            outcome.map(|()| py.None())
        },
    )
}

/// Takes back what was done, and what was to be done.
///
/// # Errors
///
/// What the rollback gave.
pub(super) fn rollback<'py>(
    py: Python<'py>,
    work: &Arc<Work>,
    scope: &Py<Scope>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    // Not after it: whoever waits may be cancelled, and the rollback runs to its end all the same.
    refuse_nested(py, work, "rollback")?;
    let undone = Ending::begin(py, work, scope).undo(py);
    let has_begun = work.transaction.has_begun();
    // In any case: one may be beginning at this moment, for a flush that was cancelled.
    let ending = work.transaction.rollback();
    if !has_begun {
        undone?;
        return done(py, mode);
    }
    run(
        py,
        &work.pool(),
        mode,
        move |_| async move { Outcome::Ok(ending.await?) },
        move |py, ()| undone.map(|()| py.None()),
    )
}

fn refuse_nested(py: Python<'_>, work: &Work, verb: &str) -> PyResult<()> {
    if work.savepoints() == 0 {
        return Ok(());
    }
    let message = format!("{verb} of a session in which a savepoint is open: leave the savepoint's block first");
    Err(plain(py, "SessionError", &message))
}

/// What a transaction must be able to take back, taken from where it was noted.
struct Ending {
    work: Arc<Work>,
    level: Option<Level>,
    written: Written,
}

impl Ending {
    fn begin(py: Python<'_>, work: &Arc<Work>, scope: &Py<Scope>) -> Self {
        Self { work: Arc::clone(work), level: work.take_root(), written: Scope::take_written(scope.bind(py)) }
    }

    /// It was committed: objects keep their values.
    fn keep(self, py: Python<'_>) -> PyResult<()> {
        if let Some(level) = self.level {
            level.commit();
        }
        self.written.keep(py)
    }

    /// It was not.
    fn undo(self, py: Python<'_>) -> PyResult<()> {
        if let Some(level) = self.level {
            self.work.put_root_back(level);
        }
        let undone = self.written.undo(py);
        undone.and(self.work.restore(py, 0))
    }
}
