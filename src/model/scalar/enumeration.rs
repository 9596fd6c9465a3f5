//! Enumerations.

use super::shortened;
use crate::types::{EnumType, Value};

/// An enum whose variants are texts in the database. Derive it: `#[derive(ChakraEnum)]`.
///
/// A column of it keeps the texts and no others: PostgreSQL and SQLite by a CHECK constraint, MySQL and MariaDB by their
/// type ENUM, PostgreSQL by a type of its own where the enum says `native`. Its values order as text does, on every
/// database, however they were declared.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::{ChakraEnum, Model};
///
/// #[derive(ChakraEnum, Debug, Clone, PartialEq)]
/// #[chakra(rename_all = "snake_case")]
/// enum State {
///     InStock,
///     #[chakra(rename = "gone")]
///     SoldOut,
/// }
///
/// #[derive(Model)]
/// struct Lamp {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     state: State,
/// }
///
/// assert_eq!(State::VALUES, ["in_stock", "gone"]);
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Lamp::table()]).await?;
/// Lamp { id: None, state: State::SoldOut }.insert(&pool).await?;
/// let gone = Lamp::query().filter(Lamp::state().eq(State::SoldOut)).one(&pool).await?;
/// assert_eq!(gone.state, State::SoldOut);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no enumeration that a column can hold",
    label = "no enumeration",
    note = "put `#[derive(chakra::ChakraEnum)]` on the enum"
)]
pub trait ChakraEnum: Clone + Send + Sync + 'static {
    /// The name of the type, where the database has one of its own.
    const NAME: &'static str;

    /// The texts, in order of declaration.
    const VALUES: &'static [&'static str];

    /// Whether a database that has such types keeps it as one, instead of as text with a CHECK constraint.
    const NATIVE: bool;

    /// The number of the variant's text among [`VALUES`](Self::VALUES). Derived.
    fn ordinal(&self) -> usize;

    /// The variant of a number. Derived.
    fn from_ordinal(number: usize) -> Option<Self>;

    /// The variant's text.
    fn as_text(&self) -> &'static str {
        Self::VALUES.get(self.ordinal()).copied().unwrap_or_default()
    }

    /// The variant of a text; None where it is none's.
    fn from_text(text: &str) -> Option<Self> {
        Self::from_ordinal(Self::VALUES.iter().position(|value| *value == text)?)
    }
}

/// The type of a column of it; for derived code.
#[doc(hidden)]
pub fn enum_type<T: ChakraEnum>() -> EnumType {
    let kind = EnumType::new(T::NAME, T::VALUES.iter().copied());
    if T::NATIVE { kind.native() } else { kind }
}

/// The variant on its way to the database; for derived code.
#[doc(hidden)]
pub fn label<T: ChakraEnum>(variant: &T) -> Value {
    Value::Untyped(variant.as_text().to_owned())
}

/// The variant of a text that was read; for derived code.
#[doc(hidden)]
pub fn variant<T: ChakraEnum>(text: &str) -> Result<T, String> {
    T::from_text(text).ok_or_else(|| format!("{:?}, which is none of the enumeration's values", shortened(text)))
}
