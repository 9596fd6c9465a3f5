//! What PostgreSQL counts: the bytes of an enumeration's values, and the characters of a bounded text.

use crate::dialect::limits::CODE;
use crate::schema::{Column, ModelFault, Table};
use crate::types::{EnumType, SqlType};

/// The bytes of a value of an enumeration that is a type of its own.
const LABEL: usize = 63;
/// The characters that a length may name.
const LENGTH: u32 = 10_485_760;

pub(super) fn of(table: &Table) -> Vec<ModelFault> {
    table.columns.iter().flat_map(|column| of_column(table, column)).collect()
}

fn of_column(table: &Table, column: &Column) -> Vec<ModelFault> {
    let fault = |message: String, hint: &str| ModelFault::new(CODE, &table.model, message, hint).on(&column.attribute);
    match column.sql_type.element().unwrap_or(&column.sql_type) {
        SqlType::Enum(kind) if kind.native => {
            let labels = long_labels(kind);
            labels.map(|message| fault(message, "shorten it, or leave out native")).collect()
        }
        SqlType::String { length: Some(length) } | SqlType::Char { length } if *length > LENGTH => {
            let message = format!("a length of {length} characters is more than the {LENGTH} of PostgreSQL");
            vec![fault(message, "declare it as Text")]
        }
        _ => Vec::new(),
    }
}

fn long_labels(kind: &EnumType) -> impl Iterator<Item = String> {
    let long = kind.values.iter().filter(|value| value.len() > LABEL);
    long.map(|value| {
        format!("the value {value:?} has {} bytes; PostgreSQL takes {LABEL} in an enumeration of its own", value.len())
    })
}
