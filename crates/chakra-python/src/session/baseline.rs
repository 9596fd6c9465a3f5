//! What objects held before they were changed, for as long as a rollback may ask for it.

use std::collections::HashMap;

use pyo3::prelude::*;

use crate::hydrate::{delete_plainly, set_plainly};
use crate::instance::{ModelBase, model_of_instance};
use crate::relationship::forget_related;
use crate::schema::Model;

/// The former values of objects, by the objects' addresses.
#[derive(Default)]
pub(super) struct Baselines(HashMap<usize, Baseline>);

struct Baseline {
    /// Held strongly: its changes must not go with it.
    instance: Py<ModelBase>,
    columns: Vec<Former>,
}

struct Former {
    position: usize,
    /// What a rollback gives it; None: it was not loaded.
    before: Option<Py<PyAny>>,
    /// What the database held when it was last changed; None: nobody knows any more.
    clean: Option<Py<PyAny>>,
}

impl Baselines {
    /// Before a column changes from a value: `is_clean` says whether the database holds that. Gives what is to be dropped
    /// when no lock is held.
    pub(super) fn keep(
        &mut self,
        py: Python<'_>,
        instance: &Py<ModelBase>,
        position: usize,
        value: Option<Py<PyAny>>,
        is_clean: bool,
    ) -> Option<Py<PyAny>> {
        let of = self.0.entry(instance.as_ptr() as usize);
        let of = of.or_insert_with(|| Baseline { instance: instance.clone_ref(py), columns: Vec::new() });
        match of.columns.iter_mut().find(|former| former.position == position) {
            Some(former) if is_clean => std::mem::replace(&mut former.clean, value),
            Some(_) => value,
            None => {
                let clean = value.as_ref().filter(|_| is_clean).map(|value| value.clone_ref(py));
                of.columns.push(Former { position, before: value, clean });
                None
            }
        }
    }

    /// What the database holds in a column that was assigned, if that is known.
    pub(super) fn clean(&self, py: Python<'_>, instance: &Bound<'_, ModelBase>, position: usize) -> Option<Py<PyAny>> {
        let of = self.0.get(&(instance.as_ptr() as usize))?;
        let former = of.columns.iter().find(|former| former.position == position)?;
        former.clean.as_ref().map(|clean| clean.clone_ref(py))
    }

    /// Takes over what a level inside knew: what was known here before counts. Gives what is to be dropped when no lock is
    /// held.
    pub(super) fn absorb(&mut self, inner: Self) -> Vec<Py<PyAny>> {
        let mut dropped = Vec::new();
        for (address, baseline) in inner.0 {
            let Some(own) = self.0.get_mut(&address) else {
                self.0.insert(address, baseline);
                continue;
            };
            for former in baseline.columns {
                match own.columns.iter_mut().find(|other| other.position == former.position) {
                    Some(other) => {
                        let clean = std::mem::replace(&mut other.clean, former.clean);
                        dropped.extend(former.before.into_iter().chain(clean));
                    }
                    None => own.columns.push(former),
                }
            }
            dropped.push(baseline.instance.into_any());
        }
        dropped
    }

    /// Gives every object back what it held.
    pub(super) fn restore(self, py: Python<'_>) -> PyResult<()> {
        let restored = self.0.into_values().map(|baseline| baseline.restore(py));
        restored.fold(Ok(()), Result::and)
    }
}

impl Baseline {
    fn restore(self, py: Python<'_>) -> PyResult<()> {
        let instance = self.instance.bind(py);
        let state = instance.get();
        if !state.is_loaded() {
            return Ok(()); // what was inserted is new again, with the values that it was given
        }
        let model = model_of_instance(instance)?;
        undo_in_place(&model, instance)?;
        for Former { position, before, .. } in self.columns {
            let name = model.fields[position].name.bind(py);
            match before {
                Some(before) => set_plainly(instance, name, before.into_bound(py))?,
                None if instance.getattr_opt(name)?.is_some() => delete_plainly(instance, name)?,
                None => {}
            }
        }
        state.mark_loaded();
        if !model.mutable.is_empty() {
            state.watch_present(&model, instance)?;
        }
        Ok(())
    }
}

/// Before a column of an instance is changed: its value; None where it is not loaded.
pub(super) fn present(model: &Model, instance: &Bound<'_, ModelBase>, position: usize) -> PyResult<Option<Py<PyAny>>> {
    Ok(instance.getattr_opt(model.fields[position].name.bind(instance.py()))?.map(Bound::unbind))
}

/// Takes back what was changed in place and not written, and forgets what is related.
pub(super) fn expire(instance: &Bound<'_, PyAny>) -> PyResult<()> {
    let model = model_of_instance(instance)?;
    undo_in_place(&model, instance.cast()?)?;
    forget_related(&model, instance)
}

fn undo_in_place(model: &Model, instance: &Bound<'_, ModelBase>) -> PyResult<()> {
    let state = instance.get();
    for position in state.changed_in_place(model, instance)? {
        if let Some(original) = state.original(model, instance.py(), position)? {
            set_plainly(instance, model.fields[position].name.bind(instance.py()), original.bind(instance.py()))?;
        }
    }
    Ok(())
}
