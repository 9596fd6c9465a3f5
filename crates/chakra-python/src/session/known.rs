//! One row is one object: what queries give inside a session.

use std::sync::Arc;

use chakra::engine::{KeyColumns, Rows};
use pyo3::prelude::*;

use super::tie::Phase;
use super::work::Work;
use crate::error::raise;
use crate::hydrate::Maker;
use crate::instance::{ModelBase, attribute};
use crate::relationship::drop_outdated;
use crate::schema::{Model, model_of};

/// The objects of a session that rows may stand for.
pub(crate) struct Known<'a> {
    work: &'a Arc<Work>,
    model: &'a Model,
    keys: KeyColumns<'a>,
    /// The columns of foreign keys that are read: a loaded parent must agree with them.
    references: Vec<usize>,
}

impl<'a> Known<'a> {
    /// None where the rows do not tell which they are.
    pub(crate) fn of(work: &'a Arc<Work>, model: &'a Model, rows: &'a Rows) -> Option<Self> {
        let keys = KeyColumns::of(rows, &model.table.primary_key).ok()?;
        let mut references: Vec<usize> = Vec::new();
        if !model.relationships.is_empty() {
            let columns = model.table.foreign_keys.iter().flat_map(|key| key.columns.iter().copied());
            references.extend(columns.filter(|column| rows.positions().contains(column)));
        }
        (!work.is_closed()).then_some(Self { work, model, keys, references })
    }

    /// The session's object of a row, which is made if there is none. One without changes is read again; changes stay.
    pub(crate) fn object<'py>(&self, maker: &Maker<'_, 'py>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        let Some(key) = self.keys.key(row).map_err(raise)? else { return maker.fresh(row) };
        let py = maker.py();
        let found = self.work.find(py, &self.model.table, &key);
        let is_there =
            |object: &Bound<'_, PyAny>| ModelBase::of(object).is_ok_and(|state| state.tie().phase() != Phase::Gone);
        let Some(object) = found.filter(is_there) else {
            let object = maker.fresh(row)?;
            self.work.attach(self.model, object.cast()?, key);
            return Ok(object);
        };
        let instance = object.cast::<ModelBase>()?;
        let state = instance.get();
        if state.tie().phase() == Phase::Stored && state.changed(self.model, instance)?.is_empty() {
            self.read_again(maker, instance, row)?;
        } else {
            maker.complete(&object, row)?;
        }
        Ok(object)
    }

    fn read_again(&self, maker: &Maker<'_, '_>, instance: &Bound<'_, ModelBase>, row: usize) -> PyResult<()> {
        let before = self.work.before_read(self.model, instance)?;
        if self.references.is_empty() {
            maker.read_again(instance, row)?;
            return self.work.note_read(self.model, instance, before);
        }
        let refers = || self.references.iter().map(|at| attribute(self.model, instance, *at).map(Bound::unbind));
        let former: Vec<Py<PyAny>> = refers().collect::<PyResult<_>>()?;
        maker.read_again(instance, row)?;
        self.work.note_read(self.model, instance, before)?;
        let model = model_of(&instance.get_type())?;
        for ((position, former), now) in self.references.iter().zip(former).zip(refers()) {
            if !former.bind(instance.py()).eq(now?)? {
                drop_outdated(instance, &model, *position)?;
            }
        }
        Ok(())
    }
}
