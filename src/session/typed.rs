//! The session of Rust programs: structs, written as one unit of work.
//!
//! A session owns what it reads and borrows what it is given, so that nothing can change behind its back, and nothing is
//! locked or counted. Its objects are compared with what the database is known to hold of them (`stored.rs`), what differs
//! becomes a [`Unit`](crate::session::Unit) (`survey.rs`), and the objects are told what came of it (`telling.rs`).

mod ending;
mod entry;
mod executor;
mod handle;
mod reading;
mod stored;
mod survey;
mod telling;
mod work;

use std::fmt;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

pub use ending::{Committed, Savepoint};
use entry::{Assigned, Entry, Object, State};
pub use handle::Handle;
use handle::session_number;
use reading::left;
use survey::Survey;
use telling::{Journal, Telling};
use work::Work;

use crate::driver::{Pool, TransactionOptions};
use crate::error::Result;
use crate::model::{Model, Relation, ToOne};
use crate::session::IdentityMap;

/// A unit of work: objects that are read, changed, added and deleted in memory, and written together.
///
/// It takes no connection before it needs one, and its transaction begins at the first write or row lock; plain reads
/// before that cost no round trip more. [`commit`](Self::commit) writes what is pending and commits; a session that is
/// dropped is rolled back.
///
/// - [`add`](Self::add) borrows new objects until the session ends; [`adopt`](Self::adopt) takes them over. What they hold in
///   fields of relationships and has no key yet is new, too. Each gives a [`Handle`], by which `session[handle]` is the
///   object.
/// - [`get`](Self::get), [`find`](Self::find) and [`all`](Self::all) read objects. One row is one object in a session. What
///   stands in a field of a relationship belongs to the object that holds it.
/// - What is pending is found by comparing objects with their rows as they were read: only changed columns are written, rows
///   of one shape in one statement, those that are referred to before those that refer.
///
/// A session can stand wherever a `&Pool` can: what is pending is written before such a query, and the query sees it. The
/// objects learn of their keys as soon as the session is used by `&mut` again. What such a query itself changes or gives is
/// not the session's: [`refresh`](Self::refresh) reads an object again.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::{Model, Related, Session};
///
/// #[derive(Model)]
/// struct User {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     name: String,
///     #[chakra(foreign_key = "author_id")]
///     posts: Related<Vec<Post>>,
/// }
///
/// #[derive(Model)]
/// struct Post {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     title: String,
///     #[chakra(references = "users.id", on_delete = "CASCADE")]
///     author_id: i64,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[User::table(), Post::table()]).await?;
///
/// let mut ada = User {
///     id: None,
///     name: "Ada".into(),
///     posts: vec![Post { id: None, title: "Notes".into(), author_id: 0 }].into(),
/// };
/// let mut session = Session::new(&pool);
/// session.add(&mut ada);
/// session.commit().await?;
/// assert_eq!(ada.posts.get()?[0].author_id, ada.id.unwrap());
///
/// let mut session = Session::new(&pool);
/// if let Some(ada) = session.get::<User>(1).await? {
///     ada.name = "Ada Lovelace".into();
/// }
/// assert_eq!(User::query().filter(User::name().ends_with("Lovelace")).count(&session).await?, 1);
/// session.commit().await?;
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
pub struct Session<'a> {
    number: u64,
    pool: Pool,
    work: Arc<Work>,
    entries: Vec<Option<Entry<'a>>>,
    /// The places of the objects that have rows.
    identities: IdentityMap<usize>,
    journal: Journal,
    autoflush: bool,
    is_committed: bool,
}

impl<'a> Session<'a> {
    /// A session on a pool. Nothing is asked of the pool yet.
    pub fn new(pool: &Pool) -> Self {
        Self {
            number: session_number(),
            pool: pool.clone(),
            work: Arc::new(Work::new(pool)),
            entries: Vec::new(),
            identities: IdentityMap::default(),
            journal: Journal::default(),
            autoflush: true,
            is_committed: false,
        }
    }

    /// The same session, which writes what is pending at [`flush`](Self::flush) and [`commit`](Self::commit) alone, not
    /// before queries.
    #[must_use]
    pub fn without_autoflush(mut self) -> Self {
        self.autoflush = false;
        self
    }

    /// Begins the transaction now, with options. Without it the transaction begins at the first write or row lock.
    ///
    /// # Errors
    ///
    /// [`Error::Session`](crate::Error::Session) for options where it has begun already; what the database reports.
    pub async fn begin_with(&mut self, options: TransactionOptions) -> Result<()> {
        self.work.check()?;
        self.work.transaction.begin(options).await
    }

