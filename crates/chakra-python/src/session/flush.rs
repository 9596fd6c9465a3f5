//! Writing what a session has pending, and telling the objects.

use std::sync::Arc;

use chakra::driver::{LazyTransaction, Pool};
use chakra::engine::{Record, Rows};
use chakra::schema::Role;
use chakra::session::{Flushed, Inserted, Unit};
use parking_lot::Mutex;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use tokio::sync::OwnedMutexGuard;

use super::collect::{Arrival, Flush, Gone, Taken};
use super::first::awaited;
use super::key::present_key;
use super::reach::add_hung;
use super::tie::Phase;
use super::work::Work;
use crate::async_iterator::ready::Ready;
use crate::error::{Outcome, plain};
use crate::hydrate::{set_plainly, slots};
use crate::instance::{ModelBase, Undo, arrive, attribute, model_of_instance, note};
use crate::operation::{Mode, drive, run};
use crate::relationship::leave_parents;
use crate::runtime::{block_on, into_awaitable};
use crate::transaction::Scope;

/// Whose turn it is to flush.
pub(super) type Turn = OwnedMutexGuard<()>;

/// The turn, if nobody has it; what to do else.
pub(super) fn turn(py: Python<'_>, work: &Arc<Work>, mode: Mode) -> PyResult<Option<Turn>> {
    if let Ok(turn) = Arc::clone(&work.turn).try_lock_owned() {
        return Ok(Some(turn));
    }
    if mode == Mode::Async {
        return Ok(None);
    }
    let waiting = Arc::clone(&work.turn).lock_owned();
    block_on(py, async move { Outcome::Ok(waiting.await) }).map(Some)
}

/// An awaitable that makes a call with the turn, once whoever has it gives it back.
pub(super) fn after_turn<'py>(
    py: Python<'py>,
    work: &Arc<Work>,
    call: impl FnOnce(Python<'_>, Turn) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    let (waiting, drive) = (Arc::clone(&work.turn).lock_owned(), drive(&work.pool()));
    // Handed on, not given back in between: others are in line.
    let given: Arc<Mutex<Option<Turn>>> = Arc::default();
    let place = Arc::clone(&given);
    let wait = move |py: Python<'_>| {
        let future = async move { Outcome::Ok(waiting.await) };
        let finish = move |py: Python<'_>, turn| {
            *place.lock() = Some(turn);
            Ok(py.None())
        };
        Ok(into_awaitable(py, drive, future, finish)?.into_any().unbind())
    };
    awaited(py, wait, move |py| {
        let turn = given.lock().take();
        call(py, turn.ok_or_else(|| plain(py, "SessionError", "the turn to flush was lost"))?)
    })
}

/// Writes what is pending.
///
/// # Errors
///
/// `ValidationError`, `SessionError`, `StaleObjectError`, what the database reports.
pub(super) fn flush<'py>(py: Python<'py>, work: &Arc<Work>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
    work.refuse_broken(py)?;
    let Some(turn) = turn(py, work, mode)? else {
        let kept = Arc::clone(work);
        return after_turn(py, work, move |py, turn| flush_in_turn(py, &kept, mode, turn).map(Bound::unbind));
    };
    flush_in_turn(py, work, mode, turn)
}

fn flush_in_turn<'py>(py: Python<'py>, work: &Arc<Work>, mode: Mode, turn: Turn) -> PyResult<Bound<'py, PyAny>> {
    work.refuse_broken(py)?;
    add_hung(work, py)?;
    if !work.has_pending(py)? {
        return done(py, mode);
    }
    let Flush { unit, arrival } = Flush::of(py, work)?;
    if unit.is_empty() {
        work.settle(Vec::new(), Vec::new());
        return done(py, mode);
    }
    let (attempt, kept) = (Attempt::new(work), Arc::clone(work));
    let transaction = work.own_transaction();
    run(
        py,
        &work.pool(),
        mode,
        move |pool: Pool| async move {
            let mut attempt = attempt;
            attempt.begun = true;
            let flushed = written(unit, transaction, pool).await?;
            Outcome::Ok((flushed, attempt, turn))
        },
        move |py, (flushed, attempt, turn)| {
            arrival.arrive(py, &kept, flushed)?;
            attempt.succeed();
            drop(turn);
            Ok(py.None())
        },
    )
}

/// Writes a unit: in the savepoint of a pool, or in the session's transaction as it is now. What is left of it after that
/// has ended does not begin another.
pub(super) async fn written(unit: Unit, transaction: Option<LazyTransaction>, pool: Pool) -> chakra::Result<Flushed> {
    if unit.is_empty() {
        return Ok(Flushed::default());
    }
    match transaction {
        Some(transaction) => unit.flush(&transaction.begun(&pool).await?).await,
        None => unit.flush(&pool).await,
    }
}

