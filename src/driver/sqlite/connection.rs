//! One connection: how it is opened, and what every connection of a pool has in common.

use std::cell::Cell;
use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering as Memory};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection as Raw, OpenFlags};

use super::error::classify;
use super::presence::Presence;
use super::{count, document, sum};
use crate::driver::interrupt::is_interrupted;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::types::numeric::{self, Numeric};

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// In memory, gone with its connection.
    Memory,
    /// In a file.
    File(PathBuf),
}

/// How the connections of a pool are opened.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) location: Location,
    pub(super) busy_timeout: Duration,
    pub(super) statement_timeout: Option<Duration>,
}

/// Statements prepared and kept, for each connection. A program has some hundreds of shapes; one takes a few kilobytes.
const STATEMENTS_KEPT: usize = 256;

/// How many of SQLite's instructions run between two looks at the cancel flag: some 20 µs.
const STEPS_BETWEEN_LOOKS: i32 = 2_000;

/// Says to a running statement that nobody waits for it any more.
///
/// SQLite's own interrupt is lost where it comes just before the statement's first step, and hits the next statement
/// where it comes just after the last. This flag is looked at while a statement runs, and cleared before the next.
///
/// It also knows until when a call may take.
#[derive(Debug, Clone, Default)]
pub(super) struct Cancel(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    requested: AtomicBool,
    deadline: Mutex<Option<Instant>>,
    /// Whether there is a deadline: most have none, and need no lock to know.
    timed: AtomicBool,
}

impl Cancel {
    pub(super) fn request(&self) {
        self.0.requested.store(true, Memory::Relaxed);
    }

    /// Before a call that may take so long.
    pub(super) fn clear(&self, limit: Option<Duration>) {
        self.0.requested.store(false, Memory::Relaxed);
        if limit.is_some() || self.0.timed.load(Memory::Relaxed) {
            let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
            *self.0.deadline.lock() = deadline;
            self.0.timed.store(deadline.is_some(), Memory::Relaxed);
        }
    }

    pub(super) fn is_requested(&self) -> bool {
        self.0.requested.load(Memory::Relaxed) || self.is_late() || is_interrupted()
    }

    /// Whether the call has taken too long.
    pub(super) fn is_late(&self) -> bool {
        self.0.timed.load(Memory::Relaxed) && self.0.deadline.lock().is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) raw: Raw,
    pub(super) cancel: Cancel,
    /// Whether statements that write belong elsewhere.
    pub(super) read_only: bool,
    /// Whether it is in a transaction that refuses to write.
    restricted: Cell<bool>,
    /// Its file, if it writes one.
    presence: Option<Presence>,
}

impl Connection {
    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// `Operational`, naming the path, where there is no database to be had.
    pub(super) fn open(settings: &Settings, read_only: bool, cancel: Cancel) -> Result<Self> {
        match &settings.location {
            Location::Memory => Raw::open_in_memory()
                .and_then(|raw| configure(raw, settings, read_only, cancel))
                .map_err(|error| classify("cannot open a database in memory", error)),
            Location::File(path) => {
                refuse_directory(path)?;
                // One connection is used by one thread at a time, so SQLite's own mutexes would only cost.
                let flags =
                    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let mut opened = Raw::open_with_flags(path, flags)
                    .and_then(|raw| configure(raw, settings, read_only, cancel))
                    .map_err(|error| classify(&format!("cannot open the SQLite database {}", path.display()), error))?;
                opened.presence = (!read_only).then(|| Presence::of(path));
                Ok(opened)
            }
        }
    }

    /// Refuses to begin anything on a file that is gone.
    pub(super) fn check_presence(&self) -> Result<()> {
        match &self.presence {
            Some(presence) if !self.in_transaction() => presence.check(),
            _ => Ok(()),
        }
    }

    /// Whether a transaction is open.
    pub(super) fn in_transaction(&self) -> bool {
        !self.raw.is_autocommit()
    }

    /// Begins a transaction that only reads.
    pub(super) fn begin_reading(&self) -> Result<()> {
        self.control("BEGIN")?;
        self.restricted.set(true);
        Ok(())
    }

    /// Whether the open transaction refuses to write.
    pub(super) fn is_restricted(&self) -> bool {
        self.restricted.get()
    }

