//! Lookups in columns of the types that one database alone has, and full text search. Every other database refuses them
//! by name, before any SQL.

use std::marker::PhantomData;

use super::Model;
use super::column::Column;
use super::condition::Condition;
use super::document::without_nul;
use super::fault::Fault;
use super::operand::Operand;
use super::order::OrderTerm;
use super::scalar::{ChakraEnum, RangeElement, Scalar, Set};
use super::value::ColumnValue;
use crate::query::expr::{ArrayOp, CompareOp, DocumentPlace, Metric, OwnOp};
use crate::query::lookup::document;
use crate::query::{Direction, Expr, Lookup, lookup};
use crate::types::postgres::{Cidr, HStore, Inet, Range, TsVector, Vector};
use crate::types::{Kind, PostgresValue, Value};

macro_rules! marks {
    ($(#[$docs:meta])* $trait:ident: $message:literal, $($rust:ty),*) => {
        $(#[$docs])*
        #[diagnostic::on_unimplemented(message = $message, label = "a `{Self}` column is none")]
        pub trait $trait {}

        $(
            impl $trait for $rust {}
            impl $trait for Option<$rust> {}
        )*
    };
}

marks! {
    /// The Rust types of columns of addresses and networks.
    NetworkValue: "only columns of addresses and networks lie in networks; this one is of type `{Self}`", Inet, Cidr
}

marks! {
    /// The Rust types of columns of pairs.
    PairsValue: "only columns of pairs have keys with texts; this one is of type `{Self}`", HStore
}

marks! {
    /// The Rust types of columns in whose words can be searched.
    WordsValue: "words are searched in columns of text and of TsVector; this one is of type `{Self}`", String, TsVector
}

marks! {
    /// The Rust types of columns of vectors.
    VectorValue: "only columns of vectors have distances; this one is of type `{Self}`", Vector
}

/// The Rust types of columns of ranges: `Range<T>`, and `Option` of it.
#[diagnostic::on_unimplemented(
    message = "only columns of ranges contain values between bounds; this one is of type `{Self}`",
    label = "a `{Self}` column is none"
)]
pub trait RangeValue: ColumnValue {
    /// The type of the bounds.
    type Element: RangeElement;
}

impl<T: RangeElement> RangeValue for Range<T> {
    type Element = T;
}

impl<T: RangeElement> RangeValue for Option<Range<T>> {
    type Element = T;
}

/// The Rust types of columns of sets: [`Set<E>`](Set), and `Option` of it.
#[diagnostic::on_unimplemented(
    message = "only columns of MySQL's sets have members; this one is of type `{Self}`",
    label = "a `{Self}` column is none"
)]
pub trait SetValue: ColumnValue {
    /// The enumeration of the members.
    type Member: ChakraEnum;
}

impl<E: ChakraEnum> SetValue for Set<E> {
    type Member = E;
}

impl<E: ChakraEnum> SetValue for Option<Set<E>> {
    type Member = E;
}

/// The Rust types of columns whose values have keys: JSON documents and pairs.
#[diagnostic::on_unimplemented(
    message = "only JSON columns and columns of pairs have keys; this one is of type `{Self}`",
    label = "a `{Self}` column has none"
)]
pub trait KeyedValue {
    /// That a column's value has all of these keys, or at least one.
    #[doc(hidden)]
    fn has(column: Expr, keys: Vec<String>, all: bool) -> Expr;
}

macro_rules! documents_have_keys {
    ($([$($generic:ident)?] $rust:ty),*) => {$(
        impl$(<$generic>)? KeyedValue for $rust {
            fn has(column: Expr, keys: Vec<String>, all: bool) -> Expr {
                let place = DocumentPlace::new(column, Vec::new());
                if all { document::has_keys(&place, &keys) } else { document::has_any_keys(&place, &keys) }
            }
        }
    )*};
}

documents_have_keys! {
    [] serde_json::Value, [] Option<serde_json::Value>, [T] super::Json<T>, [T] Option<super::Json<T>>
}

macro_rules! pairs_have_keys {
    ($($rust:ty),*) => {$(
        impl KeyedValue for $rust {
            fn has(column: Expr, keys: Vec<String>, all: bool) -> Expr {
                let keys = keys.into_iter().map(Value::Text).collect();
                let op = if all { OwnOp::HasKeys } else { OwnOp::HasAnyKeys };
                lookup::own(column, op, Value::Array(Kind::Text, keys))
            }
        }
    )*};
}

