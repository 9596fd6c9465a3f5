//! What is written is what is read; what was written by others is read exactly, or told.

use chakra::driver::Executor;
use chakra::types::{Kind, SqlType, Value};
use uuid::Uuid;

use crate::pool_or_skip;
use crate::server::{Seen, name, query, run, scalar, seen};

const NOON: i64 = 1_709_208_000_000_000; // 2024-02-29 12:00:00 UTC

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn decimal(value: &str) -> Value {
    Value::Decimal(value.parse().unwrap())
}

const UNBOUNDED: SqlType = SqlType::Decimal { precision: None, scale: None };
const CENTS: SqlType = SqlType::Decimal { precision: Some(10), scale: Some(2) };

#[tokio::test]
async fn every_kind_round_trips_as_a_parameter() {
    let pool = pool_or_skip!(1);
    let uuid = Uuid::from_u128(7);
    for (value, expected) in [
        (Value::Boolean(true), Seen::Integer(1)),
        (Value::Integer(i64::MIN), Seen::Integer(i64::MIN)),
        (Value::Integer(i64::MAX), Seen::Integer(i64::MAX)),
        (Value::Interval(-1), Seen::Integer(-1)),
        (Value::Float(-0.1), Seen::Float(-0.1)),
        (Value::Float(f64::MAX), Seen::Float(f64::MAX)),
        (Value::Float(5e-324), Seen::Float(5e-324)),
        (
            decimal("-12345678901234567890123456789012345.000000000000000000000000000001"),
            Seen::Decimal("-12345678901234567890123456789012345.000000000000000000000000000001".into()),
        ),
        (decimal("0.000"), Seen::Decimal("0.000".into())),
        (text("ünïcode 🎉 \0 \\ '"), Seen::Text("ünïcode 🎉 \0 \\ '".into())),
        (text(&"x".repeat(70_000)), Seen::Text("x".repeat(70_000))),
        (Value::Untyped("label".into()), Seen::Text("label".into())),
        (Value::Bytes(vec![0, 255, b'\\', b'\'']), Seen::Bytes(vec![0, 255, b'\\', b'\''])),
        (Value::DateTime(NOON + 1), Seen::DateTime(NOON + 1)),
        (Value::DateTime(-1), Seen::DateTime(-1)),
        (Value::Date(-719_162), Seen::Date(-719_162)),
        (Value::Date(2_932_896), Seen::Date(2_932_896)),
        (Value::Time(86_399_999_999), Seen::Time(86_399_999_999)),
        (Value::Time(0), Seen::Time(0)),
        (Value::Uuid(uuid), Seen::Text(uuid.to_string())),
        (Value::Json("{\"a\": 1}".into()), Seen::Text("{\"a\": 1}".into())),
        (Value::Array(Kind::Integer, vec![Value::Integer(1)]), Seen::Text("[1]".into())),
        (Value::Null(Kind::Json), Seen::Null),
        (Value::Null(Kind::DateTime), Seen::Null),
    ] {
        // One text for all: types travel with the values.
        let shown: String = format!("{value:?}").chars().take(60).collect();
        assert_eq!(scalar(&pool, "SELECT ?", vec![value]).await, expected, "{shown}");
    }
}

