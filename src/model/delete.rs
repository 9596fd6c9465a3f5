//! Deleting many rows, and taking that back where rows are marked.

use std::marker::PhantomData;

use super::Model;
use super::instance::marks;
use crate::driver::Executor;
use crate::engine;
use crate::error::Result;
use crate::query::Expr;

/// The deletion of the rows that a query finds.
#[derive(Debug)]
#[must_use = "nothing is deleted until `.execute(&pool).await`"]
pub struct DeleteQuery<M> {
    filter: Result<Option<Expr>>,
    /// Whether rows are removed though the model marks them.
    hard: bool,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> DeleteQuery<M> {
    pub(super) fn new(filter: Result<Option<Expr>>, hard: bool) -> Self {
        Self { filter, hard, model: PhantomData }
    }

    /// Deletes the rows and gives their number. A model with `soft_delete` marks those that are not marked yet.
    ///
    /// # Errors
    ///
    /// [`Error::Query`](crate::Error::Query) for a query that was sliced; what the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::Model;
    ///
    /// #[derive(Model)]
    /// struct Ticket {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     closed: bool,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Ticket::table()]).await?;
    /// Ticket { id: 1, closed: true }.insert(&pool).await?;
    /// assert_eq!(Ticket::query().filter(Ticket::closed().eq(true)).delete().execute(&pool).await?, 1);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub async fn execute(self, executor: &dyn Executor) -> Result<u64> {
        if self.hard {
            return engine::remove(executor, M::table(), self.filter?).await;
        }
        engine::delete(executor, M::table(), self.filter?, marks::<M>()?).await
    }
}

/// Takes back the deletion of the rows that a query finds.
#[derive(Debug)]
#[must_use = "nothing is restored until `.execute(&pool).await`"]
pub struct RestoreQuery<M> {
    filter: Result<Option<Expr>>,
    model: PhantomData<fn() -> M>,
}

impl<M: SoftDelete> RestoreQuery<M> {
    pub(super) fn new(filter: Result<Option<Expr>>) -> Self {
        Self { filter, model: PhantomData }
    }

    /// Takes the mark off the rows that have it and gives their number.
    ///
    /// # Errors
    ///
    /// [`Error::Query`](crate::Error::Query) for a query that was sliced or that hides deleted rows; what the database
    /// reports.
    pub async fn execute(self, executor: &dyn Executor) -> Result<u64> {
        engine::restore(executor, M::table(), self.filter?, marks::<M>()?).await
    }
}

/// Models whose rows are marked when they are deleted: those with `#[chakra(soft_delete)]`.
///
/// `query()`, `get` and all that is asked of them leave deleted rows out; [`query_all`](Model::query_all) does not.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
/// use chrono::{DateTime, Utc};
///
/// #[derive(Model, Default)]
/// #[chakra(soft_delete)]
/// struct Letter {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     text: String,
///     deleted_at: Option<DateTime<Utc>>,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Letter::table()]).await?;
/// let mut letter = Letter { text: "Dear Ada".into(), ..Letter::default() };
/// letter.insert(&pool).await?;
/// letter.delete(&pool).await?;
/// assert_eq!(Letter::query().count(&pool).await?, 0);
/// assert_eq!(Letter::query_all().filter(Letter::deleted_at().is_not_null()).count(&pool).await?, 1);
///
/// letter.restore(&pool).await?;
/// assert_eq!(Letter::query().count(&pool).await?, 1);
/// letter.hard_delete(&pool).await?;
/// assert_eq!(Letter::query_all().count(&pool).await?, 0);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` removes its rows when they are deleted, it does not mark them",
    label = "no soft deletion",
    note = "put `#[chakra(soft_delete)]` on the struct, and a field `deleted_at: Option<DateTime<Utc>>` into it"
)]
pub trait SoftDelete: Model {}
