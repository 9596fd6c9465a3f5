//! Questions that only types of one database are asked.

use super::super::Param;
use super::Expr;

/// How a value of a type that one database alone has is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnOp {
    /// A range contains a range or a value; pairs contain pairs.
    Contains,
    /// A range lies within a range; pairs are among pairs.
    ContainedBy,
    /// Two ranges have a value in common.
    Overlaps,
    /// A range ends before another begins.
    FullyLess,
    /// A range begins after another ends.
    FullyGreater,
    /// A range does not reach beyond another's end.
    NotGreater,
    /// A range does not reach before another's begin.
    NotLess,
    /// Two ranges touch: what is between them is nothing.
    Adjacent,
    /// Whether a range has no value.
    IsEmpty,
    /// A range's lower bound is a value.
    StartsAt,
    /// A range's upper bound is a value.
    EndsAt,
    /// An address or network lies in a network, and is not that network.
    NetContained,
    /// The same, or is that network.
    NetContainedOrEqual,
    /// A network contains an address or network that is not the network itself.
    NetContains,
    /// The same, or is that network.
    NetContainsOrEqual,
    /// One of two networks contains the other.
    NetOverlaps,
    /// Pairs have this key.
    HasKey,
    /// Pairs have all of these keys.
    HasKeys,
    /// Pairs have at least one of these keys.
    HasAnyKeys,
    /// A text, or a document prepared for it, has all these words.
    Search,
    /// The same, asked in the database's own language.
    Matches,
}

impl OwnOp {
    /// What it is, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::ContainedBy => "contained_by",
            Self::Overlaps => "overlap",
            Self::FullyLess => "fully_lt",
            Self::FullyGreater => "fully_gt",
            Self::NotGreater => "not_gt",
            Self::NotLess => "not_lt",
            Self::Adjacent => "adjacent_to",
            Self::IsEmpty => "isempty",
            Self::StartsAt => "startswith",
            Self::EndsAt => "endswith",
            Self::NetContained => "net_contained",
            Self::NetContainedOrEqual => "net_contained_or_equal",
            Self::NetContains => "net_contains",
            Self::NetContainsOrEqual => "net_contains_or_equal",
            Self::NetOverlaps => "net_overlaps",
            Self::HasKey => "has_key",
            Self::HasKeys => "has_keys",
            Self::HasAnyKeys => "has_any_keys",
            Self::Search => "search",
            Self::Matches => "matches",
        }
    }
}

/// A comparison of a value of such a type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OwnMatch {
    /// What is asked about: a column.
    pub subject: Expr,
    /// The comparison.
    pub op: OwnOp,
    /// With what.
    pub with: Param,
}

impl OwnMatch {
    /// A range without a bound has none that could be compared.
    pub(crate) fn can_be_null(&self) -> bool {
        matches!(self.op, OwnOp::StartsAt | OwnOp::EndsAt) || self.subject.can_be_null()
    }
}

/// The text of a key in an `hstore`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PairValue {
    /// The pairs: a column.
    pub pairs: Expr,
    /// The key: a text.
    pub key: Param,
}

/// A comparison of a `SET` with members.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SetMatch {
    /// The set: a column.
    pub set: Expr,
    /// How; never [`ArrayOp::Equals`](super::ArrayOp::Equals).
    pub op: super::ArrayOp,
    /// The members, one text each.
    pub members: Vec<Param>,
}

/// How far two vectors are from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// The length of the straight line between them.
    L2,
    /// The sum of the differences of their numbers.
    L1,
    /// One minus the cosine of the angle between them.
    Cosine,
    /// Their inner product, negated.
    NegativeInnerProduct,
}

/// The distance of a vector from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Distance {
    /// The one: a column.
    pub vector: Expr,
    /// How it is measured.
    pub metric: Metric,
    /// The other.
    pub from: Param,
}

macro_rules! into_expr {
    ($($node:ident),*) => {$(
        impl From<$node> for Expr {
            fn from(node: $node) -> Self {
                Self::$node(Box::new(node))
            }
        }
    )*};
}

into_expr!(OwnMatch, PairValue, SetMatch, Distance);
