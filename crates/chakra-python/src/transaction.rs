//! Transactions as Python holds them, and which one a call belongs to.
//!
//! The transaction of a block is the value of a context variable. A task inherits the context of the code that started
//! it, so what is started inside a block joins it, and nobody else does.

mod journal;

pub(crate) use journal::Entry as UndoEntry;

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chakra::driver::{IsolationLevel, Pool, Transaction, TransactionOptions};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use self::journal::Journal;
use crate::engine::{Entry, Route, entry_for};
use crate::error::{Outcome, plain, raise};
use crate::operation::{Mode, run};
use crate::place;
use crate::runtime::process;
use crate::session::{Work, flushed_first};

/// How many scopes there are: while there are none, nobody looks for one.
static SCOPES: AtomicUsize = AtomicUsize::new(0);

static CURRENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The context variable that holds the innermost scope, or None.
pub(crate) fn current_scope(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let variable = CURRENT.get_or_try_init(py, || {
        let variable = py.import("contextvars")?.getattr("ContextVar")?.call1(("chakra.transaction",))?;
        Ok::<_, PyErr>(variable.unbind())
    })?;
    Ok(variable.bind(py))
}

/// One transaction, to be ended once.
#[pyclass(frozen, weakref, name = "Scope", module = "chakra._chakra")]
pub(crate) struct Scope {
    entry: Arc<Entry>,
    /// What runs on this runs in the transaction.
    pool: Pool,
    /// None once it has ended.
    transaction: Mutex<Option<Transaction>>,
    memory: Mutex<Memory>,
    /// The scope around it, of whichever pool.
    outer: Option<Py<Self>>,
    /// What has the context in which the block was entered forget it, where it was left in another one.
    token: Mutex<Option<Py<PyAny>>>,
    /// The session that it belongs to.
    work: Option<Arc<Work>>,
    /// Which of the session's savepoints it is; 0 is the session's own, which ends with the session.
    level: u64,
    process: u32,
}

/// What the objects in memory have of a transaction.
enum Memory {
    /// What was written to them, to be taken back with the rest.
    Open(Journal),
    /// It is theirs to keep, as far as the transactions around this one are kept.
    Kept,
    /// It was taken back.
    Undone,
}

#[pymethods]
impl Scope {
    /// Keeps what was done.
    fn commit<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::keep(slf, Mode::Async)
    }

    /// `commit` for code that may block.
    fn commit_sync<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::keep(slf, Mode::Blocking)
    }

    /// Takes back what was done.
    fn rollback<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::end(slf, Mode::Async, false)
    }

    /// `rollback` for code that may block.
    fn rollback_sync<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::end(slf, Mode::Blocking, false)
    }

    /// Notes that its block was left in another context than it was entered in.
    fn _left_elsewhere(&self, token: Py<PyAny>) {
        *self.token.lock() = Some(token);
    }

    /// Whether nobody has ended it.
    #[getter]
    fn is_open(&self) -> bool {
        match &self.work {
            Some(work) if work.is_closed() => false,
            Some(_) if self.level == 0 => true,
            _ => self.transaction.lock().is_some(),
        }
    }
}

impl Scope {
    fn new(
        entry: Arc<Entry>,
        transaction: Transaction,
        pool: &Pool,
        outer: Option<Py<Self>>,
        work: Option<Arc<Work>>,
    ) -> Self {
        SCOPES.fetch_add(1, Ordering::Relaxed);
        let pool = transaction.as_pool(pool);
        let level = work.as_ref().map_or(0, |work| work.open_level(pool.clone()));
        Self {
            entry,
            pool,
            transaction: Mutex::new(Some(transaction)),
            memory: Mutex::new(Memory::Open(Journal::default())),
            outer,
            token: Mutex::new(None),
            work,
            level,
            process: process(),
        }
    }

    /// The scope of a session.
    pub(crate) fn of_session(entry: Arc<Entry>, work: Arc<Work>, pool: Pool, outer: Option<Py<Self>>) -> Self {
        SCOPES.fetch_add(1, Ordering::Relaxed);
        Self {
            entry,
            pool,
            transaction: Mutex::new(None),
            memory: Mutex::new(Memory::Open(Journal::default())),
            outer,
            token: Mutex::new(None),
            work: Some(work),
            level: 0,
            process: process(),
        }
    }

    /// The session that it belongs to.
    pub(crate) fn work(&self) -> Option<&Arc<Work>> {
        self.work.as_ref()
    }

