//! One row of a session: getting its object by the key.

use std::sync::Arc;

use chakra::driver::{Pool, TransactionOptions};
use chakra::engine::{self, RowKey, Rows, Target};
use chakra::query::Select;
use chakra::schema::Role;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::first::flushed_first;
use super::flush::given;
use super::key::given_key;
use super::tie::Phase;
use super::work::Work;
use crate::error::Outcome;
use crate::hydrate::Maker;
use crate::instance::{ModelBase, attribute};
use crate::operation::{Mode, run};
use crate::relationship::gather;
use crate::schema::{Model, model_of};

/// The object of a key; None where there is no such row, and where it is to be deleted.
///
/// # Errors
///
/// `ValidationError` for what is no key of the model; what the flush before it, and the database, report.
pub(super) fn get<'py>(
    work: &Arc<Work>,
    class: &Bound<'py, PyType>,
    key: &Bound<'py, PyAny>,
    for_update: bool,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let model = model_of(class)?;
    let (row, values) = given_key(&model, key)?;
    if let Some(object) = known(work, &model, py, &row)?
        && (!for_update || object.is_none())
    {
        return given(py, mode, object.unbind());
    }
    if work.is_to_flush(py)? {
        let (kept, class, key) = (Arc::clone(work), class.clone().unbind(), key.clone().unbind());
        return flushed_first(py, work, mode, move |py| {
            get(&kept, class.bind(py), key.bind(py), for_update, mode).map(Bound::unbind)
        });
    }
    read(work, model, Target { key: values, version: None }, for_update, mode, py)
}

/// The object that a session has for a key: None inside for one that is deleted; None where it has none.
fn known<'py>(work: &Work, model: &Model, py: Python<'py>, key: &RowKey) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(object) = work.find(py, &model.table, key) else { return Ok(None) };
    let none = || py.None().into_bound(py);
    match ModelBase::of(&object)?.tie().phase() {
        Phase::Doomed => return Ok(Some(none())),
        // Another row may have the key by now.
        Phase::Gone => return Ok(None),
        _ => {}
    }
    match model.table.role(Role::DeletedAt) {
        Some(mark) if !attribute(model, &object, mark)?.is_none() => Ok(Some(none())),
        _ => Ok(Some(object)),
    }
}

fn read<'py>(
    work: &Arc<Work>,
    model: Arc<Model>,
    row: Target,
    for_update: bool,
    mode: Mode,
    py: Python<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut select = Select::live(&model.table).filter(row.row(&model.table));
    select.locks = for_update;
    let (kept, transaction) = (Arc::clone(work), work.transaction.clone());
    run(
        py,
        &work.pool(),
        mode,
        move |pool: Pool| async move {
            if for_update {
                // Where there are no row locks, the transaction is the lock.
                transaction.begin(TransactionOptions::default()).await?;
            }
            Outcome::Ok(engine::fetch(&pool, select).await?)
        },
        move |py, rows: Rows| {
            if rows.is_empty() {
                return Ok(py.None());
            }
            let object = Maker::new(py, &model, &rows, Some(&kept))?.make(0)?;
            gather(&model, std::slice::from_ref(&object), None)?;
            Ok(object.unbind())
        },
    )
}
