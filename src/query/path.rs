//! Ways from one table to those related to it.

use std::sync::Arc;

use crate::schema::TableRef;

/// One step from a table to another, along a foreign key in either direction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hop {
    /// Where it starts.
    pub from: TableRef,
    /// Positions of the columns there.
    pub from_columns: Vec<usize>,
    /// Where it ends.
    pub to: TableRef,
    /// Positions of the columns there, each equal to that of `from_columns` in its place.
    pub to_columns: Vec<usize>,
}

/// A way from the table that a query is about, by steps of which each leads to one row at most. It leads to no
/// row where a foreign key on it is NULL; the columns at its end then read as NULL.
///
/// # Examples
///
/// ```
/// use chakra::query::{Hop, Path};
/// use chakra::schema::{Column, Table, TableRef};
/// use chakra::types::SqlType;
///
/// let key = || Column::new("id", SqlType::BigInteger).primary_key();
/// let authors = TableRef::new(Table::new("Author", "authors", vec![key()])?);
/// let author_id = Column::new("author_id", SqlType::BigInteger);
/// let books = TableRef::new(Table::new("Book", "books", vec![key(), author_id])?);
///
/// let to_author = Hop { from: books, from_columns: vec![1], to: authors, to_columns: vec![0] };
/// let author = Path::default().then(to_author.into());
/// assert_eq!(author.steps().len(), 1);
/// assert!(Path::default().is_root());
/// # Ok::<(), chakra::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Path(Option<Arc<Step>>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Step {
    before: Path,
    hop: Arc<Hop>,
}

impl Path {
    /// Whether it ends where it starts.
    pub fn is_root(&self) -> bool {
        self.0.is_none()
    }

    /// The way with one more step.
    #[must_use]
    pub fn then(&self, hop: Arc<Hop>) -> Self {
        Self(Some(Arc::new(Step { before: self.clone(), hop })))
    }

    /// This way, then another.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        match other.split() {
            None => self.clone(),
            Some((before, hop)) => self.join(before).then(Arc::clone(hop)),
        }
    }

    /// The way without its last step, and that step; None of the way without steps.
    pub fn split(&self) -> Option<(&Self, &Arc<Hop>)> {
        self.0.as_ref().map(|step| (&step.before, &step.hop))
    }

    /// The table at its end; None of the way without steps, which ends wherever it is followed from.
    pub fn end(&self) -> Option<&TableRef> {
        self.0.as_ref().map(|step| &step.hop.to)
    }

    /// Every part of the way that ends behind a step, the whole way last.
    pub fn steps(&self) -> Vec<&Self> {
        let mut steps = Vec::new();
        let mut at = self;
        while let Some((before, _)) = at.split() {
            steps.push(at);
            at = before;
        }
        steps.reverse();
        steps
    }
}
