//! `chakra._chakra._bridge_test`: work of known behaviour, on which the tests of the bridge to asyncio run.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, oneshot};

use crate::async_iterator::{RowIterator, RowStream};
use crate::awaitable::Awaitable;
use crate::runtime::{Drive, block_on, into_awaitable};

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Counts the futures that are alive.
struct Live;

impl Live {
    fn new() -> Self {
        LIVE.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

type Fallible = Result<i64, PyErr>;

fn spawned<'py>(
    py: Python<'py>,
    work: impl Future<Output = Fallible> + Send + 'static,
) -> PyResult<Bound<'py, Awaitable>> {
    awaitable(py, Drive::Spawned, work)
}

fn awaitable<'py>(
    py: Python<'py>,
    drive: Drive,
    work: impl Future<Output = Fallible> + Send + 'static,
) -> PyResult<Bound<'py, Awaitable>> {
    let live = Live::new();
    let work = async move {
        let _live = live;
        work.await
    };
    into_awaitable(py, drive, work, |py, value| Ok(value.into_pyobject(py)?.into_any().unbind()))
}

async fn sleep(milliseconds: u64, value: i64) -> Fallible {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    Ok(value)
}

/// Sends a job to the one thread that answers all of them.
fn ask_thread(value: i64) -> oneshot::Receiver<i64> {
    type Job = (i64, oneshot::Sender<i64>);
    static JOBS: OnceLock<Sender<Job>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (sender, jobs) = channel::<Job>();
        thread::spawn(move || {
            for (value, answer) in jobs {
                answer.send(value).ok();
            }
        });
        sender
    });
    let (answer, receiver) = oneshot::channel();
    drop(jobs.send((value, answer)));
    receiver
}

async fn answer(value: i64) -> Fallible {
    ask_thread(value).await.map_err(|_| PyRuntimeError::new_err("the thread is gone"))
}

fn echo_error(error: impl ToString) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

/// Sends eight bytes to an echo server, and gets them back.
async fn echo(connection: Arc<Mutex<TcpStream>>, value: i64) -> Fallible {
    let connection = connection.lock().await;
    let request = value.to_be_bytes();
    connection.writable().await.map_err(echo_error)?;
    connection.try_write(&request).map_err(echo_error)?;
    let mut reply = [0; 8];
    let mut filled = 0;
    while filled < reply.len() {
        match connection.try_read(&mut reply[filled..]) {
            Ok(0) => return Err(echo_error("closed")),
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                connection.readable().await.map_err(echo_error)?;
            }
            Err(error) => return Err(echo_error(error)),
        }
    }
    Ok(i64::from_be_bytes(reply))
}

/// A connection to an echo server on this machine.
#[pyclass(frozen)]
struct Echo(Arc<Mutex<TcpStream>>);

#[pymethods]
impl Echo {
    #[new]
    fn new(py: Python<'_>, port: u16) -> PyResult<Self> {
        let connection = block_on(py, async move {
            let connection = TcpStream::connect(("127.0.0.1", port)).await.map_err(echo_error)?;
            connection.set_nodelay(true).map_err(echo_error)?;
            Ok::<_, PyErr>(connection)
        })?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    #[pyo3(signature = (value, local = false))]
    fn call<'py>(&self, py: Python<'py>, value: i64, local: bool) -> PyResult<Bound<'py, Awaitable>> {
        let drive = if local { Drive::Local } else { Drive::Spawned };
        awaitable(py, drive, echo(Arc::clone(&self.0), value))
    }

    fn call_sync(&self, py: Python<'_>, value: i64) -> PyResult<i64> {
        block_on(py, echo(Arc::clone(&self.0), value))
    }
}

type Batch = Pin<Box<dyn Future<Output = Result<Option<Vec<i64>>, PyErr>> + Send>>;

/// Batches `0..size`, `size..2 * size` and so on; each takes a while. With `fail_at`, that batch fails.
fn batches(count: i64, size: i64, milliseconds: u64, fail_at: Option<i64>) -> impl FnMut() -> Batch + Send + 'static {
    let live = Live::new();
    let mut next = 0;
    move || {
        let _stays_with_the_source = &live;
        let batch = next;
        next += 1;
        Box::pin(async move {
            sleep(milliseconds, 0).await?;
            if fail_at == Some(batch) {
                return Err(PyValueError::new_err("no such batch"));
            }
            Ok((batch < count).then(|| (batch * size..(batch + 1) * size).collect()))
        })
    }
}

#[allow(clippy::needless_pass_by_value)] // the shape that streams ask for
fn objects(py: Python<'_>, batch: Vec<i64>) -> PyResult<Vec<Py<PyAny>>> {
    batch.into_iter().map(|value| Ok(value.into_pyobject(py)?.into_any().unbind())).collect()
}

/// Work of known behaviour, on which the tests of the bridge to asyncio run.
#[pymodule(gil_used = false)]
#[pyo3(name = "_bridge_test")]
pub(crate) mod bridge_test {
    #[allow(clippy::wildcard_imports, reason = "the functions of one file, apart only because Python has modules")]
    use super::*;

