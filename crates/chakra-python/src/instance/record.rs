//! Between an instance's attributes and the engine's records.

use chakra::engine::Record;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::{ModelBase, attribute};
use crate::convert::{coerce, to_value};
use crate::error::{exception, validation};
use crate::hydrate::set_plainly;
use crate::schema::Model;

/// Sets the attributes of a new instance: those given, validated, and the defaults of the others.
///
/// # Errors
///
/// `FieldError` for a name that is no field; `ValidationError` for values that do not fit, all of them
/// together in its `errors`.
pub(crate) fn construct<'py>(
    model: &Model,
    instance: &Bound<'py, ModelBase>,
    values: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    let py = instance.py();
    let mut faults = Vec::new();
    let mut taken = 0;
    for (position, field) in model.fields.iter().enumerate() {
        let given = match values {
            Some(values) => values.get_item(field.name.bind(py))?,
            None => None,
        };
        taken += usize::from(given.is_some());
        let value = match (given, &field.default) {
            (Some(given), _) => Some(given),
            (None, Some(default)) => Some(default_value(default.bind(py))?),
            (None, None) => None,
        };
        match value.map(|value| coerce(model, position, &value)).transpose() {
            Ok(value) => set_plainly(instance, field.name.bind(py), value.unwrap_or_else(|| py.None().into_bound(py)))?,
            Err(fault) => faults.push(fault),
        }
    }
    if let Some(values) = values.filter(|values| values.len() > taken) {
        set_others(model, instance, values)?;
    }
    report(py, faults)
}

/// What is given besides fields: `pk`; anything else is a mistake.
fn set_others(model: &Model, instance: &Bound<'_, ModelBase>, values: &Bound<'_, PyDict>) -> PyResult<()> {
    for (name, value) in values.iter() {
        let name = name.cast::<PyString>()?;
        let text = name.to_cow()?;
        match model.position(&text) {
            Some(position) if model.column(position).attribute == *text => {}
            Some(_) => instance.setattr(name, value)?,
            None => return Err(model.unknown_field(instance.py(), &text)),
        }
    }
    Ok(())
}

/// A default is called where it is callable, and copied where it could be shared and changed.
fn default_value<'py>(default: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if default.is_callable() {
        return default.call0();
    }
    if default.hasattr("__setitem__")? {
        return default.py().import("copy")?.call_method1("deepcopy", (default,));
    }
    Ok(default.clone())
}

/// One fault as it is; several as one error that has them all.
fn report(py: Python<'_>, mut faults: Vec<PyErr>) -> PyResult<()> {
    if faults.len() <= 1 {
        return faults.pop().map_or(Ok(()), Err);
    }
    let lines: Vec<String> = faults.iter().map(|fault| fault.value(py).to_string()).collect();
    let attributes = PyDict::new(py);
    attributes.set_item("errors", faults.iter().map(|fault| fault.value(py)).collect::<Vec<_>>())?;
    Err(exception(py, "ValidationError", &lines.join("; "), &attributes))
}

/// What an insert of this instance writes: all columns but those the database supplies and the instance
/// leaves open.
///
/// # Errors
///
/// `ValidationError` for a value that does not fit, or one that names every missing value at once.
pub(crate) fn insertable(model: &Model, instance: &Bound<'_, PyAny>) -> PyResult<Record> {
    let mut record = Vec::with_capacity(model.fields.len());
    let mut missing = Vec::new();
    for position in 0..model.fields.len() {
        let column = model.column(position);
        let value = attribute(model, instance, position)?;
        if !value.is_none() || (column.nullable && !column.database_supplies()) {
            record.push((position, to_value(model, position, &value)?));
        } else if !column.database_supplies() {
            missing.push(position);
        }
    }
    if missing.is_empty() { Ok(record) } else { Err(missing_values(instance.py(), model, &missing)) }
}

fn missing_values(py: Python<'_>, model: &Model, missing: &[usize]) -> PyErr {
    let advice = "give one, or declare the field with a default or nullable=True";
    let fault = |at: &usize| {
        validation(py, model.place(*at), None, "nullable=False", &format!("no value; {advice}")).into_value(py)
    };
    let names: Vec<&str> = missing.iter().map(|at| model.column(*at).attribute.as_str()).collect();
    let message = format!("{}: no value for {}; {advice}", model.table.model, names.join(", "));
    let attributes = PyDict::new(py);
    let filled = attributes
        .set_item("field", names[0])
        .and_then(|()| attributes.set_item("constraint", "nullable=False"))
        .and_then(|()| attributes.set_item("errors", missing.iter().map(fault).collect::<Vec<_>>()));
    filled.map_or_else(|error| error, |()| exception(py, "ValidationError", &message, &attributes))
}

/// The values of some columns, by position, on their way to the database.
pub(crate) fn values_of(model: &Model, instance: &Bound<'_, PyAny>, positions: &[usize]) -> PyResult<Record> {
    positions
        .iter()
        .map(|position| Ok((*position, to_value(model, *position, &attribute(model, instance, *position)?)?)))
        .collect()
}
