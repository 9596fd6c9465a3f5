//! What an object takes along: the objects that it holds by its relationships.

use std::collections::HashSet;
use std::sync::Arc;

use pyo3::prelude::*;

use super::key::key_of;
use super::tie::Phase;
use super::work::Work;
use crate::error::plain;
use crate::instance::{ModelBase, model_of_instance};
use crate::relationship::reachable;

/// Takes an object into a session.
///
/// # Errors
///
/// `SessionError` for an object of another open session, and for a second object of a row.
pub(super) fn add(work: &Arc<Work>, object: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = object.py();
    let instance = object.cast::<ModelBase>()?;
    let tie = instance.get().tie();
    if let Some(other) = tie.work() {
        if !Arc::ptr_eq(&other, work) {
            let message = format!(
                "{} belongs to another open session; `await session.merge(...)` gives this session's own object of that row",
                shown(object)?
            );
            return Err(plain(py, "SessionError", &message));
        }
        return match tie.phase() {
            Phase::Doomed | Phase::Gone => {
                let message =
                    format!("{} was deleted in this session; make another to insert it again", shown(object)?);
                Err(plain(py, "SessionError", &message))
            }
            _ => Ok(()),
        };
    }
    if !instance.get().is_loaded() {
        work.add_new(instance);
        return Ok(());
    }
    let model = model_of_instance(object)?;
    let key = key_of(&model, &instance.get().key(&model, instance)?)?;
    if work.find(py, &model.table, &key).is_some() {
        let message = format!(
            "the session has another object of the row that {} stands for; `await session.merge(...)` gives it the values of \
             this one",
            shown(object)?
        );
        return Err(plain(py, "SessionError", &message));
    }
    work.attach(&model, instance, key);
    work.list_changes(instance);
    Ok(())
}

/// An object by class and key, for messages.
pub(super) fn shown(object: &Bound<'_, PyAny>) -> PyResult<String> {
    let class = object.get_type().name()?.to_string();
    let key = object.getattr(pyo3::intern!(object.py(), "pk"))?;
    Ok(if key.is_none() { format!("a new {class}") } else { format!("{class} {}", key.repr()?) })
}

/// Takes an object into a session, and all that can be reached from it.
///
/// # Errors
///
/// As [`add`].
pub(super) fn add_with_reachable(work: &Arc<Work>, object: &Bound<'_, PyAny>) -> PyResult<()> {
    add(work, object)?;
    add_reachable(work, object)
}

/// Takes all into a session that can be reached from one of its objects.
///
/// # Errors
///
/// As [`add`].
pub(super) fn add_reachable(work: &Arc<Work>, root: &Bound<'_, PyAny>) -> PyResult<()> {
    let mut seen = HashSet::from([root.as_ptr()]);
    let mut left = vec![root.clone()];
    while let Some(object) = left.pop() {
        let model = model_of_instance(&object)?;
        if model.relationships.is_empty() {
            continue;
        }
        for other in reachable(&model, &object)? {
            if seen.insert(other.as_ptr()) {
                let phase = ModelBase::of(&other)?.tie().phase();
                if !matches!(phase, Phase::Doomed | Phase::Gone) {
                    add(work, &other)?;
                    left.push(other);
                }
            }
        }
    }
    Ok(())
}

/// Takes new objects into a session that hang on its stored ones: children in collections that are loaded, and the other
/// ends of one-to-one relationships.
///
/// # Errors
///
/// As [`add`].
pub(super) fn add_hung(work: &Arc<Work>, py: Python<'_>) -> PyResult<()> {
    for object in work.stored(py) {
        let model = model_of_instance(&object)?;
        if model.relationships.is_empty() || ModelBase::of(&object)?.tie().phase() != Phase::Stored {
            continue;
        }
        for other in reachable(&model, &object)? {
            let state = ModelBase::of(&other)?;
            if !state.is_loaded() && state.tie().phase() == Phase::Free {
                add_with_reachable(work, &other)?;
            }
        }
    }
    Ok(())
}
