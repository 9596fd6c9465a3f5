//! Statements written by hand, as Rust types.

use std::borrow::Cow;
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

use super::Model;
use super::fault::Fault;
use super::value::{ColumnValue, Row};
use crate::driver::{BoxStream, Executor};
use crate::engine::{self, RawParam, RawRows, Rows};
use crate::error::{Error, Result, ValidationError};

mod row;

pub use row::RawRow;

/// How many rows of a stream are asked from the database at once.
const BATCH_ROWS: usize = 1_000;

/// A statement written by hand, with parameters by name: `:name` in its text, on every database.
///
/// Parameters are bound, never written into the text. Rows are read as the types asked for: the objects of a model, all of
/// whose columns the statement gives, in any order; or tuples, by position.
///
/// # Examples
///
/// ```
/// # #[cfg(all(feature = "derive", feature = "sqlite"))] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
///
/// #[derive(Model)]
/// #[chakra(table = "kites")]
/// struct Kite {
///     #[chakra(primary_key)]
///     id: i64,
///     color: String,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Kite::table()]).await?;
/// for (id, color) in [(1, "red"), (2, "blue")] {
///     Kite { id, color: color.into() }.insert(&pool).await?;
/// }
/// let red: Vec<Kite> = chakra::raw("SELECT * FROM kites WHERE color = :color").bind("color", "red").all(&pool).await?;
/// assert_eq!(red[0].id, 1);
/// let count: i64 = chakra::raw("SELECT count(*) FROM kites").scalar(&pool).await?;
/// assert_eq!(count, 2);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
pub fn raw(sql: impl Into<String>) -> RawQuery {
    RawQuery { raw: engine::Raw { sql: sql.into(), params: Vec::new() }, fault: None }
}

/// A statement written by hand; see [`raw`].
#[derive(Clone)]
#[must_use = "a statement does nothing until it is run, for example by `.execute(&pool).await`"]
pub struct RawQuery {
    raw: engine::Raw,
    fault: Option<Fault>,
}

/// A value for a parameter: what a field of a model may be, or text that is borrowed.
pub trait RawValue {
    /// What a field holds.
    type Held: ColumnValue;

    /// The value as a field holds it.
    fn held(&self) -> Cow<'_, Self::Held>;
}

impl<T: ColumnValue> RawValue for T {
    type Held = T;

    fn held(&self) -> Cow<'_, T> {
        Cow::Borrowed(self)
    }
}

impl RawValue for &str {
    type Held = String;

    fn held(&self) -> Cow<'_, String> {
        Cow::Owned((*self).to_owned())
    }
}

impl RawQuery {
    /// Gives a parameter its value. None is NULL.
    pub fn bind(self, name: impl Into<String>, value: impl RawValue) -> Self {
        self.with(name.into(), std::iter::once(value), |mut values| RawParam::One(values.remove(0)))
    }

    /// Gives a parameter several values, which stand in parentheses: `id IN :ids`. None at all is an empty set.
    pub fn bind_all<T: RawValue>(self, name: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        self.with(name.into(), values.into_iter(), RawParam::List)
    }

    fn with<T: RawValue>(
        mut self,
        name: String,
        values: impl Iterator<Item = T>,
        param: impl FnOnce(Vec<crate::types::Value>) -> RawParam,
    ) -> Self {
        let bound = values.map(|value| value.held().to_value().and_then(engine::untyped));
        match bound.collect::<Result<Vec<_>, String>>() {
            Ok(values) => self.raw.params.push((name, param(values))),
            Err(message) => {
                let error = ValidationError::new("raw", name, "value", message);
                self.fault.get_or_insert(Fault::Validation(Box::new(error)));
            }
        }
        self
    }

    /// Every row.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`](crate::ErrorKind::Query) where names and parameters do not meet, or columns and the types asked
    /// for; [`ErrorKind::Validation`](crate::ErrorKind::Validation) for a value that no database could keep;
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) for a value that the type asked for cannot hold exactly; what the
    /// database reports. The same holds for every verb here.
    pub async fn all<R: RawRow>(self, executor: &dyn Executor) -> Result<Vec<R>> {
        row::read(self.checked()?.fetch(executor).await?)
    }

    /// The only row.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] and [`Error::MultipleResults`], besides those of [`all`](Self::all).
    pub async fn one<R: RawRow>(self, executor: &dyn Executor) -> Result<R> {
        let mut rows = self.all(executor).await?;
        match (rows.pop(), rows.len()) {
            (Some(row), 0) => Ok(row),
            (Some(_), _) => Err(Error::MultipleResults { model: R::name() }),
            (None, _) => Err(Error::NotFound { model: R::name() }),
        }
    }

    /// The first value of the first row. No row reads as NULL where the type takes that.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is no row and the type takes no NULL, besides those of [`all`](Self::all).
    pub async fn scalar<T: ColumnValue>(self, executor: &dyn Executor) -> Result<T> {
        let rows = self.checked()?.fetch(executor).await?;
        if rows.is_empty() {
            return T::from_scalar(None).map_err(|_| Error::NotFound { model: row::UNNAMED.to_owned() });
        }
        let rows = rows.of_types(&[row::asked::<T>()])?;
        Row::new(&rows, 0).get(0)
    }

    /// The rows one by one, in constant memory.
    pub fn stream<R: RawRow + 'static>(self, executor: &dyn Executor) -> RawStream<R> {
        let opened = self.checked().and_then(|raw| raw.stream(executor, BATCH_ROWS));
        RawStream(match opened {
            Ok(batches) => rows_of(batches),
            Err(error) => stream::iter([Err(error)]).boxed(),
        })
    }

    /// Runs it for what it does; gives the number of rows that it concerned.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn execute(self, executor: &dyn Executor) -> Result<u64> {
        self.checked()?.execute(executor).await
    }

    fn checked(self) -> Result<engine::Raw> {
        match self.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(self.raw),
        }
    }
}

impl fmt::Debug for RawQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text only: values may be secrets.
        f.debug_struct("RawQuery").field("sql", &self.raw.sql).finish_non_exhaustive()
    }
}

/// The rows of batches, up to the first error.
fn rows_of<R: RawRow + 'static>(batches: BoxStream<Result<RawRows>>) -> BoxStream<Result<R>> {
    let rows = batches.flat_map(|batch| match batch.and_then(row::read::<R>) {
        Ok(rows) => stream::iter(rows.into_iter().map(Ok).collect::<Vec<_>>()),
        Err(error) => stream::iter(vec![Err(error)]),
    });
    let until_error = rows.scan(false, |failed, row: Result<R>| {
        let item = (!*failed).then_some(row);
        *failed |= matches!(item, Some(Err(_)));
        ready(item)
    });
    until_error.boxed()
}

/// Rows of a statement one by one, in constant memory: a [`Stream`], with a [`next`](Self::next) of its own so that nothing
/// else need be imported. After an error it ends.
#[must_use = "a stream does nothing until its rows are awaited"]
pub struct RawStream<R>(BoxStream<Result<R>>);

impl<R> RawStream<R> {
    /// The next row, None at the end.
    pub async fn next(&mut self) -> Option<Result<R>> {
        self.0.next().await
    }
}

impl<R> Stream for RawStream<R> {
    type Item = Result<R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<R> fmt::Debug for RawStream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawStream").finish_non_exhaustive()
    }
}
