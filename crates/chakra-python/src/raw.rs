//! Statements written by hand, as Python holds them.

mod value;

use std::sync::Arc;

use chakra::driver::{BoxStream, Pool, ToValue};
use chakra::engine::{Raw, RawParam, RawRows};
use futures_util::StreamExt;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PySet, PyString, PyTuple, PyType};

use crate::async_iterator::batches::Source;
use crate::async_iterator::{RowIterator, RowStream};
use crate::engine::{Route, pool_for};
use crate::error::{EngineError, Outcome, raise};
use crate::garbage::Pause;
use crate::hydrate::{ToPython, instances};
use crate::listening::listened;
use crate::operation::{Mode, ask, drive};
use crate::schema::{Model, model_of};
use crate::session::{Work, streamed_after_flush};

/// How many rows are fetched at once where the caller gets them one by one.
const BATCH: usize = 500;

/// A statement written by hand.
#[pyclass(frozen, name = "RawQuery", module = "chakra")]
pub(crate) struct RawQuery {
    raw: Raw,
    model: Option<Arc<Model>>,
    using: Option<Py<PyAny>>,
}

/// A statement written by hand, with parameters by name.
#[pyfunction]
#[pyo3(signature = (sql, params=None, *, model=None, using=None))]
pub(crate) fn raw(
    sql: String,
    params: Option<&Bound<'_, PyDict>>,
    model: Option<&Bound<'_, PyType>>,
    using: Option<Py<PyAny>>,
) -> PyResult<RawQuery> {
    let mut given = Vec::new();
    for (name, value) in params.into_iter().flatten() {
        let name = name
            .cast::<PyString>()
            .map_err(|_| PyTypeError::new_err("parameters are given by name: raw(\"… :id\", {\"id\": 1})"))?;
        given.push((name.to_string(), param(&value, name.to_str()?)?));
    }
    let model = model.map(model_of).transpose()?;
    Ok(RawQuery { raw: Raw { sql, params: given }, model, using })
}

fn param(value: &Bound<'_, PyAny>, name: &str) -> PyResult<RawParam> {
    let is_list = value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PySet>()
        || value.is_instance_of::<PyFrozenSet>();
    if !is_list {
        return value::of(value, name).map(RawParam::One);
    }
    let members = value.try_iter()?.map(|member| value::of(&member?, name));
    Ok(RawParam::List(members.collect::<PyResult<_>>()?))
}

#[pymethods]
impl RawQuery {
    /// Every row.
    fn all<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.every(py, Mode::Async)
    }

    /// `all` for code that may block.
    fn all_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.every(py, Mode::Blocking)
    }

    /// The only row.
    fn one<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.only(py, Mode::Async)
    }

    /// `one` for code that may block.
    fn one_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.only(py, Mode::Blocking)
    }

    /// The first value of the first row.
    fn scalar<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.first_value(py, Mode::Async)
    }

    /// `scalar` for code that may block.
    fn scalar_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.first_value(py, Mode::Blocking)
    }

    /// Runs it for what it does.
    fn execute<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.perform(py, Mode::Async)
    }

    /// `execute` for code that may block.
    fn execute_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.perform(py, Mode::Blocking)
    }

    /// Row after row, in constant memory.
    #[pyo3(signature = (batch_size=None))]
    fn stream<'py>(&self, py: Python<'py>, batch_size: Option<usize>) -> PyResult<Bound<'py, PyAny>> {
        self.batches(py, batch_size, Mode::Async)
    }

    /// `stream` for code that may block.
    #[pyo3(signature = (batch_size=None))]
    fn stream_sync<'py>(&self, py: Python<'py>, batch_size: Option<usize>) -> PyResult<Bound<'py, PyAny>> {
        self.batches(py, batch_size, Mode::Blocking)
    }

    /// `await` gives every row.
    fn __await__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.every(py, Mode::Async)?.call_method0(pyo3::intern!(py, "__await__"))
    }

    fn __repr__(&self) -> String {
        // The text only: values may be secrets.
        format!("<chakra.RawQuery {:?}>", self.raw.sql)
    }
}

impl RawQuery {
    fn pool(&self, py: Python<'_>) -> PyResult<Route> {
        pool_for(py, self.using.as_ref().map(|using| using.bind(py)))
    }

