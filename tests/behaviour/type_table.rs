//! The table of types: what columns of each stored type are read as. Each claim is tried on columns of the database
//! itself, and all of them together are the tables of `docs/type-table.md`.
//!
//! `CHAKRA_WRITE_DOCS=1` writes the tables instead of comparing them.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chakra::Executor;
use chakra::dialect::{Dialect, Sql};
use chakra::driver::{
    Decoder, MySqlType as StoredMySql, Query, RawCell, Reading, RowBatch, StorageClass, Stored, ToValue,
};
use chakra::types::postgres::RangeType;
use chakra::types::{EnumType, MySqlType, PostgresType, SqlType, Value};

use crate::backend::{TestDb, on_every_backend};

on_every_backend! { columns_are_read_as_the_table_says }

/// A type of columns, and values of it: for each field type that takes some of them, one that it takes and one that it
/// does not.
struct Row {
    name: &'static str,
    declared: &'static str,
    samples: &'static [&'static str],
    /// Other types that are read alike.
    alike: &'static [&'static str],
    /// What the server says, where the one at hand has no such type.
    stored: Option<Stored>,
}

const fn row(name: &'static str, declared: &'static str, samples: &'static [&'static str]) -> Row {
    Row { name, declared, samples, alike: &[], stored: None }
}

const fn rows(
    name: &'static str,
    declared: &'static str,
    alike: &'static [&'static str],
    samples: &'static [&'static str],
) -> Row {
    Row { name, declared, samples, alike, stored: None }
}

const TEXTS: &[&str] = &[
    "'abc'",
    "'7'",
    "'0'",
    "'70000000000'",
    "'1.5'",
    "'0.1000000000000000000001'",
    "'2024-02-29'",
    "'2024-02-29 12:00:00'",
    "'12:00:00'",
    "'12345678-1234-5678-1234-567812345678'",
    "'[1, 2]'",
    "'[\"x\"]'",
];
const INTEGERS: &[&str] = &["0", "1", "2", "-2147483648", "2147483647"];
const BIGS: &[&str] = &["0", "1", "2", "9223372036854775807", "-9223372036854775807"];
const FLOATS: &[&str] = &["0", "1", "1.5", "-70000000000"];
const DECIMALS: &[&str] = &["0", "1", "1.5", "70000000000", "0.1", "1234567890123456.001"];
const INSTANTS: &[&str] = &["'2024-02-29 00:00:00'", "'2024-02-29 12:00:00.5'", "'2000-01-01 23:59:59.999999'"];
const DATES: &[&str] = &["'2024-02-29'", "'9999-12-31'"];
const BYTES: &[&str] = &["x'00112233445566778899aabbccddeeff'", "x'ff'", "x''"];

const SQLITE: &[Row] = &[
    row("INTEGER", "", &["0", "1", "2", "-70000000000", "9223372036854775807", "-9223372036854775808", "1709209800"]),
    row("REAL", "", &["0.5", "1.0", "1e300", "-3000000000.0", "1709209800.5", "9e999"]),
    row("TEXT", "", TEXTS),
    row("BLOB", "", BYTES),
];

