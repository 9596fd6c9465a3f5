//! The session of Python: a unit of work over instances.
//!
//! [`Work`] is what a session knows; each instance of it has a [`Tie`] to it. Queries find their session by the scope of
//! their context ([`Route`](crate::engine::Route)), rows become its objects in [`Known`], and [`flush`] turns what is
//! pending into a [`Unit`](chakra::session::Unit) of the engine.

mod baseline;
mod collect;
mod end;
mod first;
mod flush;
mod key;
mod known;
mod merge;
mod reach;
mod row;
mod tie;
mod work;

pub(crate) use first::{flushed_first, streamed_after_flush};
pub(crate) use known::Known;
pub(crate) use tie::Tie;
pub(crate) use work::Work;

use std::sync::Arc;

use chakra::driver::{Pool, TransactionOptions};
use parking_lot::Mutex;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::engine::{entry_for, pool_for};
use crate::error::{Outcome, plain};
use crate::instance::{ModelBase, model_of_instance, refresh};
use crate::operation::{Mode, run};
use crate::relationship::leave_parents;
use crate::schema::Model;
use crate::transaction::{Scope, innermost, level};

use flush::flush;
use reach::{add_hung, add_with_reachable, shown};
use tie::Phase;

/// Before a column of an instance changes, whose session must be able to take that back.
#[inline]
pub(crate) fn before_change(instance: &Bound<'_, ModelBase>, model: &Model, position: usize) -> PyResult<()> {
    if instance.get().tie().phase() != Phase::Stored {
        return Ok(());
    }
    match instance.get().tie().work() {
        Some(work) => work.before_change(model, instance, position),
        None => Ok(()),
    }
}

/// After an instance was inserted by a call of its own: it belongs to the session around that.
pub(crate) fn adopt_inserted(scope: &Scope, instance: &Bound<'_, ModelBase>) -> PyResult<()> {
    match scope.work() {
        Some(work) if instance.get().tie().work().is_none() => work.adopt(instance),
        _ => Ok(()),
    }
}

/// After the row of an instance was deleted by a call of its own.
pub(crate) fn note_deleted(instance: &Bound<'_, ModelBase>) {
    if let Some(work) = instance.get().tie().work() {
        work.note_deleted(instance);
    }
}

/// A unit of work over instances; Python's part makes a block of it.
#[pyclass(frozen, subclass, name = "Session", module = "chakra._chakra")]
pub(crate) struct Session {
    using: Option<Py<PyAny>>,
    autoflush: bool,
    open: Mutex<Option<Open>>,
}

/// What there is while the block lasts, and what there was after it.
struct Open {
    work: Arc<Work>,
    scope: Py<Scope>,
}

fn mode(blocking: bool) -> Mode {
    if blocking { Mode::Blocking } else { Mode::Async }
}

#[pymethods]
impl Session {
    #[new]
    #[pyo3(signature = (using=None, *, autoflush=true))]
    fn new(using: Option<Bound<'_, PyAny>>, autoflush: bool) -> Self {
        let using = using.filter(|using| !using.is_none()).map(Bound::unbind);
        Self { using, autoflush, open: Mutex::default() }
    }

    /// Begins the block; gives its scope.
    fn _open(slf: &Bound<'_, Self>, blocking: bool) -> PyResult<Py<Scope>> {
        let (py, session) = (slf.py(), slf.get());
        if session.open.lock().is_some() {
            let message = "this Session() was entered before: make one for each block";
            return Err(plain(py, "SessionError", message));
        }
        let using = session.using.as_ref().map(|using| using.bind(py));
        let entry = entry_for(py, using)?;
        let route = pool_for(py, using)?;
        let pool = if blocking { route.blocking() } else { Pool::clone(&route) };
        let work = Work::new(pool.lazy_transaction(), session.autoflush);
        let pool = work.pool();
        let scope = Bound::new(py, Scope::of_session(entry, Arc::clone(&work), pool, innermost(py)?))?;
        work.name_level(0, &scope)?;
        *session.open.lock() = Some(Open { work, scope: scope.clone().unbind() });
        Ok(scope.unbind())
    }

    /// Ends the block where there is nothing to be written and nothing was begun; says whether it did.
    fn _close_idle(&self, py: Python<'_>) -> PyResult<bool> {
        let work = self.work(py)?;
        if add_hung(&work, py).is_err() {
            return Ok(false); // the commit tells it
        }
        if work.transaction.has_begun() || work.has_pending(py)? || work.savepoints() > 0 {
            return Ok(false);
        }
        work.close(py);
        Ok(true)
    }

