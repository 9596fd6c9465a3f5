//! Aggregates: as Python writes them, and over a query.

use std::sync::Arc;

use chakra::engine::{self, Aggregated};
use chakra::query::{self, AggregateFunction};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::State;
use crate::condition::{Column, Q};
use crate::convert::Members;
use crate::error::{Outcome, plain, raise};
use crate::hydrate::ToPython;
use crate::operation::{Mode, run};
use crate::schema::Model;

/// What an aggregate is of, as it was given.
enum Subject {
    Rows,
    Field(String),
    Column(Py<Column>),
}

/// The common class of `Count`, `Sum`, `Avg`, `Min` and `Max`.
#[pyclass(frozen, subclass, module = "chakra._chakra")]
pub(crate) struct Aggregate {
    function: AggregateFunction,
    subject: Subject,
    distinct: bool,
    filter: Option<Py<Q>>,
}

#[pymethods]
impl Aggregate {
    #[new]
    #[pyo3(signature = (function, field, distinct, filter, /))]
    fn new(
        function: &str,
        field: Option<&Bound<'_, PyAny>>,
        distinct: bool,
        filter: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        use AggregateFunction::{Avg, Count, Max, Min, Sum};
        let function = [Count, Sum, Avg, Min, Max].into_iter().find(|one| one.name() == function);
        let function = function.ok_or_else(|| PyTypeError::new_err("use Count, Sum, Avg, Min or Max"))?;
        let filter = match filter {
            None => None,
            Some(given) => Some(given.cast::<Q>().map_err(|_| not_a_condition(given))?.clone().unbind()),
        };
        Ok(Self { function, subject: subject(function, field)?, distinct, filter })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = format!("{}(", self.function.name());
        match &self.subject {
            Subject::Rows => {}
            Subject::Field(name) => text.push_str(&PyString::new(py, name).repr()?.to_cow()?),
            Subject::Column(column) => text.push_str(&column.bind(py).repr()?.to_cow()?),
        }
        text.push_str(if self.distinct { ", distinct=True" } else { "" });
        text.push_str(if self.filter.is_some() { ", filter=..." } else { "" });
        text.push(')');
        Ok(text)
    }
}

fn subject(function: AggregateFunction, field: Option<&Bound<'_, PyAny>>) -> PyResult<Subject> {
    let Some(field) = field else {
        return match function {
            AggregateFunction::Count => Ok(Subject::Rows),
            _ => Err(PyTypeError::new_err(format!("{} takes a field's name, or a column", function.name()))),
        };
    };
    if let Ok(column) = field.cast::<Column>() {
        return Ok(Subject::Column(column.clone().unbind()));
    }
    let Ok(name) = field.cast::<PyString>() else {
        let message = format!("{} takes a field's name or a column such as User.age", function.name());
        return Err(PyTypeError::new_err(message));
    };
    match name.to_str()? {
        "*" if function == AggregateFunction::Count => Ok(Subject::Rows),
        name => Ok(Subject::Field(name.to_owned())),
    }
}

fn not_a_condition(given: &Bound<'_, PyAny>) -> PyErr {
    let class = given.get_type().name().map_or_else(|_| "object".into(), |name| name.to_string());
    PyTypeError::new_err(format!("filter takes a Q object or an expression such as User.age >= 18, not {class}"))
}

impl Aggregate {
    /// The aggregate over rows of a model.
    fn resolve(&self, py: Python<'_>, model: &Model) -> PyResult<query::Aggregate> {
        let mut node = match &self.subject {
            Subject::Rows => query::Aggregate::rows(),
            Subject::Field(name) => self.of(model, model.require(py, name)?)?,
            Subject::Column(column) => self.of(model, column.get().position_in(py, model)?)?,
        };
        if self.distinct {
            node = node.distinct().map_err(raise)?;
        }
        match &self.filter {
            Some(condition) => Ok(node.filter(condition.get().resolve(py, model)?)),
            None => Ok(node),
        }
    }

    fn of(&self, model: &Model, position: usize) -> PyResult<query::Aggregate> {
        query::Aggregate::of(self.function, model.reference(position)).map_err(raise)
    }

    /// The name in the result of one that was given without: `amount__sum`; of rows, `count`.
    fn default_name(&self) -> String {
        let function = self.function.name().to_lowercase();
        match &self.subject {
            Subject::Rows => function,
            Subject::Field(name) => format!("{name}__{function}"),
            Subject::Column(column) => format!("{}__{function}", column.get().attribute()),
        }
    }
}

impl State {
    pub(super) fn aggregate<'py>(
        &self,
        given: &Bound<'py, PyTuple>,
        by_name: Option<&Bound<'py, PyDict>>,
        mode: Mode,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = given.py();
        let (names, aggregates) = self.named_aggregates(given, by_name)?;
        let labelled: Vec<Option<usize>> = aggregates.iter().map(|one| self.labelled(one)).collect();
        let model = Arc::clone(&self.model);
        let select = if self.is_sliced() { self.ordered_select() } else { self.select.clone() };
        let pool = self.pool(py)?;
        run(
            py,
            &pool,
            mode,
            |pool| async move { Outcome::Ok(engine::aggregate(&pool, select, aggregates).await?) },
            move |py, aggregated| {
                let dict = PyDict::new(py);
                for (number, name) in names.iter().enumerate() {
                    let members = labelled[number].and_then(|position| model.fields[position].members.as_ref());
                    dict.set_item(name, value(py, &aggregated, number, members)?)?;
                }
                Ok(dict.into_any().unbind())
            },
        )
    }

    /// The field of whose values an aggregate gives one, where these are an enumeration's.
    fn labelled(&self, aggregate: &query::Aggregate) -> Option<usize> {
        use AggregateFunction::{Max, Min};
        let column = aggregate.column.as_ref().filter(|column| column.table == self.model.table)?;
        matches!(aggregate.function, Min | Max).then_some(column.position)
    }

    fn named_aggregates(
        &self,
        given: &Bound<'_, PyTuple>,
        by_name: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(Vec<String>, Vec<query::Aggregate>)> {
        let py = given.py();
        let (mut names, mut aggregates) = (Vec::new(), Vec::new());
        let mut take = |name: Option<String>, one: &Bound<'_, PyAny>| -> PyResult<()> {
            let one = one.cast::<Aggregate>().map_err(|_| {
                PyTypeError::new_err("aggregate takes Count, Sum, Avg, Min and Max, such as total=Sum(\"amount\")")
            })?;
            let name = name.unwrap_or_else(|| one.get().default_name());
            if names.contains(&name) {
                let message =
                    format!("aggregate of {} has two results {name:?}; name one of them", self.model.table.model);
                return Err(plain(py, "QueryError", &message));
            }
            aggregates.push(one.get().resolve(py, &self.model)?);
            names.push(name);
            Ok(())
        };
        for one in given {
            take(None, &one)?;
        }
        for (name, one) in by_name.into_iter().flatten() {
            take(Some(name.extract()?), &one)?;
        }
        if names.is_empty() {
            let message = format!("aggregate of {} names nothing; give at least one", self.model.table.model);
            return Err(plain(py, "QueryError", &message));
        }
        Ok((names, aggregates))
    }
}

fn value<'py>(
    py: Python<'py>,
    aggregated: &Aggregated,
    number: usize,
    members: Option<&Members>,
) -> PyResult<Bound<'py, PyAny>> {
    let made = aggregated.visit(number, ToPython(py)).map_err(raise)??;
    match members {
        Some(members) => members.read(made).unwrap_or_else(|found| Err(raise(aggregated.undecodable(number, found)))),
        None => Ok(made),
    }
}
