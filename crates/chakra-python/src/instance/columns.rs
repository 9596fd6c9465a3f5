//! A set of an instance's columns: one word for nearly all models, a list for the columns beyond it.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

/// A set of columns, by position.
#[derive(Debug, Default)]
pub(super) struct Columns {
    first: AtomicU64,
    others: Mutex<Vec<usize>>,
}

/// How many columns the word holds.
const WORD: usize = u64::BITS as usize;

impl Columns {
    pub(super) fn mark(&self, position: usize) {
        if position < WORD {
            self.first.fetch_or(1 << position, Ordering::Relaxed);
            return;
        }
        let mut others = self.others.lock();
        if !others.contains(&position) {
            others.push(position);
        }
    }

    pub(super) fn unmark(&self, position: usize) {
        if position < WORD {
            self.first.fetch_and(!(1 << position), Ordering::Relaxed);
            return;
        }
        self.others.lock().retain(|other| *other != position);
    }

    /// The columns, in order, and an empty set from now on.
    pub(super) fn take(&self) -> Vec<usize> {
        let first = self.first.swap(0, Ordering::Relaxed);
        positions(first, std::mem::take(&mut *self.others.lock()))
    }

    /// The columns, in order.
    pub(super) fn get(&self) -> Vec<usize> {
        positions(self.first.load(Ordering::Relaxed), self.others.lock().clone())
    }

    /// Whether a column is one of them.
    pub(super) fn contains(&self, position: usize) -> bool {
        if position < WORD {
            return self.first.load(Ordering::Relaxed) & (1 << position) != 0;
        }
        self.others.lock().contains(&position)
    }

    /// Adds columns.
    pub(super) fn put_back(&self, columns: &[usize]) {
        for column in columns {
            self.mark(*column);
        }
    }
}

fn positions(first: u64, mut others: Vec<usize>) -> Vec<usize> {
    others.sort_unstable();
    (0..WORD).filter(|position| first & (1 << position) != 0).chain(others).collect()
}
