//! What an instance knows of the session that it belongs to.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Weak};

use chakra::engine::RowKey;
use chakra::schema::TableRef;
use parking_lot::Mutex;

use super::work::Work;
use crate::weak::WeakInstance;

/// How an instance stands to its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// It belongs to none.
    Free,
    /// It is to be inserted.
    New,
    /// It stands for a row.
    Stored,
    /// Its row is to be deleted.
    Doomed,
    /// Its row was deleted, in a transaction that has not ended.
    Gone,
}

/// The part of an instance that ties it to a session. An instance of none pays a look at one byte.
#[derive(Debug)]
pub(crate) struct Tie {
    phase: AtomicU8,
    /// Whether it is among the changed objects of its session.
    listed: AtomicBool,
    knot: Mutex<Option<Knot>>,
}

/// The session itself.
#[derive(Debug)]
struct Knot {
    work: Weak<Work>,
    /// The row for which the session's identity map knows the instance.
    place: Option<Place>,
}

/// An entry of an identity map, taken out as it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) work: Weak<Work>,
    pub(super) table: TableRef,
    pub(super) key: RowKey,
    pub(super) instance: WeakInstance,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(work) = self.work.upgrade() {
            work.forget(&self.table, &self.key, self.instance);
        }
    }
}

impl Default for Tie {
    fn default() -> Self {
        Self { phase: AtomicU8::new(Phase::Free as u8), listed: AtomicBool::new(false), knot: Mutex::default() }
    }
}

impl Tie {
    #[inline]
    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            1 => Phase::New,
            2 => Phase::Stored,
            3 => Phase::Doomed,
            4 => Phase::Gone,
            _ => Phase::Free,
        }
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// Puts it on the list of changed objects; says whether it was not there.
    pub(super) fn list(&self) -> bool {
        !self.listed.swap(true, Ordering::Relaxed)
    }

    pub(super) fn unlist(&self) {
        self.listed.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_listed(&self) -> bool {
        self.listed.load(Ordering::Relaxed)
    }

    /// The open session that it belongs to.
    pub(crate) fn work(&self) -> Option<Arc<Work>> {
        if self.phase() == Phase::Free {
            return None;
        }
        let work = self.knot.lock().as_ref().and_then(|knot| knot.work.upgrade());
        work.filter(|work| !work.is_closed())
    }

    /// The open session that is to insert it.
    pub(crate) fn pending_new(&self) -> Option<Arc<Work>> {
        if self.phase() == Phase::New { self.work() } else { None }
    }

    /// Ties it to a session.
    pub(super) fn bind(&self, work: &Arc<Work>, phase: Phase, place: Option<Place>) {
        let knot = Knot { work: Arc::downgrade(work), place };
        let before = self.knot.lock().replace(knot);
        drop(before); // after the lock: it takes its session's
        self.set_phase(phase);
    }

    /// The row for which its session knows it.
    pub(super) fn place(&self) -> Option<(TableRef, RowKey)> {
        let knot = self.knot.lock();
        let place = knot.as_ref()?.place.as_ref()?;
        Some((place.table.clone(), place.key.clone()))
    }

    /// Takes it out of its session.
    pub(super) fn release(&self) {
        let before = self.knot.lock().take();
        drop(before); // after the lock: it takes its session's
        self.unlist();
        self.set_phase(Phase::Free);
    }
}
