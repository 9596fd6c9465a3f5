//! Where a program asked for what keeps a connection busy: noted only where somebody wants to know.

use std::cell::RefCell;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use super::executor::BoxFuture;

/// A place in a program, as a message shows it: file and line.
pub type Place = Arc<str>;

static NOTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The place of the call that this thread works on.
    static CURRENT: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// Has places noted from now on, or not any more.
pub fn note_places(wanted: bool) {
    NOTED.store(wanted, Ordering::Relaxed);
}

/// Whether places are noted.
pub fn notes_places() -> bool {
    NOTED.load(Ordering::Relaxed)
}

/// A place of a Rust program, if places are noted.
#[must_use]
pub(super) fn of_caller(location: &Location<'_>) -> Option<Place> {
    notes_places().then(|| format!("{}:{}", location.file(), location.line()).into())
}

/// The place of the call that this thread works on, if it is known.
#[allow(dead_code)] // in builds without a driver
pub(super) fn current() -> Option<Place> {
    if notes_places() { CURRENT.with_borrow(Clone::clone) } else { None }
}

/// Runs something for a call at a place.
pub(super) fn within<T>(place: Option<&Place>, work: impl FnOnce() -> T) -> T {
    let Some(place) = place else { return work() };
    let before = CURRENT.replace(Some(Arc::clone(place)));
    let _restored = Restored(before);
    work()
}

/// The same future, polled for a call at a place.
pub(super) fn along<T: 'static>(place: Option<&Place>, start: impl FnOnce() -> BoxFuture<T>) -> BoxFuture<T> {
    match place {
        None => start(),
        Some(place) => {
            let future = within(Some(place), start);
            Box::pin(Along { place: Arc::clone(place), future })
        }
    }
}

struct Along<T> {
    place: Place,
    future: BoxFuture<T>,
}

impl<T> Future for Along<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Self { place, future } = &mut *self;
        within(Some(place), || future.as_mut().poll(context))
    }
}

/// Puts back the place of the call around this one, even if this one panics.
struct Restored(Option<Place>);

impl Drop for Restored {
    fn drop(&mut self) {
        let before = self.0.take();
        CURRENT.with_borrow_mut(|current| *current = before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_its_place_while_it_is_worked_on() {
        note_places(true);
        let (outer, inner): (Place, Place) = ("outer.py:1".into(), "inner.py:2".into());
        within(Some(&outer), || {
            within(Some(&inner), || assert_eq!(current(), Some(Arc::clone(&inner))));
            within(None, || assert_eq!(current(), Some(Arc::clone(&outer))));
            let panicked =
                std::panic::catch_unwind(|| within(Some(&inner), || std::panic::resume_unwind(Box::new(()))));
            assert!(panicked.is_err());
            assert_eq!(current(), Some(Arc::clone(&outer)));
        });
        assert_eq!(current(), None);
        note_places(false);
        within(Some(&outer), || assert_eq!(current(), None));
    }
}
