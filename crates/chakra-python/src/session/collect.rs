//! From objects to a unit of work.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use chakra::engine::{self, Record};
use chakra::session::{ChangedRow, GoneRow, Link, NewRow, Unit};
use pyo3::prelude::*;

use super::reach::add_reachable;
use super::tie::Phase;
use super::work::{Pending, Work};
use crate::convert::to_value;
use crate::instance::{
    ModelBase, Stamp, Update, Writing, assignments, attribute, insertable_linked, is_same, marks, model_of_instance,
    target,
};
use crate::relationship::{Behind, dependants, parents_behind};
use crate::schema::Model;

/// A unit of work, and whose it is.
#[derive(Default)]
pub(super) struct Flush {
    pub(super) unit: Unit,
    pub(super) arrival: Arrival,
}

/// The objects of a unit, in its order. Dropped before the unit was written, they count as changed as they were.
#[derive(Default)]
pub(super) struct Arrival {
    pub(super) inserted: Vec<(Arc<Model>, Option<Writing>)>,
    pub(super) updated: Vec<(Arc<Model>, Update)>,
    pub(super) gone: Vec<Gone>,
    pub(super) taken: Vec<Taken>,
}

/// An object whose row is deleted.
pub(super) struct Gone {
    pub(super) model: Arc<Model>,
    pub(super) instance: Py<ModelBase>,
    pub(super) stamps: Vec<Stamp>,
}

/// A column that takes its value from another object once that has one.
pub(super) struct Taken {
    pub(super) object: Py<ModelBase>,
    pub(super) column: usize,
    pub(super) parent: Py<PyAny>,
    pub(super) from: usize,
}

/// The places of the objects to be inserted, by address.
type Places = HashMap<usize, usize>;

/// Columns that wait for others' values, by the address of their object.
type Waiting<'py> = HashMap<usize, Vec<Behind<'py>>>;

fn address(object: &Bound<'_, PyAny>) -> usize {
    object.as_ptr() as usize
}

impl Flush {
    /// What a session has to write.
    ///
    /// # Errors
    ///
    /// `ValidationError` for objects that cannot be written; `SessionError` for one that belongs elsewhere.
    pub(super) fn of(py: Python<'_>, work: &Arc<Work>) -> PyResult<Self> {
        let Pending { new, changed, doomed } = work.pending(py);
        if !new.is_empty() || !changed.is_empty() {
            for root in new.iter().chain(&changed) {
                add_reachable(work, root.bind(py).as_any())?;
            }
        }
        let new = work.listed(py, Phase::New);
        let places: Places = new.iter().enumerate().map(|(at, one)| (address(one.as_any()), at)).collect();
        let models = new.iter().map(|one| model_of_instance(one)).collect::<PyResult<Vec<_>>>()?;
        let mut waiting = waiting_for_owners(&new, &models, &places)?;
        let mut flush = Self::default();
        let now = engine::now();
        for (instance, model) in new.iter().zip(models) {
            let behind = waiting.remove(&address(instance.as_any())).unwrap_or_default();
            flush.insert(&model, instance, &places, behind, &now)?;
        }
        let mut seen = HashSet::new();
        for instance in changed.iter().filter(|instance| seen.insert(instance.as_ptr())) {
            flush.change(work, instance.bind(py), &places)?;
        }
        for instance in &doomed {
            flush.delete(instance.bind(py))?;
        }
        Ok(flush)
    }

