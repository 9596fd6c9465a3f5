//! The base class of models. Instances are ordinary Python objects: attributes live in the instance's
//! own dictionary, reads never pass through here, assignments do.

mod changes;
mod columns;
mod faults;
mod pickling;
mod record;
mod row;
mod same;
mod stamp;
mod undo;
mod validators;
mod write;

pub(crate) use changes::{Watched, changes_in_place};
pub(crate) use faults::Faults;
pub(crate) use record::{insertable, insertable_but, insertable_linked};
pub(crate) use row::{refresh, target};
pub(crate) use same::is_same;
pub(crate) use stamp::{Stamp, assignments, marks, stamps, update_stamps, updated};
pub(crate) use undo::{Undo, place_of};
pub(crate) use write::{Update, Writing, arrive, insert_giving, note};

use changes::Originals;
use columns::Columns;
use pickling::InstanceState;
use record::{construct, values_of};
use validators::validated;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::convert::coerce;
use crate::hydrate::{delete_plainly, set_plainly};
use crate::operation::Mode;
use crate::relationship::{Membership, Siblings, assign, drop_outdated};
use crate::schema::{Model, model_of};
use crate::session::{Tie, before_change};

/// What the engine knows of an instance beside its attributes.
#[pyclass(frozen, subclass, weakref, module = "chakra._chakra")]
#[derive(Debug, Default)]
pub(crate) struct ModelBase {
    /// Whether the database holds it.
    loaded: AtomicBool,
    /// The columns assigned since it was loaded or saved.
    dirty: Columns,
    /// The columns of a new one that were given no value, so that the database's default is taken.
    left_open: Columns,
    /// What the database holds where a value can change in place.
    originals: Originals,
    /// The key under which the database holds it, where an assignment changed it since.
    stored_key: Mutex<Option<Vec<Py<PyAny>>>>,
    /// Its membership of the objects that came with it from the database.
    membership: Mutex<Option<Membership>>,
    /// The relationships, by position, of which its siblings' loading showed that they lead nowhere.
    missing: AtomicU64,
    /// The session that it belongs to.
    tie: Tie,
}

impl ModelBase {
    /// Makes it one of the objects of a result.
    pub(crate) fn join(&self, membership: Membership) {
        let before = self.membership.lock().replace(membership);
        drop(before); // after the lock: it may run Python code
    }

    /// The objects that came with it from the database, itself among them.
    pub(crate) fn siblings(&self) -> Option<Arc<Siblings>> {
        self.membership.lock().as_ref().map(|membership| Arc::clone(membership.siblings()))
    }

    /// The engine's part of an instance.
    pub(crate) fn of<'a>(instance: &'a Bound<'_, PyAny>) -> PyResult<&'a Self> {
        Ok(instance.cast::<Self>()?.get())
    }

    /// How it stands to a session.
    pub(crate) fn tie(&self) -> &Tie {
        &self.tie
    }

    /// Whether any column was assigned since it was loaded or written.
    pub(crate) fn is_changed(&self) -> bool {
        !self.dirty.get().is_empty()
    }

    /// Notes that the database has nothing related to it in this way.
    pub(crate) fn know_missing(&self, relationship: usize) {
        self.missing.fetch_or(bit(relationship), Ordering::Relaxed);
    }

    /// Whether it is known that the database has nothing related to it in this way.
    pub(crate) fn knows_missing(&self, relationship: usize) -> bool {
        self.missing.load(Ordering::Relaxed) & bit(relationship) != 0
    }

    /// Notes that what is related may have changed.
    pub(crate) fn forget_missing(&self) {
        self.missing.store(0, Ordering::Relaxed);
    }

    /// Notes that the database holds exactly these attributes.
    #[inline]
    pub(crate) fn mark_loaded(&self) {
        self.loaded.store(true, Ordering::Relaxed);
        self.dirty.take();
        self.left_open.take();
        self.forget_key();
    }

    /// Notes that the database holds the row under the key that the attributes say.
    fn forget_key(&self) {
        let kept = self.stored_key.lock().take();
        drop(kept); // after the lock: it may run Python code
    }

    /// Notes that the database holds it no more.
    pub(crate) fn mark_deleted(&self) {
        self.loaded.store(false, Ordering::Relaxed);
    }

    /// Whether a column was given another value since the database was last asked.
    pub(crate) fn is_assigned(&self, position: usize) -> bool {
        self.dirty.contains(position)
    }