const POSTGRES: &[Row] = &[
    row("smallint", "SMALLINT", &["0", "1", "2", "-32768", "32767"]),
    row("integer", "INTEGER", INTEGERS),
    row("bigint", "BIGINT", BIGS),
    row("oid", "OID", &["0", "1", "2", "4294967295"]),
    row("real", "REAL", &["0", "1", "1.5", "1e30", "'NaN'"]),
    row("double precision", "DOUBLE PRECISION", FLOATS),
    row("numeric", "NUMERIC", &["0", "1", "1.5", "1e40", "0.1", "1234567890123456.001", "'NaN'"]),
    row("boolean", "BOOLEAN", &["true", "false"]),
    rows("text, varchar, name, xml", "TEXT", &["VARCHAR(9)", "NAME", "XML"], TEXTS),
    row("char(n)", "CHAR(40)", TEXTS),
    row("json", "JSON", &["'{\"a\": 1}'", "'[1]'", "'null'"]),
    row("jsonb", "JSONB", &["'{\"a\": 1}'", "'[1]'", "'null'"]),
    rows("timestamptz, timestamp", "TIMESTAMPTZ", &["TIMESTAMP(3)"], INSTANTS),
    row("date", "DATE", DATES),
    row("time", "TIME", &["'00:00:00'", "'23:59:59.999999'"]),
    row("interval", "INTERVAL", &["'1 day 2 hours'", "'-1 microsecond'"]),
    row("uuid", "UUID", &["'12345678-1234-5678-1234-567812345678'"]),
    row("bytea", "BYTEA", &["'\\x00ff'", "''"]),
    row("an enumeration, citext", "mood", &["'happy'", "'sad'"]),
    row("integer[]", "INTEGER[]", &["'{1,2,NULL}'", "'{}'", "'{{1},{2}}'"]),
    rows("text[], varchar[]", "TEXT[]", &["VARCHAR(9)[]"], &["'{a,NULL}'", "'{1,2}'", "'{{a},{b}}'"]),
    row("inet", "INET", &["'10.0.0.1/8'", "'::1'"]),
    row("cidr", "CIDR", &["'10.0.0.0/8'"]),
    row("macaddr", "MACADDR", &["'08:00:2b:01:02:03'"]),
    row("int4range", "INT4RANGE", &["'[1,5)'", "'empty'"]),
    row("int8range", "INT8RANGE", &["'[1,5)'", "'(,)'"]),
    row("numrange", "NUMRANGE", &["'[1.5,5]'"]),
    row("daterange", "DATERANGE", &["'[2024-01-01,2024-02-01)'"]),
    row("tstzrange", "TSTZRANGE", &["'[2024-01-01 00:00+00,)'"]),
    row("tsvector", "TSVECTOR", &["'''cat'':3A'"]),
    rows("money, timetz, bit, point and others", "MONEY", &["TIMETZ", "BIT(3)", "POINT"], &["1"]),
];

const MYSQL: &[Row] = &[
    row("tinyint", "TINYINT", &["0", "1", "2", "-128"]),
    row("tinyint unsigned", "TINYINT UNSIGNED", &["0", "1", "255"]),
    row("smallint", "SMALLINT", &["0", "1", "2", "-32768", "32767"]),
    row("smallint unsigned", "SMALLINT UNSIGNED", &["0", "1", "2", "65535"]),
    row("year", "YEAR", &["0", "1901", "2155"]),
    rows("mediumint, int", "INT", &["MEDIUMINT"], INTEGERS),
    row("int unsigned", "INT UNSIGNED", &["0", "1", "2", "4294967295"]),
    row("bigint", "BIGINT", BIGS),
    row("bigint unsigned", "BIGINT UNSIGNED", &["0", "1", "2", "18446744073709551615"]),
    row("bit", "BIT(64)", &["0", "1", "2", "18446744073709551615"]),
    row("float", "FLOAT", &["0", "1", "1.5", "1e30"]),
    row("double", "DOUBLE", FLOATS),
    row("decimal", "DECIMAL(40, 10)", DECIMALS),
    row("char", "CHAR(40)", TEXTS),
    rows(
        "varchar, text of each size",
        "LONGTEXT CHARACTER SET utf8mb4",
        &["VARCHAR(9)", "TINYTEXT", "TEXT", "MEDIUMTEXT"],
        TEXTS,
    ),
    rows(
        "enum, set",
        "ENUM('abc', '7', '0', '70000000000', '1.5', '0.1000000000000000000001', '2024-02-29', '2024-02-29 12:00:00', \
         '12:00:00', '12345678-1234-5678-1234-567812345678', '[1, 2]', '[\"x\"]')",
        &["SET('a', 'b')"],
        TEXTS,
    ),
    Row {
        name: "json (of MySQL; MariaDB's is longtext)",
        declared: "",
        samples: &[],
        alike: &[],
        stored: Some(Stored::MySql(StoredMySql::Json)),
    },
    rows("datetime, timestamp", "DATETIME(6)", &["TIMESTAMP(3)"], INSTANTS),
    row("date", "DATE", DATES),
    row("time", "TIME(6)", &["'00:00:00'", "'23:59:59.999999'"]),
    rows(
        "binary, varbinary, blob of each size",
        "LONGBLOB",
        &["BINARY(9)", "VARBINARY(9)", "TINYBLOB", "BLOB", "MEDIUMBLOB"],
        BYTES,
    ),
    row("geometry", "POINT", &["ST_GeomFromText('POINT(1 1)')"]),
];

