//! What was read for a graph of objects, ready to be looked up by the keys of their owners.

use crate::engine::{Branch, Members, RowKey, Rows};
use crate::error::Result;

/// The rows of a statement, side by side with those that were joined, and what followed it.
#[derive(Debug)]
pub(in crate::model) struct Reading<'a> {
    pub(super) parts: &'a [Rows],
    pub(super) steps: Vec<StepReading<'a>>,
}

/// What a step found.
#[derive(Debug)]
pub(super) struct StepReading<'a> {
    pub(super) branches: Vec<Reading<'a>>,
    members: Members,
}

impl<'a> Reading<'a> {
    pub(in crate::model) fn new(parts: &'a [Rows], related: &'a [Vec<Branch>]) -> Result<Self> {
        Ok(Self { parts, steps: related.iter().map(|branches| StepReading::new(branches)).collect::<Result<_>>()? })
    }
}

impl<'a> StepReading<'a> {
    fn new(branches: &'a [Branch]) -> Result<Self> {
        let readings = branches.iter().map(|branch| Reading::new(branch.found.target(), &branch.related));
        Ok(Self { branches: readings.collect::<Result<_>>()?, members: Members::of(branches)? })
    }

    /// The rows that belong to the owner of a key: of which branch, and which.
    pub(super) fn rows_of(&self, key: &RowKey) -> &[(usize, usize)] {
        self.members.of_key(key)
    }
}
