//! Saving, deleting and refreshing one instance.

use chakra::driver::Pool;
use chakra::engine::{self, Record, Rows, Target};
use chakra::query::{Assignment, Expr, Select};
use chakra::schema::Role;
use chakra::types::Value;
use pyo3::prelude::*;

use super::stamp::Stamp;
use super::validators::check_whole;
use super::{
    Faults, ModelBase, Watched, assignments, attribute, insertable, marks, model_of_instance, stamps, values_of,
};
use crate::convert::to_value;
use crate::engine::pool_for;
use crate::error::{Outcome, raise, validation};
use crate::hydrate::{fill, slots};
use crate::operation::{Mode, run};
use crate::relationship::{check_parents, forget_related};
use crate::schema::Model;

/// Inserts a new instance, or updates the changed columns of a loaded one.
pub(super) fn save<'py>(
    slf: &Bound<'py, ModelBase>,
    update_fields: Option<Vec<String>>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    if slf.get().is_loaded() {
        return update(slf, update_fields, using, mode);
    }
    // A new object is written whole, but a misspelt name is one here too.
    let model = model_of_instance(slf)?;
    for name in update_fields.iter().flatten() {
        model.require(slf.py(), name)?;
    }
    insert(slf.as_any(), using, mode)
}

/// Inserts an instance and fills in what the database supplied; gives None.
pub(crate) fn insert<'py>(
    instance: &Bound<'py, PyAny>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    insert_giving(instance, using, mode, false)
}

/// Inserts an instance; gives the instance itself (`itself`) or None.
pub(crate) fn insert_giving<'py>(
    instance: &Bound<'py, PyAny>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
    itself: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = instance.py();
    let model = model_of_instance(instance)?;
    let pool = pool_for(py, using)?;
    let (record, stamps) = insertable(&model, instance, &engine::now())?;
    let is_given = |position: &usize| record.iter().any(|(given, _)| given == position);
    let supplied: Vec<usize> = (0..model.fields.len()).filter(|position| !is_given(position)).collect();
    let table = model.table.clone();
    let writing = Writing::of_insert(&model, instance.cast::<ModelBase>()?, &record, stamps);
    let target = instance.clone().unbind();
    run(
        py,
        &pool,
        mode,
        move |pool: Pool| async move { Outcome::Ok(engine::insert(&pool, &table, record, supplied).await?) },
        move |py, rows| {
            let instance = target.bind(py);
            if !rows.is_empty() {
                fill(instance, &rows, 0, &slots(py, &model, &rows))?;
            }
            writing.inserted(py, &model, &rows, 0)?;
            if itself { Ok(target) } else { Ok(py.None()) }
        },
    )
}

fn update<'py>(
    slf: &Bound<'py, ModelBase>,
    update_fields: Option<Vec<String>>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let model = model_of_instance(slf)?;
    let pool = pool_for(py, using)?;
    let row = target(&model, slf)?;
    check_parents(&model, slf)?;
    let chosen = match update_fields {
        Some(names) => Some(names.iter().map(|name| model.require(py, name)).collect::<PyResult<Vec<_>>>()?),
        None => None,
    };
    let mut faults = Faults::of(&model);
    if !model.validators.is_empty() && (chosen.is_some() || !slf.get().changed(&model, slf)?.is_empty()) {
        check_whole(slf, &model, &mut faults)?;
    }
    let mut writing = Writing::of_changes(&model, slf)?;
    let positions = match chosen {
        Some(chosen) => writing.narrow(chosen),
        None => writing.columns.clone(),
    };
    // The version that an object has is the one that it knows of the row, not one to be written.
    let version = model.table.role(Role::Version);
    let own: Vec<usize> = positions.iter().copied().filter(|position| Some(*position) != version).collect();
    let mut record = values_of(&model, slf, &own, &mut faults)?;
    if !positions.is_empty() {
        writing.stamps = stamps(py, &model, &positions, &mut faults)?;
    }
    faults.finish(py)?;
    record.extend(writing.stamps.iter().map(|stamp| (stamp.position, stamp.value.clone())));
    writing.carry(&model, &record);
    let assignments: Vec<Assignment> =
        record.into_iter().map(|(column, value)| Assignment { column, value: Expr::value(value) }).collect();
    let table = model.table.clone();
    let target = slf.clone().into_any().unbind();
    run(
        py,
        &pool,
        mode,
        move |pool: Pool| async move {
            if positions.is_empty() {
                return Ok((positions, Record::new()));
            }
            let stamps = engine::update_one(&pool, &table, &row, assignments).await?;
            Outcome::Ok((positions, stamps))
        },
        move |py, (positions, stamps)| {
            ModelBase::of(target.bind(py))?.key_written(&model, &positions);
            writing.succeeded(py, &model, stamps)?;
            Ok(py.None())
        },
    )
}