fn rows_of(dialect: Dialect) -> &'static [Row] {
    match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        _ => MYSQL,
    }
}

/// Every type that a field can declare; those of one database alone only there.
fn fields(dialect: Dialect) -> Vec<SqlType> {
    let labels = EnumType { name: "label".into(), values: vec!["abc".into()], native: false };
    let mut fields = vec![
        SqlType::SmallInteger,
        SqlType::Integer,
        SqlType::BigInteger,
        SqlType::Float,
        SqlType::Decimal { precision: None, scale: None },
        SqlType::String { length: None },
        SqlType::Text,
        SqlType::Char { length: 40 },
        SqlType::Boolean,
        SqlType::DateTime,
        SqlType::Date,
        SqlType::Time,
        SqlType::Interval,
        SqlType::Binary { length: None },
        SqlType::Uuid,
        SqlType::Json,
        SqlType::Enum(labels),
        SqlType::Array(Box::new(SqlType::Integer)),
        SqlType::Array(Box::new(SqlType::Text)),
    ];
    match dialect {
        Dialect::Postgres => fields.extend(
            [
                PostgresType::Inet,
                PostgresType::Cidr,
                PostgresType::MacAddr,
                PostgresType::TsVector,
                PostgresType::Range(RangeType::Int4),
                PostgresType::Range(RangeType::Int8),
                PostgresType::Range(RangeType::Num),
                PostgresType::Range(RangeType::Date),
                PostgresType::Range(RangeType::TsTz),
            ]
            .map(SqlType::Postgres),
        ),
        Dialect::MySql => fields.push(SqlType::MySql(MySqlType::Set { members: ["abc".to_owned()].into() })),
        _ => {}
    }
    fields
}

async fn columns_are_read_as_the_table_says(db: &TestDb) {
    let dialect = db.pool.dialect();
    if dialect == Dialect::Postgres {
        db.sql("CREATE TYPE mood AS ENUM ('happy', 'sad')").await.unwrap();
    }
    let mut table = String::from("| stored | exact as | converted where nothing is lost, as |\n|---|---|---|\n");
    for row in rows_of(dialect) {
        let batch = if row.stored.is_none() { Some(stored(db, row.declared, row.samples).await) } else { None };
        let (mut exact, mut checked) = (Vec::new(), Vec::new());
        for field in fields(dialect) {
            match reading(row, batch.as_ref(), &field) {
                Some(Reading::Exact) => exact.push(shown(&field)),
                Some(Reading::Checked) => checked.push(shown(&field)),
                None => {}
            }
        }
        for other in row.alike {
            let empty = stored(db, other, &[]).await.columns()[0].stored;
            let known = batch.as_ref().map(|batch| batch.columns()[0].stored);
            for field in fields(dialect) {
                let both = [Some(empty), known].map(|stored| claimed(stored?, &field));
                assert_eq!(both[0], both[1], "{other} and {} as {}", row.name, shown(&field));
            }
        }
        writeln!(table, "| {} | {} | {} |", row.name, listed(&exact), listed(&checked)).unwrap();
    }
    compare_with_docs(dialect, &table);
}

