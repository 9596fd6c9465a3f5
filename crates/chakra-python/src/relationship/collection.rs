//! The Python objects that stand for many related ones.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::RelationshipInfo;
use crate::hydrate::{bare_instance, set_plainly};

/// Makes collections without calling their `__init__`, which does what `make` does and takes thrice as long.
pub(super) struct Collections<'py> {
    class: &'py Bound<'py, PyType>,
    empty: Bound<'py, PyTuple>,
    owner: &'py Bound<'py, PyString>,
    name: &'py Bound<'py, PyString>,
    items: &'py Bound<'py, PyString>,
}

impl<'py> Collections<'py> {
    pub(super) fn new(py: Python<'py>) -> PyResult<Self> {
        Ok(Self {
            class: collection_class(py)?,
            empty: PyTuple::empty(py),
            owner: pyo3::intern!(py, "_owner"),
            name: pyo3::intern!(py, "_name"),
            items: pyo3::intern!(py, "_items"),
        })
    }

    /// The collection of an object under a name.
    pub(super) fn make(
        &self,
        owner: &Bound<'py, PyAny>,
        name: &Bound<'py, PyString>,
        items: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let collection = bare_instance(self.class, &self.empty)?;
        set_plainly(&collection, self.owner, owner)?;
        set_plainly(&collection, self.name, name.as_any())?;
        set_plainly(&collection, self.items, items)?;
        Ok(collection)
    }
}

/// What an object holds under a relationship's name, if anything.
pub(crate) fn held<'py>(
    object: &Bound<'py, PyAny>,
    relationship: &RelationshipInfo,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    let attributes = object.getattr(pyo3::intern!(py, "__dict__"))?.cast_into::<PyDict>()?;
    attributes.get_item(relationship.name.bind(py))
}

/// The class of collections.
pub(super) fn collection_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "chakra.related", "Collection")
}
