//! Changing which rows a row is related to, by whole sets.

use super::{Record, fetch, insert_many, remove, update};
use crate::driver::{BulkInsert, Executor, ToValue};
use crate::error::{Error, Result};
use crate::query::expr::{Compare, CompareOp, InList};
use crate::query::{Assignment, Expr, Param, Projection, Select};
use crate::schema::TableRef;
use crate::types::Value;

/// How many keys of several columns one condition names.
const COMPOSITE_KEYS: usize = 200;

/// The key of a row, as many values as columns.
pub type Key = Vec<Value>;

/// The rows that refer to one row by a foreign key of theirs.
#[derive(Debug, Clone)]
pub struct Dependants {
    /// Their table.
    pub table: TableRef,
    /// The foreign key.
    pub columns: Vec<usize>,
    /// What it holds in them.
    pub owner: Key,
    /// What is written besides to rows that are taken or released.
    pub also: Vec<Assignment>,
}

impl Dependants {
    /// Makes rows, given by primary key, refer to the owner; gives their number.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub async fn take(&self, executor: &dyn Executor, keys: Vec<Key>) -> Result<u64> {
        let assignments = self.columns.iter().zip(&self.owner).map(|(column, value)| assign(*column, value.clone()));
        let assignments: Vec<Assignment> = assignments.chain(self.also.iter().cloned()).collect();
        let mut rows = 0;
        for filter in among(&self.table, &self.table.primary_key, keys) {
            rows += update(executor, &self.table, assignments.clone(), Some(filter)).await?;
        }
        Ok(rows)
    }

    /// Makes rows of the owner, given by primary key, refer to nothing.
    ///
    /// # Errors
    ///
    /// What the database reports, such as a foreign key that cannot be NULL.
    pub async fn release(&self, executor: &dyn Executor, keys: Vec<Key>) -> Result<u64> {
        let mut rows = 0;
        for filter in among(&self.table, &self.table.primary_key, keys) {
            let own = equal(&self.table, &self.columns, &self.owner).and(filter);
            rows += update(executor, &self.table, self.nothing(), Some(own)).await?;
        }
        Ok(rows)
    }

    /// The primary keys of the owner's rows, but of those that are marked as deleted.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub async fn keys(&self, executor: &dyn Executor) -> Result<Vec<Key>> {
        let filter = equal(&self.table, &self.columns, &self.owner);
        keys_of(executor, &self.table, self.table.primary_key.clone(), filter).await
    }

    fn nothing(&self) -> Vec<Assignment> {
        let null = |column: &usize| assign(*column, Value::Null(self.table.columns[*column].sql_type.kind()));
        self.columns.iter().map(null).chain(self.also.iter().cloned()).collect()
    }
}

/// The rows of a junction that join one row to others.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The junction.
    pub junction: TableRef,
    /// Its key to the owner.
    pub to_own: Vec<usize>,
    /// Its key to the others.
    pub to_target: Vec<usize>,
    /// The owner's key.
    pub owner: Key,
    /// Whether each row has a second, the other way round.
    pub symmetrical: bool,
}

/// One row to be joined.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its key.
    pub key: Key,
    /// What the junction's row holds besides the two keys.
    pub extra: Record,
}