/// The values of a column of the type.
async fn stored(db: &TestDb, declared: &str, samples: &[&str]) -> RowBatch {
    // Another name for each: a prepared statement may remember the columns of the table before.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("stored_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    db.sql(&format!("CREATE TABLE {name} (id INTEGER, c {declared})")).await.unwrap();
    for (id, sample) in samples.iter().enumerate() {
        db.sql(&format!("INSERT INTO {name} VALUES ({id}, {sample})")).await.unwrap();
    }
    let sql = Arc::new(Sql { text: format!("SELECT c FROM {name} ORDER BY id"), placeholders: Vec::new() });
    db.pool.fetch_all(Query { sql, params: Vec::new() }).await.unwrap()
}

/// What the code says of a pair.
fn claimed(stored: Stored, field: &SqlType) -> Option<Reading> {
    Decoder::new(stored, Some(field))?.reading(StorageClass::Blob)
}

/// What the code says of a pair, after it was tried.
fn reading(row: &Row, batch: Option<&RowBatch>, field: &SqlType) -> Option<Reading> {
    let stored = row.stored.or_else(|| batch.map(|batch| batch.columns()[0].stored)).unwrap();
    let decoder = Decoder::new(stored, Some(field))?;
    let class = batch.map_or(StorageClass::Blob, |batch| class_of(batch.cell(0, 0)));
    let reading = decoder.reading(class);
    if let Some(batch) = batch {
        let read = (0..batch.len()).map(|at| is_read(decoder, batch.cell(at, 0)));
        let (taken, refused): (Vec<usize>, Vec<usize>) =
            read.enumerate().fold((Vec::new(), Vec::new()), |(mut taken, mut refused), (at, is_read)| {
                if is_read {
                    taken.push(at);
                } else {
                    refused.push(at);
                }
                (taken, refused)
            });
        let pair = format!("{} as {}: {:?}, taken {taken:?}, refused {refused:?}", row.name, shown(field), reading);
        match reading {
            // Which of the database's own types are arrays, their values tell.
            Some(_) if field.element().is_some() && taken.is_empty() && is_of_own_type(stored) => return None,
            Some(Reading::Exact) => assert!(refused.is_empty(), "{pair}"),
            // Which labels an enumeration or a set has, the model knows.
            Some(Reading::Checked) if matches!(field, SqlType::Enum(_) | SqlType::MySql(_)) => {
                assert!(!taken.is_empty(), "{pair}");
            }
            Some(Reading::Checked) => assert!(!taken.is_empty() && !refused.is_empty(), "{pair}"),
            None => assert!(taken.is_empty(), "{pair}"),
        }
    }
    reading
}

/// That a text is JSON is for those to say who make a document of it.
fn is_read(decoder: Decoder, cell: RawCell<'_>) -> bool {
    match decoder.visit(cell, ToValue) {
        Ok(Some(Value::Json(text))) => serde_json::from_str::<serde_json::Value>(&text).is_ok(),
        read => read.is_ok(),
    }
}

fn is_of_own_type(stored: Stored) -> bool {
    matches!(stored, Stored::Postgres(oid) if oid >= 16_384)
}

fn class_of(cell: RawCell<'_>) -> StorageClass {
    match cell {
        RawCell::Integer(_) => StorageClass::Integer,
        RawCell::Real(_) => StorageClass::Real,
        RawCell::Text(_) => StorageClass::Text,
        _ => StorageClass::Blob,
    }
}

/// A type as a model declares it.
fn shown(field: &SqlType) -> String {
    match field.element() {
        Some(element) => format!("Array({})", element.name()),
        None => field.name().to_owned(),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

/// The table between the marks of a database.
fn compare_with_docs(dialect: Dialect, table: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/type-table.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (start, end) = (format!("<!-- {} -->\n", dialect.name()), "<!-- end -->");
    let from = text.find(&start).unwrap_or_else(|| panic!("docs/type-table.md has no mark {start}")) + start.len();
    let to = from + text[from..].find(end).unwrap();
    if std::env::var("CHAKRA_WRITE_DOCS").as_deref() == Ok("1") {
        std::fs::write(path, format!("{}{table}{}", &text[..from], &text[to..])).unwrap();
        return;
    }
    assert_eq!(&text[from..to], table, "docs/type-table.md is not what the code does; CHAKRA_WRITE_DOCS=1 writes it");
}
