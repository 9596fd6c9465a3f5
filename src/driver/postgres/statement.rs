//! The texts under which statements are prepared.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use parking_lot::RwLock;

use super::encode;
use crate::types::Value;

/// sqlx knows a prepared statement by its text alone, PostgreSQL by text and types of the parameters:
/// with `$1` once an integer and once a float, the bytes of one would be read as the other. So a text
/// belongs to the types that it came with first; with others it gets a remark that tells them.
#[derive(Default)]
pub(super) struct Texts {
    first_types: RwLock<HashMap<String, Known>>,
}

struct Known {
    text: Arc<str>,
    types: Box<[u32]>,
}

/// Entries are never removed (a text must keep its meaning as long as connections live), so their number
/// has an end; texts beyond it always carry the remark.
const MOST_TEXTS: usize = 4_096;

impl Texts {
    /// The text for parameters of these types.
    pub(super) fn text_for(&self, text: &str, values: &[Value]) -> Arc<str> {
        if let Some(known) = self.first_types.read().get(text) {
            return known.text_for(values);
        }
        let mut first_types = self.first_types.write();
        if let Some(known) = first_types.get(text) {
            return known.text_for(values);
        }
        if first_types.len() >= MOST_TEXTS {
            return with_types(text, values);
        }
        let known = Known { text: text.into(), types: values.iter().map(encode::type_of_value).collect() };
        let shared = Arc::clone(&known.text);
        first_types.insert(text.to_owned(), known);
        shared
    }
}

impl Known {
    fn text_for(&self, values: &[Value]) -> Arc<str> {
        if values.iter().map(encode::type_of_value).eq(self.types.iter().copied()) {
            return Arc::clone(&self.text);
        }
        with_types(&self.text, values)
    }
}

/// On a line of its own, for the text may end with a remark of its own.
fn with_types(text: &str, values: &[Value]) -> Arc<str> {
    let mut marked = format!("{text}\n/* types");
    for value in values {
        let _ = write!(marked, " {}", encode::type_of_value(value)); // writing to a String cannot fail
    }
    marked.push_str(" */");
    marked.into()
}
