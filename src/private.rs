//! What derived code names, and nothing else does. No promise is made about any of it.

mod fields;
mod roles;
mod rules;
mod table;

use std::marker::PhantomData;
use std::panic::Location;
pub use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "derive")]
pub use inventory;

#[cfg(feature = "derive")]
pub use crate::model::Registered;
pub use crate::model::{
    Anchor, Column, ColumnValue, ElementScalar, Hinge, Json, Key, KeyField, OptionalKey, OrderedScalar, RelatedField,
    Relation, RelationDraft, Relations, Row, Scalar, enum_type, label, variant,
};
pub use crate::schema::{Action, RelationshipKind, Role, TableRef};
pub use crate::types::Value;
pub use fields::{replace, replace_document, replace_optional_document};
pub use roles::{no_instant, takes_mark, takes_stamp, takes_version};
pub use rules::{
    DocumentField, Field, FieldValue, called, decimal, given, integer, operand, takes_boolean_default, takes_bounds,
    takes_decimal_default, takes_lengths, takes_pattern, takes_whole_default, text,
};

pub use table::{TableDraft, column_part, expression_part};

use crate::error::{Error, Result, ValidationError};
use crate::model::to_document;
use crate::schema::{self, Defined};
use crate::types::{Kind, PostgresType, SqlType};

/// A column of a derived model, being described. That an option fits the field's type is checked by the
/// functions below, which take the type by its own tokens so that the compiler points at it.
#[derive(Debug)]
#[must_use]
pub struct Draft<T> {
    column: schema::Column,
    field: PhantomData<fn() -> T>,
}

impl<T: ColumnValue> Draft<T> {
    /// A column behind a field of that type; the caller is where the field is declared.
    #[track_caller]
    pub fn new(attribute: &str) -> Self {
        let place = Location::caller();
        let mut column = schema::Column::new(attribute, T::Scalar::sql_type());
        column.nullable = T::NULLABLE;
        column.defined = Defined::at(&format!("{}:{}", place.file(), place.line()));
        Self { column, field: PhantomData }
    }

    fn with(mut self, change: impl FnOnce(&mut schema::Column)) -> Self {
        change(&mut self.column);
        self
    }

    pub fn column(self, name: &str) -> Self {
        self.with(|column| name.clone_into(&mut column.name))
    }

    /// One of several key columns.
    pub fn key_part(self) -> Self {
        self.with(|column| {
            column.primary_key = true;
            column.nullable = false;
        })
    }

    /// The only key column: numbered by the database if it is an integer.
    pub fn primary_key(self) -> Self {
        self.key_part().with(|column| column.auto_increment = column.sql_type.is_numbered())
    }

    pub fn auto_increment(self, yes: bool) -> Self {
        self.with(|column| column.auto_increment = yes)
    }

    pub fn unique(self) -> Self {
        self.with(|column| column.unique = true)
    }

    pub fn index(self) -> Self {
        self.with(|column| column.index = true)
    }

    /// Changes the type, of an array that of its elements.
    fn typed(self, change: impl FnOnce(&mut SqlType)) -> Self {
        self.with(|column| match &mut column.sql_type {
            SqlType::Array(element) => change(element),
            own => change(own),
        })
    }

    pub fn length(self, length: u32) -> Self {
        self.typed(|sql_type| {
            *sql_type = match sql_type {
                SqlType::Binary { .. } => SqlType::Binary { length: Some(length) },
                _ => SqlType::String { length: Some(length) },
            };
        })
    }

    pub fn text(self) -> Self {
        self.typed(|sql_type| *sql_type = SqlType::Text)
    }

    pub fn char_length(self, length: u32) -> Self {
        self.typed(|sql_type| *sql_type = SqlType::Char { length })
    }

    pub fn decimal(self, precision: u32, scale: u32) -> Self {
        self.typed(|sql_type| *sql_type = SqlType::Decimal { precision: Some(precision), scale: Some(scale) })
    }

    pub fn dimensions(self, dimensions: u32) -> Self {
        let dimensions = Some(dimensions);
        self.typed(|sql_type| *sql_type = SqlType::Postgres(PostgresType::Vector { dimensions }))
    }

