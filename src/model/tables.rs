//! Making and removing the tables of models that are named.

use super::relation::junctions;
use crate::driver::Executor;
use crate::engine;
use crate::error::Result;
use crate::schema::{MetaData, TableRef};

/// Makes those of these tables that are not there yet, with their indexes, in order of dependency; and the junctions
/// that many-to-many relationships name and no model declares, between them and to tables that are there already.
///
/// # Errors
///
/// [`Error::Definition`](crate::Error::Definition) where two of them have one name;
/// [`Error::Query`](crate::Error::Query) for what the database lacks; what the database reports.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
///
/// #[derive(Model)]
/// struct Tag {
///     #[chakra(primary_key)]
///     name: String,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Tag::table()]).await?;
/// assert!(!Tag::query().exists(&pool).await?);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
pub async fn create_tables(executor: &dyn Executor, tables: &[&TableRef]) -> Result<()> {
    engine::create_all(executor, &collected(tables)?).await
}

/// Removes these tables, with their rows.
///
/// # Errors
///
/// As [`create_tables`].
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
///
/// #[derive(Model)]
/// struct Draft {
///     #[chakra(primary_key)]
///     id: i64,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Draft::table()]).await?;
/// chakra::drop_tables(&pool, &[Draft::table()]).await?;
/// assert!(Draft::query().all(&pool).await.is_err());
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
pub async fn drop_tables(executor: &dyn Executor, tables: &[&TableRef]) -> Result<()> {
    engine::drop_all(executor, &collected(tables)?).await
}

/// These tables, and those that join them and that nobody declared.
pub(super) fn collected(tables: &[&TableRef]) -> Result<MetaData> {
    let mut metadata = MetaData::new();
    for table in tables {
        metadata.add((*table).clone())?;
    }
    for (junction, outside) in junctions(tables)? {
        match outside {
            None => metadata.add(junction)?,
            Some(other) => metadata.add_junction(junction, other),
        }
    }
    Ok(metadata)
}
