//! Text, bytes and UUIDs.

use uuid::Uuid;

use super::Scalar;
use crate::types::{SqlType, Value};

impl Scalar for String {
    fn sql_type() -> SqlType {
        SqlType::String { length: None }
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(Value::Text(self.clone()))
    }

    fn into_value(self) -> Result<Value, String> {
        Ok(Value::Text(self))
    }

    fn from_text(value: &str) -> Result<Self, String> {
        Ok(value.to_owned())
    }
}

impl Scalar for Vec<u8> {
    fn sql_type() -> SqlType {
        SqlType::Binary { length: None }
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(Value::Bytes(self.clone()))
    }

    fn into_value(self) -> Result<Value, String> {
        Ok(Value::Bytes(self))
    }

    fn from_bytes(value: &[u8]) -> Result<Self, String> {
        Ok(value.to_vec())
    }
}

impl Scalar for Uuid {
    fn sql_type() -> SqlType {
        SqlType::Uuid
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(Value::Uuid(*self))
    }

    fn from_uuid(value: Uuid) -> Result<Self, String> {
        Ok(value)
    }
}