    pub fn default(self, sql: &str) -> Self {
        self.with(|column| column.server_default = Some(sql.to_owned()))
    }

    pub fn done(self) -> schema::Column {
        self.column
    }
}

macro_rules! option_of {
    ($option:ident, $function:ident, $message:literal, $label:literal: $($rust:ty),*) => {
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $option {}
        $(
            option_of!(@ $option, $rust);
            option_of!(@ $option, Vec<$rust>);
            option_of!(@ $option, Vec<Option<$rust>>);
        )*

        /// Compiles where the type takes the option.
        pub fn $function<T: $option>() {}
    };
    (@ $option:ident, $rust:ty) => {
        impl $option for $rust {}
        impl $option for Option<$rust> {}
    };
}

/// Compiles where the database can number rows by the type.
pub fn takes_auto_increment<T: AutoIncrementOption>() {}

#[diagnostic::on_unimplemented(
    message = "`auto_increment` is for i16, i32 and i64, not for `{Self}`",
    label = "no integer"
)]
pub trait AutoIncrementOption {}

option_of!(@ AutoIncrementOption, i16);
option_of!(@ AutoIncrementOption, i32);
option_of!(@ AutoIncrementOption, i64);
option_of!(LengthOption, takes_length, "`length` is for String and Vec<u8>, not for `{Self}`", "has no length": String, Vec<u8>);
option_of!(
    CharLengthOption,
    takes_char_length,
    "`char_length` is for String, not for `{Self}`",
    "no text": String
);
option_of!(TextOption, takes_text, "`text` is for String, not for `{Self}`", "no text": String);
option_of!(
    PrecisionOption,
    takes_precision,
    "`precision` and `scale` are for rust_decimal::Decimal, not for `{Self}`",
    "no decimal": rust_decimal::Decimal
);
option_of!(
    DimensionsOption,
    takes_dimensions,
    "`dimensions` is for chakra::postgres::Vector, not for `{Self}`",
    "no vector": crate::types::postgres::Vector
);

/// Compiles where a field may have the type.
pub fn is_column<T: ColumnValue>() {}

/// The values of a derived model, in order of its columns; names every field that no database could keep.
pub fn values(table: &TableRef, given: Vec<Result<Value, String>>) -> Result<Vec<Value>> {
    let mut faults = Vec::new();
    let mut values = Vec::with_capacity(given.len());
    for (position, value) in given.into_iter().enumerate() {
        match value {
            Ok(value) => values.push(value),
            Err(message) => faults.push(unrepresentable(table, position, message)),
        }
    }
    ValidationError::together(faults).map_or(Ok(values), |error| Err(error.into()))
}

/// One value of a derived model; names the field where no database could keep it.
pub fn value<T: ColumnValue>(table: &TableRef, position: usize, field: &T) -> Result<Value> {
    field.to_value().map_err(|message| unrepresentable(table, position, message).into())
}

/// The error for a position that the model has no column at.
pub fn no_column(table: &TableRef, position: usize) -> Error {
    Error::query(format!("{} has no column {position}", table.model))
}

fn unrepresentable(table: &TableRef, position: usize, message: String) -> ValidationError {
    let column = &table.columns[position];
    ValidationError::new(&table.model, &column.attribute, "representable", message).defined_at(column.defined.place())
}

/// The document of one field of a derived model; None is NULL.
pub fn document<T>(field: Option<&T>) -> Result<Value, String>
where
    T: Serialize + DeserializeOwned,
{
    field.map_or(Ok(Value::Null(Kind::Json)), to_document)
}

/// The document of one field of a derived model; names the field where no database could keep it.
pub fn document_at<T>(table: &TableRef, position: usize, field: Option<&T>) -> Result<Value>
where
    T: Serialize + DeserializeOwned,
{
    document(field).map_err(|message| unrepresentable(table, position, message).into())
}

/// Reads a field that is (part of) the key and takes it over.
pub fn set_key<T: KeyField>(field: &mut T, row: Row<'_>) -> Result<()> {
    *field = T::from_key(row.get::<T::Scalar>(0)?);
    Ok(())
}
