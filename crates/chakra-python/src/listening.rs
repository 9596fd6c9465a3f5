//! Who hears of the statements of a call: the profiles of its context, and the loggers of Python.
//!
//! Profiles hear of a statement when it ends, on whatever thread. Records of logging are made where the call ends, on the
//! thread of who waits for it, so that no thread of the engine ever waits for the interpreter.

mod log;
mod profile;

pub(crate) use log::{PoolChange, log_pool};
pub(crate) use profile::{Profile, ProfiledQuery, current_profile};

use std::sync::Arc;
use std::time::Duration;

use chakra::driver::{LogSettings, Observer, Pool, QueryEvent, QueryOutcome, QueryProfile};
use parking_lot::Mutex;
use pyo3::prelude::*;

use crate::error::class_name;

/// The pool, with those who hear of what this call does; they hear the last of it when the report is dropped.
///
/// # Errors
///
/// That of a pool which a profile is about and which is not there.
pub(crate) fn listened(py: Python<'_>, pool: &Pool) -> PyResult<(Pool, Option<Report>)> {
    let profiles = profile::of_context(py, pool)?;
    let wanted = log::wanted(py);
    if profiles.is_empty() && wanted.is_none() {
        return Ok((pool.clone(), None));
    }
    let journal = wanted.map(|wanted| (Arc::new(Journal::default()), wanted));
    let heard = journal.as_ref().map(|(journal, _)| Arc::clone(journal));
    let pool = pool.observed_by(Arc::new(Audience { profiles, journal: heard }));
    Ok((pool, journal.map(|(journal, wanted)| Report { journal, wanted })))
}

/// All who hear of a call's statements.
struct Audience {
    profiles: Vec<Arc<QueryProfile>>,
    journal: Option<Arc<Journal>>,
}

impl Observer for Audience {
    fn ended(&self, event: &QueryEvent) {
        for profile in &self.profiles {
            profile.ended(event);
        }
        if let Some(journal) = &self.journal {
            journal.0.lock().push(event.clone());
        }
    }
}

/// What has ended and is not logged yet.
#[derive(Default)]
struct Journal(Mutex<Vec<QueryEvent>>);

/// Logs what the call did, when it is dropped.
pub(crate) struct Report {
    journal: Arc<Journal>,
    wanted: log::Wanted,
}

impl Drop for Report {
    fn drop(&mut self) {
        let events = std::mem::take(&mut *self.journal.0.lock());
        if !events.is_empty() {
            // Nothing to attach to means that the interpreter is shutting down: there are no loggers left.
            Python::try_attach(|py| log::log(py, &events, self.wanted));
        }
    }
}

/// What became of a statement, in words of Python.
fn outcome(event: &QueryEvent) -> String {
    match event.outcome {
        QueryOutcome::Failed(kind) => class_name(kind).to_owned(),
        outcome => outcome.to_string(),
    }
}

/// Sets what is told of statements in this process.
#[pyfunction]
#[pyo3(signature = (*, queries, query_params, slow_query_ms))]
pub(crate) fn set_log_settings(queries: bool, query_params: bool, slow_query_ms: Option<f64>) -> PyResult<()> {
    let milliseconds = |number: f64| Duration::try_from_secs_f64(number / 1e3);
    let slow_query = slow_query_ms.map(milliseconds).transpose();
    let slow_query =
        slow_query.map_err(|_| pyo3::exceptions::PyValueError::new_err("slow_query_ms must be 0 or more"))?;
    chakra::driver::set_log_settings(LogSettings { queries, query_params, slow_query });
    Ok(())
}

/// What is told of statements in this process: whether at all, whether with values, and from how many milliseconds on as
/// slow.
#[pyfunction]
pub(crate) fn log_settings() -> (bool, bool, Option<f64>) {
    let LogSettings { queries, query_params, slow_query } = chakra::driver::log_settings();
    (queries, query_params, slow_query.map(|limit| limit.as_secs_f64() * 1e3))
}
