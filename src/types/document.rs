//! Looks into JSON documents as PostgreSQL's `jsonb` does, for a database that asks us to. Numbers are compared by
//! value and exactly, and of members of one name the last one counts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Numeric;

mod outline;

pub use outline::{Leaf, Outline, leaf, outline};

/// Why a text cannot be looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoJson;

/// What stands at a place of a document.
///
/// # Examples
///
/// ```
/// use chakra::types::document::{Node, at};
/// let text = r#"{"author": {"name": "Ada", "age": 3.60e1}}"#;
/// assert!(matches!(at(text, &["author", "name"]), Ok(Some(Node::Text(name))) if name == "Ada"));
/// assert!(matches!(at(text, &["author", "age"]), Ok(Some(Node::Number(age))) if age.as_str() == "36.0"));
/// assert!(matches!(at(text, &["author", "email"]), Ok(None)));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the kinds of JSON; what is in arrays and objects is text not yet looked into
pub enum Node<'a> {
    Null,
    Boolean(bool),
    Number(Numeric),
    Text(Cow<'a, str>),
    Array(Vec<&'a str>),
    Object(BTreeMap<Cow<'a, str>, &'a str>),
}

/// What stands at the end of a path: of an object's members by name, of an array's elements by their number in digits.
///
/// # Errors
///
/// A text that is no JSON.
pub fn at<'a>(document: &'a str, path: &[&str]) -> Result<Option<Node<'a>>, NoJson> {
    text_at(document, path)?.map(Node::parse).transpose()
}

/// The text of what stands at the end of a path.
///
/// # Errors
///
/// A text that is no JSON.
pub fn text_at<'a>(document: &'a str, path: &[&str]) -> Result<Option<&'a str>, NoJson> {
    text_along(document, path.iter().map(|step| (*step, true)))
}

/// The text of what stands at the end of a path, of whose steps some may only be names.
///
/// # Errors
///
/// A text that is no JSON.
pub fn text_along<'a, 'p>(
    document: &'a str,
    path: impl IntoIterator<Item = (&'p str, bool)>,
) -> Result<Option<&'a str>, NoJson> {
    let mut text = raw(document)?;
    for (step, may_be_element) in path {
        let next = match Node::parse(text)? {
            Node::Object(members) => members.get(step).copied(),
            Node::Array(elements) if may_be_element => {
                element_number(step).and_then(|number| elements.get(number).copied())
            }
            _ => None,
        };
        match next {
            Some(next) => text = next,
            None => return Ok(None),
        }
    }
    Ok(Some(text))
}

/// Whether a document contains another, by the rules of PostgreSQL's `@>`: an object the other's members, an array the
/// other's elements in any order, an array at the top a single scalar, too.
///
/// # Errors
///
/// A text that is no JSON.
///
/// # Examples
///
/// ```
/// use chakra::types::document::contains;
/// assert_eq!(contains(r#"{"a": [1, 2], "b": 3}"#, r#"{"a": [2.0]}"#), Ok(true));
/// assert_eq!(contains(r#"{"a": [1, 2]}"#, r#"{"a": 1}"#), Ok(false));
/// assert_eq!(contains("[1, 2]", "1"), Ok(true));
/// ```
pub fn contains(document: &str, part: &str) -> Result<bool, NoJson> {
    let (document, part) = (Node::parse(raw(document)?)?, Node::parse(raw(part)?)?);
    if let (Node::Array(elements), Node::Null | Node::Boolean(_) | Node::Number(_) | Node::Text(_)) = (&document, &part)
    {
        return any(elements, |element| Ok(element.is_scalar(&part)));
    }
    document.holds(&part)
}

/// Whether a document is an object with a member of a name.
///
/// # Errors
///
/// A text that is no JSON.
pub fn has_key(document: &str, key: &str) -> Result<bool, NoJson> {
    Ok(matches!(Node::parse(raw(document)?)?, Node::Object(members) if members.contains_key(key)))
}

/// Whether a step of a path may be the number of an array's element: digits without a zero before them, within 31 bits.
/// It is a member's name as well; any other step is only that.
///
/// # Examples
///
/// ```
/// use chakra::types::document::is_element_number;
/// assert!(is_element_number("10"));
/// assert!(!is_element_number("-1") && !is_element_number("01") && !is_element_number("9999999999"));
/// ```
pub fn is_element_number(step: &str) -> bool {
    element_number(step).is_some()
}

fn element_number(step: &str) -> Option<usize> {
    let is_plain = step.bytes().all(|byte| byte.is_ascii_digit()) && (step == "0" || !step.starts_with('0'));
    step.parse::<i32>().ok().filter(|_| is_plain).and_then(|number| number.try_into().ok())
}

