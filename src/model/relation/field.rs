//! The fields of an object's relationships, whatever they hold: kept in step with its columns.

use std::any::Any;
use std::sync::Arc;

use super::hinge::Hinge;
use super::load::key_of;
use super::own_key::OwnKey;
use crate::engine::RowKey;
use crate::error::{Error, Result, ValidationError};
use crate::model::Model;
use crate::model::entity::Entity;
use crate::model::related::{Held, Related, RelatedValue, Shared};
use crate::schema::relationship::Link;
use crate::types::Value;

/// A row that others refer to: an `Arc` of what their fields hold.
pub type Parent = Arc<dyn Any + Send + Sync>;

/// A field of an object that is a relationship.
pub trait RelatedField {
    /// The object's row is related by this from now on; `is_sure` where that cannot be rolled back.
    #[doc(hidden)]
    fn settle(&mut self, hinge: &'static Hinge, key: OwnKey, is_sure: bool);

    /// Whether the row is known to hold this value in one of the columns that it is related by.
    #[doc(hidden)]
    fn remembers(&self, part: usize, value: &Value) -> bool;

    /// What is held, where it is not the row of this key: in words, and whether the program gave it.
    #[doc(hidden)]
    fn contradiction(&self, target: &[usize], key: &[Value]) -> Result<Option<(Contradiction, bool)>>;

    /// Whether it holds anything.
    #[doc(hidden)]
    fn is_loaded(&self) -> bool;

    /// Holds nothing from now on.
    #[doc(hidden)]
    fn forget(&mut self);

    /// Holds the row that it leads back to, where it holds nothing.
    #[doc(hidden)]
    fn know(&mut self, parent: &Parent);

    /// Whether a query found what is held.
    #[doc(hidden)]
    fn was_read(&self) -> bool;

    /// Whether others hold what is held, too.
    #[doc(hidden)]
    fn is_shared(&self) -> bool;

    /// The rows that are held.
    #[doc(hidden)]
    fn rows(&self) -> Vec<&dyn Entity>;

    /// The rows that are held, to be changed; None where others hold them, too.
    #[doc(hidden)]
    fn rows_mut(&mut self) -> Option<Vec<&mut dyn Entity>>;
}

/// In which way a field and a foreign key say different things.
#[derive(Debug)]
pub enum Contradiction {
    /// The row has no key.
    Unsaved(String),
    /// It is another row, or none.
    Other(String),
}

impl<T: RelatedValue> RelatedField for Related<T> {
    fn settle(&mut self, hinge: &'static Hinge, key: OwnKey, is_sure: bool) {
        self.place(hinge, key, is_sure);
    }

    fn remembers(&self, part: usize, value: &Value) -> bool {
        self.sure_key().is_some_and(|key| key.is(part, value))
    }

    fn contradiction(&self, target: &[usize], key: &[Value]) -> Result<Option<(Contradiction, bool)>> {
        let Some((held, how)) = self.held().filter(|_| !T::MANY) else { return Ok(None) };
        // What was found for this key is its row, even where the database holds keys equal that are written otherwise.
        if how != Held::Given && key.iter().enumerate().all(|(part, value)| self.key().is(part, value)) {
            return Ok(None);
        }
        let (model, is_given) = (&T::Model::table().model, how == Held::Given);
        let holds = match held.rows().first() {
            // A query that narrows may have found nobody where there is somebody.
            None if !is_given || key.iter().any(Value::is_null) => return Ok(None),
            None => Contradiction::Other(format!("no {model}")),
            Some(row) => match row.key().map(|_| key_of(row, target)).transpose()?.flatten() {
                None => Contradiction::Unsaved(model.clone()),
                Some(theirs) if RowKey::of(&theirs) == RowKey::of(key) => return Ok(None),
                Some(theirs) => Contradiction::Other(format!("the {model} of {}", shown(&theirs))),
            },
        };
        Ok(Some((holds, is_given)))
    }

    fn is_loaded(&self) -> bool {
        Related::is_loaded(self)
    }

    fn forget(&mut self) {
        Related::forget(self);
    }

    fn know(&mut self, parent: &Parent) {
        if let (false, Ok(parent)) = (Related::is_loaded(self), Arc::clone(parent).downcast::<T>()) {
            self.hold(parent, Held::LedFrom);
        }
    }

    fn was_read(&self) -> bool {
        self.held().is_some_and(|(_, how)| how != Held::Given)
    }

    fn is_shared(&self) -> bool {
        Related::is_shared(self)
    }

    fn rows(&self) -> Vec<&dyn Entity> {
        self.held().map(|(held, _)| each(held.rows())).unwrap_or_default()
    }

    fn rows_mut(&mut self) -> Option<Vec<&mut dyn Entity>> {
        let rows = match self.held_mut() {
            Ok(held) => held.map(RelatedValue::rows_mut).unwrap_or_default(),
            Err(Shared) => return None,
        };
        Some(rows.iter_mut().map(|row| row as &mut dyn Entity).collect())
    }
}

fn each<M: Model>(rows: &[M]) -> Vec<&dyn Entity> {
    rows.iter().map(|row| row as &dyn Entity).collect()
}

fn shown(key: &[Value]) -> String {
    key.iter().map(Value::shown).collect::<Vec<_>>().join(", ")
}

impl Hinge {
    /// The error for a field that says something else than the foreign key, whose columns hold `key`.
    fn out_of_step(&self, contradiction: &Contradiction, own: &[usize], key: &[Value]) -> Error {
        let (table, name) = ((self.own)(), self.field());
        let of = &table.model;
        let message = match contradiction {
            Contradiction::Unsaved(model) => format!("the {model} that it holds has no key yet: insert it first"),
            Contradiction::Other(holds) => {
                let names: Vec<&str> = own.iter().map(|at| table.columns[*at].attribute.as_str()).collect();
                format!(
                    "it holds {holds}, but {} is {}; set both by {of}::{name}().assign(…), or forget what is held by {name}.forget()",
                    names.join(", "),
                    shown(key),
                )
            }
        };
        ValidationError::new(of, name, "relationship", message).into()
    }

