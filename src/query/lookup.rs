//! Lookups: the names after `__` in Python and the methods of typed columns in Rust, both made here.

mod array;
mod bounds;
pub mod document;
mod keys;
mod of_type;
mod own;
mod place;

pub use array::{array, array_length};
pub use keys::{among, in_keys};
pub use own::{comparable, distance, own, pair_value, set_match};
pub(crate) use place::{Place, floor, is_negative};

use super::Param;
use super::expr::{ArrayOp, Between, Compare, CompareOp, Expr, InList, IsNull, OwnOp, TextMatch, TextMatchKind};
use crate::types::{SqlType, Value};

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the contract's names, one meaning each
pub enum Lookup {
    Exact,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    NotIn,
    IsNull,
    Range,
    Contains,
    IContains,
    StartsWith,
    IStartsWith,
    EndsWith,
    IEndsWith,
    IExact,
    ContainedBy,
    Overlap,
    Len,
    HasKey,
    HasKeys,
    HasAnyKeys,
    FullyLt,
    FullyGt,
    NotLt,
    NotGt,
    AdjacentTo,
    IsEmpty,
    NetContained,
    NetContainedOrEqual,
    NetContains,
    NetContainsOrEqual,
    NetOverlaps,
    Search,
    Matches,
}

/// Every lookup with the name it has in keyword filters.
const NAMES: [(&str, Lookup); 37] = [
    ("exact", Lookup::Exact),
    ("eq", Lookup::Exact),
    ("ne", Lookup::Ne),
    ("gt", Lookup::Gt),
    ("gte", Lookup::Gte),
    ("lt", Lookup::Lt),
    ("lte", Lookup::Lte),
    ("in", Lookup::In),
    ("not_in", Lookup::NotIn),
    ("isnull", Lookup::IsNull),
    ("range", Lookup::Range),
    ("contains", Lookup::Contains),
    ("icontains", Lookup::IContains),
    ("startswith", Lookup::StartsWith),
    ("istartswith", Lookup::IStartsWith),
    ("endswith", Lookup::EndsWith),
    ("iendswith", Lookup::IEndsWith),
    ("iexact", Lookup::IExact),
    ("contained_by", Lookup::ContainedBy),
    ("overlap", Lookup::Overlap),
    ("len", Lookup::Len),
    ("has_key", Lookup::HasKey),
    ("has_keys", Lookup::HasKeys),
    ("has_any_keys", Lookup::HasAnyKeys),
    ("fully_lt", Lookup::FullyLt),
    ("fully_gt", Lookup::FullyGt),
    ("not_lt", Lookup::NotLt),
    ("not_gt", Lookup::NotGt),
    ("adjacent_to", Lookup::AdjacentTo),
    ("isempty", Lookup::IsEmpty),
    ("net_contained", Lookup::NetContained),
    ("net_contained_or_equal", Lookup::NetContainedOrEqual),
    ("net_contains", Lookup::NetContains),
    ("net_contains_or_equal", Lookup::NetContainsOrEqual),
    ("net_overlaps", Lookup::NetOverlaps),
    ("search", Lookup::Search),
    ("matches", Lookup::Matches),
];

