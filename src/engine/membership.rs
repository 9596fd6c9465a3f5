//! Changing which rows a row is related to, by whole sets.

use super::key::Keys;
use super::{Key, Record, fetch, insert_many, remove, update};
use crate::driver::{BulkInsert, Executor, ToValue};
use crate::error::{Error, Result};
use crate::query::expr::{Compare, CompareOp};
use crate::query::lookup::among;
use crate::query::{Assignment, Expr, Projection, Select};
use crate::schema::TableRef;
use crate::types::Value;

/// The rows that refer to one row by a foreign key of theirs.
#[derive(Debug, Clone)]
pub(super) struct Dependants {
    /// Their table.
    pub(super) table: TableRef,
    /// The foreign key.
    pub(super) columns: Vec<usize>,
    /// What it holds in them.
    pub(super) owner: Key,
    /// What is written besides to rows that are taken or released.
    pub(super) also: Vec<Assignment>,
}

impl Dependants {
    /// Makes rows, given by primary key, refer to the owner; gives their number.
    pub(super) async fn take(&self, executor: &dyn Executor, keys: Vec<Key>) -> Result<u64> {
        let assignments = self.columns.iter().zip(&self.owner).map(|(column, value)| assign(*column, value.clone()));
        let assignments: Vec<Assignment> = assignments.chain(self.also.iter().cloned()).collect();
        if keys.is_empty() {
            return Ok(0);
        }
        let those = among(&self.table, &self.table.primary_key, keys);
        update(executor, &self.table, assignments, Some(those)).await
    }

    /// Makes rows of the owner, given by primary key, refer to nothing.
    pub(super) async fn release(&self, executor: &dyn Executor, keys: Vec<Key>) -> Result<u64> {
        if keys.is_empty() {
            return Ok(0);
        }
        let those = among(&self.table, &self.table.primary_key, keys);
        let own = equal(&self.table, &self.columns, &self.owner).and(those);
        update(executor, &self.table, self.nothing(), Some(own)).await
    }

    /// The primary keys of the owner's rows, but of those that are marked as deleted.
    pub(super) async fn keys(&self, executor: &dyn Executor) -> Result<Vec<Key>> {
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
pub(super) struct Membership {
    /// The junction.
    pub(super) junction: TableRef,
    /// Its key to the owner.
    pub(super) to_own: Vec<usize>,
    /// Its key to the others.
    pub(super) to_target: Vec<usize>,
    /// The owner's key.
    pub(super) owner: Key,
    /// Whether each row has a second, the other way round.
    pub(super) symmetrical: bool,
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
    /// The keys of the rows that are joined now and are none of these.
    pub(super) async fn others(&self, executor: &dyn Executor, than: Vec<Key>) -> Result<Vec<Key>> {
        let mut filter = equal(&self.junction, &self.to_own, &self.owner);
        if !than.is_empty() {
            filter = filter.and(among(&self.junction, &self.to_target, than).not());
        }
        keys_of(executor, &self.junction, self.to_target.clone(), filter).await
    }

    /// Joins rows; those that are joined already stay as they are. The `new` ones are known to be joined to nothing.
    pub(super) async fn join(&self, executor: &dyn Executor, members: Vec<Member>, new: Vec<Member>) -> Result<()> {
        let mut links = Vec::with_capacity(members.len() + new.len());
        for side in self.sides() {
            let mut seen = side.known(executor, &members).await?;
            if side.is_second {
                seen.add(&self.owner); // who is joined to itself has one row
            }
            let others = members.iter().chain(&new).filter(|member| seen.add(&member.key));
            links.extend(others.map(|member| side.record(member)));
        }
        self.insert(executor, links).await
    }

    /// Parts rows; those that are not joined are left alone.
    pub(super) async fn part(&self, executor: &dyn Executor, keys: Vec<Key>) -> Result<u64> {
        let mut rows = 0;
        for side in self.sides().into_iter().filter(|_| !keys.is_empty()) {
            let those = among(&self.junction, side.theirs, keys.clone());
            let own = equal(&self.junction, side.own, &self.owner).and(those);
            rows += remove(executor, &self.junction, Some(own)).await?;
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
    /// The keys of those members that are joined already.
    async fn known(&self, executor: &dyn Executor, members: &[Member]) -> Result<Keys> {
        let keys: Vec<Key> = members.iter().map(|member| member.key.clone()).collect();
        let found = self.joined(executor, keys.clone()).await?;
        let (mut known, given) = (Keys::of(&found), Keys::of(&keys));
        if found.iter().all(|key| given.has(key)) {
            return Ok(known);
        }
        // The junction holds keys equal to those given that are written otherwise: which, is the database's to tell.
        for key in keys {
            if !known.has(&key) && !self.joined(executor, vec![key.clone()]).await?.is_empty() {
                known.add(&key);
            }
        }
        Ok(known)
    }

    async fn joined(&self, executor: &dyn Executor, keys: Vec<Key>) -> Result<Vec<Key>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let those = among(&self.of.junction, self.theirs, keys);
        let own = equal(&self.of.junction, self.own, &self.of.owner).and(those);
        keys_of(executor, &self.of.junction, self.theirs.to_vec(), own).await
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

async fn keys_of(executor: &dyn Executor, table: &TableRef, columns: Vec<usize>, filter: Expr) -> Result<Vec<Key>> {
    let width = columns.len();
    let select = Select { projection: Projection::Columns(columns), ..Select::live(table).filter(filter) };
    let rows = fetch(executor, select).await?;
    let value = |row: usize, column: usize| {
        rows.visit(row, column, ToValue)?.ok_or_else(|| Error::query("a key of a related row is NULL"))
    };
    (0..rows.len()).map(|row| (0..width).map(|column| value(row, column)).collect()).collect()
}
