//! What is given where an object of a model, or several, are due; and what is said of anything else.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use crate::error::{Place, validation};
use crate::instance::ModelBase;
use crate::schema::Model;

/// What was given instead of an object, for messages: "of Tag", "the class Author itself".
pub(crate) fn described(value: &Bound<'_, PyAny>) -> PyResult<String> {
    match value.cast::<PyType>() {
        Ok(class) => Ok(format!("the class {} itself", class.name()?)),
        Err(_) => Ok(format!("of {}", value.get_type().name()?)),
    }
}

/// Whether it is an object or a class of a model, which no key is.
pub(super) fn is_object(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<ModelBase>() || value.is_instance_of::<PyType>()
}

/// The members of what a relationship to many is given.
///
/// # Errors
///
/// `ValidationError` where it is no list of anything.
pub(super) fn objects_of<'py>(
    model: &Model,
    name: &str,
    given: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    // Text can be iterated too, which nobody means by it.
    let members = if given.is_instance_of::<PyString>() { None } else { given.try_iter().ok() };
    match members {
        Some(members) => members.collect(),
        None => {
            let place = Place { model: &model.table.model, field: name, defined: None };
            let message = format!("it takes a list of objects, not one {}: put it in a list", described(given)?);
            Err(validation(given.py(), place, Some(given), "type", &message))
        }
    }
}
