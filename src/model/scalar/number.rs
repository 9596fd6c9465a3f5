//! Numbers and booleans.

use rust_decimal::Decimal;

use super::{Scalar, shortened};
use crate::types::{SqlType, Value};

macro_rules! integer_scalar {
    ($($rust:ty => $sql_type:ident),* $(,)?) => {$(
        impl Scalar for $rust {
            fn sql_type() -> SqlType {
                SqlType::$sql_type
            }

            fn to_value(&self) -> Result<Value, String> {
                Ok(Value::Integer(i64::from(*self)))
            }

            fn from_integer(value: i64) -> Result<Self, String> {
                Self::try_from(value).map_err(|_| format!("integer {value}"))
            }
        }
    )*};
}

integer_scalar! { i16 => SmallInteger, i32 => Integer, i64 => BigInteger }

impl Scalar for f64 {
    fn sql_type() -> SqlType {
        SqlType::Float
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(Value::Float(*self))
    }

    fn from_float(value: f64) -> Result<Self, String> {
        Ok(value)
    }
}

impl Scalar for bool {
    fn sql_type() -> SqlType {
        SqlType::Boolean
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(Value::Boolean(*self))
    }

    fn from_boolean(value: bool) -> Result<Self, String> {
        Ok(value)
    }
}

/// Holds at most 28 digits (at times 29), neither NaN nor infinity: a stored number beyond that is an error.
impl Scalar for Decimal {
    fn sql_type() -> SqlType {
        SqlType::Decimal { precision: None, scale: None }
    }

    fn to_value(&self) -> Result<Value, String> {
        let text = self.to_string();
        text.parse().map(Value::Decimal).map_err(|_| format!("{text} is not a decimal number"))
    }

    fn from_decimal(value: &str) -> Result<Self, String> {
        Self::from_str_exact(value).map_err(|_| format!("decimal {}", shortened(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_exact_or_refused() {
        for exact in ["0", "-0.001", "79228162514264337593543950335", "1.50", "0.0000000000000000000000000001"] {
            let decimal = Decimal::from_decimal(exact).unwrap();
            assert_eq!(decimal.to_value(), Ok(Value::Decimal(exact.parse().unwrap())));
        }
        for beyond in ["79228162514264337593543950336", "0.00000000000000000000000000001", "NaN", "Infinity"] {
            assert!(Decimal::from_decimal(beyond).is_err(), "{beyond}");
        }
    }

    #[test]
    fn an_integer_out_of_range_is_refused() {
        assert_eq!(i16::from_integer(-32_768), Ok(i16::MIN));
        assert!(i16::from_integer(32_768).is_err());
        assert!(i32::from_integer(i64::MIN).is_err());
    }
}
