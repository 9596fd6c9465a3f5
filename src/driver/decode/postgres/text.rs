//! Text, what is stored as text, and UUIDs.

use uuid::Uuid;

use super::super::document::unambiguous;
use super::super::exact::{self, shortened};
use super::{Content, malformed};
use crate::driver::visitor::Visitor;
use crate::types::Kind;

/// The version that PostgreSQL writes before a `jsonb` text.
const JSONB_VERSION: u8 = 1;

#[inline]
pub(super) fn visit<V: Visitor>(content: Content, kind: Kind, bytes: &[u8], visitor: V) -> Result<V::Output, String> {
    let text = read(content, bytes)?;
    if kind == Kind::Json {
        return json(content, text).map(|text| visitor.json(text));
    }
    exact::visit_text(kind, text, visitor)
}

#[inline]
pub(super) fn read(content: Content, bytes: &[u8]) -> Result<&str, String> {
    let bytes = match content {
        Content::Plain | Content::Document | Content::Foreign => bytes,
        Content::Padded => {
            let blanks = bytes.iter().rev().take_while(|byte| **byte == b' ').count();
            &bytes[..bytes.len() - blanks]
        }
        Content::Versioned => match bytes {
            [JSONB_VERSION, text @ ..] => text,
            _ => return Err(malformed("jsonb", bytes)),
        },
    };
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("text", bytes))?;
    // Enumerations and `citext` are text; other types' binary formats have lengths and counts in them.
    if content == Content::Foreign && text.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return Err(malformed("text", bytes));
    }
    Ok(text)
}

/// A text column is not known to hold JSON; the others are, and `jsonb` has each key once.
fn json(content: Content, text: &str) -> Result<&str, String> {
    match content {
        Content::Versioned => Ok(text),
        Content::Document => unambiguous(text),
        _ if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() => Err(shortened(text)),
        _ => unambiguous(text),
    }
}

#[inline]
pub(super) fn uuid(bytes: &[u8]) -> Result<Uuid, String> {
    Uuid::from_slice(bytes).map_err(|_| malformed("uuid", bytes))
}
