//! What a JSON text says that a document cannot hold: one key twice. Whoever reads it as a map would drop a value.

use std::borrow::Cow;

use super::exact::shortened;

/// A JSON text whose objects have each key once.
///
/// # Errors
///
/// The key that an object has twice, and the text.
pub(super) fn unambiguous(text: &str) -> Result<&str, String> {
    match repeated_key(text) {
        None => Ok(text),
        Some(key) => Err(format!("{} (the key {} stands twice in one object)", shortened(text), shortened(key))),
    }
}

/// An object or an array that is being read.
struct Open {
    /// Where its keys begin in the list of all; None for an array.
    keys: Option<usize>,
}

/// A key that one object of a JSON text has twice. The text is taken to be JSON: whoever makes a document of it says
/// where it is not.
fn repeated_key(text: &str) -> Option<Cow<'_, str>> {
    // Two objects' keys are nested, so that one list holds those of all that are open.
    let (mut open, mut keys): (Vec<Open>, Vec<Cow<'_, str>>) = (Vec::new(), Vec::new());
    let (bytes, mut at, mut key_follows) = (text.as_bytes(), 0, false);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let end = end_of_string(bytes, at);
                if key_follows {
                    keys.push(unescaped(&text[at..end]));
                    key_follows = false;
                }
                at = end + 1;
            }
            b'{' => {
                open.push(Open { keys: Some(keys.len()) });
                key_follows = true;
            }
            b'[' => {
                open.push(Open { keys: None });
                key_follows = false;
            }
            b',' => key_follows = open.last().is_some_and(|open| open.keys.is_some()),
            b'}' | b']' => {
                if let Some(Open { keys: Some(first) }) = open.pop() {
                    let own = keys.get_mut(first..)?;
                    own.sort_unstable();
                    if let Some(pair) = own.windows(2).find(|pair| pair[0] == pair[1]) {
                        return Some(pair[0].clone());
                    }
                    keys.truncate(first);
                }
                key_follows = false;
            }
            _ => {}
        }
    }
    None
}

/// Where the quote stands that ends a string; `at` is behind the first.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}

fn unescaped(key: &str) -> Cow<'_, str> {
    if !key.contains('\\') {
        return Cow::Borrowed(key);
    }
    serde_json::from_str(&format!("\"{key}\"")).map_or(Cow::Borrowed(key), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_stand_twice_in_one_object() {
        for (text, key) in [
            (r#"{"a":1,"a":1}"#, Some("a")),
            (r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}"#, None),
            (r#"[{"x":{"":0 , "y":"\"","":1}}]"#, Some("")),
            (r#"{"\u0061":1,"a":2}"#, Some("a")),
            (r#"{"a\"":1,"a":2,"a\\":3}"#, None),
            (r#"{"a":"b","b":"a"}"#, None),
            (r#"{"a":["b","b"],"b":0}"#, None),
            (r#""{\"a\":1,\"a\":2}""#, None),
            ("[1,2,[]]", None),
            ("{", None),
            ("\"", None),
            ("\"\\", None),
            ("}{\"", None),
        ] {
            assert_eq!(repeated_key(text).as_deref(), key, "{text}");
        }
    }
}
