//! Distances of vectors: what `Picture.look.cosine_distance([…])` gives.

use std::sync::Arc;

use chakra::query::expr::Metric;
use chakra::query::{Direction, Expr, Order, lookup};
use chakra::types::{Kind, PostgresKind, SqlType, Value};
use pyo3::basic::CompareOp as Operator;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::{OrderTerm, Q, lookup_of, node::Node, nulls, term::Term};
use crate::convert::{adapted_as, to_comparand};
use crate::error::plain;
use crate::schema::Model;

/// The distance of a column's vectors from another, to be compared with a number or ordered by.
#[pyclass(frozen, module = "chakra")]
pub(crate) struct Distance {
    model: Arc<Model>,
    position: usize,
    expr: Expr,
}

impl Distance {
    pub(super) fn new(
        model: &Arc<Model>,
        position: usize,
        metric: Metric,
        vector: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let column = model.column(position);
        let from = match column.sql_type.kind() {
            Kind::Postgres(PostgresKind::Vector) => to_comparand(model, position, vector)?,
            _ => Value::Null(Kind::Float),
        };
        let Value::Postgres(from) = from else {
            let message = format!(
                "{}.{} is {}, and distances are those of a Vector from a list of floats",
                model.table.model,
                column.attribute,
                column.sql_type.name()
            );
            return Err(plain(vector.py(), "FieldError", &message));
        };
        let expr = lookup::distance(Expr::Column(model.reference(position)), metric, *from);
        Ok(Self { model: Arc::clone(model), position, expr })
    }

    fn ordered(&self, direction: Direction, first: bool, last: bool) -> PyResult<OrderTerm> {
        let order = Order { expr: self.expr.clone(), direction, nulls: nulls(first, last)? };
        Ok(OrderTerm { model: Arc::clone(&self.model), order })
    }
}

#[pymethods]
impl Distance {
    fn __richcmp__(&self, other: &Bound<'_, PyAny>, operator: Operator) -> PyResult<Q> {
        if matches!(operator, Operator::Eq | Operator::Ne) {
            return Err(PyTypeError::new_err("a distance is a float: compare it with <, <=, > or >="));
        }
        let distance = adapted_as(&self.model, self.position, &SqlType::Float, other)?;
        let expr = lookup::single(self.expr.clone(), lookup_of(operator), distance);
        Ok(Q { node: Arc::new(Node::resolved(Arc::clone(&self.model), Term::Plain(expr))) })
    }

    #[pyo3(signature = (*, nulls_first=false, nulls_last=false))]
    fn asc(&self, nulls_first: bool, nulls_last: bool) -> PyResult<OrderTerm> {
        self.ordered(Direction::Ascending, nulls_first, nulls_last)
    }

    #[pyo3(signature = (*, nulls_first=false, nulls_last=false))]
    fn desc(&self, nulls_first: bool, nulls_last: bool) -> PyResult<OrderTerm> {
        self.ordered(Direction::Descending, nulls_first, nulls_last)
    }
}
