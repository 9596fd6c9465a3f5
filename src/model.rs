//! Rust structs as models: a typed face over the engine's untyped records.
//!
//! `#[derive(Model)]` implements [`Model`] and gives the struct a function for each field that names its
//! [`Column`]. Everything here turns into a statement of `query` and runs through `engine`; there is no
//! second path. Start with [`Model`], then [`Query`].

mod aggregate;
mod array;
mod assignment;
#[cfg(feature = "derive")]
mod check;
mod column;
mod columns;
mod condition;
mod create;
mod delete;
mod document;
mod entity;
mod fault;
mod instance;
mod key;
mod operand;
mod order;
mod own;
mod query;
mod raw;
#[cfg(feature = "derive")]
mod registry;
#[cfg(not(feature = "derive"))]
#[path = "model/unregistered.rs"]
mod registry;
mod related;
mod relation;
mod scalar;
mod stream;
mod tables;
mod update;
mod validation;
mod value;

pub use aggregate::{Aggregate, Aggregates, NumberValue, OrderedScalar, OrderedValue};
pub use array::{ArrayLength, ArrayValue};
pub use assignment::{Assign, IntoAssigns};
#[cfg(feature = "derive")]
pub use check::check_models;
pub use column::{Column, TextValue};
pub use columns::IntoColumns;
pub use condition::Condition;
pub use create::Create;
pub use delete::{DeleteQuery, RestoreQuery, SoftDelete};
pub use document::{Document, DocumentOperand, DocumentValue};
#[doc(hidden)]
pub use entity::Entity;
pub(crate) use entity::{RelatedRows, RelatedRowsMut};
pub use key::{Key, KeyField, OptionalKey};
pub use operand::Operand;
pub use order::{IntoOrder, OrderTerm};
pub use own::{
    KeyedValue, NetworkValue, PairText, PairsValue, RangeValue, SetValue, VectorDistance, VectorValue, WordsValue,
};
pub use query::Query;
pub use raw::{RawQuery, RawRow, RawStream, RawValue, raw};
#[cfg(feature = "derive")]
pub use registry::{Registered, create_all, drop_all};
pub use related::{Related, RelatedValue, ToMany, ToOne};
#[doc(hidden)]
pub use relation::{Anchor, Hinge, RelatedField, RelationDraft, Relations};
pub use relation::{FieldOf, IntoWay, MemberRow, Members, Referred, Relation, Way};
pub(crate) use scalar::to_document;
pub use scalar::{ArrayElement, ChakraEnum, ElementScalar, Json, RangeElement, Scalar, Set, Year, now};
#[doc(hidden)]
pub use scalar::{enum_type, label, variant};
pub use stream::ModelStream;
pub use tables::{create_tables, drop_tables};
pub use update::UpdateQuery;
pub use value::{ColumnValue, Row};

use crate::driver::Executor;
use crate::error::{Error, Result};
use crate::schema::TableRef;
use crate::types::Value;

