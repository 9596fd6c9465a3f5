//! The tables of field types in the user documentation are what the code does.

use chakra::dialect::{Dialect, render};
use chakra::model::Scalar;
use chakra::postgres::{Cidr, HStore, Inet, MacAddr, Range, TsVector, Vector};
use chakra::query::{CreateTable, Statement};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::postgres::RangeType;
use chakra::types::{EnumType, Kind, MySqlType, PostgresType, SqlType};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::support::DIALECTS;

/// The cells of the table under a heading, without the rows of names and of dashes.
fn table(page: &str, head: &str) -> Vec<Vec<String>> {
    let path = format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once(head).unwrap_or_else(|| panic!("{page} has no table {head}"));
    let rows = rest.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let cells = line.trim_matches('|').replace("\\|", "¦");
        cells.split('|').map(|cell| cell.trim().replace('¦', "|")).collect()
    })
    .collect()
}

/// The type that a declaration in Python names.
fn declared(text: &str) -> SqlType {
    let (name, inside) = text.split_once('(').map_or((text, ""), |(name, rest)| (name, rest.trim_end_matches(')')));
    let number = || inside.parse().ok();
    match name {
        "SmallInteger" => SqlType::SmallInteger,
        "Integer" => SqlType::Integer,
        "BigInteger" => SqlType::BigInteger,
        "Float" => SqlType::Float,
        "Decimal" => {
            let (precision, scale) = inside.split_once(", ").unzip();
            SqlType::Decimal {
                precision: precision.map(|digits| digits.parse().unwrap()),
                scale: scale.map(|digits| digits.parse().unwrap()),
            }
        }
        "String" => SqlType::String { length: number() },
        "Text" => SqlType::Text,
        "Char" => SqlType::Char { length: number().unwrap() },
        "Boolean" => SqlType::Boolean,
        "DateTime" => SqlType::DateTime,
        "Date" => SqlType::Date,
        "Time" => SqlType::Time,
        "Interval" => SqlType::Interval,
        "UUID" => SqlType::Uuid,
        "Binary" | "LargeBinary" => SqlType::Binary { length: number() },
        "JSON" => SqlType::Json,
        "Array" => SqlType::Array(Box::new(declared(text.strip_prefix("Array(").unwrap().strip_suffix(')').unwrap()))),
        "Enum" => {
            let size = EnumType::new("size", ["s", "l"]);
            SqlType::Enum(if inside.contains("native=True") { size.native() } else { size })
        }
        "JSONB" => SqlType::Postgres(PostgresType::Jsonb),
        "Inet" => SqlType::Postgres(PostgresType::Inet),
        "Cidr" => SqlType::Postgres(PostgresType::Cidr),
        "MacAddr" => SqlType::Postgres(PostgresType::MacAddr),
        "HStore" => SqlType::Postgres(PostgresType::HStore),
        "TSVector" => SqlType::Postgres(PostgresType::TsVector),
        "Vector" => SqlType::Postgres(PostgresType::Vector { dimensions: (!inside.is_empty()).then_some(3) }),
        "Int4Range" => SqlType::Postgres(PostgresType::Range(RangeType::Int4)),
        "Int8Range" => SqlType::Postgres(PostgresType::Range(RangeType::Int8)),
        "NumRange" => SqlType::Postgres(PostgresType::Range(RangeType::Num)),
        "DateRange" => SqlType::Postgres(PostgresType::Range(RangeType::Date)),
        "TsTzRange" => SqlType::Postgres(PostgresType::Range(RangeType::TsTz)),
        "Set" => SqlType::MySql(MySqlType::Set { members: ["a".to_owned(), "b".to_owned()].into() }),
        "Year" => SqlType::MySql(MySqlType::Year),
        other => panic!("the documentation has a type that this test does not know: {other}"),
    }
}

