//! Texts by texts.

use std::collections::BTreeMap;

use super::reader::{Nullable, Reader};

/// Texts by keys, some of them NULL: PostgreSQL's `hstore`, an extension that comes with the server.
///
/// # Examples
///
/// ```
/// use chakra::postgres::HStore;
/// let colours = HStore::from_iter([("sky", Some("blue")), ("air", None)]);
/// assert_eq!(colours.0["sky"].as_deref(), Some("blue"));
/// assert_eq!(colours.to_string(), r#""air"=>NULL,"sky"=>"blue""#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct HStore(pub BTreeMap<String, Option<String>>);

impl HStore {
    /// What the server cannot keep in it; None if nothing.
    pub fn fault(&self) -> Option<&'static str> {
        let mut texts = self.0.keys().chain(self.0.values().flatten());
        texts.any(|text| text.contains('\0')).then_some("a text with a NUL character cannot be stored")
    }

    /// From PostgreSQL's binary format.
    pub(super) fn from_binary(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let count = reader.length()?;
        let mut pairs = BTreeMap::new();
        for _ in 0..count {
            let Nullable::Value(key) = reader.counted_text()? else { return None };
            let value = match reader.counted_text()? {
                Nullable::Null => None,
                Nullable::Value(value) => Some(value.to_owned()),
            };
            pairs.insert(key.to_owned(), value);
        }
        reader.is_done().then_some(Self(pairs))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, Option<V>)> for HStore {
    fn from_iter<I: IntoIterator<Item = (K, Option<V>)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.map(Into::into))).collect())
    }
}

/// In PostgreSQL's own notation.
impl std::fmt::Display for HStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, (key, value)) in self.0.iter().enumerate() {
            f.write_str(if number > 0 { "," } else { "" })?;
            quoted(key, f)?;
            f.write_str("=>")?;
            match value {
                Some(value) => quoted(value, f)?,
                None => f.write_str("NULL")?,
            }
        }
        Ok(())
    }
}

fn quoted(text: &str, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(pairs: &[(&str, Option<&str>)]) -> Vec<u8> {
        let mut bytes = u32::try_from(pairs.len()).unwrap().to_be_bytes().to_vec();
        for (key, value) in pairs {
            for text in [Some(*key), *value] {
                let length = text.map_or(-1, |text| i32::try_from(text.len()).unwrap());
                bytes.extend(length.to_be_bytes());
                bytes.extend(text.unwrap_or("").as_bytes());
            }
        }
        bytes
    }

    #[test]
    fn the_binary_format_is_read_to_its_end_or_not_at_all() {
        let pairs = [("a", Some("é")), ("", None), ("b\"\\", Some(""))];
        let bytes = binary(&pairs);
        assert_eq!(HStore::from_binary(&bytes), Some(HStore::from_iter(pairs)));
        for length in 0..bytes.len() {
            assert_eq!(HStore::from_binary(&bytes[..length]), None);
        }
        assert_eq!(HStore::from_binary(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(HStore::from_binary(&[0, 0, 0, 0]), Some(HStore::default()));
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(HStore::from_iter([("a\"", Some("\\,=>"))]).to_string(), r#""a\""=>"\\,=>""#);
    }
}
