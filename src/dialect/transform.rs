//! What is done to a value on its way into a placeholder.

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::query::expr::TextMatchKind;
use crate::types::document::{self, Leaf};
use crate::types::{Kind, Numeric, Value, json};

/// How a parameter's value changes on its way into a placeholder. NULL stays NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transform {
    /// Bound as it is.
    None,
    /// A text becomes a LIKE pattern (escape character `\`) that finds it literally.
    Like(TextMatchKind),
    /// A text becomes a GLOB pattern that finds it literally.
    Glob(TextMatchKind),
    /// A list becomes one JSON array as text: booleans as 1 and 0, bytes in hexadecimal, decimals, times
    /// and UUIDs as texts in the form in which SQLite stores them. NaN, which equals nothing, is left out.
    JsonList,
    /// As [`Self::JsonList`], for a database whose numbers are finite and whose decimals have at most so many digits
    /// before and after the point: what none of its columns can hold is left out instead of changed.
    JsonListWithin {
        /// The most digits before the point.
        before: usize,
        /// The most digits after it.
        after: usize,
    },
    /// Keys one after the other, of so many values each, become a JSON array of arrays as text; the values as in
    /// [`Self::JsonList`].
    JsonKeys {
        /// How many values a key has.
        columns: usize,
    },
    /// Of a list, the member at this place; of a shorter one, the last.
    ListMember(usize),
    /// Of keys one after the other, the list of their values for one column.
    KeysColumn {
        /// Which column.
        number: usize,
        /// How many values a key has.
        columns: usize,
        /// The kind of the column's values.
        kind: Kind,
    },
    /// Of a path into a document, one step as text.
    Member(usize),
    /// A path into a document becomes one of MySQL's: so many of its steps, of which those whose bit is set are numbers
    /// of elements.
    DocumentPath {
        /// How many steps.
        steps: usize,
        /// Which of them are numbers of elements.
        elements: u64,
    },
    /// A path into a document becomes a JSON array, in which steps whose bit is set are numbers.
    JsonPath {
        /// Which of them are numbers of elements.
        elements: u64,
    },
    /// A decimal becomes the nearest float.
    Float,
    /// A decimal becomes its digits as text.
    DecimalText,
    /// Words become a query in MySQL's boolean mode that asks for all of them.
    AllWords,
    /// Of a document, a text or a number by its place among the leaves, as text.
    LeafText(usize),
    /// Of a document, a number as the nearest float.
    LeafFloat(usize),
    /// Of a document, the name of a member as a path of one step.
    LeafPath(usize),
}

impl Transform {
    /// What becomes of a value that is not given away; None where it must be.
    pub(super) fn part_of(self, value: &Value) -> Option<Result<Value>> {
        match (self, value) {
            (Self::ListMember(at), Value::List(_, members)) => Some(list_member(members, at)),
            _ => None,
        }
    }