    /// The foreign key of this table, with what it refers to; None where the key is elsewhere.
    fn own_reference(&self) -> Result<Option<(&[usize], &[usize])>> {
        match &self.resolved().map_err(|fault| *fault)?.link {
            Link::Forward { own, target } => Ok(Some((own, target))),
            _ => Ok(None),
        }
    }

    fn disagreement(
        &self,
        field: &dyn RelatedField,
        value: impl Fn(usize) -> Result<Option<Value>>,
    ) -> Result<Option<(Error, bool)>> {
        if self.is_to_many || !field.is_loaded() {
            return Ok(None);
        }
        let Some((own, target)) = self.own_reference()? else { return Ok(None) };
        // Of columns that no database could keep, their own faults are told.
        let Some(key) = own.iter().map(|at| value(*at)).collect::<Result<Option<Vec<Value>>>>()? else {
            return Ok(None);
        };
        let found = field.contradiction(target, &key)?;
        Ok(found.map(|(contradiction, is_given)| (self.out_of_step(&contradiction, own, &key), is_given)))
    }
}

/// Tells what is wrong with what the fields of relationships hold, `values` being those of the object's columns: where they
/// say something else than a foreign key, neither of the two answers is written silently. Foreign keys of columns that are
/// `linked` come from what is held.
pub(in crate::model) fn check_related<M: Model>(
    object: &M,
    values: &[Value],
    linked: &[usize],
    tell: &mut dyn FnMut(Error),
) {
    // None of a value that no database could keep, or that is to come.
    let value = |at: usize| Ok(values.get(at).filter(|_| !linked.contains(&at)).cloned());
    object.related_fields(&mut |hinge, field| match hinge.disagreement(field, value) {
        Ok(None) => {}
        Ok(Some((error, _))) | Err(error) => tell(error),
    });
}

/// Whether a column is known to hold this value in the object's row, by a field that leads along it.
pub(in crate::model) fn remembers<M: Model>(object: &M, column: usize, value: &Value) -> bool {
    let mut remembered = false;
    object.related_fields(&mut |hinge, field| {
        if !hinge.is_to_many
            && let Ok(Some((own, _))) = hinge.own_reference()
            && let Some(part) = own.iter().position(|at| *at == column)
        {
            remembered |= field.remembers(part, value);
        }
    });
    remembered
}

/// Lets the fields know what the object's row is related by, after some of its columns were written, or all of them.
pub(in crate::model) fn settle<M: Model>(object: &mut M, written: Option<&[usize]>, is_sure: bool) {
    let mut keys = Vec::new();
    {
        let of = &*object;
        of.related_fields(&mut |hinge, _| {
            let Ok(resolved) = hinge.resolved() else { return keys.push(None) };
            let columns = &resolved.step.hop.from_columns;
            let is_written = |column: &usize| written.is_none_or(|written| written.contains(column));
            keys.push(columns.iter().any(is_written).then(|| {
                let is_whole = columns.iter().all(is_written);
                let values = columns.iter().map(|column| of.value_at(*column)).collect::<Result<Vec<_>>>();
                (values.map_or(OwnKey::Unknown, OwnKey::of), is_sure && is_whole)
            }));
        });
    }
    let mut keys = keys.into_iter();
    object.related_fields_mut(&mut |hinge, field| {
        if let Some((key, is_sure)) = keys.next().flatten() {
            field.settle(hinge, key, is_sure);
        }
    });
}

/// Which fields are looked at for what a foreign key does not lead to any more.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) enum Outdated {
    /// All, even where the program gave what is held.
    Any,
    /// That of one relationship.
    Of(usize),
}

/// Forgets what fields hold that a foreign key does not lead to any more.
///
/// # Errors
///
/// [`Error::Validation`] where the program gave what the field of one relationship holds: the object says two things.
pub(in crate::model) fn forget_outdated<M: Model>(object: &mut M, which: Outdated) -> Result<()> {
    let (mut outdated, mut failure) = (Vec::new(), None);
    {
        let of_object = &*object;
        of_object.related_fields(&mut |hinge, field| {
            if matches!(which, Outdated::Of(position) if position != hinge.position) {
                return;
            }
            match hinge.disagreement(field, |at| of_object.value_at(at).map(Some)) {
                Ok(None) => {}
                Ok(Some((error, true))) if matches!(which, Outdated::Of(_)) => failure = Some(error),
                Ok(Some(_)) => outdated.push(hinge.position),
                Err(error) => failure = Some(error),
            }
        });
    }
    if let Some(error) = failure {
        return Err(error);
    }
    if !outdated.is_empty() {
        object.related_fields_mut(&mut |hinge, field| {
            if outdated.contains(&hinge.position) {
                field.forget();
            }
        });
    }
    Ok(())
}
