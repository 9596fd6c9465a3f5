//! Objects of any model, for what handles those of many models at once.

use std::any::Any;

use super::Model;
use super::instance::{generated_column, key_values, marks};
use super::key::Key;
use super::relation::{Hinge, RelatedField, key_of, settle};
use super::update::supplied;
use super::validation::{Faults, checked_but};
use super::value::Row;
use crate::engine::{Record, Rows};
use crate::error::{Error, Result};
use crate::query::Assignment;
use crate::schema::TableRef;
use crate::schema::relationship::Link;
use crate::types::Value;

/// An object of some model. Every model is one.
pub trait Entity: Any + Send + Sync {
    /// Its model's table.
    fn table_of(&self) -> &'static TableRef;

    /// As [`Model::values`].
    ///
    /// # Errors
    ///
    /// As [`Model::values`].
    fn column_values(&self) -> Result<Vec<Value>>;

    /// Its primary key; None where it is not set yet.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for a key that no database could keep.
    fn key_values(&self) -> Result<Option<Vec<Value>>>;

    /// Its values of columns by which others refer to it; None where one is NULL, or its key is not set yet.
    ///
    /// # Errors
    ///
    /// As [`Model::values`].
    fn key_of(&self, columns: &[usize]) -> Result<Option<Vec<Value>>>;

    /// The column that the database supplies, if the object were inserted.
    fn generated(&self) -> Option<usize>;

    /// What it says of a new row, checked: not what the database or the engine supplies, nor the columns that are
    /// `linked`, whose values come from other rows.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for a value that its column does not take.
    fn new_record(&self, linked: &[usize]) -> Result<Record>;

    /// The columns that are `changed`, checked, with what every update writes besides; but not those that are `linked`.
    ///
    /// # Errors
    ///
    /// As [`new_record`](Self::new_record).
    fn changed_record(&self, changed: &[usize], linked: &[usize]) -> Result<Record>;

    /// What marking its row as deleted writes besides.
    ///
    /// # Errors
    ///
    /// As [`new_record`](Self::new_record).
    fn marks(&self) -> Result<Vec<Assignment>>;

    /// As [`Model::set_value`].
    ///
    /// # Errors
    ///
    /// [`Error::Query`] where the field cannot hold the value.
    fn set_column(&mut self, position: usize, value: &Value) -> Result<Option<Value>>;

    /// Takes over the key that the database made, the only column of these rows.
    ///
    /// # Errors
    ///
    /// As [`Model::set_key`].
    fn take_key(&mut self, rows: &Rows, row: usize) -> Result<()>;

    /// Lets the fields of relationships know what the row is related by, after some of its columns were written, or all.
    fn settle_fields(&mut self, written: Option<&[usize]>);

