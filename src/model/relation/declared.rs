//! A model's relationships as data, described by derived code.

use crate::model::Model;
use crate::model::related::RelatedValue;
use crate::schema::{Relationship, RelationshipKind};

/// The relationships of a model, in order of declaration.
#[derive(Debug, Default)]
pub struct Relations {
    declared: Vec<Relationship>,
    required: Vec<bool>,
}

impl Relations {
    /// None.
    pub const NONE: &'static Self = &Self { declared: Vec::new(), required: Vec::new() };

    /// Of these.
    pub fn new(drafts: Vec<RelationDraft>) -> Self {
        let required = drafts.iter().map(|draft| draft.required).collect();
        Self { declared: drafts.into_iter().map(|draft| draft.declared).collect(), required }
    }

    /// What is declared.
    pub fn declared(&self) -> &[Relationship] {
        &self.declared
    }

    /// For each, whether its field says that there is always a row.
    pub fn required(&self) -> &[bool] {
        &self.required
    }
}

/// A relationship that is being described.
#[derive(Debug)]
#[must_use]
pub struct RelationDraft {
    declared: Relationship,
    required: bool,
}

impl RelationDraft {
    /// Of a field that is a `Related<T>`.
    pub fn new<T: RelatedValue>(name: &str, kind: RelationshipKind) -> Self {
        Self { declared: Relationship::new(name, kind, T::Model::PATH), required: T::REQUIRED }
    }

    fn with(mut self, change: impl FnOnce(&mut Relationship)) -> Self {
        change(&mut self.declared);
        self
    }

    /// Named fields.
    pub fn foreign_key(self, names: &[&str]) -> Self {
        self.with(|declared| declared.foreign_key = names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// What leads back.
    pub fn back_populates(self, name: &str) -> Self {
        self.with(|declared| declared.back_populates = Some(name.to_owned()))
    }

    /// The junction's table.
    pub fn through(self, table: &str) -> Self {
        self.with(|declared| declared.through = Some(table.to_owned()))
    }

    /// The junction's fields.
    pub fn through_fields(self, mine: &str, theirs: &str) -> Self {
        self.with(|declared| declared.through_fields = Some((mine.to_owned(), theirs.to_owned())))
    }

    /// Both ways at once.
    pub fn symmetrical(self) -> Self {
        self.with(|declared| declared.symmetrical = true)
    }
}
