//! Constraints over one or several columns, by position in their table.

use serde::{Deserialize, Serialize};

/// A UNIQUE constraint over several columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unique {
    /// Its name in the database.
    pub name: String,
    /// Positions of its columns.
    pub columns: Vec<usize>,
}

/// A CHECK constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name in the database.
    pub name: String,
    /// The SQL expression that must hold.
    pub expression: String,
}

/// What happens to referencing rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// The database's NO ACTION.
    #[default]
    NoAction,
    /// Refused while referenced.
    Restrict,
    /// Referencing rows go along.
    Cascade,
    /// References become NULL.
    SetNull,
    /// References become their default.
    SetDefault,
}

impl Action {
    /// Every action, as SQL writes it.
    pub const ALL: [(&'static str, Self); 5] = [
        ("NO ACTION", Self::NoAction),
        ("RESTRICT", Self::Restrict),
        ("CASCADE", Self::Cascade),
        ("SET NULL", Self::SetNull),
        ("SET DEFAULT", Self::SetDefault),
    ];

    /// The action of a name in any case, with a blank or an underscore between its words.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::schema::Action;
    /// assert_eq!(Action::from_name("set_null"), Some(Action::SetNull));
    /// assert_eq!(Action::from_name("CASCADE"), Some(Action::Cascade));
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim().replace('_', " ");
        Self::ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name)).map(|(_, action)| *action)
    }

    /// As SQL writes it.
    pub fn sql(self) -> &'static str {
        Self::ALL.iter().find(|(_, action)| *action == self).map_or("NO ACTION", |(sql, _)| sql)
    }
}

/// A FOREIGN KEY constraint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Its name in the database.
    pub name: String,
    /// Positions of the referencing columns.
    pub columns: Vec<usize>,
    /// The referenced table's schema; None: that of the table that refers to it.
    pub target_schema: Option<String>,
    /// The referenced table's name.
    pub target_table: String,
    /// The referenced columns' names.
    pub target_columns: Vec<String>,
    /// When the referenced row is deleted.
    pub on_delete: Action,
    /// When the referenced key changes.
    pub on_update: Action,
    /// Whether its columns get an index where no key or index begins with them.
    pub indexed: bool,
}

impl ForeignKey {
    /// A foreign key with the database's NO ACTION and an index.
    pub fn new(
        name: impl Into<String>,
        columns: Vec<usize>,
        target_table: impl Into<String>,
        target_columns: Vec<String>,
    ) -> Self {
        Self {
            name: name.into(),
            columns,
            target_schema: None,
            target_table: target_table.into(),
            target_columns,
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            indexed: true,
        }
    }
}
