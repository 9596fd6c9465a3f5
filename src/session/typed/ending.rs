//! How a session ends.

use std::any::Any;
use std::fmt;
use std::ops::{Deref, DerefMut, Index};

use super::Session;
use super::entry::{Assigned, Object, State};
use super::handle::Handle;
use crate::driver::Transaction;
use crate::error::Result;
use crate::model::{Entity, Model};

/// The objects that a committed session owned, by their handles: those that it read, and those that it was given.
pub struct Committed {
    session: u64,
    objects: Vec<Option<Box<dyn Entity>>>,
}

impl Committed {
    /// An object; None where the session did not own it.
    pub fn get<M: Model>(&self, handle: Handle<M>) -> Option<&M> {
        let object = self.objects.get(handle.place).filter(|_| handle.session == self.session)?;
        (&**object.as_ref()? as &dyn Any).downcast_ref()
    }

    /// Takes an object out; None where the session did not own it, or it was taken before.
    pub fn take<M: Model>(&mut self, handle: Handle<M>) -> Option<M> {
        self.get(handle)?;
        let object: Box<dyn Any> = self.objects.get_mut(handle.place)?.take()?;
        object.downcast().ok().map(|object| *object)
    }
}

/// # Panics
///
/// Where the session did not own the object, or it was taken out.
impl<M: Model> Index<Handle<M>> for Committed {
    type Output = M;

    fn index(&self, handle: Handle<M>) -> &M {
        super::present(self.get(handle), handle)
    }
}

impl fmt::Debug for Committed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Committed").field("objects", &self.objects.iter().flatten().count()).finish_non_exhaustive()
    }
}

/// A session within a savepoint: it is used like the session itself. Dropped without [`commit`](Self::commit), all that was
/// done in it is taken back; objects that were added in it leave the session then.
pub struct Savepoint<'s, 'a> {
    session: &'s mut Session<'a>,
    nested: Option<Transaction>,
    /// What is to be gone back to.
    mark: Option<Mark>,
    /// Whether the database was told to keep what was done.
    is_ending: bool,
}

impl Savepoint<'_, '_> {
    /// Writes what is pending, and keeps what was done in the savepoint. Where it cannot be written, all of it is taken back
    /// and the session goes on.
    ///
    /// # Errors
    ///
    /// As [`Session::flush`]; what the database reports.
    pub async fn commit(mut self) -> Result<()> {
        if let Err(error) = self.session.flush().await {
            if let Err(second) = self.take_back().await {
                tracing::warn!(error = %second, "rollback to a savepoint failed");
            }
            return Err(error);
        }
        if let Some(nested) = self.nested.take() {
            self.is_ending = true;
            nested.commit().await?;
        }
        self.mark = None;
        Ok(())
    }

    /// Takes back what was done in the savepoint.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub async fn rollback(mut self) -> Result<()> {
        self.take_back().await
    }

    async fn take_back(&mut self) -> Result<()> {
        match self.nested.take() {
            Some(nested) => nested.rollback().await,
            None => Ok(()),
        }
    }
}

impl<'a> Deref for Savepoint<'_, 'a> {
    type Target = Session<'a>;

    fn deref(&self) -> &Session<'a> {
        self.session
    }
}

impl<'a> DerefMut for Savepoint<'_, 'a> {
    fn deref_mut(&mut self) -> &mut Session<'a> {
        self.session
    }
}

impl Drop for Savepoint<'_, '_> {
    fn drop(&mut self) {
        self.session.work.leave();
        drop(self.nested.take());
        let Some(mark) = self.mark.take() else { return };
        self.session.back_to(mark);
        if self.is_ending {
            self.session
                .work
                .fail("a savepoint could not be kept, or its end was given up half-way; roll the session back");
        } else {
            self.session.work.heal();
        }
    }
}

impl fmt::Debug for Savepoint<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Savepoint").field("session", &*self.session).finish_non_exhaustive()
    }
}

/// What a session knew of its objects at one moment.
struct Mark {
    journal: usize,
    states: Vec<Option<(State, bool, Vec<Assigned>)>>,
}

impl<'a> Session<'a> {
    /// Writes what is pending and commits. The session ends: what was borrowed by [`add`](Self::add) is free again, with
    /// its keys filled in, and what the session owned is given back. Where it fails, all is rolled back, and what was
    /// borrowed holds what it held before.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush); what the database reports of the commit.
    pub async fn commit(mut self) -> Result<Committed> {
        if let Err(error) = self.flush().await {
            if let Err(second) = self.work.transaction.rollback().await {
                tracing::warn!(error = %second, "rollback failed; the connection is not used again");
            }
            return Err(error);
        }
        self.work.transaction.commit().await?;
        self.is_committed = true;
        let owned = |entry: Option<super::entry::Entry<'_>>| match entry?.object {
            Object::Session(object) => Some(object),
            Object::Program(_) => None,
        };
        let objects = std::mem::take(&mut self.entries).into_iter().map(owned).collect();
        Ok(Committed { session: self.number, objects })
    }

    /// Takes back all that was written. The session ends, and what was borrowed holds what it held before the session wrote
    /// it: keys that were filled in are taken out again. A session that is dropped without a commit does the same.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub async fn rollback(self) -> Result<()> {
        self.work.transaction.rollback().await
    }

    /// Begins a savepoint, to which whatever is done until its end belongs; what is pending is written before.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush); what the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::{Model, Session};
    ///
    /// #[derive(Model)]
    /// struct Guest {
    ///     #[chakra(primary_key)]
    ///     id: Option<i64>,
    ///     #[chakra(unique)]
    ///     name: String,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Guest::table()]).await?;
    /// let mut session = Session::new(&pool);
    /// for name in ["Ada", "Bob", "Ada"] {
    ///     let mut savepoint = session.begin_nested().await?;
    ///     savepoint.adopt(Guest { id: None, name: name.into() });
    ///     if let Err(error) = savepoint.commit().await {
    ///         assert_eq!(error.kind(), chakra::ErrorKind::UniqueViolation);
    ///     }
    /// }
    /// session.commit().await?;
    /// assert_eq!(Guest::query().count(&pool).await?, 2);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub async fn begin_nested(&mut self) -> Result<Savepoint<'_, 'a>> {
        self.flush().await?;
        let nested = self.work.pool().begin().await?;
        let mark = self.mark();
        self.work.enter(nested.as_pool(&self.pool));
        Ok(Savepoint { session: self, nested: Some(nested), mark: Some(mark), is_ending: false })
    }

    fn mark(&self) -> Mark {
        let state = |entry: &super::entry::Entry<'_>| (entry.state.clone(), entry.is_doomed, entry.assigned.clone());
        Mark {
            journal: self.journal.len(),
            states: self.entries.iter().map(|entry| entry.as_ref().map(state)).collect(),
        }
    }

    fn back_to(&mut self, mark: Mark) {
        // What was written for a query and not told yet is taken back too.
        if self.settle().is_err() {
            self.work.fail("what was written could not be told to the objects; roll the session back");
        }
        self.journal.undo(mark.journal, &mut self.entries);
        self.entries.truncate(mark.states.len());
        for (entry, mark) in self.entries.iter_mut().zip(mark.states) {
            if let (Some(entry), Some((state, is_doomed, assigned))) = (entry, mark) {
                (entry.state, entry.is_doomed, entry.assigned) = (state, is_doomed, assigned);
                entry.is_touched = true;
            }
        }
        self.identify();
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // What was asked for before and runs later is no part of it.
        self.work.transaction.close();
        if !self.is_committed {
            self.journal.undo(0, &mut self.entries);
        }
    }
}
