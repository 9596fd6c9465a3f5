//! Merging: the session's own object of a row takes over the values of another.

use std::sync::Arc;

use pyo3::prelude::*;

use super::key::present_key;
use super::tie::Phase;
use super::work::Work;
use crate::hydrate::set_plainly;
use crate::instance::{ModelBase, is_same, model_of_instance};
use crate::schema::Model;

/// The session's object of what an object stands for, where that is known without asking: the object itself, or a copy of
/// one without a key.
///
/// # Errors
///
/// What making the copy raised.
pub(super) fn at_hand<'py>(
    work: &Arc<Work>,
    object: &Bound<'py, ModelBase>,
) -> PyResult<Option<Bound<'py, ModelBase>>> {
    let tie = object.get().tie();
    if tie.work().is_some_and(|other| Arc::ptr_eq(&other, work)) && matches!(tie.phase(), Phase::New | Phase::Stored) {
        return Ok(Some(object.clone()));
    }
    let model = model_of_instance(object)?;
    match present_key(&model, object.as_any())? {
        None => copy_of(work, &model, object).map(Some),
        Some(_) => Ok(None),
    }
}

/// Gives the session's object the values of another; without one, a copy of that, which is to be inserted.
///
/// # Errors
///
/// `ValidationError` for values that do not fit.
pub(super) fn into<'py>(
    work: &Arc<Work>,
    object: &Bound<'py, ModelBase>,
    own: Option<&Bound<'py, ModelBase>>,
) -> PyResult<Bound<'py, ModelBase>> {
    let model = model_of_instance(object)?;
    match own {
        None => copy_of(work, &model, object),
        Some(own) => take_over(&model, own, object).map(|()| own.clone()),
    }
}

/// A new object of the session with another's values.
fn copy_of<'py>(work: &Arc<Work>, model: &Model, source: &Bound<'py, ModelBase>) -> PyResult<Bound<'py, ModelBase>> {
    let made = source.get_type().call0()?.cast_into::<ModelBase>()?;
    for field in &model.fields {
        let name = field.name.bind(source.py());
        if let Some(value) = source.getattr_opt(name)? {
            set_plainly(&made, name, value)?;
        }
    }
    made.get().leave_open_as(source.get());
    work.add_new(&made);
    Ok(made)
}

/// Gives the session's object the values that another was given, or has loaded, and that differ.
fn take_over(model: &Model, own: &Bound<'_, ModelBase>, source: &Bound<'_, ModelBase>) -> PyResult<()> {
    if own.is(source) {
        return Ok(());
    }
    for (position, field) in model.fields.iter().enumerate() {
        let name = field.name.bind(source.py());
        let Some(value) = source.getattr_opt(name)?.filter(|_| !source.get().is_left_open(position)) else { continue };
        let is_same = match own.getattr_opt(name)? {
            Some(present) => is_same(&present, &value)?,
            None => false,
        };
        if !is_same {
            own.setattr(name, value)?;
        }
    }
    Ok(())
}
