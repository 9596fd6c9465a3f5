//! Fields that hold related rows.

use std::fmt;
use std::sync::Arc;

use super::Model;
use super::relation::{Hinge, OwnKey};
use crate::error::{Error, Result};
use crate::types::Value;

mod document;
mod load;

/// What a relationship leads to, as a field of a model: a `Related<User>`, a `Related<Option<User>>` where there may be
/// none, or a `Related<Vec<Post>>`. It is no column, and is never read behind your back: it holds what was loaded, and
/// [`load`](Self::load) loads it.
///
/// Two of them are equal where both hold the same, or neither holds anything. What is held is shared: objects that refer to
/// one row may hold one copy of it, and a clone of the object holds the same. Changing it by [`get_mut`](Self::get_mut)
/// makes a copy first, if it must.
///
/// # Examples
///
/// ```
/// use chakra::{ErrorKind, Model, Related};
///
/// #[derive(Model, Debug, Clone, PartialEq)]
/// struct Author {
///     #[chakra(primary_key)]
///     id: i64,
///     #[chakra(foreign_key = "author_id")]
///     books: Related<Vec<Book>>,
/// }
///
/// #[derive(Model, Debug, Clone, PartialEq)]
/// struct Book {
///     #[chakra(primary_key)]
///     id: i64,
///     #[chakra(references = "authors.id", on_delete = "CASCADE")]
///     author_id: i64,
///     #[chakra(foreign_key = "author_id")]
///     author: Related<Author>,
/// }
///
/// let mut book = Book { id: 1, author_id: 7, author: Related::default() };
/// let error = book.author.get().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotLoaded);
///
/// book.author.set(Author { id: 7, books: Related::default() });
/// assert!(book.author.is_loaded());
/// assert_eq!(book.author.get()?.id, 7);
/// # Ok::<(), chakra::Error>(())
/// ```
pub struct Related<T> {
    // Shared, because many objects may refer to one row; behind a pointer, because models refer to each other in circles.
    held: Option<Arc<T>>,
    /// The relationship, where the object was read or written.
    hinge: Option<&'static Hinge>,
    /// What the object's row is related by, as it was read or written.
    key: OwnKey,
    how: Held,
    /// Whether the row is known to hold that key: what was written in a transaction may be rolled back.
    is_sure: bool,
}

/// Where what is held comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// A query found it.
    Found,
    /// The program gave it.
    Given,
    /// The object was loaded for it.
    LedFrom,
}

/// Others hold it, too.
pub(super) struct Shared;

impl<T> Related<T> {
    /// Of an object that was just read.
    pub(super) const fn unread(hinge: &'static Hinge, key: OwnKey) -> Self {
        Self { held: None, hinge: Some(hinge), key, how: Held::Found, is_sure: true }
    }

    /// Whether anything was loaded or set; that there is no related row is something, too.
    pub fn is_loaded(&self) -> bool {
        self.held.is_some()
    }

    /// Holds this from now on. Nothing is written: the foreign key is a column of its own, which
    /// [`Relation::assign`](crate::model::Relation::assign) sets as well. An object whose foreign key says something else
    /// than what is held is refused when it is written.
    pub fn set(&mut self, value: T) {
        self.hold(Arc::new(value), Held::Given);
    }

    /// Holds nothing from now on; [`load`](Self::load) reads it again.
    pub fn forget(&mut self) {
        self.held = None;
    }

    /// Holds nothing from now on; gives what was held, as a copy where other objects hold it too.
    pub fn take(&mut self) -> Option<T>
    where
        T: Clone,
    {
        self.held.take().map(Arc::unwrap_or_clone)
    }

    pub(super) fn hold(&mut self, value: Arc<T>, how: Held) {
        self.held = Some(value);
        self.how = how;
    }

    pub(super) fn held(&self) -> Option<(&T, Held)> {
        self.held.as_deref().map(|held| (held, self.how))
    }

