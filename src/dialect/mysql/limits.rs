//! What MySQL and MariaDB count: the bytes of a row, of a key and of a remark.

use super::MySql;
use crate::dialect::limits::CODE;
use crate::dialect::spelling::Spelling;
use crate::error::Error;
use crate::schema::{Action, Column, IndexMethod, ModelFault, Table};
use crate::types::{Kind, MySqlType, SqlType};

/// The bytes of a row, those of long texts and documents not counted.
const ROW: u64 = 65_535;
/// The bytes of a key of InnoDB.
const KEY: u64 = 3_072;
/// The bytes of a character of utf8mb4.
const CHARACTER: u64 = 4;
/// Types whose values are kept apart from their row.
const UNBOUNDED: [SqlType; 2] = [SqlType::Text, SqlType::Binary { length: None }];
/// The characters of a column's remark, and of a table's.
const REMARKS: (usize, usize) = (1_024, 2_048);

pub(super) fn of(table: &Table) -> Vec<ModelFault> {
    let mut faults = rows(table);
    let unique = table.unique_sets().into_iter().flatten().filter_map(|at| table.columns.get(at));
    faults.extend(unique.filter_map(|column| unfit(table, column)));
    for (what, columns) in keys(table) {
        faults.extend(key(table, &what, &columns));
    }
    let mut once: Vec<ModelFault> = Vec::new();
    for fault in faults.into_iter().chain(remarks(table)).chain(actions(table)).chain(checks(table)).chain(words(table))
    {
        if !once.contains(&fault) {
            once.push(fault);
        }
    }
    once
}

/// Conditions on the column that the server numbers, which it refuses.
fn checks(table: &Table) -> Vec<ModelFault> {
    let Some(numbered) = table.auto_increment().map(|at| &table.columns[at]) else { return Vec::new() };
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let names = |expression: &str| expression.split(|letter| !is_part(letter)).any(|word| word == numbered.name);
    let refused = table.checks.iter().filter(|check| names(&check.expression)).map(|check| {
        let message = format!(
            "MySQL takes no condition on a column that it numbers: {:?} names {:?}",
            check.expression, numbered.name
        );
        let hint = format!("leave the condition out, or {}", number_yourself(table));
        ModelFault::new(CODE, &table.model, message, hint)
    });
    let mut faults: Vec<ModelFault> = refused.collect();
    if numbered.check.is_some() || numbered.checked_rules().next().is_some() {
        let message = "MySQL takes no condition on a column that it numbers";
        let alone = table.language().denied("db_check");
        let hint = format!("keep the rule in the model alone ({alone}), or {}", number_yourself(table));
        faults.push(ModelFault::new(CODE, &table.model, message, hint).on(&numbered.attribute));
    }
    faults
}

fn number_yourself(table: &Table) -> String {
    format!("number the rows yourself ({})", table.language().denied("auto_increment"))
}

/// Indexes of words over what is no text.
fn words(table: &Table) -> Vec<ModelFault> {
    let mut faults = Vec::new();
    for index in table.indexes.iter().filter(|index| index.method == Some(IndexMethod::FullText)) {
        let columns = index.columns().unwrap_or_default().into_iter().filter_map(|at| table.columns.get(at));
        let is_text = |column: &&Column| matches!(column.sql_type.kind(), Kind::Text);
        faults.extend(columns.filter(|column| !is_text(column)).map(|column| {
            let message =
                format!("MySQL has no fulltext index over {} (index {:?})", column.sql_type.name(), index.name);
            ModelFault::new(CODE, &table.model, message, "index text, or leave the method out").on(&column.attribute)
        }));
    }
    faults
}

fn rows(table: &Table) -> Vec<ModelFault> {
    let too_long = |column: &&Column| bytes(&column.sql_type) > ROW;
    let alone: Vec<ModelFault> = table.columns.iter().filter(too_long).map(|column| long(table, column)).collect();
    let nulls = table.columns.iter().filter(|column| column.nullable).count().div_ceil(8) as u64;
    let total = table.columns.iter().map(|column| bytes(&column.sql_type)).sum::<u64>() + nulls;
    if !alone.is_empty() || total <= ROW {
        return alone;
    }
    let mut columns: Vec<&Column> = table.columns.iter().collect();
    columns.sort_by_key(|column| std::cmp::Reverse(bytes(&column.sql_type)));
    let shown: Vec<String> = columns
        .iter()
        .take(3)
        .map(|column| format!("{} ({} bytes)", column.attribute, bytes(&column.sql_type)))
        .collect();
    let message = format!(
        "its rows can have {total} bytes, of which MySQL takes {ROW}; the longest fields are {}",
        shown.join(", ")
    );
    let [text, bytes] = UNBOUNDED.map(|sql_type| table.language().declaration(&sql_type));
    vec![ModelFault::new(CODE, &table.model, message, format!("shorten them, or declare some as {text} or {bytes}"))]
}

fn long(table: &Table, column: &Column) -> ModelFault {
    let kind = column.sql_type.name();
    let message = format!(
        "{kind} of this length can have {} bytes; MySQL takes {ROW} in a row, 4 for each character",
        bytes(&column.sql_type)
    );
    let [text, bytes] = UNBOUNDED;
    let unbounded = if matches!(column.sql_type, SqlType::Binary { .. }) { bytes } else { text };
    let instead = table.language().declaration(&unbounded);
    ModelFault::new(CODE, &table.model, message, format!("shorten it, or declare it as {instead}"))
        .on(&column.attribute)
}

