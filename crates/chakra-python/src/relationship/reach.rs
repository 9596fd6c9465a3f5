//! What an object holds by its relationships: the objects that can be reached without asking the database.

use std::sync::Arc;

use chakra::schema::relationship::Link;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::RelationshipInfo;
use super::collection::held;
use crate::instance::ModelBase;
use crate::schema::Model;

/// The objects that a loaded relationship leads to.
fn objects_of<'py>(object: &Bound<'py, PyAny>, info: &RelationshipInfo) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let Some(found) = held(object, info)? else { return Ok(Vec::new()) };
    if !info.is_to_many() {
        return Ok(if found.is_instance_of::<ModelBase>() { vec![found] } else { Vec::new() });
    }
    match found.getattr(pyo3::intern!(object.py(), "_items"))?.cast_into::<PyList>() {
        Ok(items) => Ok(items.iter().filter(Bound::is_instance_of::<ModelBase>).collect()),
        Err(_) => Ok(Vec::new()),
    }
}

/// The objects that an object holds.
pub(crate) fn reachable<'py>(model: &Model, object: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut found = Vec::new();
    for info in &model.relationships {
        found.extend(objects_of(object, info)?);
    }
    Ok(found)
}

/// An object that refers to another by a column of its own.
pub(crate) struct Dependant<'py> {
    pub(crate) object: Bound<'py, PyAny>,
    pub(crate) column: usize,
    /// The column of the other object.
    pub(crate) from: usize,
}

/// Those among the objects that an object holds which refer to it.
pub(crate) fn dependants<'py>(model: &Arc<Model>, object: &Bound<'py, PyAny>) -> PyResult<Vec<Dependant<'py>>> {
    let py = object.py();
    let mut found = Vec::new();
    for info in &model.relationships {
        let objects = objects_of(object, info)?;
        if objects.is_empty() {
            continue;
        }
        let resolved = info.resolved(py, model)?;
        if !matches!(resolved.link, Link::Backward { .. }) {
            continue;
        }
        let hop = &resolved.step.hop;
        for object in objects {
            let columns = hop.from_columns.iter().zip(&hop.to_columns);
            found.extend(columns.map(|(from, column)| Dependant {
                object: object.clone(),
                column: *column,
                from: *from,
            }));
        }
    }
    Ok(found)
}
