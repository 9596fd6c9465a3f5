//! PostgreSQL's binary formats, by the type's OID and the declared type.

mod array;
mod name;
mod number;
mod own;
mod text;
mod time;

pub(super) use array::ArrayBytes;
#[allow(unused_imports)] // by builds without the driver that encodes
pub(in crate::driver) use name::element_of;
pub(in crate::driver) use name::type_name;
use number::Width;
#[allow(unused_imports)] // by builds without the driver that encodes
pub(crate) use time::{EPOCH_DAYS, EPOCH_MICROS};

use super::Reading;
use super::elements::Elements;
use super::exact;
use super::target::Target;
use crate::driver::row::RawCell;
use crate::driver::visitor::Visitor;
use crate::types::{Kind, PostgresKind, SqlType};

/// OIDs of the built-in types, the same in every database since PostgreSQL 7.
pub(crate) mod oid {
    #![allow(missing_docs)] // PostgreSQL's own names
    pub(crate) const BOOL: u32 = 16;
    pub(crate) const BYTEA: u32 = 17;
    pub(crate) const CHAR: u32 = 18;
    pub(crate) const NAME: u32 = 19;
    pub(crate) const INT8: u32 = 20;
    pub(crate) const INT2: u32 = 21;
    pub(crate) const INT4: u32 = 23;
    pub(crate) const TEXT: u32 = 25;
    pub(crate) const OID: u32 = 26;
    pub(crate) const JSON: u32 = 114;
    pub(crate) const XML: u32 = 142;
    pub(crate) const FLOAT4: u32 = 700;
    pub(crate) const FLOAT8: u32 = 701;
    pub(crate) const UNKNOWN: u32 = 705;
    pub(crate) const INT8_ARRAY: u32 = 1016;
    pub(crate) const BPCHAR: u32 = 1042;
    pub(crate) const VARCHAR: u32 = 1043;
    pub(crate) const DATE: u32 = 1082;
    pub(crate) const TIME: u32 = 1083;
    pub(crate) const TIMESTAMP: u32 = 1114;
    pub(crate) const TIMESTAMPTZ: u32 = 1184;
    pub(crate) const NUMERIC: u32 = 1700;
    pub(crate) const INTERVAL: u32 = 1186;
    pub(crate) const UUID: u32 = 2950;
    pub(crate) const JSONB: u32 = 3802;
    /// The first OID that a database gives to types of its own.
    pub(crate) const FIRST_OF_USERS: u32 = 16_384;
}

/// From which format to which kind of value. Only pairs that lose nothing are here; those that lose
/// nothing for some values only check each value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decoder {
    Boolean,
    Integer {
        width: Width,
        low: i64,
        high: i64,
    },
    IntegerAsBoolean(Width),
    IntegerAsFloat(Width),
    IntegerAsDecimal(Width),
    Float4,
    Float8,
    FloatAsInteger {
        single: bool,
        low: i64,
        high: i64,
    },
    Numeric,
    NumericAsInteger {
        low: i64,
        high: i64,
    },
    NumericAsFloat,
    Text(Content, Kind),
    TextAsInteger {
        content: Content,
        low: i64,
        high: i64,
    },
    Instant,
    InstantAsDate,
    Date,
    DateAsInstant,
    Time,
    Interval,
    Uuid,
    UuidAsText,
    Bytes,
    /// A type that PostgreSQL alone has.
    Own(PostgresKind),
    /// An array, and what its elements are declared as.
    Array(Option<Target>),
}

/// What the bytes of a textual type look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Text as it is.
    Plain,
    /// `char(n)`: blanks at the end are padding.
    Padded,
    /// `json`: text that is known to be JSON.
    Document,
    /// `jsonb`: a version number before the text.
    Versioned,
    /// A type of the user's own: text where it is an enumeration, else anything.
    Foreign,
}

impl Decoder {
    pub(super) fn new(type_oid: u32, declared: Option<&SqlType>) -> Option<Self> {
        let target = match declared {
            Some(declared) => Some(Target::of(declared)?),
            None => None,
        };
        let is_array = declared.and_then(SqlType::element).is_some();
        match name::element_of(type_oid) {
            Some(element) if is_array || declared.is_none() => {
                Self::of_one(element, target).map(|_| Self::Array(target))
            }
            // Of a type of the user's own, which each array names.
            None if is_array && type_oid >= oid::FIRST_OF_USERS => Some(Self::Array(target)),
            _ if is_array => None,
            _ => Self::of_one(type_oid, target),
        }
    }

