//! Loading a relationship of an object when it is asked for: for all its siblings at once.

use std::collections::HashSet;
use std::sync::Arc;

use chakra::driver::Pool;
use chakra::engine::{RowKey, fetch_behind};
use chakra::types::Value;
use pyo3::prelude::*;

use super::Node;
use super::attach::{Parents, attach};
use super::collection::held;
use super::path::step;
use super::undo::{self, LoadedInside};
use crate::convert::to_value;
use crate::engine::{batches_lazy_loads, pool_for};
use crate::error::Outcome;
use crate::garbage::Pause;
use crate::hydrate::delete_plainly;
use crate::instance::{ModelBase, attribute, model_of_instance};
use crate::operation::{Mode, ask};
use crate::query::QueryState;
use crate::schema::Model;
use crate::session::flushed_first;
use crate::transaction::written_scope;

/// Reads what an object is related to, and the same for those of its siblings that have not loaded it: one statement.
/// Gives it: an object, None, or the collection.
#[pyfunction]
#[pyo3(signature = (instance, name, blocking, /))]
pub(crate) fn load_related<'py>(
    instance: &Bound<'py, PyAny>,
    name: &str,
    blocking: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = instance.py();
    let mode = if blocking { Mode::Blocking } else { Mode::Async };
    let using = ModelBase::of(instance)?.siblings().and_then(|siblings| siblings.using(py));
    let pool = pool_for(py, using.as_ref())?;
    if let Some(work) = pool.to_flush(py)? {
        let (instance, name) = (instance.clone().unbind(), name.to_owned());
        let again = move |py: Python<'_>| load_related(instance.bind(py), &name, blocking).map(Bound::unbind);
        return flushed_first(py, &work, mode, again);
    }
    let model = model_of_instance(instance)?;
    let (relationship, resolved, target) = step(py, &model, name, name)?;
    let query = QueryState::default_of(py, &target, model.relationships[relationship].is_to_many())?;
    let then = query.plan(py)?;
    let node = Node { part: 0, relationship, resolved, target, to_attr: None, query, then };

    let siblings = ModelBase::of(instance)?.siblings();
    let using = siblings.as_ref().and_then(|siblings| siblings.using(py));
    let mut parents = vec![instance.clone()];
    let together = batches_lazy_loads(py, using.as_ref())?;
    for sibling in siblings.iter().filter(|_| together).flat_map(|siblings| siblings.alive(py)) {
        if !sibling.is(instance) && !is_loaded(&sibling, &model, relationship)? {
            parents.push(sibling);
        }
    }
    // Of an object known to have none, and of a new one, there is nothing to ask.
    let asks = !ModelBase::of(instance)?.knows_missing(relationship);
    let keys = if asks { keys_of(&model, &parents, &node.resolved.step.hop.from_columns)? } else { Vec::new() };
    if !asks {
        parents.truncate(1);
    }
    let scope = written_scope(py, using.as_ref())?;
    let session = pool.session.clone();
    let prefetch = node.prefetch();
    let parents: Vec<Py<PyAny>> = parents.into_iter().map(Bound::unbind).collect();
    let using = using.map(|using| Arc::new(using.unbind()));
    ask(
        py,
        &pool,
        mode,
        move |pool: Pool| async move { Outcome::Ok(fetch_behind(&pool, &prefetch, keys).await?) },
        move |py, branches| {
            let parents: Vec<_> = parents.into_iter().map(|parent| parent.into_bound(py)).collect();
            let from = &node.resolved.step.hop.from_columns;
            let key = |at: usize| Ok(key_of(&model, &parents[at], from)?.and_then(|key| RowKey::of(&key)));
            let _pause = Pause::begin(py);
            let holders = Parents { objects: &parents, are_new: false };
            attach(py, &model, holders, key, &node, &branches, (using.as_ref(), session.as_ref()))?;
            note_missing(py, &parents[1..], &model, node.relationship)?;
            let loaded = |parent| undo::note(py, scope.as_ref(), || LoadedInside::of(parent, node.relationship));
            parents.iter().try_for_each(loaded)?;
            let relationship = &model.relationships[node.relationship];
            Ok(parents[0].getattr(relationship.name.bind(py))?.unbind())
        },
    )
}

/// That a sibling is related to none is told when it is asked: until then it can be awaited like the others.
fn note_missing(py: Python<'_>, siblings: &[Bound<'_, PyAny>], model: &Model, relationship: usize) -> PyResult<()> {
    let info = &model.relationships[relationship];
    if info.is_to_many() {
        return Ok(());
    }
    for sibling in siblings {
        if held(sibling, info)?.is_some_and(|held| held.is_none()) {
            delete_plainly(sibling, info.name.bind(py))?;
            ModelBase::of(sibling)?.know_missing(relationship);
        }
    }
    Ok(())
}

/// Whether an object holds what a relationship leads to.
pub(super) fn is_loaded(object: &Bound<'_, PyAny>, model: &Model, relationship: usize) -> PyResult<bool> {
    let info = &model.relationships[relationship];
    match held(object, info)? {
        Some(collection) if info.is_to_many() => {
            Ok(!collection.getattr(pyo3::intern!(object.py(), "_items"))?.is_none())
        }
        Some(_) => Ok(true),
        None => Ok(ModelBase::of(object)?.knows_missing(relationship)),
    }
}

/// The values by which objects are related, each combination once, those with a None left out.
pub(super) fn keys_of(model: &Model, objects: &[Bound<'_, PyAny>], columns: &[usize]) -> PyResult<Vec<Vec<Value>>> {
    let mut seen = HashSet::new();
    let mut keys = Vec::new();
    for object in objects {
        if let Some(key) = key_of(model, object, columns)?
            && seen.insert(RowKey::of(&key))
        {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// The values by which an object is related; None where one is None.
fn key_of(model: &Model, object: &Bound<'_, PyAny>, columns: &[usize]) -> PyResult<Option<Vec<Value>>> {
    let mut key = Vec::with_capacity(columns.len());
    for column in columns {
        let value = attribute(model, object, *column)?;
        if value.is_none() {
            return Ok(None);
        }
        key.push(to_value(model, *column, &value)?);
    }
    Ok(Some(key))
}