/// Deletes the row of an instance: marks it where the model marks rows.
pub(super) fn delete<'py>(
    slf: &Bound<'py, ModelBase>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let model = model_of_instance(slf)?;
    let pool = pool_for(py, using)?;
    let row = target(&model, slf)?;
    let stamps = marks(py, &model)?;
    let also = assignments(&stamps);
    let table = model.table.clone();
    let target = slf.clone().unbind();
    run(
        py,
        &pool,
        mode,
        move |pool: Pool| async move { Outcome::Ok(engine::delete_one(&pool, &table, &row, also).await?) },
        move |py, written| {
            let instance = target.bind(py);
            if model.table.role(Role::DeletedAt).is_none() {
                instance.get().mark_deleted();
            } else if let Some(written) = written {
                arrive(py, &model, instance, stamps, written)?;
            }
            Ok(py.None())
        },
    )
}

/// Removes the row of an instance, whatever the model does with deleted rows.
pub(super) fn hard_delete<'py>(
    slf: &Bound<'py, ModelBase>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let model = model_of_instance(slf)?;
    let pool = pool_for(py, using)?;
    let (row, table, target) = (target(&model, slf)?, model.table.clone(), slf.clone().unbind());
    run(
        py,
        &pool,
        mode,
        move |pool: Pool| async move { Outcome::Ok(engine::remove_one(&pool, &table, &row).await?) },
        move |py, _| {
            target.get().mark_deleted();
            Ok(py.None())
        },
    )
}

/// Takes the mark off the row of an instance.
pub(super) fn restore<'py>(
    slf: &Bound<'py, ModelBase>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let model = model_of_instance(slf)?;
    let pool = pool_for(py, using)?;
    let (row, table, target) = (key_of(&model, slf)?, model.table.clone(), slf.clone().into_any().unbind());
    let also = assignments(&marks(py, &model)?);
    run(
        py,
        &pool,
        mode,
        move |pool: Pool| async move { Outcome::Ok(engine::restore_one(&pool, &table, &row, also).await?) },
        move |py, rows| {
            fill(target.bind(py), &rows, 0, &slots(py, &model, &rows))?;
            Ok(py.None())
        },
    )
}

/// Gives an instance what was written besides what it says.
fn arrive(
    py: Python<'_>,
    model: &Model,
    instance: &Bound<'_, ModelBase>,
    stamps: Vec<Stamp>,
    written: Record,
) -> PyResult<()> {
    for stamp in stamps {
        stamp.arrived(instance, model)?;
    }
    for (position, value) in written {
        Stamp::written(py, position, value)?.arrived(instance, model)?;
    }
    Ok(())
}

