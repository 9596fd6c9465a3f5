//! Between an instance's attributes and the engine's records.

use std::sync::Arc;

use chakra::engine::Record;
use chakra::error::ValidationError;
use chakra::types::Value;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::faults::Faults;
use super::stamp::{Stamp, insert_stamps};
use super::validators::{check_whole, validated};
use super::{ModelBase, attribute};
use crate::convert::{coerce, to_written, typed};
use crate::error::{plain, refused_value};
use crate::hydrate::set_plainly;
use crate::relationship::check_parents;
use crate::schema::Model;

/// Sets the attributes of a new instance: those given, validated, and the defaults of the others.
///
/// # Errors
///
/// `ValidationError` for values that do not fit and names that are no fields, all of them together in its `errors`;
/// `FieldError` where unknown names are all that is wrong.
pub(crate) fn construct<'py>(
    model: &Model,
    instance: &Bound<'py, ModelBase>,
    values: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    let py = instance.py();
    let mut faults = Faults::of(model);
    let mut refused = Vec::new();
    let mut taken = 0;
    let state = instance.get();
    state.left_open.take();
    for (position, field) in model.fields.iter().enumerate() {
        let given = match values {
            Some(values) => values.get_item(field.name.bind(py))?,
            None => None,
        };
        taken += usize::from(given.is_some());
        let value = match (given, &field.default) {
            (Some(given), _) => given,
            (None, Some(default)) => default.value(py)?,
            (None, None) => {
                let column = model.column(position);
                if column.database_supplies() && !column.takes_null_as_open() {
                    state.left_open.mark(position);
                }
                set_plainly(instance, field.name.bind(py), py.None().into_bound(py))?;
                continue;
            }
        };
        // A validator may mend what the rules would refuse, and may look at the other attributes: it comes later.
        let is_later = !field.validators.is_empty() && !value.is_none();
        let fitting = if is_later { typed(model, position, &value) } else { coerce(model, position, &value) };
        let fitting = faults.take(py, fitting)?;
        if fitting.is_none() {
            refused.push(position);
        }
        set_plainly(instance, field.name.bind(py), fitting.unwrap_or_else(|| py.None().into_bound(py)))?;
    }
    if model.validates_fields() {
        validate_fields(model, instance, &refused, &mut faults)?;
    }
    if let Some(values) = values.filter(|values| values.len() > taken) {
        set_others(model, instance, values, &mut faults)?;
    }
    faults.finish(py)
}

/// Gives the values of a new instance to the validators of their fields, but those that were refused already.
fn validate_fields(
    model: &Model,
    instance: &Bound<'_, ModelBase>,
    refused: &[usize],
    faults: &mut Faults<'_>,
) -> PyResult<()> {
    let py = instance.py();
    for (position, field) in model.fields.iter().enumerate() {
        if field.validators.is_empty() || refused.contains(&position) {
            continue;
        }
        let value = attribute(model, instance, position)?;
        if value.is_none() {
            continue;
        }
        if let Some(value) = faults.take(py, validated(model, position, instance, &value))? {
            set_plainly(instance, field.name.bind(py), value)?;
        }
    }
    Ok(())
}