    /// The decoder of a type that is no array.
    fn of_one(type_oid: u32, target: Option<Target>) -> Option<Self> {
        let (low, high) = target.map_or((i64::MIN, i64::MAX), Target::range);
        let kind = target.map(Target::kind);
        match type_oid {
            oid::BOOL => matches!(kind, None | Some(Kind::Boolean)).then_some(Self::Boolean),
            oid::INT2 => integer(Width::Two, kind, (low, high)),
            oid::INT4 => integer(Width::Four, kind, (low, high)),
            oid::INT8 => integer(Width::Eight, kind, (low, high)),
            oid::OID => integer(Width::UnsignedFour, kind, (low, high)),
            oid::FLOAT4 | oid::FLOAT8 => float(type_oid == oid::FLOAT4, kind, (low, high)),
            oid::NUMERIC => numeric(kind, (low, high)),
            oid::TEXT | oid::VARCHAR | oid::NAME | oid::CHAR | oid::UNKNOWN | oid::XML => {
                let content = if target == Some(Target::Padded) { Content::Padded } else { Content::Plain };
                text_as(content, kind, (low, high))
            }
            oid::BPCHAR => text_as(Content::Padded, kind, (low, high)),
            oid::JSON => json(Content::Document, kind),
            oid::JSONB => json(Content::Versioned, kind),
            oid::TIMESTAMP | oid::TIMESTAMPTZ => match kind {
                None | Some(Kind::DateTime) => Some(Self::Instant),
                Some(Kind::Date) => Some(Self::InstantAsDate),
                _ => None,
            },
            oid::DATE => match kind {
                None | Some(Kind::Date) => Some(Self::Date),
                Some(Kind::DateTime) => Some(Self::DateAsInstant),
                _ => None,
            },
            oid::TIME => matches!(kind, None | Some(Kind::Time)).then_some(Self::Time),
            oid::INTERVAL => matches!(kind, None | Some(Kind::Interval)).then_some(Self::Interval),
            oid::UUID => match kind {
                None | Some(Kind::Uuid) => Some(Self::Uuid),
                Some(Kind::Text) => Some(Self::UuidAsText),
                _ => None,
            },
            oid::BYTEA => matches!(kind, None | Some(Kind::Bytes)).then_some(Self::Bytes),
            oid::FIRST_OF_USERS.. => match kind {
                Some(Kind::Postgres(own @ (PostgresKind::HStore | PostgresKind::Vector))) => Some(Self::Own(own)),
                None | Some(Kind::Text) => Some(Self::Text(Content::Foreign, Kind::Text)),
                Some(Kind::Untyped) => Some(Self::Text(Content::Foreign, Kind::Untyped)),
                _ => None,
            },
            built_in => {
                own::kind(built_in).filter(|own| kind.is_none_or(|kind| kind == Kind::Postgres(*own))).map(Self::Own)
            }
        }
    }

    /// What becomes of the values.
    pub(super) fn reading(self) -> Reading {
        let is_exact = match self {
            Self::Integer { width, low, high } => {
                let (least, greatest) = width.range();
                low <= least && greatest <= high
            }
            Self::IntegerAsFloat(width) => width != Width::Eight,
            Self::Text(content, kind) => {
                let is_document = matches!(content, Content::Document | Content::Versioned);
                kind == Kind::Text || (kind == Kind::Json && is_document)
            }
            Self::IntegerAsBoolean(_)
            | Self::FloatAsInteger { .. }
            | Self::NumericAsInteger { .. }
            | Self::NumericAsFloat
            | Self::InstantAsDate
            | Self::TextAsInteger { .. }
            | Self::Array(_) => false,
            Self::Boolean
            | Self::IntegerAsDecimal(_)
            | Self::Float4
            | Self::Float8
            | Self::Numeric
            | Self::Instant
            | Self::Date
            | Self::DateAsInstant
            | Self::Time
            | Self::Interval
            | Self::Uuid
            | Self::UuidAsText
            | Self::Bytes
            | Self::Own(_) => true,
        };
        if is_exact { Reading::Exact } else { Reading::Checked }
    }

    #[inline]
    pub(super) fn visit<V: Visitor>(self, cell: RawCell<'_>, visitor: V) -> Result<V::Output, String> {
        match cell {
            RawCell::Wire(bytes) => self.visit_bytes(bytes, visitor),
            RawCell::Null => Ok(visitor.null()),
            _ => Err("a value that is not PostgreSQL's".into()),
        }
    }

