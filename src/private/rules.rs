//! The rules of derived models: values of rules from literals, and functions that validate.

use std::marker::PhantomData;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{ColumnValue, Draft, Scalar};
use crate::driver::Elements;
use crate::model::{ArrayElement, Year};
use crate::schema::{Pattern, Rule};
use crate::types::{Value, temporal};

impl<T: ColumnValue> Draft<T> {
    fn rule(self, rule: Rule) -> Self {
        self.with(|column| column.rules.push(rule))
    }

    pub fn min_value(self, least: Value) -> Self {
        self.rule(Rule::MinValue(least))
    }

    pub fn max_value(self, greatest: Value) -> Self {
        self.rule(Rule::MaxValue(greatest))
    }

    pub fn min_length(self, least: u32) -> Self {
        self.rule(Rule::MinLength(least))
    }

    pub fn max_length(self, greatest: u32) -> Self {
        self.rule(Rule::MaxLength(greatest))
    }

    pub fn pattern(self, text: &str) -> Self {
        self.rule(Rule::Pattern(Pattern::declared(text)))
    }

    pub fn choices(self, choices: Vec<Value>) -> Self {
        self.rule(Rule::Choices(choices))
    }

    pub fn check(self, expression: &str) -> Self {
        self.with(|column| column.check = Some(expression.to_owned()))
    }

    pub fn db_check(self, yes: bool) -> Self {
        self.with(|column| column.db_check = yes)
    }

    pub fn comment(self, text: &str) -> Self {
        self.with(|column| column.comment = Some(text.to_owned()))
    }
}

/// A value of a rule, given in the field's own type.
pub fn operand<T: ColumnValue>(value: T::Scalar) -> Value {
    value.into_value().unwrap_or_else(Value::Text)
}

/// A field's type where a value is wanted.
#[derive(Debug)]
pub struct Field<T>(PhantomData<fn() -> T>);

impl<T> Field<T> {
    /// The type.
    pub const NEW: Self = Self(PhantomData);
}

macro_rules! literal_of {
    ($trait:ident, $function:ident, $message:literal, $label:literal: $($rust:ty => $read:expr),* $(,)?) => {
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $trait {
            /// The value that a literal means; None where it means none.
            fn read(literal: &str) -> Option<Value>;
        }
        $(
            impl $trait for $rust {
                fn read(literal: &str) -> Option<Value> {
                    let read: fn(&str) -> Option<Value> = $read;
                    read(literal)
                }
            }

            impl $trait for Option<$rust> {
                fn read(literal: &str) -> Option<Value> {
                    <$rust as $trait>::read(literal)
                }
            }
        )*

        /// A value of a rule, from a literal. One that means no value stays text, which the table's own check refuses.
        pub fn $function<T: $trait>(_: Field<T>, literal: &str) -> Value {
            T::read(literal).unwrap_or_else(|| Value::Text(literal.to_owned()))
        }
    };
}

fn whole(literal: &str) -> Option<Value> {
    literal.parse().ok().map(Value::Integer)
}

fn float(literal: &str) -> Option<Value> {
    literal.parse().ok().map(Value::Float)
}

fn exact(literal: &str) -> Option<Value> {
    literal.parse().ok().map(Value::Decimal)
}

literal_of!(
    IntegerLiteral, integer,
    "a whole number is no value of a rule for `{Self}`", "not a number":
    i16 => whole, i32 => whole, i64 => whole, f64 => float, Decimal => exact,
);
literal_of!(
    DecimalLiteral, decimal,
    "a number with a point is no value of a rule for `{Self}`", "neither `f64` nor `Decimal`":
    f64 => float, Decimal => exact,
);
literal_of!(
    TextLiteral, text,
    "a text is no value of a rule for `{Self}`", "not made of text":
    String => |literal| Some(Value::Text(literal.to_owned())),
    Decimal => exact,
    DateTime<Utc> => |literal| temporal::parse_datetime(literal).map(Value::DateTime),
    NaiveDate => |literal| temporal::parse_date(literal).map(Value::Date),
    NaiveTime => |literal| temporal::parse_time(literal).map(Value::Time),
);

macro_rules! rule_of {
    ($trait:ident, $function:ident, $message:literal, $label:literal: $($rust:ty),* $(,)?) => {
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $trait {}
        $(
            impl $trait for $rust {}
            impl $trait for Option<$rust> {}
        )*

        /// Compiles where the type takes the rule.
        pub fn $function<T: $trait>() {}
    };
}

