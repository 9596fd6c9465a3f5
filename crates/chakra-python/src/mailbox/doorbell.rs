//! What wakes an event loop that sleeps in its selector.

use std::sync::mpsc::Sender;

#[cfg(unix)]
use crate::mailbox::descriptor::Descriptor;

/// Wakes the event loop's thread, from any thread and without the interpreter.
pub(crate) enum Doorbell {
    /// A file descriptor that the loop watches.
    #[cfg(unix)]
    Descriptor(Descriptor),
    /// A thread of ours that calls the loop: for loops that cannot watch descriptors.
    Messenger(Sender<()>),
}

impl Doorbell {
    /// Has the mailbox emptied soon.
    pub(crate) fn ring(&self) {
        match self {
            #[cfg(unix)]
            Self::Descriptor(descriptor) => descriptor.ring(),
            // A messenger that has left did so because the loop is closed: nobody waits there.
            Self::Messenger(messenger) => drop(messenger.send(())),
        }
    }

    /// Makes it quiet until the next ring.
    pub(crate) fn silence(&self) {
        match self {
            #[cfg(unix)]
            Self::Descriptor(descriptor) => descriptor.silence(),
            Self::Messenger(_) => {}
        }
    }
}
