//! What was read for a graph of objects, ready to be looked up by the keys of their owners.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::{Branch, KeyColumns, Members, RowKey, Rows};
use crate::error::Result;

/// The rows of a statement, side by side with those that were joined, and what followed it.
#[derive(Debug)]
pub(in crate::model) struct Reading<'a> {
    pub(super) parts: &'a [Rows],
    pub(super) steps: Vec<StepReading<'a>>,
    /// For each part that was joined, what was made of its rows.
    joined: Vec<Joint<'a>>,
    /// Whether one row may stand among the first part's more than once.
    pub(super) repeats: bool,
}

/// The rows of a part that may stand beside several others.
#[derive(Debug)]
struct Joint<'a> {
    keys: KeyColumns<'a>,
    made: Made,
}

/// What was made already, by key: one value, however many objects hold it.
#[derive(Debug, Default)]
pub(super) struct Made(RefCell<HashMap<RowKey, Arc<dyn Any + Send + Sync>, foldhash::fast::RandomState>>);

impl Made {
    pub(super) fn get_or_make<T: Send + Sync + 'static>(
        &self,
        key: &RowKey,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let known = self.0.borrow().get(key).cloned();
        if let Some(Ok(known)) = known.map(Arc::downcast) {
            return Ok(known);
        }
        let value = Arc::new(make()?);
        self.0.borrow_mut().insert(key.clone(), Arc::<T>::clone(&value));
        Ok(value)
    }
}

/// What a step found.
#[derive(Debug)]
pub(super) struct StepReading<'a> {
    pub(super) branches: Vec<Reading<'a>>,
    members: Members,
    /// What was made of the rows of each key.
    pub(super) made: Made,
}

impl<'a> Reading<'a> {
    pub(in crate::model) fn new(parts: &'a [Rows], related: &'a [Vec<Branch>]) -> Result<Self> {
        let joined = parts.iter().skip(1).map(Joint::of).collect::<Result<_>>()?;
        let steps = related.iter().map(|branches| StepReading::new(branches)).collect::<Result<_>>()?;
        Ok(Self { parts, steps, joined, repeats: false })
    }

    /// The value that `make` makes of a row of a part that was joined, made once for each row of the database.
    pub(super) fn once<T: Send + Sync + 'static>(
        &self,
        part: usize,
        row: usize,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let Some(joint) = part.checked_sub(1).and_then(|part| self.joined.get(part)) else {
            return make().map(Arc::new);
        };
        match joint.keys.key(row)? {
            Some(key) => joint.made.get_or_make(&key, make),
            None => make().map(Arc::new),
        }
    }
}

impl<'a> Joint<'a> {
    fn of(rows: &'a Rows) -> Result<Self> {
        Ok(Self { keys: KeyColumns::of(rows, &rows.table().primary_key)?, made: Made::default() })
    }
}

impl<'a> StepReading<'a> {
    pub(super) fn new(branches: &'a [Branch]) -> Result<Self> {
        let readings = branches.iter().map(|branch| {
            let repeats = branch.found.passed > 0;
            Ok(Reading { repeats, ..Reading::new(branch.found.target(), &branch.related)? })
        });
        let readings = readings.collect::<Result<_>>()?;
        Ok(Self { branches: readings, members: Members::of(branches)?, made: Made::default() })
    }

    /// The rows that belong to the owner of a key: of which branch, and which.
    pub(super) fn rows_of(&self, key: &RowKey) -> &[(usize, usize)] {
        self.members.of_key(key)
    }
}
