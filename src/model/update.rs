//! Changing many rows.

use super::Model;
use super::assignment::{Assign, checked};
use super::validation::Faults;
use crate::driver::Executor;
use crate::engine::{self, Record};
use crate::error::Result;
use crate::query::{Assignment, Expr};

/// A change of the rows that a query finds.
#[derive(Debug)]
#[must_use = "an update does nothing until `.execute(&pool).await`"]
pub struct UpdateQuery<M> {
    filter: Result<Option<Expr>>,
    assigns: Vec<Assign<M>>,
}

impl<M: Model> UpdateQuery<M> {
    pub(super) fn new(filter: Result<Option<Expr>>, assigns: Vec<Assign<M>>) -> Self {
        Self { filter, assigns }
    }

    /// Changes the rows and gives their number (matched rather than changed). Fields that have an `on_update` and are not
    /// assigned are written with what that gives.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`](crate::Error::Validation) for a value that its column does not take;
    /// [`Error::Query`](crate::Error::Query) for a query that was sliced, or with nothing to change; what the
    /// database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::Model;
    ///
    /// #[derive(Model)]
    /// struct Lamp {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     lit: bool,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Lamp::table()]).await?;
    /// Lamp::bulk_insert(&mut [Lamp { id: 1, lit: false }, Lamp { id: 2, lit: true }], &pool).await?;
    /// let lit = Lamp::query().filter(Lamp::lit().eq(false)).update(Lamp::lit().set(true)).execute(&pool).await?;
    /// assert_eq!(lit, 1);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub async fn execute(self, executor: &dyn Executor) -> Result<u64> {
        let mut faults = Faults::default();
        let mut record = checked(self.assigns, &mut faults)?;
        if !record.is_empty() {
            let written: Vec<usize> = record.iter().map(|(position, _)| *position).collect();
            record.extend(supplied::<M>(&written, &mut faults)?);
        }
        let record = faults.finish(record)?;
        let assignments = record.into_iter().map(|(column, value)| Assignment { column, value: Expr::value(value) });
        engine::update(executor, M::table(), assignments.collect(), self.filter?).await
    }
}

/// What fields with an `on_update` write, but for those that are written anyway.
pub(super) fn supplied<M: Model>(written: &[usize], faults: &mut Faults) -> Result<Record> {
    let mut record = Record::new();
    for (position, value) in M::on_update()? {
        if !written.contains(&position) {
            record.extend(faults.check::<M>(position, value)?.map(|value| (position, value)));
        }
    }
    Ok(record)
}
