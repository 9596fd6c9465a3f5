//! The types that PostgreSQL alone has.

use super::super::target::Target;
use super::{Decoder, malformed, oid};
use crate::driver::row::RawCell;
use crate::driver::visitor::ToValue;
use crate::types::postgres::RangeType;
use crate::types::{PostgresKind, PostgresValue, Value};

/// Those that are built in. The types of extensions have other numbers in each database.
const BUILT_IN: [(u32, PostgresKind); 9] = [
    (650, PostgresKind::Cidr),
    (829, PostgresKind::MacAddr),
    (869, PostgresKind::Inet),
    (3614, PostgresKind::TsVector),
    (3904, PostgresKind::Range(RangeType::Int4)),
    (3906, PostgresKind::Range(RangeType::Num)),
    (3910, PostgresKind::Range(RangeType::TsTz)),
    (3912, PostgresKind::Range(RangeType::Date)),
    (3926, PostgresKind::Range(RangeType::Int8)),
];

pub(super) fn kind(type_oid: u32) -> Option<PostgresKind> {
    BUILT_IN.iter().find(|(own, _)| *own == type_oid).map(|(_, kind)| *kind)
}

/// A value, exact, or what was found instead.
pub(super) fn value(kind: PostgresKind, bytes: &[u8]) -> Result<PostgresValue, String> {
    let bound = |bytes: &[u8]| match kind {
        PostgresKind::Range(of) => bound(of, bytes),
        _ => Err(malformed(kind.type_name(), bytes)),
    };
    kind.from_binary(bytes, bound)?.ok_or_else(|| malformed(kind.type_name(), bytes))
}

fn bound(of: RangeType, bytes: &[u8]) -> Result<Value, String> {
    let (element, target) = match of {
        RangeType::Int4 => (oid::INT4, Target::Integer),
        RangeType::Int8 => (oid::INT8, Target::BigInteger),
        RangeType::Num => (oid::NUMERIC, Target::Decimal),
        RangeType::Date => (oid::DATE, Target::Date),
        RangeType::TsTz => (oid::TIMESTAMPTZ, Target::DateTime),
    };
    let read = Decoder::of_one(element, Some(target)).map(|decoder| decoder.visit(RawCell::Wire(bytes), ToValue));
    match read {
        Some(Ok(Some(Value::Decimal(number)))) if !number.is_finite() => {
            Err(format!("a range with the bound {number}"))
        }
        Some(Ok(Some(value))) => Ok(value),
        Some(Err(found)) => Err(format!("a range with the bound {found}")),
        _ => Err(malformed("bound of a range", bytes)),
    }
}
