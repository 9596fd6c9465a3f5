//! What is encoded here is what `driver::decode` reads.

use proptest::prelude::*;
use uuid::Uuid;

use super::encode;
use crate::driver::{Decoder, RawCell, Stored, Visitor};
use crate::types::{Kind, Numeric, SqlType, Value};

/// Makes a parameter of what it visits.
struct Back;

impl Visitor for Back {
    type Output = Value;

    fn null(self) -> Value {
        Value::Null(Kind::Text)
    }

    fn boolean(self, value: bool) -> Value {
        Value::Boolean(value)
    }

    fn integer(self, value: i64) -> Value {
        Value::Integer(value)
    }

    fn float(self, value: f64) -> Value {
        Value::Float(value)
    }

    fn decimal(self, value: &str) -> Value {
        Value::Decimal(value.parse().unwrap())
    }

    fn text(self, value: &str) -> Value {
        Value::Text(value.into())
    }

    fn bytes(self, value: &[u8]) -> Value {
        Value::Bytes(value.into())
    }

    fn datetime(self, micros: i64) -> Value {
        Value::DateTime(micros)
    }

    fn date(self, days: i32) -> Value {
        Value::Date(days)
    }

    fn time(self, micros: i64) -> Value {
        Value::Time(micros)
    }

    fn interval(self, micros: i64) -> Value {
        Value::Interval(micros)
    }

    fn uuid(self, value: Uuid) -> Value {
        Value::Uuid(value)
    }

    fn json(self, text: &str) -> Value {
        Value::Json(text.into())
    }
}

fn decode(type_oid: u32, bytes: &[u8], declared: Option<&SqlType>) -> Result<Value, String> {
    Decoder::new(Stored::Postgres(type_oid), declared).ok_or("no decoder")?.visit(RawCell::Wire(bytes), Back)
}

fn there_and_back(value: &Value) -> Value {
    let mut bytes = Vec::new();
    assert!(encode::value(value, &mut bytes).unwrap());
    decode(encode::type_of_value(value), &bytes, None).unwrap()
}

/// The digits of a number that counts: −0 is 0, and no zeros lead.
fn plain(text: &str) -> Numeric {
    let number: Numeric = text.parse().unwrap();
    let is_zero = !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if is_zero { text.trim_start_matches('-').parse().unwrap() } else { number }
}

proptest! {
    #[test]
    fn numbers_keep_every_digit(text in "-?[0-9]{1,60}(\\.[0-9]{1,60})?") {
        let number = plain(&text);
        prop_assert_eq!(there_and_back(&Value::Decimal(number.clone())), Value::Decimal(number));
    }

    #[test]
    fn sparse_numbers_keep_every_zero(before in 0_usize..40, after in 0_usize..40, digit in 0_u8..10) {
        for text in [
            format!("{digit}{}", "0".repeat(before)),
            format!("{digit}{}.{}1", "0".repeat(before), "0".repeat(after)),
            format!("0.{}{digit}{}", "0".repeat(after), "0".repeat(before)),
        ] {
            let number = plain(&text);
            prop_assert_eq!(there_and_back(&Value::Decimal(number.clone())), Value::Decimal(number));
        }
    }

    #[test]
    fn plain_values_are_the_same(
        integer: i64, float in proptest::num::f64::NORMAL | proptest::num::f64::ZERO, text: String, bytes: Vec<u8>,
        micros in -62_135_596_800_000_000_i64..=253_402_300_799_999_999, days in -719_162..=2_932_896, clock in 0_i64..86_400_000_000,
        uuid: u128,
    ) {
        for value in [
            Value::Integer(integer), Value::Float(float), Value::Text(text.clone()), Value::Bytes(bytes), Value::DateTime(micros),
            Value::Date(days), Value::Time(clock), Value::Uuid(Uuid::from_u128(uuid)), Value::Json(text),
        ] {
            prop_assert_eq!(there_and_back(&value), value);
        }
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes: Vec<u8>) {
        use crate::driver::decode::oid;
        for type_oid in [
            oid::BOOL, oid::INT2, oid::INT4, oid::INT8, oid::OID, oid::FLOAT4, oid::FLOAT8, oid::NUMERIC, oid::TEXT, oid::BPCHAR, oid::JSON,
            oid::JSONB, oid::TIMESTAMP, oid::DATE, oid::TIME, oid::UUID, oid::BYTEA, 70_000,
        ] {
            // Neither a panic nor anything else than an answer.
            let _ = decode(type_oid, &bytes, None);
            let _ = decode(type_oid, &bytes, Some(&SqlType::BigInteger));
        }
    }
}

#[test]
fn numbers_without_digits() {
    for text in ["NaN", "Infinity", "-Infinity", "0", "0.000", "10000", "0.0001", "99999999.9999"] {
        let value = Value::Decimal(text.parse().unwrap());
        assert_eq!(there_and_back(&value), value, "{text}");
    }
    let endless = format!("0.{}", "1".repeat(17_000));
    assert!(encode::value(&Value::Decimal(endless.parse().unwrap()), &mut Vec::new()).is_err());
}

#[test]
fn instants_and_days_that_do_not_fit_are_shown() {
    use crate::driver::decode::oid;
    let micros = |days: i64, micros: i64| (days * 86_400_000_000 + micros).to_be_bytes();
    let at = |bytes: &[u8], declared: Option<&SqlType>| decode(oid::TIMESTAMPTZ, bytes, declared).unwrap_err();
    assert_eq!(at(&micros(0, 1), Some(&SqlType::Date)), "2000-01-01 00:00:00.000001");
    assert!(at(&micros(3_652_425, 0), None).starts_with("12000-01-01 00:00:00 (outside"));
    let day = decode(oid::DATE, &3_652_425_i32.to_be_bytes(), None).unwrap_err();
    assert!(day.starts_with("12000-01-01 (outside"), "{day}");
    // No instant at all, to PostgreSQL either: an error, not an overflow.
    assert!(!at(&(i64::MAX - 1).to_be_bytes(), None).is_empty());
    assert!(decode(oid::DATE, &(i32::MAX - 1).to_be_bytes(), None).is_err());
}
