//! One table, and the shared handle by which queries refer to it.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Check, Column, ColumnOrder, Fill, ForeignKey, Index, Language, Occasion, Origin, Role, Rule, Unique, naming,
};
use crate::error::Result;
use crate::types::{Kind, SqlType};

/// What a primary key is called where a database gives its constraint no name; MySQL calls every one so.
const PRIMARY: &str = "PRIMARY";

/// A table, as a model declares it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its name in the database.
    pub name: String,
    /// The database schema it lives in, where one is named.
    pub schema: Option<String>,
    /// The model's name, for messages.
    pub model: String,
    /// Its columns, in order of declaration.
    pub columns: Vec<Column>,
    /// Positions of the primary key's columns.
    pub primary_key: Vec<usize>,
    /// Its indexes, besides those that columns ask for themselves.
    pub indexes: Vec<Index>,
    /// Its UNIQUE constraints, besides those that columns ask for themselves.
    pub uniques: Vec<Unique>,
    /// Its CHECK constraints.
    pub checks: Vec<Check>,
    /// Its FOREIGN KEY constraints.
    pub foreign_keys: Vec<ForeignKey>,
    /// A remark kept in the database where it can.
    pub comment: Option<String>,
    /// The order of rows where a query asks for none.
    pub ordering: Vec<ColumnOrder>,
    /// What a row is called in a sentence.
    pub verbose_name: String,
    /// What several rows are called.
    pub verbose_name_plural: String,
    /// The language in which messages speak of it.
    #[serde(skip)]
    pub origin: Origin,
}

impl Table {
    /// A table of these columns; the primary key is made of those marked so.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Definition`](crate::ErrorKind::Definition): the first of its [`faults`](Self::faults), such as
    /// no primary key, or two columns of one name.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{schema::{Column, Table}, types::SqlType};
    /// let users = Table::new("User", "users", vec![
    ///     Column::new("id", SqlType::BigInteger).primary_key().auto_increment(),
    ///     Column::new("name", SqlType::Text),
    /// ])?;
    /// assert_eq!(users.primary_key, [0]);
    /// # Ok::<(), chakra::Error>(())
    /// ```
    pub fn new(model: impl Into<String>, name: impl Into<String>, columns: Vec<Column>) -> Result<Self> {
        let table = Self::described(model, name, columns);
        match table.faults().into_iter().next() {
            Some(fault) => Err(fault.into()),
            None => Ok(table),
        }
    }

    /// A table of these columns, whatever is wrong with them: [`faults`](Self::faults) tells.
    pub fn described(model: impl Into<String>, name: impl Into<String>, columns: Vec<Column>) -> Self {
        let model = model.into();
        let verbose_name = naming::verbose_name(&model);
        Self {
            name: name.into(),
            schema: None,
            model,
            primary_key: (0..columns.len()).filter(|position| columns[*position].primary_key).collect(),
            columns,
            indexes: Vec::new(),
            uniques: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            comment: None,
            ordering: Vec::new(),
            verbose_name_plural: naming::verbose_name_plural(&verbose_name),
            verbose_name,
            origin: Origin::default(),
        }
    }

    /// The language in which its model is declared.
    pub fn language(&self) -> Language {
        self.origin.0
    }

