//! One relationship, whatever its types.

use super::own_key::OwnKey;
use super::resolve::{RelationCell, Resolved, resolve};
use super::{Model, Related, RelatedField, RelatedValue, Relations};
use crate::model::value::Row;
use crate::schema::{ModelFault, Relationship, TableRef};

/// One relationship of a model, and how its field is seen without its types: a static of derived code.
#[derive(Debug)]
pub struct Anchor<T: 'static> {
    pub(super) hinge: Hinge,
    pub(super) shared: fn(&Related<T>) -> &dyn RelatedField,
    pub(super) exclusive: fn(&mut Related<T>) -> &mut dyn RelatedField,
}

impl<T: 'static> Anchor<T> {
    /// The relationship of `M` at a position. The type of the field is judged here and nowhere else, so that a wrong one is
    /// told once.
    pub const fn new<M: Model>(position: usize) -> Self
    where
        T: RelatedValue,
    {
        Self { hinge: Hinge::new::<M, T>(position), shared: |field| field, exclusive: |field| field }
    }
}

/// One relationship of a model, in which what it leads to is found once.
#[derive(Debug)]
pub struct Hinge {
    cell: RelationCell,
    pub(in crate::model) position: usize,
    pub(super) own: fn() -> &'static TableRef,
    relations: fn() -> &'static Relations,
    pub(super) target: fn() -> &'static TableRef,
    pub(super) is_to_many: bool,
    is_required: bool,
}

impl Hinge {
    const fn new<M: Model, T: RelatedValue>(position: usize) -> Self {
        Self {
            cell: RelationCell::new(),
            position,
            own: M::table,
            relations: M::relations,
            target: T::Model::table,
            is_to_many: T::MANY,
            is_required: T::REQUIRED,
        }
    }

    pub(in crate::model) fn resolved(&self) -> Result<&Resolved, Box<ModelFault>> {
        self.cell.get_or_init(|| resolve((self.own)(), self.position, (self.target)(), self.is_required))
    }

    pub(in crate::model) fn declared(&self) -> &'static Relationship {
        &(self.relations)().declared()[self.position]
    }

    /// As a program writes it.
    pub(in crate::model) fn name(&self) -> String {
        format!("{}::{}()", (self.own)().model, self.declared().name)
    }

    /// The field's name.
    pub(in crate::model) fn field(&self) -> &'static str {
        &self.declared().name
    }

    /// What the object of a row is related by.
    pub(super) fn key_in(&self, row: Row<'_>) -> OwnKey {
        // What is wrong with the relationship is told where it is used.
        self.resolved().map_or(OwnKey::Unknown, |resolved| row.own_key(&resolved.step.hop.from_columns))
    }
}