impl Membership {
    /// The keys of the rows that are joined now.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub async fn keys(&self, executor: &dyn Executor) -> Result<Vec<Key>> {
        let filter = equal(&self.junction, &self.to_own, &self.owner);
        keys_of(executor, &self.junction, self.to_target.clone(), filter).await
    }

    /// Joins rows; those that are joined already stay as they are.
    ///
    /// # Errors
    ///
    /// What the database reports, such as a key of no row.
    pub async fn join(&self, executor: &dyn Executor, members: Vec<Member>) -> Result<()> {
        let mut links = Vec::with_capacity(members.len());
        for side in self.sides() {
            let known = side.joined(executor, members.iter().map(|member| member.key.clone()).collect()).await?;
            let mut seen: Vec<&Key> = Vec::new();
            for member in &members {
                let is_itself = side.is_second && member.key == self.owner;
                if !known.contains(&member.key) && !seen.contains(&&member.key) && !is_itself {
                    seen.push(&member.key);
                    links.push(side.record(member));
                }
            }
        }
        self.insert(executor, links).await
    }

    /// Parts rows; those that are not joined are left alone.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub async fn part(&self, executor: &dyn Executor, keys: Vec<Key>) -> Result<u64> {
        let mut rows = 0;
        for side in self.sides() {
            for filter in among(&self.junction, side.theirs, keys.clone()) {
                let own = equal(&self.junction, side.own, &self.owner).and(filter);
                rows += remove(executor, &self.junction, Some(own)).await?;
            }
        }
        Ok(rows)
    }

    fn sides(&self) -> Vec<Side<'_>> {
        let first = Side { of: self, own: &self.to_own, theirs: &self.to_target, is_second: false };
        let second = Side { of: self, own: &self.to_target, theirs: &self.to_own, is_second: true };
        if self.symmetrical { vec![first, second] } else { vec![first] }
    }

    async fn insert(&self, executor: &dyn Executor, mut links: Vec<Record>) -> Result<()> {
        while let Some(first) = links.first() {
            let columns: Vec<usize> = first.iter().map(|(column, _)| *column).collect();
            let alike = |record: &Record| record.iter().map(|(column, _)| column).eq(&columns);
            let (now, later): (Vec<Record>, Vec<Record>) = links.into_iter().partition(alike);
            let values = now.into_iter().flatten().map(|(_, value)| value).collect();
            let table = self.junction.clone();
            insert_many(executor, BulkInsert { table, columns, values, returning: Vec::new() }).await?;
            links = later;
        }
        Ok(())
    }
}

/// One of the ways in which a junction's rows can stand.
struct Side<'a> {
    of: &'a Membership,
    own: &'a [usize],
    theirs: &'a [usize],
    is_second: bool,
}

impl Side<'_> {
    async fn joined(&self, executor: &dyn Executor, keys: Vec<Key>) -> Result<Vec<Key>> {
        let mut found = Vec::new();
        for filter in among(&self.of.junction, self.theirs, keys) {
            let filter = equal(&self.of.junction, self.own, &self.of.owner).and(filter);
            found.extend(keys_of(executor, &self.of.junction, self.theirs.to_vec(), filter).await?);
        }
        Ok(found)
    }

    fn record(&self, member: &Member) -> Record {
        let own = self.own.iter().copied().zip(self.of.owner.iter().cloned());
        let theirs = self.theirs.iter().copied().zip(member.key.iter().cloned());
        let mut record: Record = own.chain(theirs).chain(member.extra.iter().cloned()).collect();
        record.sort_by_key(|(column, _)| *column);
        record
    }
}

fn assign(column: usize, value: Value) -> Assignment {
    Assignment { column, value: Expr::value(value) }
}

/// That columns hold these values.
fn equal(table: &TableRef, columns: &[usize], key: &[Value]) -> Expr {
    let one = |(column, value): (&usize, &Value)| {
        Compare { left: Expr::column(table, *column), op: CompareOp::Eq, right: Expr::value(value.clone()) }.into()
    };
    Expr::And(columns.iter().zip(key).map(one).collect())
}

/// That columns hold one of these keys: in one condition, or in some where a key has several columns.
fn among(table: &TableRef, columns: &[usize], keys: Vec<Key>) -> Vec<Expr> {
    if keys.is_empty() {
        return Vec::new();
    }
    if let [only] = columns {
        let list = Param(Value::List(table.columns[*only].sql_type.kind(), keys.into_iter().flatten().collect()));
        return vec![InList { expr: Expr::column(table, *only), list }.into()];
    }
    let any = |keys: &[Key]| Expr::Or(keys.iter().map(|key| equal(table, columns, key)).collect());
    keys.chunks(COMPOSITE_KEYS).map(any).collect()
}

async fn keys_of(executor: &dyn Executor, table: &TableRef, columns: Vec<usize>, filter: Expr) -> Result<Vec<Key>> {
    let width = columns.len();
    let select = Select { projection: Projection::Columns(columns), ..Select::live(table).filter(filter) };
    let rows = fetch(executor, select).await?;
    let value = |row: usize, column: usize| {
        rows.visit(row, column, ToValue)?.ok_or_else(|| Error::query("a key of a related row is NULL"))
    };
    (0..rows.len()).map(|row| (0..width).map(|column| value(row, column)).collect()).collect()
}
