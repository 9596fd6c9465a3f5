//! The bell of loops that cannot watch file descriptors (asyncio's proactor loop on Windows): a thread that calls them.
//!
//! It exists so that the runtime's threads need not attach to the interpreter themselves.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

use crate::mailbox::doorbell::Doorbell;
use crate::mailbox::{Mailbox, Reader};

/// The attribute of the loop that owns the mailbox's reader, where no watched descriptor does.
const OWNER: &str = "_chakra_mailbox";

/// Makes a mailbox whose bell is a thread. The thread ends with the loop or with the mailbox.
pub(crate) fn connect(event_loop: &Bound<'_, PyAny>) -> PyResult<Arc<Mailbox>> {
    let (sender, rings) = channel();
    let mailbox = Mailbox::new(event_loop, Doorbell::Messenger(sender))?;
    let reader = Bound::new(event_loop.py(), Reader(Arc::clone(&mailbox)))?;
    event_loop.setattr(OWNER, &reader)?;
    let recipient = Recipient {
        event_loop: PyWeakrefReference::new(event_loop)?.unbind(),
        reader: PyWeakrefReference::new(reader.as_any())?.unbind(),
    };
    thread::Builder::new().name("chakra-messenger".into()).spawn(move || deliver(&rings, recipient))?;
    Ok(mailbox)
}

/// A loop and the callback for it, neither kept alive.
struct Recipient {
    event_loop: Py<PyWeakrefReference>,
    reader: Py<PyWeakrefReference>,
}

impl Recipient {
    fn call(&self, py: Python<'_>) -> PyResult<bool> {
        let (Some(event_loop), Some(reader)) = (self.event_loop.bind(py).upgrade(), self.reader.bind(py).upgrade())
        else {
            return Ok(false);
        };
        event_loop.call_method1("call_soon_threadsafe", (reader,))?;
        Ok(true)
    }
}

fn deliver(rings: &Receiver<()>, recipient: Recipient) {
    // Ends when the loop is gone, closed (calling it is an error then), or shutting down with the interpreter.
    while rings.recv().is_ok() && Python::try_attach(|py| recipient.call(py).unwrap_or(false)).unwrap_or(false) {}
    Python::try_attach(move |_py| drop(recipient));
}