    /// The changed value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`](crate::ErrorKind::Query) where a value is not of the kind that the transform is for.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{dialect::Transform, query::expr::TextMatchKind, types::Value};
    /// let found = Transform::Like(TextMatchKind::Contains).apply(Value::Text("50%".into()))?;
    /// assert_eq!(found, Value::Text(r"%50\%%".into()));
    /// # Ok::<(), chakra::Error>(())
    /// ```
    pub fn apply(self, value: Value) -> Result<Value> {
        match (self, value) {
            (Self::None, value) | (_, value @ Value::Null(_)) => Ok(value),
            (Self::Like(kind), Value::Text(text)) => Ok(Value::Text(pattern(&text, kind, '%', escape_like))),
            (Self::Glob(kind), Value::Text(text)) => Ok(Value::Text(pattern(&text, kind, '*', escape_glob))),
            (Self::JsonList, Value::List(_, members)) => json_array(&members).map(Value::Text),
            (Self::JsonListWithin { before, after }, Value::List(kind, mut members)) => {
                members.retain(|member| can_be_held(member, before, after));
                Self::JsonList.apply(Value::List(kind, members))
            }
            (Self::JsonList | Self::JsonListWithin { .. }, other) => Err(unfit("a list", other.kind())),
            (Self::ListMember(at), Value::List(_, members)) => list_member(&members, at),
            (Self::JsonKeys { columns }, Value::List(_, values)) => json_keys(&values, columns).map(Value::Text),
            (Self::KeysColumn { number, columns, kind }, Value::List(_, values)) => {
                Ok(Value::List(kind, values.into_iter().skip(number).step_by(columns.max(1)).collect()))
            }
            (Self::JsonKeys { .. } | Self::KeysColumn { .. }, other) => Err(unfit("a list of keys", other.kind())),
            (Self::Member(number), Value::Array(_, steps)) => {
                steps.into_iter().nth(number).ok_or_else(|| Error::query("a path is shorter than its shape"))
            }
            (Self::DocumentPath { steps, elements }, Value::Array(_, all)) => path_text(&all, steps, elements),
            (Self::JsonPath { elements }, Value::Array(_, steps)) => Ok(json_path(&steps, elements)),
            (Self::Float, Value::Decimal(number)) => Ok(Value::Float(nearest(&number))),
            (Self::DecimalText, Value::Decimal(number)) => Ok(Value::Text(number.as_str().to_owned())),
            (Self::AllWords, Value::Text(text)) => Ok(Value::Text(all_words(&text))),
            (Self::LeafText(number), Value::Json(text)) => leaf(&text, number).map(|leaf| match leaf {
                Leaf::Text(text) | Leaf::Name(text) => Value::Text(text),
                Leaf::Number(number) => Value::Text(number.as_str().to_owned()),
            }),
            (Self::LeafFloat(number), Value::Json(text)) => match leaf(&text, number)? {
                Leaf::Number(number) => Ok(Value::Float(nearest(&number))),
                _ => Err(unfit("a number", Kind::Text)),
            },
            (Self::LeafPath(number), Value::Json(text)) => match leaf(&text, number)? {
                Leaf::Name(name) => path_text(&[Value::Text(name)], 1, 0),
                _ => Err(unfit("a name", Kind::Json)),
            },
            (_, other) => Err(unfit("a text pattern", other.kind())),
        }
    }
}

fn unfit(expected: &str, found: Kind) -> Error {
    Error::query(format!("{expected} was expected for the lookup, not a value of kind {found:?}"))
}

