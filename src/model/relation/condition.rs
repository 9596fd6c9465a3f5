//! Conditions and orders along relationships.

use std::fmt;

use super::load::key_of;
use super::{Hinge, IntoWay, Relation, Way};
use crate::engine::Step;
use crate::error::{Error, ValidationError};
use crate::model::Model;
use crate::model::column::Column;
use crate::model::condition::Condition;
use crate::model::fault::Fault;
use crate::model::order::{IntoOrder, OrderTerm};
use crate::model::related::{RelatedValue, ToOne};
use crate::query::expr::CompareOp;
use crate::query::{ColumnRef, Direction, Expr, Path, lookup};
use crate::schema::TableRef;
use crate::schema::relationship::Link;
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
        Condition::new(condition.into_expr().and_then(|condition| reach(&self.hinges, Some(condition))))
    }

    /// There is a row at its end.
    pub fn exists(&self) -> Condition<M> {
        Condition::new(self.any())
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
        Condition::new(self.told_by_keys(objects))
    }

    /// A column of the one row at its end, to order by.
    pub fn field<V>(self, column: Column<T::Model, V>) -> FieldOf<M, T, V>
    where
        T: ToOne,
    {
        FieldOf { way: self, column }
    }

    fn any(&self) -> Result<Expr, Fault> {
        if let Some((last, before)) = self.hinges.split_last()
            && let Some(([only], _)) = last.kept_key()?
        {
            let refers = lookup::is_null(Expr::column((last.own)(), *only), false);
            return reach(before, Some(refers));
        }
        reach(&self.hinges, None)
    }

    fn told_by_keys<'a>(&self, objects: impl IntoIterator<Item = &'a T::Model>) -> Result<Expr, Fault> {
        let place = self.key_place()?;
        let mut keys =
            objects.into_iter().map(|object| self.key_of(object, place.told_by)).collect::<Result<Vec<_>, _>>()?;
        let column = |at: &usize| Expr::column(place.table, *at);
        let one_key = |values: Vec<Value>| {
            let equal = |(at, value): (&usize, Value)| lookup::compare(column(at), CompareOp::Eq, value);
            Expr::And(place.columns.iter().zip(values).map(equal).collect())
        };
        let condition = match (keys.len(), place.columns) {
            (0, _) => return Ok(Expr::Constant(false)),
            (1, _) => keys.pop().map_or(Expr::Constant(false), one_key),
            (_, [only]) => lookup::in_list(column(only), keys.into_iter().flatten().collect()),
            _ => {
                let columns: Vec<ColumnRef> =
                    place.columns.iter().map(|at| ColumnRef::root(place.table, *at)).collect();
                lookup::in_keys(&columns, keys)
            }
        };
        reach(&self.hinges[..place.steps], Some(condition))
    }

    /// Where the key of a row at the end is to be found: in a foreign key that leads there, so that the last step need not
    /// be taken, or in the row itself.
    fn key_place(&self) -> Result<KeyPlace, Fault> {
        let (table, key) = (T::Model::table(), T::Model::table().primary_key.as_slice());
        if let Some((last, before)) = self.hinges.split_last()
            && let Some((own, target)) = last.kept_key()?
        {
            return Ok(KeyPlace { table: (last.own)(), columns: own, told_by: target, steps: before.len() });
        }
        Ok(KeyPlace { table, columns: key, told_by: key, steps: self.hinges.len() })
    }

    fn key_of(&self, object: &T::Model, columns: &[usize]) -> Result<Vec<Value>, Fault> {
        let key = if object.key().is_some() { key_of(object, columns) } else { Ok(None) };
        match key {
            Ok(Some(key)) => Ok(key),
            Ok(None) => {
                let message =
                    format!("this {} has no key yet, and is told by it; insert it first", T::Model::table().model);
                let names: Vec<_> = self.hinges.iter().map(|hinge| hinge.declared().name.as_str()).collect();
                let error = ValidationError::new(&M::table().model, names.join("."), "primary_key", message);
                Err(Fault::Validation(Box::new(error)))
            }
            Err(Error::Validation(error)) => Err(Fault::Validation(error)),
            Err(error) => Err(Fault::Query(error.to_string())),
        }
    }
}

/// Columns of a table, by position.
type Columns = &'static [usize];

/// By which columns a row at a way's end is told.
struct KeyPlace {
    /// Whose columns.
    table: &'static TableRef,
    columns: Columns,
    /// Of the row itself, those that hold the same.
    told_by: Columns,
    /// How many steps lead to the table.
    steps: usize,
}

/// The condition behind some steps, asked where they start.
fn reach(steps: &[&Hinge], condition: Option<Expr>) -> Result<Expr, Fault> {
    let mut reached = condition;
    for hinge in steps.iter().rev() {
        let step = &hinge.resolved().map_err(Fault::Definition)?.step;
        // A way to one leads to its row, marked as deleted or not, as loading it does.
        let there = if hinge.is_to_many { Step::exists } else { Step::reaches };
        reached = Some(there(step, Path::default(), reached));
    }
    reached.ok_or_else(|| Fault::Query("a way without steps leads nowhere".to_owned()))
}

impl Hinge {
    /// A foreign key of its own table that the database holds to its word, with what it refers to.
    fn kept_key(&'static self) -> Result<Option<(Columns, Columns)>, Fault> {
        let resolved = self.resolved().map_err(Fault::Definition)?;
        let Link::Forward { own, target } = &resolved.link else { return Ok(None) };
        let is_kept = (self.own)().foreign_keys.iter().any(|key| key.columns == *own);
        Ok(is_kept.then_some((own.as_slice(), target.as_slice())))
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
