//! What is written besides what an instance says: values of fields that have an `on_update` or are filled at the insert,
//! and what the engine writes by itself.

use chakra::driver::Visitor;
use chakra::engine::{self, Record};
use chakra::query::{Assignment, Expr};
use chakra::schema::Role;
use chakra::types::Value;
use pyo3::prelude::*;

use super::ModelBase;
use super::faults::Faults;
use crate::convert::{coerce, to_value};
use crate::hydrate::{ToPython, set_plainly};
use crate::schema::{Model, Supply};

/// A value that is written though the instance does not have it.
pub(crate) struct Stamp {
    pub(crate) position: usize,
    pub(crate) value: Value,
    object: Py<PyAny>,
}

/// The values of the fields that have an `on_update`, but those that the update writes anyway.
///
/// # Errors
///
/// What their callables raise; values that do not fit are noted.
pub(crate) fn stamps(
    py: Python<'_>,
    model: &Model,
    written: &[usize],
    faults: &mut Faults<'_>,
) -> PyResult<Vec<Stamp>> {
    let mut stamps = Vec::new();
    for (position, field) in model.fields.iter().enumerate() {
        let Some(supply) = field.on_update.as_ref().filter(|_| !written.contains(&position)) else { continue };
        stamps.extend(Stamp::of(py, model, position, supply, faults)?);
    }
    Ok(stamps)
}

/// What an update of many objects writes to each of them besides: as [`stamps`], and the instant.
///
/// # Errors
///
/// As [`stamps`], and `ValidationError` for values that do not fit.
pub(crate) fn update_stamps(py: Python<'_>, model: &Model, written: &[usize]) -> PyResult<Vec<Stamp>> {
    let mut faults = Faults::of(model);
    let mut stamps = stamps(py, model, written, &mut faults)?;
    faults.finish(py)?;
    if let Some(position) = model.table.role(Role::UpdatedAt)
        && !written.contains(&position)
        && !stamps.iter().any(|stamp| stamp.position == position)
    {
        stamps.push(Stamp::written(py, position, engine::now())?);
    }
    Ok(stamps)
}

/// Gives an instance what an update of its row wrote besides: these values, and the next version.
pub(crate) fn updated(instance: &Bound<'_, ModelBase>, model: &Model, stamps: &[Stamp]) -> PyResult<()> {
    let py = instance.py();
    for stamp in stamps {
        let stamp = Stamp { position: stamp.position, value: stamp.value.clone(), object: stamp.object.clone_ref(py) };
        stamp.arrived(instance, model)?;
    }
    let Some(position) = model.table.role(Role::Version) else { return Ok(()) };
    // An object that knew another version than its row's still does.
    if let Ok(known) = super::attribute(model, instance, position)?.extract::<i64>() {
        Stamp::written(py, position, Value::Integer(known.saturating_add(1)))?.arrived(instance, model)?;
    }
    Ok(())
}

/// What marking a row as deleted, or taking the mark away, writes besides: it is an update like any other.
///
/// # Errors
///
/// As [`stamps`], and `ValidationError` for values that do not fit.
pub(crate) fn marks(py: Python<'_>, model: &Model) -> PyResult<Vec<Stamp>> {
    if model.table.role(Role::DeletedAt).is_none() {
        return Ok(Vec::new());
    }
    let mut faults = Faults::of(model);
    let stamps = stamps(py, model, &[], &mut faults)?;
    faults.finish(py)?;
    Ok(stamps)
}

/// Stamps as an update writes them.
pub(crate) fn assignments(stamps: &[Stamp]) -> Vec<Assignment> {
    let assignment = |stamp: &Stamp| Assignment { column: stamp.position, value: Expr::value(stamp.value.clone()) };
    stamps.iter().map(assignment).collect()
}

/// Adds to a record on its way to be inserted what the engine writes by itself.
pub(super) fn insert_stamps(py: Python<'_>, model: &Model, record: &mut Record, now: &Value) -> PyResult<Vec<Stamp>> {
    let added = engine::stamp_insert(&model.table, record, now);
    added.into_iter().map(|(position, value)| Stamp::written(py, position, value)).collect()
}

impl Stamp {
    /// What a declaration supplies for a field; None where it does not fit, which is noted.
    pub(super) fn of(
        py: Python<'_>,
        model: &Model,
        position: usize,
        supply: &Supply,
        faults: &mut Faults<'_>,
    ) -> PyResult<Option<Self>> {
        let made = supply.value(py).and_then(|value| coerce(model, position, &value));
        let Some(object) = faults.take(py, made)? else { return Ok(None) };
        let value = to_value(model, position, &object)?;
        Ok(Some(Self { position, value, object: object.unbind() }))
    }

    /// What the engine wrote: an instant, a number, or NULL.
    pub(super) fn written(py: Python<'_>, position: usize, value: Value) -> PyResult<Self> {
        let object = match &value {
            Value::DateTime(micros) => ToPython(py).datetime(*micros)?,
            Value::Integer(number) => ToPython(py).integer(*number)?,
            _ => ToPython(py).null()?,
        };
        Ok(Self { position, object: object.unbind(), value })
    }

    /// Gives the instance the value that was written, unless it was assigned another meanwhile.
    pub(super) fn arrived(self, instance: &Bound<'_, ModelBase>, model: &Model) -> PyResult<()> {
        if instance.get().dirty.contains(self.position) {
            return Ok(());
        }
        let py = instance.py();
        set_plainly(instance, model.fields[self.position].name.bind(py), self.object.into_bound(py))
    }
}
