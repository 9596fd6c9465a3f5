//! Defaults of the database that cannot be: as far as a constant tells. What is an expression is for the database to judge.

use crate::schema::{Column, ModelFault, Table, validate};
use crate::types::{Kind, Numeric, SqlType, Value, temporal};

/// What a default is, as far as it can be told without a database.
#[derive(Debug, PartialEq)]
enum Constant<'a> {
    Number(Numeric),
    Text(String),
    /// One word that is no text.
    Word(&'a str),
}

/// Words that are values or functions in SQL.
const WORDS: [&str; 17] = [
    "CURRENT_CATALOG",
    "CURRENT_DATE",
    "CURRENT_ROLE",
    "CURRENT_SCHEMA",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "FALSE",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "NULL",
    "SESSION_USER",
    "SYSTEM_USER",
    "TRUE",
    "USER",
    "UTC_DATE",
    "UTC_TIMESTAMP",
];

impl Table {
    /// What is wrong with a column's default of the database.
    pub(super) fn wrong_server_default(&self, column: &Column) -> Option<ModelFault> {
        let text = column.server_default.as_deref()?;
        let option = self.language().choose("default", "server_default");
        let fault =
            |message: String, hint: &str| Some(self.fault("server-default", message, hint).on(&column.attribute));
        if text.trim().is_empty() {
            return fault(format!("{option} is empty"), "give an SQL expression, or leave it out");
        }
        match constant(text)? {
            Constant::Word(word) if word.eq_ignore_ascii_case("NULL") && !column.nullable => {
                fault(format!("{option} is NULL, which the column cannot be"), "leave it out")
            }
            Constant::Word(word) if WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) => None,
            Constant::Word(word) => {
                let message = format!("{option} {word} is no value of SQL");
                fault(message, &format!("write a text in quotes, as in \"'{word}'\""))
            }
            constant => match typed(&constant, &column.sql_type)? {
                Some(value) => {
                    let refused = match validate(self, column, value).err()? {
                        crate::Error::Validation(error) => error.message,
                        _ => return None,
                    };
                    let message = format!("the {option} {text} is refused by the field itself: {refused}");
                    fault(message, "give one that the field takes")
                }
                None => {
                    let message = format!("the {option} {text} is no value of {}", column.sql_type.name());
                    fault(message, "give an SQL expression of the field's type")
                }
            },
        }
    }
}

impl Table {
    /// The value of a column's default of the database, where that is a constant which databases would word in different
    /// ways, or keep as it is worded: an instant, a UUID, a text with a backslash.
    pub(crate) fn constant_default(&self, column: &Column) -> Option<Value> {
        use Kind::{Boolean, Bytes, Date, DateTime, Json, Text, Time, Untyped, Uuid};
        let is_worded =
            matches!(column.sql_type.kind(), Boolean | Bytes | Date | DateTime | Json | Text | Time | Untyped | Uuid);
        let constant = constant(column.server_default.as_deref()?).filter(|_| is_worded)?;
        validate(self, column, typed(&constant, &column.sql_type)??).ok()
    }
}

/// The constant that an expression is.
fn constant(text: &str) -> Option<Constant<'_>> {
    let text = text.trim();
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let text = inner.filter(|inner| !inner.contains(['(', ')'])).map_or(text, str::trim);
    if let Some(quoted) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        let plain = quoted.replace("''", "");
        return (!plain.contains('\'')).then(|| Constant::Text(quoted.replace("''", "'")));
    }
    if text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return text.strip_prefix('+').unwrap_or(text).parse().ok().map(Constant::Number);
    }
    let is_word = text.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    (is_word && !text.is_empty()).then_some(Constant::Word(text))
}

/// The constant as a value of a type: inner None where it is none, outer None where the database must tell.
#[allow(clippy::option_option)] // three answers
fn typed(constant: &Constant<'_>, sql_type: &SqlType) -> Option<Option<Value>> {
    let text = match constant {
        Constant::Number(number) => return number_as(number, sql_type.kind()),
        Constant::Text(text) => text,
        Constant::Word(word) => return truth(word, sql_type.kind()).map(Some),
    };
    let day_or_time = || text.starts_with(|first: char| first.is_ascii_digit());
    Some(match sql_type.kind() {
        Kind::Text => Some(Value::Text(text.clone())),
        Kind::Untyped => Some(Value::Untyped(text.clone())),
        Kind::Integer => text.trim().parse().ok().map(Value::Integer),
        Kind::Float => text.trim().parse().ok().map(Value::Float),
        Kind::Decimal => text.trim().parse().ok().map(Value::Decimal),
        // A backslash begins what PostgreSQL reads otherwise.
        Kind::Bytes if !text.contains('\\') => Some(Value::Bytes(text.clone().into_bytes())),
        Kind::Uuid => uuid::Uuid::parse_str(text).ok().map(Value::Uuid),
        Kind::Json => serde_json::from_str::<serde::de::IgnoredAny>(text).ok().map(|_| Value::Json(text.clone())),
        // PostgreSQL knows days and instants by words, too.
        Kind::Date if day_or_time() => temporal::parse_date(text).map(Value::Date),
        Kind::DateTime if day_or_time() => temporal::parse_datetime(text).map(Value::DateTime),
        Kind::Time if day_or_time() => temporal::parse_time(text).map(Value::Time),
        _ => return None,
    })
}

