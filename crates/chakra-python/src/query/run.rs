//! What a query set does when it runs.

use chakra::driver::Pool;
use chakra::engine;
use chakra::query::{Assignment, Expr, Order, Param, Select};
use chakra::schema::Role;
use chakra::types::Value;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::State;
use super::output::list;
use super::related::Fetch;
use crate::convert::to_value;
use crate::error::{Outcome, plain, raise};
use crate::instance::{Faults, assignments, insert_giving, marks, stamps};
use crate::operation::{Mode, ask};
use crate::relationship::parts_of;

impl State {
    /// The statement, the model's own order applied.
    pub(crate) fn ordered_select(&self) -> Select {
        let mut select = self.select.clone();
        if !self.explicit_order && !self.model.table.ordering.is_empty() {
            select.order_by = self.effective_order();
        }
        select
    }

    pub(super) fn fetch_all<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        self.run(py, self.ordered_select(), mode, list)
    }

    pub(super) fn get<'py>(
        &self,
        given: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
        mode: Mode,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.one(given, lookups, mode, true)
    }

    pub(super) fn get_or_none<'py>(
        &self,
        given: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
        mode: Mode,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.one(given, lookups, mode, false)
    }

    fn one<'py>(
        &self,
        given: &Bound<'py, PyTuple>,
        lookups: Option<&Bound<'py, PyDict>>,
        mode: Mode,
        required: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = given.py();
        let has_conditions = !given.is_empty() || lookups.is_some_and(|lookups| !lookups.is_empty());
        let narrowed = if has_conditions { self.filter(given, lookups)? } else { self.clone() };
        let select = if narrowed.is_sliced() {
            narrowed.ordered_select()
        } else {
            // Two are enough to know that there is more than one.
            Select { limit: Some(Param(Value::Integer(2))), ..narrowed.select }
        };
        let model = self.model.table.model.clone();
        self.run(py, select, mode, move |py, mut objects| match objects.len() {
            1 => Ok(objects.swap_remove(0).unbind()),
            0 if !required => Ok(py.None()),
            0 => Err(raise(chakra::Error::NotFound { model })),
            _ => Err(raise(chakra::Error::MultipleResults { model })),
        })
    }

    pub(super) fn first<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let order = self.definite_order();
        self.head(py, order, mode)
    }

    pub(super) fn last<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        self.refuse_sliced(py, "last")?;
        let order = self.definite_order().into_iter().map(Order::reversed).collect();
        self.head(py, order, mode)
    }

    fn head<'py>(&self, py: Python<'py>, order: Vec<Order>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let mut state = self.limit(&1.into_bound_py_any(py)?)?;
        state.select.order_by = order;
        let select = state.select.clone();
        self.run(py, select, mode, |py, objects| {
            Ok(objects.into_iter().next().map_or_else(|| py.None(), Bound::unbind))
        })
    }

    /// Runs the query as this statement, and makes of its objects what `finish` does.
    fn run<'py>(
        &self,
        py: Python<'py>,
        select: Select,
        mode: Mode,
        finish: impl FnOnce(Python<'_>, Vec<Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (pool, state) = (self.pool(py)?, self.clone());
        let session = pool.session.clone();
        let Fetch { select, prefetches, nodes } = self.fetch(py, select)?;
        ask(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(engine::fetch_graph(&pool, select, &prefetches).await?) },
            move |py, graph| {
                let objects = state.objects(py, &graph, &nodes, session.as_ref())?;
                finish(py, objects)
            },
        )
    }

    pub(super) fn count<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let (pool, select) = (self.pool(py)?, self.select.clone());
        ask(
            py,
            &pool,
            mode,
            |pool: Pool| async move { Outcome::Ok(engine::count(&pool, select).await?) },
            |py, number| number.into_py_any(py),
        )
    }

    pub(super) fn exists<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        let (pool, select) = (self.pool(py)?, self.select.clone());
        ask(
            py,
            &pool,
            mode,
            |pool: Pool| async move { Outcome::Ok(engine::exists(&pool, select).await?) },
            |py, any| any.into_py_any(py),
        )
    }

    pub(super) fn create<'py>(
        &self,
        py: Python<'py>,
        values: Option<&Bound<'py, PyDict>>,
        mode: Mode,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(values) = values.filter(|_| !self.model.relationships.is_empty()) {
            for name in values.keys() {
                self.refuse_collection(name.cast::<PyString>()?)?;
            }
        }
        let instance = self.model.class(py)?.call((), values)?;
        insert_giving(&instance, self.using.as_ref().map(|using| using.bind(py)), mode, true)
    }

    /// One object is written: those of a collection would be left out without a word.
    fn refuse_collection(&self, name: &Bound<'_, PyString>) -> PyResult<()> {
        let text = name.to_cow()?;
        let Some(relationship) = self.model.relationship(&text) else { return Ok(()) };
        if !self.model.relationships[relationship].is_to_many() {
            return Ok(());
        }
        let model = &self.model.table.model;
        let message = format!(
            "create of {model} writes one object, not those of {text}: create it, then `await {}.{text}.add(...)`",
            model.to_lowercase()
        );
        Err(plain(name.py(), "QueryError", &message))
    }

    pub(super) fn update<'py>(
        &self,
        py: Python<'py>,
        values: Option<&Bound<'py, PyDict>>,
        mode: Mode,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.refuse_sliced(py, "update")?;
        let assignments = self.assignments(py, values)?;
        let (pool, table, filter) = (self.pool(py)?, self.model.table.clone(), self.select.filter.clone());
        ask(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(engine::update(&pool, &table, assignments, filter).await?) },
            |py, rows| rows.into_py_any(py),
        )
    }

    fn assignments(&self, py: Python<'_>, values: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<Assignment>> {
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            let message = format!("update of {} names no field; give at least one", self.model.table.model);
            return Err(plain(py, "QueryError", &message));
        };
        let mut faults = Faults::of(&self.model);
        let mut written: Vec<usize> = Vec::with_capacity(values.len());
        let mut assignments: Vec<Assignment> = Vec::with_capacity(values.len());
        for (name, value) in values {
            let name = name.cast::<PyString>()?.to_str()?;
            let Some(given) = faults.take(py, parts_of(py, &self.model, name, value))? else { continue };
            for (column, value) in given {
                let attribute = &self.model.column(column).attribute;
                if written.contains(&column) {
                    let also = if name == attribute { String::new() } else { format!(", once as {name}") };
                    let message = format!("update of {} names {attribute} twice{also}", self.model.table.model);
                    return Err(plain(py, "QueryError", &message));
                }
                written.push(column);
                if let Some(value) = faults.take(py, to_value(&self.model, column, &value))? {
                    assignments.push(Assignment { column, value: Expr::value(value) });
                }
            }
        }
        for stamp in stamps(py, &self.model, &written, &mut faults)? {
            assignments.push(Assignment { column: stamp.position, value: Expr::value(stamp.value) });
        }
        faults.finish(py)?;
        Ok(assignments)
    }

    pub(super) fn delete<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        self.refuse_sliced(py, "delete")?;
        let (pool, table, filter) = (self.pool(py)?, self.model.table.clone(), self.select.filter.clone());
        let also = assignments(&marks(py, &self.model)?);
        ask(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(engine::delete(&pool, &table, filter, also).await?) },
            |py, rows| rows.into_py_any(py),
        )
    }

    pub(super) fn hard_delete<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        self.refuse_sliced(py, "hard_delete")?;
        let (pool, table, filter) = (self.pool(py)?, self.model.table.clone(), self.select.filter.clone());
        ask(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(engine::remove(&pool, &table, filter).await?) },
            |py, rows| rows.into_py_any(py),
        )
    }

    pub(super) fn restore<'py>(&self, py: Python<'py>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
        self.refuse_sliced(py, "restore")?;
        let name = &self.model.table.model;
        if self.hides_deleted && self.model.table.role(Role::DeletedAt).is_some() {
            let message = format!("restore of {name}.objects, which leaves deleted rows out; say {name}.all_objects");
            return Err(plain(py, "QueryError", &message));
        }
        let (pool, table, filter) = (self.pool(py)?, self.model.table.clone(), self.select.filter.clone());
        let also = assignments(&marks(py, &self.model)?);
        ask(
            py,
            &pool,
            mode,
            move |pool: Pool| async move { Outcome::Ok(engine::restore(&pool, &table, filter, also).await?) },
            |py, rows| rows.into_py_any(py),
        )
    }
}
