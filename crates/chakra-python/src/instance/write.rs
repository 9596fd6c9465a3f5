//! Saving one instance.

use std::mem;

use chakra::driver::Pool;
use chakra::engine::{self, Record, Rows, Target};
use chakra::query::{Assignment, Expr};
use chakra::schema::Role;
use chakra::types::Value;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::row::target;
use super::stamp::Stamp;
use super::validators::check_whole;
use super::{Faults, ModelBase, Undo, Watched, insertable, model_of_instance, stamps, values_of};
use crate::engine::pool_for;
use crate::error::Outcome;
use crate::hydrate::{Slot, cell, set_plainly, slots};
use crate::operation::{Mode, ask};
use crate::relationship::{check_parents, name_of, written};
use crate::schema::Model;
use crate::session::{adopt_inserted, flushed_first};
use crate::transaction::{Scope, UndoEntry, open_scope};

/// Inserts a new instance, or updates the changed columns of a loaded one.
pub(super) fn save<'py>(
    slf: &Bound<'py, ModelBase>,
    update_fields: Option<&Bound<'py, PyAny>>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(work) = slf.get().tie().pending_new() {
        // The session inserts it; what is left to save then is nothing, or what was assigned since.
        let py = slf.py();
        let (instance, using) = (slf.clone().unbind(), using.map(|using| using.clone().unbind()));
        let fields = update_fields.map(|fields| fields.clone().unbind());
        return flushed_first(py, &work, mode, move |py| {
            let (fields, using) = (fields.as_ref().map(|it| it.bind(py)), using.as_ref().map(|it| it.bind(py)));
            save(instance.bind(py), fields, using, mode).map(Bound::unbind)
        });
    }
    let model = model_of_instance(slf)?;
    // A new object is written whole, but a misspelt name is one here too.
    let chosen = update_fields.map(|names| chosen(&model, names)).transpose()?;
    if slf.get().is_loaded() { update(slf, chosen, using, mode) } else { insert(slf.as_any(), using, mode) }
}

/// The columns that `update_fields` names: fields, and relationships by the columns of their keys.
fn chosen(model: &Model, names: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    let refused = |given: &Bound<'_, PyAny>| {
        let shown = given.repr().map_or_else(|_| "that".into(), |shown| shown.to_string());
        let message = format!("update_fields takes a list of names, such as [\"name\"], not {shown}");
        PyTypeError::new_err(message)
    };
    // Text can be iterated too: by letters.
    if names.is_instance_of::<PyString>() {
        return Err(refused(names));
    }
    let mut columns = Vec::new();
    for name in names.try_iter().map_err(|_| refused(names))? {
        let name = name?;
        let text = name_of(model, &name)?.ok_or_else(|| refused(names))?;
        columns.extend(written(names.py(), model, &text)?);
    }
    Ok(columns)
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
    let (target, scope) = (instance.clone().unbind(), open_scope(py, using)?);
    ask(
        py,
        &pool,
        mode,
        move |pool: Pool| async move { Outcome::Ok(engine::insert(&pool, &table, record, supplied).await?) },
        move |py, rows| {
            writing.supply(py, &model, &rows, 0, &slots(py, &model, &rows))?;
            writing.inserted(py, &model, &rows, 0, scope.as_ref())?;
            if itself { Ok(target) } else { Ok(py.None()) }
        },
    )
}

fn update<'py>(
    slf: &Bound<'py, ModelBase>,
    chosen: Option<Vec<usize>>,
    using: Option<&Bound<'py, PyAny>>,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let model = model_of_instance(slf)?;
    let pool = pool_for(py, using)?;
    check_parents(&model, slf)?;
    let mut update = Update::of(&model, slf, chosen, &[])?;
    let (table, row, assignments) = (model.table.clone(), update.row.clone(), mem::take(&mut update.assignments));
    let (changes, scope) = (!update.positions.is_empty(), open_scope(py, using)?);
    ask(
        py,
        &pool,
        mode,
        move |pool: Pool| async move {
            if !changes {
                return Ok(Record::new());
            }
            Outcome::Ok(engine::update_one(&pool, &table, &row, assignments).await?)
        },
        move |py, stamps| update.arrived(py, &model, stamps, scope.as_ref()).map(|()| py.None()),
    )
}

/// The changes of a loaded instance on their way to the database.
pub(crate) struct Update {
    /// The row as the instance knows it.
    pub(crate) row: Target,
    /// What is written.
    pub(crate) assignments: Vec<Assignment>,
    /// The columns that the instance has changed.
    pub(crate) positions: Vec<usize>,
    writing: Writing,
}