    #[inline]
    fn visit_bytes<V: Visitor>(self, bytes: &[u8], visitor: V) -> Result<V::Output, String> {
        match self {
            Self::Boolean => match bytes {
                [0] => Ok(visitor.boolean(false)),
                [1] => Ok(visitor.boolean(true)),
                _ => Err(malformed("boolean", bytes)),
            },
            Self::Integer { width, low, high } => number::integer(width, bytes)
                .and_then(|value| exact::in_range(value, low, high))
                .map(|value| visitor.integer(value)),
            Self::IntegerAsBoolean(width) => match number::integer(width, bytes)? {
                0 => Ok(visitor.boolean(false)),
                1 => Ok(visitor.boolean(true)),
                other => Err(other.to_string()),
            },
            Self::IntegerAsFloat(width) => {
                number::integer(width, bytes).and_then(exact::integer_as_float).map(|value| visitor.float(value))
            }
            Self::IntegerAsDecimal(width) => Ok(visitor.decimal(&number::integer(width, bytes)?.to_string())),
            Self::Float4 => number::float4(bytes).map(|value| visitor.float(value)),
            Self::Float8 => number::float8(bytes).map(|value| visitor.float(value)),
            Self::FloatAsInteger { single, low, high } => {
                let value = if single { number::float4(bytes) } else { number::float8(bytes) }?;
                exact::float_as_integer(value)
                    .and_then(|value| exact::in_range(value, low, high))
                    .map(|value| visitor.integer(value))
            }
            Self::Numeric => number::numeric(bytes, |text| visitor.decimal(text)),
            Self::NumericAsInteger { low, high } => number::numeric(bytes, exact::text_as_integer)?
                .and_then(|value| exact::in_range(value, low, high))
                .map(|value| visitor.integer(value)),
            Self::NumericAsFloat => number::numeric(bytes, exact::text_as_float)?.map(|value| visitor.float(value)),
            Self::Text(content, kind) => text::visit(content, kind, bytes, visitor),
            Self::TextAsInteger { content, low, high } => exact::written_integer(text::read(content, bytes)?)
                .and_then(|value| exact::in_range(value, low, high))
                .map(|value| visitor.integer(value)),
            Self::Instant => time::instant(bytes).map(|micros| visitor.datetime(micros)),
            Self::InstantAsDate => time::instant_as_date(bytes).map(|days| visitor.date(days)),
            Self::Date => time::date(bytes).map(|days| visitor.date(days)),
            Self::DateAsInstant => time::date_as_instant(bytes).map(|micros| visitor.datetime(micros)),
            Self::Time => time::time(bytes).map(|micros| visitor.time(micros)),
            Self::Interval => time::interval(bytes).map(|micros| visitor.interval(micros)),
            Self::Uuid => text::uuid(bytes).map(|uuid| visitor.uuid(uuid)),
            Self::UuidAsText => text::uuid(bytes).map(|uuid| visitor.text(&uuid.to_string())),
            Self::Bytes => Ok(visitor.bytes(bytes)),
            Self::Own(kind) => visitor.postgres(own::value(kind, bytes)?),
            Self::Array(target) => visitor.array(Elements::of_postgres(ArrayBytes::new(bytes, target)?, target)),
        }
    }
}

fn integer(width: Width, kind: Option<Kind>, (low, high): (i64, i64)) -> Option<Decoder> {
    match kind {
        None | Some(Kind::Integer) => Some(Decoder::Integer { width, low, high }),
        Some(Kind::Boolean) => Some(Decoder::IntegerAsBoolean(width)),
        Some(Kind::Float) => Some(Decoder::IntegerAsFloat(width)),
        Some(Kind::Decimal) => Some(Decoder::IntegerAsDecimal(width)),
        _ => None,
    }
}

fn float(single: bool, kind: Option<Kind>, (low, high): (i64, i64)) -> Option<Decoder> {
    match kind {
        None | Some(Kind::Float) => Some(if single { Decoder::Float4 } else { Decoder::Float8 }),
        Some(Kind::Integer) => Some(Decoder::FloatAsInteger { single, low, high }),
        _ => None,
    }
}

fn numeric(kind: Option<Kind>, (low, high): (i64, i64)) -> Option<Decoder> {
    match kind {
        None | Some(Kind::Decimal) => Some(Decoder::Numeric),
        Some(Kind::Integer) => Some(Decoder::NumericAsInteger { low, high }),
        Some(Kind::Float) => Some(Decoder::NumericAsFloat),
        _ => None,
    }
}

fn text_as(content: Content, kind: Option<Kind>, (low, high): (i64, i64)) -> Option<Decoder> {
    match kind {
        None => Some(Decoder::Text(content, Kind::Text)),
        Some(Kind::Integer) => Some(Decoder::TextAsInteger { content, low, high }),
        Some(kind) => exact::is_written(kind).then_some(Decoder::Text(content, kind)),
    }
}

fn json(content: Content, kind: Option<Kind>) -> Option<Decoder> {
    match kind {
        None | Some(Kind::Json) => Some(Decoder::Text(content, Kind::Json)),
        Some(kind @ (Kind::Text | Kind::Untyped)) => Some(Decoder::Text(content, kind)),
        _ => None,
    }
}

#[cold]
fn malformed(what: &str, bytes: &[u8]) -> String {
    format!("a value {}, which is no {what} in PostgreSQL's binary format", exact::hex(bytes))
}
