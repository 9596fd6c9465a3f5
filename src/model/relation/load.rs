//! What a query loads with its rows, as a tree of relationships.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::field::Parent;
use super::reading::StepReading;
use super::{Hinge, Reading, Relation};
use crate::driver::Executor;
use crate::engine::{self, Branch, KeyColumns, Prefetch, RowKey};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::model::fault::Fault;
use crate::model::key::Key;
use crate::model::query::Query;
use crate::model::related::{Held, RelatedValue};
use crate::model::value::Row;
use crate::query::{Path, Select};
use crate::schema::relationship::Link;
use crate::types::Value;

/// Relationships of `M` that a query loads, each once.
pub(in crate::model) struct Loads<M>(Vec<Arc<dyn Load<M>>>);

impl<M> Default for Loads<M> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<M> Clone for Loads<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M> fmt::Debug for Loads<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} relationships", self.0.len())
    }
}

impl<M> From<Arc<dyn Load<M>>> for Loads<M> {
    fn from(one: Arc<dyn Load<M>>) -> Self {
        Self(vec![one])
    }
}

impl<M> Loads<M> {
    /// Adds one, to that of the same relationship if there is one.
    pub(in crate::model) fn add(&mut self, one: Arc<dyn Load<M>>) -> Result<(), Fault> {
        for earlier in &mut self.0 {
            if let Some(both) = earlier.merged(&*one)? {
                *earlier = both;
                return Ok(());
            }
        }
        self.0.push(one);
        Ok(())
    }

    fn merged(mut self, others: Self) -> Result<Self, Fault> {
        others.0.into_iter().try_for_each(|other| self.add(other))?;
        Ok(self)
    }

    /// Adds what they need to a statement; `path` leads to the rows of `M`, which are that part of it.
    pub(in crate::model) fn plan(&self, path: &Path, part: usize, asked: &mut Asked) -> Result<Fills<M>> {
        self.0.iter().map(|load| load.plan(path, part, asked)).collect()
    }
}

/// What a statement is asked for besides its rows.
#[derive(Debug, Default)]
pub(in crate::model) struct Asked {
    pub(in crate::model) related: Vec<Path>,
    pub(in crate::model) prefetches: Vec<Prefetch>,
}

/// A query about to run: with what follows it, and what fills its objects.
pub(in crate::model) struct Prepared<M> {
    pub(in crate::model) select: Select,
    pub(in crate::model) prefetches: Vec<Prefetch>,
    pub(in crate::model) fills: Fills<M>,
}

/// A relationship of `M` that is to be loaded, whatever it leads to.
pub(in crate::model) trait Load<M>: Send + Sync {
    /// The relationship with its types.
    fn as_any(&self) -> &dyn Any;

    /// This and another load of the same relationship as one; None where it is of another.
    fn merged(&self, other: &dyn Load<M>) -> Result<Option<Arc<dyn Load<M>>>, Fault>;

    /// Adds what it needs to a statement.
    fn plan(&self, path: &Path, part: usize, asked: &mut Asked) -> Result<Box<dyn Fill<M>>>;

    /// Loads it into objects that are at hand.
    fn load<'a>(
        &'a self,
        objects: Vec<&'a mut M>,
        executor: &'a dyn Executor,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;
}

/// What fills the fields of an object.
pub(in crate::model) type Fills<M> = Vec<Box<dyn Fill<M>>>;

/// Fills a field of objects from what was read.
pub(in crate::model) trait Fill<M>: Send + Sync {
    /// Fills that of the object of a row.
    fn fill(&self, object: &mut M, read: &Reading<'_>, row: usize) -> Result<()>;
}

/// How the last step of a way is loaded.
pub(in crate::model) struct Last<T: RelatedValue> {
    pub(super) joined: bool,
    pub(super) query: Option<Query<T::Model>>,
    pub(super) nested: Loads<T::Model>,
}

impl<T: RelatedValue> Default for Last<T> {
    fn default() -> Self {
        Self { joined: false, query: None, nested: Loads::default() }
    }
}

/// One relationship to be loaded, and what is loaded behind it.
pub(super) struct Node<M, T: RelatedValue> {
    relation: Relation<M, T>,
    last: Last<T>,
}

impl<M: Model, T: RelatedValue> Node<M, T> {
    pub(super) fn new(relation: Relation<M, T>, last: Last<T>) -> Self {
        Self { relation, last }
    }

    pub(super) fn plain(relation: Relation<M, T>) -> Self {
        Self::new(relation, Last::default())
    }

    /// The statement of its own, from that part of another.
    fn prefetch(&self, part: usize) -> Result<(Prefetch, Fills<T::Model>)> {
        prefetch::<T>(self.relation.hinge, &self.last, part)
    }