    #[pymodule_export]
    use super::Echo;

    /// Gives `value` after a while, from the runtime.
    #[pyfunction]
    fn sleep_ms(py: Python<'_>, milliseconds: u64, value: i64) -> PyResult<Bound<'_, Awaitable>> {
        spawned(py, sleep(milliseconds, value))
    }

    /// Gives `value` once another thread has answered.
    #[pyfunction]
    fn local_thread(py: Python<'_>, value: i64) -> PyResult<Bound<'_, Awaitable>> {
        awaitable(py, Drive::Local, answer(value))
    }

    /// The same, polled by the runtime.
    #[pyfunction]
    fn spawned_thread(py: Python<'_>, value: i64) -> PyResult<Bound<'_, Awaitable>> {
        spawned(py, answer(value))
    }

    /// Gives `value` at once.
    #[pyfunction]
    #[pyo3(signature = (value, local = false))]
    fn ready(py: Python<'_>, value: i64, local: bool) -> PyResult<Bound<'_, Awaitable>> {
        awaitable(py, if local { Drive::Local } else { Drive::Spawned }, async move { Ok(value) })
    }

    /// Gives `value` after `rounds` suspensions on this thread.
    #[pyfunction]
    fn local_rounds(py: Python<'_>, rounds: u64, value: i64) -> PyResult<Bound<'_, Awaitable>> {
        awaitable(py, Drive::Local, async move {
            for _ in 0..rounds {
                answer(value).await?;
            }
            Ok(value)
        })
    }

    /// Gives whatever object, after a while.
    #[pyfunction]
    fn object(py: Python<'_>, milliseconds: u64, object: Py<PyAny>) -> PyResult<Bound<'_, Awaitable>> {
        into_awaitable(py, Drive::Spawned, sleep(milliseconds, 0), move |_py, _| Ok(object))
    }

    /// Never gives anything.
    #[pyfunction]
    #[pyo3(signature = (local = false))]
    fn never(py: Python<'_>, local: bool) -> PyResult<Bound<'_, Awaitable>> {
        awaitable(py, if local { Drive::Local } else { Drive::Spawned }, pending())
    }

    /// Raises `ValueError` after a while.
    #[pyfunction]
    fn fail(py: Python<'_>, milliseconds: u64) -> PyResult<Bound<'_, Awaitable>> {
        spawned(py, async move {
            sleep(milliseconds, 0).await?;
            Err(PyValueError::new_err("failed"))
        })
    }

    /// Panics after a while: in the future, or where the object is made.
    #[pyfunction]
    #[pyo3(signature = (milliseconds, late = false))]
    #[allow(clippy::panic)] // what this function is for
    fn panic(py: Python<'_>, milliseconds: u64, late: bool) -> PyResult<Bound<'_, Awaitable>> {
        let live = Live::new();
        let work = async move {
            let _live = live;
            let value = sleep(milliseconds, 0).await?;
            if late { Ok::<_, PyErr>(value) } else { panic!("on purpose") }
        };
        into_awaitable(py, Drive::Spawned, work, |_py, _| panic!("on purpose, late"))
    }

    /// Waits on the calling thread.
    #[pyfunction]
    fn sleep_ms_sync(py: Python<'_>, milliseconds: u64, value: i64) -> PyResult<i64> {
        let live = Live::new();
        block_on(py, async move {
            let _live = live;
            sleep(milliseconds, value).await
        })
    }

    /// Does not wait on the calling thread.
    #[pyfunction]
    fn ready_sync(py: Python<'_>, value: i64) -> PyResult<i64> {
        block_on(py, async move { Ok::<_, PyErr>(value) })
    }

    /// Panics on the calling thread.
    #[pyfunction]
    #[allow(clippy::panic)] // what this function is for
    fn panic_sync(py: Python<'_>) -> PyResult<i64> {
        block_on(py, async {
            if LIVE.load(Ordering::SeqCst) < usize::MAX { panic!("on purpose") } else { Ok::<_, PyErr>(0) }
        })
    }

    /// Numbers in batches.
    #[pyfunction]
    #[pyo3(signature = (count, size, milliseconds, fail_at = None))]
    fn numbers(count: i64, size: i64, milliseconds: u64, fail_at: Option<i64>) -> RowStream {
        RowStream::new(Drive::Spawned, batches(count, size, milliseconds, fail_at), objects)
    }

    /// The same for blocking callers.
    #[pyfunction]
    #[pyo3(signature = (count, size, milliseconds, fail_at = None))]
    fn numbers_sync(count: i64, size: i64, milliseconds: u64, fail_at: Option<i64>) -> RowIterator {
        RowIterator::new(batches(count, size, milliseconds, fail_at), objects)
    }

    /// How many futures and sources are alive.
    #[pyfunction]
    fn live() -> usize {
        LIVE.load(Ordering::SeqCst)
    }
}
