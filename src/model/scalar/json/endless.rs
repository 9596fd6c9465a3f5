//! Finds floats that JSON does not have, and that serde_json would write as null without a word.

use std::fmt;

use serde::ser::{self, Serialize};

/// Whether there is a float in the value that is infinite or not a number.
pub(super) fn holds_endless_float<T: Serialize>(value: &T) -> bool {
    value.serialize(Search).is_err()
}

/// A serializer that writes nothing, and fails at the first such float.
#[derive(Clone, Copy)]
struct Search;

#[derive(Debug)]
struct Found;

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a float that is not finite")
    }
}

impl std::error::Error for Found {}

impl ser::Error for Found {
    /// The value's own errors were told when it was written.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

fn check(is_finite: bool) -> Result<(), Found> {
    if is_finite { Ok(()) } else { Err(Found) }
}

macro_rules! nothing {
    ($($function:ident($($argument:ty),*);)*) => {$(
        fn $function(self, $(_: $argument),*) -> Result<(), Found> {
            Ok(())
        }
    )*};
}

macro_rules! begin {
    ($($function:ident($($argument:ty),*);)*) => {$(
        fn $function(self, $(_: $argument),*) -> Result<Self, Found> {
            Ok(self)
        }
    )*};
}

impl ser::Serializer for Search {
    type Ok = ();
    type Error = Found;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    nothing! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    begin! {
        serialize_seq(Option<usize>);
        serialize_tuple(usize);
        serialize_tuple_struct(&'static str, usize);
        serialize_tuple_variant(&'static str, u32, &'static str, usize);
        serialize_map(Option<usize>);
        serialize_struct(&'static str, usize);
        serialize_struct_variant(&'static str, u32, &'static str, usize);
    }

    fn serialize_f32(self, value: f32) -> Result<(), Found> {
        check(value.is_finite())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Found> {
        check(value.is_finite())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        value.serialize(self)
    }
}

macro_rules! parts {
    ($($kind:ident: $function:ident($($name:ty)?);)*) => {$(
        impl ser::$kind for Search {
            type Ok = ();
            type Error = Found;

            fn $function<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Result<(), Found> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Found> {
                Ok(())
            }
        }
    )*};
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(&'static str);
    SerializeStructVariant: serialize_field(&'static str);
}

impl ser::SerializeMap for Search {
    type Ok = ();
    type Error = Found;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Found> {
        key.serialize(*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Serialize)]
    enum Shape {
        Point,
        Circle(f64),
        Box { width: f32, name: Option<String> },
    }

    #[test]
    fn floats_are_found_wherever_they_are() {
        let unit = || vec![Shape::Point, Shape::Circle(1.0), Shape::Box { width: 1.0, name: None }];
        assert!(!holds_endless_float(&(unit(), BTreeMap::from([("a", Some(0.0))]), None::<f64>, "NaN", 1_u128)));
        assert!(holds_endless_float(&f64::NAN));
        assert!(holds_endless_float(&(1, [Some(f64::INFINITY)])));
        assert!(holds_endless_float(&Shape::Circle(f64::NEG_INFINITY)));
        assert!(holds_endless_float(&Shape::Box { width: f32::NAN, name: None }));
        assert!(holds_endless_float(&BTreeMap::from([("a", vec![f64::NAN])])));
    }
}