    pub(super) async fn load_into(&self, objects: Vec<&mut M>, executor: &dyn Executor) -> Result<()> {
        let (prefetch, nested) = self.prefetch(0)?;
        let columns = &prefetch.step.hop.from_columns;
        let keys: Vec<Option<Vec<Value>>> =
            objects.iter().map(|object| key_of(&**object, columns)).collect::<Result<_>>()?;
        let branches = engine::fetch_behind(executor, &prefetch, distinct(&keys)).await?;
        let read = Reading::new(&[], std::slice::from_ref(&branches))?;
        for (object, values) in objects.into_iter().zip(keys) {
            let key = values.as_ref().and_then(|values| RowKey::of(values));
            let make = || found_at::<M, T>(self.relation.hinge, &read.steps[0], key.as_ref(), None, &nested);
            let found = match &key {
                Some(key) => read.steps[0].made.get_or_make(key, make)?,
                None => Arc::new(make()?),
            };
            let field = (self.relation.field)(object);
            field.hold(found, Held::Found);
            field.found_for(self.relation.hinge, values);
        }
        Ok(())
    }
}

/// The statement that follows a step, and what fills the objects that it finds.
fn prefetch<T: RelatedValue>(hinge: &Hinge, last: &Last<T>, part: usize) -> Result<(Prefetch, Fills<T::Model>)> {
    let resolved = hinge.resolved().map_err(|fault| *fault)?;
    let mut query = match &last.query {
        Some(query) => query.clone(),
        None if T::MANY => Query::new(),
        // Who is referred to is there, marked as deleted or not; a join would tell the same.
        None => Query::of_all(),
    };
    query.loads = std::mem::take(&mut query.loads).merged(last.nested.clone())?;
    let Prepared { select, prefetches, fills } = query.prepare()?;
    Ok((Prefetch { part, step: resolved.step.clone(), select, then: prefetches }, fills))
}

/// What belongs to the object of a key, None where one of its parts is NULL, by a statement of its own.
pub(in crate::model) async fn load_by_key<T: RelatedValue>(
    hinge: &'static Hinge,
    key: Option<Vec<Value>>,
    executor: &dyn Executor,
) -> Result<Arc<T>> {
    let (prefetch, nested) = prefetch::<T>(hinge, &Last::default(), 0)?;
    let branches = engine::fetch_behind(executor, &prefetch, key.iter().cloned().collect()).await?;
    let step = StepReading::new(&branches)?;
    let key = key.and_then(|key| RowKey::of(&key));
    found_at::<T::Model, T>(hinge, &step, key.as_ref(), None, &nested).map(Arc::new)
}

/// What a step found for the object of a key; its rows know `owner`, the object's own row.
fn found_at<M: Model, T: RelatedValue>(
    hinge: &Hinge,
    step: &StepReading<'_>,
    key: Option<&RowKey>,
    owner: Option<Row<'_>>,
    nested: &[Box<dyn Fill<T::Model>>],
) -> Result<T> {
    let mut found = Vec::new();
    for (branch, row) in key.map(|key| step.rows_of(key)).unwrap_or_default() {
        let branch = &step.branches[*branch];
        found.push(made(&branch.parts[0], *row, branch, nested)?);
    }
    introduce::<M, T::Model>(hinge, &mut found, owner)?;
    gathered::<T>(hinge, found)
}

/// Lets rows know the row that they refer to: as it was read, without what it holds itself. All of them share it.
fn introduce<M: Model, U: Model>(hinge: &Hinge, found: &mut [U], owner: Option<Row<'_>>) -> Result<()> {
    let Some(owner) = owner.filter(|_| !found.is_empty()) else { return Ok(()) };
    let resolved = hinge.resolved().map_err(|fault| *fault)?;
    if !matches!(resolved.link, Link::Backward { .. }) {
        return Ok(());
    }
    for back in &resolved.back {
        let parent: Parent =
            if back.is_required { Arc::new(M::from_row(owner)?) } else { Arc::new(Some(M::from_row(owner)?)) };
        for object in &mut *found {
            object.related_fields_mut(&mut |hinge, field| {
                if hinge.position == back.position {
                    field.know(&parent);
                }
            });
        }
    }
    Ok(())
}

fn gathered<T: RelatedValue>(hinge: &Hinge, found: Vec<T::Model>) -> Result<T> {
    T::gather(found).ok_or_else(|| {
        let (model, name, own) = (&T::Model::table().model, hinge.name(), &(hinge.own)().model);
        Error::query(format!(
            "{name}: there is no {model} for a row of {own}; where there may be none, declare Related<Option<{model}>>"
        ))
    })
}

/// The values of an object by which others belong to it; None where one is NULL.
pub(in crate::model) fn key_of<M: Model>(object: &M, columns: &[usize]) -> Result<Option<Vec<Value>>> {
    if *columns == *M::table().primary_key
        && let Some(key) = object.key()
    {
        return key.to_values().map(Some).map_err(Error::query);
    }
    let key = columns.iter().map(|column| object.value_at(*column)).collect::<Result<Vec<Value>>>()?;
    Ok((!key.iter().any(Value::is_null)).then_some(key))
}

fn distinct(keys: &[Option<Vec<Value>>]) -> Vec<Vec<Value>> {
    let mut seen = std::collections::HashSet::new();
    keys.iter().flatten().filter(|key| RowKey::of(key).is_some_and(|key| seen.insert(key))).cloned().collect()
}

impl<M: Model, T: RelatedValue> Load<M> for Node<M, T> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn merged(&self, other: &dyn Load<M>) -> Result<Option<Arc<dyn Load<M>>>, Fault> {
        let Some(other) = other.as_any().downcast_ref::<Self>() else { return Ok(None) };
        if self.relation.hinge.position != other.relation.hinge.position {
            return Ok(None);
        }
        let query = match (&self.last.query, &other.last.query) {
            (Some(_), Some(_)) => return Err(twice(self.relation.hinge)),
            (one, another) => one.clone().or_else(|| another.clone()),
        };
        // A query is a statement of its own.
        let joined = (self.last.joined || other.last.joined) && query.is_none();
        let nested = self.last.nested.clone().merged(other.last.nested.clone())?;
        Ok(Some(Arc::new(Self::new(self.relation, Last { joined, query, nested }))))
    }

