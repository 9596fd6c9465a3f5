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

/// In the list of what is open: an array, which has no keys.
const ARRAY: usize = usize::MAX;

/// A key that one object of a JSON text has twice. The text is taken to be JSON: whoever makes a document of it says
/// where it is not.
fn repeated_key(text: &str) -> Option<Cow<'_, str>> {
    // Where the keys of each object begin: objects are nested, so that one list holds the keys of all that are open.
    let (mut open, mut keys): (Vec<usize>, Vec<Cow<'_, str>>) = (Vec::with_capacity(8), Vec::with_capacity(16));
    let (bytes, mut at, mut key_follows) = (text.as_bytes(), 0, false);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let (end, is_escaped) = end_of_string(bytes, at);
                if key_follows {
                    let key = &text[at..end];
                    keys.push(if is_escaped { unescaped(key) } else { Cow::Borrowed(key) });
                    key_follows = false;
                }
                at = end + 1;
            }
            b'{' => {
                open.push(keys.len());
                key_follows = true;
            }
            b'[' => {
                open.push(ARRAY);
                key_follows = false;
            }
            b',' => key_follows = open.last().is_some_and(|first| *first != ARRAY),
            b'}' | b']' => {
                if let Some(first) = open.pop().filter(|first| *first != ARRAY) {
                    if let Some(key) = twice(keys.get_mut(first..)?) {
                        return Some(key);
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

/// A key that is there twice.
fn twice<'a>(keys: &mut [Cow<'a, str>]) -> Option<Cow<'a, str>> {
    /// Up to so many, comparing each with each is faster than sorting.
    const FEW: usize = 8;
    if keys.len() <= FEW {
        let is_repeated = |at: &usize| keys[..*at].contains(&keys[*at]);
        return (1..keys.len()).find(is_repeated).map(|at| keys[at].clone());
    }
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone())
}

/// Where the quote stands that ends a string, and whether anything in it is escaped; `at` is behind the first quote.
fn end_of_string(bytes: &[u8], mut at: usize) -> (usize, bool) {
    let mut is_escaped = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => break,
            b'\\' => {
                is_escaped = true;
                at += 2;
            }
            _ => at += 1,
        }
    }
    (at.min(bytes.len()), is_escaped)
}

#[cold]
fn unescaped(key: &str) -> Cow<'_, str> {
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
            (r#"{"0":0,"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0}"#, None),
            (r#"{"0":0,"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"4":0}"#, Some("4")),
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
