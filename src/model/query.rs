//! Queries of one model.

use std::marker::PhantomData;
use std::sync::Arc;

use super::Model;
use super::aggregate::Aggregates;
use super::assignment::{Assign, IntoAssigns};
use super::condition::Condition;
use super::delete::{DeleteQuery, RestoreQuery, SoftDelete};
use super::fault::Fault;
use super::instance::{key_is_in, key_values};
use super::order::{self, IntoOrder};
use super::related::ToOne;
use super::relation::{Asked, IntoWay, Load, Loads, Prepared, objects};
use super::stream::ModelStream;
use super::update::UpdateQuery;
use super::value::read_all;
use crate::driver::Executor;
use crate::engine;
use crate::error::{Error, Result};
use crate::query::{Expr, Order, Param, Path, Select};
use crate::types::Value;

/// A query for rows of `M`: a value that is built in a chain and asks the database only where it is
/// awaited. Clone it to use it twice.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
///
/// #[derive(Model, Debug)]
/// struct Planet {
///     #[chakra(primary_key)]
///     name: String,
///     moons: i32,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Planet::table()]).await?;
/// for (name, moons) in [("Mars", 2), ("Earth", 1), ("Venus", 0)] {
///     Planet { name: name.into(), moons }.insert(&pool).await?;
/// }
/// let with_moons = Planet::query().filter(Planet::moons().gt(0)).order_by(Planet::name());
/// assert_eq!(with_moons.clone().count(&pool).await?, 2);
/// assert_eq!(with_moons.first(&pool).await?.unwrap().name, "Earth");
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
#[derive(Debug)]
#[must_use = "a query does nothing until it is run, for example by `.all(&pool).await`"]
pub struct Query<M> {
    select: Select,
    /// Whether `order_by` was called: then the model's own order counts no more.
    explicit_order: bool,
    /// Whether rows that are marked as deleted are left out.
    hides_deleted: bool,
    /// Relationships that are loaded with the rows.
    pub(super) loads: Loads<M>,
    fault: Option<Fault>,
    model: PhantomData<fn() -> M>,
}

// Not derived: that would ask for models that are `Clone`.
impl<M> Clone for Query<M> {
    fn clone(&self) -> Self {
        Self {
            select: self.select.clone(),
            explicit_order: self.explicit_order,
            hides_deleted: self.hides_deleted,
            loads: self.loads.clone(),
            fault: self.fault.clone(),
            model: PhantomData,
        }
    }
}

impl<M: Model> Query<M> {
    pub(super) fn new() -> Self {
        Self {
            select: Select::live(M::table()),
            explicit_order: false,
            hides_deleted: true,
            loads: Loads::default(),
            fault: None,
            model: PhantomData,
        }
    }

    /// Of all rows, deleted ones included.
    pub(super) fn of_all() -> Self {
        Self { select: Select::from(M::table()), hides_deleted: false, ..Self::new() }
    }

    /// Loads what a relationship to one row leads to in the same statement, and what lies on the way:
    /// `.select_related(Comment::post().then(Post::author()))`.
    pub fn select_related<W: IntoWay<M>>(mut self, way: W) -> Self
    where
        W::End: ToOne,
    {
        let way = way.into_way();
        match way.unjoinable() {
            Some(message) => self.note(Fault::Query(message)),
            None => self.load(way.into_load(true)),
        }
        self
    }

    /// Loads what a relationship leads to, to one row or to many, by one statement more for each step, whatever the number
    /// of rows. [`Relation::with`](super::Relation::with) gives it a query of its own.
    pub fn prefetch_related<W: IntoWay<M>>(mut self, way: W) -> Self {
        self.load(way.into_way().into_load(false));
        self
    }

    fn load(&mut self, one: Arc<dyn Load<M>>) {
        if let Err(fault) = self.loads.add(one) {
            self.note(fault);
        }
    }

    /// Keeps rows that also meet the condition.
    pub fn filter(mut self, condition: Condition<M>) -> Self {
        self.refuse_after_slice("filter");
        match condition.into_expr() {
            Ok(expr) => self.select = self.select.filter(expr),
            Err(fault) => self.note(fault),
        }
        self
    }