#[tokio::test]
async fn values_are_compared_as_what_they_are() {
    let pool = pool_or_skip!(1);
    let table = name("compared");
    run(
        &pool,
        &format!(
            "CREATE TABLE {table} (n BIGINT, u BIGINT UNSIGNED, d DECIMAL(30, 10), f DOUBLE, t DATETIME(6), day DATE, \
             clock TIME(6), s VARCHAR(40) COLLATE utf8mb4_bin, b VARBINARY(10), flag TINYINT(1)) CHARACTER SET utf8mb4"
        ),
    )
    .await;
    run(
        &pool,
        &format!(
            "INSERT INTO {table} VALUES (9007199254740993, 18446744073709551615, 12345678901234567890.1234567891, 0.1, \
             '2024-02-29 12:00:00.000001', '2024-02-29', '12:00:00.000001', '10', x'00FF', 1)"
        ),
    )
    .await;
    for (condition, value, holds) in [
        ("n = ?", Value::Integer(9_007_199_254_740_993), true),
        ("n = ?", Value::Integer(9_007_199_254_740_992), false),
        ("n < ?", decimal("9007199254740993.1"), true),
        ("u > ?", Value::Integer(i64::MAX), true),
        ("u > ?", Value::Integer(-1), true),
        ("u = ?", decimal("18446744073709551615"), true),
        ("d = ?", decimal("12345678901234567890.1234567891"), true),
        ("d = ?", decimal("12345678901234567890.1234567890"), false),
        ("d < ?", decimal("12345678901234567890.12345678911"), true),
        ("f = ?", Value::Float(0.1), true),
        ("t = ?", Value::DateTime(NOON + 1), true),
        ("t < ?", Value::DateTime(NOON + 2), true),
        ("t > ?", Value::DateTime(NOON), true),
        ("t < ?", Value::DateTime(253_402_300_799_999_999), true),
        ("t > ?", Value::DateTime(-62_135_596_800_000_000), true),
        ("day = ?", Value::Date(19_782), true),
        ("day < ?", Value::DateTime(NOON), true),
        ("clock = ?", Value::Time(43_200_000_001), true),
        ("clock > ?", Value::Time(43_200_000_000), true),
        ("s = ?", text("10"), true),
        ("s = ?", text("10.0"), false),
        ("s = ?", text("10 "), true), // the column pads: its collation decides
        ("b = ?", Value::Bytes(vec![0, 255]), true),
        ("b = ?", Value::Bytes(vec![0]), false),
        ("flag = ?", Value::Boolean(true), true),
    ] {
        let shown = format!("{condition} {value:?}");
        let count = scalar(&pool, &format!("SELECT COUNT(*) FROM {table} WHERE {condition}"), vec![value]).await;
        assert_eq!(count, Seen::Integer(i64::from(holds)), "{shown}");
    }
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn what_has_no_place_is_refused() {
    let pool = pool_or_skip!(1);
    for value in [decimal("NaN"), decimal("-Infinity"), Value::List(Kind::Integer, vec![Value::Integer(1)])] {
        let error = pool.fetch_all(query("SELECT ?", vec![value])).await.unwrap_err();
        assert!(error.to_string().starts_with("a parameter cannot be sent to MySQL"), "{error}");
    }
    assert_eq!(pool.metrics().size, 1);
}

/// A column as others make it: its type, an expression, the declared type, and what is read; None: an error.
type Case = (&'static str, &'static str, SqlType, Option<Seen>);

async fn assert_read(cases: Vec<Case>) {
    let pool = pool_or_skip!(1);
    let table = name("types");
    for (column, value, declared, expected) in cases {
        run(&pool, &format!("CREATE TEMPORARY TABLE {table} (c {column}) CHARACTER SET utf8mb4")).await;
        run(&pool, &format!("INSERT INTO {table} VALUES ({value})")).await;
        let batch = pool.fetch_all(query(&format!("SELECT c FROM {table}"), vec![])).await.unwrap();
        assert_eq!(seen(&batch, 0, 0, Some(&declared)).ok(), expected, "{column} {value} as {declared:?}");
        run(&pool, &format!("DROP TABLE {table}")).await;
    }
}

#[tokio::test]
async fn numbers_are_exact_or_loud() {
    let big = |value: i64| Some(Seen::Integer(value));
    assert_read(vec![
        ("TINYINT", "-128", SqlType::SmallInteger, big(-128)),
        ("TINYINT UNSIGNED", "255", SqlType::SmallInteger, big(255)),
        ("TINYINT(1) UNSIGNED", "200", SqlType::SmallInteger, big(200)),
        ("TINYINT(1)", "-1", SqlType::SmallInteger, big(-1)),
        ("TINYINT(1)", "1", SqlType::Boolean, Some(Seen::Boolean(true))),
        ("TINYINT(1)", "2", SqlType::Boolean, None),
        ("SMALLINT", "-32768", SqlType::SmallInteger, big(-32_768)),
        ("SMALLINT UNSIGNED", "65535", SqlType::SmallInteger, None),
        ("SMALLINT UNSIGNED", "65535", SqlType::Integer, big(65_535)),
        ("MEDIUMINT", "-8388608", SqlType::Integer, big(-8_388_608)),
        ("MEDIUMINT UNSIGNED", "16777215", SqlType::Integer, big(16_777_215)),
        ("INT", "-2147483648", SqlType::Integer, big(-2_147_483_648)),
        ("INT UNSIGNED", "4294967295", SqlType::Integer, None),
        ("INT UNSIGNED", "4294967295", SqlType::BigInteger, big(4_294_967_295)),
        ("INT(6) ZEROFILL", "42", SqlType::Integer, big(42)),
        ("BIGINT", "-9223372036854775808", SqlType::BigInteger, big(i64::MIN)),
        ("BIGINT UNSIGNED", "9223372036854775807", SqlType::BigInteger, big(i64::MAX)),
        ("BIGINT UNSIGNED", "9223372036854775808", SqlType::BigInteger, None),
        ("BIGINT UNSIGNED", "18446744073709551615", UNBOUNDED, Some(Seen::Decimal("18446744073709551615".into()))),
        ("BIGINT", "9007199254740993", SqlType::Float, None),
        ("BIGINT", "-5", SqlType::Interval, Some(Seen::Interval(-5))),
        ("FLOAT", "0.1", SqlType::Float, Some(Seen::Float(f64::from(0.1_f32)))),
        ("FLOAT", "0.5", SqlType::Integer, None),
        ("FLOAT", "2", SqlType::Integer, big(2)),
        ("DOUBLE", "0.1", SqlType::Float, Some(Seen::Float(0.1))),
        ("DOUBLE", "1e300", SqlType::BigInteger, None),
        ("DECIMAL(65,30)", "0.5", UNBOUNDED, Some(Seen::Decimal("0.5".into()))),
        ("DECIMAL(65,30)", "100", UNBOUNDED, Some(Seen::Decimal("100".into()))),
        ("DECIMAL(65,30)", "0", UNBOUNDED, Some(Seen::Decimal("0".into()))),
        ("DECIMAL(10,2)", "-0.50", CENTS, Some(Seen::Decimal("-0.50".into()))),
        ("DECIMAL(10,2) ZEROFILL", "7.5", CENTS, Some(Seen::Decimal("7.50".into()))),
        ("DECIMAL(10,2)", "12", SqlType::Integer, big(12)),
        ("DECIMAL(10,2)", "12.5", SqlType::Integer, None),
        ("DECIMAL(10,1)", "0.1", SqlType::Float, Some(Seen::Float(0.1))),
        ("DECIMAL(25,20)", "0.10000000000000000001", SqlType::Float, None),
        ("BIT(1)", "b'1'", SqlType::Boolean, Some(Seen::Boolean(true))),
        ("BIT(12)", "b'101000000001'", SqlType::Integer, big(2_561)),
        ("BIT(64)", "b'1111111111111111111111111111111111111111111111111111111111111111'", SqlType::BigInteger, None),
        ("YEAR", "2024", SqlType::SmallInteger, big(2_024)),
    ])
    .await;
}

#[tokio::test]
async fn instants_days_and_times_are_exact_or_loud() {
    assert_read(vec![
        ("DATE", "'2024-02-29'", SqlType::Date, Some(Seen::Date(19_782))),
        ("DATE", "'0001-01-01'", SqlType::Date, Some(Seen::Date(-719_162))),
        ("DATE", "'2024-02-29'", SqlType::DateTime, Some(Seen::DateTime(NOON - 43_200_000_000))),
        ("DATE", "'2024-02-29'", SqlType::Text, None),
        ("DATETIME", "'2024-02-29 12:00:00'", SqlType::DateTime, Some(Seen::DateTime(NOON))),
        ("DATETIME(3)", "'2024-02-29 12:00:00.001'", SqlType::DateTime, Some(Seen::DateTime(NOON + 1_000))),
        (
            "DATETIME(6)",
            "'9999-12-31 23:59:59.999999'",
            SqlType::DateTime,
            Some(Seen::DateTime(253_402_300_799_999_999)),
        ),
        ("DATETIME", "'2024-02-29 00:00:00'", SqlType::Date, Some(Seen::Date(19_782))),
        ("DATETIME", "'2024-02-29 12:00:00'", SqlType::Date, None),
        ("TIMESTAMP NULL", "'2024-02-29 12:00:00'", SqlType::DateTime, Some(Seen::DateTime(NOON))),
        ("TIME(6)", "'23:59:59.999999'", SqlType::Time, Some(Seen::Time(86_399_999_999))),
        ("TIME", "'00:00:00'", SqlType::Time, Some(Seen::Time(0))),
        ("TIME", "'24:00:00'", SqlType::Time, None),
        ("TIME", "'-00:00:01'", SqlType::Time, None),
        ("TIME(6)", "'-838:59:58.5'", SqlType::Interval, Some(Seen::Interval(-3_020_398_500_000))),
        ("TIME", "'100:00:00'", SqlType::Interval, Some(Seen::Interval(360_000_000_000))),
    ])
    .await;
}

#[tokio::test]
async fn texts_and_bytes_are_exact_or_loud() {
    let big = |value: i64| Some(Seen::Integer(value));
    let uuid = Uuid::from_u128(1);
    assert_read(vec![
        ("CHAR(10)", "'ab  '", SqlType::Text, Some(Seen::Text("ab".into()))),
        ("VARCHAR(10)", "'ab  '", SqlType::Text, Some(Seen::Text("ab  ".into()))),
        ("VARCHAR(10)", "'ab  '", SqlType::Char { length: 10 }, Some(Seen::Text("ab".into()))),
        ("VARCHAR(10) CHARACTER SET latin1", "'äöü'", SqlType::Text, Some(Seen::Text("äöü".into()))),
        ("VARCHAR(10) CHARACTER SET ucs2", "'ß中'", SqlType::Text, Some(Seen::Text("ß中".into()))),
        ("VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "'🎉'", SqlType::Text, Some(Seen::Text("🎉".into()))),
        ("TINYTEXT", "'t'", SqlType::Text, Some(Seen::Text("t".into()))),
        ("TEXT COLLATE utf8mb4_bin", "'t'", SqlType::Text, Some(Seen::Text("t".into()))),
        ("MEDIUMTEXT", "'t'", SqlType::Text, Some(Seen::Text("t".into()))),
        ("LONGTEXT", "'-7'", SqlType::Integer, big(-7)),
        ("LONGTEXT", "'99999'", SqlType::SmallInteger, None),
        ("TEXT", "'007'", SqlType::Integer, Some(Seen::Integer(7))),
        ("TEXT", "'x'", SqlType::Binary { length: None }, None),
        ("TEXT", "'x'", SqlType::Boolean, None),
        ("TEXT", "'2024-02-29'", SqlType::Date, Some(Seen::Date(19_782))),
        ("TEXT", "'12.50'", UNBOUNDED, Some(Seen::Decimal("12.50".into()))),
        ("CHAR(36)", "'00000000-0000-0000-0000-000000000001'", SqlType::Uuid, Some(Seen::Uuid(uuid))),
        ("CHAR(36)", "'nonsense'", SqlType::Uuid, None),
        ("BINARY(16)", "x'00000000000000000000000000000001'", SqlType::Uuid, Some(Seen::Uuid(uuid))),
        ("VARBINARY(16)", "x'01'", SqlType::Uuid, None),
        ("BINARY(4)", "x'01'", SqlType::Binary { length: None }, Some(Seen::Bytes(vec![1, 0, 0, 0]))),
        ("VARBINARY(4)", "x'01'", SqlType::Binary { length: None }, Some(Seen::Bytes(vec![1]))),
        ("TINYBLOB", "x'00FF'", SqlType::Binary { length: None }, Some(Seen::Bytes(vec![0, 255]))),
        ("BLOB", "x''", SqlType::Binary { length: None }, Some(Seen::Bytes(vec![]))),
        ("MEDIUMBLOB", "'a'", SqlType::Text, None),
        ("LONGBLOB", "'a'", SqlType::Binary { length: None }, Some(Seen::Bytes(b"a".to_vec()))),
        ("ENUM('small', 'größer')", "'größer'", SqlType::Text, Some(Seen::Text("größer".into()))),
        ("SET('a', 'b')", "'a,b'", SqlType::Text, Some(Seen::Text("a,b".into()))),
        ("JSON", "'{\"a\": [1]}'", SqlType::Json, Some(Seen::Json("{\"a\": [1]}".into()))),
        ("LONGTEXT", "'[1]'", SqlType::Json, Some(Seen::Json("[1]".into()))),
        ("POINT", "POINT(1, 1)", SqlType::Binary { length: None }, None),
        ("INT", "NULL", SqlType::Uuid, None),
        ("DATE", "NULL", SqlType::Date, Some(Seen::Null)),
    ])
    .await;
}

/// MySQL's own days that are none, which strict servers still read.
#[tokio::test]
async fn zero_dates_are_told() {
    let pool = pool_or_skip!(1);
    let table = name("zero");
    // The mode is this connection's: there is but one.
    run(&pool, "SET sql_mode = ''").await;
    run(&pool, &format!("CREATE TABLE {table} (d DATE, t DATETIME(6), s TIMESTAMP NULL)")).await;
    run(
        &pool,
        &format!(
            "INSERT INTO {table} VALUES ('0000-00-00', '0000-00-00', '0000-00-00'), \
             ('2024-00-00', '2024-02-00 01:02:03.5', NULL), (NULL, NULL, NULL)"
        ),
    )
    .await;
    let batch = pool.fetch_all(query(&format!("SELECT * FROM {table}"), vec![])).await.unwrap();
    for (row, column, declared, told) in [
        (0, 0, SqlType::Date, "0000-00-00"),
        (0, 0, SqlType::DateTime, "0000-00-00"),
        (0, 1, SqlType::DateTime, "0000-00-00 00:00:00"),
        (0, 1, SqlType::Date, "0000-00-00 00:00:00"),
        (0, 2, SqlType::DateTime, "0000-00-00 00:00:00"),
        (1, 0, SqlType::Date, "2024-00-00"),
        (1, 1, SqlType::DateTime, "2024-02-00 01:02:03.500000"),
    ] {
        let found = seen(&batch, row, column, Some(&declared)).unwrap_err();
        assert!(found.starts_with(told), "{found}");
        assert!(seen(&batch, row, column, None).is_err());
    }
    for column in 0..3 {
        assert_eq!(seen(&batch, 2, column, None), Ok(Seen::Null));
    }
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn undeclared_columns_are_read_by_their_type() {
    let pool = pool_or_skip!(1);
    for (expression, expected) in [
        ("CAST(18446744073709551615 AS UNSIGNED)", Seen::Decimal("18446744073709551615".into())),
        ("CAST(5 AS UNSIGNED)", Seen::Integer(5)),
        ("1 + 1", Seen::Integer(2)),
        ("1.50", Seen::Decimal("1.50".into())),
        ("1e0", Seen::Float(1.0)),
        ("'a' || 'b'", Seen::Text("ab".into())),
        ("x'FF'", Seen::Bytes(vec![255])),
        ("NULL", Seen::Null),
        ("TRUE", Seen::Integer(1)),
        ("CAST('12:00' AS TIME)", Seen::Time(43_200_000_000)),
        ("(SELECT SUM(n) FROM (SELECT 1 AS n UNION ALL SELECT 2) AS s)", Seen::Decimal("3".into())),
        ("UTC_TIMESTAMP() = NOW()", Seen::Integer(1)),
    ] {
        assert_eq!(scalar(&pool, &format!("SELECT {expression}"), vec![]).await, expected, "{expression}");
    }
}

#[tokio::test]
async fn empty_results_know_their_columns() {
    let pool = pool_or_skip!(1);
    let text = "SELECT 1 AS a, 'x' AS b FROM (SELECT 1) AS s WHERE ?";
    let batch = pool.fetch_all(query(text, vec![Value::Boolean(false)])).await.unwrap();
    assert_eq!(batch.len(), 0);
    assert_eq!(batch.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}
