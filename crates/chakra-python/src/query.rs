//! `QuerySet`: immutable, chainable, run when awaited (or by a `_sync` call).

mod aggregate;
mod arguments;
mod bulk;
mod chain;
mod output;
mod related;
mod run;
mod stream;

use std::sync::Arc;

use chakra::query::{Expr, Select};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit};

pub(crate) use aggregate::Aggregate;
pub(crate) use bulk::Inserts;

use crate::engine::{Route, pool_for};
use crate::error::plain;
use crate::operation::Mode;
use crate::relationship::{Selected, Wanted};
use crate::schema::{Model, model_of};
use arguments::{list_of, no_conditions, rows_at_once};
use output::Output;

pub(crate) use self::State as QueryState;

/// What a query set is made of.
#[derive(Clone)]
pub(crate) struct State {
    model: Arc<Model>,
    select: Select,
    output: Output,
    /// Whether `order_by` or `reverse` was called: then the model's own order counts no more.
    explicit_order: bool,
    /// Whether rows that are marked as deleted are left out.
    hides_deleted: bool,
    /// The pool it was bound to by `using`.
    using: Option<Arc<Py<PyAny>>>,
    /// What `select_related` named.
    pub(crate) selected: Vec<Selected>,
    /// What `prefetch_related` named.
    wanted: Vec<Wanted>,
}

impl State {
    fn new(model: Arc<Model>) -> Self {
        let select = Select::live(&model.table);
        Self {
            model,
            select,
            output: Output::Instances,
            explicit_order: false,
            hides_deleted: true,
            using: None,
            selected: Vec::new(),
            wanted: Vec::new(),
        }
    }

    /// Of all rows, deleted ones included.
    fn of_all(model: Arc<Model>) -> Self {
        let select = Select::from(&model.table);
        Self { select, hides_deleted: false, ..Self::new(model) }
    }

    fn pool(&self, py: Python<'_>) -> PyResult<Route> {
        pool_for(py, self.using.as_ref().map(|using| using.bind(py)))
    }

    fn is_sliced(&self) -> bool {
        self.select.limit.is_some() || self.select.offset.is_some()
    }

    /// What cannot be done after a slice.
    fn refuse_sliced(&self, py: Python<'_>, verb: &str) -> PyResult<()> {
        if self.is_sliced() {
            let message =
                format!("{verb} cannot follow a slice (limit, offset) of {}; slice last", self.model.table.model);
            return Err(plain(py, "QueryError", &message));
        }
        Ok(())
    }
}

/// Carries a state into the constructor of a subclass.
#[pyclass(frozen, name = "_State")]
pub(crate) struct Carrier {
    state: State,
}

/// A query over the rows of a model: immutable and chainable; nothing runs before it is awaited.
#[pyclass(frozen, subclass, module = "chakra", generic)]
pub(crate) struct QuerySet {
    state: State,
    /// The model's class, which the state holds weakly: a query set is the one that Python's garbage collector can ask.
    class: Py<PyType>,
}

impl QuerySet {
    /// A query set of the same class with another state.
    fn derive<'py>(slf: &Bound<'py, Self>, state: State) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if slf.is_exact_instance_of::<Self>() {
            let class = slf.get().class.clone_ref(py);
            return Ok(Bound::new(py, Self { state, class })?.into_any());
        }
        slf.get_type().call1((Carrier { state },))
    }

    /// The rows that also meet a condition, on another pool where one is given.
    pub(crate) fn narrowed<'py>(
        slf: &Bound<'py, Self>,
        condition: Expr,
        using: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut state = slf.get().state.narrowed(Some(condition));
        if let Some(using) = using {
            state.using = Some(Arc::new(using.unbind()));
        }
        Self::derive(slf, state)
    }
}

#[pymethods]
impl QuerySet {
    #[new]
    fn new(model: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(carrier) = model.cast::<Carrier>() {
            let state = carrier.get().state.clone();
            let class = state.model.class(model.py())?.unbind();
            return Ok(Self { state, class });
        }
        let class = model.cast::<PyType>().map_err(|_| PyTypeError::new_err("QuerySet takes a model class"))?;
        Ok(Self { state: State::new(model_of(class)?), class: class.clone().unbind() })
    }

