//! What is held as part of a document, for models that are serialised.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Held, Related};

impl<T> Related<T> {
    /// Whether a document says nothing of it: nothing was loaded, or it is the very object that this one stands in, for
    /// which it was loaded. For `#[serde(default, skip_serializing_if = "Related::is_left_out")]`.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{Model, Related};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Model, Serialize, Deserialize)]
    /// struct Country {
    ///     #[chakra(primary_key)]
    ///     code: String,
    /// }
    ///
    /// #[derive(Model, Serialize, Deserialize)]
    /// struct City {
    ///     #[chakra(primary_key)]
    ///     id: i64,
    ///     #[chakra(references = "countries.code", on_delete = "CASCADE")]
    ///     country_code: String,
    ///     #[chakra(foreign_key = "country_code")]
    ///     #[serde(default, skip_serializing_if = "Related::is_left_out")]
    ///     country: Related<Country>,
    /// }
    ///
    /// let mut city = City { id: 1, country_code: "IT".into(), country: Related::default() };
    /// assert_eq!(serde_json::to_string(&city).unwrap(), r#"{"id":1,"country_code":"IT"}"#);
    /// city.country.set(Country { code: "IT".into() });
    /// let text = serde_json::to_string(&city).unwrap();
    /// assert_eq!(text, r#"{"id":1,"country_code":"IT","country":{"code":"IT"}}"#);
    /// let city: City = serde_json::from_str(&text).unwrap();
    /// assert_eq!(city.country.get()?.code, "IT");
    /// # Ok::<(), chakra::Error>(())
    /// ```
    pub fn is_left_out(&self) -> bool {
        self.held().is_none_or(|(_, how)| how == Held::LedFrom)
    }
}

/// What is held, or null: that nothing was loaded and that there is no row look alike.
impl<T: Serialize> Serialize for Related<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.held() {
            Some((held, how)) if how != Held::LedFrom => held.serialize(serializer),
            _ => serializer.serialize_none(),
        }
    }
}

/// What the document holds, as if it had been [`set`](Related::set); null is nothing.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Related<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or_else(Self::default, Self::from))
    }
}