impl Update {
    /// Takes the changed columns of a loaded instance, or the chosen ones. The values of those of `linked` are known to
    /// whoever writes them.
    ///
    /// # Errors
    ///
    /// `ValidationError` for all that is wrong.
    pub(crate) fn of(
        model: &Model,
        slf: &Bound<'_, ModelBase>,
        chosen: Option<Vec<usize>>,
        linked: &[usize],
    ) -> PyResult<Self> {
        let py = slf.py();
        let row = target(model, slf)?;
        let mut faults = Faults::of(model);
        if !model.validators.is_empty() && (chosen.is_some() || !slf.get().changed(model, slf)?.is_empty()) {
            check_whole(slf, model, &mut faults)?;
        }
        let mut writing = Writing::of_changes(model, slf)?;
        let positions = match chosen {
            Some(chosen) => writing.narrow(chosen),
            None => writing.columns.clone(),
        };
        // The version that an object has is the one that it knows of the row, not one to be written.
        let version = model.table.role(Role::Version);
        let is_own = |position: &usize| Some(*position) != version && !linked.contains(position);
        let own: Vec<usize> = positions.iter().copied().filter(is_own).collect();
        let mut record = values_of(model, slf, &own, &mut faults)?;
        if !positions.is_empty() {
            writing.stamps = stamps(py, model, &positions, &mut faults)?;
        }
        faults.finish(py)?;
        record.extend(writing.stamps.iter().map(|stamp| (stamp.position, stamp.value.clone())));
        writing.carry(model, &record);
        let assignments = record.into_iter().map(|(column, value)| Assignment { column, value: Expr::value(value) });
        Ok(Self { row, assignments: assignments.collect(), positions, writing })
    }

    pub(crate) fn instance(&self) -> &Py<ModelBase> {
        &self.writing.instance
    }

    /// Notes that it was written, and what the engine wrote besides.
    pub(crate) fn arrived(
        self,
        py: Python<'_>,
        model: &Model,
        stamps: Record,
        scope: Option<&Py<Scope>>,
    ) -> PyResult<()> {
        let Self { positions, writing, .. } = self;
        let undo = scope.map(|_| writing.undo(py, model, &stamps)).transpose()?;
        writing.instance.get().key_written(model, &positions);
        writing.succeeded(py, model, stamps)?;
        note(py, model, scope, undo)
    }
}

/// Gives an instance what was written besides what it says.
pub(crate) fn arrive(
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

    /// How to take the write back, which is about to arrive with what the engine wrote besides.
    fn undo(&self, py: Python<'_>, model: &Model, written: &Record) -> PyResult<Undo> {
        let stamped = self.stamps.iter().map(|stamp| stamp.position);
        let sets = stamped.chain(written.iter().map(|(position, _)| *position));
        Undo::before(model, self.instance.bind(py), self.columns.clone(), sets)
    }

    /// Notes that the changes arrived, and what the engine wrote besides.
    fn succeeded(mut self, py: Python<'_>, model: &Model, written: Record) -> PyResult<()> {
        self.columns.clear();
        self.instance.get().watch_written(mem::take(&mut self.carried));
        arrive(py, model, self.instance.bind(py), mem::take(&mut self.stamps), written)
    }

    /// Gives the inserted instance what the database supplied, in the `row` of `rows`. What it was assigned meanwhile
    /// stays, but its key: that is the one under which the row is found.
    pub(crate) fn supply<'py>(
        &self,
        py: Python<'py>,
        model: &Model,
        rows: &Rows,
        row: usize,
        slots: &[Slot<'_, 'py>],
    ) -> PyResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let state = self.instance.get();
        for (column, (position, slot)) in rows.positions().iter().zip(slots).enumerate() {
            if model.column(*position).primary_key || !state.is_assigned(*position) {
                set_plainly(self.instance(py), slot.name, cell(py, rows, row, column, slot)?)?;
            }
        }
        Ok(())
    }

    /// Notes that the row was inserted with them; what was assigned meanwhile stays to be written. The `row` of `rows`
    /// has what the database supplied. The `scope` takes it back if it is rolled back.
    pub(crate) fn inserted(
        mut self,
        py: Python<'_>,
        model: &Model,
        rows: &Rows,
        row: usize,
        scope: Option<&Py<Scope>>,
    ) -> PyResult<()> {
        let supplied = rows.positions();
        let undo = scope.map(|_| {
            let sets = self.stamps.iter().map(|stamp| stamp.position).chain(supplied.iter().copied());
            let undo = Undo::before(model, self.instance.bind(py), self.columns.clone(), sets)?;
            Ok::<_, PyErr>(undo.of_insert(py, model, supplied))
        });
        let undo = undo.transpose()?;
        let state = self.instance.get();
        state.loaded_now();
        if !model.mutable.is_empty() {
            let supplied = (!rows.is_empty()).then(|| Watched::of(model, rows).keep(rows, row)).flatten();
            state.watch_inserted(mem::take(&mut self.carried), supplied);
        }
        let instance = self.instance.clone_ref(py);
        self.succeeded(py, model, Record::new())?;
        if let Some(scope) = scope {
            adopt_inserted(scope.get(), instance.bind(py))?;
        }
        note(py, model, scope, undo)
    }
}

/// Has the transaction know how to take a write back that has arrived.
pub(crate) fn note(py: Python<'_>, model: &Model, scope: Option<&Py<Scope>>, undo: Option<Undo>) -> PyResult<()> {
    if let (Some(scope), Some(undo)) = (scope, undo) {
        return scope.get().note(py, UndoEntry::Write(undo.after(py, model)?));
    }
    Ok(())
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.put_back(&self.columns);
    }
}

impl ModelBase {
    fn loaded_now(&self) {
        self.loaded.store(true, std::sync::atomic::Ordering::Relaxed);
        self.left_open.take();
        self.forget_key();
    }

    /// After an update that wrote the key: the database holds the row under the new one.
    fn key_written(&self, model: &Model, positions: &[usize]) {
        if model.table.primary_key.iter().any(|at| positions.contains(at)) {
            self.forget_key();
        }
    }
}
