//! What a session knows: which object stands for which row, and what is to be written.

use std::collections::HashMap;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use chakra::driver::{LazyTransaction, Pool};
use chakra::engine::RowKey;
use chakra::schema::TableRef;
use chakra::session::IdentityMap;
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

use super::baseline::{Baselines, expire, present};
use super::key::present_key;
use super::tie::{Phase, Place};
use crate::error::plain;
use crate::instance::{ModelBase, is_same, model_of_instance};
use crate::runtime::process;
use crate::schema::Model;
use crate::transaction::Scope;
use crate::weak::WeakInstance;

/// The unit of work of one session. Nothing that may run Python code, dropping an object among it, happens under its lock.
pub(crate) struct Work {
    pub(super) transaction: LazyTransaction,
    pub(super) autoflush: bool,
    /// Held by whoever flushes.
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
    closed: AtomicBool,
    process: u32,
    this: Weak<Self>,
}

#[derive(Default)]
struct State {
    identities: IdentityMap<WeakInstance>,
    /// To be inserted, in the order in which they were added.
    new: Vec<Py<ModelBase>>,
    /// Assigned to since they were loaded or written.
    changed: Vec<Py<ModelBase>>,
    /// To be deleted.
    doomed: Vec<Py<ModelBase>>,
    /// Objects that can change without being assigned to, by address: they must not go with such a change.
    watched: HashMap<usize, Py<ModelBase>>,
    /// The transaction and the savepoints in it.
    levels: Vec<Level>,
    /// How many savepoints there have been.
    savepoints: u64,
    /// How often anything was rolled back.
    rollbacks: u64,
    /// Whether a flush was left half done.
    broken: bool,
}

/// What a transaction or a savepoint must be able to take back.
pub(crate) struct Level {
    /// 0 for the transaction; savepoints are counted.
    id: u64,
    pool: Pool,
    /// What takes back what was written to objects.
    scope: Option<Py<PyWeakrefReference>>,
    baselines: Baselines,
    inserted: Vec<Py<ModelBase>>,
    gone: Vec<Py<ModelBase>>,
}

impl Level {
    /// It was committed: what was deleted is nobody's any more.
    pub(super) fn commit(self) {
        for instance in &self.gone {
            if instance.get().tie().phase() == Phase::Gone {
                instance.get().tie().release();
            }
        }
    }

    fn new(id: u64, pool: Pool) -> Self {
        Self { id, pool, scope: None, baselines: Baselines::default(), inserted: Vec::new(), gone: Vec::new() }
    }
}

/// A column's value; None where it is not loaded.
pub(crate) struct Seen {
    position: usize,
    value: Option<Py<PyAny>>,
}

/// What a flush looks at.
pub(super) struct Pending {
    pub(super) new: Vec<Py<ModelBase>>,
    pub(super) changed: Vec<Py<ModelBase>>,
    pub(super) doomed: Vec<Py<ModelBase>>,
}

impl Work {
    pub(super) fn new(transaction: LazyTransaction, autoflush: bool) -> Arc<Self> {
        let levels = vec![Level::new(0, transaction.as_pool().clone())];
        Arc::new_cyclic(|this| Self {
            transaction,
            autoflush,
            turn: Arc::default(),
            state: Mutex::new(State { levels, ..State::default() }),
            closed: AtomicBool::new(false),
            process: process(),
            this: this.clone(),
        })
    }

    fn shared(&self) -> Arc<Self> {
        // Whoever calls a method holds it.
        self.this.upgrade().unwrap_or_else(|| unreachable!("a method runs on something that is alive"))
    }

