//! Conditions and orders along relationships.

use std::fmt;

use super::{IntoWay, Relation, Way};
use crate::error::ValidationError;
use crate::model::Model;
use crate::model::column::Column;
use crate::model::condition::Condition;
use crate::model::fault::Fault;
use crate::model::order::{IntoOrder, OrderTerm};
use crate::model::related::{RelatedValue, ToOne};
use crate::query::expr::CompareOp;
use crate::query::{ColumnRef, Direction, Expr, Path, lookup};
use crate::types::Value;

impl<M: Model, T: RelatedValue> Relation<M, T> {
    /// There is a related row that meets the condition, all of it. Never gives a row twice.
    ///
    /// Two conditions in one call are about one and the same related row; two calls may be met by different ones.
    pub fn has(self, condition: Condition<T::Model>) -> Condition<M> {
        self.into_way().has(condition)
    }

    /// There is a related row.
    pub fn exists(self) -> Condition<M> {
        self.into_way().exists()
    }

    /// There is no related row.
    pub fn is_none(self) -> Condition<M> {
        self.into_way().is_none()
    }

    /// This object is the related row, or one of them; it is told by its key.
    pub fn is(self, object: &T::Model) -> Condition<M> {
        self.into_way().is(object)
    }

    /// One of these objects is the related row, or one of them.
    pub fn is_in<'a>(self, objects: impl IntoIterator<Item = &'a T::Model>) -> Condition<M> {
        self.into_way().is_in(objects)
    }

    /// A column of the one related row, to order by.
    pub fn field<V>(self, column: Column<T::Model, V>) -> FieldOf<M, T, V>
    where
        T: ToOne,
    {
        self.into_way().field(column)
    }
}

impl<M: Model, T: RelatedValue> Way<M, T> {
    /// There is a row at its end that meets the condition; see [`Relation::has`].
    pub fn has(&self, condition: Condition<T::Model>) -> Condition<M> {
        Condition::new(condition.into_expr().and_then(|condition| self.reach(Some(condition))))
    }

    /// There is a row at its end.
    pub fn exists(&self) -> Condition<M> {
        Condition::new(self.reach(None))
    }

    /// There is no row at its end.
    pub fn is_none(&self) -> Condition<M> {
        !self.exists()
    }

    /// This object is a row at its end; it is told by its key.
    pub fn is(&self, object: &T::Model) -> Condition<M> {
        self.is_in([object])
    }

    /// One of these objects is a row at its end.
    pub fn is_in<'a>(&self, objects: impl IntoIterator<Item = &'a T::Model>) -> Condition<M> {
        let table = T::Model::table();
        let one_key = |values: Vec<Value>| {
            let parts = table.primary_key.iter().zip(values);
            let equal = |(at, value): (&usize, Value)| lookup::compare(Expr::column(table, *at), CompareOp::Eq, value);
            Expr::And(parts.map(equal).collect())
        };
        let mut keys = Vec::new();
        for object in objects {
            match self.key_of(object) {
                Ok(values) => keys.push(values),
                Err(fault) => return Condition::new(Err(fault)),
            }
        }
        let condition = match (keys.len(), table.primary_key.as_slice()) {
            (0, _) => return Condition::new(Ok(Expr::Constant(false))),
            (1, _) => keys.pop().map_or(Expr::Constant(false), one_key),
            (_, [only]) => lookup::in_list(Expr::column(table, *only), keys.into_iter().flatten().collect()),
            _ => Expr::Or(keys.into_iter().map(one_key).collect()),
        };
        Condition::new(self.reach(Some(condition)))
    }

    /// A column of the one row at its end, to order by.
    pub fn field<V>(self, column: Column<T::Model, V>) -> FieldOf<M, T, V>
    where
        T: ToOne,
    {
        FieldOf { way: self, column }
    }

    fn key_of(&self, object: &T::Model) -> Result<Vec<Value>, Fault> {
        use crate::model::key::Key as _;
        let table = T::Model::table();
        let refused = |constraint: &str, message: String| {
            let model = &M::table().model;
            let names = self.hinges.iter().map(|hinge| hinge.declared().name.as_str()).collect::<Vec<_>>().join(".");
            Fault::Validation(Box::new(ValidationError::new(model, names, constraint, message)))
        };
        let unsaved = || format!("this {} has no key yet, and is told by it; insert it first", table.model);
        let key = object.key().ok_or_else(|| refused("primary_key", unsaved()))?;
        key.to_values().map_err(|message| refused("representable", message))
    }

    /// The condition at the way's end, asked where it starts.
    fn reach(&self, condition: Option<Expr>) -> Result<Expr, Fault> {
        let mut reached = condition;
        for hinge in self.hinges.iter().rev() {
            let step = &hinge.resolved().map_err(Fault::Definition)?.step;
            reached = Some(step.exists(Path::default(), reached));
        }
        reached.ok_or_else(|| Fault::Query("a way without steps leads nowhere".to_owned()))
    }
}

/// A column of the row that a way leads to, to order by. Where there is no such row it reads as NULL.
pub struct FieldOf<M, T: RelatedValue, V> {
    way: Way<M, T>,
    column: Column<T::Model, V>,
}

impl<M: Model, T: RelatedValue, V> fmt::Debug for FieldOf<M, T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.way, self.column)
    }
}

impl<M: Model, T: RelatedValue, V> FieldOf<M, T, V> {
    /// Smallest first, NULL last.
    pub fn asc(self) -> OrderTerm<M> {
        OrderTerm::fallible(self.expr(), Direction::Ascending)
    }

    /// Largest first, NULL first.
    pub fn desc(self) -> OrderTerm<M> {
        OrderTerm::fallible(self.expr(), Direction::Descending)
    }

    fn expr(&self) -> Result<Expr, Fault> {
        if let Some(many) = self.way.hinges.iter().find(|hinge| hinge.is_to_many) {
            let message = format!("{} leads to many rows, of which none is the one to order by", many.name());
            return Err(Fault::Query(message));
        }
        let mut path = Path::default();
        for hinge in &self.way.hinges {
            path = path.then(hinge.resolved().map_err(Fault::Definition)?.step.hop.clone());
        }
        Ok(Expr::Column(ColumnRef { path, ..self.column.reference() }))
    }
}

impl<M: Model, T: RelatedValue, V> IntoOrder<M> for FieldOf<M, T, V> {
    fn into_order(self) -> Vec<OrderTerm<M>> {
        vec![self.asc()]
    }
}