    /// Commits; what a session has pending belongs to it.
    fn keep<'py>(slf: &Bound<'py, Self>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if let Some(work) = &slf.get().work
            && slf.get().is_open()
            && work.has_pending(py)?
        {
            let scope = slf.clone().unbind();
            let end = move |py: Python<'_>| Self::end(scope.bind(py), mode, true).map(Bound::unbind);
            return flushed_first(py, work, mode, end);
        }
        Self::end(slf, mode, true)
    }

    /// Sets a savepoint inside a session; gives its scope.
    pub(crate) fn nest<'py>(slf: &Bound<'py, Self>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let (py, outer) = (slf.py(), slf.get());
        if let Some(work) = &outer.work
            && work.has_pending(py)?
        {
            let scope = slf.clone().unbind();
            let again = move |py: Python<'_>| Self::nest(scope.bind(py), mode).map(Bound::unbind);
            return flushed_first(py, work, mode, again);
        }
        begin_in(py, Arc::clone(&outer.entry), &outer.pool, outer.work.clone(), TransactionOptions::default(), mode)
    }

    /// Takes what was written to objects, for the end of the session's transaction.
    pub(crate) fn take_written(slf: &Bound<'_, Self>) -> Written {
        let journal = match &mut *slf.get().memory.lock() {
            Memory::Open(journal) => Some(mem::take(journal)),
            Memory::Kept | Memory::Undone => None,
        };
        Written { scope: slf.clone().unbind(), ending: Ending::Part(journal) }
    }

    fn end<'py>(slf: &Bound<'py, Self>, mode: Mode, commits: bool) -> PyResult<Bound<'py, PyAny>> {
        let (py, scope) = (slf.py(), slf.get());
        scope.refuse_other_process(py)?;
        let taken = scope.transaction.lock().take();
        let Some(transaction) = taken else {
            return Err(plain(py, "SessionError", "the transaction has ended already"));
        };
        let written = Written { scope: slf.clone().unbind(), ending: Ending::Whole };
        if !commits {
            // Not after it: whoever waits may be cancelled, and the rollback runs to its end all the same.
            let undone = written.undo(py);
            let ending = move |_| async move { Outcome::Ok(transaction.rollback().await?) };
            return run(py, &scope.pool, mode, ending, move |py, ()| undone.map(|()| py.None()));
        }
        // An error is an outcome too: the objects must hear of it.
        let ending = move |_| async move { Outcome::Ok(transaction.commit().await) };
        run(py, &scope.pool, mode, ending, move |py, ended| match ended {
            Ok(()) => written.keep(py).map(|()| py.None()),
            Err(error) => {
                let error = raise(error);
                if let Err(second) = written.undo(py) {
                    error.set_cause(py, Some(second));
                }
                Err(error)
            }
        })
    }

    /// Notes how to take something back. What arrives after the end shares the fate of the rest.
    pub(crate) fn note(&self, py: Python<'_>, entry: UndoEntry) -> PyResult<()> {
        let mut memory = self.memory.lock();
        match &mut *memory {
            Memory::Open(journal) => {
                let dropped = journal.note(py, entry);
                drop(memory);
                drop(dropped); // after the lock: it may run Python code
                Ok(())
            }
            Memory::Kept => {
                drop(memory);
                self.around().map_or(Ok(()), |outer| outer.note(py, entry))
            }
            Memory::Undone => {
                drop(memory);
                let mut journal = Journal::default();
                drop(journal.note(py, entry));
                journal.undo(py)
            }
        }
    }

    /// Takes back what was written to objects, unless that is decided.
    fn undo(&self, py: Python<'_>) -> PyResult<()> {
        self.decide(Memory::Undone).map_or(Ok(()), |journal| journal.undo(py))
    }

    /// After the commit: hands what is to be taken back to the transaction around this one; gives it back where that was
    /// rolled back.
    fn hand_on(&self) -> Option<Journal> {
        self.decide(Memory::Kept).and_then(|journal| self.pass_on(journal))
    }

    /// Decides what becomes of what was written to objects, and gives it, unless that is decided.
    fn decide(&self, fate: Memory) -> Option<Journal> {
        let mut memory = self.memory.lock();
        if !matches!(*memory, Memory::Open(_)) {
            return None;
        }
        match mem::replace(&mut *memory, fate) {
            Memory::Open(journal) => Some(journal),
            Memory::Kept | Memory::Undone => None,
        }
    }

    /// Hands something to the transaction around this one; gives it back where that was rolled back.
    fn pass_on(&self, journal: Journal) -> Option<Journal> {
        let mut outer = self.around();
        while let Some(scope) = outer {
            match &mut *scope.memory.lock() {
                Memory::Open(its) => {
                    its.append(journal);
                    return None;
                }
                Memory::Undone => return Some(journal),
                Memory::Kept => {}
            }
            outer = scope.around();
        }
        drop(journal);
        None
    }

    fn is_undecided(&self) -> bool {
        matches!(*self.memory.lock(), Memory::Open(_))
    }

    /// Whether it may hold changes that are not committed.
    fn has_written(&self) -> bool {
        let has_begun = self.work.as_ref().is_some_and(|work| self.level == 0 && work.has_begun());
        has_begun || self.transaction.lock().as_ref().is_some_and(Transaction::has_written)
    }

    /// The session of which it is a savepoint, and which.
    fn savepoint(&self) -> Option<(&Arc<Work>, u64)> {
        self.work.as_ref().filter(|_| self.level > 0).map(|work| (work, self.level))
    }

    /// The scope of the same pool around this one.
    fn around(&self) -> Option<&Self> {
        let mut next = self.outer.as_ref().map(Py::get);
        while let Some(outer) = next.filter(|outer| !Arc::ptr_eq(&outer.entry, &self.entry)) {
            next = outer.outer.as_ref().map(Py::get);
        }
        next
    }

    fn refuse_other_process(&self, py: Python<'_>) -> PyResult<()> {
        if self.process == process() {
            return Ok(());
        }
        let message =
            "the transaction was begun before this process was forked, and belongs to the parent; begin another";
        Err(plain(py, "SessionError", message))
    }
}

