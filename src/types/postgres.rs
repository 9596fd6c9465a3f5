//! Types that PostgreSQL alone has, and their values.
//!
//! A value travels to the server as text that is cast there, because some of the types (`hstore`, `vector`) have another
//! number in each database. It comes back in the type's binary format, so that whatever gives a column — a SELECT, a
//! RETURNING, a raw statement — gives it alike.

use std::net::IpAddr;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

mod hstore;
mod network;
mod range;
mod reader;
mod tsvector;
mod vector;

pub use hstore::HStore;
pub use network::{Cidr, Inet, MacAddr};
pub use range::{Range, RangeType};
pub use tsvector::TsVector;
pub use vector::{MOST_DIMENSIONS, Vector};

use super::{Kind, Value};
use reader::{Nullable, Reader};

/// A column type that PostgreSQL alone has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PostgresType {
    /// A JSON document, by the name that it has there.
    Jsonb,
    /// A document prepared for full text search.
    TsVector,
    /// A host's address, with its network.
    Inet,
    /// A network's address.
    Cidr,
    /// A network card's address.
    MacAddr,
    /// Texts by texts, of the extension `hstore`.
    HStore,
    /// The values between two bounds.
    Range(RangeType),
    /// Numbers in an order, of the extension `vector`.
    Vector {
        /// How many; None: any.
        dimensions: Option<u32>,
    },
}

/// The kinds of [`PostgresValue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // one per variant of `PostgresValue`, documented there
pub enum PostgresKind {
    TsVector,
    Inet,
    Cidr,
    MacAddr,
    HStore,
    Range(RangeType),
    Vector,
}

/// A value that PostgreSQL alone can keep.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // each holds the type of its name
pub enum PostgresValue {
    TsVector(TsVector),
    Inet(Inet),
    Cidr(Cidr),
    MacAddr(MacAddr),
    HStore(HStore),
    /// Bounds are values of the range's element type.
    Range(RangeType, Range<Value>),
    Vector(Vector),
}

impl PostgresType {
    /// Those without arguments.
    pub const PLAIN: [Self; 11] = [
        Self::Jsonb,
        Self::TsVector,
        Self::Inet,
        Self::Cidr,
        Self::MacAddr,
        Self::HStore,
        Self::Range(RangeType::Int4),
        Self::Range(RangeType::Int8),
        Self::Range(RangeType::Num),
        Self::Range(RangeType::Date),
        Self::Range(RangeType::TsTz),
    ];

    /// The name users know it by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Jsonb => "JSONB",
            Self::TsVector => "TSVector",
            Self::Inet => "Inet",
            Self::Cidr => "Cidr",
            Self::MacAddr => "MacAddr",
            Self::HStore => "HStore",
            Self::Range(of) => of.name(),
            Self::Vector { .. } => "Vector",
        }
    }

    /// The kind of value it holds.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Jsonb => Kind::Json,
            Self::TsVector => PostgresKind::TsVector.into(),
            Self::Inet => PostgresKind::Inet.into(),
            Self::Cidr => PostgresKind::Cidr.into(),
            Self::MacAddr => PostgresKind::MacAddr.into(),
            Self::HStore => PostgresKind::HStore.into(),
            Self::Range(of) => PostgresKind::Range(*of).into(),
            Self::Vector { .. } => PostgresKind::Vector.into(),
        }
    }

    /// The extension that brings it; None: it is built in.
    pub fn extension(&self) -> Option<&'static str> {
        match self {
            Self::HStore => Some("hstore"),
            Self::Vector { .. } => Some("vector"),
            _ => None,
        }
    }

    /// A value in the form in which the server gives it back.
    ///
    /// # Errors
    ///
    /// Why the server would not take it.
    pub fn canonical(&self, value: PostgresValue) -> Result<PostgresValue, String> {
        match (self, value) {
            (Self::Range(_), PostgresValue::Range(of, range)) => {
                of.canonical(range).map(|range| PostgresValue::Range(of, range))
            }
            (Self::HStore, PostgresValue::HStore(pairs)) => {
                pairs.fault().map_or(Ok(PostgresValue::HStore(pairs)), |fault| Err(fault.to_owned()))
            }
            (Self::Vector { dimensions }, PostgresValue::Vector(vector)) => match vector.fault(*dimensions) {
                None => Ok(PostgresValue::Vector(vector)),
                Some(fault) => Err(fault),
            },
            (_, value) => Ok(value),
        }
    }
}

