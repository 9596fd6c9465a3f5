//! Many instances at once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chakra::driver::{BulkInsert, Pool};
use chakra::engine::{self, Rows};
use chakra::schema::Table;
use chakra::types::Value;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::State;
use crate::error::{Outcome, plain};
use crate::hydrate::slots;
use crate::instance::{ModelBase, Writing, insertable};
use crate::operation::{Mode, ask};
use crate::schema::Model;
use crate::transaction::{Scope, open_scope};

/// Instances that leave the same columns to the database.
#[derive(Default)]
struct Group {
    /// The instances with the changes that this insert writes. Held one by one: the caller may change the list
    /// before the rows are there.
    members: Vec<Writing>,
    values: Vec<Value>,
}

/// New instances of a model on their way to the database.
pub(crate) struct Inserts {
    model: Arc<Model>,
    groups: BTreeMap<Vec<usize>, Group>,
}

/// The instances of each part, and the parts.
type Parts = (Vec<Vec<Writing>>, Vec<BulkInsert>);

impl Inserts {
    /// Sorts instances by the columns they give. Usually there is one group.
    ///
    /// # Errors
    ///
    /// `ValidationError` for values that do not fit, `QueryError` for an object that is given twice, and `TypeError` for one
    /// of another class.
    pub(crate) fn of(model: &Arc<Model>, instances: &Bound<'_, PyList>) -> PyResult<Self> {
        let class = &model.class(instances.py())?;
        let mut groups: BTreeMap<Vec<usize>, Group> = BTreeMap::new();
        let mut columns = Vec::new();
        let now = engine::now();
        let mut seen = HashSet::with_capacity(instances.len());
        for instance in instances.iter() {
            if !seen.insert(instance.as_ptr()) {
                let message = format!("bulk_create of {} was given one object twice", model.table.model);
                return Err(plain(instances.py(), "QueryError", &message));
            }
            if !instance.is_instance(class)? {
                let name = instance.get_type().name()?.to_string();
                let message = format!("bulk_create of {} was given a {name}", model.table.model);
                return Err(pyo3::exceptions::PyTypeError::new_err(message));
            }
            let (record, stamps) = insertable(model, &instance, &now)?;
            if !record.iter().map(|(column, _)| column).eq(&columns) {
                columns = record.iter().map(|(column, _)| *column).collect();
            }
            let group = match groups.get_mut(&columns) {
                Some(group) => group,
                None => groups.entry(columns.clone()).or_default(),
            };
            let instance = instance.cast::<ModelBase>()?;
            group.members.push(Writing::of_insert(model, instance, &record, stamps));
            group.values.extend(record.into_iter().map(|(_, value)| value));
        }
        Ok(Self { model: Arc::clone(model), groups })
    }

    /// One statement for each group.
    pub(crate) fn into_parts(self) -> Parts {
        self.into_parts_of(None)
    }

    fn into_parts_of(self, batch_size: Option<usize>) -> Parts {
        let mut members = Vec::new();
        let mut bulks = Vec::new();
        for (columns, group) in in_order(&self.model.table, self.groups.into_iter().collect()) {
            let returning: Vec<usize> = (0..self.model.fields.len()).filter(|at| !columns.contains(at)).collect();
            // Rows that leave every column to the database have no bulk form: they go one by one.
            let batch_size = if columns.is_empty() { Some(1) } else { batch_size };
            for part in group.parts(columns.len(), batch_size) {
                members.push(part.members);
                bulks.push(BulkInsert {
                    table: self.model.table.clone(),
                    columns: columns.clone(),
                    values: part.values,
                    returning: returning.clone(),
                });
            }
        }
        (members, bulks)
    }