/// The truth that a word is.
fn truth(word: &str, kind: Kind) -> Option<Value> {
    let is = |known: &str| kind == Kind::Boolean && word.eq_ignore_ascii_case(known);
    if is("TRUE") { Some(Value::Boolean(true)) } else { is("FALSE").then_some(Value::Boolean(false)) }
}

#[allow(clippy::option_option)] // as above
fn number_as(number: &Numeric, kind: Kind) -> Option<Option<Value>> {
    Some(match kind {
        Kind::Integer => {
            number.rescaled(0).map(|whole| whole.as_str().parse().map_or(Value::Decimal(whole), Value::Integer))
        }
        Kind::Decimal => Some(Value::Decimal(number.clone())),
        Kind::Float => number.as_str().parse().ok().map(Value::Float),
        Kind::Text => Some(Value::Text(number.as_str().to_owned())),
        Kind::Untyped => Some(Value::Untyped(number.as_str().to_owned())),
        Kind::Boolean if matches!(number.as_str(), "0" | "1") => Some(Value::Boolean(number.as_str() == "1")),
        Kind::Boolean | Kind::Date | Kind::DateTime | Kind::Time | Kind::Uuid | Kind::Array(_) | Kind::Bytes => None,
        Kind::Interval | Kind::Json | Kind::Set | Kind::Postgres(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(sql_type: SqlType, text: &str) -> Option<String> {
        let mut column = Column::new("a", sql_type);
        column.server_default = Some(text.to_owned());
        let table = Table::described("Thing", "things", vec![column]);
        table.wrong_server_default(&table.columns[0]).map(|fault| fault.message)
    }

    #[test]
    fn constants_that_fit_and_expressions_pass() {
        let string = SqlType::String { length: Some(5) };
        let decimal = SqlType::Decimal { precision: Some(4), scale: Some(2) };
        for (sql_type, text) in [
            (SqlType::Integer, "5"),
            (SqlType::Integer, " (-5) "),
            (SqlType::Integer, "'5'"),
            (SqlType::Integer, "+5"),
            (SqlType::Integer, "5.0"),
            (SqlType::Integer, "1 + 2"),
            (SqlType::Integer, "(1) + (2)"),
            (SqlType::Integer, "nextval('some_sequence')"),
            (string.clone(), "'it''s'"),
            (string.clone(), "'a' || 'b'"),
            (string.clone(), "5"),
            (string, "lower('ABCDEFG')"),
            (SqlType::Boolean, "TRUE"),
            (SqlType::Boolean, "1"),
            (SqlType::DateTime, "current_timestamp"),
            (SqlType::DateTime, "now()"),
            (SqlType::DateTime, "'infinity'"),
            (SqlType::Date, "'2024-02-29'"),
            (SqlType::Time, "'10:00'"),
            (SqlType::Json, "'{}'"),
            (SqlType::Float, "1e5"),
            (decimal, "1.5"),
        ] {
            assert_eq!(fault(sql_type, text), None, "{text}");
        }
    }

    #[test]
    fn constants_that_do_not_fit_are_told() {
        let string = SqlType::String { length: Some(2) };
        let decimal = SqlType::Decimal { precision: Some(4), scale: Some(2) };
        for (sql_type, text, expected) in [
            (SqlType::Integer, " ", "default is empty"),
            (SqlType::Integer, "'x'", "is no value of Integer"),
            (SqlType::Integer, "5.5", "is no value of Integer"),
            (SqlType::Integer, "3000000000", "refused by the field itself"),
            (SqlType::Integer, "99999999999999999999", "refused by the field itself"),
            (SqlType::Integer, "NULL", "which the column cannot be"),
            (string.clone(), "new", "default new is no value of SQL"),
            (string, "'abc'", "refused by the field itself"),
            (decimal, "123.45", "refused by the field itself"),
            (SqlType::Date, "'2024-02-30'", "is no value of Date"),
            (SqlType::Date, "5", "is no value of Date"),
            (SqlType::Uuid, "'x'", "is no value of UUID"),
            (SqlType::Json, "'{'", "is no value of JSON"),
            (SqlType::Boolean, "2", "is no value of Boolean"),
        ] {
            let told = fault(sql_type, text).unwrap_or_default();
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
