//! Setting what an object refers to, in memory.

use super::Relation;
use super::load::key_of;
use crate::engine::RowKey;
use crate::error::{Error, Result, ValidationError};
use crate::model::Model;
use crate::model::assignment::Assign;
use crate::model::fault::Fault;
use crate::model::related::{RelatedValue, ToOne};
use crate::schema::relationship::Link;
use crate::types::Value;

/// What a model says of a field that refers to nothing.
pub fn no_reference() -> Result<(), String> {
    Err("the field is no foreign key that the derive knows; set it by itself".to_owned())
}

impl<M: Model, T: RelatedValue> Relation<M, T> {
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
    pub fn assign(self, object: &mut M, value: impl Into<T>) -> Result<()>
    where
        T: ToOne,
    {
        let value = value.into();
        for (at, part) in self.reference_to(value.single())? {
            let refused = |message| {
                ValidationError::new(&M::table().model, &self.hinge().declared().name, "relationship", message)
            };
            object.take_reference(at, &part).map_err(refused)?;
        }
        (self.field)(object).set(value);
        Ok(())
    }
}

impl<M: Model, T: RelatedValue> Relation<M, T> {
    /// A foreign key with a new value, for `create` and `update`: that of a row, or none.
    ///
    /// It is an [`Error::Validation`] of theirs if the row has no key yet or there must be one, and an [`Error::Query`]
    /// if the foreign key is at the other end.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::{Model, Related};
    ///
    /// #[derive(Model)]
    /// struct Ship {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Sailor {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     #[chakra(references = "ships.id", on_delete = "SET NULL")]
    ///     ship_id: Option<i64>,
    ///     #[chakra(foreign_key = "ship_id")]
    ///     ship: Related<Option<Ship>>,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Ship::table(), Sailor::table()]).await?;
    /// let argo = Ship::create(Ship::name().set("Argo")).execute(&pool).await?;
    /// let sailor = Sailor::create(Sailor::ship().set(&argo)).execute(&pool).await?;
    /// assert_eq!(sailor.ship_id, Some(argo.id));
    /// Sailor::query().update(Sailor::ship().set(None)).execute(&pool).await?;
    /// assert!(Sailor::query().filter(Sailor::ship().is_none()).exists(&pool).await?);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub fn set<'r>(self, row: impl Referred<'r, T::Model>) -> Vec<Assign<M>>
    where
        T: ToOne,
    {
        match self.reference_to(row.row()) {
            Ok(key) => key.into_iter().map(|(at, value)| Assign::new(at, Ok(value))).collect(),
            Err(fault) => vec![Assign::new(0, Err(fault))],
        }
    }

    /// The foreign key that leads to a row, or to none.
    fn reference_to(self, row: Option<&T::Model>) -> Result<Vec<(usize, Value)>, Fault> {
        let table = M::table();
        let resolved = self.resolved().map_err(Fault::Definition)?;
        let attribute = &self.hinge().declared().name;
        let other = &T::Model::table().model;
        let Link::Forward { own, target } = &resolved.link else {
            let message =
                format!("{}.{attribute}: the foreign key is at the other end; set that of the {other}", table.model);
            return Err(Fault::Query(message));
        };
        let refused = |message: String| {
            Fault::Validation(Box::new(ValidationError::new(&table.model, attribute, "relationship", message)))
        };
        let Some(row) = row else {
            if let Some(at) = own.iter().find(|at| !table.columns[**at].nullable) {
                return Err(refused(format!("{} cannot be NULL", table.columns[*at].attribute)));
            }
            return Ok(own.iter().map(|at| (*at, Value::Null(table.columns[*at].sql_type.kind()))).collect());
        };
        let key = match row.key() {
            Some(_) => key_of(row, target).map_err(|error| Fault::Query(error.to_string()))?,
            None => None,
        };
        let key = key.ok_or_else(|| refused(format!("the {other} has no key yet: insert it first")))?;
        Ok(own.iter().copied().zip(key).collect())
    }
}

impl<M, T> Relation<M, T> {
    /// That what the object's field holds is what its foreign key says, `values` being those of its columns; for derived
    /// code.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] where it is not, so that neither of two answers is written silently.
    #[doc(hidden)]
    pub fn check(self, object: &M, values: &[Value]) -> Result<()> {
        (self.compare)(self, object, values)
    }
}

impl<M: Model, T: RelatedValue> Relation<M, T> {
    pub(super) fn compare(self, object: &M, values: &[Value]) -> Result<()> {
        let Some((held, is_given)) = (self.read)(object).held().filter(|_| !T::MANY) else { return Ok(()) };
        let resolved = self.resolved().map_err(|fault| *fault)?;
        let Link::Forward { own, target } = &resolved.link else { return Ok(()) };
        let Some(key) = own.iter().map(|at| values.get(*at).cloned()).collect::<Option<Vec<_>>>() else {
            return Ok(()); // their own faults are told
        };
        let model = &T::Model::table().model;
        let holds = match held.single() {
            // A query that narrows may have found nobody where there is somebody.
            None if !is_given || key.iter().any(Value::is_null) => return Ok(()),
            None => format!("no {model}"),
            Some(row) => match row.key().map(|_| key_of(row, target)).transpose()?.flatten() {
                None => {
                    return Err(self.out_of_step(format!("the {model} that it holds has no key yet: insert it first")));
                }
                Some(theirs) if RowKey::of(&theirs) == RowKey::of(&key) => return Ok(()),
                Some(theirs) => format!("the {model} of {}", shown(&theirs)),
            },
        };
        let (of, name, columns) = (&M::table().model, &self.hinge().declared().name, &M::table().columns);
        let names: Vec<&str> = own.iter().map(|at| columns[*at].attribute.as_str()).collect();
        Err(self.out_of_step(format!(
            "it holds {holds}, but {} is {}; set both by {of}::{name}().assign(…), or forget what is held by {name}.take()",
            names.join(", "),
            shown(&key),
        )))
    }

    fn out_of_step(self, message: String) -> Error {
        ValidationError::new(&M::table().model, &self.hinge().declared().name, "relationship", message).into()
    }
}

fn shown(key: &[Value]) -> String {
    key.iter().map(Value::shown).collect::<Vec<_>>().join(", ")
}

/// A row that a foreign key is to lead to, or none: `&User` or `Option<&User>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row of `{U}`",
    label = "neither a `&{U}` nor an `Option` of one",
    note = "a relationship to `{U}` is set by one of its objects: `Post::author().set(&ada)`, or by `None`"
)]
pub trait Referred<'r, U> {
    /// The row.
    #[doc(hidden)]
    fn row(self) -> Option<&'r U>;
}

impl<'r, U: Model> Referred<'r, U> for &'r U {
    fn row(self) -> Option<&'r U> {
        Some(self)
    }
}

impl<'r, U: Model> Referred<'r, U> for Option<&'r U> {
    fn row(self) -> Option<&'r U> {
        self
    }
}
