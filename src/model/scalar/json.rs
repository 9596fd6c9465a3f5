//! JSON documents.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Document;

mod endless;
mod exact;

use endless::holds_endless_float;

use super::{Scalar, shortened};
use crate::types::{Numeric, SqlType, Value};

/// JSON's own `null` is a document; SQL NULL is `None` of an `Option`.
///
/// Numbers are `u64`, `i64` or `f64`: a stored number that none of them holds is an error.
impl Scalar for Document {
    fn sql_type() -> SqlType {
        SqlType::Json
    }

    fn to_value(&self) -> Result<Value, String> {
        exact::to_text(self).map(Value::Json)
    }

    fn from_json(text: &str) -> Result<Self, String> {
        read(text)
    }
}

/// Reads a document; numbers that neither 64 bits nor a float hold exactly are errors.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let document = serde_json::from_str(text).map_err(|error| format!("JSON {} ({error})", shortened(text)))?;
    match long_numbers(text).find(|number| !survives(number)) {
        Some(number) => Err(format!("JSON with the number {}", shortened(number))),
        None => Ok(document),
    }
}

/// A value of any type that serde knows, in a JSON column.
///
/// A field marked `#[chakra(json)]` is read and written through it; it can also be a field's type itself. Numbers that
/// neither 64 bits nor an `f64` hold exactly are errors when they are read, and so is what serde cannot make the type
/// of. A float that is not finite, which JSON does not have, is refused when it is written.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
///
/// #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct Address {
///     street: String,
///     floor: Option<i8>,
/// }
///
/// #[derive(Model, Debug, PartialEq)]
/// struct Shop {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     #[chakra(json)]
///     address: Address,
///     #[chakra(json)]
///     others: Option<Vec<Address>>,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Shop::table()]).await?;
/// let address = Address { street: "Mill Lane".into(), floor: None };
/// let mut shop = Shop { id: None, address: address.clone(), others: Some(vec![address]) };
/// shop.insert(&pool).await?;
/// assert_eq!(Shop::get(1, &pool).await?, shop);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static> Scalar for Json<T> {
    fn sql_type() -> SqlType {
        SqlType::Json
    }

    fn to_value(&self) -> Result<Value, String> {
        to_document(&self.0)
    }

    fn from_json(text: &str) -> Result<Self, String> {
        read(text).map(Self)
    }
}

/// The document of a value.
pub(crate) fn to_document<T: Serialize + DeserializeOwned>(value: &T) -> Result<Value, String> {
    let text = exact::to_text(value).map_err(|error| format!("serde makes no JSON of the value: {error}"))?;
    // serde_json writes null for floats that JSON does not have.
    if text.contains("null") && holds_endless_float(value) {
        return Err("a float that is not finite has no place in JSON".to_owned());
    }
    Ok(Value::Json(text))
}

/// Up to 15 digits every number survives as an `f64`.
const SAFE_LENGTH: usize = 15;

/// The numbers in a JSON text that are long enough to be in danger. Strings are skipped.
fn long_numbers(text: &str) -> impl Iterator<Item = &str> {
    outside_strings(text)
        .flat_map(|part| part.split(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E')))
        .filter(|token| token.len() > SAFE_LENGTH && token.contains(|c: char| c.is_ascii_digit()))
}

/// The parts of a JSON text between its strings.
fn outside_strings(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let start = rest.find('"').unwrap_or(rest.len());
        let part = &rest[..start];
        rest = rest.get(start + 1..).map_or("", |inside| &inside[end_of_string(inside)..]);
        Some(part)
    })
}

/// Where the string ends whose first quote was just passed: behind its last quote.
fn end_of_string(inside: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    inside.len()
}

/// Whether a number is the same after it went through `u64`, `i64` or `f64`.
fn survives(number: &str) -> bool {
    if number.parse::<u64>().is_ok() || number.parse::<i64>().is_ok() {
        return true;
    }
    let (Ok(kept), Ok(given)) = (number.parse::<f64>(), number.parse::<Numeric>()) else { return false };
    // A float means its exact value as well as the shortest text that reads as it.
    let is_given = |text: String| text.parse::<Numeric>().is_ok_and(|kept| kept.compare(&given).is_eq());
    kept.is_finite() && (is_given(kept.to_string()) || is_given(format!("{kept:.1074}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_f64_would_round_is_refused() {
        assert!(Document::from_json("[12345678901234567890123]").is_err());
        assert!(Document::from_json(r#"{"a": 0.1234567890123456789}"#).is_err());
    }

    #[test]
    fn numbers_that_survive_and_digits_in_strings_are_taken() {
        for text in [
            "18446744073709551615",
            "-9223372036854775808",
            "0.30000000000000004",
            "1.7976931348623157e308",
            "9007199254740992000000000000000000000.0",
            "0.1000000000000000055511151231257827021181583404541015625",
            r#"{"isbn \" 12345678901234567890123": "99999999999999999999999999"}"#,
            "null",
        ] {
            assert!(Document::from_json(text).is_ok(), "{text}");
        }
    }
}