/// Reads the row of an instance again.
pub(super) fn refresh<'py>(
    slf: &Bound<'py, ModelBase>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let model = model_of_instance(slf)?;
    let pool = pool_for(py, using)?;
    let select = Select::from(&model.table).filter(key_of(&model, slf)?.row(&model.table));
    let target = slf.clone().into_any().unbind();
    run(
        py,
        &pool,
        mode,
        move |pool: Pool| async move { Outcome::Ok(engine::fetch(&pool, select).await?) },
        move |py, rows| {
            let instance = target.bind(py);
            if rows.is_empty() {
                return Err(raise(chakra::Error::NotFound { model: model.table.model.clone() }));
            }
            fill(instance, &rows, 0, &slots(py, &model, &rows))?;
            let state = ModelBase::of(instance)?;
            state.mark_loaded();
            forget_related(&model, instance)?;
            state.watch_read(&Watched::of(&model, &rows), &rows, 0);
            Ok(py.None())
        },
    )
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
fn target(model: &Model, instance: &Bound<'_, ModelBase>) -> PyResult<Target> {
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

/// Changed columns on their way to the database. However the write ends (an error, a cancelled task, an awaitable
/// that nobody awaits), they count as changed again unless it succeeded.
pub(crate) struct Writing {
    instance: Py<ModelBase>,
    /// The changed columns.
    columns: Vec<usize>,
    /// Those among them that were changed in place: they show as changed until they are written.
    in_place: Vec<usize>,
    /// What is written to the columns whose values can change in place.
    carried: Vec<(usize, Value)>,
    /// What is written besides.
    stamps: Vec<Stamp>,
}

impl Writing {
    /// Takes the changed columns of a loaded instance; what is changed from now on is another change.
    fn of_changes(model: &Model, instance: &Bound<'_, ModelBase>) -> PyResult<Self> {
        let state = instance.get();
        let in_place = state.changed_in_place(model, instance)?;
        let mut columns = state.dirty.take();
        columns.extend(&in_place);
        columns.sort_unstable();
        Ok(Self { instance: instance.clone().unbind(), columns, in_place, carried: Vec::new(), stamps: Vec::new() })
    }

    /// Takes the assigned columns of an instance on its way to be inserted with this record.
    pub(crate) fn of_insert(
        model: &Model,
        instance: &Bound<'_, ModelBase>,
        record: &Record,
        stamps: Vec<Stamp>,
    ) -> Self {
        let columns = instance.get().dirty.take();
        let mut writing =
            Self { instance: instance.clone().unbind(), columns, in_place: Vec::new(), carried: Vec::new(), stamps };
        writing.carry(model, record);
        writing
    }

    /// Notes the values that are written.
    fn carry(&mut self, model: &Model, record: &Record) {
        if !model.mutable.is_empty() {
            let watched = record.iter().filter(|(position, _)| model.mutable.contains(position));
            self.carried = watched.cloned().collect();
        }
    }

    pub(crate) fn instance<'a, 'py>(&'a self, py: Python<'py>) -> &'a Bound<'py, PyAny> {
        self.instance.bind(py).as_any()
    }

    /// Leaves all but the chosen columns for another time; gives the chosen, each once.
    fn narrow(&mut self, mut chosen: Vec<usize>) -> Vec<usize> {
        chosen.sort_unstable();
        chosen.dedup();
        let (wanted, others): (Vec<usize>, Vec<usize>) =
            self.columns.iter().partition(|column| chosen.contains(column));
        self.put_back(&others);
        self.columns = wanted;
        chosen
    }

    /// Marks columns as assigned again, where they were.
    fn put_back(&self, columns: &[usize]) {
        let assigned = columns.iter().copied().filter(|column| !self.in_place.contains(column));
        self.instance.get().dirty.put_back(&assigned.collect::<Vec<_>>());
    }

    /// Notes that the changes arrived, and what the engine wrote besides.
    fn succeeded(mut self, py: Python<'_>, model: &Model, written: Record) -> PyResult<()> {
        self.columns.clear();
        self.instance.get().watch_written(std::mem::take(&mut self.carried));
        arrive(py, model, self.instance.bind(py), std::mem::take(&mut self.stamps), written)
    }

    /// Notes that the row was inserted with them; what was assigned meanwhile stays to be written. The `row` of `rows`
    /// has what the database supplied.
    pub(crate) fn inserted(mut self, py: Python<'_>, model: &Model, rows: &Rows, row: usize) -> PyResult<()> {
        let state = self.instance.get();
        state.loaded_now();
        if !model.mutable.is_empty() {
            let supplied = (!rows.is_empty()).then(|| Watched::of(model, rows).keep(rows, row)).flatten();
            state.watch_inserted(std::mem::take(&mut self.carried), supplied);
        }
        self.succeeded(py, model, Record::new())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.put_back(&self.columns);
    }
}

impl ModelBase {
    fn loaded_now(&self) {
        self.loaded.store(true, std::sync::atomic::Ordering::Relaxed);
        self.forget_key();
    }

    /// After an update that wrote the key: the database holds the row under the new one.
    fn key_written(&self, model: &Model, positions: &[usize]) {
        if model.table.primary_key.iter().any(|at| positions.contains(at)) {
            self.forget_key();
        }
    }
}
