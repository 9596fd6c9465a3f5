//! One column of a table.

use serde::{Deserialize, Serialize};

use super::Rule;
use crate::types::SqlType;

/// Where a column's field is declared, for messages. Not part of the schema: it is never stored, and columns are the
/// same wherever they are declared.
#[derive(Debug, Clone, Default)]
pub struct Defined(Option<Box<str>>);

impl Defined {
    /// A place, as file and line.
    pub fn at(place: &str) -> Self {
        Self((!place.is_empty()).then(|| place.into()))
    }

    /// The place, where it is known.
    pub fn place(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl PartialEq for Defined {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// What a column is to the engine, which fills it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Role {
    /// The instant at which the row was inserted.
    CreatedAt,
    /// The instant of the last write.
    UpdatedAt,
    /// The instant at which the row was deleted; NULL: it was not. Rows are marked instead of removed.
    DeletedAt,
    /// Counts the writes; a write that knows another count than the row's is refused.
    Version,
}

/// What is done to a row, as far as columns with a [`Role`] are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// It is added.
    Insert,
    /// It is changed.
    Update,
    /// It is marked as deleted.
    Delete,
    /// The mark is taken away.
    Restore,
}

/// What the engine writes to a column by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// The present instant.
    Now,
    /// NULL.
    Null,
    /// The first number of a count.
    First,
    /// The number after the row's.
    Next,
}

impl Role {
    /// What the engine writes to such a column by itself, if anything.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::schema::{Fill, Occasion, Role};
    /// assert_eq!(Role::CreatedAt.fill(Occasion::Insert), Some(Fill::Now));
    /// assert_eq!(Role::CreatedAt.fill(Occasion::Update), None);
    /// assert_eq!(Role::Version.fill(Occasion::Delete), Some(Fill::Next));
    /// ```
    pub fn fill(self, occasion: Occasion) -> Option<Fill> {
        match (self, occasion) {
            (Self::CreatedAt, Occasion::Insert) | (Self::UpdatedAt, _) | (Self::DeletedAt, Occasion::Delete) => {
                Some(Fill::Now)
            }
            (Self::DeletedAt, Occasion::Restore) => Some(Fill::Null),
            (Self::Version, Occasion::Insert) => Some(Fill::First),
            (Self::Version, _) => Some(Fill::Next),
            (Self::CreatedAt | Self::DeletedAt, _) => None,
        }
    }

    /// The name users know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::DeletedAt => "deleted_at",
            Self::Version => "version",
        }
    }

    /// The role of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::CreatedAt, Self::UpdatedAt, Self::DeletedAt, Self::Version];
        all.into_iter().find(|role| role.name() == name)
    }
}

/// A column, as a model declares it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools)] // they are independent facts, as in SQL
pub struct Column {
    /// The column's name in the database.
    pub name: String,
    /// The attribute's name in the model.
    pub attribute: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// Whether it belongs to the primary key.
    pub primary_key: bool,
    /// Whether the database numbers new rows.
    pub auto_increment: bool,
    /// Whether its values are unique.
    pub unique: bool,
    /// Whether it has an index of its own.
    pub index: bool,
    /// Whether the model (not the database) supplies a value that was not given.
    pub has_default: bool,
    /// An SQL expression by which the database supplies a value that was not given.
    pub server_default: Option<String>,
    /// A remark kept in the database where it can.
    pub comment: Option<String>,
    /// What it is to the engine, if anything.
    pub role: Option<Role>,
    /// What its values must meet beyond its type.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Whether the database holds the rules too, as CHECK constraints.
    #[serde(default = "yes")]
    pub db_check: bool,
    /// An SQL condition of a CHECK constraint of its own, as the user words it.
    #[serde(default)]
    pub check: Option<String>,
    /// Where its field is declared.
    #[serde(skip)]
    pub defined: Defined,
}

fn yes() -> bool {
    true
}

impl Column {
    /// A NOT NULL column whose name is its attribute's.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{schema::Column, types::SqlType};
    /// let age = Column::new("age", SqlType::Integer).nullable();
    /// assert_eq!((age.name.as_str(), age.nullable), ("age", true));
    /// ```
    pub fn new(attribute: impl Into<String>, sql_type: SqlType) -> Self {
        let attribute = attribute.into();
        Self {
            name: attribute.clone(),
            attribute,
            sql_type,
            nullable: false,
            primary_key: false,
            auto_increment: false,
            unique: false,
            index: false,
            has_default: false,
            server_default: None,
            comment: None,
            role: None,
            rules: Vec::new(),
            db_check: true,
            check: None,
            defined: Defined::default(),
        }
    }

    /// Allows NULL.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Makes it (part of) the primary key.
    #[must_use]
    pub fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self
    }

    /// Lets the database number new rows.
    #[must_use]
    pub fn auto_increment(mut self) -> Self {
        self.auto_increment = true;
        self
    }

    /// Makes its values unique.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Gives it an index.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        self.index = true;
        self
    }

    /// Adds a rule for its values.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Names it differently in the database.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Gives it a role.
    #[must_use]
    pub fn with_role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// The rules that the database holds too, as CHECK constraints.
    pub fn checked_rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| self.db_check && rule.has_check())
    }

    /// Whether a new row may leave it out: the database supplies the value.
    pub fn database_supplies(&self) -> bool {
        self.auto_increment || self.server_default.is_some()
    }

    /// Whether NULL, as the value of a new row, says no more than that no value was given: in a key that the database
    /// makes, and in what the engine writes by itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{schema::Column, types::SqlType};
    /// assert!(Column::new("id", SqlType::Integer).primary_key().auto_increment().takes_null_as_open());
    /// assert!(!Column::new("level", SqlType::Integer).nullable().takes_null_as_open());
    /// ```
    pub fn takes_null_as_open(&self) -> bool {
        (self.primary_key && self.database_supplies()) || self.engine_supplies()
    }

    /// Whether the engine writes it by itself in a new row that leaves it out.
    pub fn engine_supplies(&self) -> bool {
        self.role.is_some_and(|role| role.fill(Occasion::Insert).is_some())
    }
}
