//! The acquire timeout of callers that do not block, kept by one sleeping thread. It starts when a caller first has
//! to wait, and ends with its lane.

use std::sync::Weak;
use std::thread::{self, Thread};
use std::time::Duration;

use parking_lot::Mutex;

use super::lane::Lane;
use super::worker::no_thread;
use crate::error::Result;

/// When the watching thread should look again.
pub(super) enum Look {
    /// After so long, when the first in line will have waited long enough.
    After(Duration),
    /// When it is called: nobody waits.
    WhenCalled,
}

pub(super) struct Watch {
    timeout: Duration,
    thread: Mutex<Option<Thread>>,
}

impl Watch {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, thread: Mutex::new(None) }
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Calls the thread, starting it the first time.
    pub(super) fn call(&self, lane: Weak<Lane>) -> Result<()> {
        let mut thread = self.thread.lock();
        if let Some(thread) = &*thread {
            thread.unpark();
            return Ok(());
        }
        let started = thread::Builder::new().name("chakra-sqlite-wait".into()).spawn(move || watch(&lane));
        *thread = Some(started.map_err(no_thread)?.thread().clone());
        Ok(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.get_mut() {
            thread.unpark();
        }
    }
}

fn watch(lane: &Weak<Lane>) {
    // The lane is not held while asleep, or it would never end.
    while let Some(look) = lane.upgrade().map(|lane| lane.expire()) {
        match look {
            Look::After(pause) => thread::park_timeout(pause),
            Look::WhenCalled => thread::park(),
        }
    }
}
