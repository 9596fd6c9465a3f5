//! Names of a session's objects.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names one object of one [`Session`](super::Session): `session[handle]` is the object. It can be copied, and outlives no
/// session.
pub struct Handle<M> {
    pub(super) session: u64,
    pub(super) place: usize,
    model: PhantomData<fn() -> M>,
}

impl<M> Handle<M> {
    pub(super) fn new(session: u64, place: usize) -> Self {
        Self { session, place, model: PhantomData }
    }
}

/// A number that no other session of this process has.
pub(super) fn session_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

// Not derived: that would ask the same of the model.

impl<M> Clone for Handle<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Handle<M> {}

impl<M> PartialEq for Handle<M> {
    fn eq(&self, other: &Self) -> bool {
        (self.session, self.place) == (other.session, other.place)
    }
}

impl<M> Eq for Handle<M> {}

impl<M> Hash for Handle<M> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.session, self.place).hash(state);
    }
}

impl<M> fmt::Debug for Handle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({} of session {})", self.place, self.session)
    }
}
