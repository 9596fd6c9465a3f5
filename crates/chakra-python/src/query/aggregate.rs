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
use crate::operation::{Mode, ask};
use crate::relationship::{name_of, reach};
use crate::schema::Model;

/// What an aggregate is of, as it was given.
enum Subject {
    Rows,
    Field(String),
    /// A column or a relationship, as its class gives it, and its name.
    Given(Py<PyAny>, String),
}

/// A field of whose values an aggregate gives one, which may be an enumeration's.
type Label = (Arc<Model>, usize);

/// Aggregates with their names and fields.
type Named = (Vec<String>, Vec<query::Aggregate>, Vec<Option<Label>>);

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
            Subject::Given(given, _) => text.push_str(&given.bind(py).repr()?.to_cow()?),
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
        return Ok(Subject::Given(field.clone().unbind(), column.get().attribute().to_owned()));
    }
    if let Some(way) = field.getattr_opt(pyo3::intern!(field.py(), "__chakra_way__"))? {
        return Ok(Subject::Given(field.clone().unbind(), way.extract()?));
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
    /// The aggregate over rows of a model, and the field of whose values it gives one.
    fn resolve(&self, py: Python<'_>, model: &Arc<Model>) -> PyResult<(query::Aggregate, Option<Label>)> {
        let reached = match &self.subject {
            Subject::Rows => None,
            Subject::Field(name) => Some(reach(py, model, name, &self.verb())?),
            Subject::Given(given, name) => {
                name_of(model, given.bind(py))?; // of this model
                Some(reach(py, model, name, &self.verb())?)
            }
        };
        let mut node = match &reached {
            None => query::Aggregate::rows(),
            Some(reached) => query::Aggregate::of(self.function, reached.column(model)).map_err(raise)?,
        };
        if self.distinct {
            node = node.distinct().map_err(raise)?;
        }
        if let Some(condition) = &self.filter {
            node = node.filter(condition.get().resolve(py, model)?);
        }
        let gives_one = matches!(self.function, AggregateFunction::Min | AggregateFunction::Max);
        let label = reached.filter(|_| gives_one).map(|reached| {
            let owner = reached.model.unwrap_or_else(|| Arc::clone(model));
            (owner, reached.position)
        });
        Ok((node, label))
    }

    /// What is said of it in messages.
    fn verb(&self) -> String {
        format!("{} of related rows", self.function.name())
    }

    /// The name in the result of one that was given without: `amount__sum`; of rows, `count`.
    fn default_name(&self) -> String {
        let function = self.function.name().to_lowercase();
        match &self.subject {
            Subject::Rows => function,
            Subject::Field(name) | Subject::Given(_, name) => format!("{name}__{function}"),
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
        let (names, aggregates, labels) = self.named_aggregates(given, by_name)?;
        let select = if self.is_sliced() { self.ordered_select() } else { self.select.clone() };
        let pool = self.pool(py)?;
        ask(
            py,
            &pool,
            mode,
            |pool| async move { Outcome::Ok(engine::aggregate(&pool, select, aggregates).await?) },
            move |py, aggregated| {
                let dict = PyDict::new(py);
                for (number, name) in names.iter().enumerate() {
                    let label = labels[number].as_ref();
                    let members = label.and_then(|(model, position)| model.fields[*position].members.as_ref());
                    dict.set_item(name, value(py, &aggregated, number, members)?)?;
                }
                Ok(dict.into_any().unbind())
            },
        )
    }

    fn named_aggregates(&self, given: &Bound<'_, PyTuple>, by_name: Option<&Bound<'_, PyDict>>) -> PyResult<Named> {
        let py = given.py();
        let (mut names, mut aggregates, mut labels) = (Vec::new(), Vec::new(), Vec::new());
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
            let (aggregate, label) = one.get().resolve(py, &self.model)?;
            aggregates.push(aggregate);
            labels.push(label);
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
        Ok((names, aggregates, labels))
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