    /// Keeps the rows of these keys, however many; a key of several fields is a tuple of them.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::Model;
    ///
    /// #[derive(Model)]
    /// struct Seat {
    ///     #[chakra(primary_key)]
    ///     row: i32,
    ///     #[chakra(primary_key)]
    ///     number: i32,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Seat::table()]).await?;
    /// Seat::bulk_insert(&mut [Seat { row: 1, number: 1 }, Seat { row: 1, number: 2 }], &pool).await?;
    /// assert_eq!(Seat::query().with_keys([(1, 2), (2, 1)]).count(&pool).await?, 1);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub fn with_keys(mut self, keys: impl IntoIterator<Item = M::Key>) -> Self {
        self.refuse_after_slice("with_keys");
        let keys: Result<_, _> = keys.into_iter().map(|key| key_values::<M>(&key)).collect();
        match keys {
            Ok(keys) => self.select = self.select.filter(key_is_in::<M>(keys)),
            Err(fault) => self.note(fault),
        }
        self
    }

    /// Locks the rows until the transaction ends.
    pub(crate) fn locking(mut self) -> Self {
        self.select.locks = true;
        self
    }

    /// The row of a key, deleted or not.
    pub(crate) fn of_row(key: Vec<Value>) -> Self {
        let mut query = Self::of_all();
        query.select = query.select.filter(key_is_in::<M>(vec![key]));
        query
    }

    /// Keeps rows that do not meet the condition: the exact complement of [`filter`](Self::filter).
    pub fn exclude(self, condition: Condition<M>) -> Self {
        self.filter(!condition)
    }

    /// Orders the rows, in place of an earlier order and of the model's own; `()` clears it.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        self.refuse_after_slice("order_by");
        self.explicit_order = true;
        match order::into_nodes(order) {
            Ok(order) => self.select.order_by = order,
            Err(fault) => self.note(fault),
        }
        self
    }

    /// Gives at most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.select.limit = Some(rows_param(rows));
        self
    }

    /// Skips so many rows.
    pub fn offset(mut self, rows: u64) -> Self {
        self.select.offset = Some(rows_param(rows));
        self
    }

    /// Gives equal rows once.
    pub fn distinct(mut self) -> Self {
        self.select.distinct = true;
        self
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// What the database reports; [`Error::Decode`] for a stored value that the model's type cannot hold
    /// exactly; [`Error::Query`] and [`Error::Validation`] for a chain that means nothing. The same holds
    /// for every verb here.
    pub async fn all(self, executor: &dyn Executor) -> Result<Vec<M>> {
        let Prepared { select, prefetches, fills } = self.prepare()?;
        if fills.is_empty() {
            return read_all(&engine::fetch(executor, select).await?, |row| M::from_row(row));
        }
        let graph = engine::fetch_graph(executor, select, &prefetches).await?;
        objects(&graph.parts, &graph.related, &fills)
    }

    /// The first row, None where there is none. Without an order: by the model's own, else by primary key.
    pub async fn first(mut self, executor: &dyn Executor) -> Result<Option<M>> {
        self.order_if_unordered();
        self.at_most(1);
        Ok(self.all(executor).await?.pop())
    }

    /// The last row, None where there is none. Without an order: by the model's own, else by primary key.
    pub async fn last(mut self, executor: &dyn Executor) -> Result<Option<M>> {
        self.refuse_after_slice("last");
        self.order_if_unordered();
        self.select.order_by = self.select.order_by.into_iter().map(Order::reversed).collect();
        self.explicit_order = true;
        self.at_most(1);
        Ok(self.all(executor).await?.pop())
    }

    /// The only row.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] and [`Error::MultipleResults`], besides those of [`all`](Self::all).
    pub async fn one(self, executor: &dyn Executor) -> Result<M> {
        self.one_or_none(executor).await?.ok_or_else(|| Error::NotFound { model: M::table().model.clone() })
    }

    /// The only row, None where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::MultipleResults`], besides those of [`all`](Self::all).
    pub async fn one_or_none(mut self, executor: &dyn Executor) -> Result<Option<M>> {
        self.at_most(2);
        let mut rows = self.all(executor).await?;
        if rows.len() > 1 {
            return Err(Error::MultipleResults { model: M::table().model.clone() });
        }
        Ok(rows.pop())
    }

    /// The number of rows.
    pub async fn count(self, executor: &dyn Executor) -> Result<u64> {
        engine::count(executor, self.into_select()?).await
    }

    /// What the aggregates make of the rows: one value, or a tuple of them. See [`Aggregate`](super::Aggregate).
    pub async fn aggregate<A: Aggregates<M>>(self, aggregates: A, executor: &dyn Executor) -> Result<A::Output> {
        let nodes = aggregates.nodes()?;
        let made = engine::aggregate(executor, self.into_select()?, nodes).await?;
        aggregates.read(&made)
    }

    /// Whether there is any row.
    pub async fn exists(self, executor: &dyn Executor) -> Result<bool> {
        engine::exists(executor, self.into_select()?).await
    }

    /// The rows one by one, in constant memory.
    ///
    /// With `select_related` their related rows come along; `prefetch_related` runs its statements once for each batch of
    /// rows, beside the stream: outside a transaction that takes a second connection of the pool.
    pub fn stream(self, executor: &dyn Executor) -> ModelStream<'_, M> {
        ModelStream::new(self.prepare().and_then(|prepared| ModelStream::open(executor, prepared)))
    }

    /// Changes the rows; see [`UpdateQuery::execute`].
    pub fn update(mut self, assigns: impl IntoAssigns<M>) -> UpdateQuery<M> {
        self.refuse_after_slice("update");
        let assigns: Vec<Assign<M>> = assigns.into_assigns();
        UpdateQuery::new(self.into_filter(), assigns)
    }

    /// Deletes the rows; see [`DeleteQuery::execute`].
    pub fn delete(mut self) -> DeleteQuery<M> {
        self.refuse_after_slice("delete");
        DeleteQuery::new(self.into_filter(), false)
    }

    /// Removes the rows, those of a model with `soft_delete` too.
    pub fn hard_delete(mut self) -> DeleteQuery<M> {
        self.refuse_after_slice("hard_delete");
        DeleteQuery::new(self.into_filter(), true)
    }

    /// Takes back the deletion of the rows; see [`RestoreQuery::execute`].
    pub fn restore(mut self) -> RestoreQuery<M>
    where
        M: SoftDelete,
    {
        self.refuse_after_slice("restore");
        if self.hides_deleted {
            let model = &M::table().model;
            let message = format!("`restore` of `{model}::query()`, which leaves deleted rows out; say `query_all()`");
            self.note(Fault::Query(message));
        }
        RestoreQuery::new(self.into_filter())
    }

    /// The statement, what follows it, and what fills its objects.
    pub(super) fn prepare(mut self) -> Result<Prepared<M>> {
        self.order_as_declared();
        let (loads, mut select) = (std::mem::take(&mut self.loads), self.into_select()?);
        let mut asked = Asked::default();
        let fills = loads.plan(&Path::default(), 0, &mut asked)?;
        select.related = asked.related;
        Ok(Prepared { select, prefetches: asked.prefetches, fills })
    }

    fn into_select(self) -> Result<Select> {
        match self.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(self.select),
        }
    }

    fn into_filter(self) -> Result<Option<Expr>> {
        Ok(self.into_select()?.filter)
    }

    fn order_as_declared(&mut self) {
        if !self.explicit_order && self.select.order_by.is_empty() {
            self.select.order_by = Order::of_model(M::table());
        }
    }

    fn order_if_unordered(&mut self) {
        self.order_as_declared();
        if self.select.order_by.is_empty() {
            self.select.order_by = Order::by_key(M::table());
        }
    }

    /// Narrows the limit, never widens it.
    fn at_most(&mut self, rows: i64) {
        let limit = match &self.select.limit {
            Some(Param(Value::Integer(earlier))) => rows.min(*earlier),
            _ => rows,
        };
        self.select.limit = Some(Param(Value::Integer(limit)));
    }

    /// Rows that a limit cut off cannot be narrowed or ordered any more: it would be another question.
    fn refuse_after_slice(&mut self, verb: &str) {
        if self.select.limit.is_some() || self.select.offset.is_some() {
            let model = &M::table().model;
            self.note(Fault::Query(format!("`{verb}` after `limit` or `offset` on {model}; call `{verb}` first")));
        }
    }

    /// Keeps the first fault: later ones may be its consequences.
    fn note(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }
}

fn rows_param(rows: u64) -> Param {
    Param(Value::Integer(i64::try_from(rows).unwrap_or(i64::MAX)))
}