impl PostgresKind {
    /// The server's name of the type, for casts.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::TsVector => "tsvector",
            Self::Inet => "inet",
            Self::Cidr => "cidr",
            Self::MacAddr => "macaddr",
            Self::HStore => "hstore",
            Self::Range(RangeType::Int4) => "int4range",
            Self::Range(RangeType::Int8) => "int8range",
            Self::Range(RangeType::Num) => "numrange",
            Self::Range(RangeType::Date) => "daterange",
            Self::Range(RangeType::TsTz) => "tstzrange",
            Self::Vector => "vector",
        }
    }

    /// Whether values of it have an order that means something.
    pub fn is_ordered(self) -> bool {
        !matches!(self, Self::TsVector | Self::HStore | Self::Vector)
    }

    /// The value of a binary format, whose bounds, of a range, are read by `bound`. None where the bytes are of no such
    /// value.
    ///
    /// # Errors
    ///
    /// The first that `bound` gives.
    pub fn from_binary(
        self,
        bytes: &[u8],
        bound: impl FnMut(&[u8]) -> Result<Value, String>,
    ) -> Result<Option<PostgresValue>, String> {
        Ok(match self {
            Self::TsVector => TsVector::from_binary(bytes).map(PostgresValue::TsVector),
            Self::Inet => network::from_binary(bytes)
                .filter(|(_, _, is_cidr)| !is_cidr)
                .and_then(|(address, prefix, _)| Inet::new(address, prefix))
                .map(PostgresValue::Inet),
            Self::Cidr => network::from_binary(bytes)
                .and_then(|(address, prefix, _)| Cidr::new(address, prefix))
                .map(PostgresValue::Cidr),
            Self::MacAddr => bytes.try_into().ok().map(MacAddr).map(PostgresValue::MacAddr),
            Self::HStore => HStore::from_binary(bytes).map(PostgresValue::HStore),
            Self::Vector => Vector::from_binary(bytes).map(PostgresValue::Vector),
            Self::Range(of) => range_from_binary(bytes, bound)?.map(|range| PostgresValue::Range(of, range)),
        })
    }

    /// The same kind where a reference that lives for ever is asked for.
    pub(super) fn as_static(self) -> &'static Kind {
        use PostgresKind::{Cidr, HStore, Inet, MacAddr, Range, TsVector, Vector};
        match self {
            TsVector => &Kind::Postgres(TsVector),
            Inet => &Kind::Postgres(Inet),
            Cidr => &Kind::Postgres(Cidr),
            MacAddr => &Kind::Postgres(MacAddr),
            HStore => &Kind::Postgres(HStore),
            Range(RangeType::Int4) => &Kind::Postgres(Range(RangeType::Int4)),
            Range(RangeType::Int8) => &Kind::Postgres(Range(RangeType::Int8)),
            Range(RangeType::Num) => &Kind::Postgres(Range(RangeType::Num)),
            Range(RangeType::Date) => &Kind::Postgres(Range(RangeType::Date)),
            Range(RangeType::TsTz) => &Kind::Postgres(Range(RangeType::TsTz)),
            Vector => &Kind::Postgres(Vector),
        }
    }
}

impl From<PostgresKind> for Kind {
    fn from(kind: PostgresKind) -> Self {
        Self::Postgres(kind)
    }
}