/// What is given besides fields: `pk`; anything else is a mistake.
fn set_others(
    model: &Model,
    instance: &Bound<'_, ModelBase>,
    values: &Bound<'_, PyDict>,
    faults: &mut Faults<'_>,
) -> PyResult<()> {
    let py = instance.py();
    let mut unknown = Vec::new();
    for (name, value) in values.iter() {
        let name = name.cast::<PyString>()?;
        let text = name.to_cow()?;
        match model.position(&text) {
            Some(position) if model.column(position).attribute == *text => {}
            None if model.relationship(&text).is_some() => {
                refuse_key_beside(model, &text, values)?;
                faults.take(py, instance.setattr(name, value))?;
            }
            Some(position) if values.contains(model.fields[position].name.bind(py))? => {
                let column = &model.column(position).attribute;
                let message = format!("{} is given its key twice, as {column} and as pk", model.table.model);
                return Err(plain(py, "FieldError", &message));
            }
            None if text == "pk" && model.table.primary_key.len() > 1 => {
                let field = |at: &&usize| values.contains(model.fields[**at].name.bind(py)).unwrap_or(false);
                if let Some(at) = model.table.primary_key.iter().find(field) {
                    let column = &model.column(*at).attribute;
                    let message = format!("{} is given its key twice, as {column} and as pk", model.table.model);
                    return Err(plain(py, "FieldError", &message));
                }
                faults.take(py, instance.setattr(name, value))?;
            }
            None if text != "pk" => unknown.push((text.into_owned(), value)),
            _ => {
                faults.take(py, instance.setattr(name, value))?;
            }
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    if faults.is_empty() {
        let names: Vec<&str> = unknown.iter().map(|(name, _)| name.as_str()).collect();
        return Err(model.unknown_fields(py, &names));
    }
    for (name, value) in unknown {
        let message = format!("no such field{}", model.hint(&name));
        let fault = ValidationError::new(&model.table.model, name, "unknown field", message);
        faults.add(refused_value(py, &fault, Some(&value)));
    }
    Ok(())
}

/// A parent and its key: one of the two would be dropped without a word.
fn refuse_key_beside(model: &Model, relationship: &str, values: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = values.py();
    let Some(info) = model.relationship(relationship).map(|at| &model.relationships[at]) else { return Ok(()) };
    if info.is_to_many() {
        return Ok(());
    }
    let resolved = info.resolved(py, model)?;
    for position in resolved.own_key().map_or(&[][..], |(own, _)| own) {
        let field = &model.fields[*position].name;
        if values.contains(field.bind(py))? {
            let message =
                format!("{} is given its {relationship} twice, as {relationship} and as {field}", model.table.model);
            return Err(plain(py, "FieldError", &message));
        }
    }
    Ok(())
}

/// What an insert of this instance at an instant writes: all columns but those the database supplies and the instance
/// leaves open. What the instance does not say but is written all the same is given apart, too. The model's own
/// validators see the instance first, and may change it.
///
/// # Errors
///
/// `ValidationError` for all that is wrong: what validators refuse, values that do not fit, and missing values.
pub(crate) fn insertable(
    model: &Arc<Model>,
    instance: &Bound<'_, PyAny>,
    now: &Value,
) -> PyResult<(Record, Vec<Stamp>)> {
    insertable_but(model, instance, now, &[])
}

/// As [`insertable`], without some columns, which are filled in by whoever inserts it.
pub(crate) fn insertable_but(
    model: &Arc<Model>,
    instance: &Bound<'_, PyAny>,
    now: &Value,
    without: &[usize],
) -> PyResult<(Record, Vec<Stamp>)> {
    check_parents(model, instance)?;
    insertable_linked(model, instance, now, without)
}

/// As [`insertable_but`], whatever the parents of the instance are: their keys are among what is filled in.
pub(crate) fn insertable_linked(
    model: &Model,
    instance: &Bound<'_, PyAny>,
    now: &Value,
    without: &[usize],
) -> PyResult<(Record, Vec<Stamp>)> {
    let py = instance.py();
    let mut faults = Faults::of(model);
    check_whole(instance, model, &mut faults)?;
    let mut record = Vec::with_capacity(model.fields.len());
    let mut stamps = Vec::new();
    let state = ModelBase::of(instance)?;
    for (position, field) in model.fields.iter().enumerate().filter(|(position, _)| !without.contains(position)) {
        let column = model.column(position);
        let held = instance.getattr_opt(field.name.bind(py))?;
        let is_open = held.is_none() || state.leaves_open(model, position);
        let value = held.unwrap_or_else(|| py.None().into_bound(py));
        if value.is_none() && column.engine_supplies() {
            continue;
        }
        if let Some(supply) = field.on_insert.as_ref().filter(|_| value.is_none()) {
            let stamp = Stamp::of(py, model, position, supply, &mut faults)?;
            record.extend(stamp.iter().map(|stamp| (position, stamp.value.clone())));
            stamps.extend(stamp);
        } else if value.is_none() && column.database_supplies() && is_open {
            // The database's default is taken, and read back.
        } else if value.is_none() && !column.nullable {
            faults.missing(py, position);
        } else {
            let value = faults.take(py, to_written(model, position, &value))?;
            record.extend(value.map(|value| (position, value)));
        }
    }
    faults.finish(py)?;
    stamps.extend(insert_stamps(py, model, &mut record, now)?);
    Ok((record, stamps))
}

/// The values of some columns, by position, on their way to the database.
pub(crate) fn values_of(
    model: &Model,
    instance: &Bound<'_, PyAny>,
    positions: &[usize],
    faults: &mut Faults<'_>,
) -> PyResult<Record> {
    let py = instance.py();
    let mut record = Vec::with_capacity(positions.len());
    for position in positions {
        let value = to_written(model, *position, &attribute(model, instance, *position)?);
        record.extend(faults.take(py, value)?.map(|value| (*position, value)));
    }
    Ok(record)
}