fn pattern(text: &str, kind: TextMatchKind, any: char, escape: fn(char, &mut String)) -> String {
    let (before, after) = match kind {
        TextMatchKind::Contains => (true, true),
        TextMatchKind::StartsWith => (false, true),
        TextMatchKind::EndsWith => (true, false),
        TextMatchKind::Equals => (false, false),
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.extend(before.then_some(any));
    text.chars().for_each(|char| escape(char, &mut out));
    out.extend(after.then_some(any));
    out
}

fn escape_like(char: char, out: &mut String) {
    if matches!(char, '%' | '_' | '\\') {
        out.push('\\');
    }
    out.push(char);
}

/// GLOB has no escape character: a set of one character stands for it.
fn escape_glob(char: char, out: &mut String) {
    if matches!(char, '*' | '?' | '[') {
        out.extend(['[', char, ']']);
    } else {
        out.push(char);
    }
}

/// Words that InnoDB leaves out of its indexes unless it is told otherwise.
const STOP_WORDS: [&str; 35] = [
    "a", "about", "an", "are", "as", "at", "be", "by", "com", "de", "en", "for", "from", "how", "i", "in", "is", "it",
    "la", "of", "on", "or", "that", "the", "this", "to", "was", "what", "when", "where", "who", "will", "with", "und",
    "www",
];

/// The shortest word that InnoDB has in its indexes unless it is told otherwise.
const SHORTEST_WORD: usize = 3;

/// Each word with a plus, but for those that no index has: asked for with a plus, they would be in no row. What is no
/// letter and no digit separates them, as on the server.
fn all_words(text: &str) -> String {
    let words = text.split(|char: char| !(char.is_alphanumeric() || char == '_')).filter(|word| !word.is_empty());
    let asked = |word: &str| {
        let is_indexed = word.chars().count() >= SHORTEST_WORD && !STOP_WORDS.contains(&word.to_lowercase().as_str());
        format!("{}{word}", if is_indexed { "+" } else { "" })
    };
    words.map(asked).collect::<Vec<_>>().join(" ")
}

fn leaf(document: &str, number: usize) -> Result<Leaf> {
    match document::leaf(document, number) {
        Ok(Some(leaf)) => Ok(leaf),
        _ => Err(Error::query("a document is not of the shape that was rendered")),
    }
}

/// The nearest float; what is beyond all floats is infinite, and what is smaller than the smallest is that, not zero.
fn nearest(number: &Numeric) -> f64 {
    let float: f64 = number.as_str().parse().unwrap_or(f64::NAN);
    if float == 0.0 && number.as_str().contains(|digit| ('1'..='9').contains(&digit)) {
        let smallest = f64::from_bits(1);
        return if number.as_str().starts_with('-') { -smallest } else { smallest };
    }
    float
}

/// `$."author"."names"[0]`: a name in quotes means itself, whatever is in it.
fn path_text(all: &[Value], steps: usize, elements: u64) -> Result<Value> {
    let mut path = String::from("$");
    for (number, step) in all.iter().take(steps).enumerate() {
        let Value::Text(step) = step else { return Err(unfit("a text", step.kind())) };
        if elements & (1 << number) != 0 {
            path.push('[');
            path.push_str(step);
            path.push(']');
            continue;
        }
        // Written in several ways in a document, of which a path finds one; and MariaDB finds no name after a minus.
        if step.starts_with('-') || step.contains(|char: char| char < ' ') {
            let feature =
                format!("looking into JSON for {step:?}, a name that begins with a minus or has a control character,");
            return Err(Error::unsupported(feature, super::Dialect::MySql.name()));
        }
        path.push('.');
        json::write_string(&mut path, step);
    }
    Ok(Value::Text(path))
}

fn json_path(steps: &[Value], elements: u64) -> Value {
    let mut path = String::from("[");
    for (number, step) in steps.iter().enumerate() {
        path.push_str(if number > 0 { "," } else { "" });
        match step {
            Value::Text(digits) if elements & (1 << number) != 0 => path.push_str(digits),
            name => json::write_value(&mut path, name),
        }
    }
    path.push(']');
    Value::Text(path)
}

fn can_be_held(member: &Value, before: usize, after: usize) -> bool {
    match member {
        Value::Float(number) => number.is_finite(),
        Value::Decimal(number) => {
            let fraction = number.scale().min(after);
            number.is_finite() && number.integral_digits() <= before && number.rescaled(fraction).is_some()
        }
        _ => true,
    }
}

fn list_member(members: &[Value], at: usize) -> Result<Value> {
    let member = members.get(at).or_else(|| members.last());
    member.cloned().ok_or_else(|| Error::query("a list is empty where its shape has members"))
}

fn json_array(members: &[Value]) -> Result<String> {
    let mut out = String::with_capacity(2 + members.len() * 8);
    out.push('[');
    for member in members {
        let before = out.len();
        if before > 1 {
            out.push(',');
        }
        if !json_member(member, &mut out)? {
            out.truncate(before);
        }
    }
    out.push(']');
    Ok(out)
}

fn json_keys(values: &[Value], columns: usize) -> Result<String> {
    let mut out = String::with_capacity(2 + values.len() * 10);
    out.push('[');
    for key in values.chunks(columns.max(1)) {
        let before = out.len();
        out.push_str(if before > 1 { ",[" } else { "[" });
        let mut is_whole = true;
        for (number, value) in key.iter().enumerate() {
            out.push_str(if number > 0 { "," } else { "" });
            is_whole &= json_member(value, &mut out)?;
        }
        out.push(']');
        if !is_whole {
            out.truncate(before);
        }
    }
    out.push(']');
    Ok(out)
}

/// Appends one member; says whether there was anything to append.
fn json_member(member: &Value, out: &mut String) -> Result<bool> {
    match member {
        Value::Boolean(flag) => out.push(if *flag { '1' } else { '0' }),
        Value::Float(number) => return Ok(json_float(*number, out)),
        Value::Json(text) => json::write_string(out, text),
        Value::Null(_) | Value::List(..) | Value::Array(..) => {
            return Err(Error::query("a list for a lookup holds plain values only, no NULL and no list"));
        }
        plain => json::write_value(out, plain),
    }
    Ok(true)
}

/// The shortest digits that read back as the same number; JSON has no infinity, but reads too large a
/// number as one.
fn json_float(number: f64, out: &mut String) -> bool {
    if number.is_nan() {
        return false;
    }
    if number.is_infinite() {
        out.push_str(if number > 0.0 { "9e999" } else { "-9e999" });
    } else {
        let _ = write!(out, "{number:?}"); // writing to a String cannot fail
    }
    true
}

#[cfg(test)]
mod tests;
