//! The objects of one result, which load what they are related to together.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::engine::batches_lazy_loads;
use crate::instance::ModelBase;
use crate::schema::Model;
use crate::weak::WeakInstance;

/// Objects of one model that came from one statement, held weakly, and the pool that it ran on.
///
/// Python's weak references would be an object for each object. Instead each member takes itself out as it goes.
pub(crate) struct Siblings {
    members: Mutex<Vec<Option<WeakInstance>>>,
    using: Option<Arc<Py<PyAny>>>,
    /// What is being loaded for all of them at this moment; Python's part keeps it.
    loads: PyOnceLock<Py<PyDict>>,
}

impl fmt::Debug for Siblings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Siblings").field("members", &self.members.lock().len()).finish_non_exhaustive()
    }
}

/// An object's place among its siblings; dropped with the object, it leaves it.
#[derive(Debug)]
pub(crate) struct Membership {
    siblings: Arc<Siblings>,
    at: usize,
}

impl Membership {
    pub(crate) fn siblings(&self) -> &Arc<Siblings> {
        &self.siblings
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        if let Some(member) = self.siblings.members.lock().get_mut(self.at) {
            *member = None;
        }
    }
}

impl Siblings {
    /// Those that are still there.
    pub(crate) fn alive<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        let members = self.members.lock();
        members.iter().flatten().filter_map(|member| member.get(py)).collect()
    }

    /// The pool on which they were read; None: the default one.
    pub(crate) fn using<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.using.as_ref().map(|using| using.bind(py).clone())
    }
}

/// What is being loaded at this moment for all objects of a result, by name, event loop and transaction: those who ask at
/// once share one statement. None where each loads for itself.
#[pyfunction]
#[pyo3(signature = (instance, /))]
pub(crate) fn loads_of_siblings<'py>(instance: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = instance.py();
    let Some(siblings) = ModelBase::of(instance)?.siblings() else { return Ok(None) };
    if !batches_lazy_loads(py, siblings.using(py).as_ref())? {
        return Ok(None);
    }
    Ok(Some(siblings.loads.get_or_init(py, || PyDict::new(py).unbind()).bind(py).clone()))
}

/// Makes siblings of objects of a model. Models without relationships need none.
pub(crate) fn gather(model: &Model, objects: &[Bound<'_, PyAny>], using: Option<&Arc<Py<PyAny>>>) -> PyResult<()> {
    if model.relationships.is_empty() || objects.is_empty() {
        return Ok(());
    }
    let members = objects.iter().map(WeakInstance::of).collect();
    let siblings = Arc::new(Siblings { members: Mutex::new(members), using: using.cloned(), loads: PyOnceLock::new() });
    for (at, object) in objects.iter().enumerate() {
        ModelBase::of(object)?.join(Membership { siblings: Arc::clone(&siblings), at });
    }
    Ok(())
}
