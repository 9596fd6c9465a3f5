//! The rows that one row is related to, as a set that changes as a whole or not at all.

use super::bulk::{insert_each, inserted_keys};
use super::key::Keys;
use super::membership::{Dependants, Membership};
use super::{Key, Member, Record, Rows, Step};
use crate::driver::{BulkInsert, Executor, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Assignment;
use crate::schema::relationship::Link;

/// How often the rows of a junction are looked at again when somebody else joined the same rows meanwhile.
const ATTEMPTS: usize = 3;

/// What becomes of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// The members are among it.
    Add,
    /// They are not.
    Remove,
    /// They are, and no others.
    Set,
}

/// Which rows are to be members, or no longer.
#[derive(Debug, Clone)]
pub struct Change {
    /// What becomes of them.
    pub verb: Verb,
    /// Rows that are there.
    pub members: Vec<Member>,
    /// Rows to be inserted as members. Those that refer to the owner by themselves have its key already.
    pub new: Vec<BulkInsert>,
    /// What the junction's rows of the new ones hold besides the two keys.
    pub extra: Record,
}

impl Change {
    /// One about rows that are there.
    pub fn of(verb: Verb, members: Vec<Member>) -> Self {
        Self { verb, members, new: Vec::new(), extra: Record::new() }
    }

    fn keys(&self) -> Vec<Key> {
        self.members.iter().map(|member| member.key.clone()).collect()
    }
}

/// The rows that one row is related to.
#[derive(Debug, Clone)]
pub struct Collection {
    model: String,
    attribute: String,
    kept: Kept,
    told_by: Vec<usize>,
}

/// Where it stands which rows they are.
#[derive(Debug, Clone)]
enum Kept {
    /// In the rows themselves.
    Owned(Dependants),
    /// In a junction.
    Joined(Membership),
}

impl Collection {
    /// That of an owner's key: `model` and `attribute` are what errors call it, `step` leads from the owner.
    pub fn new(model: &str, attribute: &str, step: &Step, link: &Link, owner: Key) -> Self {
        let hop = &step.hop;
        let (kept, told_by) = match link {
            Link::Junction { to_own, to_target, target, .. } => {
                let (junction, to_own, to_target) = (hop.to.clone(), to_own.clone(), to_target.clone());
                (Kept::Joined(Membership { junction, to_own, to_target, owner, symmetrical: false }), target.clone())
            }
            _ => {
                let (table, columns) = (hop.to.clone(), hop.to_columns.clone());
                let told_by = table.primary_key.clone();
                (Kept::Owned(Dependants { table, columns, owner, also: Vec::new() }), told_by)
            }
        };
        Self { model: model.to_owned(), attribute: attribute.to_owned(), kept, told_by }
    }

    /// Whether each row of the junction has a second, the other way round.
    #[must_use]
    pub fn symmetrical(mut self, yes: bool) -> Self {
        if let Kept::Joined(of) = &mut self.kept {
            of.symmetrical = yes;
        }
        self
    }

    /// What is written besides to rows that refer to the owner, or do so no longer.
    #[must_use]
    pub fn writing(mut self, assignments: Vec<Assignment>) -> Self {
        if let Kept::Owned(of) = &mut self.kept {
            of.also = assignments;
        }
        self
    }

    /// The columns of its rows that make up a [`Member::key`].
    pub fn told_by(&self) -> &[usize] {
        &self.told_by
    }

    /// Whether rows can leave it and stay.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`], where they refer to the owner by a column that cannot be NULL.
    pub fn check_leaving(&self) -> Result<()> {
        let Kept::Owned(of) = &self.kept else { return Ok(()) };
        let columns: Vec<_> = of.columns.iter().map(|at| &of.table.columns[*at]).collect();
        if columns.iter().all(|column| column.nullable) {
            return Ok(());
        }
        let names: Vec<&str> = columns.iter().map(|column| column.attribute.as_str()).collect();
        Err(Error::query(format!(
            "{0}.{1}: {2}.{3} cannot be NULL, so rows cannot be taken out; delete them, or give them another {0}",
            self.model,
            self.attribute,
            of.table.model,
            names.join(", "),
        )))
    }