    /// Gives the instances what the database supplied.
    pub(crate) fn fill_in(
        py: Python<'_>,
        model: &Model,
        members: Vec<Vec<Writing>>,
        written: &[Rows],
        scope: Option<&Py<Scope>>,
    ) -> PyResult<()> {
        for (members, rows) in members.into_iter().zip(written) {
            let slots = slots(py, model, rows);
            for (row, writing) in members.into_iter().enumerate() {
                writing.supply(py, model, rows, row, &slots)?;
                writing.inserted(py, model, rows, row, scope)?;
            }
        }
        Ok(())
    }
}

impl State {
    pub(super) fn bulk_create<'py>(
        &self,
        instances: &Bound<'py, PyList>,
        batch_size: Option<usize>,
        mode: Mode,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = instances.py();
        let pool = self.pool(py)?;
        let (members, bulks) = Inserts::of(&self.model, instances)?.into_parts_of(batch_size);
        let (model, list) = (Arc::clone(&self.model), instances.clone().unbind());
        let scope = open_scope(py, self.using.as_ref().map(|using| using.bind(py)))?;
        ask(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(engine::insert_all(&pool, bulks).await?) },
            move |py, written: Vec<Rows>| {
                Inserts::fill_in(py, &model, members, &written, scope.as_ref())?;
                Ok(list.into_any())
            },
        )
    }
}

impl Group {
    /// Cut into parts of at most `batch_size` rows.
    fn parts(self, width: usize, batch_size: Option<usize>) -> Vec<Self> {
        let size = batch_size.unwrap_or(self.members.len()).max(1);
        let (mut members, mut values) = (self.members.into_iter(), self.values.into_iter());
        let mut parts = Vec::new();
        while members.len() > 0 {
            parts.push(Self {
                members: members.by_ref().take(size).collect(),
                values: values.by_ref().take(size * width).collect(),
            });
        }
        parts
    }
}

/// The rows, those that others of them refer to first: the groups as they are where that needs no change, as it usually
/// does; else as many runs of rows of one group as it takes.
fn in_order(table: &Table, groups: Vec<(Vec<usize>, Group)>) -> Vec<(Vec<usize>, Group)> {
    let keys = self_references(table);
    if keys.is_empty() {
        return groups;
    }
    let places: Vec<(usize, usize)> =
        (0..groups.len()).flat_map(|group| (0..groups[group].1.members.len()).map(move |row| (group, row))).collect();
    let value = |(group, row): (usize, usize), column: usize| {
        let (columns, group) = &groups[group];
        match columns.iter().position(|given| *given == column) {
            Some(at) => group.values[row * columns.len() + at].clone(),
            None => Value::Null(table.columns[column].sql_type.kind()),
        }
    };
    let values: Vec<Value> = places.iter().flat_map(|place| keys.iter().map(|column| value(*place, *column))).collect();
    let Some(order) = engine::parents_first(table, &keys, &values) else { return groups };
    let opened = |(columns, group): (Vec<usize>, Group)| {
        let members: Vec<Option<Writing>> = group.members.into_iter().map(Some).collect();
        (columns, members, group.values)
    };
    let mut rest: Vec<_> = groups.into_iter().map(opened).collect();
    let mut runs: Vec<(usize, Group)> = Vec::new();
    for (from, row) in order.into_iter().map(|at| places[at]) {
        if runs.last().is_none_or(|(of, _)| *of != from) {
            runs.push((from, Group::default()));
        }
        let Some((_, run)) = runs.last_mut() else { continue };
        let (columns, members, values) = &mut rest[from];
        run.members.extend(members[row].take());
        run.values.extend_from_slice(&values[row * columns.len()..(row + 1) * columns.len()]);
    }
    runs.into_iter().map(|(from, run)| (rest[from].0.clone(), run)).collect()
}

/// The columns by which rows of a table refer to each other.
fn self_references(table: &Table) -> Vec<usize> {
    let mut columns = Vec::new();
    for key in table.foreign_keys.iter().filter(|key| key.target_table == table.name) {
        let named = |name: &String| table.columns.iter().position(|column| column.name == *name);
        columns.extend(key.columns.iter().copied().chain(key.target_columns.iter().filter_map(named)));
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}