    /// For Python's garbage collector: a class and its `objects` hold each other.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.class)
    }

    /// The query set of all rows of the model, deleted ones included.
    fn _with_deleted<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, State::of_all(Arc::clone(&slf.get().state.model)))
    }

    /// Makes this class the one of a model's `objects`: `objects = PostQuery.as_manager()`.
    #[classmethod]
    fn as_manager<'py>(cls: &Bound<'py, PyType>) -> Bound<'py, PyType> {
        cls.clone()
    }

    /// The model class.
    #[getter]
    fn model(&self, py: Python<'_>) -> Py<PyType> {
        self.class.clone_ref(py)
    }

    // Chaining.

    /// All rows: the same query.
    fn all<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.clone())
    }

    /// Rows that meet all conditions.
    #[pyo3(signature = (*conditions, **lookups))]
    fn filter<'py>(
        slf: &Bound<'py, Self>,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.filter(conditions, lookups)?)
    }

    /// Rows that `filter` of the same conditions does not give.
    #[pyo3(signature = (*conditions, **lookups))]
    fn exclude<'py>(
        slf: &Bound<'py, Self>,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.exclude(conditions, lookups)?)
    }

    /// Another order, instead of the earlier one.
    #[pyo3(signature = (*terms))]
    fn order_by<'py>(slf: &Bound<'py, Self>, terms: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.order_by(terms)?)
    }

    /// The opposite order.
    fn reverse<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.reverse(slf.py())?)
    }

    /// At most so many rows.
    fn limit<'py>(slf: &Bound<'py, Self>, rows: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.limit(rows)?)
    }

    /// Without the first rows.
    fn offset<'py>(slf: &Bound<'py, Self>, rows: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.offset(rows)?)
    }

    /// Equal rows once.
    fn distinct<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.distinct(slf.py())?)
    }

    /// Rows together with those that to-one relationships lead to, in one statement.
    #[pyo3(signature = (*relationships))]
    fn select_related<'py>(slf: &Bound<'py, Self>, relationships: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.select_related(relationships)?)
    }

    /// Rows, and then what relationships lead to from all of them: one statement a step.
    #[pyo3(signature = (*relationships))]
    fn prefetch_related<'py>(
        slf: &Bound<'py, Self>,
        relationships: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.prefetch_related(relationships)?)
    }

    /// On another pool, given as an object or by name.
    fn using<'py>(slf: &Bound<'py, Self>, pool: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let mut state = slf.get().state.clone();
        state.using = Some(Arc::new(pool.clone().unbind()));
        Self::derive(slf, state)
    }

    /// Dictionaries of some fields (all, if none is named) instead of instances.
    #[pyo3(signature = (*fields))]
    fn values<'py>(slf: &Bound<'py, Self>, fields: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.values(fields)?)
    }

    /// Tuples of some fields; bare values with `flat`, named tuples with `named`.
    #[pyo3(signature = (*fields, flat=false, named=false))]
    fn values_list<'py>(
        slf: &Bound<'py, Self>,
        fields: &Bound<'py, PyTuple>,
        flat: bool,
        named: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.values_list(fields, flat, named)?)
    }

    fn __getitem__<'py>(slf: &Bound<'py, Self>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Self::derive(slf, slf.get().state.slice(index)?)
    }

    // Rows.

    fn __await__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state.fetch_all(py, Mode::Async)?.call_method0(pyo3::intern!(py, "__await__"))
    }

    /// The rows as a list, for code that may block.
    fn all_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state.fetch_all(py, Mode::Blocking)
    }

    /// The one row that meets the conditions.
    #[pyo3(signature = (*conditions, **lookups))]
    fn get<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.get(conditions, lookups, Mode::Async)
    }

    /// `get` for code that may block.
    #[pyo3(signature = (*conditions, **lookups))]
    fn get_sync<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.get(conditions, lookups, Mode::Blocking)
    }

    /// The one row that meets the conditions, or None.
    #[pyo3(signature = (*conditions, **lookups))]
    fn get_or_none<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.get_or_none(conditions, lookups, Mode::Async)
    }

    /// `get_or_none` for code that may block.
    #[pyo3(signature = (*conditions, **lookups))]
    fn get_or_none_sync<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.get_or_none(conditions, lookups, Mode::Blocking)
    }

    /// The first row, by primary key where no order is set; None without rows.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn first<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.first(no_conditions("first", conditions, lookups)?, Mode::Async)
    }

    /// `first` for code that may block.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn first_sync<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.first(no_conditions("first", conditions, lookups)?, Mode::Blocking)
    }

    /// The last row, by primary key where no order is set; None without rows.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn last<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.last(no_conditions("last", conditions, lookups)?, Mode::Async)
    }

    /// `last` for code that may block.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn last_sync<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.last(no_conditions("last", conditions, lookups)?, Mode::Blocking)
    }

    /// The number of rows.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn count<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.count(no_conditions("count", conditions, lookups)?, Mode::Async)
    }

    /// `count` for code that may block.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn count_sync<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.count(no_conditions("count", conditions, lookups)?, Mode::Blocking)
    }

    /// Values made of all rows, by name: `aggregate(total=Sum("amount"))`.
    #[pyo3(signature = (*aggregates, **named))]
    fn aggregate<'py>(
        &self,
        aggregates: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.aggregate(aggregates, named, Mode::Async)
    }

    /// `aggregate` for code that may block.
    #[pyo3(signature = (*aggregates, **named))]
    fn aggregate_sync<'py>(
        &self,
        aggregates: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.aggregate(aggregates, named, Mode::Blocking)
    }

    /// Whether there is any row.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn exists<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.exists(no_conditions("exists", conditions, lookups)?, Mode::Async)
    }

    /// `exists` for code that may block.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn exists_sync<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.exists(no_conditions("exists", conditions, lookups)?, Mode::Blocking)
    }

    /// The rows one by one (or in lists of `batch_size`), in constant memory.
    #[pyo3(signature = (batch_size=None))]
    fn stream<'py>(&self, py: Python<'py>, batch_size: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        self.state.stream(py, rows_at_once(batch_size)?, Mode::Async)
    }

    /// `stream` for code that may block.
    #[pyo3(signature = (batch_size=None))]
    fn stream_sync<'py>(&self, py: Python<'py>, batch_size: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        self.state.stream(py, rows_at_once(batch_size)?, Mode::Blocking)
    }

    fn __aiter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state.stream(py, None, Mode::Async)
    }

    fn __iter__(&self) -> PyResult<()> {
        let name = &self.state.model.table.model;
        Err(PyTypeError::new_err(format!(
            "a query over {name} does no hidden I/O: use `async for`, `await query`, `query.all_sync()` or `query.stream_sync()`"
        )))
    }

    fn __len__(&self) -> PyResult<usize> {
        Err(PyTypeError::new_err("a query does no hidden I/O: use `await query.count()` or `query.count_sync()`"))
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(PyTypeError::new_err("a query does no hidden I/O: use `await query.exists()` or `query.exists_sync()`"))
    }

    // Writing.

    /// Makes an instance and inserts it.
    #[pyo3(signature = (**values))]
    fn create<'py>(&self, py: Python<'py>, values: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        self.state.create(py, values, Mode::Async)
    }

    /// `create` for code that may block.
    #[pyo3(signature = (**values))]
    fn create_sync<'py>(&self, py: Python<'py>, values: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        self.state.create(py, values, Mode::Blocking)
    }

    /// Changes all rows of the query and gives their number.
    #[pyo3(signature = (**values))]
    fn update<'py>(&self, py: Python<'py>, values: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        self.state.update(py, values, Mode::Async)
    }

    /// `update` for code that may block.
    #[pyo3(signature = (**values))]
    fn update_sync<'py>(&self, py: Python<'py>, values: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        self.state.update(py, values, Mode::Blocking)
    }

    /// Deletes all rows of the query and gives their number.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn delete<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.delete(no_conditions("delete", conditions, lookups)?, Mode::Async)
    }

    /// `delete` for code that may block.
    #[pyo3(signature = (*conditions, **lookups), text_signature = "($self)")]
    fn delete_sync<'py>(
        &self,
        conditions: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.delete(no_conditions("delete", conditions, lookups)?, Mode::Blocking)
    }

    /// Removes all rows of the query, which `delete` would mark, and gives their number.
    fn hard_delete<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state.hard_delete(py, Mode::Async)
    }

    /// `hard_delete` for code that may block.
    fn hard_delete_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state.hard_delete(py, Mode::Blocking)
    }

    /// Takes the mark of deletion off the rows of the query and gives the number of those that had it.
    fn restore<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state.restore(py, Mode::Async)
    }

    /// `restore` for code that may block.
    fn restore_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state.restore(py, Mode::Blocking)
    }

    /// Inserts many instances by the database's fastest safe path, fills in their keys, and gives them back.
    #[pyo3(signature = (objs, batch_size=None))]
    fn bulk_create<'py>(
        &self,
        objs: &Bound<'py, PyAny>,
        batch_size: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.bulk_create(&list_of(objs)?, rows_at_once(batch_size)?, Mode::Async)
    }

    /// `bulk_create` for code that may block.
    #[pyo3(signature = (objs, batch_size=None))]
    fn bulk_create_sync<'py>(
        &self,
        objs: &Bound<'py, PyAny>,
        batch_size: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.state.bulk_create(&list_of(objs)?, rows_at_once(batch_size)?, Mode::Blocking)
    }

    fn __repr__(&self) -> String {
        format!("<{} query>", self.state.model.table.model)
    }
}
