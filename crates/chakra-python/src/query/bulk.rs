//! Many instances at once.

use std::collections::BTreeMap;

use chakra::driver::{BulkInsert, Executor, Pool};
use chakra::engine::{self, Rows};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::State;
use crate::error::Outcome;
use crate::hydrate::fill;
use crate::instance::{ModelBase, insertable};
use crate::operation::{Mode, run};

/// Instances that leave the same columns to the database.
#[derive(Default)]
struct Group {
    /// Where in the list they stand.
    members: Vec<usize>,
    bulk: Vec<chakra::types::Value>,
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
        let groups = self.groups(instances)?;
        let mut members = Vec::new();
        let mut bulks = Vec::new();
        for (columns, group) in groups {
            let returning: Vec<usize> = (0..self.model.fields.len()).filter(|at| !columns.contains(at)).collect();
            for (members_part, bulk) in group.parts(columns.len(), batch_size) {
                members.push(members_part);
                bulks.push(BulkInsert {
                    table: self.model.table.clone(),
                    columns: columns.clone(),
                    values: bulk,
                    returning: returning.clone(),
                });
            }
        }
        let (state, list) = (self.clone(), instances.clone().unbind());
        run(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(insert_all(&pool, bulks).await?) },
            move |py, written: Vec<Rows>| {
                let instances = list.bind(py);
                for (members, rows) in members.iter().zip(&written) {
                    state.fill_in(instances, members, rows)?;
                }
                Ok(list.clone_ref(py).into_any())
            },
        )
    }

    /// Sorts instances by the columns they give. Usually there is one group.
    fn groups(&self, instances: &Bound<'_, PyList>) -> PyResult<BTreeMap<Vec<usize>, Group>> {
        let class = self.model.class.bind(instances.py());
        let mut groups: BTreeMap<Vec<usize>, Group> = BTreeMap::new();
        let mut columns = Vec::new();
        for (number, instance) in instances.iter().enumerate() {
            if !instance.is_instance(class)? {
                let name = instance.get_type().name()?.to_string();
                let message = format!("bulk_create of {} was given a {name}", self.model.table.model);
                return Err(pyo3::exceptions::PyTypeError::new_err(message));
            }
            let record = insertable(&self.model, &instance)?;
            if !record.iter().map(|(column, _)| column).eq(&columns) {
                columns = record.iter().map(|(column, _)| *column).collect();
            }
            let group = match groups.get_mut(&columns) {
                Some(group) => group,
                None => groups.entry(columns.clone()).or_default(),
            };
            group.members.push(number);
            group.bulk.extend(record.into_iter().map(|(_, value)| value));
        }
        Ok(groups)
    }

    fn fill_in(&self, instances: &Bound<'_, PyList>, members: &[usize], rows: &Rows) -> PyResult<()> {
        let py = instances.py();
        let names: Vec<&Bound<'_, PyString>> =
            rows.positions().iter().map(|at| self.model.fields[*at].name.bind(py)).collect();
        for (row, number) in members.iter().enumerate() {
            let instance = instances.get_item(*number)?;
            if !names.is_empty() {
                fill(&instance, rows, row, &names)?;
            }
            ModelBase::mark_loaded(&instance)?;
        }
        Ok(())
    }
}

impl Group {
    /// Cut into parts of at most `batch_size` rows.
    fn parts(self, width: usize, batch_size: Option<usize>) -> Vec<(Vec<usize>, Vec<chakra::types::Value>)> {
        let size = batch_size.unwrap_or(self.members.len()).max(1);
        if size >= self.members.len() {
            return vec![(self.members, self.bulk)];
        }
        let members = self.members.chunks(size).map(<[usize]>::to_vec);
        members.zip(self.bulk.chunks(size * width).map(<[_]>::to_vec)).collect()
    }
}

/// All or none: several parts share a transaction.
async fn insert_all(pool: &Pool, mut bulks: Vec<BulkInsert>) -> chakra::Result<Vec<Rows>> {
    if bulks.len() <= 1 {
        return match bulks.pop() {
            Some(bulk) => Ok(vec![engine::insert_many(pool, bulk).await?]),
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
        written.push(engine::insert_many(executor, bulk).await?);
    }
    Ok(written)
}
