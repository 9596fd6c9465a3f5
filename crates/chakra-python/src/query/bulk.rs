//! Many instances at once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chakra::driver::{BulkInsert, Executor, Pool, ToValue};
use chakra::engine::{self, Rows};
use chakra::types::Value;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::State;
use crate::error::{Outcome, plain};
use crate::hydrate::{fill, slots};
use crate::instance::{ModelBase, Writing, insertable};
use crate::operation::{Mode, run};
use crate::schema::Model;

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
        for (columns, group) in self.groups {
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

    /// Runs the statements; gives what the database supplied.
    pub(crate) async fn write(executor: &dyn Executor, bulks: Vec<BulkInsert>) -> chakra::Result<Vec<Rows>> {
        insert_each(executor, bulks).await
    }

    /// The values of some columns of each row that was written: `given` are the columns and values of the statements.
    pub(crate) fn keys(
        given: &[(Vec<usize>, Vec<Value>)],
        written: &[Rows],
        columns: &[usize],
    ) -> chakra::Result<Vec<Vec<Value>>> {
        let mut keys = Vec::new();
        for ((names, values), rows) in given.iter().zip(written) {
            for row in 0..values.len().checked_div(names.len()).unwrap_or(1) {
                let value = |column: &usize| match names.iter().position(|name| name == column) {
                    Some(at) => Ok(values[row * names.len() + at].clone()),
                    None => supplied(rows, row, *column),
                };
                keys.push(columns.iter().map(value).collect::<chakra::Result<_>>()?);
            }
        }
        Ok(keys)
    }

    /// Gives the instances what the database supplied.
    pub(crate) fn fill_in(py: Python<'_>, model: &Model, members: Vec<Vec<Writing>>, written: &[Rows]) -> PyResult<()> {
        for (members, rows) in members.into_iter().zip(written) {
            let slots = slots(py, model, rows);
            for (row, writing) in members.into_iter().enumerate() {
                if !slots.is_empty() {
                    fill(writing.instance(py), rows, row, &slots)?;
                }
                writing.inserted(py, model, rows, row)?;
            }
        }
        Ok(())
    }
}

fn supplied(rows: &Rows, row: usize, position: usize) -> chakra::Result<Value> {
    let lacking = || chakra::Error::query("the database gave no key for a row that was inserted");
    let column = rows.positions().iter().position(|shown| *shown == position).ok_or_else(lacking)?;
    rows.visit(row, column, ToValue)?.ok_or_else(lacking)
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
        run(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(insert_all(&pool, bulks).await?) },
            move |py, written: Vec<Rows>| {
                Inserts::fill_in(py, &model, members, &written)?;
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

/// All or none: several parts share a transaction.
async fn insert_all(pool: &Pool, mut bulks: Vec<BulkInsert>) -> chakra::Result<Vec<Rows>> {
    if bulks.len() <= 1 {
        return match bulks.pop() {
            Some(bulk) => Ok(vec![insert_part(pool, bulk).await?]),
            None => Ok(Vec::new()),
        };
    }
    let transaction = pool.begin().await?;
    let written = insert_each(&transaction, bulks).await?;
    transaction.commit().await?;
    Ok(written)
}

async fn insert_each(executor: &dyn Executor, bulks: Vec<BulkInsert>) -> chakra::Result<Vec<Rows>> {
    let mut written = Vec::with_capacity(bulks.len());
    for bulk in bulks {
        written.push(insert_part(executor, bulk).await?);
    }
    Ok(written)
}

async fn insert_part(executor: &dyn Executor, part: BulkInsert) -> chakra::Result<Rows> {
    if part.columns.is_empty() {
        return engine::insert(executor, &part.table, Vec::new(), part.returning).await;
    }
    engine::insert_many(executor, part).await
}