    /// Ends the block: what was not committed is rolled back.
    fn _close(&self, py: Python<'_>) {
        let work = self.open.lock().as_ref().map(|open| Arc::clone(&open.work));
        if let Some(work) = work {
            work.close(py);
        }
    }

    /// Has an object inserted, or its changes written.
    fn add(&self, py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let work = self.work(py)?;
        refuse_strange(object)?;
        add_with_reachable(&work, object)
    }

    /// `add` for each of several objects.
    fn add_all(&self, py: Python<'_>, objects: &Bound<'_, PyAny>) -> PyResult<()> {
        let work = self.work(py)?;
        for object in objects.try_iter()? {
            let object = object?;
            refuse_strange(&object)?;
            add_with_reachable(&work, &object)?;
        }
        Ok(())
    }

    /// Has an object's row deleted.
    fn delete(&self, py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let work = self.work(py)?;
        let instance = refuse_strange(object)?;
        let own = instance.get().tie().work().is_some_and(|other| Arc::ptr_eq(&other, &work));
        match instance.get().tie().phase() {
            Phase::New if own => {
                work.release(instance);
                // Else whoever holds it would take it along again.
                leave_parents(&model_of_instance(object)?, object)?;
                return Ok(());
            }
            Phase::Doomed | Phase::Gone if own => return Ok(()),
            _ => {}
        }
        if !instance.get().is_loaded() {
            let message = format!("{} is not in the database, so there is nothing to delete", shown(object)?);
            return Err(plain(py, "SessionError", &message));
        }
        reach::add(&work, object)?;
        work.doom(instance);
        Ok(())
    }

    /// Takes an object out of the session.
    fn expunge(&self, py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let work = self.work(py)?;
        let instance = self.own(&work, object)?;
        work.release(instance);
        Ok(())
    }

    fn __contains__(&self, py: Python<'_>, object: &Bound<'_, PyAny>) -> bool {
        match (self.work(py), object.cast::<ModelBase>()) {
            (Ok(work), Ok(instance)) => {
                let tie = instance.get().tie();
                tie.phase() != Phase::Gone && tie.work().is_some_and(|other| Arc::ptr_eq(&other, &work))
            }
            _ => false,
        }
    }

    /// The objects to be inserted.
    #[getter]
    fn new_objects<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, ModelBase>>> {
        Ok(self.work(py)?.listed(py, Phase::New))
    }

    /// The objects with changes to be written.
    #[getter]
    fn changed_objects<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, ModelBase>>> {
        let changed = self.work(py)?.pending(py).changed;
        let mut found = Vec::with_capacity(changed.len());
        for instance in changed {
            let instance = instance.into_bound(py);
            let is_stored = instance.get().tie().phase() == Phase::Stored;
            if is_stored && !instance.get().changed(&*model_of_instance(&instance)?, &instance)?.is_empty() {
                found.push(instance);
            }
        }
        Ok(found)
    }

    /// The objects to be deleted.
    #[getter]
    fn deleted_objects<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, ModelBase>>> {
        Ok(self.work(py)?.listed(py, Phase::Doomed))
    }

    /// The pool that it was given.
    #[getter]
    fn _using(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.using.as_ref().map(|using| using.clone_ref(py))
    }

    #[getter]
    fn is_open(&self) -> bool {
        self.open.lock().as_ref().is_some_and(|open| !open.work.is_closed())
    }

    /// Whether a transaction has begun.
    #[getter]
    fn in_transaction(&self) -> bool {
        self.open.lock().as_ref().is_some_and(|open| open.work.transaction.has_begun())
    }

