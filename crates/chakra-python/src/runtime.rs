//! The tokio runtime of this process, and the two doors through which Python enters it.
//!
//! [`block_on`] is for callers who wait on their own thread, [`into_awaitable`] for those on an event loop. Nothing else
//! in this crate polls a future. The threads of the runtime never attach to the interpreter.

mod signals;

use std::any::Any;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::awaitable::Awaitable;
use crate::awaitable::operation::{Local, Spawned};
use crate::error::plain;

/// Database work is waiting more than computing: beyond a few threads they only wake each other.
const MAX_WORKERS: usize = 4;

static RUNTIME: AtomicPtr<Runtime> = AtomicPtr::new(ptr::null_mut());

/// Counts the forks between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Who polls a future whose result is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drive {
    /// The tokio runtime: for futures over sockets.
    Spawned,
    /// The event loop's own thread, each time a waker says so: for futures that another thread completes.
    Local,
}

/// Why a future gave no value.
pub(crate) enum Failure<E> {
    /// It said so itself.
    Error(E),
    /// It panicked; this is what the panic carried.
    Panic(Box<dyn Any + Send>),
    /// There is no runtime for it.
    Runtime(io::Error),
}

impl<E: Into<PyErr>> From<Failure<E>> for PyErr {
    fn from(failure: Failure<E>) -> Self {
        match failure {
            Failure::Error(error) => error.into(),
            Failure::Panic(payload) => panicked(payload.as_ref()),
            Failure::Runtime(refusal) => refusal.into(),
        }
    }
}

/// The exception for a panic inside the engine.
pub(crate) fn panicked(payload: &(dyn Any + Send)) -> PyErr {
    let reason = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown reason");
    Python::attach(|py| {
        plain(py, "ChakraError", &format!("the engine panicked: {reason}; please report this as a bug"))
    })
}

/// The runtime of this process, started at first use.
///
/// It is never shut down: stopping would wait for work in flight when the interpreter exits, and in a forked child it
/// would wait for threads that do not exist there.
///
/// # Errors
///
/// When the operating system refuses the threads or the poller that it needs.
pub(crate) fn runtime() -> io::Result<&'static Handle> {
    let current = RUNTIME.load(Ordering::Acquire);
    if current.is_null() {
        return start_runtime();
    }
    // SAFETY: a pointer that was once stored in `RUNTIME` came from `Box::into_raw` and is never freed.
    Ok(unsafe { &*current }.handle())
}

/// Which process this is: changes in the child of a fork.
///
/// State that belongs to another process must be neither used nor dropped: its locks may be held by threads that
/// do not exist here.
pub(crate) fn process() -> u32 {
    forget_after_fork();
    FORKS.load(Ordering::Relaxed)
}

/// Opens the door for blocking callers: runs `future` to its end on this thread, detached from the interpreter.
///
/// The first poll happens at once, so a future that never waits costs no more than the poll. While it waits, signals
/// are looked after, so that Ctrl-C interrupts it; the future is dropped then.
///
/// # Errors
///
/// The future's own error, an exception raised by a signal handler, or the exception for a panic inside the future.
pub(crate) fn block_on<T, E>(py: Python<'_>, future: impl Future<Output = Result<T, E>> + Send) -> PyResult<T>
where
    T: Send,
    E: Into<PyErr> + Send,
{
    let handle = runtime()?;
    let outcome = py.detach(move || {
        let _entered = handle.enter();
        signals::heeded(move || wait(pin!(future)))
    });
    // Where there is no outcome, a handler has raised.
    outcome?.ok_or_else(|| PyRuntimeError::new_err("the call was given up"))?.map_err(PyErr::from)
}

/// Opens the door for event loops: an awaitable that runs `future` once it is awaited.
///
/// `finish` turns the result into the Python object that the awaiting code receives. It runs on the loop's thread,
/// within the step of the awaiting task.
pub(crate) fn into_awaitable<'py, T, E, F, G>(
    py: Python<'py>,
    drive: Drive,
    future: F,
    finish: G,
) -> PyResult<Bound<'py, Awaitable>>
where
    T: Send + 'static,
    E: Into<PyErr> + Send + 'static,
    F: Future<Output = Result<T, E>> + Send + 'static,
    G: FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
{
    let awaitable = match drive {
        Drive::Spawned => Awaitable::new(Box::new(Spawned::new(future, finish))),
        Drive::Local => Awaitable::new(Box::new(Local::new(future, finish))),
    };
    Bound::new(py, awaitable)
}

/// Polls once; a panic is an outcome like others.
pub(crate) fn poll_caught<T, E, F>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<Result<T, Failure<E>>>
where
    F: Future<Output = Result<T, E>> + ?Sized,
{
    // A future that panicked is never polled again, so nobody sees what it left half done.
    match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(outcome)) => Poll::Ready(outcome.map_err(Failure::Error)),
        Err(payload) => Poll::Ready(Err(Failure::Panic(payload))),
    }
}

/// Polls `future` whenever it asks for it, and looks after signals in between; None where a handler raised.
fn wait<T, E, F>(mut future: Pin<&mut F>) -> Option<Result<T, Failure<E>>>
where
    F: Future<Output = Result<T, E>>,
{
    let parker = Arc::new(Parker { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&parker));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(outcome) = poll_caught(future.as_mut(), &mut context) {
            return Some(outcome);
        }
        while !parker.woken.swap(false, Ordering::Acquire) {
            if signals::park(&parker.woken) {
                return None;
            }
        }
    }
}

/// Wakes one thread that waits for a future.
struct Parker {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}

fn start_runtime() -> io::Result<&'static Handle> {
    forget_after_fork();
    let workers = thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS);
    let started = Builder::new_multi_thread().worker_threads(workers).thread_name("chakra").enable_all().build()?;
    let started = Box::into_raw(Box::new(started));
    match RUNTIME.compare_exchange(ptr::null_mut(), started, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: stored in `RUNTIME` now, hence never freed.
        Ok(_) => Ok(unsafe { &*started }.handle()),
        Err(winner) => {
            // SAFETY: `started` came from `Box::into_raw` above and was not published.
            unsafe { Box::from_raw(started) }.shutdown_background();
            // SAFETY: as in `runtime`.
            Ok(unsafe { &*winner }.handle())
        }
    }
}

/// Arranges, once, that the child of a fork starts anew.
#[cfg(unix)]
fn forget_after_fork() {
    static ARRANGED: AtomicBool = AtomicBool::new(false);

    extern "C" fn in_child() {
        RUNTIME.store(ptr::null_mut(), Ordering::Release);
        FORKS.fetch_add(1, Ordering::Release);
    }

    if !ARRANGED.load(Ordering::Relaxed) && !ARRANGED.swap(true, Ordering::Relaxed) {
        // SAFETY: the handler does what a forked child may do, two atomic stores, and lives as long as the process,
        // because the interpreter never unloads extension modules. A refusal (no memory) leaves fork as unsupported
        // as it is without a handler.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    }
}

#[cfg(not(unix))]
fn forget_after_fork() {}
