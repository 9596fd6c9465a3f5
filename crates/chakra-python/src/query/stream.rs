//! Rows in batches, in constant memory.

use std::sync::Arc;

use chakra::driver::{BoxStream, Pool};
use chakra::engine::{self, Graph, Prefetch, Rows};
use futures_util::StreamExt;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use super::State;
use super::output::list;
use super::related::Fetch;
use crate::async_iterator::batches::Source;
use crate::async_iterator::{RowIterator, RowStream};
use crate::error::EngineError;
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
        let Fetch { select, prefetches, nodes } = self.fetch(py, self.ordered_select())?;
        let rows = batch_size.unwrap_or(BATCH);
        let source = Batches { pool: pool.clone(), select: Some(select), prefetches, rows, open: None };
        let state = Arc::new(self.clone());
        let in_lists = batch_size.is_some();
        let finish = move |py: Python<'_>, graph: Graph| -> PyResult<Vec<Py<PyAny>>> {
            let _with_the_last = &report;
            let objects = state.objects(py, &graph, &nodes, session.as_ref())?;
            if in_lists { Ok(vec![list(py, objects)?]) } else { Ok(objects.into_iter().map(Bound::unbind).collect()) }
        };
        match mode {
            Mode::Async => RowStream::new(drive(&pool), source, finish).into_bound_py_any(py),
            Mode::Blocking => RowIterator::new(source, finish).into_bound_py_any(py),
        }
    }
}

/// The batches of one statement, which starts when the first is asked for, each with what is prefetched for it.
struct Batches {
    pool: Pool,
    select: Option<chakra::query::Select>,
    prefetches: Vec<Prefetch>,
    rows: usize,
    open: Option<BoxStream<chakra::Result<Vec<Rows>>>>,
}

impl Source for Batches {
    type Batch = Graph;
    type Error = EngineError;

    async fn next(&mut self) -> Result<Option<Graph>, EngineError> {
        if let Some(select) = self.select.take() {
            self.open = Some(engine::stream_with_related(&self.pool, select, self.rows)?);
        }
        let Some(open) = &mut self.open else { return Ok(None) };
        let Some(parts) = open.next().await.transpose()? else { return Ok(None) };
        Ok(Some(engine::fetch_after(&self.pool, parts, &self.prefetches).await?))
    }
}
