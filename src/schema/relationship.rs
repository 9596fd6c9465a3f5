//! Relationships: what a model says of its related models, and the columns by which they are related.

use serde::{Deserialize, Serialize};

mod back;
mod junction;
mod key;
mod key_end;
mod link;
mod resolve;
#[cfg(test)]
mod tests;

pub use back::{End, contradiction};
pub use junction::junction_name;
pub use link::Link;
pub use resolve::{Junction, Resolved, resolve};

/// How many rows there are at either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RelationshipKind {
    /// Many of these refer to one of those: the foreign key is here.
    ManyToOne,
    /// One of these belongs to one of those: the foreign key is at either end, and unique.
    OneToOne,
    /// Many of those refer to one of these: the foreign key is there.
    OneToMany,
    /// Any number of either: a junction table refers to both.
    ManyToMany,
}

impl RelationshipKind {
    /// The name users know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::ManyToOne => "ForeignKey",
            Self::OneToOne => "OneToOne",
            Self::OneToMany => "OneToMany",
            Self::ManyToMany => "ManyToMany",
        }
    }

    /// What the relationship is, seen from its other end.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::ManyToOne => Self::OneToMany,
            Self::OneToMany => Self::ManyToOne,
            other => other,
        }
    }

    /// Whether it leads to any number of rows.
    pub fn is_to_many(self) -> bool {
        matches!(self, Self::OneToMany | Self::ManyToMany)
    }
}

/// A relationship, as a model declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relationship {
    /// The attribute's name.
    pub name: String,
    /// Its kind.
    pub kind: RelationshipKind,
    /// The related model's name.
    pub target: String,
    /// The relationship of the target that leads back, where one is declared.
    pub back_populates: Option<String>,
    /// The attributes that hold the foreign key: of this model, or of the target where that refers to this one.
    /// Empty: the only foreign key between the two.
    pub foreign_key: Vec<String>,
    /// The junction's table, of a many-to-many relationship.
    pub through: Option<String>,
    /// The junction's attributes that refer to this model and to the target, where the junction leaves it open.
    pub through_fields: Option<(String, String)>,
    /// Whether a many-to-many relationship of a model with itself holds both ways by itself.
    pub symmetrical: bool,
}

impl Relationship {
    /// A relationship of a model with another.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::schema::{Relationship, RelationshipKind};
    /// let books = Relationship::new("books", RelationshipKind::OneToMany, "Book");
    /// assert_eq!(books.kind.reversed(), RelationshipKind::ManyToOne);
    /// ```
    pub fn new(name: impl Into<String>, kind: RelationshipKind, target: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            target: target.into(),
            back_populates: None,
            foreign_key: Vec::new(),
            through: None,
            through_fields: None,
            symmetrical: false,
        }
    }

    /// Names the relationship of the target that leads back.
    #[must_use]
    pub fn back_populates(mut self, name: impl Into<String>) -> Self {
        self.back_populates = Some(name.into());
        self
    }

    /// Names the attributes that hold the foreign key.
    #[must_use]
    pub fn foreign_key(mut self, attributes: &[&str]) -> Self {
        self.foreign_key = attributes.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Names the junction's table.
    #[must_use]
    pub fn through(mut self, table: impl Into<String>) -> Self {
        self.through = Some(table.into());
        self
    }
}