/// What was written to objects in a transaction that ends. Where nobody waits for the end any more, the commit runs on,
/// and it counts as kept.
pub(crate) struct Written {
    scope: Py<Scope>,
    ending: Ending,
}

enum Ending {
    /// That of the scope, which ends with its transaction.
    Whole,
    /// That of one transaction of a session, whose scope goes on.
    Part(Option<Journal>),
}

impl Written {
    /// After the commit: hands it on to the transaction around this one, if that goes on.
    pub(crate) fn keep(mut self, py: Python<'_>) -> PyResult<()> {
        self.hand_on().map_or(Ok(()), |journal| journal.undo(py))
    }

    /// Takes it back.
    pub(crate) fn undo(mut self, py: Python<'_>) -> PyResult<()> {
        let scope = self.scope.get();
        let undone = match &mut self.ending {
            Ending::Whole => scope.undo(py),
            Ending::Part(journal) => journal.take().map_or(Ok(()), |journal| journal.undo(py)),
        };
        match scope.savepoint() {
            Some((work, level)) => undone.and(work.restore(py, level)),
            None => undone,
        }
    }

    fn hand_on(&mut self) -> Option<Journal> {
        let scope = self.scope.get();
        if let Some((work, level)) = scope.savepoint().filter(|_| scope.is_undecided()) {
            work.keep_level(level);
        }
        match &mut self.ending {
            Ending::Whole => scope.hand_on(),
            Ending::Part(journal) => journal.take().and_then(|journal| scope.pass_on(journal)),
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // Where it was undone there is nothing left to hand on.
        drop(self.hand_on());
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        SCOPES.fetch_sub(1, Ordering::Relaxed);
        if self.process != process() {
            // Its connection and its threads are the parent's.
            mem::forget(self.transaction.lock().take());
            mem::forget(self.pool.clone());
            return;
        }
        if matches!(self.memory.get_mut(), Memory::Open(journal) if !journal.is_empty()) {
            // Nobody ended it: that is a rollback. An error here has nobody to go to.
            let _ = Python::try_attach(|py| self.undo(py));
        }
        if let Some((work, level)) = self.savepoint() {
            // Left without an end, it is rolled back; where it has ended there is nothing to do.
            Python::attach(|py| {
                if let Err(error) = work.restore(py, level) {
                    error.write_unraisable(py, None);
                }
            });
        }
    }
}

/// Begins a transaction; inside another one of the same pool, one that is nested in that.
#[pyfunction]
#[pyo3(signature = (using, isolation_level, read_only, *, blocking))]
pub(crate) fn begin<'py>(
    py: Python<'py>,
    using: Option<&Bound<'py, PyAny>>,
    isolation_level: Option<&str>,
    read_only: bool,
    blocking: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let level = isolation_level.map(|name| level(py, name)).transpose()?;
    let options = TransactionOptions { isolation_level: level, read_only };
    let entry = entry_for(py, using)?;
    // One that has ended is no more in the way of another.
    let around = of_entry(py, &entry, Scope::is_open)?;
    let (pool, work) = match &around {
        Some(scope) => (scope.get().pool.clone(), scope.get().work.clone()),
        None => (place::noted(py, entry.pool(py)?)?, None),
    };
    let mode = if blocking { Mode::Blocking } else { Mode::Async };
    if let Some(work) = &work
        && work.has_pending(py)?
    {
        let (using, level) = (using.map(|using| using.clone().unbind()), isolation_level.map(str::to_owned));
        let again = move |py: Python<'_>| {
            let using = using.as_ref().map(|using| using.bind(py));
            begin(py, using, level.as_deref(), read_only, blocking).map(Bound::unbind)
        };
        return flushed_first(py, work, mode, again);
    }
    begin_in(py, entry, &pool, work, options, mode)
}