impl Lookup {
    /// The lookup of a name, None where there is none.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, lookup)| *lookup)
    }

    /// Its name in keyword filters.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, lookup)| *lookup == self).map_or("exact", |(name, _)| name)
    }

    /// The names of those that fields of a type have, for messages.
    pub fn names_of(of: &SqlType) -> Vec<&'static str> {
        NAMES.iter().filter(|(_, lookup)| lookup.is_of(of)).map(|(name, _)| *name).collect()
    }

    /// Whether it looks into text.
    pub fn is_textual(self) -> bool {
        self.text_match().is_some()
    }

    /// Whether JSON documents have it: as the last word of a path it is then the lookup, not a key.
    pub fn is_of_documents(self) -> bool {
        use Lookup::{ContainedBy, Exact, Gt, Gte, HasAnyKeys, HasKey, HasKeys, In, IsNull, Lt, Lte, Ne, NotIn, Range};
        let of_any = matches!(self, Exact | Ne | Gt | Gte | Lt | Lte | In | NotIn | IsNull | Range);
        of_any || self.is_textual() || matches!(self, ContainedBy | HasKey | HasKeys | HasAnyKeys)
    }

    /// What it asks of a range; None for what ranges have not.
    pub fn range_op(self) -> Option<OwnOp> {
        Some(match self {
            Self::Contains => OwnOp::Contains,
            Self::ContainedBy => OwnOp::ContainedBy,
            Self::Overlap => OwnOp::Overlaps,
            Self::FullyLt => OwnOp::FullyLess,
            Self::FullyGt => OwnOp::FullyGreater,
            Self::NotGt => OwnOp::NotGreater,
            Self::NotLt => OwnOp::NotLess,
            Self::AdjacentTo => OwnOp::Adjacent,
            Self::IsEmpty => OwnOp::IsEmpty,
            Self::StartsWith => OwnOp::StartsAt,
            Self::EndsWith => OwnOp::EndsAt,
            _ => return None,
        })
    }

    /// What it asks of an address or a network; None for what these have not.
    pub fn network_op(self) -> Option<OwnOp> {
        Some(match self {
            Self::NetContained => OwnOp::NetContained,
            Self::NetContainedOrEqual => OwnOp::NetContainedOrEqual,
            Self::NetContains => OwnOp::NetContains,
            Self::NetContainsOrEqual => OwnOp::NetContainsOrEqual,
            Self::NetOverlaps => OwnOp::NetOverlaps,
            _ => return None,
        })
    }

    /// What it asks of pairs; None for what these have not.
    pub fn pairs_op(self) -> Option<OwnOp> {
        Some(match self {
            Self::Contains => OwnOp::Contains,
            Self::ContainedBy => OwnOp::ContainedBy,
            Self::HasKey => OwnOp::HasKey,
            Self::HasKeys => OwnOp::HasKeys,
            Self::HasAnyKeys => OwnOp::HasAnyKeys,
            _ => return None,
        })
    }

    /// What it asks of a text's words; None for all else.
    pub fn search_op(self) -> Option<OwnOp> {
        Some(match self {
            Self::Search => OwnOp::Search,
            Self::Matches => OwnOp::Matches,
            _ => return None,
        })
    }

    /// The comparison that it means on an array; None for what arrays have not.
    pub fn array_op(self) -> Option<ArrayOp> {
        Some(match self {
            Self::Exact => ArrayOp::Equals,
            Self::Contains => ArrayOp::Contains,
            Self::ContainedBy => ArrayOp::ContainedBy,
            Self::Overlap => ArrayOp::Overlaps,
            _ => return None,
        })
    }

    fn text_match(self) -> Option<(TextMatchKind, bool)> {
        Some(match self {
            Self::Contains => (TextMatchKind::Contains, false),
            Self::IContains => (TextMatchKind::Contains, true),
            Self::StartsWith => (TextMatchKind::StartsWith, false),
            Self::IStartsWith => (TextMatchKind::StartsWith, true),
            Self::EndsWith => (TextMatchKind::EndsWith, false),
            Self::IEndsWith => (TextMatchKind::EndsWith, true),
            Self::IExact => (TextMatchKind::Equals, true),
            _ => return None,
        })
    }
}

/// A comparison with one value; NULL with `exact` means IS NULL, with `ne` IS NOT NULL, and is
/// unknown with the others.
pub fn compare(left: Expr, op: CompareOp, value: Value) -> Expr {
    let value = match (op, value) {
        (CompareOp::Eq, Value::Array(kind, members)) => return array(left, ArrayOp::Equals, kind, members),
        (CompareOp::Ne, Value::Array(kind, members)) => return array(left, ArrayOp::Equals, kind, members).not(),
        (_, value) => comparand(&left, value),
    };
    match (op, value.is_null()) {
        (CompareOp::Eq, true) => is_null(left, true),
        (CompareOp::Ne, true) => is_null(left, false),
        (_, true) => Expr::Constant(false),
        (_, false) => match place_in(&left, &value) {
            Some(place) => place.compared(left, op),
            None => Compare { left, op, right: Expr::value(value) }.into(),
        },
    }
}