pairs_have_keys! { HStore, Option<HStore> }

/// Keys of JSON documents and of pairs.
impl<M: Model, T: KeyedValue> Column<M, T> {
    /// Has this key, be its value `null`.
    pub fn has_key(self, key: impl Into<String>) -> Condition<M> {
        self.has_keys([key])
    }

    /// Has all of these keys.
    pub fn has_keys<S: Into<String>>(self, keys: impl IntoIterator<Item = S>) -> Condition<M> {
        self.keyed(keys, true)
    }

    /// Has at least one of these keys.
    pub fn has_any_keys<S: Into<String>>(self, keys: impl IntoIterator<Item = S>) -> Condition<M> {
        self.keyed(keys, false)
    }

    fn keyed<S: Into<String>>(self, keys: impl IntoIterator<Item = S>, all: bool) -> Condition<M> {
        let keys: Result<Vec<String>, String> = keys.into_iter().map(|key| without_nul(key.into())).collect();
        let column = Expr::Column(self.reference());
        Condition::new(keys.map(|keys| T::has(column, keys, all)).map_err(Fault::Query))
    }
}

/// Lookups in PostgreSQL's ranges.
///
/// # Examples
///
/// ```
/// use chakra::{Model, postgres::Range};
///
/// #[derive(Model)]
/// struct Booking {
///     #[chakra(primary_key)]
///     id: i64,
///     seats: Range<i32>,
/// }
///
/// let third = Booking::query().filter(Booking::seats().contains_value(3));
/// let front = Booking::query().filter(Booking::seats().contained_by_range(1..10));
/// ```
impl<M: Model, T: RangeValue> Column<M, T> {
    /// The value lies in the range.
    pub fn contains_value(self, value: impl Operand<T::Element>) -> Condition<M> {
        self.bound(OwnOp::Contains, value)
    }

    /// The other lies within the range.
    pub fn contains_range(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::Contains, other)
    }

    /// The range lies within the other.
    pub fn contained_by_range(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::ContainedBy, other)
    }

    /// The two have a value in common.
    pub fn overlaps_range(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::Overlaps, other)
    }

    /// The range ends before the other begins.
    pub fn fully_lt(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::FullyLess, other)
    }

    /// The range begins after the other ends.
    pub fn fully_gt(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::FullyGreater, other)
    }

    /// The range does not begin before the other.
    pub fn not_lt(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::NotLess, other)
    }

    /// The range does not end after the other.
    pub fn not_gt(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::NotGreater, other)
    }

    /// The two touch, and share nothing.
    pub fn adjacent_to(self, other: impl Into<Range<T::Element>>) -> Condition<M> {
        self.range(OwnOp::Adjacent, other)
    }

    /// The range has no value.
    pub fn is_empty_range(self) -> Condition<M> {
        self.own(OwnOp::IsEmpty, Ok(Value::Boolean(true)))
    }

    /// The lower bound is this.
    pub fn starts_at(self, bound: impl Operand<T::Element>) -> Condition<M> {
        self.bound(OwnOp::StartsAt, bound)
    }

    /// The upper bound is this.
    pub fn ends_at(self, bound: impl Operand<T::Element>) -> Condition<M> {
        self.bound(OwnOp::EndsAt, bound)
    }

    fn range(self, op: OwnOp, other: impl Into<Range<T::Element>>) -> Condition<M> {
        let other = other.into().into_value().and_then(|value| canonical(self, value));
        self.own(op, other)
    }

    fn bound(self, op: OwnOp, value: impl Operand<T::Element>) -> Condition<M> {
        self.own(op, value.into_operand())
    }
}

/// A value in the form that the column's type gives it.
fn canonical<M: Model, T>(column: Column<M, T>, value: Value) -> Result<Value, String> {
    let reference = column.reference();
    match (&reference.column().sql_type, value) {
        (crate::types::SqlType::Postgres(of), Value::Postgres(value)) => of.canonical(*value).map(Value::from),
        (_, value) => Ok(value),
    }
}

impl<M: Model, T> Column<M, T> {
    fn own(self, op: OwnOp, with: Result<Value, String>) -> Condition<M> {
        let column = Expr::Column(self.reference());
        Condition::new(self.fitted(with).map(|with| lookup::own(column, op, with)))
    }
}