fn begin_in<'py>(
    py: Python<'py>,
    entry: Arc<Entry>,
    pool: &Pool,
    work: Option<Arc<Work>>,
    options: TransactionOptions,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let outer = innermost(py)?;
    let beginning = move |pool: Pool| async move { Outcome::Ok(pool.begin_with(options).await?) };
    // Each call finds its own listeners: those of the beginning are not those of the block.
    let own = pool.clone();
    run(py, pool, mode, beginning, move |py, transaction| {
        let scope = Bound::new(py, Scope::new(entry, transaction, &own, outer, work))?;
        if let Some((work, level)) = scope.get().savepoint() {
            work.name_level(level, &scope)?;
        }
        Ok(scope.into_any().unbind())
    })
}

pub(crate) fn level(py: Python<'_>, name: &str) -> PyResult<IsolationLevel> {
    let found = IsolationLevel::ALL.into_iter().find(|level| level.to_string() == name);
    found.ok_or_else(|| {
        let known = IsolationLevel::ALL.map(|level| level.to_string()).join(", ");
        plain(py, "ConfigError", &format!("unknown isolation level {name:?}; the levels are {known}"))
    })
}

pub(crate) fn innermost(py: Python<'_>) -> PyResult<Option<Py<Scope>>> {
    if SCOPES.load(Ordering::Relaxed) == 0 {
        return Ok(None);
    }
    let variable = current_scope(py)?;
    loop {
        let current = variable.call_method1(pyo3::intern!(py, "get"), (py.None(),))?;
        let Ok(scope) = current.cast_into::<Scope>() else { return Ok(None) };
        let token = scope.get().token.lock().as_ref().map(|token| token.clone_ref(py));
        // A context that was copied inside the block, as a task's is, cannot forget it: who runs there outlives it.
        let forgets = |token| variable.call_method1(pyo3::intern!(py, "reset"), (token,)).is_ok();
        if !token.is_some_and(forgets) {
            return Ok(Some(scope.unbind()));
        }
    }
}

/// The pool that runs in the transaction which this context is in, if that is one of the given pool.
///
/// # Errors
///
/// `SessionError` in the child of a fork inside the block.
pub(crate) fn joined(py: Python<'_>, entry: &Arc<Entry>) -> PyResult<Option<Route>> {
    let Some(scope) = of_entry(py, entry, |_| true)? else { return Ok(None) };
    let scope = scope.get();
    let session = scope.work.clone().filter(|_| scope.is_open());
    Ok(Some(Route { pool: scope.pool.clone(), session }))
}

/// The open transaction that a call belongs to, if there is one.
///
/// # Errors
///
/// As [`joined`]; that of a pool which is not there.
pub(crate) fn open_scope(py: Python<'_>, using: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Py<Scope>>> {
    if SCOPES.load(Ordering::Relaxed) == 0 {
        return Ok(None);
    }
    of_entry(py, &entry_for(py, using)?, Scope::is_open)
}

/// The open transaction that a call belongs to and what it reads may have been written by: the innermost that has
/// written.
///
/// # Errors
///
/// As [`open_scope`].
pub(crate) fn written_scope(py: Python<'_>, using: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Py<Scope>>> {
    if SCOPES.load(Ordering::Relaxed) == 0 {
        return Ok(None);
    }
    of_entry(py, &entry_for(py, using)?, Scope::has_written)
}

/// The innermost scope of a pool that meets a condition.
fn of_entry(py: Python<'_>, entry: &Arc<Entry>, meets: impl Fn(&Scope) -> bool) -> PyResult<Option<Py<Scope>>> {
    let mut next = innermost(py)?;
    while let Some(scope) = next {
        let this = scope.get();
        if Arc::ptr_eq(&this.entry, entry) && meets(this) {
            this.refuse_other_process(py)?;
            return Ok(Some(scope));
        }
        next = this.outer.as_ref().map(|outer| outer.clone_ref(py));
    }
    Ok(None)
}
