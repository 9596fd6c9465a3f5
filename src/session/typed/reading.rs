//! Objects that a session reads.

use super::Session;
use super::entry::{Entry, Object, State};
use super::handle::Handle;
use super::stored::Stored;
use crate::driver::Pool;
use crate::engine::RowKey;
use crate::error::{Error, Result, Staleness};
use crate::model::{IntoWay, Key, Model, Query};
use crate::schema::Role;
use crate::types::Value;

impl Session<'_> {
    /// The object of a key, read where the session does not have it yet; None where there is none, or where the session
    /// deletes it.
    ///
    /// # Errors
    ///
    /// What the database reports; as [`flush`](Self::flush), where something is pending.
    pub async fn get<M: Model>(&mut self, key: impl Into<M::Key>) -> Result<Option<&mut M>> {
        let found = self.find::<M>(key).await?;
        Ok(match found {
            Some(handle) => self.object_mut(handle),
            None => None,
        })
    }

    /// As [`get`](Self::get), with the row locked against other writers until the session ends: the object is read anew,
    /// and its relationships are to be loaded again. What is pending of it is written before.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn get_for_update<M: Model>(&mut self, key: impl Into<M::Key>) -> Result<Option<&mut M>> {
        let key = key.into();
        self.flush().await?;
        // Some databases lock rows by the transaction alone.
        self.work.begin().await?;
        let known = self.known::<M>(&key)?;
        let query = M::query().with_keys([key]).locking();
        let found = query.all(&self.inside()?).await?.pop();
        let handle = match (known, found) {
            (Some(handle), Some(found)) => {
                self.renew(handle, found)?;
                Some(handle)
            }
            (None, Some(found)) => self.take_in(found)?,
            (Some(handle), None) => {
                self.forget(handle.place);
                None
            }
            (None, None) => None,
        };
        Ok(match handle {
            Some(handle) => self.object_mut(handle),
            None => None,
        })
    }

    /// As [`get`](Self::get), but gives the object's name, so that several can be held at once.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn find<M: Model>(&mut self, key: impl Into<M::Key>) -> Result<Option<Handle<M>>> {
        self.settle()?;
        let key = key.into();
        if let Some(known) = self.known::<M>(&key)? {
            let is_there = self.entries[known.place].as_ref().is_some_and(|entry| !entry.is_doomed);
            return Ok(is_there.then_some(known));
        }
        self.flush_before_query().await?;
        match M::get_or_none(key, &self.inside()?).await? {
            Some(found) => self.take_in(found),
            None => Ok(None),
        }
    }

    /// The objects of a query's rows. A row that the session has is the object that it has: what is pending of it stays.
    ///
    /// # Errors
    ///
    /// Those of [`Query::all`]; as [`flush`](Self::flush), where something is pending.
    pub async fn all<M: Model>(&mut self, query: Query<M>) -> Result<Vec<Handle<M>>> {
        self.flush_before_query().await?;
        let found = query.all(&self.inside()?).await?;
        let mut handles = Vec::with_capacity(found.len());
        for object in found {
            handles.extend(self.take_in(object)?);
        }
        Ok(handles)
    }

    /// The object of a query's first row; see [`all`](Self::all).
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn first<M: Model>(&mut self, query: Query<M>) -> Result<Option<Handle<M>>> {
        self.flush_before_query().await?;
        match query.first(&self.inside()?).await? {
            Some(found) => self.take_in(found),
            None => Ok(None),
        }
    }

    /// Loads what a relationship of an object leads to; the session follows the changes of what is loaded. What is pending
    /// is written before.
    ///
    /// # Errors
    ///
    /// Those of [`Relation::load`](crate::model::Relation::load) and of [`flush`](Self::flush); [`Error::Session`] for an
    /// object that has left the session.
    pub async fn load<M: Model>(&mut self, handle: Handle<M>, way: impl IntoWay<M>) -> Result<&mut M> {
        self.flush().await?;
        let pool = self.inside()?;
        let place = self.place(handle)?;
        let entry = self.entries[place].as_mut().ok_or_else(left::<M>)?;
        let object = entry.object.downcast_mut::<M>().ok_or_else(left::<M>)?;
        way.into_way().load_all(std::slice::from_mut(object), &pool).await?;
        if let State::Stored(earlier) = &entry.state {
            let mut stored = Stored::of(object)?;
            (stored.is_own, stored.joined) = (earlier.is_own, earlier.joined.clone());
            entry.state = State::Stored(stored);
        }
        self.object_mut(handle).ok_or_else(left::<M>)
    }

    /// Reads an object again; changes that were not written are lost, and so is what its relationships held.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where its row is gone; [`Error::Session`] for an object that is not written yet, or has left the
    /// session; what the database reports.
    pub async fn refresh<M: Model>(&mut self, handle: Handle<M>) -> Result<()> {
        self.settle()?;
        let place = self.place(handle)?;
        let entry = self.entries[place].as_ref().ok_or_else(left::<M>)?;
        let State::Stored(stored) = &entry.state else {
            let model = &M::table().model;
            return Err(Error::session(format!("this {model} has no row to be read again; flush the session first")));
        };
        let key = stored.target(M::table()).key;
        let query = Query::<M>::of_row(key);
        let found = query.all(&self.inside()?).await?.pop();
        let found = found.ok_or_else(|| Error::NotFound { model: M::table().model.clone() })?;
        self.renew(handle, found)
    }

    /// Takes in an object that was changed elsewhere: what it says is written over the row of its key, which is read where
    /// the session does not have it. One without a key, or without a row, is new.
    ///
    /// # Errors
    ///
    /// [`Error::StaleObject`] where the row has another version than the object; what the database reports; as
    /// [`flush`](Self::flush), where something is pending.
    pub async fn merge<M: Model>(&mut self, object: M) -> Result<Handle<M>> {
        let Some(key) = object.key() else { return Ok(self.adopt(object)) };
        let Some(handle) = self.find::<M>(key).await? else { return Ok(self.adopt(object)) };
        let entry = self.entries[handle.place].as_mut().ok_or_else(left::<M>)?;
        if let State::Stored(stored) = &entry.state {
            refuse_stale(&object, stored)?;
        }
        if let Some(held) = entry.object.downcast_mut::<M>() {
            *held = object;
        }
        entry.is_touched = true;
        Ok(handle)
    }

    /// The object of a row that was read: the one that the session has, else this.
    fn take_in<M: Model>(&mut self, object: M) -> Result<Option<Handle<M>>> {
        let Some(key) = object.key() else { return Ok(None) };
        if let Some(known) = self.known::<M>(&key)? {
            return Ok(Some(known));
        }
        let stored = Stored::of(&object)?;
        let handle = self.push(Entry::new(Object::Session(Box::new(object)), State::Stored(stored)));
        self.identities.insert(M::table(), row_key::<M>(&key)?, handle.place);
        Ok(Some(handle))
    }

    /// Gives an object what was read anew.
    fn renew<M: Model>(&mut self, handle: Handle<M>, found: M) -> Result<()> {
        let stored = Stored::of(&found)?;
        let entry = self.entries[handle.place].as_mut().ok_or_else(left::<M>)?;
        *entry.object.downcast_mut::<M>().ok_or_else(left::<M>)? = found;
        entry.state = State::Stored(stored);
        entry.assigned.clear();
        entry.is_touched = false;
        Ok(())
    }

    fn known<M: Model>(&self, key: &M::Key) -> Result<Option<Handle<M>>> {
        let place = self.identities.get(M::table(), &row_key::<M>(key)?);
        Ok(place.map(|place| Handle::new(self.number, *place)))
    }

    async fn flush_before_query(&mut self) -> Result<()> {
        if self.autoflush { self.flush().await } else { self.settle() }
    }

    /// What a session's own queries run on.
    fn inside(&self) -> Result<Pool> {
        self.work.check()?;
        Ok(self.work.pool())
    }
}

fn row_key<M: Model>(key: &M::Key) -> Result<RowKey> {
    let refused = |message| Error::query(format!("the key of {}: {message}", M::table().model));
    RowKey::of(&key.to_values().map_err(refused)?).ok_or_else(|| refused("it has a part that is NULL".to_owned()))
}

/// An object in another version than its row would undo what somebody else wrote.
fn refuse_stale<M: Model>(object: &M, stored: &Stored) -> Result<()> {
    let table = M::table();
    let Some(column) = table.role(Role::Version) else { return Ok(()) };
    let values = object.values()?;
    let (Some(Value::Integer(known)), Some(Value::Integer(found))) = (values.get(column), stored.values.get(column))
    else {
        return Ok(());
    };
    if known == found {
        return Ok(());
    }
    let key: Vec<String> = stored.target(table).key.iter().map(Value::shown).collect();
    let staleness = Staleness::Changed { known: *known, found: *found };
    Err(Error::StaleObject { attempted: "merging", model: table.model.clone(), key: key.join(", "), staleness })
}

pub(super) fn left<M: Model>() -> Error {
    Error::session(format!("this {} has left the session, or belongs to another one", M::table().model))
}
