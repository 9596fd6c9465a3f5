//! The objects of one result, which load what they are related to together.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyAny, PyWeakref, PyWeakrefMethods, PyWeakrefReference};

use crate::instance::ModelBase;
use crate::schema::Model;

/// Objects of one model that came from one statement, held weakly, and the pool that it ran on.
#[derive(Debug)]
pub(crate) struct Siblings {
    members: Vec<Py<PyWeakref>>,
    using: Option<Arc<Py<PyAny>>>,
}

impl Siblings {
    /// Those that are still there.
    pub(crate) fn alive<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        self.members.iter().filter_map(|member| member.bind(py).upgrade()).collect()
    }

    /// The pool on which they were read; None: the default one.
    pub(crate) fn using<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.using.as_ref().map(|using| using.bind(py).clone())
    }
}

/// Makes siblings of objects of a model. Models without relationships need none.
pub(crate) fn gather(model: &Model, objects: &[Bound<'_, PyAny>], using: Option<&Arc<Py<PyAny>>>) -> PyResult<()> {
    if model.relationships.is_empty() || objects.is_empty() {
        return Ok(());
    }
    let weak = |object: &Bound<'_, PyAny>| {
        Ok(PyWeakrefReference::new(object)?.cast_into::<PyWeakref>().map_err(PyErr::from)?.unbind())
    };
    let members = objects.iter().map(weak).collect::<PyResult<_>>()?;
    let siblings = Arc::new(Siblings { members, using: using.cloned() });
    for object in objects {
        ModelBase::of(object)?.join(Arc::clone(&siblings));
    }
    Ok(())
}