    /// As [`Model::related_fields`].
    fn show_fields(&self, visit: &mut dyn FnMut(&'static Hinge, &dyn RelatedField));

    /// As [`Model::related_fields_mut`].
    fn hand_out_fields(&mut self, visit: &mut dyn FnMut(&'static Hinge, &mut dyn RelatedField));
}

impl<M: Model> Entity for M {
    fn table_of(&self) -> &'static TableRef {
        M::table()
    }

    fn column_values(&self) -> Result<Vec<Value>> {
        self.values()
    }

    fn key_values(&self) -> Result<Option<Vec<Value>>> {
        self.key().map(|key| Ok(key_values::<M>(&key)?)).transpose()
    }

    fn key_of(&self, columns: &[usize]) -> Result<Option<Vec<Value>>> {
        let Some(key) = self.key() else { return Ok(None) };
        if *columns == *M::table().primary_key {
            return key.to_values().map(Some).map_err(Error::query);
        }
        key_of(self, columns)
    }

    fn generated(&self) -> Option<usize> {
        generated_column(self)
    }

    fn new_record(&self, linked: &[usize]) -> Result<Record> {
        let (columns, generated) = (&M::table().columns, generated_column(self));
        checked_but(self, linked, |position| {
            Some(position) == generated || columns[position].engine_supplies() || linked.contains(&position)
        })
    }

    fn changed_record(&self, changed: &[usize], linked: &[usize]) -> Result<Record> {
        let mut record =
            checked_but(self, linked, |position| !changed.contains(&position) || linked.contains(&position))?;
        let mut faults = Faults::default();
        let written: Vec<usize> = changed.iter().chain(linked).copied().collect();
        record.extend(supplied::<M>(&written, &mut faults)?);
        faults.finish(record)
    }

    fn marks(&self) -> Result<Vec<Assignment>> {
        marks::<M>()
    }

    fn set_column(&mut self, position: usize, value: &Value) -> Result<Option<Value>> {
        let column = &M::table().columns[position];
        let refused = |found| Error::query(format!("{}.{} cannot hold {found}", M::table().model, column.attribute));
        self.set_value(position, value).map_err(refused)
    }

    fn take_key(&mut self, rows: &Rows, row: usize) -> Result<()> {
        self.set_key(Row::new(rows, row))
    }

    fn settle_fields(&mut self, written: Option<&[usize]>) {
        // It may still be rolled back.
        settle(self, written, false);
    }

    fn show_fields(&self, visit: &mut dyn FnMut(&'static Hinge, &dyn RelatedField)) {
        self.related_fields(visit);
    }

    fn hand_out_fields(&mut self, visit: &mut dyn FnMut(&'static Hinge, &mut dyn RelatedField)) {
        self.related_fields_mut(visit);
    }
}

/// What the field of a relationship holds.
pub(crate) struct RelatedRows<'m> {
    hinge: &'static Hinge,
    field: &'m dyn RelatedField,
    rows: Vec<&'m dyn Entity>,
}

/// What the field of a relationship holds, to be changed.
pub(crate) enum RelatedRowsMut<'m> {
    /// The relationship's position, and its rows.
    Own(usize, Vec<&'m mut dyn Entity>),
    /// Others hold them, too.
    Shared(Vec<&'m dyn Entity>),
}

impl dyn Entity {
    /// Shows what the fields of relationships hold.
    pub(crate) fn show_related(&self, visit: &mut dyn FnMut(&RelatedRows<'_>)) {
        self.show_fields(&mut |hinge, field| visit(&RelatedRows { hinge, field, rows: field.rows() }));
    }

    /// Hands out what the fields of relationships hold.
    pub(crate) fn hand_out_related(&mut self, visit: &mut dyn FnMut(RelatedRowsMut<'_>)) {
        self.hand_out_fields(&mut |hinge, field| {
            if field.is_shared() {
                visit(RelatedRowsMut::Shared(field.rows()));
            } else if let Some(rows) = field.rows_mut() {
                visit(RelatedRowsMut::Own(hinge.position, rows));
            }
        });
    }
}

impl<'m> RelatedRows<'m> {
    /// Which of its model's relationships it is.
    pub(crate) fn position(&self) -> usize {
        self.hinge.position
    }

    /// As a program writes it.
    pub(crate) fn name(&self) -> String {
        self.hinge.name()
    }

    pub(crate) fn rows(&self) -> &[&'m dyn Entity] {
        &self.rows
    }

    /// Whether a query found them.
    pub(crate) fn was_read(&self) -> bool {
        self.field.was_read()
    }

    /// Whether other objects hold them, too.
    pub(crate) fn is_shared(&self) -> bool {
        self.field.is_shared()
    }

    /// Whether each row of the junction has a second, the other way round.
    pub(crate) fn is_symmetrical(&self) -> bool {
        self.hinge.declared().symmetrical
    }

    /// How it leads to its rows, and the junction on the way.
    ///
    /// # Errors
    ///
    /// [`Error::Definition`] for a relationship that means nothing.
    pub(crate) fn link(&self) -> Result<(&'static Link, Option<&'static TableRef>)> {
        let resolved = self.hinge.resolved().map_err(|fault| *fault)?;
        Ok((&resolved.link, resolved.junction.as_ref()))
    }
}
