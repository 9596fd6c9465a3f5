//! Rendered text, kept by shape: a repeated query costs a hash and a comparison, not a rendering.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use parking_lot::RwLock;

use super::{Dialect, Sql, render};
use crate::error::Result;
use crate::query::{Param, Statement};
use crate::types::{Numeric, Value};

/// How many shapes are kept where nothing else is said.
const CAPACITY: usize = 1024;

/// The rendered texts of a pool's statements, by shape (all but the bound values), at most so many.
///
/// Entries are in two generations: a full young one becomes the old one, and the old one is forgotten but
/// for what was used meanwhile. So what is used stays, without a list of uses to be kept on every hit.
/// No bound value is kept alive.
///
/// # Examples
///
/// ```
/// use chakra::dialect::{Dialect, ShapeCache};
/// use chakra::query::{Expr, Select, Statement};
/// use chakra::schema::{Column, Table, TableRef};
/// use chakra::types::{SqlType, Value};
///
/// let id = Column::new("id", SqlType::Integer).primary_key();
/// let users = TableRef::new(Table::new("User", "users", vec![id])?);
/// let query = |limit: i64| {
///     let mut select = Select::from(&users);
///     select.limit = Some(chakra::query::Param(Value::Integer(limit)));
///     Statement::Select(select)
/// };
/// let cache = ShapeCache::default();
/// let first = cache.get_or_render(&query(1), Dialect::Sqlite)?;
/// let second = cache.get_or_render(&query(2), Dialect::Sqlite)?;
/// assert!(std::sync::Arc::ptr_eq(&first, &second));
/// # Ok::<(), chakra::Error>(())
/// ```
#[derive(Debug)]
pub struct ShapeCache {
    hasher: RandomState,
    per_generation: usize,
    generations: RwLock<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashTable<Entry>,
    old: HashTable<Entry>,
}

#[derive(Debug)]
struct Entry {
    hash: u64,
    dialect: Dialect,
    shape: Statement,
    sql: Arc<Sql>,
}

impl Default for ShapeCache {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl ShapeCache {
    /// A cache of at most `capacity` shapes (at least two).
    pub fn with_capacity(capacity: usize) -> Self {
        Self { hasher: RandomState::default(), per_generation: (capacity / 2).max(1), generations: RwLock::default() }
    }

    /// The text of a statement: kept from an earlier one of its shape, or rendered and kept. Statements
    /// that change the schema are rendered each time.
    ///
    /// # Errors
    ///
    /// Those of [`render`]; nothing is kept then.
    pub fn get_or_render(&self, statement: &Statement, dialect: Dialect) -> Result<Arc<Sql>> {
        if !statement.is_about_rows() {
            return render(statement, dialect).map(Arc::new);
        }
        let hash = self.hash(statement, dialect);
        let same = |entry: &Entry| entry.hash == hash && entry.dialect == dialect && entry.shape == *statement;
        {
            let generations = self.generations.read();
            if let Some(entry) = generations.young.find(hash, same) {
                return Ok(entry.sql.clone());
            }
        }
        let mut generations = self.generations.write();
        if let Some(entry) = generations.young.find(hash, same) {
            return Ok(entry.sql.clone()); // made by another thread meanwhile
        }
        let entry = match generations.old.find_entry(hash, same) {
            Ok(found) => found.remove().0,
            Err(_) => {
                drop(generations);
                let sql = Arc::new(render(statement, dialect)?);
                let entry = Entry { hash, dialect, shape: without_values(statement), sql };
                generations = self.generations.write();
                entry
            }
        };
        let sql = entry.sql.clone();
        generations.keep(entry, self.per_generation);
        Ok(sql)
    }

    /// How many shapes are kept.
    pub fn len(&self) -> usize {
        let generations = self.generations.read();
        generations.young.len() + generations.old.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn hash(&self, statement: &Statement, dialect: Dialect) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        dialect.hash(&mut hasher);
        statement.hash(&mut hasher);
        hasher.finish()
    }
}

impl Generations {
    fn keep(&mut self, entry: Entry, most: usize) {
        let same =
            |other: &Entry| other.hash == entry.hash && other.dialect == entry.dialect && other.shape == entry.shape;
        if self.young.find(entry.hash, same).is_some() {
            return;
        }
        if self.young.len() >= most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert_unique(entry.hash, entry, |entry| entry.hash);
    }
}

/// The statement with every value replaced by the smallest of its kind: the same shape, nobody's data.
fn without_values(statement: &Statement) -> Statement {
    let mut shape = statement.clone();
    shape.visit_params(&mut |param| *param = Param(hollow(&param.0)));
    shape
}

fn hollow(value: &Value) -> Value {
    match value {
        Value::Null(kind) => Value::Null(*kind),
        Value::List(kind, _) => Value::List(*kind, Vec::new()),
        Value::Boolean(_) => Value::Boolean(false),
        Value::Integer(_) => Value::Integer(0),
        Value::Float(_) => Value::Float(0.0),
        Value::Decimal(_) => Value::Decimal(Numeric::from(0_i64)),
        Value::Text(_) => Value::Text(String::new()),
        Value::Untyped(_) => Value::Untyped(String::new()),
        Value::Bytes(_) => Value::Bytes(Vec::new()),
        Value::DateTime(_) => Value::DateTime(0),
        Value::Date(_) => Value::Date(0),
        Value::Time(_) => Value::Time(0),
        Value::Interval(_) => Value::Interval(0),
        Value::Uuid(_) => Value::Uuid(uuid::Uuid::nil()),
        Value::Json(_) => Value::Json(String::new()),
        Value::Array(element, _) => Value::Array(*element, Vec::new()),
        Value::Set(_) => Value::Set(Vec::new()),
        Value::Postgres(value) => value.hollow().into(),
    }
}

#[cfg(test)]
mod tests;
