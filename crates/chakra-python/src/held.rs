//! Values that are held without keeping objects of models alive.

use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

use crate::instance::ModelBase;

/// What an attribute held.
pub(crate) enum Held {
    Nothing,
    Value(Py<PyAny>),
    /// An object of a model, which may go.
    Object(Py<PyWeakrefReference>),
}

impl Held {
    pub(crate) fn of(value: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        match value {
            None => Ok(Self::Nothing),
            Some(object) if object.is_instance_of::<ModelBase>() => Ok(Self::Object(weak(&object)?)),
            Some(value) => Ok(Self::Value(value.unbind())),
        }
    }

    /// What is still there of it.
    pub(crate) fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        match self {
            Self::Nothing => None,
            Self::Value(value) => Some(value.bind(py).clone()),
            Self::Object(object) => object.bind(py).upgrade(),
        }
    }

    /// Whether an attribute still holds it.
    pub(crate) fn is(&self, py: Python<'_>, value: Option<&Bound<'_, PyAny>>) -> bool {
        match (self, value) {
            (Self::Nothing, None) => true,
            (Self::Nothing, Some(_)) | (_, None) => false,
            (_, Some(value)) => self.get(py).is_some_and(|held| held.is(value)),
        }
    }

    /// Whether both hold the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Value(one), Self::Value(other)) => one.is(other),
            // Python makes one weak reference for each object.
            (Self::Object(one), Self::Object(other)) => one.is(other),
            _ => false,
        }
    }
}

/// A weak reference to an object.
pub(crate) fn weak(object: &Bound<'_, PyAny>) -> PyResult<Py<PyWeakrefReference>> {
    PyWeakrefReference::new(object).map(Bound::unbind)
}