/// The keys and indexes that are limited, with what they are called. MariaDB has unique keys of any length, and a foreign
/// key has an index whether the model asks for it or not.
fn keys(table: &Table) -> Vec<(String, Vec<usize>)> {
    let mut keys = vec![("the primary key".to_owned(), table.primary_key.clone())];
    let of_words = |method: Option<IndexMethod>| method == Some(IndexMethod::FullText);
    for index in table.all_indexes().into_iter().filter(|index| !index.unique && !of_words(index.method)) {
        keys.extend(index.columns().map(|columns| (format!("the index {:?}", index.name), columns)));
    }
    keys.extend(table.foreign_keys.iter().map(|key| (format!("the foreign key {:?}", key.name), key.columns.clone())));
    keys
}

fn key(table: &Table, what: &str, columns: &[usize]) -> Vec<ModelFault> {
    let columns: Vec<&Column> = columns.iter().filter_map(|at| table.columns.get(*at)).collect();
    let unfit: Vec<ModelFault> = columns.iter().filter_map(|column| unfit(table, column)).collect();
    let total: u64 = columns.iter().map(|column| key_bytes(&column.sql_type)).sum();
    if !unfit.is_empty() || total <= KEY {
        return unfit;
    }
    let message = format!("{what} can have {total} bytes; MySQL takes {KEY}, 4 for each character");
    let fault = ModelFault::new(CODE, &table.model, message, "shorten its fields, or leave it out");
    vec![match columns.as_slice() {
        [only] => fault.on(&only.attribute),
        _ => fault,
    }]
}

/// A column that cannot be part of a key at all.
fn unfit(table: &Table, column: &Column) -> Option<ModelFault> {
    match MySql.check_key(table, column) {
        Err(Error::Definition { message, .. }) => {
            let (message, hint) = message.split_once("; ").unwrap_or((&message, ""));
            Some(ModelFault::new(CODE, &table.model, message, hint).on(&column.attribute))
        }
        _ => None,
    }
}

fn remarks(table: &Table) -> Vec<ModelFault> {
    let of = |text: Option<&str>, most: usize| {
        let fault = |message, hint| ModelFault::new(CODE, &table.model, message, hint);
        let length = text.map_or(0, |text| text.chars().count());
        let told = || format!("its comment has {length} characters; MySQL takes {most}");
        let long = (length > most).then(|| fault(told(), "shorten it"));
        let lost = beyond_catalog(text).map(|message| fault(message, "write it without"));
        long.into_iter().chain(lost)
    };
    let of_columns = table
        .columns
        .iter()
        .flat_map(|column| of(column.comment.as_deref(), REMARKS.0).map(|fault| fault.on(&column.attribute)));
    of_columns.chain(of(table.comment.as_deref(), REMARKS.1)).collect()
}

/// A character that MySQL's catalog has not: it has those of three bytes, and keeps a question mark for others.
fn beyond_catalog(text: Option<&str>) -> Option<String> {
    let lost = text?.chars().find(|letter| letter.len_utf8() > 3)?;
    Some(format!(
        "its comment has {lost:?}, for which MySQL keeps \"?\": comments there have no characters of four bytes"
    ))
}

fn actions(table: &Table) -> Vec<ModelFault> {
    let sets_default = |action| action == Action::SetDefault;
    let keys = table.foreign_keys.iter().filter(|key| sets_default(key.on_delete) || sets_default(key.on_update));
    let refused = keys.map(|key| {
        let message =
            format!("MySQL's InnoDB refuses SET DEFAULT, the action of the reference to {:?}", key.target_table);
        let fault = ModelFault::new(CODE, &table.model, message, "choose another action");
        match key.columns.first().and_then(|at| table.columns.get(*at)) {
            Some(column) => fault.on(&column.attribute),
            None => fault,
        }
    });
    refused.collect()
}

/// What a column adds to the bytes of a row, at the most.
fn bytes(sql_type: &SqlType) -> u64 {
    let with_length = |bytes: u64| bytes + if bytes > 255 { 2 } else { 1 };
    match sql_type {
        SqlType::String { length: Some(length) } => with_length(u64::from(*length) * CHARACTER),
        SqlType::Binary { length: Some(length) } => with_length(u64::from(*length)),
        SqlType::String { length: None }
        | SqlType::Text
        | SqlType::Binary { length: None }
        | SqlType::Json
        | SqlType::Array(_) => 12,
        other => key_bytes(other),
    }
}

/// What a column adds to the bytes of a key.
fn key_bytes(sql_type: &SqlType) -> u64 {
    match sql_type {
        SqlType::Boolean | SqlType::MySql(MySqlType::Year) => 1,
        SqlType::SmallInteger | SqlType::Enum(_) => 2,
        SqlType::Date => 3,
        SqlType::Integer => 4,
        SqlType::Time => 6,
        SqlType::BigInteger
        | SqlType::Interval
        | SqlType::Float
        | SqlType::DateTime
        | SqlType::MySql(MySqlType::Set { .. }) => 8,
        SqlType::Decimal { precision: Some(precision), scale } => {
            let scale = scale.unwrap_or(0);
            digits(precision.saturating_sub(scale)) + digits(scale)
        }
        SqlType::Decimal { precision: None, .. } => digits(35) + digits(30),
        SqlType::Uuid => 36 * CHARACTER,
        SqlType::String { length: Some(length) } | SqlType::Char { length } => u64::from(*length) * CHARACTER,
        SqlType::Binary { length: Some(length) } => u64::from(*length),
        // Not of this database, or not to be part of a key.
        SqlType::String { length: None }
        | SqlType::Text
        | SqlType::Binary { length: None }
        | SqlType::Json
        | SqlType::Array(_)
        | SqlType::Postgres(_) => 0,
    }
}

/// The bytes of decimal digits on one side of the point: four for nine of them.
fn digits(number: u32) -> u64 {
    u64::from(number / 9 * 4 + (number % 9).div_ceil(2))
}