    /// What is held, to be changed without a copy.
    pub(super) fn held_mut(&mut self) -> Result<Option<&mut T>, Shared> {
        match &mut self.held {
            None => Ok(None),
            Some(held) => Arc::get_mut(held).map(Some).ok_or(Shared),
        }
    }

    pub(super) fn is_shared(&self) -> bool {
        self.held.as_ref().is_some_and(|held| Arc::strong_count(held) > 1)
    }

    /// The object's row is related by this from now on.
    pub(super) fn place(&mut self, hinge: &'static Hinge, key: OwnKey, is_sure: bool) {
        self.hinge = Some(hinge);
        self.key = key;
        self.is_sure = is_sure;
    }

    /// What was found, was found for this.
    pub(super) fn key(&self) -> &OwnKey {
        &self.key
    }

    /// What is held was found for the object as it is now, which may not be what was read: None where it leads nowhere.
    pub(super) fn found_for(&mut self, hinge: &'static Hinge, key: Option<Vec<Value>>) {
        let is_known = match &key {
            Some(values) => values.iter().enumerate().all(|(part, value)| self.key.is(part, value)),
            None => self.key.is_known() && self.key.values().is_none(),
        };
        if !is_known {
            self.place(hinge, key.map_or(OwnKey::Null, OwnKey::of), false);
        }
    }

    pub(super) fn sure_key(&self) -> Option<&OwnKey> {
        self.is_sure.then_some(&self.key)
    }

    /// Where the object was read or written: its relationship, and what its row is related by.
    pub(super) fn origin(&self) -> Option<(&'static Hinge, &OwnKey)> {
        self.hinge.filter(|_| self.key.is_known()).map(|hinge| (hinge, &self.key))
    }
}

impl<T: RelatedValue> Related<T> {
    /// What was loaded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotLoaded`](crate::ErrorKind::NotLoaded), which tells the ways to load it.
    pub fn get(&self) -> Result<&T> {
        self.held.as_deref().ok_or_else(|| self.not_loaded())
    }

    /// What was loaded, to be changed in memory. Where other objects hold it too, they keep what they hold: this one gets
    /// a copy of its own.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_mut(&mut self) -> Result<&mut T>
    where
        T: Clone,
    {
        let Some(held) = &mut self.held else { return Err(not_loaded::<T>(self.hinge)) };
        self.how = Held::Given; // it may be another row afterwards
        Ok(Arc::make_mut(held))
    }

    #[cold]
    fn not_loaded(&self) -> Error {
        not_loaded::<T>(self.hinge)
    }
}

#[cold]
fn not_loaded<T: RelatedValue>(hinge: Option<&'static Hinge>) -> Error {
    let Some(hinge) = hinge else { return unplaced::<T>(None) };
    let (call, field) = (hinge.name(), hinge.field());
    let joined = if T::MANY { String::new() } else { format!(".select_related({call}) or ") };
    let ways = format!(
        "ask for it in the query with {joined}.prefetch_related({call}), or load it with {field}.load(&pool).await"
    );
    Error::NotLoaded { relationship: call.trim_end_matches("()").to_owned(), ways }
}

/// The error for a field of an object that is no row yet.
#[cold]
fn unplaced<T: RelatedValue>(hinge: Option<&'static Hinge>) -> Error {
    let (relationship, call) = match hinge.map(Hinge::name) {
        Some(call) => (call.trim_end_matches("()").to_owned(), call),
        None => (format!("the relationship to {}", T::Model::table().model), "Post::author()".to_owned()),
    };
    let ways = format!(
        "its object was neither read nor written, so that the field does not know of which row it is; set it, insert the \
         object and load it, or load it by the relationship's name, as {call}.load(&mut object, &pool).await"
    );
    Error::NotLoaded { relationship, ways }
}

// Not derived: what is held decides, wherever it came from, and to share it asks nothing of it.

