//! The codec table: a column's bytes, by how the database stores them and what the field declares.
//! Exact or loud: a value that the declared type cannot hold exactly is an error that tells it.

use std::fmt;

use super::row::{RawCell, Stored};
use super::visitor::Visitor;
use crate::types::SqlType;

mod document;
mod elements;
mod exact;
mod mysql;
mod postgres;
mod sqlite;
mod target;

pub use elements::Elements;
pub use mysql::MySqlType;

#[cfg(feature = "postgres")]
pub(super) use postgres::{EPOCH_DAYS as POSTGRES_EPOCH_DAYS, EPOCH_MICROS as POSTGRES_EPOCH_MICROS, element_of, oid};

/// The type as SQL names it.
impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite => f.write_str("a value of any type"),
            Self::Postgres(type_oid) => f.write_str(&postgres::type_name(*type_oid)),
            Self::MySql(stored) => f.write_str(stored.name()),
        }
    }
}

impl Stored {
    /// Whether it is a type of the database's own making, which may hold values equal that differ in their bytes
    /// (`citext`), but not where they are compared with a plain text.
    pub(crate) fn compares_in_its_own_way(self) -> bool {
        matches!(self, Self::Postgres(type_oid) if type_oid >= postgres::oid::FIRST_OF_USERS)
    }
}

/// What becomes of the values of a stored type where they are read as a declared one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Each is read, but those that the declared type has no value for at all: `infinity` is no date.
    Exact,
    /// Each is converted where nothing is lost by it, and else refused.
    Checked,
}

/// How SQLite stores a value, whatever its column declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the database's own names
pub enum StorageClass {
    Integer,
    Real,
    Text,
    Blob,
}

/// How to read one column. Made once for a result, used for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoder(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite(sqlite::Decoder),
    Postgres(postgres::Decoder),
    MySql(mysql::Decoder),
}

impl Decoder {
    /// The decoder of a column for a declared type, or for what the database says where none is declared.
    /// None: the declared type can never hold what this column stores.
    pub fn new(stored: Stored, declared: Option<&SqlType>) -> Option<Self> {
        match stored {
            Stored::Sqlite => sqlite::Decoder::new(declared).map(|decoder| Self(Kind::Sqlite(decoder))),
            Stored::Postgres(oid) => postgres::Decoder::new(oid, declared).map(|decoder| Self(Kind::Postgres(decoder))),
            Stored::MySql(stored) => mysql::Decoder::new(stored, declared).map(|decoder| Self(Kind::MySql(decoder))),
        }
    }

    /// What becomes of the values of a column; `class` is SQLite's, where each value has one. None where it is refused.
    pub fn reading(self, class: StorageClass) -> Option<Reading> {
        match self.0 {
            Kind::Sqlite(decoder) => decoder.reading(class),
            Kind::Postgres(decoder) => Some(decoder.reading()),
            Kind::MySql(decoder) => Some(decoder.reading()),
        }
    }

    /// The decoder of the sum of a column declared so: of integers a decimal, which has room for any sum.
    pub fn of_sum(stored: Stored, declared: &SqlType) -> Option<Self> {
        let decimal = SqlType::Decimal { precision: None, scale: None };
        let declared = if declared.integer_range().is_some() { &decimal } else { declared };
        if stored == Stored::Sqlite {
            return sqlite::Decoder::of_sum(declared).map(|decoder| Self(Kind::Sqlite(decoder)));
        }
        Self::new(stored, Some(declared))
    }

    /// Hands the value to the visitor.
    ///
    /// # Errors
    ///
    /// What was found, shortened, where it is not exactly of the declared type.
    #[inline]
    pub fn visit<V: Visitor>(self, cell: RawCell<'_>, visitor: V) -> Result<V::Output, String> {
        match self.0 {
            Kind::Sqlite(decoder) => decoder.visit(cell, visitor),
            Kind::Postgres(decoder) => decoder.visit(cell, visitor),
            Kind::MySql(decoder) => decoder.visit(cell, visitor),
        }
    }
}

/// A value that nobody reads, for a message: as the text that it may be, else its bytes.
#[cold]
pub(crate) fn shown(cell: RawCell<'_>) -> String {
    match cell {
        RawCell::Null => "NULL".to_owned(),
        RawCell::Integer(number) => number.to_string(),
        RawCell::Real(number) => format!("{number:?}"),
        RawCell::Text(bytes) | RawCell::Blob(bytes) | RawCell::Wire(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains(char::is_control) => exact::shortened(text),
            _ => format!("a value {}", exact::hex(bytes)),
        },
    }
}
