//! Functions that look into JSON documents: exactly, and as PostgreSQL does (`types::document`).
//!
//! Each takes a document and a path: a JSON array of texts, which are names, and of numbers. A column of a document that holds no JSON is an error.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result};

use crate::types::document::{self, NoJson, Node};

/// Makes the functions known to a connection.
pub(super) fn register(raw: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    raw.create_scalar_function("chakra_json_text", 2, flags, |context| {
        at(context, |node| match node {
            Node::Text(text) => Value::Text(text.into_owned()),
            _ => Value::Null,
        })
    })?;
    raw.create_scalar_function("chakra_json_number", 2, flags, |context| {
        at(context, |node| match node {
            Node::Number(number) => Value::Text(number.as_str().to_owned()),
            _ => Value::Null,
        })
    })?;
    raw.create_scalar_function("chakra_json_type", 2, flags, |context| at(context, |node| name(&node)))?;
    raw.create_scalar_function("chakra_json_contains", 3, flags, |context| relation(context, document::contains))?;
    raw.create_scalar_function("chakra_json_contained", 3, flags, |context| {
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
    match found(context)? {
        None => Ok(Value::Null),
        Some(text) => document::at(text, &[]).map(|node| node.map_or(Value::Null, make)).map_err(no_json),
    }
}

/// How what stands at a path relates to the third argument.
fn relation(context: &Context<'_>, holds: impl FnOnce(&str, &str) -> Result<bool, NoJson>) -> Result<Option<bool>> {
    match (found(context)?, text(context, 2)?) {
        (Some(document), Some(other)) => holds(document, other).map(Some).map_err(no_json),
        _ => Ok(None),
    }
}

/// The text of what stands at the path.
fn found<'a>(context: &'a Context<'_>) -> Result<Option<&'a str>> {
    let (Some(document), Some(path)) = (text(context, 0)?, text(context, 1)?) else { return Ok(None) };
    let path: Vec<Step> = serde_json::from_str(path).map_err(|_| no_json(NoJson))?;
    let steps: Vec<(String, bool)> = path.into_iter().map(Step::into_text).collect();
    document::text_along(document, steps.iter().map(|(step, number)| (step.as_str(), *number))).map_err(no_json)
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

fn text<'a>(context: &'a Context<'_>, argument: usize) -> Result<Option<&'a str>> {
    match context.get_raw(argument) {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map(Some).map_err(|_| no_json(NoJson)),
        _ => Err(no_json(NoJson)),
    }
}

fn no_json(_: NoJson) -> Error {
    Error::UserFunctionError("a column of JSON documents holds something that is no JSON".into())
}