    /// Takes back what was done since a savepoint. False: only the whole transaction can be.
    #[must_use]
    pub(super) fn undo(&self, depth: u32) -> bool {
        if !self.in_transaction() {
            return true;
        }
        self.cancel.clear(None);
        let undone = self.control(&format!("ROLLBACK TO chakra_{depth}"));
        undone.and_then(|()| self.control(&format!("RELEASE chakra_{depth}"))).is_ok()
    }

    /// Runs one of the statements that begin and end transactions.
    pub(super) fn control(&self, sql: &str) -> Result<()> {
        let mut statement = self.raw.prepare_cached(sql).map_err(super::error::statement_error)?;
        statement.raw_execute().map(drop).map_err(super::error::statement_error)
    }

    /// Makes sure that no transaction is open. False: the connection cannot be used any more.
    #[must_use]
    pub(super) fn settle(&self) -> bool {
        self.restricted.set(false);
        if self.in_transaction() {
            self.cancel.clear(None);
            // An error here shows in the state, which is what counts.
            let _ = self.control("ROLLBACK");
        }
        !self.in_transaction()
    }
}

fn refuse_directory(path: &Path) -> Result<()> {
    if path.is_dir() {
        let message = format!("cannot open the SQLite database {}: it is a directory; name a file", path.display());
        return Err(DatabaseError::new(DatabaseErrorKind::Operational, message).into());
    }
    Ok(())
}

fn configure(mut raw: Raw, settings: &Settings, read_only: bool, cancel: Cancel) -> rusqlite::Result<Connection> {
    let (flag, timeout, mut since) = (cancel.clone(), settings.busy_timeout, Instant::now());
    raw.busy_handler(Some(move |asked: i32| {
        if asked == 0 {
            since = Instant::now();
        }
        wait_for_lock(asked, since, timeout, &flag)
    }))?;
    raw.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Else a quoted name that no column has would be read as text: a missing column would give its own name.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // The first statement that reads the file, so that one that is no database is found here. Readers and one writer
    // at a time, which neither waits for the other.
    match raw.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())) {
        // A file that may only be read stays in the mode it has.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) => {}
        switched => switched?,
    }
    // With WAL, NORMAL cannot corrupt the file: after a power cut the last commits may be missing, whole. FULL would
    // wait for the disk at every commit.
    raw.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")?;
    if read_only {
        raw.execute_batch("PRAGMA query_only = ON;")?;
    }
    let flag = cancel.clone();
    raw.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || flag.is_requested()))?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    raw.create_scalar_function("chakra_lower", 1, flags, |context| Ok(lower(context.get_raw(0))))?;
    raw.create_collation("chakra_decimal", compare_decimals)?;
    sum::register(&raw)?;
    document::register(&raw)?;
    count::register(&raw)?;
    Ok(Connection { raw, cancel, read_only, restricted: Cell::new(false), presence: None })
}

/// Sleeps before SQLite asks for a lock again that another process holds; false once that has taken too long. SQLite's
/// own handler would sleep on for a caller who is gone.
fn wait_for_lock(asked: i32, since: Instant, timeout: Duration, cancel: &Cancel) -> bool {
    let left = timeout.saturating_sub(since.elapsed());
    if left.is_zero() || cancel.is_requested() {
        return false;
    }
    let pause = Duration::from_millis(1 << asked.clamp(0, 5));
    thread::sleep(pause.min(left));
    // Who left meanwhile does not want the lock, be it free now.
    !cancel.is_requested()
}

/// `lower` by Unicode's rules, where SQLite's own knows ASCII only. What is no text stays as it is.
fn lower(value: ValueRef<'_>) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(match value {
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_lowercase()),
            Err(_) => Value::Blob(bytes.to_vec()),
        },
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

/// Order of decimal texts as numbers. What is no number comes after all numbers, in order of its bytes, so that the
/// order is total and an index over such a column stays whole.
fn compare_decimals(left: &str, right: &str) -> Ordering {
    match (plain(left), plain(right)) {
        (Some(left), Some(right)) => numeric::compare_text(left.as_str(), right.as_str()),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// The plain notation of a decimal text; one that is plain already costs no allocation.
fn plain(text: &str) -> Option<Plain<'_>> {
    if numeric::is_plain(text) {
        return Some(Plain::Borrowed(text));
    }
    text.parse().ok().map(Plain::Owned)
}

enum Plain<'a> {
    Borrowed(&'a str),
    Owned(Numeric),
}

impl Plain<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(number) => number.as_str(),
        }
    }
}

#[cold]
pub(super) fn gone() -> Error {
    Error::session("the connection was given back already")
}
