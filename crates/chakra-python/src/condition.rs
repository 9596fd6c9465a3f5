//! `Q`, and what `User.age` gives: conditions as Python writes them, resolved against a model when a
//! query takes them.

mod array;
mod column;
mod distance;
mod document;
mod key;
mod node;
mod own;
mod related;
mod term;

use std::sync::Arc;

use chakra::query::{Direction, Expr, Lookup, Order, lookup};
use chakra::types::{Kind, SqlType, Value};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString, PyTuple};

pub(crate) use column::Column;
use column::{lookup_of, nulls};
pub(crate) use distance::Distance;
pub(crate) use document::Document;
use node::Node;
pub(crate) use related::related_condition;
use term::Term;

use crate::convert::to_comparand;
use crate::error::plain;
use crate::relationship::{name_of, named_order};
use crate::schema::{Model, nearest};

/// A condition: keyword lookups and other conditions, all of which must hold; combined by `&`, `|`, `^` and `~`.
#[pyclass(frozen, module = "chakra")]
pub(crate) struct Q {
    node: Arc<Node>,
}

#[pymethods]
impl Q {
    #[new]
    #[pyo3(signature = (*conditions, **lookups))]
    fn new(conditions: &Bound<'_, PyTuple>, lookups: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut nodes = Vec::with_capacity(conditions.len() + 1);
        for condition in conditions {
            nodes.push(Arc::clone(&condition_of(&condition)?.get().node));
        }
        if let Some(lookups) = lookups {
            let pairs = lookups.iter().map(|(name, value)| Ok((name.extract()?, value.unbind())));
            nodes.push(Arc::new(Node::lookups(pairs.collect::<PyResult<_>>()?)));
        }
        Ok(Self { node: Node::all(nodes) })
    }

    fn __and__(&self, other: &Bound<'_, Self>) -> Self {
        Self { node: Node::all(vec![Arc::clone(&self.node), Arc::clone(&other.get().node)]) }
    }

    fn __or__(&self, other: &Bound<'_, Self>) -> Self {
        Self { node: Node::any(&self.node, &other.get().node) }
    }

    fn __xor__(&self, other: &Bound<'_, Self>) -> Self {
        let (left, right) = (&self.node, &other.get().node);
        let one_way = Node::all(vec![Arc::clone(left), Node::not(right)]);
        let other_way = Node::all(vec![Node::not(left), Arc::clone(right)]);
        Self { node: Node::either(vec![one_way, other_way]) }
    }

    fn __invert__(&self) -> Self {
        Self { node: Node::not(&self.node) }
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(PyTypeError::new_err(
            "a condition has no truth value: combine conditions with &, | and ~ (and parentheses), not with and, or, not",
        ))
    }
}

impl Q {
    /// The condition on a model.
    pub(crate) fn resolve(&self, py: Python<'_>, model: &Model) -> PyResult<Expr> {
        self.node.resolve(py, model)?.lower(py, model)
    }
}

