//! Fields of derived models, set by what a column holds.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{ColumnValue, Json, document, given};
use crate::types::Value;

/// Gives a field another value, and tells what it held; None where no database could keep that.
pub fn replace<T: ColumnValue>(field: &mut T, value: &Value) -> Result<Option<Value>, String> {
    let new = T::from_scalar(given::<T>(value)?)?;
    Ok(std::mem::replace(field, new).to_value().ok())
}

/// As [`replace`], for a field that is kept as a document.
pub fn replace_document<T>(field: &mut T, value: &Value) -> Result<Option<Value>, String>
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    let Json(new) = Json::<T>::from_scalar(given::<Json<T>>(value)?)?;
    Ok(document(Some(&std::mem::replace(field, new))).ok())
}

/// As [`replace_document`], where there may be none.
pub fn replace_optional_document<T>(field: &mut Option<T>, value: &Value) -> Result<Option<Value>, String>
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    let new = given::<Option<Json<T>>>(value)?.map(|document| document.0);
    Ok(document(std::mem::replace(field, new).as_ref()).ok())
}