    /// Notes that a column was given another value.
    pub(crate) fn mark_assigned(&self, position: usize) {
        self.dirty.mark(position);
        self.left_open.unmark(position);
    }

    /// Whether a column was given no value and has a default of the database.
    pub(crate) fn is_left_open(&self, position: usize) -> bool {
        self.left_open.contains(position)
    }

    /// Leaves open what another does, of which this is a copy.
    pub(crate) fn leave_open_as(&self, other: &Self) {
        self.left_open.take();
        self.left_open.put_back(&other.left_open.get());
    }

    /// Whether a column without a value is one that was given none, rather than one that was given None.
    fn leaves_open(&self, model: &Model, position: usize) -> bool {
        self.left_open.contains(position) || model.column(position).takes_null_as_open()
    }

    /// Notes that the database holds a column's value.
    pub(crate) fn is_written(&self, position: usize) {
        let others: Vec<usize> = self.dirty.take().into_iter().filter(|at| *at != position).collect();
        self.dirty.put_back(&others);
    }

    /// Whether the database holds it.
    pub(crate) fn is_loaded(&self) -> bool {
        self.loaded.load(Ordering::Relaxed)
    }

    /// Before a key changes: keeps the one under which the database holds the row.
    fn keep_key(&self, model: &Model, instance: &Bound<'_, PyAny>) -> PyResult<()> {
        if self.stored_key.lock().is_none() {
            let key = model.table.primary_key.iter().map(|at| attribute(model, instance, *at).map(Bound::unbind));
            let key = key.collect::<PyResult<_>>()?;
            self.stored_key.lock().get_or_insert(key);
        }
        Ok(())
    }

    /// The key under which the database holds the row.
    pub(crate) fn key<'py>(&self, model: &Model, instance: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        if let Some(kept) = self.stored_key.lock().as_ref() {
            return Ok(kept.iter().map(|part| part.bind(instance.py()).clone()).collect());
        }
        model.table.primary_key.iter().map(|at| attribute(model, instance, *at)).collect()
    }
}

/// None for those beyond a word: they are asked for again.
fn bit(relationship: usize) -> u64 {
    u32::try_from(relationship).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0)
}

/// An attribute's value; None where it was never set.
pub(crate) fn attribute<'py>(
    model: &Model,
    instance: &Bound<'py, PyAny>,
    position: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let py = instance.py();
    Ok(instance.getattr_opt(model.fields[position].name.bind(py))?.unwrap_or_else(|| py.None().into_bound(py)))
}

/// The refusal of values by position, which change their meaning when a field is added.
#[cold]
fn values_without_names(model: &Model, unnamed: &Bound<'_, PyTuple>) -> PyErr {
    let name = &model.table.model;
    let field = model.table.columns.first().map_or("id", |column| &column.attribute);
    let number = unnamed.len();
    PyTypeError::new_err(format!(
        "{name} takes values by name, such as {name}({field}=...), and was given {number} without"
    ))
}

/// The model of an instance's class.
pub(crate) fn model_of_instance(instance: &Bound<'_, PyAny>) -> PyResult<Arc<Model>> {
    model_of(&instance.get_type())
}

