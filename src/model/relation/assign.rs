//! Setting what an object refers to, in memory.

use super::Relation;
use super::load::key_of;
use crate::error::{Error, Result, ValidationError};
use crate::model::Model;
use crate::model::related::ToOne;
use crate::schema::relationship::Link;
use crate::types::Value;

/// What a model says of a field that refers to nothing.
pub fn no_reference() -> Result<(), String> {
    Err("the field is no foreign key that the derive knows; set it by itself".to_owned())
}

impl<M: Model, T: ToOne> Relation<M, T> {
    /// Makes the object refer to a row: sets its foreign key, and holds the row as if it were loaded. Nothing is written
    /// until the object is.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for a row that has no key yet, and for none where there must be one; [`Error::Query`] where
    /// the foreign key is at the other end. The object is then as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{Model, Related};
    ///
    /// #[derive(Model)]
    /// struct Team {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Player {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     #[chakra(references = "teams.id", on_delete = "SET NULL")]
    ///     team_id: Option<i64>,
    ///     #[chakra(foreign_key = "team_id")]
    ///     team: Related<Option<Team>>,
    /// }
    ///
    /// let mut player = Player { id: 1, team_id: None, team: Related::default() };
    /// Player::team().assign(&mut player, Team { id: 7 })?;
    /// assert_eq!(player.team_id, Some(7));
    /// assert!(player.team.get()?.is_some());
    /// # Ok::<(), chakra::Error>(())
    /// ```
    pub fn assign(self, object: &mut M, value: impl Into<T>) -> Result<()> {
        let (value, table) = (value.into(), M::table());
        let resolved = self.resolved().map_err(|fault| *fault)?;
        let attribute = &self.hinge().declared().name;
        let Link::Forward { own, target } = &resolved.link else {
            let (model, other) = (&table.model, &T::Model::table().model);
            let message = format!("{model}.{attribute}: the foreign key is at the other end; set that of the {other}");
            return Err(Error::query(message));
        };
        let refused = |message: String| ValidationError::new(&table.model, attribute, "relationship", message);
        let key = match value.one() {
            Some(row) if row.key().is_some() => key_of(row, target)?,
            Some(_) => None,
            None => Some(own.iter().map(|at| Value::Null(table.columns[*at].sql_type.kind())).collect()),
        };
        let unsaved = || refused(format!("the {} has no key yet: insert it first", T::Model::table().model));
        let key: Vec<Value> = key.ok_or_else(unsaved)?;
        if value.one().is_none()
            && let Some(at) = own.iter().find(|at| !table.columns[**at].nullable)
        {
            return Err(refused(format!("{} cannot be NULL", table.columns[*at].attribute)).into());
        }
        for (at, part) in own.iter().zip(&key) {
            object.take_reference(*at, part).map_err(&refused)?;
        }
        (self.field)(object).set(value);
        Ok(())
    }
}