fn raw(text: &str) -> Result<&str, NoJson> {
    serde_json::from_str::<&RawValue>(text).map(RawValue::get).map_err(|_| NoJson)
}

fn any<'a>(elements: &[&'a str], mut test: impl FnMut(Node<'a>) -> Result<bool, NoJson>) -> Result<bool, NoJson> {
    for element in elements {
        if test(Node::parse(element)?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A string; borrowed where nothing in it is escaped.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Node<'a> {
    /// The kind is told by the first character; what is inside an array or an object is not looked into.
    fn parse(text: &'a str) -> Result<Self, NoJson> {
        let json = |_| NoJson;
        Ok(match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Boolean(true),
            Some(b'f') => Self::Boolean(false),
            Some(b'"') => Self::Text(serde_json::from_str::<Key<'_>>(text).map_err(json)?.0),
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(json)?;
                Self::Array(elements.into_iter().map(RawValue::get).collect())
            }
            Some(b'{') => {
                let members: BTreeMap<Key<'_>, &RawValue> = serde_json::from_str(text).map_err(json)?;
                Self::Object(members.into_iter().map(|(key, value)| (key.0, value.get())).collect())
            }
            _ => Self::Number(text.parse().map_err(|_| NoJson)?),
        })
    }

    fn is_scalar(&self, other: &Node<'_>) -> bool {
        match (self, other) {
            (Self::Null, Node::Null) => true,
            (Self::Boolean(left), Node::Boolean(right)) => left == right,
            (Self::Number(left), Node::Number(right)) => left.compare(right).is_eq(),
            (Self::Text(left), Node::Text(right)) => left == right,
            _ => false,
        }
    }

    /// Containment below the top, where an array holds no bare scalar.
    fn holds(&self, part: &Node<'_>) -> Result<bool, NoJson> {
        match (self, part) {
            (Self::Object(members), Node::Object(wanted)) => {
                for (key, wanted) in wanted {
                    let Some(member) = members.get(key.as_ref()) else { return Ok(false) };
                    if !Node::parse(member)?.holds(&Node::parse(wanted)?)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Self::Array(elements), Node::Array(wanted)) => {
                for wanted in wanted {
                    let wanted = Node::parse(wanted)?;
                    if !any(elements, |element| element.holds(&wanted))? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(self.is_scalar(part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line was asked of PostgreSQL 15.
    #[test]
    fn containment_is_that_of_postgres() {
        for (document, part, expected) in [
            ("[[1]]", "1", false),
            ("[[1,2]]", "[1]", false),
            ("[[1,2]]", "[[1]]", true),
            ("[1,2]", "[2,2,1]", true),
            ("[{\"a\":1,\"b\":2}]", "[{\"a\":1}]", true),
            ("[{\"a\":1}]", "{\"a\":1}", false),
            ("1", "[1]", false),
            ("1.0", "1", true),
            ("[]", "[]", true),
            ("{}", "[]", false),
            ("{\"a\":{}}", "{\"a\":{}}", true),
            ("{\"a\":[]}", "{\"a\":{}}", false),
            ("{\"a\":null}", "{\"a\":null}", true),
            ("{}", "{\"a\":null}", false),
            ("[null]", "null", true),
            ("\"a\"", "\"a\"", true),
            ("[true,\"1\"]", "1", false),
            ("12345678901234567891", "12345678901234567890", false),
        ] {
            assert_eq!(contains(document, part), Ok(expected), "{document} @> {part}");
        }
    }

    #[test]
    fn places_are_found_by_name_and_number() {
        let text = r#" {"a": [10, {"b\"é": null}], "0": "zero", "a2": 1, "a2": 2} "#;
        assert_eq!(text_at(text, &["a", "0"]), Ok(Some("10")));
        assert_eq!(at(text, &["a", "1", "b\"é"]), Ok(Some(Node::Null)));
        assert_eq!(text_at(text, &["0"]), Ok(Some("\"zero\"")));
        assert_eq!(text_at(text, &["a2"]), Ok(Some("2")));
        assert_eq!(text_at(text, &["a", "2"]), Ok(None));
        assert_eq!(text_at(text, &["0", "0"]), Ok(None));
        assert_eq!(text_at("nonsense", &[]), Err(NoJson));
        assert_eq!(text_at("[1,", &["0"]), Err(NoJson));
    }

    #[test]
    fn keys_are_those_of_objects() {
        assert_eq!(has_key(r#"{"a": null}"#, "a"), Ok(true));
        assert_eq!(has_key(r#"["a"]"#, "a"), Ok(false));
        assert_eq!(has_key(r#""a""#, "a"), Ok(false));
    }
}
