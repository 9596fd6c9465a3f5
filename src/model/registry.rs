//! The tables of all models of the program, collected by the linker rather than by a global that someone
//! must fill.

use crate::driver::Executor;
use crate::engine;
use crate::error::Result;
use crate::schema::{Declared, MetaData, TableRef};

use super::relation::{Known, Relations};
use super::tables::collected;

/// A model of the program; derived code submits one.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registered {
    table: fn() -> &'static TableRef,
    relations: fn() -> &'static Relations,
    path: &'static str,
    place: &'static str,
}

impl Registered {
    /// A model with its table and relationships, its path in the program, and file and line of its declaration.
    pub const fn new(
        table: fn() -> &'static TableRef,
        relations: fn() -> &'static Relations,
        path: &'static str,
        place: &'static str,
    ) -> Self {
        Self { table, relations, path, place }
    }

    pub(super) fn table(&self) -> &'static TableRef {
        (self.table)()
    }

    pub(super) fn place(&self) -> &'static str {
        self.place
    }

    pub(super) fn known(&self) -> Known {
        let (table, relations) = (self.table(), (self.relations)());
        let declared = Declared {
            table,
            path: self.path,
            place: Some(self.place),
            sound: table.faults().is_empty(),
            relationships: relations.declared(),
        };
        Known { table, declared, relations }
    }
}

inventory::collect!(Registered);

/// Makes the tables of every model of the program that are not there yet, with their indexes, in order of
/// dependency.
///
/// For quick starts and tests. It knows the models that `#[derive(Model)]` made anywhere in the program, so two
/// models of one table in it (in two tests, say) are refused; [`create_tables`](super::create_tables) takes a
/// choice.
///
/// # Errors
///
/// [`Error::Definition`](crate::Error::Definition) where two models have one table;
/// [`Error::Query`](crate::Error::Query) for what the database lacks; what the database reports.
///
/// # Examples
///
/// ```standalone_crate
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
///
/// #[derive(Model)]
/// struct Note {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     text: String,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_all(&pool).await?;
/// assert_eq!(Note::query().count(&pool).await?, 0);
/// chakra::drop_all(&pool).await?;
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
pub async fn create_all(executor: &dyn Executor) -> Result<()> {
    engine::create_all(executor, &registered()?).await
}

/// Removes the tables of every model of the program, with their rows.
///
/// # Errors
///
/// As [`create_all`].
pub async fn drop_all(executor: &dyn Executor) -> Result<()> {
    engine::drop_all(executor, &registered()?).await
}

fn registered() -> Result<MetaData> {
    collected(&in_order().iter().map(|model| model.table()).collect::<Vec<_>>())
}

/// Every model of the program, with its relationships.
pub(super) fn known() -> Vec<Known> {
    in_order().into_iter().map(Registered::known).collect()
}

/// Sorted by name, because the linker's order changes from build to build.
pub(super) fn in_order() -> Vec<&'static Registered> {
    let mut models: Vec<&Registered> = inventory::iter::<Registered>.into_iter().collect();
    models.sort_by_key(|model| (&model.table().schema, &model.table().name, model.path));
    models
}
