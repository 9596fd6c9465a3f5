//! Fields that hold related rows.

use std::fmt;

use super::Model;
use crate::error::{Error, Result};

/// What a relationship leads to, as a field of a model: a `Related<User>`, a `Related<Option<User>>` where there may be
/// none, or a `Related<Vec<Post>>`. It is no column, and is never read behind your back: it holds what was loaded.
///
/// Two of them are equal where both hold the same, or neither holds anything.
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
/// assert!(error.to_string().contains("select_related"));
///
/// book.author.set(Author { id: 7, books: Related::default() });
/// assert!(book.author.is_loaded());
/// assert_eq!(book.author.get()?.id, 7);
/// # Ok::<(), chakra::Error>(())
/// ```
pub struct Related<T> {
    // Boxed, because models refer to each other in circles.
    held: Option<Box<T>>,
    /// `Post::author`, where the object was read.
    name: Option<&'static str>,
    /// Whether the program gave what is held, not a query.
    is_given: bool,
}

impl<T> Related<T> {
    /// Nothing is loaded yet; the name is that of the relationship, as a program writes it.
    #[doc(hidden)]
    pub const fn unloaded(name: &'static str) -> Self {
        Self { held: None, name: Some(name), is_given: false }
    }

    /// Whether anything was loaded or set; that there is no related row is something, too.
    pub fn is_loaded(&self) -> bool {
        self.held.is_some()
    }

    /// Holds this from now on. Nothing is written: the foreign key is a column of its own, which
    /// [`Relation::assign`](crate::model::Relation::assign) sets as well. An object whose foreign key says something else
    /// than what is held is refused when it is written.
    pub fn set(&mut self, value: T) {
        self.held = Some(Box::new(value));
        self.is_given = true;
    }

    /// Holds what a query found.
    pub(super) fn found(&mut self, value: T) {
        self.held = Some(Box::new(value));
        self.is_given = false;
    }

    /// What is held, and whether the program gave it.
    pub(super) fn held(&self) -> Option<(&T, bool)> {
        self.held.as_deref().map(|held| (held, self.is_given))
    }

    /// Holds nothing from now on; gives what was held.
    pub fn take(&mut self) -> Option<T> {
        self.held.take().map(|held| *held)
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

    /// What was loaded, to be changed in memory.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_mut(&mut self) -> Result<&mut T> {
        if self.held.is_none() {
            return Err(self.not_loaded());
        }
        let name = self.name;
        self.held.as_deref_mut().ok_or_else(|| not_loaded::<T>(name))
    }

    #[cold]
    fn not_loaded(&self) -> Error {
        not_loaded::<T>(self.name)
    }
}

#[cold]
fn not_loaded<T: RelatedValue>(name: Option<&'static str>) -> Error {
    let target = &T::Model::table().model;
    let (relationship, call) = match name {
        Some(name) => (name.to_owned(), format!("{name}()")),
        None => (format!("the relationship to {target}"), "relation()".to_owned()),
    };
    let joined = if T::MANY { String::new() } else { format!(".select_related({call}) or ") };
    let object = if T::MANY { "owner" } else { "object" };
    let ways = format!(
        "ask for it in the query with {joined}.prefetch_related({call}), or load it with {call}.load(&mut {object}, &pool).await"
    );
    Error::NotLoaded { relationship, ways }
}

// Not derived: what is held decides, wherever it came from.

impl<T> Default for Related<T> {
    fn default() -> Self {
        Self { held: None, name: None, is_given: false }
    }
}

impl<T: Clone> Clone for Related<T> {
    fn clone(&self) -> Self {
        Self { held: self.held.clone(), ..*self }
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
        Self { held: Some(Box::new(value)), name: None, is_given: true }
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

    /// The row, where it holds one at most.
    #[doc(hidden)]
    fn single(&self) -> Option<&Self::Model> {
        None
    }
}

impl<M: Model> RelatedValue for M {
    type Model = M;
    const MANY: bool = false;
    const REQUIRED: bool = true;

    fn gather(mut found: Vec<M>) -> Option<Self> {
        found.pop()
    }

    fn single(&self) -> Option<&M> {
        Some(self)
    }
}

impl<M: Model> RelatedValue for Option<M> {
    type Model = M;
    const MANY: bool = false;
    const REQUIRED: bool = false;

    fn gather(mut found: Vec<M>) -> Option<Self> {
        Some(found.pop())
    }

    fn single(&self) -> Option<&M> {
        self.as_ref()
    }
}

impl<M: Model> RelatedValue for Vec<M> {
    type Model = M;
    const MANY: bool = true;
    const REQUIRED: bool = false;

    fn gather(found: Vec<M>) -> Option<Self> {
        Some(found)
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
