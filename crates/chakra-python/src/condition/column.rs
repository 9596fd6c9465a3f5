//! A model's column in expressions: what `User.age` gives.

use std::sync::Arc;

use chakra::query::expr::Metric;
use chakra::query::{Direction, Expr, Lookup, Nulls, Order};
use pyo3::basic::CompareOp as Operator;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyTuple};

use super::node::Node;
use super::term::Term;
use super::{Distance, Document, OrderTerm, Q, condition, orderable};
use crate::error::plain;
use crate::schema::Model;

/// A column of a model in an expression: what `User.age` gives.
#[pyclass(frozen, module = "chakra")]
pub(crate) struct Column {
    pub(super) model: Arc<Model>,
    pub(super) position: usize,
}

impl Column {
    pub(crate) fn new(model: Arc<Model>, position: usize) -> Self {
        Self { model, position }
    }

    /// The field's name.
    pub(crate) fn attribute(&self) -> &str {
        &self.model.column(self.position).attribute
    }

    /// Its position, where it is a column of that model.
    pub(crate) fn position_in(&self, py: Python<'_>, model: &Model) -> PyResult<usize> {
        if self.model.table == model.table {
            return Ok(self.position);
        }
        let (owner, attribute) = (&self.model.table.model, self.attribute());
        let message = format!("{owner}.{attribute} is not a field of {}, which the query is about", model.table.model);
        Err(plain(py, "FieldError", &message))
    }

    fn condition(&self, lookup: Lookup, value: &Bound<'_, PyAny>) -> PyResult<Q> {
        let expr = condition(&self.model, self.position, lookup, value)?;
        Ok(Q { node: Arc::new(Node::resolved(Arc::clone(&self.model), Term::Plain(expr))) })
    }

    pub(super) fn ordered(&self, direction: Direction, nulls: Option<Nulls>) -> OrderTerm {
        let expr = Expr::Column(self.model.reference(self.position));
        OrderTerm { model: Arc::clone(&self.model), order: Order { expr, direction, nulls } }
    }
}

pub(super) fn lookup_of(operator: Operator) -> Lookup {
    match operator {
        Operator::Eq => Lookup::Exact,
        Operator::Ne => Lookup::Ne,
        Operator::Lt => Lookup::Lt,
        Operator::Le => Lookup::Lte,
        Operator::Gt => Lookup::Gt,
        Operator::Ge => Lookup::Gte,
    }
}

pub(super) fn nulls(first: bool, last: bool) -> PyResult<Option<Nulls>> {
    match (first, last) {
        (true, true) => Err(PyTypeError::new_err("nulls_first and nulls_last exclude each other")),
        (true, false) => Ok(Some(Nulls::First)),
        (false, true) => Ok(Some(Nulls::Last)),
        (false, false) => Ok(None),
    }
}

#[pymethods]
impl Column {
    fn __richcmp__(&self, other: &Bound<'_, PyAny>, operator: Operator) -> PyResult<Q> {
        self.condition(lookup_of(operator), other)
    }

    /// The place one step into a JSON document.
    fn __getitem__(&self, step: &Bound<'_, PyAny>) -> PyResult<Document> {
        Document::of_column(&self.model, self.position, step)
    }

    fn has_key(&self, key: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::HasKey, key)
    }

    fn has_keys(&self, keys: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::HasKeys, keys)
    }

    fn has_any_keys(&self, keys: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::HasAnyKeys, keys)
    }

    fn __hash__(&self) -> usize {
        self.position
    }

    fn contains(&self, what: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::Contains, what)
    }

    fn contained_by(&self, values: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::ContainedBy, values)
    }

    fn overlap(&self, values: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::Overlap, values)
    }

    fn fully_lt(&self, range: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::FullyLt, range)
    }

    fn fully_gt(&self, range: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::FullyGt, range)
    }

    fn not_lt(&self, range: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::NotLt, range)
    }

    fn not_gt(&self, range: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::NotGt, range)
    }

    fn adjacent_to(&self, range: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::AdjacentTo, range)
    }

    #[pyo3(signature = (yes=true))]
    fn is_empty(&self, py: Python<'_>, yes: bool) -> PyResult<Q> {
        self.condition(Lookup::IsEmpty, &PyBool::new(py, yes).to_owned().into_any())
    }

    fn net_contained(&self, network: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::NetContained, network)
    }

    fn net_contained_or_equal(&self, network: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::NetContainedOrEqual, network)
    }

    fn net_contains(&self, network: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::NetContains, network)
    }

    fn net_contains_or_equal(&self, network: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::NetContainsOrEqual, network)
    }

    fn net_overlaps(&self, network: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::NetOverlaps, network)
    }

    fn l2_distance(&self, vector: &Bound<'_, PyAny>) -> PyResult<Distance> {
        Distance::new(&self.model, self.position, Metric::L2, vector)
    }

    fn l1_distance(&self, vector: &Bound<'_, PyAny>) -> PyResult<Distance> {
        Distance::new(&self.model, self.position, Metric::L1, vector)
    }

    fn cosine_distance(&self, vector: &Bound<'_, PyAny>) -> PyResult<Distance> {
        Distance::new(&self.model, self.position, Metric::Cosine, vector)
    }

    fn negative_inner_product(&self, vector: &Bound<'_, PyAny>) -> PyResult<Distance> {
        Distance::new(&self.model, self.position, Metric::NegativeInnerProduct, vector)
    }

    fn search(&self, words: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::Search, words)
    }

    fn matches(&self, query: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::Matches, query)
    }

    fn icontains(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::IContains, text)
    }

    fn startswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::StartsWith, text)
    }

    fn istartswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::IStartsWith, text)
    }

    fn endswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::EndsWith, text)
    }

    fn iendswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::IEndsWith, text)
    }

    fn iexact(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::IExact, text)
    }

    fn in_(&self, values: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::In, values)
    }

    fn not_in(&self, values: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::NotIn, values)
    }

    #[pyo3(signature = (yes=true))]
    fn is_null(&self, py: Python<'_>, yes: bool) -> PyResult<Q> {
        self.condition(Lookup::IsNull, &PyBool::new(py, yes).to_owned().into_any())
    }

    fn between(&self, low: &Bound<'_, PyAny>, high: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::Range, &PyTuple::new(low.py(), [low, high])?.into_any())
    }

    #[pyo3(signature = (*, nulls_first=false, nulls_last=false))]
    fn asc(&self, py: Python<'_>, nulls_first: bool, nulls_last: bool) -> PyResult<OrderTerm> {
        orderable(py, &self.model, self.position)?;
        Ok(self.ordered(Direction::Ascending, nulls(nulls_first, nulls_last)?))
    }

    #[pyo3(signature = (*, nulls_first=false, nulls_last=false))]
    fn desc(&self, py: Python<'_>, nulls_first: bool, nulls_last: bool) -> PyResult<OrderTerm> {
        orderable(py, &self.model, self.position)?;
        Ok(self.ordered(Direction::Descending, nulls(nulls_first, nulls_last)?))
    }

    fn __repr__(&self) -> String {
        format!("<column {}.{}>", self.model.table.model, self.model.column(self.position).attribute)
    }
}
