//! What a transaction did to objects in memory, to be taken back with it.

use std::collections::HashMap;
use std::mem;

use pyo3::prelude::*;

use crate::instance::{ModelBase, Undo};
use crate::relationship::{LoadedInside, Moved, forget_keys_of_new_parents};

/// One thing that is to be taken back.
pub(crate) enum Entry {
    /// A write that arrived in an object.
    Write(Undo),
    /// An object that came into a collection, or left it.
    Moved(Moved),
    /// A relationship that was loaded when the transaction had written.
    Loaded(LoadedInside),
}

impl Entry {
    fn is_needed(&self, py: Python<'_>) -> bool {
        match self {
            Self::Write(undo) => undo.object(py).is_some(),
            Self::Moved(moved) => moved.is_needed(py),
            Self::Loaded(loaded) => loaded.is_needed(py),
        }
    }
}

/// What is to be taken back, in the order in which it happened. Of objects that are gone nothing is kept, and of many
/// writes to one object no more than of one, but for a part that grows with what is kept.
#[derive(Default)]
pub(super) struct Journal {
    entries: Vec<Entry>,
    /// How many there may be before they are looked through.
    enough: usize,
}

/// The number of entries that are not worth looking through.
const FEW: usize = 1024;

impl Journal {
    /// Gives what must be dropped by the caller once he holds no lock, since that may run Python code.
    #[must_use]
    pub(super) fn note(&mut self, py: Python<'_>, entry: Entry) -> Vec<Entry> {
        self.entries.push(entry);
        if self.entries.len() <= self.enough.max(FEW) {
            return Vec::new();
        }
        let dropped = self.sweep(py);
        self.enough = self.entries.len() * 2;
        dropped
    }

    /// Takes over what a nested one has kept.
    pub(super) fn append(&mut self, mut later: Self) {
        self.entries.append(&mut later.entries);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Leaves out what nobody needs any more, and makes one of the writes to one object.
    fn sweep(&mut self, py: Python<'_>) -> Vec<Entry> {
        let mut dropped = Vec::new();
        // No two objects that are there have one address.
        let mut writes: HashMap<usize, usize> = HashMap::new();
        let mut kept: Vec<Entry> = Vec::new();
        for entry in mem::take(&mut self.entries) {
            if !entry.is_needed(py) {
                dropped.push(entry);
                continue;
            }
            let Entry::Write(undo) = entry else {
                kept.push(entry);
                continue;
            };
            let address = undo.object(py).map(|object| object.as_ptr() as usize);
            match address.and_then(|address| writes.get(&address)).and_then(|at| kept.get_mut(*at)) {
                Some(Entry::Write(first)) => first.merge(undo),
                _ => {
                    writes.extend(address.map(|address| (address, kept.len())));
                    kept.push(Entry::Write(undo));
                }
            }
        }
        self.entries = kept;
        dropped
    }

    /// Takes it back, the last first; all of it, whatever fails.
    pub(super) fn undo(self, py: Python<'_>) -> PyResult<()> {
        let mut outcome = Ok(());
        let mut written: Vec<Bound<'_, ModelBase>> = Vec::new();
        let mut loaded = Vec::new();
        for entry in self.entries.into_iter().rev() {
            let undone = match entry {
                Entry::Write(undo) => undo.undo(py).map(|object| written.extend(object)),
                Entry::Moved(moved) => moved.undo(py),
                Entry::Loaded(inside) => {
                    loaded.push(inside);
                    Ok(())
                }
            };
            outcome = outcome.and(undone);
        }
        // When all objects are as they were: a parent is undone after its children.
        outcome = loaded.into_iter().map(|inside| inside.undo(py)).fold(outcome, Result::and);
        written.iter().map(forget_keys_of_new_parents).fold(outcome, Result::and)
    }
}
