//! Instances held weakly, without an object of Python's for each.

use std::ptr::NonNull;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::instance::ModelBase;

/// An instance that whoever holds this does not keep alive. The holder must forget it before the instance's engine part
/// is gone: something that is dropped with that part (a [`Membership`](crate::relationship::Membership), a tie to a
/// session) tells the holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct WeakInstance(NonNull<ffi::PyObject>);

// SAFETY: what it points to is touched by attached threads only (`get` demands one).
unsafe impl Send for WeakInstance {}

impl WeakInstance {
    /// A weak hold on an instance.
    pub(crate) fn of(instance: &Bound<'_, PyAny>) -> Option<Self> {
        if !instance.is_instance_of::<ModelBase>() {
            return None;
        }
        NonNull::new(instance.as_ptr()).map(Self)
    }

    /// The instance, unless it is being destroyed.
    pub(crate) fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let object = self.0.as_ptr();
        // SAFETY: the thread is attached. The object's memory is there, for its engine part, which has the holder forget
        // this, is dropped before that is given back; one without references is being destroyed, and must not get a new
        // one.
        unsafe { (ffi::Py_REFCNT(object) > 0).then(|| Bound::from_borrowed_ptr(py, object)) }
    }
}
