//! Rows in batches, in constant memory.

use std::sync::Arc;

use chakra::driver::{BoxStream, Pool};
use chakra::engine::{self, Graph, Rows};
use futures_util::StreamExt;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use super::State;
use super::output::list;
use crate::async_iterator::batches::Source;
use crate::async_iterator::{RowIterator, RowStream};
use crate::error::{EngineError, plain};
use crate::listening::listened;
use crate::operation::{Mode, drive};
use crate::session::streamed_after_flush;

/// How many rows are fetched at once where the caller gets them one by one.
const BATCH: usize = 500;

impl State {
    pub(super) fn stream<'py>(
        &self,
        py: Python<'py>,
        batch_size: Option<usize>,
        mode: Mode,
    ) -> PyResult<Bound<'py, PyAny>> {
        if !self.wanted.is_empty() {
            let message = "a stream reads on one connection while it lasts, so nothing can be prefetched for its rows: \
                           use select_related, or read pages with limit and offset";
            return Err(plain(py, "QueryError", message));
        }
        let route = self.pool(py)?;
        if let Some(work) = route.to_flush(py)? {
            let state = self.clone();
            return streamed_after_flush(py, &work, mode, move |py| {
                state.stream(py, batch_size, mode).map(Bound::unbind)
            });
        }
        let session = route.session.clone();
        let (pool, report) = listened(py, &route)?;
        let pool = if mode == Mode::Blocking { pool.blocking() } else { pool };
        let source = Batches {
            pool: pool.clone(),
            select: Some(self.fetch(py, self.ordered_select())?.select),
            rows: batch_size.unwrap_or(BATCH),
            open: None,
        };
        let state = Arc::new(self.clone());
        let in_lists = batch_size.is_some();
        let finish = move |py: Python<'_>, parts: Vec<Rows>| -> PyResult<Vec<Py<PyAny>>> {
            let _with_the_last = &report;
            let objects = state.objects(py, &Graph { parts, related: Vec::new() }, &[], session.as_ref())?;
            if in_lists { Ok(vec![list(py, objects)?]) } else { Ok(objects.into_iter().map(Bound::unbind).collect()) }
        };
        match mode {
            Mode::Async => RowStream::new(drive(&pool), source, finish).into_bound_py_any(py),
            Mode::Blocking => RowIterator::new(source, finish).into_bound_py_any(py),
        }
    }
}

/// The batches of one statement, which starts when the first is asked for.
struct Batches {
    pool: Pool,
    select: Option<chakra::query::Select>,
    rows: usize,
    open: Option<BoxStream<chakra::Result<Vec<Rows>>>>,
}

impl Source for Batches {
    type Batch = Vec<Rows>;
    type Error = EngineError;

    async fn next(&mut self) -> Result<Option<Vec<Rows>>, EngineError> {
        if let Some(select) = self.select.take() {
            self.open = Some(engine::stream_with_related(&self.pool, select, self.rows)?);
        }
        let Some(open) = &mut self.open else { return Ok(None) };
        Ok(open.next().await.transpose()?)
    }
}