/// Lookups in PostgreSQL's addresses and networks.
impl<M: Model, T: NetworkValue> Column<M, T> {
    /// Lies in the network, and is not the network itself.
    pub fn net_contained(self, network: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetContained, network)
    }

    /// Lies in the network, or is it.
    pub fn net_contained_or_equal(self, network: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetContainedOrEqual, network)
    }

    /// Is a network in which this lies, and not this itself.
    pub fn net_contains(self, other: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetContains, other)
    }

    /// Is a network in which this lies, or is it.
    pub fn net_contains_or_equal(self, other: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetContainsOrEqual, other)
    }

    /// One of the two lies in the other.
    pub fn net_overlaps(self, other: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetOverlaps, other)
    }

    fn network(self, op: OwnOp, other: impl Into<Inet>) -> Condition<M> {
        self.own(op, Ok(PostgresValue::Inet(other.into()).into()))
    }
}

/// Lookups in PostgreSQL's pairs.
impl<M: Model, T: PairsValue> Column<M, T> {
    /// Has all these pairs.
    pub fn contains_pairs(self, pairs: HStore) -> Condition<M> {
        self.own(OwnOp::Contains, Ok(PostgresValue::HStore(pairs).into()))
    }

    /// Has no others than these pairs.
    pub fn contained_by_pairs(self, pairs: HStore) -> Condition<M> {
        self.own(OwnOp::ContainedBy, Ok(PostgresValue::HStore(pairs).into()))
    }

    /// The text of a key, to be compared; NULL where there is none.
    pub fn value_of(self, key: impl Into<String>) -> PairText<M> {
        let column = Expr::Column(self.reference());
        let expr = without_nul(key.into()).map(|key| lookup::pair_value(column, key));
        PairText { expr, model: PhantomData }
    }
}

/// The text of a key: what `Thing::labels().value_of("color")` gives.
#[derive(Debug)]
#[must_use = "a text does nothing until it is compared"]
pub struct PairText<M> {
    expr: Result<Expr, String>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> PairText<M> {
    /// Equal.
    pub fn eq(self, text: impl Into<String>) -> Condition<M> {
        self.compare(CompareOp::Eq, text)
    }

    /// The exact complement of [`eq`](Self::eq).
    pub fn ne(self, text: impl Into<String>) -> Condition<M> {
        self.compare(CompareOp::Ne, text)
    }

    /// One of these.
    pub fn is_in<S: Into<String>>(self, texts: impl IntoIterator<Item = S>) -> Condition<M> {
        let texts: Result<Vec<Value>, String> =
            texts.into_iter().map(|text| without_nul(text.into()).map(Value::Text)).collect();
        self.made(texts, lookup::in_list)
    }

    /// There is none, or it is NULL.
    pub fn is_null(self) -> Condition<M> {
        self.made(Ok(()), |expr, ()| lookup::is_null(expr, true))
    }

    /// Has this in it.
    pub fn contains(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::Contains, text)
    }

    /// Has this in it, upper and lower case being the same.
    pub fn icontains(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::IContains, text)
    }

    /// Starts with this.
    pub fn starts_with(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::StartsWith, text)
    }

    /// Ends with this.
    pub fn ends_with(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::EndsWith, text)
    }

    fn compare(self, op: CompareOp, text: impl Into<String>) -> Condition<M> {
        self.made(without_nul(text.into()), |expr, text| lookup::compare(expr, op, Value::Text(text)))
    }

    fn text(self, how: Lookup, text: impl Into<String>) -> Condition<M> {
        self.made(without_nul(text.into()), |expr, text| lookup::single(expr, how, Value::Text(text)))
    }

    fn made<V>(self, value: Result<V, String>, make: impl FnOnce(Expr, V) -> Expr) -> Condition<M> {
        let expr = self.expr.and_then(|expr| Ok(make(expr, value?)));
        Condition::new(expr.map_err(Fault::Query))
    }
}

/// Full text search, on PostgreSQL, and on MySQL and MariaDB in columns of text with a fulltext index.
impl<M: Model, T: WordsValue> Column<M, T> {
    /// Has all these words, by the database's rules of what a word is. On PostgreSQL as in a search engine: `"…"` for
    /// words side by side, `or`, and `-` before a word that is not to be there.
    pub fn search(self, words: impl Into<String>) -> Condition<M> {
        self.own(OwnOp::Search, without_nul(words.into()).map(Value::Text))
    }