    fn plan(&self, path: &Path, part: usize, asked: &mut Asked) -> Result<Box<dyn Fill<M>>> {
        let resolved = self.relation.resolved().map_err(|fault| *fault)?;
        let relation = self.relation;
        if self.last.joined {
            let way = path.then(Arc::clone(&resolved.step.hop));
            asked.related.push(way.clone());
            let (from, part) = (part, asked.related.len());
            let nested = self.last.nested.plan(&way, part, asked)?;
            return Ok(Box::new(Joined { relation, from, part, nested }));
        }
        let (prefetch, nested) = self.prefetch(part)?;
        let columns = prefetch.step.hop.from_columns.clone();
        asked.prefetches.push(prefetch);
        Ok(Box::new(Fetched { relation, at: asked.prefetches.len() - 1, part, columns, nested }))
    }

    fn load<'a>(
        &'a self,
        objects: Vec<&'a mut M>,
        executor: &'a dyn Executor,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(self.load_into(objects, executor))
    }
}

/// Two queries of their own for one field.
fn twice(hinge: &Hinge) -> Fault {
    let (name, field, model) = (hinge.name(), hinge.field(), &(hinge.target)().model);
    Fault::Query(format!(
        "{name} is given two queries of its own by `with`, and a field holds what one of them finds: make them one, or declare \
         a field beside `{field}` for the other (a relationship to {model} with the same `foreign_key` or `through`)"
    ))
}

/// Fills a field from rows that stand beside those of the object.
struct Joined<M, T: RelatedValue> {
    relation: Relation<M, T>,
    /// The part of the object's rows.
    from: usize,
    part: usize,
    nested: Fills<T::Model>,
}

impl<M: Model, T: RelatedValue> Fill<M> for Joined<M, T> {
    fn fill(&self, object: &mut M, read: &Reading<'_>, row: usize) -> Result<()> {
        let (rows, hinge) = (&read.parts[self.part], self.relation.hinge);
        let found = read.once(self.part, row, || {
            let mut found = if rows.is_missing(row) { Vec::new() } else { vec![made(rows, row, read, &self.nested)?] };
            introduce::<M, T::Model>(hinge, &mut found, Some(Row::new(&read.parts[self.from], row)))?;
            gathered::<T>(hinge, found)
        })?;
        (self.relation.field)(object).hold(found, Held::Found);
        Ok(())
    }
}

/// Fills a field from what a statement of its own found.
struct Fetched<M, T: RelatedValue> {
    relation: Relation<M, T>,
    /// Which of the statements that followed.
    at: usize,
    part: usize,
    columns: Vec<usize>,
    nested: Fills<T::Model>,
}

impl<M: Model, T: RelatedValue> Fill<M> for Fetched<M, T> {
    fn fill(&self, object: &mut M, read: &Reading<'_>, row: usize) -> Result<()> {
        let (step, rows) = (&read.steps[self.at], &read.parts[self.part]);
        let key = KeyColumns::of(rows, &self.columns)?.key(row)?;
        let owner = Some(Row::new(rows, row));
        let make = || found_at::<M, T>(self.relation.hinge, step, key.as_ref(), owner, &self.nested);
        // Rows that stand there once ask once for what refers to them.
        let is_asked_once = T::MANY && self.part == 0 && !read.repeats;
        let found = match key.as_ref().filter(|_| !is_asked_once) {
            Some(key) => step.made.get_or_make(key, make)?,
            None => Arc::new(make()?),
        };
        (self.relation.field)(object).hold(found, Held::Found);
        Ok(())
    }
}

/// The object of a row, with what is loaded into it.
pub(in crate::model) fn made<U: Model>(
    rows: &engine::Rows,
    row: usize,
    read: &Reading<'_>,
    fills: &[Box<dyn Fill<U>>],
) -> Result<U> {
    let mut object = U::from_row(Row::new(rows, row))?;
    fills.iter().try_for_each(|fill| fill.fill(&mut object, read, row))?;
    Ok(object)
}

/// The objects of a query's rows, with all that was read with and after them.
pub(in crate::model) fn objects<M: Model>(
    parts: &[engine::Rows],
    related: &[Vec<Branch>],
    fills: &[Box<dyn Fill<M>>],
) -> Result<Vec<M>> {
    let read = Reading::new(parts, related)?;
    (0..parts[0].len()).map(|row| made(&parts[0], row, &read, fills)).collect()
}