    /// Runs it, and makes of its objects what `finish` does.
    fn run<'py>(
        &self,
        py: Python<'py>,
        mode: Mode,
        finish: impl FnOnce(Python<'_>, Vec<Py<PyAny>>) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (pool, raw, model) = (self.pool(py)?, self.raw.clone(), self.model.clone());
        let session = pool.session.clone();
        ask(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(raw.fetch(&pool).await?) },
            move |py, rows| finish(py, objects(py, model.as_deref(), rows, session.as_ref())?),
        )
    }

    fn every<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        self.run(py, mode, |py, objects| Ok(PyList::new(py, objects)?.into_any().unbind()))
    }

    fn only<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let model = self.model.as_ref().map_or_else(|| "row".to_owned(), |model| model.table.model.clone());
        self.run(py, mode, move |_, mut objects| match objects.len() {
            1 => Ok(objects.swap_remove(0)),
            0 => Err(raise(chakra::Error::NotFound { model })),
            _ => Err(raise(chakra::Error::MultipleResults { model })),
        })
    }

    fn first_value<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let (pool, raw) = (self.pool(py)?, self.raw.clone());
        ask(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(raw.fetch(&pool).await?) },
            |py, rows| if rows.is_empty() { Ok(py.None()) } else { value(py, &rows, 0, 0).map(Bound::unbind) },
        )
    }

    fn perform<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let (pool, raw) = (self.pool(py)?, self.raw.clone());
        ask(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(raw.execute(&pool).await?) },
            |py, rows| rows.into_py_any(py),
        )
    }

    fn batches<'py>(&self, py: Python<'py>, batch_size: Option<usize>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let route = self.pool(py)?;
        if let Some(work) = route.to_flush(py)? {
            let query = Self {
                raw: self.raw.clone(),
                model: self.model.clone(),
                using: self.using.as_ref().map(|using| using.clone_ref(py)),
            };
            return streamed_after_flush(py, &work, mode, move |py| {
                query.batches(py, batch_size, mode).map(Bound::unbind)
            });
        }
        let session = route.session.clone();
        let (pool, report) = listened(py, &route)?;
        let pool = if mode == Mode::Blocking { pool.blocking() } else { pool };
        let rows = batch_size.unwrap_or(BATCH).max(1);
        let source = Batches { pool: pool.clone(), raw: Some(self.raw.clone()), rows, open: None };
        let (model, in_lists) = (self.model.clone(), batch_size.is_some());
        let finish = move |py: Python<'_>, rows: RawRows| -> PyResult<Vec<Py<PyAny>>> {
            let _with_the_last = &report;
            let found = objects(py, model.as_deref(), rows, session.as_ref())?;
            if in_lists { Ok(vec![PyList::new(py, found)?.into_any().unbind()]) } else { Ok(found) }
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
    raw: Option<Raw>,
    rows: usize,
    open: Option<BoxStream<chakra::Result<RawRows>>>,
}

impl Source for Batches {
    type Batch = RawRows;
    type Error = EngineError;

    async fn next(&mut self) -> Result<Option<RawRows>, EngineError> {
        if let Some(raw) = self.raw.take() {
            self.open = Some(raw.stream(&self.pool, self.rows)?);
        }
        let Some(open) = &mut self.open else { return Ok(None) };
        // A statement that gives no row may give an empty batch, to tell its columns.
        loop {
            match open.next().await.transpose()? {
                Some(rows) if rows.is_empty() => {}
                rows => return Ok(rows),
            }
        }
    }
}

/// Objects of the model, or named rows.
fn objects(
    py: Python<'_>,
    model: Option<&Model>,
    rows: RawRows,
    session: Option<&Arc<Work>>,
) -> PyResult<Vec<Py<PyAny>>> {
    let _pause = Pause::begin(py);
    if let Some(model) = model {
        let rows = rows.of_table(&model.table).map_err(raise)?;
        return Ok(instances(py, model, &rows, session)?.into_iter().map(Bound::unbind).collect());
    }
    let names = PyTuple::new(py, rows.names())?;
    let class = py.import("chakra._rows")?.call_method1("row_class", (&names,))?;
    let row = |row: usize| {
        let cells = (0..names.len()).map(|column| value(py, &rows, row, column)).collect::<PyResult<Vec<_>>>()?;
        class.call_method1(pyo3::intern!(py, "_make"), (PyTuple::new(py, cells)?,)).map(Bound::unbind)
    };
    (0..rows.len()).map(row).collect()
}

/// One value, as what the database says it is.
fn value<'py>(py: Python<'py>, rows: &RawRows, row: usize, column: usize) -> PyResult<Bound<'py, PyAny>> {
    rows.visit(row, column, ToPython(py)).map_err(raise)?.map_err(|error| {
        let shown = rows.visit(row, column, ToValue).ok().flatten().map(|value| value.shown());
        let shown = shown.unwrap_or_else(|| "a value".to_owned());
        PyTypeError::new_err(format!("{shown} of a raw statement has no value of Python: {error}"))
    })
}
