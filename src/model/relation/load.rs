//! What a query loads with its rows, as a tree of relationships.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::{Reading, Relation};
use crate::driver::Executor;
use crate::engine::{self, Branch, KeyColumns, Prefetch, RowKey};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::model::key::Key;
use crate::model::query::Query;
use crate::model::related::RelatedValue;
use crate::model::value::Row;
use crate::query::{Path, Select};
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
    pub(in crate::model) fn add(&mut self, one: Arc<dyn Load<M>>) {
        for earlier in &mut self.0 {
            if let Some(both) = earlier.merged(&*one) {
                *earlier = both;
                return;
            }
        }
        self.0.push(one);
    }

    fn merged(mut self, others: Self) -> Self {
        others.0.into_iter().for_each(|other| self.add(other));
        self
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
    fn merged(&self, other: &dyn Load<M>) -> Option<Arc<dyn Load<M>>>;

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
        Self::new(relation, Last { joined: false, query: None, nested: Loads::default() })
    }

    /// The statement of its own, from that part of another.
    fn prefetch(&self, part: usize) -> Result<(Prefetch, Fills<T::Model>)> {
        let resolved = self.relation.resolved().map_err(|fault| *fault)?;
        let mut query = match &self.last.query {
            Some(query) => query.clone(),
            None if T::MANY => Query::new(),
            // Who is referred to is there, marked as deleted or not; a join would tell the same.
            None => Query::of_all(),
        };
        query.loads = std::mem::take(&mut query.loads).merged(self.last.nested.clone());
        let Prepared { select, prefetches, fills } = query.prepare()?;
        Ok((Prefetch { part, step: resolved.step.clone(), select, then: prefetches }, fills))
    }

    pub(super) async fn load_into(&self, objects: Vec<&mut M>, executor: &dyn Executor) -> Result<()> {
        let (prefetch, nested) = self.prefetch(0)?;
        let columns = &prefetch.step.hop.from_columns;
        let keys: Vec<Option<Vec<Value>>> =
            objects.iter().map(|object| key_of(&**object, columns)).collect::<Result<_>>()?;
        let branches = engine::fetch_behind(executor, &prefetch, distinct(&keys)).await?;
        let read = Reading::new(&[], std::slice::from_ref(&branches))?;
        let fetched = Fetched { relation: self.relation, at: 0, part: 0, columns: columns.clone(), nested };
        for (object, key) in objects.into_iter().zip(keys) {
            fetched.put(object, &read, key.and_then(|key| RowKey::of(&key)).as_ref())?;
        }
        Ok(())
    }
}

/// The values of an object by which others belong to it; None where one is NULL.
pub(super) fn key_of<M: Model>(object: &M, columns: &[usize]) -> Result<Option<Vec<Value>>> {
    if *columns == *M::table().primary_key
        && let Some(key) = object.key()
    {
        return key.to_values().map(Some).map_err(Error::query);
    }
    let values = object.values()?;
    let key: Vec<Value> = columns.iter().filter_map(|column| values.get(*column).cloned()).collect();
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

    fn merged(&self, other: &dyn Load<M>) -> Option<Arc<dyn Load<M>>> {
        let other: &Self = other.as_any().downcast_ref()?;
        if self.relation.position != other.relation.position {
            return None;
        }
        // Of two queries the later counts. A query is a statement of its own.
        let query = other.last.query.clone().or_else(|| self.last.query.clone());
        let joined = (self.last.joined || other.last.joined) && query.is_none();
        let nested = self.last.nested.clone().merged(other.last.nested.clone());
        Some(Arc::new(Self::new(self.relation, Last { joined, query, nested })))
    }

    fn plan(&self, path: &Path, part: usize, asked: &mut Asked) -> Result<Box<dyn Fill<M>>> {
        let resolved = self.relation.resolved().map_err(|fault| *fault)?;
        let relation = self.relation;
        if self.last.joined {
            let way = path.then(Arc::clone(&resolved.step.hop));
            asked.related.push(way.clone());
            let part = asked.related.len();
            let nested = self.last.nested.plan(&way, part, asked)?;
            return Ok(Box::new(Joined { relation, part, nested }));
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

/// Fills a field from rows that stand beside those of the object.
struct Joined<M, T: RelatedValue> {
    relation: Relation<M, T>,
    part: usize,
    nested: Fills<T::Model>,
}

impl<M: Model, T: RelatedValue> Fill<M> for Joined<M, T> {
    fn fill(&self, object: &mut M, read: &Reading<'_>, row: usize) -> Result<()> {
        let rows = &read.parts[self.part];
        let found = if rows.is_missing(row) { Vec::new() } else { vec![made(rows, row, read, &self.nested)?] };
        put(self.relation, object, found)
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

impl<M: Model, T: RelatedValue> Fetched<M, T> {
    fn put(&self, object: &mut M, read: &Reading<'_>, key: Option<&RowKey>) -> Result<()> {
        let step = &read.steps[self.at];
        let mut found = Vec::new();
        for (branch, row) in key.map(|key| step.rows_of(key)).unwrap_or_default() {
            let branch = &step.branches[*branch];
            found.push(made(&branch.parts[0], *row, branch, &self.nested)?);
        }
        put(self.relation, object, found)
    }
}

impl<M: Model, T: RelatedValue> Fill<M> for Fetched<M, T> {
    fn fill(&self, object: &mut M, read: &Reading<'_>, row: usize) -> Result<()> {
        let key = KeyColumns::of(&read.parts[self.part], &self.columns)?.key(row)?;
        self.put(object, read, key.as_ref())
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

fn put<M: Model, T: RelatedValue>(relation: Relation<M, T>, object: &mut M, found: Vec<T::Model>) -> Result<()> {
    let Some(value) = T::gather(found) else {
        let (model, name) = (&T::Model::table().model, relation.hinge().name());
        return Err(Error::query(format!(
            "{name}: there is no {model} for a row of {}; where there may be none, declare Related<Option<{model}>>",
            M::table().model
        )));
    };
    (relation.field)(object).found(value);
    Ok(())
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
