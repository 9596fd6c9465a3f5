//! Reasons to give up that a thread finds out for itself while a call blocks it.

use std::cell::Cell;
use std::time::Duration;

/// How long a blocked thread sleeps at most before it asks.
#[allow(dead_code)] // in builds without SQLite
pub(super) const PERIOD: Duration = Duration::from_millis(50);

thread_local! {
    static ASKED: Cell<Option<fn() -> bool>> = const { Cell::new(None) };
}

/// Runs work that blocks this thread. `asked` is asked now and then, every few microseconds while the processor is busy; once
/// it says yes, what the thread waits for is given up, with the error of a statement that was cancelled.
///
/// For languages whose signals wait until they are asked for.
pub fn while_blocking<T>(asked: fn() -> bool, work: impl FnOnce() -> T) -> T {
    struct Reset(Option<fn() -> bool>);

    impl Drop for Reset {
        fn drop(&mut self) {
            ASKED.set(self.0);
        }
    }

    let _reset = Reset(ASKED.replace(Some(asked)));
    work()
}

/// Whether anybody is asked on this thread.
#[allow(dead_code)] // in builds without SQLite
pub(super) fn is_asked() -> bool {
    ASKED.get().is_some()
}

/// Whether what blocks this thread should be given up.
#[allow(dead_code)] // in builds without SQLite
#[inline]
pub(super) fn is_interrupted() -> bool {
    ASKED.get().is_some_and(|asked| asked())
}