/// A struct whose values are rows of a table. Derive it: `#[derive(Model)]`.
///
/// Every verb takes its executor last: a `&Pool`, on which it is a transaction of its own, or a
/// `&Transaction`.
///
/// Values come back exactly as they were written, or an error says which column cannot be read. Instants, times and
/// spans of time have microseconds in every database: what is finer may be compared with, and is an error when it is
/// written. [`chakra::now()`](crate::now) is the present instant as databases keep it.
///
/// # Keys that the database makes
///
/// A single integer key is numbered by the database (`auto_increment = false` says no, and so does a `default`); of several
/// key fields one is, if it says `auto_increment`. Two ways to leave it to the database, and no number that means "none",
/// because 0 and negative keys are legal:
///
/// - the field is an `Option` (`id: Option<i64>`): `None` is an object that is not stored yet; `insert` fills
///   it in, and `save` inserts or updates by it;
/// - the field is plain (`id: i64`): [`create`](Self::create) takes the other columns and gives the stored
///   object. `insert` writes the key that the object has.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
///
/// #[derive(Model, Debug, PartialEq)]
/// #[chakra(table = "users")]
/// struct User {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     #[chakra(length = 50, unique)]
///     name: String,
///     age: Option<i32>,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[User::table()]).await?;
///
/// let mut ada = User { id: None, name: "Ada".into(), age: Some(36) };
/// ada.insert(&pool).await?;
/// assert_eq!(ada.id, Some(1));
///
/// ada.age = Some(37);
/// ada.save(&pool).await?;
/// assert_eq!(User::get(1, &pool).await?, ada);
///
/// ada.delete(&pool).await?;
/// assert!(!User::query().exists(&pool).await?);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
///
/// # Rules
///
/// What values must meet is declared with the fields, checked before anything is written, and told all at once; most
/// of it is a CHECK constraint of the database too.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
///
/// fn not_reserved(name: &str) -> Result<(), String> {
///     if name == "admin" { Err("the name is reserved".to_owned()) } else { Ok(()) }
/// }
///
/// #[derive(Model)]
/// struct Account {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     #[chakra(length = 20, min_length = 3, pattern = "^[a-z]+$", validate = not_reserved)]
///     name: String,
///     #[chakra(min_value = 18)]
///     age: i32,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Account::table()]).await?;
/// let error = Account { id: None, name: "admin".into(), age: 17 }.insert(&pool).await.unwrap_err();
/// let faults = error.as_validation().unwrap().faults();
/// assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["name", "age"]);
/// assert_eq!(faults[1].constraint, "min_value=18");
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
///
/// # Shared fields
///
/// Every model is one table, and structs do not inherit: there are no abstract models. What several models do alike is a
/// trait over this one; fields that several have are written by a macro of the program's own, which the derive sees like
/// any others.
///
/// ```standalone_crate
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::model::Column;
/// use chakra::{Model, Query};
///
/// trait Titled: Model {
///     fn title() -> Column<Self, String>;
///
///     fn titled(text: &str) -> Query<Self> {
///         Self::query().filter(Self::title().iexact(text))
///     }
/// }
///
/// macro_rules! titled {
///     ($(#[$attribute:meta])* struct $name:ident { $($fields:tt)* }) => {
///         #[derive(Model)]
///         $(#[$attribute])*
///         struct $name {
///             #[chakra(primary_key)]
///             id: Option<i64>,
///             #[chakra(length = 200, index)]
///             title: String,
///             $($fields)*
///         }
///
///         impl Titled for $name {
///             fn title() -> Column<Self, String> {
///                 $name::title()
///             }
///         }
///     };
/// }
///
/// titled! {
///     struct Film { minutes: i32 }
/// }
///
/// titled! {
///     #[chakra(ordering = ["-year"])]
///     struct Novel { year: i32, #[chakra(min_value = 1)] pages: i32 }
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_all(&pool).await?;
/// Film { id: None, title: "Emma".into(), minutes: 124 }.insert(&pool).await?;
/// Novel { id: None, title: "Emma".into(), year: 1815, pages: 474 }.insert(&pool).await?;
/// assert_eq!(Film::titled("emma").one(&pool).await?.minutes, 124);
/// assert_eq!(Novel::titled("emma").one(&pool).await?.pages, 474);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "put `#[derive(chakra::Model)]` on the struct"
)]
pub trait Model: Sized + Send + Sync + 'static {
    /// The primary key's type: that of its field, without `Option`, or a tuple for several.
    type Key: Key;

    /// The model's path in the program; derived.
    #[doc(hidden)]
    const PATH: &'static str = "";

    /// The model's table.
    fn table() -> &'static TableRef;

    /// The model's relationships. Derived.
    #[doc(hidden)]
    fn relations() -> &'static Relations {
        Relations::NONE
    }

    /// The object's values in order of the table's columns; NULL for the instants of `timestamps`, which the engine
    /// writes by itself. Derived.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for a value that no database could keep.
    fn values(&self) -> Result<Vec<Value>>;

    /// The object of a row that has all columns in order. Derived.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] for a stored value that the field's type cannot hold exactly.
    fn from_row(row: Row<'_>) -> Result<Self>;

    /// The primary key; None where it is not set yet. Derived.
    fn key(&self) -> Option<Self::Key>;

    /// Takes over the key that the database made, the row's only column. Derived.
    ///
    /// # Errors
    ///
    /// As [`from_row`](Self::from_row).
    fn set_key(&mut self, row: Row<'_>) -> Result<()>;

    /// What the function behind a field's `validate` says of a value for its column. Derived.
    #[doc(hidden)]
    fn check_value(position: usize, value: &Value) -> Result<(), String> {
        let _ = (position, value);
        Ok(())
    }

    /// What the function behind the model's `validate` says of the object. Derived.
    #[doc(hidden)]
    fn check_whole(&self) -> Result<(), String> {
        Ok(())
    }

    /// What every update writes, by position: the values of the fields that have an `on_update`. Derived.
    #[doc(hidden)]
    fn on_update() -> Result<Vec<(usize, Value)>> {
        Ok(Vec::new())
    }

    /// Sets the fields that have an `on_update`. Derived.
    #[doc(hidden)]
    fn apply_on_update(&mut self) {}

    /// Gives the field of the column at a position another value, and tells what it held, where a database could keep
    /// that; what was found where the field cannot hold the value. Derived.
    #[doc(hidden)]
    fn set_value(&mut self, position: usize, value: &Value) -> Result<Option<Value>, String> {
        let _ = (position, value);
        Err("the model does not say how its fields are set; derive it".to_owned())
    }

    /// The object's value of one column, as [`values`](Self::values) has it. Derived.
    #[doc(hidden)]
    fn value_at(&self, position: usize) -> Result<Value> {
        let value = self.values()?.into_iter().nth(position);
        value.ok_or_else(|| Error::query(format!("{} has no column {position}", Self::table().model)))
    }

    /// Shows the fields of relationships, in order. Derived.
    #[doc(hidden)]
    fn related_fields(&self, visit: &mut dyn FnMut(&'static Hinge, &dyn RelatedField)) {
        let _ = visit;
    }

    /// Hands out the fields of relationships, in order. Derived.
    #[doc(hidden)]
    fn related_fields_mut(&mut self, visit: &mut dyn FnMut(&'static Hinge, &mut dyn RelatedField)) {
        let _ = visit;
    }

    /// A query for all rows, to be narrowed, ordered and run. A model with `soft_delete` leaves deleted rows out.
    fn query() -> Query<Self> {
        Query::new()
    }

    /// A query for all rows, deleted ones included. See [`SoftDelete`].
    fn query_all() -> Query<Self>
    where
        Self: SoftDelete,
    {
        Query::of_all()
    }

    /// The row with that key. A model with `soft_delete` has no deleted rows for it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is none, and what the database reports.
    fn get(key: impl Into<Self::Key> + Send, executor: &dyn Executor) -> impl Future<Output = Result<Self>> + Send {
        let found = instance::get::<Self>(key.into(), executor);
        async { found.await?.ok_or_else(|| Error::NotFound { model: Self::table().model.clone() }) }
    }

    /// The row with that key, None where there is none.
    ///
    /// # Errors
    ///
    /// What the database reports.
    fn get_or_none(
        key: impl Into<Self::Key> + Send,
        executor: &dyn Executor,
    ) -> impl Future<Output = Result<Option<Self>>> + Send {
        instance::get::<Self>(key.into(), executor)
    }

    /// A new row from some of its columns; the database supplies the others. See [`Create::execute`].
    fn create(columns: impl IntoAssigns<Self>) -> Create<Self> {
        Create::new(columns.into_assigns())
    }

    /// Adds the object as a row. A key that is not set is made by the database and filled in, and so are the fields of
    /// `timestamps` and `version`, whatever they held.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for a value that its column does not take, before the database is asked; what
    /// the database reports.
    fn insert(&mut self, executor: &dyn Executor) -> impl Future<Output = Result<()>> + Send {
        instance::insert(self, executor)
    }

    /// Adds the objects as rows, all or none, however many, and gives their number. Keys that are not set are
    /// made by the database and filled in; either all objects have a key or none has.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    fn bulk_insert(models: &mut [Self], executor: &dyn Executor) -> impl Future<Output = Result<u64>> + Send {
        instance::bulk_insert(models, executor)
    }

    /// Writes the columns of the object to the row with its key. Fields that have an `on_update`, and `updated_at` and
    /// `version` of a model that has them, are set to what was written; `created_at` and `deleted_at` stay as the row
    /// has them, and so does a foreign key that a [`Related`] leads along and that is as it was read: somebody may have
    /// changed it meanwhile. [`update_only`](Self::update_only) writes some columns alone.
    ///
    /// # Errors
    ///
    /// [`Error::StaleObject`] where the row is gone, or has another version than the object; [`Error::Validation`] for
    /// a key that is not set and for a value that its column does not take; what the database reports.
    fn update(&mut self, executor: &dyn Executor) -> impl Future<Output = Result<()>> + Send {
        instance::update(self, executor)
    }

    /// Writes these columns of the object alone, and those that every update writes: what somebody else wrote to the
    /// others meanwhile stays.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update); [`Error::Query`] where no column is named, or one of the primary key.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::Model;
    ///
    /// #[derive(Model)]
    /// struct Boat {
    ///     #[chakra(primary_key)]
    ///     id: Option<i64>,
    ///     name: String,
    ///     length: i32,
    ///     colour: String,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Boat::table()]).await?;
    /// let mut boat = Boat { id: None, name: "Nina".into(), length: 15, colour: "red".into() };
    /// boat.insert(&pool).await?;
    /// Boat::query().update(Boat::colour().set("green")).execute(&pool).await?; // somebody else
    ///
    /// boat.name = "Pinta".into();
    /// boat.update_only(Boat::name(), &pool).await?; // or of several: (Boat::name(), Boat::length())
    /// let stored = Boat::get(1, &pool).await?;
    /// assert_eq!((stored.name.as_str(), stored.colour.as_str()), ("Pinta", "green"));
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    fn update_only(
        &mut self,
        columns: impl IntoColumns<Self>,
        executor: &dyn Executor,
    ) -> impl Future<Output = Result<()>> + Send {
        instance::update_only(self, columns.into_columns(), executor)
    }

    /// Inserts an object whose key is not set, updates one whose key is.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert) and [`update`](Self::update).
    fn save(&mut self, executor: &dyn Executor) -> impl Future<Output = Result<()>> + Send
    where
        Self: OptionalKey,
    {
        instance::save(self, executor)
    }

    /// Deletes the row with the object's key and gives the number of rows: 0 where it was gone. A model with
    /// `soft_delete` marks it; the object stays as it is, [`refresh`](Self::refresh) reads the mark.
    ///
    /// # Errors
    ///
    /// [`Error::StaleObject`] where the row has another version than the object; [`Error::Validation`] for a key that
    /// is not set; what the database reports.
    fn delete(&self, executor: &dyn Executor) -> impl Future<Output = Result<u64>> + Send {
        instance::delete(self, executor)
    }

    /// Removes the row with the object's key, which [`delete`](Self::delete) would mark.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
    fn hard_delete(&self, executor: &dyn Executor) -> impl Future<Output = Result<u64>> + Send
    where
        Self: SoftDelete,
    {
        instance::hard_delete(self, executor)
    }

    /// Takes the mark off the object's row, whatever its version, and sets the fields that this writes. A row without
    /// the mark stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::StaleObject`] where the row is gone; [`Error::Validation`] for a key that is not set; what the database
    /// reports.
    fn restore(&mut self, executor: &dyn Executor) -> impl Future<Output = Result<()>> + Send
    where
        Self: SoftDelete,
    {
        instance::restore(self, executor)
    }

    /// Reads the object again, deleted or not; changes that were not written are lost.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the row is gone, else as [`delete`](Self::delete).
    fn refresh(&mut self, executor: &dyn Executor) -> impl Future<Output = Result<()>> + Send {
        instance::refresh(self, executor)
    }
}
