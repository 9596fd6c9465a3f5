//! What fields write by themselves at every update.

use chakra::types::Value;
use pyo3::prelude::*;

use super::ModelBase;
use super::faults::Faults;
use crate::convert::{coerce, to_value};
use crate::hydrate::set_plainly;
use crate::schema::Model;

/// A value that an update writes besides those it was told to.
pub(crate) struct Stamp {
    pub(crate) position: usize,
    pub(crate) value: Value,
    object: Py<PyAny>,
}

/// The values of the fields that have an `on_update`, but those that the update writes anyway.
///
/// # Errors
///
/// What their callables raise; values that do not fit are noted.
pub(crate) fn stamps(
    py: Python<'_>,
    model: &Model,
    written: &[usize],
    faults: &mut Faults<'_>,
) -> PyResult<Vec<Stamp>> {
    let mut stamps = Vec::new();
    for (position, field) in model.fields.iter().enumerate() {
        let Some(supply) = field.on_update.as_ref().filter(|_| !written.contains(&position)) else { continue };
        let made = supply.value(py).and_then(|value| coerce(model, position, &value));
        let Some(object) = faults.take(py, made)? else { continue };
        let value = to_value(model, position, &object)?;
        stamps.push(Stamp { position, value, object: object.unbind() });
    }
    Ok(stamps)
}

impl Stamp {
    /// Gives the instance the value that was written, unless it was assigned another meanwhile.
    pub(super) fn arrived(self, instance: &Bound<'_, ModelBase>, model: &Model) -> PyResult<()> {
        if instance.get().dirty.contains(self.position) {
            return Ok(());
        }
        let py = instance.py();
        set_plainly(instance, model.fields[self.position].name.bind(py), self.object.into_bound(py))
    }
}
