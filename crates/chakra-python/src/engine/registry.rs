//! The pools of this process, by name. The first one made is the default.

use std::collections::HashMap;
use std::mem;
use std::ops::Deref;
use std::sync::Arc;

use chakra::Config;
use chakra::driver::{DatabaseUrl, Pool, PoolOptions, connect_to};
use parking_lot::{Mutex, RwLock};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::PyPool;
use crate::config;
use crate::connection::PyConnection;
use crate::error::{Outcome, plain, raise};
use crate::place;
use crate::runtime::{block_on, process};
use crate::session::Work;
use crate::transaction::joined;

static POOLS: RwLock<Option<Pools>> = RwLock::new(None);

#[derive(Default)]
struct Pools {
    default: Option<Arc<Entry>>,
    named: HashMap<String, Arc<Entry>>,
}

/// A pool, and how to make it again in the child of a fork.
pub(crate) struct Entry {
    url: DatabaseUrl,
    options: PoolOptions,
    /// Whether it stands for one connection alone, which nobody can make again.
    is_connection: bool,
    /// Whether the configuration alone led to it: then it may be opened again.
    is_configured: bool,
    /// Whether a lazy load is one for all objects of the same result.
    batches_lazy_loads: bool,
    current: Mutex<Current>,
}

/// A pool and the process that made it.
#[derive(Clone)]
struct Current {
    process: u32,
    pool: Pool,
}

impl Entry {
    pub(super) fn new(url: DatabaseUrl, options: PoolOptions, batches_lazy_loads: bool, pool: Pool) -> Self {
        let current = Mutex::new(Current { process: process(), pool });
        Self { url, options, is_connection: false, is_configured: false, batches_lazy_loads, current }
    }

    /// An entry for a connection of this one's pool.
    pub(crate) fn of_connection(&self, pool: Pool) -> Self {
        let entry = Self::new(self.url.clone(), self.options.clone(), self.batches_lazy_loads, pool);
        Self { is_connection: true, ..entry }
    }

    /// The pool; in the child of a fork one with connections of its own, made at first use.
    ///
    /// # Errors
    ///
    /// What connecting in the child gave.
    pub(crate) fn pool(&self, py: Python<'_>) -> PyResult<Pool> {
        let current = self.current.lock().clone();
        if current.process == process() {
            return Ok(current.pool);
        }
        if self.is_connection {
            forget(current);
            let message = "the connection was acquired before this process was forked, and belongs to the parent; acquire another";
            return Err(plain(py, "SessionError", message));
        }
        if current.pool.is_closed() {
            return Ok(forget(current));
        }
        let (url, options, name) = (self.url.clone(), self.options.clone(), current.pool.name().to_owned());
        let pool = block_on(py, async move { Outcome::Ok(connect_to(url, options).await?.named(&name)) })?;
        let own = Current { process: process(), pool: pool.clone() };
        let inherited = mem::replace(&mut *self.current.lock(), own);
        forget(inherited);
        forget(current);
        Ok(pool)
    }

    fn is_closed(&self) -> bool {
        self.current.lock().pool.is_closed()
    }

    pub(super) fn options(&self) -> &PoolOptions {
        &self.options
    }

    /// Where it leads, without the password.
    pub(crate) fn shown(&self) -> String {
        self.current.lock().pool.url().to_string()
    }
}

/// Keeps what the parent's process made from being dropped here: closing its connections would say goodbye to the
/// server in the parent's name, and its threads do not exist in this process.
fn forget(inherited: Current) -> Pool {
    let pool = inherited.pool.clone();
    mem::forget(inherited);
    pool
}

/// Keeps a pool under its name; it is the default if there is no open one.
pub(super) fn add(py: Python<'_>, name: Option<String>, entry: &Arc<Entry>) -> PyResult<()> {
    let refused = {
        let mut guard = POOLS.write();
        guard.get_or_insert_with(Pools::default).add(name, entry)
    };
    // Here and below the exception is made after the lock: that runs Python code, which may wait for other threads.
    refused.map_err(|name| {
        let message = format!("there is an open pool named {name:?} already; close it first, or choose another name");
        plain(py, "ConfigError", &message)
    })
}

/// The open pool of a name, or the default, which is opened at the first use if the configuration names it.
pub(super) fn find(py: Python<'_>, name: Option<&str>) -> PyResult<Arc<Entry>> {
    match open_pool(py, name) {
        Err(_) if name.is_none() && may_open() => open_configured(py),
        found => found,
    }
}

/// The open pool of a name, or the default.
pub(super) fn open_pool(py: Python<'_>, name: Option<&str>) -> PyResult<Arc<Entry>> {
    let found = POOLS.read().as_ref().and_then(|pools| pools.find(name));
    found.ok_or_else(|| {
        let message = match name {
            Some(name) => format!("there is no open pool named {name:?}; make it with create_pool(url, name={name:?})"),
            None => "there is no open connection pool; call `await chakra.connect(url)` or `chakra.connect_sync(url)` \
                     first, or name the database in DATABASE_URL or below [database] in chakra.toml"
                .into(),
        };
        plain(py, "SessionError", &message)
    })
}