#[pymethods]
impl ModelBase {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }

    #[pyo3(signature = (*unnamed, **values))]
    fn __init__(
        slf: &Bound<'_, Self>,
        unnamed: &Bound<'_, PyTuple>,
        values: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let model = model_of_instance(slf)?;
        if !unnamed.is_empty() {
            return Err(values_without_names(&model, unnamed));
        }
        construct(&model, slf, values)
    }

    fn __setattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>, value: Bound<'_, PyAny>) -> PyResult<()> {
        let model = model_of_instance(slf)?;
        let text = name.to_cow().unwrap_or_default(); // text that is no Unicode names no field
        let Some(position) = model.position(&text) else {
            return match model.relationship(&text) {
                Some(relationship) => assign(slf, &model, relationship, &value),
                None => set_plainly(slf, name, value),
            };
        };
        let coerced = if model.fields[position].validators.is_empty() || value.is_none() {
            coerce(&model, position, &value)?
        } else {
            validated(&model, position, slf, &value)?
        };
        let state = slf.get();
        if state.is_loaded() && model.column(position).primary_key {
            state.keep_key(&model, slf)?;
        }
        before_change(slf, &model, position)?;
        set_plainly(slf, model.fields[position].name.bind(slf.py()), coerced)?;
        state.mark_assigned(position);
        if !model.relationships.is_empty() {
            drop_outdated(slf, &model, position)?;
        }
        Ok(())
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        let model = model_of_instance(slf)?;
        if name.to_str().is_ok_and(|name| model.position(name).is_some()) {
            let message = format!(
                "{}.{name} is a field and cannot be deleted; assign None, where it is nullable",
                model.table.model
            );
            return Err(PyAttributeError::new_err(message));
        }
        delete_plainly(slf, name)
    }

    /// Writes the object: a new one is inserted, of a loaded one the changed columns are updated.
    #[pyo3(signature = (*, update_fields=None, using=None))]
    fn save<'py>(
        slf: &Bound<'py, Self>,
        update_fields: Option<&Bound<'py, PyAny>>,
        using: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        write::save(slf, update_fields, using, Mode::Async)
    }

    /// `save` for code that may block.
    #[pyo3(signature = (*, update_fields=None, using=None))]
    fn save_sync<'py>(
        slf: &Bound<'py, Self>,
        update_fields: Option<&Bound<'py, PyAny>>,
        using: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        write::save(slf, update_fields, using, Mode::Blocking)
    }

    /// Deletes the object's row.
    #[pyo3(signature = (*, using=None))]
    fn delete<'py>(slf: &Bound<'py, Self>, using: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        row::delete(slf, using, Mode::Async)
    }

    /// `delete` for code that may block.
    #[pyo3(signature = (*, using=None))]
    fn delete_sync<'py>(slf: &Bound<'py, Self>, using: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        row::delete(slf, using, Mode::Blocking)
    }

    /// Removes the object's row, which `delete` would mark.
    #[pyo3(signature = (*, using=None))]
    fn _hard_delete<'py>(slf: &Bound<'py, Self>, using: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        row::hard_delete(slf, using, Mode::Async)
    }

    /// `_hard_delete` for code that may block.
    #[pyo3(signature = (*, using=None))]
    fn _hard_delete_sync<'py>(
        slf: &Bound<'py, Self>,
        using: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        row::hard_delete(slf, using, Mode::Blocking)
    }

    /// Takes the mark of deletion off the object's row.
    #[pyo3(signature = (*, using=None))]
    fn _restore<'py>(slf: &Bound<'py, Self>, using: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        row::restore(slf, using, Mode::Async)
    }

    /// `_restore` for code that may block.
    #[pyo3(signature = (*, using=None))]
    fn _restore_sync<'py>(slf: &Bound<'py, Self>, using: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        row::restore(slf, using, Mode::Blocking)
    }

    /// Reads the object's row again, overwriting its attributes.
    #[pyo3(signature = (*, using=None))]
    fn refresh<'py>(slf: &Bound<'py, Self>, using: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        row::refresh(slf, using, Mode::Async)
    }

    /// `refresh` for code that may block.
    #[pyo3(signature = (*, using=None))]
    fn refresh_sync<'py>(slf: &Bound<'py, Self>, using: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        row::refresh(slf, using, Mode::Blocking)
    }

    /// The names of the fields that the next `save` of a loaded object writes.
    fn _changed_fields(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        let model = model_of_instance(slf)?;
        let changed = slf.get().changed(&model, slf)?;
        Ok(changed.into_iter().map(|position| model.column(position).attribute.clone()).collect())
    }

    /// The names of the fields that were given no value and are left to the database's default.
    fn _left_open(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        let model = model_of_instance(slf)?;
        let open = slf.get().left_open.get();
        Ok(open.into_iter().map(|position| model.column(position).attribute.clone()).collect())
    }

    /// Whether the database holds the object.
    #[pyo3(name = "_is_loaded")]
    fn py_is_loaded(&self) -> bool {
        self.is_loaded()
    }

    /// For pickle and copy.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<impl IntoPyObject<'py>> {
        pickling::reduce(slf)
    }

    /// The attributes and what the engine knows beside them.
    fn __getstate__<'py>(slf: &Bound<'py, Self>) -> PyResult<InstanceState<'py>> {
        pickling::state_of(slf)
    }

    fn __setstate__(slf: &Bound<'_, Self>, state: InstanceState<'_>) -> PyResult<()> {
        pickling::restore(slf, state)
    }
}
