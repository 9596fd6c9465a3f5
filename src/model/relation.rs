//! Names of relationships, with types: what `Post::author()` gives.

use std::fmt;
use std::sync::Arc;

use super::Model;
use super::query::Query;
use super::related::{Related, RelatedValue};
use super::value::Row;
use crate::error::Result;
use crate::schema::ModelFault;

mod assign;
mod condition;
mod declared;
mod field;
mod hinge;
mod load;
mod members;
mod own_key;
mod reading;
mod resolve;

pub use assign::Referred;
pub use condition::FieldOf;
pub use declared::{RelationDraft, Relations};
pub use field::RelatedField;
pub(super) use field::{Outdated, check_related, forget_outdated, remembers, settle};
pub use hinge::{Anchor, Hinge};
pub(super) use load::{Asked, Fill, Load, Loads, Prepared, key_of, load_by_key, made, objects};
use load::{Last, Node};
pub use members::{MemberRow, Members};
pub use own_key::OwnKey;
pub(super) use reading::Reading;
use resolve::Resolved;
#[cfg(feature = "derive")]
pub(super) use resolve::unfit_relations;
pub(super) use resolve::{Known, junctions};

/// A relationship of the model `M` whose field is a `Related<T>`.
///
/// `#[derive(Model)]` makes a function for each such field that gives it.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::{Model, Related};
///
/// #[derive(Model)]
/// struct User {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     name: String,
///     #[chakra(foreign_key = "author_id", back_populates = "author")]
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
///     #[chakra(foreign_key = "author_id", back_populates = "posts")]
///     author: Related<User>,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[User::table(), Post::table()]).await?;
/// for (name, titles) in [("Ada", vec!["Algebra", "Botany"]), ("Bo", vec!["Chess"])] {
///     let mut user = User { id: None, name: name.into(), posts: Related::default() };
///     user.insert(&pool).await?;
///     for title in titles {
///         Post::create((Post::title().set(title), Post::author_id().set(user.id.unwrap()))).execute(&pool).await?;
///     }
/// }
///
/// // In the same statement, and in one statement more.
/// let posts = Post::query().select_related(Post::author()).order_by(Post::title()).all(&pool).await?;
/// assert_eq!(posts[0].author.get()?.name, "Ada");
/// let latest = User::posts().with(Post::query().order_by(Post::title().desc()).limit(1));
/// let users = User::query().prefetch_related(latest).order_by(User::name()).all(&pool).await?;
/// assert_eq!(users[0].posts.get()?[0].title, "Botany");
///
/// // When it is asked for: of one object, or of many at once.
/// let mut post = Post::query().filter(Post::title().eq("Chess")).one(&pool).await?;
/// assert_eq!(Post::author().load(&mut post, &pool).await?.name, "Bo");
///
/// // Conditions and orders.
/// let by_ada = Post::query().filter(Post::author().has(User::name().eq("Ada")));
/// assert_eq!(by_ada.count(&pool).await?, 2);
/// let by_name = Post::query().order_by((Post::author().field(User::name()).desc(), Post::title()));
/// assert_eq!(by_name.first(&pool).await?.unwrap().title, "Chess");
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
pub struct Relation<M, T: 'static> {
    anchor: &'static Anchor<T>,
    hinge: &'static Hinge,
    read: fn(&M) -> &Related<T>,
    field: fn(&mut M) -> &mut Related<T>,
}

impl<M, T> Clone for Relation<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Relation<M, T> {}

impl<M: Model, T: RelatedValue> fmt::Debug for Relation<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hinge.name())
    }
}

impl<M, T> Relation<M, T> {
    /// The relationship with the field of its objects; for derived code.
    #[doc(hidden)]
    pub fn at(anchor: &'static Anchor<T>, read: fn(&M) -> &Related<T>, field: fn(&mut M) -> &mut Related<T>) -> Self {
        Self { anchor, hinge: &anchor.hinge, read, field }
    }

    /// What the field of an object is that was just read; for derived code.
    #[doc(hidden)]
    pub fn unread(self, row: Row<'_>) -> Related<T> {
        Related::unread(self.hinge, self.hinge.key_in(row))
    }

    /// The relationship, whatever its types; for derived code.
    #[doc(hidden)]
    pub fn hinge(self) -> &'static Hinge {
        self.hinge
    }

    /// Its field, whatever it holds; for derived code.
    #[doc(hidden)]
    pub fn as_field(self, field: &Related<T>) -> &dyn RelatedField {
        (self.anchor.shared)(field)
    }

    /// Its field, whatever it holds; for derived code.
    #[doc(hidden)]
    pub fn as_field_mut(self, field: &mut Related<T>) -> &mut dyn RelatedField {
        (self.anchor.exclusive)(field)
    }
}

impl<M: Model, T: RelatedValue> Relation<M, T> {
    /// This relationship, then another from where it ends: `Comment::post().then(Post::author())`.
    pub fn then<W: IntoWay<T::Model>>(self, next: W) -> Way<M, W::End> {
        self.into_way().then(next)
    }

    /// The related rows by a query of their own, for `prefetch_related`: narrowed, ordered, with what it loads itself. Its
    /// limit and offset count for each object that they are loaded into.
    pub fn with(self, query: Query<T::Model>) -> Way<M, T> {
        self.into_way().with(query)
    }