    fn insert<'py>(
        &mut self,
        model: &Arc<Model>,
        instance: &Bound<'py, ModelBase>,
        places: &Places,
        mut behind: Vec<Behind<'py>>,
        now: &chakra::types::Value,
    ) -> PyResult<()> {
        let own = parents_behind(model, instance, |parent| places.contains_key(&address(parent)))?;
        behind.retain(|owner| !own.iter().any(|parent| parent.column == owner.column));
        behind.extend(own);
        let without: Vec<usize> = behind.iter().map(|parent| parent.column).collect();
        let (record, stamps) = insertable_linked(model, instance, now, &without)?;
        let is_given = |at: &usize| without.contains(at) || record.iter().any(|(given, _)| given == at);
        let supplied = (0..model.fields.len()).filter(|at| !is_given(at)).collect();
        let links = self.links(instance, &behind, places);
        self.arrival.inserted.push((Arc::clone(model), Some(Writing::of_insert(model, instance, &record, stamps))));
        self.unit.inserts.push(NewRow { table: model.table.clone(), record, links, supplied });
        Ok(())
    }

    fn links(&mut self, instance: &Bound<'_, ModelBase>, behind: &[Behind<'_>], places: &Places) -> Vec<Link> {
        let mut links = Vec::with_capacity(behind.len());
        for Behind { column, parent, from } in behind {
            let Some(row) = places.get(&address(parent)) else { continue };
            links.push(Link { column: *column, row: *row, from: *from });
            self.arrival.taken.push(Taken {
                object: instance.clone().unbind(),
                column: *column,
                parent: parent.clone().unbind(),
                from: *from,
            });
        }
        links
    }

    fn change(&mut self, work: &Work, instance: &Bound<'_, ModelBase>, places: &Places) -> PyResult<()> {
        let state = instance.get();
        if state.tie().phase() != Phase::Stored || !state.is_loaded() {
            return Ok(());
        }
        let model = model_of_instance(instance)?;
        let behind = parents_behind(&model, instance, |parent| places.contains_key(&address(parent)))?;
        forget_unchanged(work, &model, instance, &behind)?;
        for position in state.changed_in_place(&model, instance)? {
            let original = state.original(&model, instance.py(), position)?;
            work.keep(instance.py(), instance, position, original, true);
        }
        let linked: Vec<usize> = behind.iter().map(|parent| parent.column).collect();
        let mut update = Update::of(&model, instance, None, &linked)?;
        if update.positions.is_empty() {
            return Ok(());
        }
        let links = self.links(instance, &behind, places);
        self.unit.updates.push(ChangedRow {
            table: model.table.clone(),
            target: update.row.clone(),
            assignments: mem::take(&mut update.assignments),
            links,
        });
        self.arrival.updated.push((model, update));
        Ok(())
    }

    fn delete(&mut self, instance: &Bound<'_, ModelBase>) -> PyResult<()> {
        let model = model_of_instance(instance)?;
        if instance.get().tie().phase() != Phase::Doomed {
            return Ok(());
        }
        let stamps = marks(instance.py(), &model)?;
        self.unit.deletes.push(GoneRow {
            table: model.table.clone(),
            target: target(&model, instance)?,
            known: references(&model, instance)?,
            also: assignments(&stamps),
        });
        self.arrival.gone.push(Gone { model, instance: instance.clone().unbind(), stamps });
        Ok(())
    }
}

/// What new objects hold that refers to them by columns of its own, and does not know it yet.
fn waiting_for_owners<'py>(
    new: &[Bound<'py, ModelBase>],
    models: &[Arc<Model>],
    places: &Places,
) -> PyResult<Waiting<'py>> {
    let mut waiting: Waiting<'py> = HashMap::new();
    for (owner, model) in new.iter().zip(models) {
        if model.relationships.is_empty() {
            continue;
        }
        for dependant in dependants(model, owner.as_any())? {
            let place = address(&dependant.object);
            let refers = attribute(&*model_of_instance(&dependant.object)?, &dependant.object, dependant.column)?;
            let key = attribute(model, owner, dependant.from)?;
            if places.contains_key(&place) && refers.is_none() && key.is_none() {
                let parent = owner.as_any().clone();
                let behind = Behind { column: dependant.column, parent, from: dependant.from };
                waiting.entry(place).or_default().push(behind);
            }
        }
    }
    Ok(waiting)
}

/// Columns that were assigned what they held already are not changed.
fn forget_unchanged(
    work: &Work,
    model: &Model,
    instance: &Bound<'_, ModelBase>,
    behind: &[Behind<'_>],
) -> PyResult<()> {
    let state = instance.get();
    for position in (0..model.fields.len()).filter(|position| state.is_assigned(*position)) {
        if behind.iter().any(|parent| parent.column == position) {
            continue;
        }
        let Some(clean) = work.clean(instance, position) else { continue };
        if is_same(clean.bind(instance.py()), &attribute(model, instance, position)?)? {
            state.is_written(position);
        }
    }
    Ok(())
}

/// What is known of the columns by which an object refers to others.
fn references(model: &Model, instance: &Bound<'_, ModelBase>) -> PyResult<Record> {
    let mut record: Record = Vec::new();
    for column in model.table.foreign_keys.iter().flat_map(|key| key.columns.iter().copied()) {
        let value = attribute(model, instance, column)?;
        if !value.is_none() && !record.iter().any(|(other, _)| *other == column) {
            record.push((column, to_value(model, column, &value)?));
        }
    }
    Ok(record)
}