rule_of!(
    Bounds, takes_bounds,
    "`min_value` and `max_value` are for numbers, dates and times, not for `{Self}`", "has no bounds":
    i16, i32, i64, f64, Decimal, DateTime<Utc>, NaiveDate, NaiveTime, TimeDelta,
);
rule_of!(
    Lengths, takes_lengths,
    "`min_length` and `max_length` are for String and Vec, not for `{Self}`", "has no length":
    String, Vec<u8>,
);

impl<T: ArrayElement> Lengths for Vec<T> {}
impl<T: ArrayElement> Lengths for Option<Vec<T>> {}

rule_of!(
    BooleanDefault, takes_boolean_default,
    "`default = true` and `default = false` are for bool, not for `{Self}`", "neither true nor false":
    bool,
);
rule_of!(
    WholeDefault, takes_whole_default,
    "a whole number is no `default` for `{Self}`; an SQL expression stands in quotes", "not a number":
    i16, i32, i64, f64, Decimal, Year,
);
rule_of!(
    DecimalDefault, takes_decimal_default,
    "a number with a point is no `default` for `{Self}`; an SQL expression stands in quotes", "neither `f64` nor `Decimal`":
    f64, Decimal,
);
rule_of!(PatternOption, takes_pattern, "`pattern` is for String, not for `{Self}`", "no text": String);

/// What an `on_update` may give a field: its own type, for a nullable one the value without its `Some`, for text `&str`.
#[diagnostic::on_unimplemented(
    message = "`on_update` gives a `{Self}` to a field of type `{T}`",
    label = "not a `{T}`"
)]
pub trait FieldValue<T> {
    /// The value as the field has it.
    fn into_field(self) -> T;
}

impl<T: ColumnValue> FieldValue<T> for T {
    fn into_field(self) -> T {
        self
    }
}

impl<T: Scalar> FieldValue<Option<T>> for T {
    fn into_field(self) -> Option<T> {
        Some(self)
    }
}

impl FieldValue<String> for &str {
    fn into_field(self) -> String {
        self.to_owned()
    }
}

impl FieldValue<Option<String>> for &str {
    fn into_field(self) -> Option<String> {
        Some(self.to_owned())
    }
}

/// What an `on_update` may give a field that holds a document: its own type, for a nullable one the value without its
/// `Some`.
#[diagnostic::on_unimplemented(
    message = "`on_update` gives a `{Self}` to a field of type `{T}`",
    label = "not a `{T}`"
)]
pub trait DocumentField<T> {
    /// The document as the field has it.
    fn into_field(self) -> T;
}

impl<T> DocumentField<T> for T {
    fn into_field(self) -> T {
        self
    }
}

impl<T> DocumentField<Option<T>> for T {
    fn into_field(self) -> Option<T> {
        Some(self)
    }
}

/// What a callable gives.
pub fn called<T>(callable: impl FnOnce() -> T) -> T {
    callable()
}

/// The Rust value of a value that is on its way to a field's column; None of NULL.
pub fn given<T: ColumnValue>(value: &Value) -> Result<Option<T::Scalar>, String> {
    scalar(value)
}

fn scalar<S: Scalar>(value: &Value) -> Result<Option<S>, String> {
    match value {
        Value::Null(_) => return Ok(None),
        Value::Boolean(truth) => S::from_boolean(*truth),
        Value::Integer(number) => S::from_integer(*number),
        Value::Float(number) => S::from_float(*number),
        Value::Decimal(number) => S::from_decimal(number.as_str()),
        Value::Text(text) | Value::Untyped(text) => S::from_text(text),
        Value::Bytes(bytes) => S::from_bytes(bytes),
        Value::DateTime(micros) => S::from_datetime(*micros),
        Value::Date(days) => S::from_date(*days),
        Value::Time(micros) => S::from_time(*micros),
        Value::Interval(micros) => S::from_interval(*micros),
        Value::Uuid(uuid) => S::from_uuid(*uuid),
        Value::Json(text) => S::from_json(text),
        Value::Set(members) => S::from_set(&members.join(",")),
        Value::Postgres(own) => S::from_postgres((**own).clone()),
        Value::Array(_, elements) | Value::List(_, elements) => S::from_array(Elements::of_values(elements)),
    }
    .map(Some)
}
