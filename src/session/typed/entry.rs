//! What a session holds.

use std::any::Any;

use super::stored::Stored;
use crate::engine::RowKey;
use crate::model::Entity;

/// An object, with what the session knows of it.
pub(super) struct Entry<'a> {
    pub(super) object: Object<'a>,
    pub(super) state: State,
    /// Whether it may have changed since it was compared with its row.
    pub(super) is_touched: bool,
    /// Whether its row is to be deleted.
    pub(super) is_doomed: bool,
    /// Objects whose keys it is to take.
    pub(super) assigned: Vec<Assigned>,
}

/// Who owns an object.
pub(super) enum Object<'a> {
    Session(Box<dyn Entity>),
    Program(&'a mut dyn Entity),
}

/// What became of an object's row.
#[derive(Clone)]
pub(super) enum State {
    /// There is none yet.
    New,
    Stored(Stored),
    Deleted,
}

/// A foreign key that another object of the session gives.
#[derive(Clone)]
pub(super) struct Assigned {
    /// The columns of the key.
    pub(super) own: Vec<usize>,
    /// What they refer to.
    pub(super) target: Vec<usize>,
    /// The place of the other object.
    pub(super) to: usize,
}

impl Object<'_> {
    pub(super) fn get(&self) -> &dyn Entity {
        match self {
            Self::Session(object) => &**object,
            Self::Program(object) => &**object,
        }
    }

    pub(super) fn get_mut(&mut self) -> &mut dyn Entity {
        match self {
            Self::Session(object) => &mut **object,
            Self::Program(object) => &mut **object,
        }
    }

    pub(super) fn downcast<M: Any>(&self) -> Option<&M> {
        (self.get() as &dyn Any).downcast_ref()
    }

    pub(super) fn downcast_mut<M: Any>(&mut self) -> Option<&mut M> {
        (self.get_mut() as &mut dyn Any).downcast_mut()
    }
}

impl<'a> Entry<'a> {
    pub(super) fn new(object: Object<'a>, state: State) -> Self {
        Self { object, state, is_touched: false, is_doomed: false, assigned: Vec::new() }
    }

    /// The key of its row, where it has one.
    pub(super) fn row_key(&self) -> Option<RowKey> {
        let State::Stored(stored) = &self.state else { return None };
        stored.key(self.object.get().table_of())
    }
}