/// None, for whoever waits or awaits.
pub(super) fn done(py: Python<'_>, mode: Mode) -> PyResult<Bound<'_, PyAny>> {
    given(py, mode, py.None())
}

/// An object that is there already, for whoever waits or awaits.
pub(super) fn given(py: Python<'_>, mode: Mode, object: Py<PyAny>) -> PyResult<Bound<'_, PyAny>> {
    match mode {
        Mode::Blocking => Ok(object.into_bound(py)),
        Mode::Async => Ready::new(Ok(object)).into_bound_py_any(py),
    }
}

/// A flush under way: unless it succeeds, nobody knows what of it was done.
pub(super) struct Attempt {
    work: Arc<Work>,
    /// When it was made, counted in rollbacks: what was rolled back since is no matter any more.
    rollbacks: u64,
    pub(super) begun: bool,
}

impl Attempt {
    pub(super) fn new(work: &Arc<Work>) -> Self {
        Self { work: Arc::clone(work), rollbacks: work.rollbacks(), begun: false }
    }

    pub(super) fn succeed(mut self) {
        self.begun = false;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.begun {
            self.work.break_down(self.rollbacks);
        }
    }
}

impl Arrival {
    /// Tells the objects what was written.
    pub(super) fn arrive(mut self, py: Python<'_>, work: &Arc<Work>, flushed: Flushed) -> PyResult<()> {
        let scope = work.scope(py);
        let mut inserted = Vec::with_capacity(self.inserted.len());
        for batch in &flushed.inserted {
            self.inserted_batch(py, batch, scope.as_ref(), &mut inserted)?;
        }
        for Taken { object, column, parent, from } in &self.taken {
            let (object, parent) = (object.bind(py), parent.bind(py));
            let value = attribute(&*model_of_instance(parent)?, parent, *from)?;
            let model = model_of_instance(object)?;
            set_plainly(object, model.fields[*column].name.bind(py), value)?;
        }
        for object in &inserted {
            attach_inserted(work, object.bind(py))?;
            work.list_changes(object.bind(py)); // assigned while it was on its way
        }
        for ((model, update), stamps) in self.updated.into_iter().zip(flushed.updated) {
            let instance = update.instance().clone_ref(py);
            let rekeys = model.table.primary_key.iter().any(|at| update.positions.contains(at));
            update.arrived(py, &model, stamps, scope.as_ref())?;
            if rekeys {
                attach_inserted(work, instance.bind(py))?;
            }
        }
        let mut marked: Vec<Option<Record>> = self.gone.iter().map(|_| None).collect();
        for (place, record) in flushed.marked {
            marked[place] = Some(record);
        }
        let mut gone = Vec::with_capacity(self.gone.len());
        for (one, marked) in self.gone.into_iter().zip(marked) {
            gone.push(one.arrive(py, marked, scope.as_ref())?);
        }
        work.settle(inserted, gone);
        Ok(())
    }

    fn inserted_batch(
        &mut self,
        py: Python<'_>,
        batch: &Inserted,
        scope: Option<&Py<Scope>>,
        inserted: &mut Vec<Py<ModelBase>>,
    ) -> PyResult<()> {
        let Some(model) = batch.places.first().map(|place| Arc::clone(&self.inserted[*place].0)) else { return Ok(()) };
        let rows: &Rows = &batch.rows;
        let slots = slots(py, &model, rows);
        for (row, place) in batch.places.iter().enumerate() {
            let Some(writing) = self.inserted[*place].1.take() else { continue };
            let instance = writing.instance(py).clone();
            writing.supply(py, &model, rows, row, &slots)?;
            writing.inserted(py, &model, rows, row, scope)?;
            inserted.push(instance.cast_into::<ModelBase>()?.unbind());
        }
        Ok(())
    }
}

/// Has an object stand for the row that it was written to.
pub(super) fn attach_inserted(work: &Arc<Work>, instance: &Bound<'_, ModelBase>) -> PyResult<()> {
    let model = model_of_instance(instance)?;
    if let Some(key) = present_key(&model, instance.as_any())? {
        work.attach(&model, instance, key);
    }
    Ok(())
}

impl Gone {
    fn arrive(self, py: Python<'_>, marked: Option<Record>, scope: Option<&Py<Scope>>) -> PyResult<Py<ModelBase>> {
        let Self { model, instance, stamps } = self;
        let every = 0..if scope.is_some() { model.fields.len() } else { 0 };
        let undo = scope.map(|_| Undo::before(&model, instance.bind(py), Vec::new(), every)).transpose()?;
        let bound = instance.bind(py);
        if model.table.role(Role::DeletedAt).is_none() {
            bound.get().mark_deleted();
            bound.get().tie().set_phase(Phase::Gone);
        } else {
            if let Some(written) = marked {
                arrive(py, &model, bound, stamps, written)?;
            }
            bound.get().tie().set_phase(Phase::Stored); // the row is there, and marked
        }
        leave_parents(&model, bound.as_any())?;
        note(py, &model, scope, undo)?;
        Ok(instance)
    }
}
