//! Setting what an object refers to, in memory.

use super::load::key_of;
use super::{OwnKey, Relation};
use crate::error::{Result, ValidationError};
use crate::model::Model;
use crate::model::assignment::Assign;
use crate::model::fault::Fault;
use crate::model::related::{RelatedValue, ToOne};
use crate::schema::relationship::Link;
use crate::types::Value;

impl<M: Model, T: RelatedValue> Relation<M, T> {
    /// Makes the object refer to a row: sets its foreign key, and holds the row as if it were loaded. Nothing is written
    /// until the object is.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`](crate::Error::Validation) for a row that has no key yet, and for none where there must
    /// be one; [`Error::Query`](crate::Error::Query) where the foreign key is at the other end. The object is then as it was.
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
        let reference = self.reference_to(value.rows().first())?;
        for (at, part) in &reference {
            let refused =
                |message| ValidationError::new(&M::table().model, self.hinge.field(), "relationship", message);
            object.set_value(*at, part).map_err(refused)?;
        }
        let field = (self.field)(object);
        field.set(value);
        field.place(self.hinge, OwnKey::of(reference.into_iter().map(|(_, part)| part).collect()), false);
        Ok(())
    }
}

impl<M: Model, T: RelatedValue> Relation<M, T> {
    /// A foreign key with a new value, for `create` and `update`: that of a row, or none.
    ///
    /// It is an [`Error::Validation`](crate::Error::Validation) of theirs if the row has no key yet or there must be one, and
    /// an [`Error::Query`](crate::Error::Query) if the foreign key is at the other end.
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

    /// The columns of the foreign key, which must be those of the model itself.
    pub(in crate::model) fn own_columns(self) -> Result<Vec<usize>> {
        self.reference().map(|(own, _)| own)
    }

    /// The columns of the foreign key, which must be those of the model itself, and those that it refers to.
    pub(crate) fn reference(self) -> Result<(Vec<usize>, Vec<usize>)> {
        match &self.resolved().map_err(|fault| *fault)?.link {
            Link::Forward { own, target } => Ok((own.clone(), target.clone())),
            _ => Err(self.is_elsewhere().into()),
        }
    }

    /// Has the field of an object hold nothing.
    pub(crate) fn forget(self, object: &mut M) {
        (self.field)(object).forget();
    }

    fn is_elsewhere(self) -> Fault {
        let (model, attribute, other) = (&M::table().model, self.hinge.field(), &T::Model::table().model);
        Fault::Query(format!("{model}.{attribute}: the foreign key is at the other end; set that of the {other}"))
    }

    /// The foreign key that leads to a row, or to none.
    fn reference_to(self, row: Option<&T::Model>) -> Result<Vec<(usize, Value)>, Fault> {
        let table = M::table();
        let resolved = self.resolved().map_err(Fault::Definition)?;
        let attribute = &self.hinge.declared().name;
        let other = &T::Model::table().model;
        let Link::Forward { own, target } = &resolved.link else { return Err(self.is_elsewhere()) };
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