impl PostgresValue {
    /// About how many bytes it takes on its way.
    #[allow(dead_code)] // in builds without a network driver
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::HStore(pairs) => {
                pairs.0.iter().map(|(key, value)| 8 + key.len() + value.as_ref().map_or(4, String::len)).sum()
            }
            Self::TsVector(vector) => vector.lexemes().map(|lexeme| 8 + lexeme.len()).sum(),
            Self::Vector(vector) => 16 * vector.0.len(),
            Self::Inet(_) | Self::Cidr(_) | Self::MacAddr(_) | Self::Range(..) => 64,
        }
    }

    /// The smallest value of the same kind.
    pub(crate) fn hollow(&self) -> Self {
        match self {
            Self::TsVector(_) => Self::TsVector(TsVector::default()),
            Self::Inet(_) => Self::Inet(Inet::from(IpAddr::from([0; 4]))),
            Self::Cidr(_) => Self::Cidr(Cidr::from(IpAddr::from([0; 4]))),
            Self::MacAddr(_) => Self::MacAddr(MacAddr([0; 6])),
            Self::HStore(_) => Self::HStore(HStore::default()),
            Self::Range(of, _) => Self::Range(*of, Range::empty()),
            Self::Vector(_) => Self::Vector(Vector::default()),
        }
    }

    /// Its kind.
    pub fn kind(&self) -> PostgresKind {
        match self {
            Self::TsVector(_) => PostgresKind::TsVector,
            Self::Inet(_) => PostgresKind::Inet,
            Self::Cidr(_) => PostgresKind::Cidr,
            Self::MacAddr(_) => PostgresKind::MacAddr,
            Self::HStore(_) => PostgresKind::HStore,
            Self::Range(of, _) => PostgresKind::Range(*of),
            Self::Vector(_) => PostgresKind::Vector,
        }
    }
}

impl From<PostgresValue> for Value {
    fn from(value: PostgresValue) -> Self {
        Self::Postgres(Box::new(value))
    }
}

/// In PostgreSQL's own notation.
impl std::fmt::Display for PostgresValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TsVector(value) => value.fmt(f),
            Self::Inet(value) => value.fmt(f),
            Self::Cidr(value) => value.fmt(f),
            Self::MacAddr(value) => value.fmt(f),
            Self::HStore(value) => value.fmt(f),
            Self::Range(_, value) => f.write_str(&range::to_text(value)),
            Self::Vector(value) => value.fmt(f),
        }
    }
}

/// The bits of a range's first byte.
const EMPTY: u8 = 0x01;
const LOWER_INCLUDED: u8 = 0x02;
const UPPER_INCLUDED: u8 = 0x04;
const LOWER_OPEN: u8 = 0x08;
const UPPER_OPEN: u8 = 0x10;

fn range_from_binary(
    bytes: &[u8],
    mut bound: impl FnMut(&[u8]) -> Result<Value, String>,
) -> Result<Option<Range<Value>>, String> {
    let mut reader = Reader(bytes);
    let Some(flags) = reader.byte() else { return Ok(None) };
    if flags & EMPTY != 0 {
        return Ok(reader.is_done().then(Range::empty));
    }
    let mut read = |open: u8, included: u8| -> Result<Option<Bound<Value>>, String> {
        if flags & open != 0 {
            return Ok(Some(Bound::Unbounded));
        }
        let Some(Nullable::Value(bytes)) = reader.counted() else { return Ok(None) };
        let value = bound(bytes)?;
        let is_included = flags & included != 0;
        Ok(Some(if is_included { Bound::Included(value) } else { Bound::Excluded(value) }))
    };
    let (lower, upper) = (read(LOWER_OPEN, LOWER_INCLUDED)?, read(UPPER_OPEN, UPPER_INCLUDED)?);
    let range = lower.zip(upper).map(|(lower, upper)| Range::new(lower, upper));
    Ok(range.filter(|_| reader.is_done()))
}
