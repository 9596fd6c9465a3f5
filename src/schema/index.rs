//! Indexes over columns and expressions.

use serde::{Deserialize, Serialize};

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Index {
    /// Its name in the database.
    pub name: String,
    /// What it is over, the most significant part first.
    pub parts: Vec<IndexPart>,
    /// Whether it forbids duplicates.
    pub unique: bool,
    /// The SQL condition of the rows that it holds, where those are not all.
    pub filter: Option<String>,
    /// How it is built, where that is not the database's usual way.
    pub method: Option<IndexMethod>,
}

/// One part of an index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IndexPart {
    /// A column.
    Column(ColumnOrder),
    /// An SQL expression.
    Expression(String),
}

/// A column, by position, and the direction in which it is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ColumnOrder {
    /// The column's position in its table.
    pub column: usize,
    /// Whether the greatest value comes first.
    pub descending: bool,
}

impl ColumnOrder {
    /// The smallest value first.
    pub fn ascending(column: usize) -> Self {
        Self { column, descending: false }
    }

    /// The greatest value first.
    pub fn descending(column: usize) -> Self {
        Self { column, descending: true }
    }
}

/// How an index is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum IndexMethod {
    /// A balanced tree: what every database does without being asked.
    BTree,
    /// Equality only (PostgreSQL).
    Hash,
    /// Inverted: documents, arrays, full text (PostgreSQL).
    Gin,
    /// Generalised search tree: ranges, shapes, nearest neighbours (PostgreSQL).
    Gist,
    /// Space-partitioned search tree (PostgreSQL).
    SpGist,
    /// Summaries of blocks, for large tables in natural order (PostgreSQL).
    Brin,
    /// Words of texts (MySQL).
    FullText,
}

impl IndexMethod {
    /// Every method, by the name that users know it by.
    pub const ALL: [(&'static str, Self); 7] = [
        ("btree", Self::BTree),
        ("hash", Self::Hash),
        ("gin", Self::Gin),
        ("gist", Self::Gist),
        ("spgist", Self::SpGist),
        ("brin", Self::Brin),
        ("fulltext", Self::FullText),
    ];

    /// The method of a name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, method)| *method)
    }

    /// The name that users know it by.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, method)| *method == self).map_or("btree", |(name, _)| name)
    }
}

impl Index {
    /// An index over columns, smallest values first.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::schema::Index;
    /// let index = Index::over("ix_people_name", [1, 2]).unique();
    /// assert!(index.unique && index.parts.len() == 2);
    /// ```
    pub fn over(name: impl Into<String>, columns: impl IntoIterator<Item = usize>) -> Self {
        let parts = columns.into_iter().map(|column| IndexPart::Column(ColumnOrder::ascending(column))).collect();
        Self { name: name.into(), parts, unique: false, filter: None, method: None }
    }

    /// Forbids duplicates.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Its columns in order; None where a part is an expression.
    pub fn columns(&self) -> Option<Vec<usize>> {
        let column = |part: &IndexPart| match part {
            IndexPart::Column(order) => Some(order.column),
            IndexPart::Expression(_) => None,
        };
        self.parts.iter().map(column).collect()
    }

    /// Whether a column is one of its parts.
    pub(crate) fn has(&self, position: usize) -> bool {
        self.parts.iter().any(|part| matches!(part, IndexPart::Column(order) if order.column == position))
    }

    /// Whether it is a tree over all rows, so that it finds rows by its first columns.
    pub(super) fn finds_any_row(&self) -> bool {
        self.filter.is_none() && matches!(self.method, None | Some(IndexMethod::BTree))
    }
}
