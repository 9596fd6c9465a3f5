//! What PostgreSQL counts: the bytes of an enumeration's values, and the characters of a bounded text.

use crate::dialect::limits::CODE;
use crate::schema::{Column, IndexMethod, IndexPart, ModelFault, Table};
use crate::types::{EnumType, PostgresType, SqlType};

/// The bytes of a value of an enumeration that is a type of its own.
const LABEL: usize = 63;
/// The characters that a length may name.
const LENGTH: u32 = 10_485_760;

pub(super) fn of(table: &Table) -> Vec<ModelFault> {
    let mut faults: Vec<ModelFault> = table.columns.iter().flat_map(|column| of_column(table, column)).collect();
    for index in table.all_indexes() {
        let Some(method) = index.method else { continue };
        let columns = index.parts.iter().filter_map(|part| match part {
            IndexPart::Column(order) => table.columns.get(order.column),
            IndexPart::Expression(_) => None,
        });
        faults.extend(columns.filter(|column| !is_indexed_by(&column.sql_type, method)).map(|column| {
            let (kind, method) = (column.sql_type.name(), method.name());
            let message = format!("PostgreSQL has no {method} index over {kind} (index {:?})", index.name);
            let hint = "choose another method; with an operator class of an extension, write the part as an expression";
            ModelFault::new(CODE, &table.model, message, hint).on(&column.attribute)
        }));
    }
    faults
}

/// Whether the server has an operator class of its own for values of a type. Another one is an extension's.
fn is_indexed_by(sql_type: &SqlType, method: IndexMethod) -> bool {
    use PostgresType::{Cidr, HStore, Inet, Jsonb, MacAddr, Range, TsVector, Vector};
    let is_array = sql_type.element().is_some();
    let is_document = matches!(sql_type, SqlType::Json | SqlType::Postgres(Jsonb));
    let is_native = matches!(sql_type, SqlType::Enum(kind) if kind.native);
    let is_text = matches!(sql_type, SqlType::String { .. } | SqlType::Text)
        || matches!(sql_type, SqlType::Enum(kind) if !kind.native);
    match (method, sql_type) {
        (IndexMethod::Gin, SqlType::Postgres(TsVector | HStore)) => true,
        (IndexMethod::Gin, _) => is_array || is_document,
        (IndexMethod::Gist, SqlType::Postgres(of)) => matches!(of, Range(_) | TsVector | HStore),
        (IndexMethod::SpGist, SqlType::Postgres(of)) => matches!(of, Range(_) | Inet | Cidr),
        (IndexMethod::SpGist, _) => is_text,
        (IndexMethod::Brin, SqlType::Postgres(of)) => matches!(of, Range(_) | Inet | Cidr | MacAddr),
        (IndexMethod::Brin, _) => !(is_array || is_document || is_native || *sql_type == SqlType::Boolean),
        (IndexMethod::Hash, SqlType::Postgres(of)) => !matches!(of, TsVector | Vector { .. }),
        (IndexMethod::Gist, _) => false,
        _ => true,
    }
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
            vec![fault(message, &format!("declare it as {}", table.language().declaration(&SqlType::Text)))]
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
