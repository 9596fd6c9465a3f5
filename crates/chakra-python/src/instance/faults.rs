//! What is wrong with one object, gathered so that all of it is told at once.

use chakra::error::ValidationError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{exception, exception_class, refused_value};
use crate::schema::Model;

/// Faults of one object so far.
pub(crate) struct Faults<'a> {
    model: &'a Model,
    found: Vec<PyErr>,
}

impl<'a> Faults<'a> {
    pub(crate) fn of(model: &'a Model) -> Self {
        Self { model, found: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(crate) fn add(&mut self, fault: PyErr) {
        self.found.push(fault);
    }

    /// Notes that a field has no value and needs one, unless it was told already why it has none.
    pub(crate) fn missing(&mut self, py: Python<'_>, position: usize) {
        let column = self.model.column(position);
        let concerns = |fault: &PyErr| {
            fault.value(py).getattr("field").is_ok_and(|field| field.eq(&column.attribute).unwrap_or(false))
        };
        if self.found.iter().any(concerns) {
            return;
        }
        let fault = ValidationError::missing(&self.model.table.model, &column.attribute);
        self.add(refused_value(py, &fault.defined_at(column.defined.place()), None));
    }

    /// The value of a result, None where it is a fault, which is noted.
    ///
    /// # Errors
    ///
    /// What is no fault of the object: an exception of a user's own code, say. Where there are faults already it may
    /// come of them, and so they are told instead.
    pub(crate) fn take<T>(&mut self, py: Python<'_>, result: PyResult<T>) -> PyResult<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_instance(py, exception_class(py, "ValidationError")?.as_any()) => {
                self.add(error);
                Ok(None)
            }
            Err(error) if self.is_empty() => Err(error),
            Err(_) => Err(self.report(py)),
        }
    }

    /// Raises what was found, if anything was.
    pub(crate) fn finish(mut self, py: Python<'_>) -> PyResult<()> {
        if self.is_empty() { Ok(()) } else { Err(self.report(py)) }
    }

    /// One fault as it is; several as one error that has them all.
    fn report(&mut self, py: Python<'_>) -> PyErr {
        match self.found.len() {
            1 => self.found.remove(0),
            _ => together(py, std::mem::take(&mut self.found)).unwrap_or_else(|error| error),
        }
    }
}

fn together(py: Python<'_>, found: Vec<PyErr>) -> PyResult<PyErr> {
    let mut faults = Vec::new();
    for error in found {
        let error = error.into_value(py).into_bound(py).into_any();
        faults.extend(error.getattr("errors")?.extract::<Vec<Bound<'_, PyAny>>>()?);
    }
    let told = faults.iter().map(engine_fault).collect::<PyResult<Vec<_>>>()?;
    let message = ValidationError::together(told).map(|error| error.to_string()).unwrap_or_default();
    let attributes = PyDict::new(py);
    for name in ["model", "field", "value", "constraint", "where"] {
        attributes.set_item(name, faults[0].getattr(name)?)?;
    }
    attributes.set_item("errors", faults)?;
    Ok(exception(py, "ValidationError", &message, &attributes))
}

/// A fault as the engine has it, without the value: only its words are wanted.
fn engine_fault(fault: &Bound<'_, PyAny>) -> PyResult<ValidationError> {
    let text =
        |name: &str| -> PyResult<String> { Ok(fault.getattr(name)?.extract::<Option<String>>()?.unwrap_or_default()) };
    let (model, field, message) = (text("model")?, text("field")?, text("message")?);
    let place = if field.is_empty() { format!("{model}: ") } else { format!("{model}.{field}: ") };
    let message = message.strip_prefix(&place).unwrap_or(&message);
    let told = ValidationError::new(model, field, text("constraint")?, message);
    Ok(if fault.getattr("value")?.is_none() { told } else { told.with_value("") })
}
