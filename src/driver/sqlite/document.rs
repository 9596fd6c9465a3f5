//! Functions that look into JSON documents: exactly, and as PostgreSQL does (`types::document`).
//!
//! Each takes a document and a path (a JSON array of texts, which are names, and of numbers), and at its end the names of
//! the document's table and column, for the error where the column holds what is no JSON. What a column of documents is
//! read as is what is looked into: a bare number is one.

use std::borrow::Cow;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result};

use super::statement::cell;
use super::told::Told;
use crate::driver::{Decoder, Stored, ToValue};
use crate::types::document::{self, NoJson, Node};
use crate::types::{SqlType, Value as Read};

/// Makes the functions known to a connection.
pub(super) fn register(raw: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    raw.create_scalar_function("chakra_json_text", 4, flags, |context| {
        at(context, |node| match node {
            Node::Text(text) => Value::Text(text.into_owned()),
            _ => Value::Null,
        })
    })?;
    raw.create_scalar_function("chakra_json_number", 4, flags, |context| {
        at(context, |node| match node {
            Node::Number(number) => Value::Text(number.as_str().to_owned()),
            _ => Value::Null,
        })
    })?;
    raw.create_scalar_function("chakra_json_type", 4, flags, |context| at(context, |node| name(&node)))?;
    raw.create_scalar_function("chakra_json_contains", 5, flags, |context| relation(context, document::contains))?;
    raw.create_scalar_function("chakra_json_contained", 5, flags, |context| {
        relation(context, |document, whole| document::contains(whole, document))
    })
}

fn name(node: &Node<'_>) -> Value {
    let name = match node {
        Node::Null => "null",
        Node::Boolean(true) => "true",
        Node::Boolean(false) => "false",
        Node::Number(_) => "number",
        Node::Text(_) => "text",
        Node::Array(_) => "array",
        Node::Object(_) => "object",
    };
    Value::Text(name.to_owned())
}

/// What is made of the node at a path; NULL where there is none.
fn at(context: &Context<'_>, make: impl FnOnce(Node<'_>) -> Value) -> Result<Value> {
    let Some(document) = document(context)? else { return Ok(Value::Null) };
    let node = found(context, &document)?.map(|text| document::at(text, &[])).transpose();
    node.map(|node| node.flatten().map_or(Value::Null, make)).map_err(|_| no_json(context))
}

/// How what stands at a path relates to the third argument.
fn relation(context: &Context<'_>, holds: impl FnOnce(&str, &str) -> Result<bool, NoJson>) -> Result<Option<bool>> {
    let (Some(document), Some(other)) = (document(context)?, text(context, 2)) else { return Ok(None) };
    match found(context, &document)? {
        Some(document) => holds(document, other).map(Some).map_err(|_| no_json(context)),
        None => Ok(None),
    }
}

/// The text of what stands at the path of a document.
fn found<'a>(context: &Context<'_>, document: &'a str) -> Result<Option<&'a str>> {
    let Some(path) = text(context, 1) else { return Ok(None) };
    let path: Vec<Step> = serde_json::from_str(path).map_err(|_| no_json(context))?;
    let steps: Vec<(String, bool)> = path.into_iter().map(Step::into_text).collect();
    let steps = steps.iter().map(|(step, number)| (step.as_str(), *number));
    document::text_along(document, steps).map_err(|_| no_json(context))
}

/// A step of a path. A number may be that of an element, and be a name as well.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Step {
    Name(String),
    Number(u64),
}

impl Step {
    fn into_text(self) -> (String, bool) {
        match self {
            Self::Name(name) => (name, false),
            Self::Number(number) => (number.to_string(), true),
        }
    }
}

/// The document, as columns of documents are read.
fn document<'a>(context: &'a Context<'_>) -> Result<Option<Cow<'a, str>>> {
    match context.get_raw(0) {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(Cow::Borrowed(text))),
            Err(_) => Err(no_json(context)),
        },
        other => match Decoder::new(Stored::Sqlite, Some(&SqlType::Json))
            .map(|decoder| decoder.visit(cell(other), ToValue))
        {
            Some(Ok(Some(Read::Json(text)))) => Ok(Some(Cow::Owned(text))),
            _ => Err(no_json(context)),
        },
    }
}

/// A text that the statement gives.
fn text<'a>(context: &'a Context<'_>, argument: usize) -> Option<&'a str> {
    context.get_raw(argument).as_str().ok()
}

#[cold]
fn no_json(context: &Context<'_>) -> Error {
    let name = |at| text(context, context.len() - at).unwrap_or_default().to_owned();
    let read = Decoder::new(Stored::Sqlite, Some(&SqlType::Json));
    let found = match read.map(|decoder| decoder.visit(cell(context.get_raw(0)), ToValue)) {
        Some(Ok(Some(Read::Json(text)))) => format!("TEXT {}", Read::Text(text).shown()),
        Some(Err(found)) => found,
        _ => "what is no JSON".to_owned(),
    };
    Told::Undecodable { table: name(2), column: name(1), expected: SqlType::Json.name().to_owned(), found }.into()
}