    #[pyo3(signature = (model, key, *, for_update=false))]
    fn get<'py>(
        &self,
        model: &Bound<'py, PyType>,
        key: &Bound<'py, PyAny>,
        for_update: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        row::get(&self.work(model.py())?, model, key, for_update, Mode::Async)
    }

    #[pyo3(signature = (model, key, *, for_update=false))]
    fn get_sync<'py>(
        &self,
        model: &Bound<'py, PyType>,
        key: &Bound<'py, PyAny>,
        for_update: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        row::get(&self.work(model.py())?, model, key, for_update, Mode::Blocking)
    }

    fn refresh<'py>(&self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.refresh_as(object, Mode::Async)
    }

    fn refresh_sync<'py>(&self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.refresh_as(object, Mode::Blocking)
    }

    /// What merging an object gives, where that is known without asking for its row.
    fn _merged<'py>(&self, object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, ModelBase>>> {
        merge::at_hand(&self.work(object.py())?, refuse_strange(object)?)
    }

    /// Gives the session's object the values of another.
    fn _merge_into<'py>(
        &self,
        object: &Bound<'py, ModelBase>,
        own: Option<Bound<'py, ModelBase>>,
    ) -> PyResult<Bound<'py, ModelBase>> {
        merge::into(&self.work(object.py())?, object, own.as_ref())
    }

    fn flush<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        flush(py, &self.work(py)?, Mode::Async)
    }

    fn flush_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        flush(py, &self.work(py)?, Mode::Blocking)
    }

    fn commit<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (work, scope) = self.opened(py)?;
        end::commit(py, &work, &scope, Mode::Async)
    }

    fn commit_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (work, scope) = self.opened(py)?;
        end::commit(py, &work, &scope, Mode::Blocking)
    }

    fn rollback<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (work, scope) = self.opened(py)?;
        end::rollback(py, &work, &scope, Mode::Async)
    }

    fn rollback_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (work, scope) = self.opened(py)?;
        end::rollback(py, &work, &scope, Mode::Blocking)
    }

    /// Begins the transaction now.
    #[pyo3(signature = (isolation_level, read_only, *, blocking))]
    fn _begin<'py>(
        &self,
        py: Python<'py>,
        isolation_level: Option<&str>,
        read_only: bool,
        blocking: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (work, _) = self.opened(py)?;
        work.refuse_broken(py)?;
        let isolation_level = isolation_level.map(|name| level(py, name)).transpose()?;
        let options = TransactionOptions { isolation_level, read_only };
        if work.transaction.has_begun() {
            let message = "the session's transaction has begun already: commit or roll back first, begin before the first \
                           write, or set a savepoint with begin_nested()";
            return Err(plain(py, "SessionError", message));
        }
        let transaction = work.transaction.clone();
        let beginning = move |_| async move { Outcome::Ok(transaction.begin(options).await?) };
        run(py, &work.pool(), mode(blocking), beginning, |py, ()| Ok(py.None()))
    }

    /// Sets a savepoint; gives its scope.
    #[pyo3(signature = (*, blocking))]
    fn _nest<'py>(&self, py: Python<'py>, blocking: bool) -> PyResult<Bound<'py, PyAny>> {
        let (work, _) = self.opened(py)?;
        work.refuse_broken(py)?;
        let scope = work.scope(py).ok_or_else(|| plain(py, "SessionError", "the session has ended"))?;
        Scope::nest(scope.bind(py), mode(blocking))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = slf.get_type().name()?;
        let state = match &*slf.get().open.lock() {
            None => "not entered",
            Some(open) if open.work.is_closed() => "ended",
            Some(open) if open.work.transaction.has_begun() => "in a transaction",
            Some(_) => "open",
        };
        Ok(format!("<chakra.{name} {state}>"))
    }
}

impl Session {
    fn opened(&self, py: Python<'_>) -> PyResult<(Arc<Work>, Py<Scope>)> {
        let opened = self.open.lock().as_ref().map(|open| (Arc::clone(&open.work), open.scope.clone_ref(py)));
        match opened {
            Some((work, _)) if work.is_closed() => {
                work.refuse_broken(py)?;
                Err(plain(py, "SessionError", "the session has ended"))
            }
            Some(opened) => Ok(opened),
            None => {
                let message = "this Session() was not entered: use it as `async with Session() as session:` or `with`";
                Err(plain(py, "SessionError", message))
            }
        }
    }

    fn work(&self, py: Python<'_>) -> PyResult<Arc<Work>> {
        self.opened(py).map(|(work, _)| work)
    }

    /// An object of this session.
    fn own<'a, 'py>(&self, work: &Arc<Work>, object: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, ModelBase>> {
        let instance = refuse_strange(object)?;
        if instance.get().tie().work().is_some_and(|other| Arc::ptr_eq(&other, work)) {
            return Ok(instance);
        }
        let message = format!("{} is not an object of this session", shown(object)?);
        Err(plain(object.py(), "SessionError", &message))
    }

    fn refresh_as<'py>(&self, object: &Bound<'py, PyAny>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let py = object.py();
        let instance = self.own(&self.work(py)?, object)?;
        refresh(instance, self.using.as_ref().map(|using| using.bind(py)), mode)
    }
}

/// What is no instance of a model.
fn refuse_strange<'a, 'py>(object: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, ModelBase>> {
    object.cast::<ModelBase>().map_err(|_| {
        let given = object.get_type().name().map_or_else(|_| "that".into(), |name| name.to_string());
        PyTypeError::new_err(format!("a session takes objects of models, one by one, not {given}"))
    })
}
