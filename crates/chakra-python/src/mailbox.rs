//! One mailbox per event loop, where finished work is handed over to the loop's thread.
//!
//! The runtime's threads put tickets into the [`Inbox`] and ring; the loop then calls the [`Reader`], which resumes the
//! awaiting tasks directly. The loop owns the reader, as the callback of a watched descriptor: closing or dropping the
//! loop frees everything, and nothing here keeps a loop alive.

#[cfg(unix)]
pub(crate) mod descriptor;
pub(crate) mod doorbell;
pub(crate) mod inbox;
pub(crate) mod messenger;
pub(crate) mod roster;

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use pyo3::exceptions::{PyNotImplementedError, PyRuntimeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

use crate::awaitable::Awaitable;
#[cfg(unix)]
use crate::mailbox::descriptor::Descriptor;
use crate::mailbox::doorbell::Doorbell;
use crate::mailbox::inbox::{Inbox, Signal};
use crate::mailbox::roster::{Roster, Ticket};
use crate::runtime::process;

thread_local! {
    /// The mailboxes of the loops that run on this thread; of those at an end, the remains.
    static KNOWN: RefCell<Vec<Weak<Mailbox>>> = const { RefCell::new(Vec::new()) };
}

/// What the awaitables of one event loop share. Used on the loop's thread only, but for the inbox.
pub(crate) struct Mailbox {
    inbox: Arc<Inbox>,
    roster: Mutex<Roster<Py<Awaitable>>>,
    event_loop: Py<PyWeakrefReference>,
    process: u32,
    closed: AtomicBool,
}

impl Mailbox {
    /// The mailbox of the running event loop, made at the first call in that loop.
    pub(crate) fn current(py: Python<'_>) -> PyResult<Arc<Self>> {
        let event_loop = running_loop(py)?;
        let known = KNOWN
            .with_borrow(|known| known.iter().filter_map(Weak::upgrade).find(|mailbox| mailbox.serves(&event_loop)));
        known.map_or_else(|| Self::open(&event_loop), Ok)
    }

    /// Reserves a place for an awaitable that is about to wait.
    pub(crate) fn reserve(self: &Arc<Self>) -> Reservation {
        Reservation { ticket: self.roster.lock().reserve(), mailbox: Arc::clone(self) }
    }

    fn open(event_loop: &Bound<'_, PyAny>) -> PyResult<Arc<Self>> {
        let mailbox = match Self::watched(event_loop) {
            Err(error) if error.is_instance_of::<PyNotImplementedError>(event_loop.py()) => {
                messenger::connect(event_loop)?
            }
            outcome => outcome?,
        };
        KNOWN.with_borrow_mut(|known| {
            known.retain(|mailbox| mailbox.strong_count() > 0);
            known.push(Arc::downgrade(&mailbox));
        });
        Ok(mailbox)
    }

    /// Makes a mailbox whose bell is a descriptor that the loop watches.
    #[cfg(unix)]
    fn watched(event_loop: &Bound<'_, PyAny>) -> PyResult<Arc<Self>> {
        let descriptor = Descriptor::new()?;
        let number = descriptor.number();
        let mailbox = Self::new(event_loop, Doorbell::Descriptor(descriptor))?;
        let reader = Reader(Arc::clone(&mailbox));
        // In a context of its own: the loop would keep the variables of whichever task came first.
        let context = event_loop.py().import("contextvars")?.call_method0("Context")?;
        context.call_method1("run", (event_loop.getattr("add_reader")?, number, reader))?;
        Ok(mailbox)
    }

    #[cfg(not(unix))]
    fn watched(_event_loop: &Bound<'_, PyAny>) -> PyResult<Arc<Self>> {
        Err(PyNotImplementedError::new_err("loops on this system do not watch pipes"))
    }

    fn new(event_loop: &Bound<'_, PyAny>, bell: Doorbell) -> PyResult<Arc<Self>> {
        Ok(Arc::new(Self {
            inbox: Arc::new(Inbox::new(bell)),
            roster: Mutex::new(Roster::new()),
            event_loop: PyWeakrefReference::new(event_loop)?.unbind(),
            process: process(),
            closed: AtomicBool::new(false),
        }))
    }

    fn serves(&self, event_loop: &Bound<'_, PyAny>) -> bool {
        self.is_ours()
            && !self.closed.load(Ordering::Relaxed)
            && self.event_loop.bind(event_loop.py()).upgrade().is_some_and(|own| own.is(event_loop))
    }

    /// Whether this mailbox was made in this process, rather than inherited in a fork.
    fn is_ours(&self) -> bool {
        self.process == process()
    }

    /// Resumes those whose work is over. One who raises (only an exit does) leaves the others for the next turn.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        let mut tickets = self.inbox.empty().into_iter();
        while let Some(ticket) = tickets.next() {
            let tenant = self.roster.lock().tenant(ticket).map(|tenant| tenant.clone_ref(py));
            let Some(tenant) = tenant else { continue };
            if let Err(error) = Awaitable::look(tenant.bind(py)) {
                self.inbox.put_back(tickets);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Cancels all work whose result nobody can receive any more.
    fn close(&self, py: Python<'_>) {
        self.closed.store(true, Ordering::Relaxed);
        let tenants = self.roster.lock().clear();
        for tenant in tenants {
            tenant.bind(py).get().abandon();
        }
    }
}

/// An awaitable's place in a mailbox, taken back when dropped.
pub(crate) struct Reservation {
    mailbox: Arc<Mailbox>,
    ticket: Ticket,
}

impl Reservation {
    /// The way for other threads to ask for a look at the awaitable.
    pub(crate) fn signal(&self) -> Signal {
        Signal::new(Arc::clone(&self.mailbox.inbox), self.ticket)
    }

    /// Keeps `awaitable` alive while it waits: nothing else needs to hold a task whose database call is under way.
    pub(crate) fn settle(&self, awaitable: Py<Awaitable>) {
        self.mailbox.roster.lock().settle(self.ticket, awaitable);
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.mailbox.is_ours()
    }

    pub(crate) fn event_loop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let event_loop = self.mailbox.event_loop.bind(py).upgrade();
        event_loop.ok_or_else(|| PyRuntimeError::new_err("the event loop is gone"))
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let tenant = self.mailbox.roster.lock().release(self.ticket);
        // After the lock: dropping it may run anything.
        drop(tenant);
    }
}

/// The callback that empties a mailbox; the loop owns it.
#[pyclass(frozen, weakref, module = "chakra._chakra")]
pub(crate) struct Reader(Arc<Mailbox>);

#[pymethods]
impl Reader {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        self.0.deliver(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nobody runs Python code while holding this lock, so it is free whenever the collector runs.
        self.0.roster.try_lock().map_or(Ok(()), |roster| roster.tenants().try_for_each(|tenant| visit.call(tenant)))
    }

    fn __clear__(&self, py: Python<'_>) {
        self.0.close(py);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        Python::try_attach(|py| self.0.close(py));
    }
}

fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    // Imported at the first await, not with this package: blocking programs do without asyncio.
    let running_loop = RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?;
    running_loop.call0()
}