    /// The position of the column behind an attribute.
    pub fn position(&self, attribute: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.attribute == attribute)
    }

    /// The position of the one column that the database numbers, if there is one.
    pub fn auto_increment(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.auto_increment)
    }

    /// The position of the column with a role, if there is one.
    pub fn role(&self, role: Role) -> Option<usize> {
        self.columns.iter().position(|column| column.role == Some(role))
    }

    /// The columns that the engine writes by itself on an occasion, by position, and with what.
    pub fn fills(&self, occasion: Occasion) -> impl Iterator<Item = (usize, Fill)> {
        let fill = move |(position, column): (usize, &Column)| Some((position, column.role?.fill(occasion)?));
        self.columns.iter().enumerate().filter_map(fill)
    }

    /// The names of columns.
    pub fn names(&self, positions: &[usize]) -> Vec<&str> {
        positions.iter().filter_map(|at| self.columns.get(*at)).map(|column| column.name.as_str()).collect()
    }

    /// The name of the UNIQUE constraint or unique index over exactly these columns, given by name, if the model
    /// declares one; of the primary key, which has no name of its own, `PRIMARY`.
    pub fn unique_over(&self, columns: &[String]) -> Option<String> {
        let named = |positions: &[usize]| {
            positions.len() == columns.len() && positions.iter().all(|at| columns.contains(&self.columns[*at].name))
        };
        if let Some(unique) = self.uniques.iter().find(|unique| named(&unique.columns)) {
            return Some(unique.name.clone());
        }
        if named(&self.primary_key) {
            return Some(PRIMARY.to_owned());
        }
        let indexes = self.indexes.iter().filter(|index| index.unique);
        if let Some(index) = indexes.into_iter().find(|index| index.columns().is_some_and(|columns| named(&columns))) {
            return Some(index.name.clone());
        }
        let alone = (0..self.columns.len()).find(|at| self.columns[*at].unique && named(&[*at]))?;
        Some(naming::unique_name(&self.name, &[&self.columns[alone].name]))
    }

    /// The columns, by name, that a UNIQUE constraint or a unique index of this name is over; of `PRIMARY`, as MySQL calls
    /// every primary key, those of the primary key. Empty where the model declares none.
    pub fn columns_of_unique(&self, constraint: &str) -> Vec<String> {
        let names = |positions: &[usize]| positions.iter().map(|at| self.columns[*at].name.clone()).collect();
        if let Some(unique) = self.uniques.iter().find(|unique| unique.name == constraint) {
            return names(&unique.columns);
        }
        if let Some(index) = self.indexes.iter().find(|index| index.unique && index.name == constraint) {
            return names(&index.columns().unwrap_or_default());
        }
        let is_meant = |at: &usize| naming::unique_name(&self.name, &[&self.columns[*at].name]) == constraint;
        match (0..self.columns.len()).filter(|at| self.columns[*at].unique).find(is_meant) {
            Some(alone) => names(&[alone]),
            None if constraint == PRIMARY => names(&self.primary_key),
            None => Vec::new(),
        }
    }

    /// The name of the CHECK constraint behind a rule of a column.
    pub fn rule_check_name(&self, column: &Column, rule: &Rule) -> String {
        naming::check_name(&self.name, &[&column.name, rule.option()])
    }

    /// The name of the CHECK constraint that holds an enumeration kept as text to its values.
    pub fn enum_check_name(&self, column: &Column) -> String {
        naming::check_name(&self.name, &[&column.name])
    }

    /// The name of the CHECK constraint that holds a column of a key to one form of each value, where a database needs it.
    pub fn key_check_name(&self, column: &Column) -> String {
        naming::check_name(&self.name, &[&column.name, "key"])
    }

    /// The name of the CHECK constraint that a column's own `check` makes.
    pub fn own_check_name(&self, column: &Column) -> String {
        naming::check_name(&self.name, &[&column.name, "check"])
    }

    /// The column whose CHECK constraint has this name, if it is the constraint of one column.
    pub fn column_checked_by(&self, constraint: &str) -> Option<&Column> {
        self.columns.iter().find(|column| {
            (column.check.is_some() && self.own_check_name(column) == constraint)
                || (matches!(column.sql_type, SqlType::Enum(_)) && self.enum_check_name(column) == constraint)
                || (column.sql_type.kind() == Kind::Decimal && self.key_check_name(column) == constraint)
                || column.checked_rules().any(|rule| self.rule_check_name(column, rule) == constraint)
        })
    }

    /// The columns, by name, that a CHECK constraint of this name is about: the one that has the rule, or those that the
    /// table's own constraint mentions. Empty where the model declares none.
    pub fn columns_of_check(&self, constraint: &str) -> Vec<String> {
        if let Some(column) = self.column_checked_by(constraint) {
            return vec![column.name.clone()];
        }
        let own = self.checks.iter().find(|check| check.name == constraint);
        own.map(|check| self.columns_in(&check.expression)).unwrap_or_default()
    }

    /// Whether an integer column alone is the primary key.
    pub fn has_single_integer_key(&self) -> bool {
        matches!(self.primary_key.as_slice(), [only] if self.columns[*only].sql_type.is_numbered())
    }
}

/// A shared table, compared and hashed by identity: cheap enough for every query's shape.
#[derive(Debug, Clone)]
pub struct TableRef(Arc<Table>);

impl TableRef {
    /// Shares a table.
    pub fn new(table: Table) -> Self {
        Self(Arc::new(table))
    }
}

impl Deref for TableRef {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.0
    }
}

impl PartialEq for TableRef {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for TableRef {}

impl Hash for TableRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}