    /// Changes it, all or nothing: in a transaction of its own, or in one nested in that of the executor. Gives what the
    /// database supplied to new rows.
    ///
    /// # Errors
    ///
    /// As [`check_leaving`](Self::check_leaving); [`ErrorKind::Query`] for rows that are not there; what the database
    /// reports.
    pub async fn change(&self, executor: &dyn Executor, change: Change) -> Result<Vec<Rows>> {
        // What may be raced would leave an open transaction in ruins, were it not nested in it.
        let is_alone = self.is_one_write(&change) && !(executor.in_transaction() && self.is_joined());
        let mut own = if is_alone { None } else { Some(executor.begin_own().await?) };
        for attempt in 1.. {
            match self.attempt(own, executor, &change).await {
                // Somebody joined the same rows after they were looked at.
                Err(error) if attempt < ATTEMPTS && self.is_raced(&change, &error) => {
                    own = Some(executor.begin_own().await?);
                }
                done => return done,
            }
        }
        Ok(Vec::new())
    }

    async fn attempt(&self, own: Option<Transaction>, executor: &dyn Executor, change: &Change) -> Result<Vec<Rows>> {
        let Some(transaction) = own else { return self.steps(executor, change).await };
        let done = self.steps(&transaction, change).await;
        transaction.end(done).await
    }

    fn is_joined(&self) -> bool {
        matches!(self.kept, Kept::Joined(_))
    }

    fn is_raced(&self, change: &Change, error: &Error) -> bool {
        self.is_joined() && change.new.is_empty() && error.kind() == ErrorKind::UniqueViolation
    }

    /// Whether one statement does it all, so that no transaction is needed for it to be whole.
    fn is_one_write(&self, change: &Change) -> bool {
        let is_alone = change.new.is_empty() && change.verb != Verb::Set && self.told_by.len() == 1;
        match &self.kept {
            // Of several rows one may not be there, which is known only after the others were written.
            Kept::Owned(_) => {
                let alone = is_alone && (change.verb == Verb::Remove || change.members.len() < 2);
                alone || (change.members.is_empty() && change.new.len() < 2 && change.verb != Verb::Set)
            }
            Kept::Joined(of) => {
                let columns = |member: &Member| member.extra.iter().map(|(column, _)| *column).collect::<Vec<_>>();
                let are_alike = change.members.windows(2).all(|pair| columns(&pair[0]) == columns(&pair[1]));
                is_alone && !of.symmetrical && are_alike
            }
        }
    }

    async fn steps(&self, executor: &dyn Executor, change: &Change) -> Result<Vec<Rows>> {
        match &self.kept {
            Kept::Owned(of) => {
                self.refer(of, executor, change).await?;
                insert_each(executor, change.new.clone()).await
            }
            Kept::Joined(of) => {
                let written = insert_each(executor, change.new.clone()).await?;
                let keys = inserted_keys(&change.new, &written, &self.told_by)?;
                let new = keys.into_iter().map(|key| Member { key, extra: change.extra.clone() }).collect();
                join(of, executor, change, new).await?;
                Ok(written)
            }
        }
    }

    async fn refer(&self, of: &Dependants, executor: &dyn Executor, change: &Change) -> Result<()> {
        let keys = change.keys();
        match change.verb {
            Verb::Add => self.take(of, executor, keys).await,
            Verb::Remove => {
                self.check_leaving()?;
                of.release(executor, keys).await.map(drop)
            }
            Verb::Set => {
                let others = without(of.keys(executor).await?, &keys);
                if !others.is_empty() {
                    self.check_leaving()?;
                    of.release(executor, others).await?;
                }
                self.take(of, executor, keys).await
            }
        }
    }

    async fn take(&self, of: &Dependants, executor: &dyn Executor, keys: Vec<Key>) -> Result<()> {
        let given = Keys::of(&keys).len() as u64;
        let there = of.take(executor, keys).await?;
        if there < given {
            let (own, attribute, gone) = (&self.model, &self.attribute, given - there);
            let message = format!("{own}.{attribute}: {gone} of the {} given have no row any more", of.table.model);
            return Err(Error::query(message));
        }
        Ok(())
    }
}

async fn join(of: &Membership, executor: &dyn Executor, change: &Change, new: Vec<Member>) -> Result<()> {
    match change.verb {
        Verb::Add => of.join(executor, change.members.clone(), new).await,
        Verb::Remove => of.part(executor, change.keys()).await.map(drop),
        Verb::Set => {
            let others = of.others(executor, change.keys()).await?;
            of.part(executor, others).await?;
            of.join(executor, change.members.clone(), new).await
        }
    }
}

fn without(keys: Vec<Key>, those: &[Key]) -> Vec<Key> {
    let those = Keys::of(those);
    keys.into_iter().filter(|key| !those.has(key)).collect()
}