    /// Meets a query in the database's own language: `to_tsquery` of PostgreSQL, the boolean mode of MySQL.
    pub fn matches(self, query: impl Into<String>) -> Condition<M> {
        self.own(OwnOp::Matches, without_nul(query.into()).map(Value::Text))
    }
}

/// Lookups in MySQL's sets.
impl<M: Model, T: SetValue> Column<M, T> {
    /// Has all of these members.
    pub fn has_members(self, members: impl IntoIterator<Item = T::Member>) -> Condition<M> {
        self.members(ArrayOp::Contains, members)
    }

    /// Has at least one of these members.
    pub fn has_any_member(self, members: impl IntoIterator<Item = T::Member>) -> Condition<M> {
        self.members(ArrayOp::Overlaps, members)
    }

    /// Has no others than these members.
    pub fn has_only_members(self, members: impl IntoIterator<Item = T::Member>) -> Condition<M> {
        self.members(ArrayOp::ContainedBy, members)
    }

    fn members(self, op: ArrayOp, members: impl IntoIterator<Item = T::Member>) -> Condition<M> {
        let members = members.into_iter().map(|member| member.as_text().to_owned()).collect();
        Condition::new(Ok(lookup::set_match(Expr::Column(self.reference()), op, members)))
    }
}

/// Distances of vectors, on PostgreSQL with its extension `vector`.
///
/// # Examples
///
/// ```
/// use chakra::{Model, postgres::Vector};
///
/// #[derive(Model)]
/// struct Picture {
///     #[chakra(primary_key)]
///     id: i64,
///     look: Vector,
/// }
///
/// let like = Vector(vec![1.0, 0.5, 0.0]);
/// let near = Picture::look().cosine_distance(like.clone()).lt(0.2);
/// let query = Picture::query().filter(near).order_by(Picture::look().cosine_distance(like).asc()).limit(5);
/// ```
impl<M: Model, T: VectorValue> Column<M, T> {
    /// The length of the straight line.
    pub fn l2_distance(self, from: Vector) -> VectorDistance<M> {
        self.distance(Metric::L2, from)
    }

    /// The sum of the differences.
    pub fn l1_distance(self, from: Vector) -> VectorDistance<M> {
        self.distance(Metric::L1, from)
    }

    /// One minus the cosine of the angle.
    pub fn cosine_distance(self, from: Vector) -> VectorDistance<M> {
        self.distance(Metric::Cosine, from)
    }

    /// The inner product, negated, so that the greatest comes first.
    pub fn negative_inner_product(self, from: Vector) -> VectorDistance<M> {
        self.distance(Metric::NegativeInnerProduct, from)
    }

    fn distance(self, metric: Metric, from: Vector) -> VectorDistance<M> {
        let expr = lookup::distance(Expr::Column(self.reference()), metric, PostgresValue::Vector(from));
        VectorDistance { expr, model: PhantomData }
    }
}

/// The distance of vectors, to be compared or ordered by.
#[derive(Debug)]
#[must_use = "a distance does nothing until it is compared or ordered by"]
pub struct VectorDistance<M> {
    expr: Expr,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> VectorDistance<M> {
    /// Less.
    pub fn lt(self, distance: f64) -> Condition<M> {
        self.compare(CompareOp::Lt, distance)
    }

    /// Less or equal.
    pub fn lte(self, distance: f64) -> Condition<M> {
        self.compare(CompareOp::Le, distance)
    }

    /// Greater.
    pub fn gt(self, distance: f64) -> Condition<M> {
        self.compare(CompareOp::Gt, distance)
    }

    /// Greater or equal.
    pub fn gte(self, distance: f64) -> Condition<M> {
        self.compare(CompareOp::Ge, distance)
    }

    /// Nearest first.
    pub fn asc(self) -> OrderTerm<M> {
        OrderTerm::new(self.expr, Direction::Ascending)
    }

    /// Farthest first.
    pub fn desc(self) -> OrderTerm<M> {
        OrderTerm::new(self.expr, Direction::Descending)
    }

    fn compare(self, op: CompareOp, distance: f64) -> Condition<M> {
        Condition::new(Ok(lookup::compare(self.expr, op, Value::Float(distance))))
    }
}
