//! Removing many rows.

use std::marker::PhantomData;

use super::Model;
use crate::driver::Executor;
use crate::engine;
use crate::error::Result;
use crate::query::Expr;

/// The removal of the rows that a query finds.
#[derive(Debug)]
#[must_use = "a removal does nothing until `.execute(&pool).await`"]
pub struct DeleteQuery<M> {
    filter: Result<Option<Expr>>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> DeleteQuery<M> {
    pub(super) fn new(filter: Result<Option<Expr>>) -> Self {
        Self { filter, model: PhantomData }
    }

    /// Removes the rows and gives their number.
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
        engine::delete(executor, M::table(), self.filter?).await
    }
}