/// Whether the program has chosen no other default: one that it closed must not be followed by another database.
fn may_open() -> bool {
    let pools = POOLS.read();
    let default = pools.as_ref().and_then(|pools| pools.default.as_ref());
    default.is_none_or(|default| default.is_configured)
}

/// Opens the default pool that the configuration names; whoever comes meanwhile waits for it.
fn open_configured(py: Python<'_>) -> PyResult<Arc<Entry>> {
    let config = Config::load().map_err(raise)?;
    if config.database.url.is_none() {
        return open_pool(py, None);
    }
    let (url, options) = (config.database_url().map_err(raise)?, config.pool_options());
    config::take_effect(py, &config)?;
    let opening = OPENING.lock().of_this_process();
    block_on(py, async move {
        let _alone = opening.lock().await;
        let found = POOLS.read().as_ref().and_then(|pools| pools.find(None));
        if let Some(entry) = found {
            return Outcome::Ok(entry);
        }
        let pool = connect_to(url.clone(), options.clone()).await?;
        let entry = Arc::new(Entry { is_configured: true, ..Entry::new(url, options, true, pool) });
        // Without a name nothing is refused.
        let _ = POOLS.write().get_or_insert_with(Pools::default).add(None, &entry);
        Ok(entry)
    })
}

static OPENING: Mutex<Opening> = Mutex::new(Opening { process: 0, alone: None });

/// Held by who opens the default pool; each process has its own, because a fork may leave it held.
struct Opening {
    process: u32,
    alone: Option<Arc<tokio::sync::Mutex<()>>>,
}

impl Opening {
    fn of_this_process(&mut self) -> Arc<tokio::sync::Mutex<()>> {
        if self.process != process() {
            self.process = process();
            mem::forget(self.alone.take());
        }
        Arc::clone(self.alone.get_or_insert_default())
    }
}

impl Pools {
    /// Takes a pool in, or gives back its name where an open pool has that.
    fn add(&mut self, name: Option<String>, entry: &Arc<Entry>) -> Result<(), String> {
        if let Some(name) = name {
            if self.named.get(&name).is_some_and(|other| !other.is_closed()) {
                return Err(name);
            }
            self.named.insert(name, Arc::clone(entry));
        }
        if self.default.as_ref().is_none_or(|default| default.is_closed()) {
            self.default = Some(Arc::clone(entry));
        }
        Ok(())
    }

    fn find(&self, name: Option<&str>) -> Option<Arc<Entry>> {
        let found = match name {
            Some(name) => self.named.get(name).or_else(|| self.default.as_ref().filter(|_| name == "default")),
            None => self.default.as_ref(),
        };
        found.filter(|entry| !entry.is_closed()).cloned()
    }
}

/// Where a call runs, and as part of what.
pub(crate) struct Route {
    pub(crate) pool: Pool,
    /// The session whose objects it reads and writes.
    pub(crate) session: Option<Arc<Work>>,
}

impl Deref for Route {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}

impl Route {
    /// The session, where it has something to write that the call could see.
    ///
    /// # Errors
    ///
    /// `SessionError` after a flush that failed.
    pub(crate) fn to_flush(&self, py: Python<'_>) -> PyResult<Option<Arc<Work>>> {
        match &self.session {
            Some(work) => Ok(work.is_to_flush(py)?.then(|| Arc::clone(work))),
            None => Ok(None),
        }
    }
}

/// The pool that a call uses: one given as an object or by name, else the default. Inside a transaction of that pool it
/// runs in the transaction.
pub(crate) fn pool_for(py: Python<'_>, using: Option<&Bound<'_, PyAny>>) -> PyResult<Route> {
    let entry = entry_for(py, using)?;
    match joined(py, &entry)? {
        Some(route) => Ok(route),
        None => Ok(Route { pool: place::noted(py, entry.pool(py)?)?, session: None }),
    }
}

/// Whether a lazy load on such a pool is one for all objects of the same result.
pub(crate) fn batches_lazy_loads(py: Python<'_>, using: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
    Ok(entry_for(py, using)?.batches_lazy_loads)
}

pub(crate) fn entry_for(py: Python<'_>, using: Option<&Bound<'_, PyAny>>) -> PyResult<Arc<Entry>> {
    let Some(given) = using.filter(|given| !given.is_none()) else { return find(py, None) };
    if let Ok(pool) = given.cast::<PyPool>() {
        return Ok(Arc::clone(&pool.get().entry));
    }
    if let Ok(connection) = given.cast::<PyConnection>() {
        return Ok(Arc::clone(&connection.get().entry));
    }
    match given.cast::<PyString>() {
        Ok(name) => find(py, Some(name.to_str()?)),
        Err(_) => Err(PyTypeError::new_err(
            "a pool is given as a chakra.Pool, by the name it was made with, or as a chakra.Connection of it",
        )),
    }
}
