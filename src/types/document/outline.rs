//! What a document is made of, for a database that must be asked part by part whether one contains it.

use super::{NoJson, Node, raw};
use crate::types::Numeric;

/// The structure of a document, without its texts, numbers and names. Those are its leaves, numbered in the order in
/// which they are met: of each member first the name, then what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the kinds of JSON
pub enum Outline {
    Null,
    Boolean(bool),
    Number,
    Text,
    Array(Vec<Outline>),
    Object(Vec<Outline>),
}

impl Outline {
    /// Whether it has no parts.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::Array(_) | Self::Object(_))
    }

    /// How many leaves it has.
    pub fn leaves(&self) -> usize {
        match self {
            Self::Null | Self::Boolean(_) => 0,
            Self::Number | Self::Text => 1,
            Self::Array(elements) => elements.iter().map(Self::leaves).sum(),
            Self::Object(members) => members.iter().map(|member| member.leaves() + 1).sum(),
        }
    }
}

/// A text, number or name in a document.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // said by the type
pub enum Leaf {
    Text(String),
    Number(Numeric),
    Name(String),
}

/// The outline of a document.
///
/// # Errors
///
/// A text that is no JSON.
///
/// # Examples
///
/// ```
/// use chakra::types::document::{Leaf, Outline, leaf, outline};
/// let text = r#"{"tags": ["a", true]}"#;
/// assert_eq!(outline(text), Ok(Outline::Object(vec![Outline::Array(vec![Outline::Text, Outline::Boolean(true)])])));
/// assert_eq!(leaf(text, 1), Ok(Some(Leaf::Text("a".into()))));
/// ```
pub fn outline(document: &str) -> Result<Outline, NoJson> {
    walk(raw(document)?, &mut |_| {})
}

/// A leaf of a document by its number, counted from 0.
///
/// # Errors
///
/// A text that is no JSON.
pub fn leaf(document: &str, number: usize) -> Result<Option<Leaf>, NoJson> {
    let (mut at, mut found) = (0, None);
    walk(raw(document)?, &mut |leaf| {
        if at == number {
            found = Some(leaf);
        }
        at += 1;
    })?;
    Ok(found)
}

fn walk(text: &str, visit: &mut impl FnMut(Leaf)) -> Result<Outline, NoJson> {
    Ok(match Node::parse(text)? {
        Node::Null => Outline::Null,
        Node::Boolean(truth) => Outline::Boolean(truth),
        Node::Number(number) => {
            visit(Leaf::Number(number));
            Outline::Number
        }
        Node::Text(text) => {
            visit(Leaf::Text(text.into_owned()));
            Outline::Text
        }
        Node::Array(elements) => {
            Outline::Array(elements.into_iter().map(|element| walk(element, visit)).collect::<Result<_, _>>()?)
        }
        Node::Object(members) => {
            let mut parts = Vec::with_capacity(members.len());
            for (name, member) in members {
                visit(Leaf::Name(name.into_owned()));
                parts.push(walk(member, visit)?);
            }
            Outline::Object(parts)
        }
    })
}