    /// Whether its transaction may hold changes that are not committed.
    pub(crate) fn has_begun(&self) -> bool {
        self.transaction.has_begun()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Where its statements run: in the innermost savepoint.
    pub(super) fn pool(&self) -> Pool {
        let state = self.state.lock();
        state.levels.last().map_or_else(|| self.transaction.as_pool(), |level| &level.pool).clone()
    }

    /// How many savepoints are open.
    pub(super) fn savepoints(&self) -> usize {
        self.state.lock().levels.len().saturating_sub(1)
    }

    /// The session's own transaction, where no savepoint is open.
    pub(super) fn own_transaction(&self) -> Option<LazyTransaction> {
        (self.savepoints() == 0).then(|| self.transaction.clone())
    }

    /// How often anything was rolled back.
    pub(super) fn rollbacks(&self) -> u64 {
        self.state.lock().rollbacks
    }

    /// Has flushes refused until a rollback: one was left half done, unless that was rolled back since.
    pub(super) fn break_down(&self, rollbacks: u64) {
        let mut state = self.state.lock();
        state.broken |= state.rollbacks == rollbacks;
    }

    /// # Errors
    ///
    /// `SessionError` after a flush that failed, or the session's end.
    pub(super) fn refuse_broken(&self, py: Python<'_>) -> PyResult<()> {
        if self.is_closed() {
            let message = "the session has ended; what is asked of it now would not be part of it: begin another";
            return Err(plain(py, "SessionError", message));
        }
        if self.process != process() {
            let message =
                "the session was begun before this process was forked, and belongs to the parent; begin another";
            return Err(plain(py, "SessionError", message));
        }
        if !self.state.lock().broken {
            return Ok(());
        }
        let message = "a flush of this session failed or was cancelled half-way: roll back, or leave the block, before \
                       anything else is written";
        Err(plain(py, "SessionError", message))
    }

    // Identities

    /// The object that stands for a row.
    #[inline]
    pub(crate) fn find<'py>(&self, py: Python<'py>, table: &TableRef, key: &RowKey) -> Option<Bound<'py, PyAny>> {
        let found = self.state.lock().identities.get(table, key).copied();
        found.and_then(|found| found.get(py))
    }

    pub(super) fn forget(&self, table: &TableRef, key: &RowKey, instance: WeakInstance) {
        let mut state = self.state.lock();
        if state.identities.get(table, key) == Some(&instance) {
            state.identities.remove(table, key);
        }
    }

    /// Has an object stand for the row of its key.
    pub(crate) fn attach(&self, model: &Model, instance: &Bound<'_, ModelBase>, key: RowKey) {
        let Some(weak) = WeakInstance::of(instance.as_any()) else { return };
        let table = model.table.clone();
        let place = Place { work: self.this.clone(), table: table.clone(), key: key.clone(), instance: weak };
        instance.get().tie().bind(&self.shared(), Phase::Stored, Some(place));
        let watched = (!model.mutable.is_empty()).then(|| instance.clone().unbind());
        let mut state = self.state.lock();
        state.identities.insert(&table, key, weak);
        let before = watched.and_then(|watched| state.watched.insert(instance.as_ptr() as usize, watched));
        drop(state);
        drop(before);
    }

    /// Every object that stands for a row.
    pub(super) fn stored<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        let stored: Vec<WeakInstance> = self.state.lock().identities.values().copied().collect();
        stored.into_iter().filter_map(|instance| instance.get(py)).collect()
    }

    // What is to be written

    /// Puts an object among those to be inserted.
    pub(super) fn add_new(&self, instance: &Bound<'_, ModelBase>) {
        instance.get().tie().bind(&self.shared(), Phase::New, None);
        self.state.lock().new.push(instance.clone().unbind());
    }

    /// Takes in an object that was inserted by a call of its own.
    pub(super) fn adopt(&self, instance: &Bound<'_, ModelBase>) -> PyResult<()> {
        let model = model_of_instance(instance)?;
        let Some(key) = present_key(&model, instance.as_any())? else { return Ok(()) };
        self.attach(&model, instance, key);
        let mut state = self.state.lock();
        if let Some(level) = state.levels.last_mut() {
            level.inserted.push(instance.clone().unbind());
        }
        drop(state);
        self.list_changes(instance); // assigned while it was on its way
        Ok(())
    }

    /// The row of an object was deleted by a call of its own.
    pub(super) fn note_deleted(&self, instance: &Bound<'_, ModelBase>) {
        instance.get().tie().set_phase(Phase::Gone);
        let mut state = self.state.lock();
        if let Some(level) = state.levels.last_mut() {
            level.gone.push(instance.clone().unbind());
        }
    }

    /// Puts a stored object among those to be deleted.
    pub(super) fn doom(&self, instance: &Bound<'_, ModelBase>) {
        instance.get().tie().set_phase(Phase::Doomed);
        self.state.lock().doomed.push(instance.clone().unbind());
    }

    /// Puts a stored object that has changes already among those to be written.
    pub(super) fn list_changes(&self, instance: &Bound<'_, ModelBase>) {
        if instance.get().is_changed() && instance.get().tie().list() {
            self.state.lock().changed.push(instance.clone().unbind());
        }
    }

    /// Before a column of an object changes.
    pub(super) fn before_change(
        &self,
        model: &Model,
        instance: &Bound<'_, ModelBase>,
        position: usize,
    ) -> PyResult<()> {
        let (py, tie) = (instance.py(), instance.get().tie());
        if tie.phase() != Phase::Stored {
            return Ok(());
        }
        let value = present(model, instance, position)?;
        self.keep(py, instance, position, value, !instance.get().is_assigned(position));
        if tie.list() {
            self.state.lock().changed.push(instance.clone().unbind());
        }
        Ok(())
    }

    /// Keeps a former value of an object for a rollback.
    pub(super) fn keep(
        &self,
        py: Python<'_>,
        instance: &Bound<'_, ModelBase>,
        position: usize,
        value: Option<Py<PyAny>>,
        is_clean: bool,
    ) {
        let mut state = self.state.lock();
        let Some(level) = state.levels.last_mut() else { return };
        let before = level.baselines.keep(py, instance.as_unbound(), position, value, is_clean);
        drop(state);
        drop(before);
    }

    /// What a row that was read again held before, as far as that is another value now: a transaction that has begun may
    /// have written it.
    pub(crate) fn note_read(&self, model: &Model, instance: &Bound<'_, ModelBase>, before: Vec<Seen>) -> PyResult<()> {
        for Seen { position, value } in before {
            let now = present(model, instance, position)?;
            let is_same = match (&value, &now) {
                (Some(value), Some(now)) => is_same(value.bind(instance.py()), now.bind(instance.py()))?,
                _ => false,
            };
            if !is_same {
                self.keep(instance.py(), instance, position, value, true);
            }
        }
        Ok(())
    }

    /// What an object holds before its row is read again, if that matters.
    pub(crate) fn before_read(&self, model: &Model, instance: &Bound<'_, ModelBase>) -> PyResult<Vec<Seen>> {
        if !self.transaction.has_begun() {
            return Ok(Vec::new());
        }
        let seen = |position| Ok(Seen { position, value: present(model, instance, position)? });
        (0..model.fields.len()).map(seen).collect()
    }

    /// What the database holds in an assigned column of an object, if that is known.
    pub(super) fn clean(&self, instance: &Bound<'_, ModelBase>, position: usize) -> Option<Py<PyAny>> {
        self.state.lock().levels.last()?.baselines.clean(instance.py(), instance, position)
    }

    /// Whether anything is to be written.
    pub(crate) fn has_pending(&self, py: Python<'_>) -> PyResult<bool> {
        let state = self.state.lock();
        if !state.new.is_empty() || !state.changed.is_empty() || !state.doomed.is_empty() {
            return Ok(true);
        }
        if state.watched.is_empty() {
            return Ok(false);
        }
        let watched: Vec<Py<ModelBase>> = state.watched.values().map(|instance| instance.clone_ref(py)).collect();
        drop(state);
        for instance in watched {
            let instance = instance.bind(py);
            let is_stored = instance.get().tie().phase() == Phase::Stored;
            if is_stored && !instance.get().changed_in_place(&*model_of_instance(instance)?, instance)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is to be written, as far as that is known without looking at values: watched objects count as changed.
    pub(super) fn pending(&self, py: Python<'_>) -> Pending {
        let state = self.state.lock();
        let all = |objects: &[Py<ModelBase>]| objects.iter().map(|object| object.clone_ref(py)).collect::<Vec<_>>();
        let mut changed = all(&state.changed);
        let unlisted = |instance: &&Py<ModelBase>| !instance.get().tie().is_listed();
        changed.extend(state.watched.values().filter(unlisted).map(|instance| instance.clone_ref(py)));
        Pending { new: all(&state.new), changed, doomed: all(&state.doomed) }
    }

    /// After a flush: these are written.
    pub(super) fn settle(&self, inserted: Vec<Py<ModelBase>>, gone: Vec<Py<ModelBase>>) {
        let mut state = self.state.lock();
        let phase = |instance: &Py<ModelBase>| instance.get().tie().phase();
        let (new, old_new) = mem::take(&mut state.new).into_iter().partition(|one| phase(one) == Phase::New);
        let is_changed = |one: &Py<ModelBase>| phase(one) == Phase::Stored && one.get().is_changed();
        let (changed, old_changed): (Vec<_>, Vec<_>) = mem::take(&mut state.changed).into_iter().partition(is_changed);
        let (doomed, old_doomed) =
            mem::take(&mut state.doomed).into_iter().partition(|one| phase(one) == Phase::Doomed);
        (state.new, state.changed, state.doomed) = (new, changed, doomed);
        let watched = gone.iter().filter_map(|one| state.watched.remove(&(one.as_ptr() as usize))).collect::<Vec<_>>();
        if let Some(level) = state.levels.last_mut() {
            level.inserted.extend(inserted);
            level.gone.extend(gone);
        }
        drop(state);
        for one in &old_changed {
            one.get().tie().unlist();
        }
        drop::<(Vec<_>, Vec<_>, Vec<_>, Vec<_>)>((old_new, old_changed, old_doomed, watched));
    }

    /// Takes an object out of the session, whatever it was in it.
    pub(super) fn release(&self, instance: &Bound<'_, ModelBase>) {
        instance.get().tie().release();
        let mut state = self.state.lock();
        let mut dropped = Vec::new();
        let State { new, changed, doomed, watched, .. } = &mut *state;
        for list in [new, changed, doomed] {
            if let Some(at) = list.iter().position(|other| other.as_ptr() == instance.as_ptr()) {
                dropped.push(list.remove(at));
            }
        }
        dropped.extend(watched.remove(&(instance.as_ptr() as usize)));
        drop(state);
    }

    // Levels

    /// A savepoint was set; gives its number.
    pub(crate) fn open_level(&self, pool: Pool) -> u64 {
        let mut state = self.state.lock();
        state.savepoints += 1;
        let id = state.savepoints;
        state.levels.push(Level::new(id, pool));
        id
    }

    /// Tells a level what takes back what is written to objects.
    ///
    /// # Errors
    ///
    /// That of Python's, out of memory.
    pub(crate) fn name_level(&self, id: u64, scope: &Bound<'_, Scope>) -> PyResult<()> {
        let weak = PyWeakrefReference::new(scope)?.unbind();
        let mut state = self.state.lock();
        let before = state.levels.iter_mut().find(|level| level.id == id).and_then(|level| level.scope.replace(weak));
        drop(state);
        drop(before);
        Ok(())
    }

    /// What takes back what is written to objects now.
    pub(super) fn scope(&self, py: Python<'_>) -> Option<Py<Scope>> {
        let weak = self.state.lock().levels.last()?.scope.as_ref()?.clone_ref(py);
        weak.bind(py).upgrade_as::<Scope>().ok().flatten().map(Bound::unbind)
    }

    /// A savepoint was released: what it knew belongs to the level around it.
    pub(crate) fn keep_level(&self, id: u64) {
        let mut state = self.state.lock();
        let Some(at) = state.levels.iter().position(|level| level.id == id).filter(|at| *at > 0) else { return };
        let inner = state.levels.remove(at);
        let outer = &mut state.levels[at - 1];
        outer.inserted.extend(inner.inserted);
        outer.gone.extend(inner.gone);
        let dropped = outer.baselines.absorb(inner.baselines);
        drop(state);
        drop((dropped, inner.scope));
    }

    /// Takes out what the transaction must be able to take back, for its end.
    pub(super) fn take_root(&self) -> Option<Level> {
        let mut state = self.state.lock();
        let level = state.levels.first_mut()?;
        let mut next = Level::new(0, self.transaction.as_pool().clone());
        next.scope = level.scope.take();
        Some(mem::replace(level, next))
    }

    /// Puts it back, where the end did not come.
    pub(super) fn put_root_back(&self, level: Level) {
        let mut state = self.state.lock();
        let before = state.levels.first_mut().map(|present| {
            let scope = present.scope.take();
            mem::replace(present, Level { scope, ..level })
        });
        drop(state);
        drop(before);
    }

    /// After a savepoint was undone, or all of the transaction (`id` 0): objects hold what the database holds.
    pub(crate) fn restore(&self, py: Python<'_>, id: u64) -> PyResult<()> {
        let mut state = self.state.lock();
        let Some(at) = state.levels.iter().position(|level| level.id == id) else { return Ok(()) };
        let mut levels = state.levels.split_off(at);
        if let Some(first) = levels.first_mut().filter(|_| id == 0) {
            let scope = first.scope.take();
            state.levels.push(Level { scope, ..Level::new(0, self.transaction.as_pool().clone()) });
        }
        let (new, doomed, changed) =
            (mem::take(&mut state.new), mem::take(&mut state.doomed), mem::take(&mut state.changed));
        state.broken = false;
        state.rollbacks += 1;
        drop(state);
        for instance in &new {
            instance.get().tie().release();
        }
        for instance in &doomed {
            instance.get().tie().set_phase(Phase::Stored);
        }
        for instance in &changed {
            instance.get().tie().unlist();
        }
        let mut outcome = Ok(());
        for level in levels.into_iter().rev() {
            for instance in &level.inserted {
                self.release(instance.bind(py));
            }
            for instance in &level.gone {
                self.revive(py, instance.bind(py))?;
            }
            outcome = outcome.and(level.baselines.restore(py));
        }
        let stored = self.stored(py);
        let again = |object: &Bound<'_, PyAny>| expire(object).and_then(|()| self.know_by_key(object));
        stored.iter().map(again).fold(outcome, Result::and)
    }

    /// Has an object stand for the row of the key that it holds now.
    fn know_by_key(&self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let instance = object.cast::<ModelBase>()?;
        let model = model_of_instance(object)?;
        let (known, held) = (instance.get().tie().place(), present_key(&model, object)?);
        match (known, held) {
            (Some((table, known)), Some(held)) if known != held => {
                if let Some(weak) = WeakInstance::of(object) {
                    self.forget(&table, &known, weak);
                }
                self.attach(&model, instance, held);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Has an object stand for its row again, which was not deleted after all.
    fn revive(&self, py: Python<'_>, instance: &Bound<'_, ModelBase>) -> PyResult<()> {
        let model = model_of_instance(instance)?;
        let Some((_, key)) = instance.get().tie().place() else { return Ok(()) };
        match self.find(py, &model.table, &key) {
            Some(other) if !other.is(instance) => instance.get().tie().release(),
            _ => self.attach(&model, instance, key),
        }
        Ok(())
    }

    /// The end: objects go on as plain objects.
    pub(super) fn close(&self, py: Python<'_>) {
        self.closed.store(true, Ordering::Relaxed);
        self.transaction.close();
        let stored = self.stored(py);
        let state = mem::take(&mut *self.state.lock());
        for instance in &stored {
            if let Ok(instance) = instance.cast::<ModelBase>() {
                instance.get().tie().release();
            }
        }
        for instance in state.new.iter().chain(&state.doomed).chain(&state.changed) {
            instance.get().tie().release();
        }
        for instance in state.levels.iter().flat_map(|level| &level.gone) {
            instance.get().tie().release();
        }
        drop(state);
    }

    /// The objects to be inserted, changed or deleted, for those who ask.
    pub(super) fn listed<'py>(&self, py: Python<'py>, phase: Phase) -> Vec<Bound<'py, ModelBase>> {
        let state = self.state.lock();
        let list = match phase {
            Phase::New => &state.new,
            Phase::Doomed => &state.doomed,
            _ => &state.changed,
        };
        list.iter().map(|instance| instance.bind(py).clone()).collect()
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.process != process() {
            // Its connection and its threads are the parent's.
            mem::forget(self.transaction.clone());
        }
    }
}