impl<T> Default for Related<T> {
    fn default() -> Self {
        Self { held: None, hinge: None, key: OwnKey::Unknown, how: Held::Given, is_sure: false }
    }
}

impl<T> Clone for Related<T> {
    fn clone(&self) -> Self {
        Self { held: self.held.clone(), key: self.key.clone(), ..*self }
    }
}

impl<T: PartialEq> PartialEq for Related<T> {
    fn eq(&self, other: &Self) -> bool {
        self.held == other.held
    }
}

impl<T: Eq> Eq for Related<T> {}

impl<T: fmt::Debug> fmt::Debug for Related<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.held {
            Some(held) => held.fmt(f),
            None => f.write_str("<not loaded>"),
        }
    }
}

impl<T> From<T> for Related<T> {
    fn from(value: T) -> Self {
        Self { held: Some(Arc::new(value)), ..Self::default() }
    }
}

/// What may stand in a [`Related`]: a model, an `Option` of one, or a `Vec` of one.
#[diagnostic::on_unimplemented(
    message = "a relationship does not lead to `{Self}`",
    label = "not a model, nor an `Option` or a `Vec` of one",
    note = "write `Related<User>`, `Related<Option<User>>` or `Related<Vec<User>>`, where `User` derives `chakra::Model`"
)]
pub trait RelatedValue: Sized + Send + Sync + 'static {
    /// The related model.
    type Model: Model;

    /// Whether it holds any number of rows.
    const MANY: bool;

    /// Whether there must be a row.
    const REQUIRED: bool;

    /// What was found; None where there must be a row and is none.
    fn gather(found: Vec<Self::Model>) -> Option<Self>;

    /// The rows that it holds.
    #[doc(hidden)]
    fn rows(&self) -> &[Self::Model];

    /// The rows that it holds, to be changed.
    #[doc(hidden)]
    fn rows_mut(&mut self) -> &mut [Self::Model];
}

impl<M: Model> RelatedValue for M {
    type Model = M;
    const MANY: bool = false;
    const REQUIRED: bool = true;

    fn gather(mut found: Vec<M>) -> Option<Self> {
        found.pop()
    }

    fn rows(&self) -> &[M] {
        std::slice::from_ref(self)
    }

    fn rows_mut(&mut self) -> &mut [M] {
        std::slice::from_mut(self)
    }
}

impl<M: Model> RelatedValue for Option<M> {
    type Model = M;
    const MANY: bool = false;
    const REQUIRED: bool = false;

    fn gather(mut found: Vec<M>) -> Option<Self> {
        Some(found.pop())
    }

    fn rows(&self) -> &[M] {
        self.as_slice()
    }

    fn rows_mut(&mut self) -> &mut [M] {
        self.as_mut_slice()
    }
}

impl<M: Model> RelatedValue for Vec<M> {
    type Model = M;
    const MANY: bool = true;
    const REQUIRED: bool = false;

    fn gather(found: Vec<M>) -> Option<Self> {
        Some(found)
    }

    fn rows(&self) -> &[M] {
        self
    }

    fn rows_mut(&mut self) -> &mut [M] {
        self
    }
}

/// Relationships that lead to one row at most.
#[diagnostic::on_unimplemented(
    message = "a relationship to `{Self}` leads to many rows, and this is for those that lead to one",
    label = "leads to many rows",
    note = "a join would multiply the rows of a query: load it by a statement of its own, `.prefetch_related(…)`; its rows are changed by `.of(&owner)`"
)]
pub trait ToOne: RelatedValue {}

impl<M: Model> ToOne for M {}

impl<M: Model> ToOne for Option<M> {}

/// Relationships that lead to any number of rows.
#[diagnostic::on_unimplemented(
    message = "a relationship to `{Self}` leads to one row, which is no set that can be changed",
    label = "leads to one row",
    note = "set the foreign key by `.assign(&mut object, row)`, and `save` the object that has it"
)]
pub trait ToMany: RelatedValue {}

impl<M: Model> ToMany for Vec<M> {}