    /// Adds a new object, which is borrowed until the session ends. What it holds in fields of relationships comes along:
    /// objects without a key are new, others are only referred to.
    pub fn add<M: Model>(&mut self, object: &'a mut M) -> Handle<M> {
        self.push(Entry::new(Object::Program(object), State::New))
    }

    /// Adds several new objects; see [`add`](Self::add).
    pub fn add_all<M: Model>(&mut self, objects: impl IntoIterator<Item = &'a mut M>) -> Vec<Handle<M>> {
        objects.into_iter().map(|object| self.add(object)).collect()
    }

    /// Adds a new object and owns it from now on; see [`add`](Self::add). It comes back from
    /// [`commit`](Self::commit) and [`expunge`](Self::expunge).
    pub fn adopt<M: Model>(&mut self, object: M) -> Handle<M> {
        self.push(Entry::new(Object::Session(Box::new(object)), State::New))
    }

    /// Makes an object refer to another one of the session, which may be new: it takes that one's key when it is written.
    ///
    /// # Errors
    ///
    /// [`Error::Session`](crate::Error::Session) for an object that has left the session; [`Error::Query`](crate::Error::Query) where the foreign key is at the other
    /// end.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::{Model, Related, Session};
    ///
    /// #[derive(Model)]
    /// struct Harbour {
    ///     #[chakra(primary_key)]
    ///     id: Option<i64>,
    ///     name: String,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Boat {
    ///     #[chakra(primary_key)]
    ///     id: Option<i64>,
    ///     #[chakra(references = "harbours.id", on_delete = "SET NULL")]
    ///     harbour_id: Option<i64>,
    ///     #[chakra(foreign_key = "harbour_id")]
    ///     harbour: Related<Option<Harbour>>,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Harbour::table(), Boat::table()]).await?;
    /// let mut session = Session::new(&pool);
    /// let harbour = session.adopt(Harbour { id: None, name: "Whitby".into() });
    /// let boat = session.adopt(Boat { id: None, harbour_id: None, harbour: Related::default() });
    /// session.assign(boat, Boat::harbour(), harbour)?;
    /// let objects = session.commit().await?;
    /// assert_eq!(objects[boat].harbour_id, objects[harbour].id);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub fn assign<M: Model, T: ToOne>(
        &mut self,
        object: Handle<M>,
        relation: Relation<M, T>,
        to: Handle<T::Model>,
    ) -> Result<()> {
        self.settle()?;
        let (place, to) = (self.place(object)?, self.place(to)?);
        let (own, target) = relation.reference()?;
        let entry = self.entries[place].as_mut().ok_or_else(left::<M>)?;
        entry.assigned.retain(|earlier| earlier.own != own);
        entry.assigned.push(Assigned { own, target, to });
        if let Some(object) = entry.object.downcast_mut::<M>() {
            relation.forget(object);
        }
        Ok(())
    }

    /// Deletes an object's row with what is written next; marks it, where the model has `soft_delete`. An object that is
    /// not written yet leaves the session.
    ///
    /// # Errors
    ///
    /// [`Error::Session`](crate::Error::Session) for an object that has left the session.
    pub fn delete<M: Model>(&mut self, handle: Handle<M>) -> Result<()> {
        self.settle()?;
        let place = self.place(handle)?;
        let entry = self.entries[place].as_mut().ok_or_else(left::<M>)?;
        if matches!(entry.state, State::New) {
            self.entries[place] = None;
        } else {
            entry.is_doomed = true;
        }
        Ok(())
    }

    /// Takes an object out of the session, with what is pending of it; gives it, where the session owned it.
    pub fn expunge<M: Model>(&mut self, handle: Handle<M>) -> Option<M> {
        self.settle_quietly();
        let place = self.place(handle).ok()?;
        self.unname(place);
        match self.entries[place].take()?.object {
            Object::Session(object) => {
                let object: Box<dyn std::any::Any> = object;
                object.downcast().ok().map(|object| *object)
            }
            Object::Program(_) => None,
        }
    }

    /// Whether the session holds an object that is new, or whose row is to be deleted, or that may have changed.
    pub fn has_pending(&self) -> bool {
        let is_pending = |entry: &Entry<'_>| match entry.state {
            State::New => true,
            State::Stored(_) => entry.is_touched || entry.is_doomed || !entry.assigned.is_empty(),
            State::Deleted => false,
        };
        self.work.epoch().is_some() && self.entries.iter().flatten().any(is_pending)
    }

    /// An object; None where it has left the session, or belongs to another one.
    pub fn object<M: Model>(&self, handle: Handle<M>) -> Option<&M> {
        let entry = self.entries.get(handle.place).filter(|_| handle.session == self.number)?;
        entry.as_ref()?.object.downcast()
    }

    /// An object, to be changed; None where it has left the session, or belongs to another one.
    pub fn object_mut<M: Model>(&mut self, handle: Handle<M>) -> Option<&mut M> {
        self.settle_quietly();
        let entry = self.entries.get_mut(handle.place).filter(|_| handle.session == self.number)?.as_mut()?;
        entry.is_touched = true;
        entry.object.downcast_mut()
    }

    /// Writes what is pending, and tells the objects what the database supplied. Nothing is written where anything is not
    /// valid.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`](crate::Error::Validation) for values that their columns do not take; [`Error::StaleObject`](crate::Error::StaleObject) where a changed row is gone,
    /// or has another version; [`Error::Session`](crate::Error::Session) for rows that refer to each other in a circle which no NULL can open; what
    /// the database reports. After those of the database the session can only be rolled back.
    pub async fn flush(&mut self) -> Result<()> {
        self.work.check()?;
        self.settle()?;
        let survey = Survey::of(&self.entries)?;
        let Some(epoch) = self.work.epoch() else { return Ok(()) };
        if survey.unit.is_empty() {
            self.entries.iter_mut().flatten().for_each(|entry| entry.is_touched = false);
            return Ok(());
        }
        self.work.write(epoch, survey).await?;
        self.settle()
    }

    /// Tells the objects what was written of them.
    fn settle(&mut self) -> Result<()> {
        let Some((mut survey, flushed)) = self.work.take_written() else { return Ok(()) };
        let (walked, deleted) = (std::mem::take(&mut survey.walked), std::mem::take(&mut survey.deleted));
        let mut telling = Telling::new(&mut survey, flushed, &mut self.journal);
        for place in walked {
            let Some(entry) = &mut self.entries[place] else { continue };
            let stored = match std::mem::replace(&mut entry.state, State::New) {
                State::Stored(stored) => Some(stored),
                State::New | State::Deleted => None,
            };
            entry.state = State::Stored(telling.entry(place, entry.object.get_mut(), stored)?);
            entry.assigned.clear();
        }
        for (at, place) in deleted.into_iter().enumerate() {
            let Some(entry) = &mut self.entries[place] else { continue };
            telling.marked(at, place, entry.object.get_mut())?;
            entry.state = State::Deleted;
        }
        self.entries.iter_mut().flatten().for_each(|entry| entry.is_touched = false);
        self.identify();
        Ok(())
    }

    fn settle_quietly(&mut self) {
        if let Err(error) = self.settle() {
            self.work
                .fail(format!("what was written could not be told to the objects ({error}); roll the session back"));
        }
    }

    /// Finds anew which object is which row.
    fn identify(&mut self) {
        self.identities = IdentityMap::default();
        for (place, entry) in self.entries.iter().enumerate() {
            if let Some((entry, key)) = entry.as_ref().and_then(|entry| Some((entry, entry.row_key()?))) {
                self.identities.insert(entry.object.get().table_of(), key, place);
            }
        }
    }

    /// Its row is gone.
    fn forget(&mut self, place: usize) {
        self.unname(place);
        if let Some(entry) = &mut self.entries[place] {
            entry.state = State::Deleted;
        }
    }

    /// No row is this object any more.
    fn unname(&mut self, place: usize) {
        let Some(entry) = &self.entries[place] else { return };
        if let Some(key) = entry.row_key() {
            self.identities.remove(entry.object.get().table_of(), &key);
        }
    }

    fn push<M>(&mut self, entry: Entry<'a>) -> Handle<M> {
        self.entries.push(Some(entry));
        Handle::new(self.number, self.entries.len() - 1)
    }

    /// The place of an object that is in the session.
    fn place<M: Model>(&self, handle: Handle<M>) -> Result<usize> {
        self.object(handle).map(|_| handle.place).ok_or_else(left::<M>)
    }
}

/// # Panics
///
/// Where the object has left the session, or belongs to another one; [`Session::object`] gives None instead.
impl<M: Model> Index<Handle<M>> for Session<'_> {
    type Output = M;

    fn index(&self, handle: Handle<M>) -> &M {
        present(self.object(handle), handle)
    }
}

/// # Panics
///
/// As that of [`Index`]; [`Session::object_mut`] gives None instead.
impl<M: Model> IndexMut<Handle<M>> for Session<'_> {
    fn index_mut(&mut self, handle: Handle<M>) -> &mut M {
        present(self.object_mut(handle), handle)
    }
}

/// What a handle names.
#[allow(clippy::panic)] // as for every other index that leads nowhere
fn present<T, M>(object: Option<T>, handle: Handle<M>) -> T {
    match object {
        Some(object) => object,
        None => panic!("{handle:?} names no object here: it was taken out, or belongs to another session"),
    }
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Session");
        shown.field("objects", &self.entries.iter().flatten().count()).field("pool", &self.pool);
        shown.finish_non_exhaustive()
    }
}