fn condition_of<'a, 'py>(condition: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, Q>> {
    condition.cast::<Q>().map_err(|_| {
        let class = condition.get_type().name().map_or_else(|_| "object".into(), |name| name.to_string());
        PyTypeError::new_err(format!(
            "a condition must be a Q object or an expression such as User.age >= 18, not {class}; write lookups as keywords, such as pk=1"
        ))
    })
}

/// What `filter` and its like were given, as one condition on a model; None for nothing at all.
pub(crate) fn conditions(
    model: &Model,
    conditions: &Bound<'_, PyTuple>,
    lookups: Option<&Bound<'_, PyDict>>,
) -> PyResult<Option<Expr>> {
    let py = conditions.py();
    let mut terms = Vec::new();
    for condition in conditions {
        terms.push(condition_of(&condition)?.get().node.resolve(py, model)?);
    }
    if let Some(lookups) = lookups {
        for (name, value) in lookups {
            terms.push(keyword(model, &name.cast::<PyString>()?.to_string_lossy(), &value)?);
        }
    }
    if terms.is_empty() { Ok(None) } else { Term::All(terms).lower(py, model).map(Some) }
}

/// The condition of one keyword: `field=value`, `field__lookup=value`, or either behind relationships.
fn keyword(model: &Model, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Term> {
    if model.position(name).is_none()
        && let Some(term) = related::condition(model, name, value)
    {
        return term;
    }
    own_keyword(model, name, value).map(Term::Plain)
}

/// The condition of a keyword about the model's own fields.
fn own_keyword(model: &Model, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Expr> {
    if let Some(position) = model.position(name) {
        return condition(model, position, Lookup::Exact, value);
    }
    if let Some(condition) = key::condition(model, name, value) {
        return condition;
    }
    if let Some(condition) = document::keyword(model, name, value) {
        return condition;
    }
    let py = value.py();
    let Some((field, lookup)) = name.rsplit_once("__") else { return Err(model.unknown_field(py, name)) };
    let Some(position) = model.position(field) else {
        if let Some((position, lookup)) = of_length(model, field, lookup) {
            return array::length(model, position, lookup, value);
        }
        let head = field.split("__").next().unwrap_or(field);
        return match model.position(head) {
            Some(position) => Err(unknown_lookup(py, model, position, name)),
            None => Err(model.unknown_field(py, if head.is_empty() { name } else { head })),
        };
    };
    match Lookup::from_name(lookup) {
        Some(lookup) => condition(model, position, lookup, value),
        None => Err(unknown_lookup(py, model, position, name)),
    }
}

/// `tags__len__gte`: the column and the lookup of its length.
fn of_length(model: &Model, field: &str, lookup: &str) -> Option<(usize, Lookup)> {
    let position = model.position(field.strip_suffix("__len")?)?;
    let is_array = model.column(position).sql_type.element().is_some();
    Some((position, Lookup::from_name(lookup).filter(|_| is_array)?))
}

fn unknown_lookup(py: Python<'_>, model: &Model, position: usize, name: &str) -> PyErr {
    let column = model.column(position);
    let lookup = name.split_once("__").map_or(name, |(_, lookup)| lookup);
    let names = Lookup::names_of(&column.sql_type);
    let hint = nearest(lookup, names.iter().copied());
    let message = format!(
        "{}.{} has no lookup {lookup:?}{hint}; those of {} are {}",
        model.table.model,
        column.attribute,
        column.sql_type.name(),
        names.join(", ")
    );
    plain(py, "FieldError", &message)
}

/// Databases disagree on which documents are equal, and on which is greater.
fn no_order_of_documents(py: Python<'_>, model: &Model, position: usize) -> PyErr {
    let message = format!(
        "{}.{} is {}, whose values have no order that is the same in every database; nor are whole documents compared: ask whether it is None",
        model.table.model,
        model.column(position).attribute,
        model.column(position).sql_type.name()
    );
    plain(py, "FieldError", &message)
}

fn condition(model: &Model, position: usize, lookup: Lookup, value: &Bound<'_, PyAny>) -> PyResult<Expr> {
    let subject = Expr::Column(model.reference(position));
    let is_array = model.column(position).sql_type.element().is_some();
    match lookup {
        Lookup::IsNull => match value.cast::<PyBool>() {
            Ok(yes) => Ok(lookup::is_null(subject, yes.is_true())),
            Err(_) => Err(wrong_argument(model, position, lookup, value, "True or False")),
        },
        _ if is_array => array::condition(model, position, lookup, value),
        Lookup::Exact | Lookup::Ne if value.is_none() => {
            Ok(lookup::single(subject, lookup, to_comparand(model, position, value)?))
        }
        _ if model.column(position).sql_type.kind() == Kind::Json => {
            document::condition(model, position, Vec::new(), lookup, value)
        }
        _ => match own::condition(model, position, lookup, value) {
            Some(condition) => condition,
            None => common_condition(model, position, subject, lookup, value),
        },
    }
}

/// A condition that columns of many types know.
fn common_condition(
    model: &Model,
    position: usize,
    subject: Expr,
    lookup: Lookup,
    value: &Bound<'_, PyAny>,
) -> PyResult<Expr> {
    match lookup {
        _ if !value.is_none() && !comparable(&model.column(position).sql_type, lookup) => {
            Err(no_order_of_documents(value.py(), model, position))
        }
        Lookup::In => Ok(one_of(model, position, subject, value)?),
        Lookup::NotIn => Ok(one_of(model, position, subject, value)?.not()),
        Lookup::Range => {
            let bounds = members(model, position, lookup, value)?;
            let [low, high]: [Value; 2] =
                bounds.try_into().map_err(|_| wrong_argument(model, position, lookup, value, PAIR))?;
            Ok(lookup::range(subject, low, high))
        }
        _ if lookup.is_textual() && model.column(position).sql_type.kind() != Kind::Text => {
            let message = format!(
                "{}.{} is {}: the lookup {:?} looks into text only",
                model.table.model,
                model.column(position).attribute,
                model.column(position).sql_type.name(),
                lookup.name()
            );
            Err(plain(value.py(), "FieldError", &message))
        }
        _ => Ok(lookup::single(subject, lookup, to_comparand(model, position, value)?)),
    }
}

/// What is wrong with a lookup that only others have.
fn is_for(model: &Model, position: usize, lookup: Lookup, value: &Bound<'_, PyAny>, others: &str) -> PyErr {
    let message = format!(
        "{}.{} is {}: the lookup {:?} is for {others}",
        model.table.model,
        model.column(position).attribute,
        model.column(position).sql_type.name(),
        lookup.name()
    );
    plain(value.py(), "FieldError", &message)
}

/// Whether values of a type can be compared in this way.
fn comparable(sql_type: &SqlType, lookup: Lookup) -> bool {
    match lookup {
        Lookup::IsNull => true,
        Lookup::Exact | Lookup::Ne | Lookup::In | Lookup::NotIn => sql_type.has_equality(),
        _ => sql_type.is_ordered(),
    }
}

/// Membership. A number that no integer of 64 bits can be is never a member.
fn one_of(model: &Model, position: usize, subject: Expr, value: &Bound<'_, PyAny>) -> PyResult<Expr> {
    let mut values = members(model, position, Lookup::In, value)?;
    if model.column(position).sql_type.kind() == Kind::Integer {
        values.retain(|value| !matches!(value, Value::Decimal(_)));
    }
    Ok(lookup::in_list(subject, values))
}

fn members(model: &Model, position: usize, lookup: Lookup, value: &Bound<'_, PyAny>) -> PyResult<Vec<Value>> {
    listed(model, position, lookup, value)?.iter().map(|member| to_comparand(model, position, member)).collect()
}

/// The members of a list, tuple or set.
fn listed<'py>(
    model: &Model,
    position: usize,
    lookup: Lookup,
    value: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let expected = if lookup == Lookup::Range { PAIR } else { "a list, tuple or set of values" };
    let refused = || wrong_argument(model, position, lookup, value, expected);
    // Text and bytes can be iterated too, which nobody means by them.
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        return Err(refused());
    }
    value.try_iter().map_err(|_| refused())?.collect()
}

/// What `range` takes.
const PAIR: &str = "a pair: (least, greatest)";

fn wrong_argument(model: &Model, position: usize, lookup: Lookup, value: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    let message = format!("the lookup {:?} takes {expected}", lookup.name());
    crate::error::validation(value.py(), model.place(position), Some(value), lookup.name(), &message)
}

/// One term of an order: what `User.age.desc()` gives.
#[pyclass(frozen, name = "Order", module = "chakra")]
pub(crate) struct OrderTerm {
    model: Arc<Model>,
    order: Order,
}

/// One argument of `order_by`: `"name"`, `"-name"`, a column, `column.desc()`, or a relationship to one. `"pk"` is as many
/// terms as the key has fields.
pub(crate) fn order_of(model: &Model, term: &Bound<'_, PyAny>) -> PyResult<Vec<Order>> {
    let py = term.py();
    if let Ok(term) = term.cast::<OrderTerm>() {
        return own(py, model, &term.get().model, || vec![term.get().order.clone()]);
    }
    if let Ok(column) = term.cast::<Column>() {
        let column = column.get();
        orderable(py, &column.model, column.position)?;
        return own(py, model, &column.model, || vec![column.ordered(Direction::Ascending, None).order]);
    }
    match name_of(model, term)? {
        Some(name) => named_order(py, model, &name),
        None => Err(PyTypeError::new_err(
            "order_by takes names of fields and relationships (\"-name\" for descending) and column expressions",
        )),
    }
}

pub(crate) fn orderable(py: Python<'_>, model: &Model, position: usize) -> PyResult<()> {
    if model.column(position).sql_type.is_ordered() {
        return Ok(());
    }
    Err(no_order_of_documents(py, model, position))
}

fn own<T>(py: Python<'_>, model: &Model, owner: &Model, order: impl FnOnce() -> T) -> PyResult<T> {
    if owner.table == model.table {
        return Ok(order());
    }
    let message = format!("{} cannot be ordered by a column of {}", model.table.model, owner.table.model);
    Err(plain(py, "FieldError", &message))
}
