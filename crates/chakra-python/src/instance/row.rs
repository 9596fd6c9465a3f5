//! The row that an instance stands for: deleting it, taking the mark off it, reading it again.

use std::sync::Arc;

use chakra::driver::Pool;
use chakra::engine::{self, Target};
use chakra::query::Select;
use chakra::schema::{Role, TableRef};
use chakra::types::Value;
use pyo3::prelude::*;

use super::write::arrive;
use super::{ModelBase, Undo, Watched, assignments, attribute, marks, model_of_instance};
use crate::convert::to_value;
use crate::engine::{Route, pool_for};
use crate::error::{Outcome, raise, validation};
use crate::hydrate::{fill, slots};
use crate::operation::{Mode, ask, run};
use crate::relationship::forget_related;
use crate::schema::Model;
use crate::session::note_deleted;
use crate::transaction::{Scope, UndoEntry, open_scope, written_scope};

/// Deletes the row of an instance: marks it where the model marks rows.
pub(super) fn delete<'py>(
    slf: &Bound<'py, ModelBase>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let call = Call::of(slf, using, mode)?;
    let row = target(&call.model, slf)?;
    let stamps = marks(slf.py(), &call.model)?;
    let also = assignments(&stamps);
    call.run(
        move |pool, table| async move { Outcome::Ok(engine::delete_one(&pool, &table, &row, also).await?) },
        move |model, instance, written| {
            if model.table.role(Role::DeletedAt).is_none() {
                instance.get().mark_deleted();
                note_deleted(instance);
            } else if let Some(written) = written {
                arrive(instance.py(), model, instance, stamps, written)?;
            }
            Ok(())
        },
    )
}

/// Removes the row of an instance, whatever the model does with deleted rows.
pub(super) fn hard_delete<'py>(
    slf: &Bound<'py, ModelBase>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let call = Call::of(slf, using, mode)?;
    let row = target(&call.model, slf)?;
    call.run(
        move |pool, table| async move { Outcome::Ok(engine::remove_one(&pool, &table, &row).await?) },
        |_, instance, _| {
            instance.get().mark_deleted();
            note_deleted(instance);
            Ok(())
        },
    )
}

/// Takes the mark off the row of an instance.
pub(super) fn restore<'py>(
    slf: &Bound<'py, ModelBase>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let call = Call::of(slf, using, mode)?;
    let row = key_of(&call.model, slf)?;
    let also = assignments(&marks(slf.py(), &call.model)?);
    call.run(
        move |pool, table| async move { Outcome::Ok(engine::restore_one(&pool, &table, &row, also).await?) },
        |model, instance, rows| fill(instance.as_any(), &rows, 0, &slots(instance.py(), model, &rows)),
    )
}

/// Reads the row of an instance again.
pub(crate) fn refresh<'py>(
    slf: &Bound<'py, ModelBase>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, call) = (slf.py(), Call::of(slf, using, mode)?);
    // Only where it may read what is not committed yet; a session takes back by itself what its objects read.
    let scope = written_scope(py, using)?.filter(|scope| scope.get().work().is_none());
    let call = Call { scope, reads: true, flushes: false, ..call };
    let select = Select::from(&call.model.table).filter(key_of(&call.model, slf)?.row(&call.model.table));
    call.run(
        move |pool, _| async move { Outcome::Ok(engine::fetch(&pool, select).await?) },
        |model, instance, rows| {
            if rows.is_empty() {
                return Err(raise(chakra::Error::NotFound { model: model.table.model.clone() }));
            }
            let state = instance.get();
            let work = state.tie().work();
            let before = work.as_ref().map(|work| work.before_read(model, instance)).transpose()?;
            fill(instance.as_any(), &rows, 0, &slots(instance.py(), model, &rows))?;
            state.mark_loaded();
            if let (Some(work), Some(before)) = (work, before) {
                work.note_read(model, instance, before)?;
            }
            forget_related(model, instance.as_any())?;
            state.watch_read(&Watched::of(model, &rows), &rows, 0);
            Ok(())
        },
    )
}

/// A method of an instance that concerns its row.
struct Call<'a, 'py> {
    instance: &'a Bound<'py, ModelBase>,
    model: Arc<Model>,
    pool: Route,
    mode: Mode,
    /// The transaction that takes it back if it is rolled back.
    scope: Option<Py<Scope>>,
    /// Whether it reads the row, rather than write it.
    reads: bool,
    /// Whether what its session has to write is written before.
    flushes: bool,
}

impl<'a, 'py> Call<'a, 'py> {
    fn of(instance: &'a Bound<'py, ModelBase>, using: Option<&Bound<'py, PyAny>>, mode: Mode) -> PyResult<Self> {
        let py = instance.py();
        let (pool, scope) = (pool_for(py, using)?, open_scope(py, using)?);
        Ok(Self { instance, model: model_of_instance(instance)?, pool, mode, scope, reads: false, flushes: true })
    }

    /// Runs a function of the engine; what it gave reaches the instance, and the caller gets None.
    fn run<T, F>(
        self,
        start: impl FnOnce(Pool, TableRef) -> F + Send + 'static,
        arrive: impl FnOnce(&Model, &Bound<'_, ModelBase>, T) -> PyResult<()> + Send + 'static,
    ) -> PyResult<Bound<'py, PyAny>>
    where
        T: Send + 'static,
        F: Future<Output = Outcome<T>> + Send + 'static,
    {
        let (table, kept) = (self.model.table.clone(), self.instance.clone().unbind());
        let (model, scope, reads) = (self.model, self.scope, self.reads);
        let start = move |pool| start(pool, table);
        let finish = move |py: Python<'_>, given| {
            let instance = kept.bind(py);
            let Some(scope) = scope else {
                arrive(&model, instance, given)?;
                return Ok(py.None());
            };
            let undo = Undo::before(&model, instance, Vec::new(), 0..model.fields.len())?;
            let undo = if reads { undo.of_reading(instance.get()) } else { undo };
            arrive(&model, instance, given)?;
            scope.get().note(py, UndoEntry::Write(undo.after(py, &model)?))?;
            Ok(py.None())
        };
        let py = self.instance.py();
        if self.flushes {
            ask(py, &self.pool, self.mode, start, finish)
        } else {
            run(py, &self.pool, self.mode, start, finish)
        }
    }
}

/// The row that an instance stands for, whatever its version.
fn key_of(model: &Model, instance: &Bound<'_, ModelBase>) -> PyResult<Target> {
    let values = instance.get().key(model, instance)?;
    let mut key = Vec::with_capacity(values.len());
    for (position, part) in model.table.primary_key.iter().zip(&values) {
        if part.is_none() {
            let message = "the object has no key yet; save it first";
            return Err(validation(instance.py(), model.place(*position), None, "primary_key", message));
        }
        key.push(to_value(model, *position, part)?);
    }
    Ok(Target { key, version: None })
}

/// The row that an instance stands for, in the version that it knows.
pub(crate) fn target(model: &Model, instance: &Bound<'_, ModelBase>) -> PyResult<Target> {
    let key = key_of(model, instance)?.key;
    let version = match model.table.role(Role::Version) {
        Some(position) => match to_value(model, position, &attribute(model, instance, position)?)? {
            Value::Integer(version) => Some(version),
            _ => None,
        },
        None => None,
    };
    Ok(Target { key, version })
}
