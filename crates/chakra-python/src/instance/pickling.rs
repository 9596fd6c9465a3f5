//! What pickle and copy carry of an instance, and how it comes back.

use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::{ModelBase, model_of_instance};
use crate::hydrate::set_plainly;
use crate::relationship::own_collections;

/// Attributes, whether the database holds the row, the names of the changed fields, the key under which it does
/// where that was changed, and the names of the fields that are left to the database's default. Names, because a model may have other fields by the time it is read.
pub(super) type InstanceState<'py> =
    (Bound<'py, PyDict>, bool, Vec<String>, Option<Vec<Bound<'py, PyAny>>>, Vec<String>);

/// A callable, its arguments, and the state for what it gives.
type Reduced<'py> = (Bound<'py, PyAny>, (Bound<'py, PyType>,), Bound<'py, PyAny>);

/// How pickle, in all its protocols, and copy make an instance again: past `__init__`.
pub(super) fn reduce<'py>(slf: &Bound<'py, ModelBase>) -> PyResult<Reduced<'py>> {
    let make = slf.py().import("copyreg")?.getattr("__newobj__")?;
    Ok((make, (slf.get_type(),), slf.call_method0("__getstate__")?))
}

pub(super) fn state_of<'py>(slf: &Bound<'py, ModelBase>) -> PyResult<InstanceState<'py>> {
    let py = slf.py();
    let state = slf.get();
    let attributes = slf.getattr(pyo3::intern!(py, "__dict__"))?.cast_into::<PyDict>()?.copy()?;
    for name in py.import("copyreg")?.call_method1("_slotnames", (slf.get_type(),))?.try_iter()? {
        let name = name?.cast_into::<PyString>()?;
        if let Some(value) = slf.getattr_opt(&name)? {
            attributes.set_item(name, value)?;
        }
    }
    let model = model_of_instance(slf)?;
    let changed = state.changed(&model, slf)?;
    let changed = changed.into_iter().map(|position| model.column(position).attribute.clone()).collect();
    let key = state.stored_key.lock().as_ref().map(|key| key.iter().map(|part| part.bind(py).clone()).collect());
    Ok((attributes, state.is_loaded(), changed, key, ModelBase::_left_open(slf)?))
}

pub(super) fn restore(slf: &Bound<'_, ModelBase>, given: InstanceState<'_>) -> PyResult<()> {
    let (attributes, loaded, changed, key, left_open) = given;
    for (name, value) in attributes {
        set_plainly(slf, name.cast::<PyString>()?, value)?;
    }
    let model = model_of_instance(slf)?;
    own_collections(&model, slf)?;
    let state = slf.get();
    state.loaded.store(loaded, Ordering::Relaxed);
    let changed: Vec<usize> = changed.iter().filter_map(|name| model.position(name)).collect();
    state.dirty.put_back(&changed);
    let left_open: Vec<usize> = left_open.iter().filter_map(|name| model.position(name)).collect();
    state.left_open.put_back(&left_open);
    let key = key.filter(|key| key.len() == model.table.primary_key.len());
    let before =
        std::mem::replace(&mut *state.stored_key.lock(), key.map(|key| key.into_iter().map(Bound::unbind).collect()));
    drop(before); // after the lock: it may run Python code
    if loaded && !model.mutable.is_empty() {
        state.watch_present(&model, slf)?;
    }
    Ok(())
}
