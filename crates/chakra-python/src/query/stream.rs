//! Rows in batches, in constant memory.

use std::sync::Arc;

use chakra::driver::{BoxStream, Pool};
use chakra::engine::{self, Rows};
use futures_util::StreamExt;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use super::State;
use super::output::list;
use crate::async_iterator::batches::Source;
use crate::async_iterator::{RowIterator, RowStream};
use crate::error::EngineError;
use crate::operation::{Mode, drive};

/// How many rows are fetched at once where the caller gets them one by one.
const BATCH: usize = 500;

impl State {
    pub(super) fn stream<'py>(
        &self,
        py: Python<'py>,
        batch_size: Option<usize>,
        mode: Mode,
    ) -> PyResult<Bound<'py, PyAny>> {
        let pool: Pool = self.pool(py)?;
        let pool = if mode == Mode::Blocking { pool.blocking() } else { pool };
        let source = Batches {
            pool: pool.clone(),
            select: Some(self.ordered_select()),
            rows: batch_size.unwrap_or(BATCH),
            open: None,
        };
        let state = Arc::new(self.clone());
        let in_lists = batch_size.is_some();
        let finish = move |py: Python<'_>, rows: Rows| -> PyResult<Vec<Py<PyAny>>> {
            let objects = state.objects(py, &rows)?;
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
    open: Option<BoxStream<chakra::Result<Rows>>>,
}

impl Source for Batches {
    type Batch = Rows;
    type Error = EngineError;

    async fn next(&mut self) -> Result<Option<Rows>, EngineError> {
        if let Some(select) = self.select.take() {
            self.open = Some(engine::stream(&self.pool, select, self.rows)?);
        }
        let Some(open) = &mut self.open else { return Ok(None) };
        Ok(open.next().await.transpose()?)
    }
}