    /// What the object's field holds, loaded by one statement where it holds nothing, or what the foreign key has left
    /// behind. [`Related::load`] does the same by what the field alone knows of its object.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`](crate::Error::Validation) where the field was set to something else than the foreign key says;
    /// [`Error::Definition`](crate::Error::Definition) for a relationship that means nothing; what the database reports.
    pub async fn load<'m>(self, object: &'m mut M, executor: &dyn crate::driver::Executor) -> Result<&'m T> {
        self.load_all(std::slice::from_mut(object), executor).await?;
        (self.read)(object).get()
    }

    /// Loads it into all those of the objects that do not hold it yet, by one statement.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub async fn load_all(self, objects: &mut [M], executor: &dyn crate::driver::Executor) -> Result<()> {
        for object in &mut *objects {
            forget_outdated(object, Outdated::Of(self.hinge.position))?;
        }
        let lacking: Vec<&mut M> = objects.iter_mut().filter(|object| !(self.read)(object).is_loaded()).collect();
        Node::<M, T>::plain(self).load_into(lacking, executor).await
    }

    fn resolved(self) -> Result<&'static Resolved, Box<ModelFault>> {
        self.hinge.resolved()
    }
}

/// A way along relationships, from `M` to a field that is a `Related<T>`.
///
/// [`Relation::then`] and [`Relation::with`] make one.
pub struct Way<M, T: RelatedValue> {
    hinges: Vec<&'static Hinge>,
    make: Arc<dyn Fn(Last<T>) -> Arc<dyn Load<M>> + Send + Sync>,
    query: Option<Query<T::Model>>,
    /// Whether any step has a query of its own.
    is_narrowed: bool,
}

impl<M, T: RelatedValue> Clone for Way<M, T> {
    fn clone(&self) -> Self {
        Self {
            hinges: self.hinges.clone(),
            make: Arc::clone(&self.make),
            query: self.query.clone(),
            is_narrowed: self.is_narrowed,
        }
    }
}

impl<M, T: RelatedValue> fmt::Debug for Way<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.hinges.iter().map(|hinge| hinge.name())).finish()
    }
}

impl<M: Model, T: RelatedValue> Way<M, T> {
    /// This way, then another from where it ends.
    #[must_use]
    pub fn then<W: IntoWay<T::Model>>(self, next: W) -> Way<M, W::End> {
        let next = next.into_way();
        let (first, query, then) = (self.make, self.query, next.make);
        let make = move |last: Last<W::End>| {
            let joined = last.joined;
            first(Last { joined, query: query.clone(), nested: Loads::from(then(last)) })
        };
        Way {
            hinges: self.hinges.into_iter().chain(next.hinges).collect(),
            make: Arc::new(make),
            query: next.query,
            is_narrowed: self.is_narrowed || next.is_narrowed,
        }
    }

    /// The rows at its end by a query of their own; see [`Relation::with`].
    #[must_use]
    pub fn with(self, query: Query<T::Model>) -> Self {
        Self { query: Some(query), is_narrowed: true, ..self }
    }

    /// Loads it into the objects, by one statement for each step.
    ///
    /// # Errors
    ///
    /// As [`Relation::load`].
    pub async fn load_all(self, objects: &mut [M], executor: &dyn crate::driver::Executor) -> Result<()> {
        self.into_load(false).load(objects.iter_mut().collect(), executor).await
    }

    /// What a query keeps of it.
    pub(super) fn into_load(self, joined: bool) -> Arc<dyn Load<M>> {
        (self.make)(Last { joined, query: self.query, nested: Loads::default() })
    }

    /// Why it cannot be joined.
    pub(super) fn unjoinable(&self) -> Option<String> {
        let model = &M::table().model;
        if let Some(many) = self.hinges.iter().find(|hinge| hinge.is_to_many) {
            let name = many.name();
            return Some(format!(
                "select_related of {model}: {name} leads to many rows, which would multiply those of the query; load it by prefetch_related"
            ));
        }
        let message = "a query of its own is a statement of its own; give it to prefetch_related";
        self.is_narrowed.then(|| format!("select_related of {model}: {message}"))
    }
}

/// What leads from `M` along relationships: a [`Relation`], or a [`Way`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no relationship of `{M}`",
    label = "does not start at `{M}`",
    note = "name one by its function, like `Post::author()`, and further steps by `.then(User::profile())`"
)]
pub trait IntoWay<M: Model> {
    /// What its last field holds.
    type End: RelatedValue;

    /// The way.
    fn into_way(self) -> Way<M, Self::End>;
}

impl<M: Model, T: RelatedValue> IntoWay<M> for Relation<M, T> {
    type End = T;

    fn into_way(self) -> Way<M, T> {
        let make = move |last: Last<T>| -> Arc<dyn Load<M>> { Arc::new(Node::new(self, last)) };
        Way { hinges: vec![self.hinge], make: Arc::new(make), query: None, is_narrowed: false }
    }
}

impl<M: Model, T: RelatedValue> IntoWay<M> for Way<M, T> {
    type End = T;

    fn into_way(self) -> Self {
        self
    }
}
