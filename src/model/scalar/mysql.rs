//! The types that MySQL and MariaDB alone have.

use super::{ChakraEnum, Scalar, shortened};
use crate::types::mysql::{YEARS, members};
use crate::types::{MySqlType, SqlType, Value};

/// Some of an enumeration's variants: a column of MySQL's type `SET`. They are kept in the order of their declaration,
/// each once.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use chakra::{ChakraEnum, mysql::Set};
///
/// #[derive(ChakraEnum, Debug, Clone, PartialEq)]
/// enum Grape {
///     Merlot,
///     Riesling,
/// }
///
/// let grapes = Set::from([Grape::Riesling, Grape::Merlot, Grape::Riesling]);
/// assert!(grapes.contains(&Grape::Merlot));
/// assert_eq!(grapes.iter().collect::<Vec<_>>(), [&Grape::Merlot, &Grape::Riesling]);
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Set<E>(Vec<E>);

impl<E> Default for Set<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E: ChakraEnum> Set<E> {
    /// The members, in the order of their declaration.
    pub fn iter(&self) -> std::slice::Iter<'_, E> {
        self.0.iter()
    }

    /// Whether a variant is a member.
    pub fn contains(&self, variant: &E) -> bool {
        self.0.iter().any(|member| member.ordinal() == variant.ordinal())
    }

    /// How many members it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<E: ChakraEnum> FromIterator<E> for Set<E> {
    fn from_iter<I: IntoIterator<Item = E>>(variants: I) -> Self {
        let mut members: Vec<E> = variants.into_iter().collect();
        members.sort_by_key(ChakraEnum::ordinal);
        members.dedup_by_key(|member| member.ordinal());
        Self(members)
    }
}

impl<E: ChakraEnum, const N: usize> From<[E; N]> for Set<E> {
    fn from(variants: [E; N]) -> Self {
        variants.into_iter().collect()
    }
}

impl<'a, E: ChakraEnum> IntoIterator for &'a Set<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E: ChakraEnum> Scalar for Set<E> {
    fn sql_type() -> SqlType {
        SqlType::MySql(MySqlType::Set { members: E::VALUES.iter().map(|value| (*value).to_owned()).collect() })
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(Value::Set(self.0.iter().map(|member| member.as_text().to_owned()).collect()))
    }

    fn from_set(text: &str) -> Result<Self, String> {
        let member = |name| E::from_text(name).ok_or_else(|| format!("the set member {:?}", shortened(name)));
        members(text).map(member).collect()
    }
}

/// A year from 1901 to 2155: a column of MySQL's type `YEAR`.
///
/// # Examples
///
/// ```
/// use chakra::mysql::Year;
/// assert_eq!(Year::new(1969).map(Year::get), Some(1969));
/// assert_eq!(Year::new(1900), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Year(u16);

impl Year {
    /// A year; None before 1901 and after 2155, which the type cannot hold.
    pub fn new(year: u16) -> Option<Self> {
        (YEARS.0..=YEARS.1).contains(&i64::from(year)).then_some(Self(year))
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Year {
    type Error = String;

    fn try_from(year: u16) -> Result<Self, String> {
        Self::new(year)
            .ok_or_else(|| format!("the year {year}: MySQL's type has those from {} to {}", YEARS.0, YEARS.1))
    }
}

impl std::fmt::Display for Year {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Scalar for Year {
    fn sql_type() -> SqlType {
        SqlType::MySql(MySqlType::Year)
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(Value::Integer(i64::from(self.0)))
    }

    fn from_integer(value: i64) -> Result<Self, String> {
        u16::try_from(value).ok().and_then(Self::new).ok_or_else(|| format!("the year {value}"))
    }
}
