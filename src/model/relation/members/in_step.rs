//! Objects that are given to a collection, and what becomes of them in memory.

use super::Bound;
use crate::engine::{Record, RowKey, Verb};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::model::relation::load::key_of;
use crate::model::relation::{Outdated, forget_outdated, remembers, settle};
use crate::schema::Role;
use crate::schema::relationship::Link;
use crate::types::Value;

/// An object that is related to another, or is to be: a `&Post`, or a `&mut Post`, which is kept in step.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row of `{U}`",
    label = "neither a `&{U}` nor a `&mut {U}`",
    note = "give references to its objects: `.add(&posts, &pool)`, `.add(&mut posts, &pool)` or `.add([&one, &other], &pool)`"
)]
pub trait MemberRow<'r, U> {
    /// The object.
    #[doc(hidden)]
    fn row(&self) -> &U;

    /// The object, where it may be changed.
    #[doc(hidden)]
    fn into_mut(self) -> Option<&'r mut U>;
}

impl<'r, U: Model> MemberRow<'r, U> for &'r U {
    fn row(&self) -> &U {
        self
    }

    fn into_mut(self) -> Option<&'r mut U> {
        None
    }
}

impl<'r, U: Model> MemberRow<'r, U> for &'r mut U {
    fn row(&self) -> &U {
        self
    }

    fn into_mut(self) -> Option<&'r mut U> {
        Some(self)
    }
}

impl Bound {
    /// The object, if it is to be kept in step.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for one that would write back what it holds: its foreign key changes behind its back.
    pub(super) fn kept_in_step<'r, U: Model>(&self, object: impl MemberRow<'r, U>) -> Result<Option<&'r mut U>> {
        let Link::Backward { target: columns, .. } = &self.resolved.link else { return Ok(object.into_mut()) };
        let names = || {
            let names = columns.iter().map(|column| U::table().columns[*column].attribute.as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        for column in columns {
            let value = object.row().value_at(*column)?;
            if !remembers(object.row(), *column, &value) {
                let Some(object) = object.into_mut() else {
                    let (model, names) = (&U::table().model, names());
                    return Err(self.refused(format!(
                        "{model}.{names} of an object that is given as `&` stays as it is, and its next `save` would write \
                         that back; give it as `&mut`"
                    )));
                };
                // Told before anything is written.
                object.set_value(*column, &value).map_err(|message| self.refused(format!("{}: {message}", names())))?;
                return Ok(Some(object));
            }
        }
        Ok(object.into_mut())
    }

    /// Lets an object know what was written to its row.
    pub(super) fn take_over<U: Model>(
        &self,
        verb: Verb,
        object: &mut U,
        written: &Record,
        is_sure: bool,
    ) -> Result<()> {
        let Link::Backward { target: columns, .. } = &self.resolved.link else {
            self.forget_back(object);
            return Ok(());
        };
        let reference: Vec<Value> = if verb == Verb::Remove {
            let key = key_of(object, columns)?;
            if key.and_then(|key| RowKey::of(&key)) != RowKey::of(&self.owner) {
                return Ok(()); // it was not the owner's, and was left alone
            }
            columns.iter().map(|column| Value::Null(U::table().columns[*column].sql_type.kind())).collect()
        } else {
            self.owner.clone()
        };
        for (column, value) in columns.iter().zip(&reference) {
            object.set_value(*column, value).map_err(|message| self.refused(message))?;
        }
        stamp(object, written)?;
        // First what was held by the former key, which the fields know until they are told the new one.
        forget_outdated(object, Outdated::Any)?;
        settle(object, Some(columns), is_sure);
        Ok(())
    }

    /// Forgets what an object holds of the rows that it is joined to.
    fn forget_back<U: Model>(&self, object: &mut U) {
        object.related_fields_mut(&mut |hinge, field| {
            if self.resolved.back.iter().any(|back| back.position == hinge.position) {
                field.forget();
            }
        });
    }
}

/// What every update writes: by fields, and by the engine.
fn stamp<U: Model>(object: &mut U, written: &Record) -> Result<()> {
    let table = U::table();
    let unfit = |column: usize, found: String| {
        Error::query(format!("{}.{} cannot hold {found}", table.model, table.columns[column].attribute))
    };
    for (column, value) in written {
        object.set_value(*column, value).map_err(|found| unfit(*column, found))?;
    }
    if let Some(column) = table.role(Role::Version)
        && let Value::Integer(version) = object.value_at(column)?
    {
        object.set_value(column, &Value::Integer(version + 1)).map_err(|found| unfit(column, found))?;
    }
    Ok(())
}