/// The column as a database declares it; collations and what follows them aside.
fn spelled(sql_type: &SqlType, dialect: Dialect) -> String {
    let columns = vec![Column::new("id", SqlType::Integer).primary_key(), Column::new("c", sql_type.clone())];
    let table = TableRef::new(Table::new("Thing", "things", columns).unwrap());
    let sql =
        render(&Statement::CreateTable(CreateTable { table, if_not_exists: false, postponed: Vec::new() }), dialect)
            .unwrap()
            .text;
    let column = sql.split_once("\n  \"c\" ").or_else(|| sql.split_once("\n  `c` "));
    let (_, column) = column.unwrap_or_else(|| panic!("no column c in {sql}"));
    let end = [" COLLATE", " CHARACTER SET", " NOT NULL"].iter().filter_map(|word| column.find(word)).min();
    column[..end.unwrap_or_else(|| panic!("no end of the type in {sql}"))].to_owned()
}

/// The kind of value of a Rust type.
fn kind_of(rust: &str) -> Kind {
    match rust {
        "i16" => i16::sql_type(),
        "i32" => i32::sql_type(),
        "i64" => i64::sql_type(),
        "f64" => f64::sql_type(),
        "rust_decimal::Decimal" => Decimal::sql_type(),
        "String" => String::sql_type(),
        "bool" => bool::sql_type(),
        "DateTime<Utc>" => DateTime::<Utc>::sql_type(),
        "NaiveDate" => NaiveDate::sql_type(),
        "NaiveTime" => NaiveTime::sql_type(),
        "chrono::TimeDelta" => TimeDelta::sql_type(),
        "uuid::Uuid" => Uuid::sql_type(),
        "Vec<u8>" => Vec::<u8>::sql_type(),
        "serde_json::Value" => serde_json::Value::sql_type(),
        "Vec<i32>" => Vec::<i32>::sql_type(),
        "Vec<String>" => Vec::<String>::sql_type(),
        "#[derive(ChakraEnum)]" => return Kind::Untyped,
        other => panic!("the documentation has a Rust type that this test does not know: {other}"),
    }
    .kind()
}

fn plain(cell: &str) -> &str {
    cell.trim_matches('`')
}

#[test]
fn the_table_of_field_types_is_what_columns_are_made_of() {
    let rows = table("models.md", "| type | Python | Rust | PostgreSQL | MySQL, MariaDB | SQLite |");
    assert!(rows.len() >= 24, "{rows:?}");
    for row in rows {
        let [name, _, rust, postgres, mysql, sqlite] = &row[..] else { panic!("{row:?}") };
        let sql_type = declared(plain(name));
        assert_eq!(kind_of(plain(rust)), sql_type.kind(), "{name} in Rust");
        for (dialect, documented) in DIALECTS.into_iter().zip([sqlite, postgres, mysql]) {
            assert_eq!(&spelled(&sql_type, dialect), documented, "{name} in {}", dialect.name());
        }
    }
}

#[test]
fn the_tables_of_types_of_one_database_are_what_columns_are_made_of() {
    for (head, dialect) in
        [("| type | Python | PostgreSQL |", Dialect::Postgres), ("| type | Python | MySQL, MariaDB |", Dialect::MySql)]
    {
        let rows = table("postgres-and-mysql.md", head);
        assert!(!rows.is_empty());
        for row in rows {
            let names: Vec<&str> = plain(&row[0]).split("`, `").collect();
            let documented = row[2].replace("(n)", "(3)");
            let documented: Vec<&str> =
                if names.len() > 1 { documented.split(", ").collect() } else { vec![&documented] };
            assert_eq!(names.len(), documented.len(), "{names:?}");
            for (name, documented) in names.into_iter().zip(documented) {
                assert_eq!(spelled(&declared(name), dialect), documented, "{name}");
            }
        }
    }
}

#[test]
fn every_type_of_one_database_has_its_rust_type() {
    for (sql_type, name) in [
        (Inet::sql_type(), "Inet"),
        (Cidr::sql_type(), "Cidr"),
        (MacAddr::sql_type(), "MacAddr"),
        (HStore::sql_type(), "HStore"),
        (TsVector::sql_type(), "TSVector"),
        (Vector::sql_type(), "Vector"),
        (Range::<i32>::sql_type(), "Int4Range"),
        (Range::<i64>::sql_type(), "Int8Range"),
        (Range::<Decimal>::sql_type(), "NumRange"),
        (Range::<NaiveDate>::sql_type(), "DateRange"),
        (Range::<DateTime<Utc>>::sql_type(), "TsTzRange"),
    ] {
        assert_eq!(sql_type, declared(name));
    }
}
