//! Signals that arrive while a blocking call waits: handlers of Python run on the main thread, and only if asked for.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chakra::driver::while_blocking;
use pyo3::prelude::*;

/// How long a signal waits.
const PERIOD: Duration = Duration::from_millis(50);

thread_local! {
    /// The blocking call that this thread is in.
    static CALL: Call = const { Call { thread: Cell::new(Handlers::Unknown), looked: Cell::new(None), raised: RefCell::new(None) } };
}

/// Where handlers run.
#[derive(Clone, Copy)]
enum Handlers {
    /// Not asked yet: most waits end before the question comes up.
    Unknown,
    Here,
    Elsewhere,
}

struct Call {
    thread: Cell<Handlers>,
    /// When this was last looked at; None: not since the call began.
    looked: Cell<Option<Instant>>,
    /// What a handler raised.
    raised: RefCell<Option<PyErr>>,
}

/// Runs a call that blocks this thread, detached from the interpreter, and gives up where a handler raises.
///
/// # Errors
///
/// What a handler raised.
pub(super) fn heeded<T>(call: impl FnOnce() -> T) -> PyResult<T> {
    // A handler may make such calls itself.
    let outer =
        CALL.with(|this| (this.thread.replace(Handlers::Unknown), this.looked.take(), this.raised.borrow_mut().take()));
    let outcome = while_blocking(is_interrupted, call);
    let raised = CALL.with(|this| {
        this.thread.set(outer.0);
        this.looked.set(outer.1);
        this.raised.replace(outer.2)
    });
    raised.map_or(Ok(outcome), Err)
}

/// Sleeps until woken, or as long as signals may wait; says whether a handler raised.
pub(super) fn park(woken: &AtomicBool) -> bool {
    if matches!(CALL.with(|this| this.thread.get()), Handlers::Elsewhere) {
        thread::park();
        return false;
    }
    thread::park_timeout(PERIOD);
    !woken.load(Ordering::Acquire) && look()
}

/// Whether a handler raised; looks at most once in a period.
fn is_interrupted() -> bool {
    let (thread, looked) = CALL.with(|this| (this.thread.get(), this.looked.get()));
    if matches!(thread, Handlers::Elsewhere) {
        return false;
    }
    match looked {
        Some(looked) if looked.elapsed() >= PERIOD => look(),
        Some(_) => CALL.with(|this| this.raised.borrow().is_some()),
        None => {
            CALL.with(|this| this.looked.set(Some(Instant::now())));
            false
        }
    }
}

/// Runs the handlers of signals that have arrived; says whether one raised.
fn look() -> bool {
    // Nothing to attach to means that the interpreter is shutting down: there are no handlers left.
    let outcome = Python::try_attach(run_handlers).unwrap_or(Ok(()));
    CALL.with(|this| {
        this.looked.set(Some(Instant::now()));
        let mut raised = this.raised.borrow_mut();
        if let Err(error) = outcome {
            raised.get_or_insert(error);
        }
        raised.is_some()
    })
}

fn run_handlers(py: Python<'_>) -> PyResult<()> {
    let here = match CALL.with(|this| this.thread.get()) {
        Handlers::Here => true,
        Handlers::Elsewhere => false,
        Handlers::Unknown => {
            let threading = py.import("threading")?;
            let main = threading.call_method0("main_thread")?.getattr("ident")?;
            main.eq(threading.call_method0("get_ident")?)?
        }
    };
    CALL.with(|this| this.thread.set(if here { Handlers::Here } else { Handlers::Elsewhere }));
    if here { py.check_signals() } else { Ok(()) }
}
