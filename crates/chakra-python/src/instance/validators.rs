//! The validators that a model's class declares: of single fields, and of the object as a whole.

use pyo3::exceptions::{PyAssertionError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::faults::Faults;
use crate::convert::{coerce, typed};
use crate::error::{exception, exception_class, validation};
use crate::schema::Model;

/// A value for a field that has validators: converted to the field's type, given to each validator in turn, and what
/// they made of it checked by the field's rules. None is not given to them.
pub(super) fn validated<'py>(
    model: &Model,
    position: usize,
    instance: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = instance.py();
    let mut value = typed(model, position, value)?;
    for name in &model.fields[position].validators {
        if value.is_none() {
            break;
        }
        let name = name.bind(py);
        let made =
            instance.getattr(name)?.call1((&value,)).map_err(|error| refusal(model, position, &value, name, error))?;
        if made.is_none() && !model.column(position).nullable && !model.column(position).takes_null_as_open() {
            let message = format!("the validator {name} gave None; a validator returns the value");
            return Err(validation(py, model.place(position), Some(&value), "nullable=False", &message));
        }
        value = typed(model, position, &made)?;
    }
    coerce(model, position, &value)
}

/// Lets the validators of the object as a whole see it before it is written. They may change it.
pub(super) fn check_whole(instance: &Bound<'_, PyAny>, model: &Model, faults: &mut Faults<'_>) -> PyResult<()> {
    let py = instance.py();
    for name in &model.validators {
        let name = name.bind(py);
        if let Err(error) = instance.call_method0(name) {
            let is_no = refuses(py, &error) || is_bare_validation_error(py, &error)?;
            let error = if is_no { whole_refused(py, model, name, error)? } else { error };
            faults.take(py, Err::<(), _>(error))?;
        }
    }
    Ok(())
}

/// Whether an exception of a validator says no, rather than that the validator itself failed.
fn refuses(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyValueError>(py) || error.is_instance_of::<PyAssertionError>(py)
}

fn refusal(
    model: &Model,
    position: usize,
    value: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    error: PyErr,
) -> PyErr {
    let py = value.py();
    match is_bare_validation_error(py, &error) {
        Ok(bare) if bare || refuses(py, &error) => {}
        Ok(_) => return error,
        Err(error) => return error,
    }
    let message = words(py, &error, name);
    let fault = validation(py, model.place(position), Some(value), &name.to_string_lossy(), &message);
    fault.set_cause(py, Some(error));
    fault
}

fn whole_refused(py: Python<'_>, model: &Model, name: &Bound<'_, PyString>, error: PyErr) -> PyResult<PyErr> {
    let attributes = PyDict::new(py);
    attributes.set_item("model", &model.table.model)?;
    attributes.set_item("constraint", name)?;
    let message = format!("{}: {}", model.table.model, words(py, &error, name));
    let fault = exception(py, "ValidationError", &message, &attributes);
    fault.set_cause(py, Some(error));
    Ok(fault)
}

/// A `ValidationError` of a user's own, without the field that it is about.
fn is_bare_validation_error(py: Python<'_>, error: &PyErr) -> PyResult<bool> {
    Ok(error.is_instance(py, exception_class(py, "ValidationError")?.as_any())
        && error.value(py).getattr("field")?.is_none())
}

/// What an exception says; an `assert` without words says nothing.
fn words(py: Python<'_>, error: &PyErr, name: &Bound<'_, PyString>) -> String {
    let said = error.value(py).to_string();
    if said.is_empty() { format!("refused by the validator {name}") } else { said }
}
