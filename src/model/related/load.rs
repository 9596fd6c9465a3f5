//! Loading what a field holds, by what it knows of its object.

use super::{Held, Related, RelatedValue, unplaced};
use crate::driver::Executor;
use crate::error::Result;
use crate::model::relation::load_by_key;

impl<T: RelatedValue> Related<T> {
    /// What is held, loaded by one statement where nothing is. What it loads is related to the object's row as it was last
    /// read or written: after another value for the foreign key it is the former one, and the two contradict each other, so
    /// that the object is refused when it is written. [`Relation::load`](crate::model::Relation::load) sees the whole
    /// object, and goes by what it says now; [`Relation::load_all`](crate::model::Relation::load_all) loads for many objects
    /// by one statement.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotLoaded`](crate::ErrorKind::NotLoaded) where the object was neither read nor written, so that its
    /// field knows nothing of it; [`Error::Query`](crate::Error::Query) where there is no row for a `Related<User>`; what the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chakra::{Model, Related};
    ///
    /// #[derive(Model)]
    /// struct Band {
    ///     #[chakra(primary_key)]
    ///     id: Option<i64>,
    ///     name: String,
    ///     #[chakra(foreign_key = "band_id")]
    ///     songs: Related<Vec<Song>>,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Song {
    ///     #[chakra(primary_key)]
    ///     id: Option<i64>,
    ///     #[chakra(references = "bands.id", on_delete = "CASCADE")]
    ///     band_id: i64,
    ///     #[chakra(foreign_key = "band_id")]
    ///     band: Related<Band>,
    /// }
    ///
    /// let pool = chakra::connect("sqlite:///:memory:").await?;
    /// chakra::create_tables(&pool, &[Band::table(), Song::table()]).await?;
    /// let band = Band::create(Band::name().set("Can")).execute(&pool).await?;
    /// let mut song = Song::create(Song::band().set(&band)).execute(&pool).await?;
    /// assert_eq!(song.band.load(&pool).await?.name, "Can");
    /// assert_eq!(song.band.get()?.name, "Can"); // loaded now
    ///
    /// let mut band = band;
    /// assert_eq!(band.songs.load(&pool).await?.len(), 1);
    /// # Ok::<(), chakra::Error>(())
    /// # }).unwrap(); }
    /// ```
    pub async fn load(&mut self, executor: &dyn Executor) -> Result<&T> {
        if !self.is_loaded() {
            let (hinge, key) = self.origin().ok_or_else(|| unplaced::<T>(self.hinge))?;
            let found = load_by_key::<T>(hinge, key.values(), executor).await?;
            self.hold(found, Held::Found);
        }
        self.get()
    }
}
