//! Making a row from some of its columns.

use super::Model;
use super::assignment::{Assign, checked};
use super::validation::Faults;
use super::value::Row;
use crate::driver::Executor;
use crate::engine::{self, Record};
use crate::error::{Error, Result, ValidationError};
use crate::types::Value;

/// A new row from some of its columns; the database supplies the others.
#[derive(Debug)]
#[must_use = "nothing is created until `.execute(&pool).await`"]
pub struct Create<M> {
    assigns: Vec<Assign<M>>,
}

impl<M: Model> Create<M> {
    pub(super) fn new(assigns: Vec<Assign<M>>) -> Self {
        Self { assigns }
    }

    /// Adds the row and gives it as the database holds it: generated key, defaults and all.
    ///
    /// Of the columns that were not given, a generated key and those with a `default` are left to the database,
    /// those of `timestamps` and `version` are filled, and nullable ones are NULL.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for a value that its column does not take, and for the columns that are missing,
    /// all together; what the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::Model;
    ///
    /// #[derive(Model)]
    /// struct Order {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     article: String,
    ///     #[chakra(default = 1)]
    ///     pieces: i32,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Order::table()]).await?;
    /// let order = Order::create(Order::article().set("lamp")).execute(&pool).await?;
    /// assert_eq!((order.id, order.pieces), (1, 1));
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub async fn execute(self, executor: &dyn Executor) -> Result<M> {
        let table = M::table();
        let record = self.record_with(Vec::new(), |_| String::new())?;
        let returning = (0..table.columns.len()).collect();
        let rows = engine::insert(executor, table, record, returning).await?;
        if rows.is_empty() {
            return Err(Error::query(format!(
                "the database gave back no row of {} that it was told to insert",
                table.model
            )));
        }
        M::from_row(Row::new(&rows, 0))
    }

    /// The columns that were given, checked, and those that are known besides; `refusal` is what is said of one that was
    /// given nevertheless, by its name.
    pub(super) fn record_with(self, known: Record, refusal: impl Fn(&str) -> String) -> Result<Record> {
        let mut faults = Faults::default();
        let mut record = checked(self.assigns, &mut faults)?;
        for (position, value) in known {
            let name = &M::table().columns[position].attribute;
            if record.iter().any(|(given, _)| *given == position) || faults.concern(name) {
                return Err(Error::query(refusal(name)));
            }
            record.push((position, value));
        }
        find_missing::<M>(&record, &mut faults);
        faults.finish(record)
    }
}

fn find_missing<M: Model>(record: &[(usize, Value)], faults: &mut Faults) {
    let table = M::table();
    for (position, column) in table.columns.iter().enumerate() {
        let given = record.iter().any(|(at, _)| *at == position) || faults.concern(&column.attribute);
        if !given && !column.nullable && !column.database_supplies() && !column.engine_supplies() {
            faults.add(ValidationError::missing(&table.model, &column.attribute).defined_at(column.defined.place()));
        }
    }
}
