//! Vectors of PostgreSQL's extension `vector`.

use std::marker::PhantomData;

use crate::model::Model;
use crate::model::column::Column;
use crate::model::condition::Condition;
use crate::model::order::OrderTerm;
use crate::query::expr::{CompareOp, Metric};
use crate::query::{Direction, Expr, lookup};
use crate::types::postgres::Vector;
use crate::types::{PostgresValue, Value};

marks! {
    /// The Rust types of columns of vectors.
    VectorValue: "only columns of vectors have distances; this one is of type `{Self}`", Vector
}

/// Distances of vectors, on PostgreSQL with its extension `vector`.
///
/// # Examples
///
/// ```
/// use chakra::{Model, postgres::Vector};
///
/// #[derive(Model)]
/// struct Picture {
///     #[chakra(primary_key)]
///     id: i64,
///     look: Vector,
/// }
///
/// let like = Vector(vec![1.0, 0.5, 0.0]);
/// let near = Picture::look().cosine_distance(like.clone()).lt(0.2);
/// let query = Picture::query().filter(near).order_by(Picture::look().cosine_distance(like).asc()).limit(5);
/// ```
impl<M: Model, T: VectorValue> Column<M, T> {
    /// The length of the straight line.
    pub fn l2_distance(self, from: Vector) -> VectorDistance<M> {
        self.distance(Metric::L2, from)
    }

    /// The sum of the differences.
    pub fn l1_distance(self, from: Vector) -> VectorDistance<M> {
        self.distance(Metric::L1, from)
    }

    /// One minus the cosine of the angle.
    pub fn cosine_distance(self, from: Vector) -> VectorDistance<M> {
        self.distance(Metric::Cosine, from)
    }

    /// The inner product, negated, so that the greatest comes first.
    pub fn negative_inner_product(self, from: Vector) -> VectorDistance<M> {
        self.distance(Metric::NegativeInnerProduct, from)
    }

    fn distance(self, metric: Metric, from: Vector) -> VectorDistance<M> {
        let expr = lookup::distance(Expr::Column(self.reference()), metric, PostgresValue::Vector(from));
        VectorDistance { expr, model: PhantomData }
    }
}

/// The distance of vectors, to be compared or ordered by.
#[derive(Debug)]
#[must_use = "a distance does nothing until it is compared or ordered by"]
pub struct VectorDistance<M> {
    expr: Expr,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> VectorDistance<M> {
    /// Less.
    pub fn lt(self, distance: f64) -> Condition<M> {
        self.compare(CompareOp::Lt, distance)
    }

    /// Less or equal.
    pub fn lte(self, distance: f64) -> Condition<M> {
        self.compare(CompareOp::Le, distance)
    }

    /// Greater.
    pub fn gt(self, distance: f64) -> Condition<M> {
        self.compare(CompareOp::Gt, distance)
    }

    /// Greater or equal.
    pub fn gte(self, distance: f64) -> Condition<M> {
        self.compare(CompareOp::Ge, distance)
    }

    /// Nearest first.
    pub fn asc(self) -> OrderTerm<M> {
        OrderTerm::new(self.expr, Direction::Ascending)
    }

    /// Farthest first.
    pub fn desc(self) -> OrderTerm<M> {
        OrderTerm::new(self.expr, Direction::Descending)
    }

    fn compare(self, op: CompareOp, distance: f64) -> Condition<M> {
        Condition::new(Ok(lookup::compare(self.expr, op, Value::Float(distance))))
    }
}