/// Where a value stands that the column's type has no form for; None where it has one.
fn place_in(subject: &Expr, value: &Value) -> Option<Place> {
    match subject {
        Expr::Column(column) => place::among(column.column().sql_type.kind(), value),
        _ => None,
    }
}

/// A value in the form in which it is compared with a column. A padded text takes the column's own type, by which an
/// index is of use; unless it ends in blanks, which the type ignores and we do not.
fn comparand(subject: &Expr, value: Value) -> Value {
    match value {
        Value::Text(text) if is_padded(subject) && !text.ends_with(' ') => Value::Untyped(text),
        value => value,
    }
}

fn is_padded(subject: &Expr) -> bool {
    matches!(subject, Expr::Column(column) if matches!(column.column().sql_type, SqlType::Char { .. }))
}

/// Whether the expression is NULL (`yes`), or is not.
pub fn is_null(expr: Expr, yes: bool) -> Expr {
    IsNull { expr, negated: !yes }.into()
}

/// One of the values; NULL among them means that NULL is a member. Of nothing: never.
pub fn in_list(expr: Expr, values: Vec<Value>) -> Expr {
    if values.is_empty() {
        return Expr::Constant(false);
    }
    let (nulls, mut members): (Vec<Value>, Vec<Value>) = values.into_iter().partition(Value::is_null);
    if members.iter().any(|member| place_in(&expr, member).is_some()) {
        let possible = |member: Value| match place_in(&expr, &member) {
            Some(place) => place.member(),
            None => Some(member),
        };
        members = members.into_iter().filter_map(possible).collect();
    }
    if is_padded(&expr) {
        members.retain(|member| !matches!(member, Value::Text(text) if text.ends_with(' ')));
    }
    let kind = members.first().map(Value::kind);
    let listed = kind.map(|kind| InList { expr: expr.clone(), list: Param(Value::List(kind, members)) }.into());
    match (listed, nulls.is_empty()) {
        (Some(listed), true) => listed,
        (Some(listed), false) => listed.or(is_null(expr, true)),
        (None, false) => is_null(expr, true),
        (None, true) => Expr::Constant(false),
    }
}

/// From a least to a greatest value, both included; NULL as a bound meets nothing.
pub fn range(expr: Expr, low: Value, high: Value) -> Expr {
    if low.is_null() || high.is_null() {
        return Expr::Constant(false);
    }
    if place_in(&expr, &low).is_some() || place_in(&expr, &high).is_some() {
        return compare(expr.clone(), CompareOp::Ge, low).and(compare(expr, CompareOp::Le, high));
    }
    let (low, high) = (comparand(&expr, low), comparand(&expr, high));
    Between { expr, low: Expr::value(low), high: Expr::value(high) }.into()
}

/// A lookup with a single value: a comparison or a text match.
///
/// `In`, `NotIn`, `IsNull` and `Range` take other arguments and have functions of their own here.
pub fn single(subject: Expr, lookup: Lookup, value: Value) -> Expr {
    let op = match lookup {
        Lookup::Ne => CompareOp::Ne,
        Lookup::Gt => CompareOp::Gt,
        Lookup::Gte => CompareOp::Ge,
        Lookup::Lt => CompareOp::Lt,
        Lookup::Lte => CompareOp::Le,
        _ => CompareOp::Eq,
    };
    match lookup.text_match() {
        Some((TextMatchKind::Equals, _)) if value.is_null() => is_null(subject, true),
        Some(_) if value.is_null() => Expr::Constant(false),
        Some((kind, ignore_case)) => TextMatch { subject, kind, pattern: Expr::value(value), ignore_case }.into(),
        None => compare(subject, op, value),
    }
}
