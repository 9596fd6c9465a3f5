//! Errors of the engine as Python exceptions. The classes live in `chakra.exceptions`.

use chakra::error::{DatabaseError, DecodeError, Staleness, ValidationError};
use chakra::{Error, ErrorKind};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// An error of the engine on its way to Python.
#[derive(Debug)]
pub(crate) struct EngineError(pub(crate) Error);

impl From<Error> for EngineError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<EngineError> for PyErr {
    fn from(error: EngineError) -> Self {
        Python::attach(|py| to_exception(py, &error.0))
    }
}

/// The result of an operation of the engine.
pub(crate) type Outcome<T> = Result<T, EngineError>;

/// Shortens `.map_err(raise)?` at the places where an engine error leaves for Python.
pub(crate) fn raise(error: Error) -> PyErr {
    EngineError(error).into()
}

/// The name of the exception class of a kind.
pub(crate) fn class_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Config => "ConfigError",
        ErrorKind::Definition => "DefinitionError",
        ErrorKind::Query => "QueryError",
        ErrorKind::Field => "FieldError",
        ErrorKind::Validation => "ValidationError",
        ErrorKind::NotFound => "NotFoundError",
        ErrorKind::MultipleResults => "MultipleResultsError",
        ErrorKind::NotLoaded => "NotLoadedError",
        ErrorKind::StaleObject => "StaleObjectError",
        ErrorKind::Session => "SessionError",
        ErrorKind::Database => "DatabaseError",
        ErrorKind::Decode => "DecodeError",
        ErrorKind::Integrity => "IntegrityError",
        ErrorKind::UniqueViolation => "UniqueViolation",
        ErrorKind::ForeignKeyViolation => "ForeignKeyViolation",
        ErrorKind::NotNullViolation => "NotNullViolation",
        ErrorKind::CheckViolation => "CheckViolation",
        ErrorKind::Operational => "OperationalError",
        ErrorKind::ConnectionLost => "ConnectionLost",
        ErrorKind::PoolExhausted => "PoolExhausted",
        ErrorKind::QueryTimeout => "QueryTimeout",
        ErrorKind::QueryCanceled => "QueryCanceled",
        ErrorKind::TransactionConflict => "TransactionConflict",
        ErrorKind::Programming => "ProgrammingError",
        _ => "ChakraError",
    }
}

fn to_exception(py: Python<'_>, error: &Error) -> PyErr {
    let attributes = PyDict::new(py);
    let filled = match error {
        Error::Validation(error) => return refused_value(py, error, None),
        Error::Database(error) => database_attributes(&attributes, error),
        Error::StaleObject { attempted, model, staleness, .. } => {
            stale_attributes(&attributes, attempted, model, *staleness)
        }
        Error::Decode(error) => decode_attributes(&attributes, error),
        _ => Ok(()),
    };
    filled.map_or_else(|error| error, |()| exception(py, class_name(error.kind()), &error.to_string(), &attributes))
}

/// A `ValidationError` of the engine, with the Python value itself where it is at hand.
pub(crate) fn refused_value(py: Python<'_>, error: &ValidationError, value: Option<&Bound<'_, PyAny>>) -> PyErr {
    let attributes = PyDict::new(py);
    let filled = (|| {
        attributes.set_item("model", &error.model)?;
        attributes.set_item("field", (!error.field.is_empty()).then_some(&error.field))?;
        match value {
            Some(value) => attributes.set_item("value", value)?,
            None => attributes.set_item("value", &error.value)?,
        }
        attributes.set_item("constraint", &error.constraint)?;
        attributes.set_item("where", &error.defined)?;
        let faults = error.several.iter().map(|fault| refused_value(py, fault, value).into_value(py));
        attributes.set_item("errors", faults.collect::<Vec<_>>())
    })();
    match filled {
        Ok(()) => exception(py, "ValidationError", &error.to_string(), &attributes),
        Err(error) => error,
    }
}

fn stale_attributes(
    attributes: &Bound<'_, PyDict>,
    attempted: &str,
    model: &str,
    staleness: Staleness,
) -> PyResult<()> {
    attributes.set_item("attempted", attempted)?;
    attributes.set_item("model", model)?;
    if let Staleness::Changed { known, found } = staleness {
        attributes.set_item("version", known)?;
        attributes.set_item("found", found)?;
    }
    Ok(())
}

fn database_attributes(attributes: &Bound<'_, PyDict>, error: &DatabaseError) -> PyResult<()> {
    attributes.set_item("sqlstate", &error.sqlstate)?;
    attributes.set_item("constraint", &error.constraint)?;
    attributes.set_item("table", &error.table)?;
    attributes.set_item("columns", &error.columns)
}

fn decode_attributes(attributes: &Bound<'_, PyDict>, error: &DecodeError) -> PyResult<()> {
    attributes.set_item("table", &error.table)?;
    attributes.set_item("column", &error.column)?;
    attributes.set_item("value", &error.found)?;
    attributes.set_item("expected", &error.expected)
}

/// A class of `chakra.exceptions`.
pub(crate) fn exception_class<'py>(py: Python<'py>, class: &str) -> PyResult<Bound<'py, PyType>> {
    Ok(py.import("chakra.exceptions")?.getattr(class)?.cast_into()?)
}

/// An exception of `chakra.exceptions`, by the name of its class.
pub(crate) fn exception(py: Python<'_>, class: &str, message: &str, attributes: &Bound<'_, PyDict>) -> PyErr {
    let made = exception_class(py, class).and_then(|class| class.call((message,), Some(attributes)));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// An exception with a message alone.
pub(crate) fn plain(py: Python<'_>, class: &str, message: &str) -> PyErr {
    exception(py, class, message, &PyDict::new(py))
}

/// A `ValidationError` about one field, with the Python value itself.
pub(crate) fn validation(
    py: Python<'_>,
    place: Place<'_>,
    value: Option<&Bound<'_, PyAny>>,
    constraint: &str,
    message: &str,
) -> PyErr {
    let attributes = PyDict::new(py);
    let filled = (|| {
        attributes.set_item("model", place.model)?;
        attributes.set_item("field", place.field)?;
        attributes.set_item("value", value.map(|value| value.into_bound_py_any(py)).transpose()?)?;
        attributes.set_item("constraint", constraint)?;
        attributes.set_item("where", place.defined)
    })();
    match filled {
        Ok(()) => {
            let message = format!("{}.{}: {message}", place.model, place.field);
            exception(py, "ValidationError", &message, &attributes)
        }
        Err(error) => error,
    }
}

/// Which field a message is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) model: &'a str,
    pub(crate) field: &'a str,
    pub(crate) defined: Option<&'a str>,
}
