//! Lookups in JSON documents, the same on every database. Text is compared with text, numbers with numbers; where
//! something else stands, or nothing, a comparison is not met.

use super::{in_list, range, single};
use crate::error::{Error, Result};
use crate::query::Param;
use crate::query::expr::{CompareOp, DocumentIs, DocumentMatch, DocumentNumber, DocumentPlace, DocumentTest, Expr};
use crate::query::lookup::Lookup;
use crate::types::{Kind, Numeric, Value, document};

/// What stands at a place of a document, as a comparison names it.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Nothing: there is no such member or element, or the document is NULL.
    Missing,
    /// JSON's `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(Numeric),
    /// A text.
    Text(String),
}

/// Something stands at the place, JSON's `null` included.
pub fn exists(place: DocumentPlace) -> Expr {
    is(place, DocumentTest::Exists)
}

/// A comparison of what stands at a place. `Ne` is the complement of `Eq`.
///
/// # Errors
///
/// [`ErrorKind::Query`](crate::ErrorKind::Query) for an order of truths or of `null`, which have none.
pub fn compare_at(place: DocumentPlace, op: CompareOp, with: Scalar) -> Result<Expr> {
    let equals = |expr: Expr| match op {
        CompareOp::Ne => Ok(expr.not()),
        CompareOp::Eq => Ok(expr),
        _ => Err(Error::query("in JSON only numbers and texts have an order; true, false and null do not")),
    };
    match with {
        Scalar::Missing if !matches!(op, CompareOp::Eq | CompareOp::Ne) => Ok(Expr::Constant(false)),
        Scalar::Missing => equals(exists(place).not()),
        Scalar::Null => equals(is(place, DocumentTest::Null)),
        Scalar::Boolean(true) => equals(is(place, DocumentTest::True)),
        Scalar::Boolean(false) => equals(is(place, DocumentTest::False)),
        Scalar::Number(number) if op == CompareOp::Ne => Ok(compare_number(place, CompareOp::Eq, number).not()),
        Scalar::Number(number) => Ok(compare_number(place, op, number)),
        Scalar::Text(text) => Ok(super::compare(text_at(place), op, Value::Text(text))),
    }
}

/// One of these stands at the place. Of nothing: never.
pub fn one_of(place: &DocumentPlace, members: Vec<Scalar>) -> Expr {
    let (mut texts, mut numbers, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for member in members {
        match member {
            Scalar::Text(text) => texts.push(Value::Text(text)),
            Scalar::Number(number) => numbers.push(Value::Decimal(number)),
            Scalar::Missing => others.push(exists(place.clone()).not()),
            Scalar::Null => others.push(is(place.clone(), DocumentTest::Null)),
            Scalar::Boolean(true) => others.push(is(place.clone(), DocumentTest::True)),
            Scalar::Boolean(false) => others.push(is(place.clone(), DocumentTest::False)),
        }
    }
    others.dedup();
    if !texts.is_empty() {
        others.push(in_list(text_at(place.clone()), texts));
    }
    if !numbers.is_empty() {
        let number = Param(Value::List(Kind::Decimal, numbers));
        others.push(DocumentNumber { place: place.clone(), op: CompareOp::Eq, number }.into());
    }
    any(others)
}

/// From a least to a greatest, both included.
///
/// # Errors
///
/// [`ErrorKind::Query`](crate::ErrorKind::Query) unless both are numbers, or both texts. A missing bound meets nothing.
pub fn between(place: DocumentPlace, low: Scalar, high: Scalar) -> Result<Expr> {
    match (low, high) {
        (Scalar::Missing, _) | (_, Scalar::Missing) => Ok(Expr::Constant(false)),
        (Scalar::Text(low), Scalar::Text(high)) => Ok(range(text_at(place), Value::Text(low), Value::Text(high))),
        (Scalar::Number(low), Scalar::Number(high)) => {
            let from = compare_number(place.clone(), CompareOp::Ge, low);
            Ok(from.and(compare_number(place, CompareOp::Le, high)))
        }
        _ => Err(Error::query("a range in JSON goes from a number to a number, or from a text to a text")),
    }
}

/// A literal match in the text at a place.
pub fn text_match(place: DocumentPlace, lookup: Lookup, text: String) -> Expr {
    single(text_at(place), lookup, Value::Text(text))
}

/// What stands at a place contains another document: an object its members, an array its elements in any order, an
/// array at the place itself a single scalar, too. The rules are those of PostgreSQL's `@>`.
///
/// # Errors
///
/// [`ErrorKind::Query`](crate::ErrorKind::Query) where the other is no JSON.
pub fn contains_document(place: DocumentPlace, part: String) -> Result<Expr> {
    matched(place, true, part)
}

/// What stands at a place is contained in another document, by the same rules.
///
/// # Errors
///
/// [`ErrorKind::Query`](crate::ErrorKind::Query) where the other is no JSON.
pub fn contained_by_document(place: DocumentPlace, whole: String) -> Result<Expr> {
    matched(place, false, whole)
}

/// An object stands at the place that has all these members, `null` being one. Of no names: something stands there.
pub fn has_keys(place: &DocumentPlace, names: &[String]) -> Expr {
    match names {
        [] => exists(place.clone()),
        [only] => exists(place.member(only)),
        _ => Expr::And(names.iter().map(|name| exists(place.member(name))).collect()),
    }
}

/// An object stands at the place that has at least one of these members. Of no names: never.
pub fn has_any_keys(place: &DocumentPlace, names: &[String]) -> Expr {
    any(names.iter().map(|name| exists(place.member(name))).collect())
}

fn any(mut all: Vec<Expr>) -> Expr {
    match all.len() {
        0 => Expr::Constant(false),
        1 => all.swap_remove(0),
        _ => Expr::Or(all),
    }
}

fn is(place: DocumentPlace, test: DocumentTest) -> Expr {
    DocumentIs { place, test }.into()
}

fn text_at(place: DocumentPlace) -> Expr {
    Expr::DocumentText(Box::new(place))
}

fn compare_number(place: DocumentPlace, op: CompareOp, number: Numeric) -> Expr {
    DocumentNumber { place, op, number: Param(Value::Decimal(number)) }.into()
}

fn matched(place: DocumentPlace, contains: bool, other: String) -> Result<Expr> {
    let outline = document::outline(&other).map_err(|_| Error::query("a document is compared with what is no JSON"))?;
    Ok(DocumentMatch { place, contains, other: Param(Value::Json(other)), outline }.into())
}
