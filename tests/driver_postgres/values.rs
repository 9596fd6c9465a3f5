//! What is written is what is read.

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

#[tokio::test]
async fn every_kind_round_trips_as_a_parameter() {
    let pool = pool_or_skip!(1);
    let uuid = Uuid::from_u128(7);
    for (value, expected) in [
        (Value::Boolean(true), Seen::Boolean(true)),
        (Value::Integer(i64::MIN), Seen::Integer(i64::MIN)),
        (Value::Float(-0.1), Seen::Float(-0.1)),
        (
            decimal("-12345678901234567890123456789012345678901234567890.00010"),
            Seen::Decimal("-12345678901234567890123456789012345678901234567890.00010".into()),
        ),
        (decimal("NaN"), Seen::Decimal("NaN".into())),
        (decimal("0.000"), Seen::Decimal("0.000".into())),
        (decimal("0.00000000123"), Seen::Decimal("0.00000000123".into())),
        (decimal("100000000"), Seen::Decimal("100000000".into())),
        (text("ünïcode 🎉"), Seen::Text("ünïcode 🎉".into())),
        (Value::Bytes(vec![0, 255]), Seen::Bytes(vec![0, 255])),
        (Value::DateTime(NOON + 1), Seen::DateTime(NOON + 1)),
        (Value::DateTime(-1), Seen::DateTime(-1)),
        (Value::Date(-719_162), Seen::Date(-719_162)),
        (Value::Date(2_932_896), Seen::Date(2_932_896)),
        (Value::Time(86_399_999_999), Seen::Time(86_399_999_999)),
        (Value::Uuid(uuid), Seen::Uuid(uuid)),
        (Value::Json("{\"a\": 1}".into()), Seen::Json("{\"a\": 1}".into())),
        (Value::Null(Kind::Json), Seen::Null),
    ] {
        // One text for all: each set of types is a statement of its own.
        let shown = format!("{value:?}");
        assert_eq!(scalar(&pool, "SELECT $1", vec![value]).await, expected, "{shown}");
    }
}

#[tokio::test]
async fn lists_are_arrays() {
    let pool = pool_or_skip!(1);
    let is_in = "SELECT $1 = ANY($2)";
    for (value, list, expected) in [
        (Value::Integer(2), vec![Value::Integer(1), Value::Integer(2)], Seen::Boolean(true)),
        (text("b"), vec![text("a"), text("")], Seen::Boolean(false)),
        (text("b"), vec![], Seen::Boolean(false)),
        (text("b"), vec![Value::Null(Kind::Text)], Seen::Null),
        (Value::DateTime(0), vec![Value::DateTime(0)], Seen::Boolean(true)),
        (decimal("1.50"), vec![decimal("1.5")], Seen::Boolean(true)),
        (Value::Uuid(Uuid::nil()), vec![Value::Uuid(Uuid::nil())], Seen::Boolean(true)),
        (Value::Json("[1]".into()), vec![Value::Json("[1]".into())], Seen::Boolean(true)),
    ] {
        let kind = value.kind();
        assert_eq!(scalar(&pool, is_in, vec![value, Value::List(kind, list)]).await, expected);
    }
}

#[tokio::test]
async fn columns_of_existing_tables_take_and_give_their_values() {
    let pool = pool_or_skip!(1);
    let table = name("existing");
    run(
        &pool,
        &format!(
            "CREATE TABLE {table} (small smallint, int4 integer, real4 real, price numeric(10,2), short varchar(5), \
         padded char(5), naive timestamp, plain json, key uuid, day date, at time)"
        ),
    )
    .await;
    let values = vec![
        Value::Integer(-7),
        Value::Integer(8),
        Value::Float(0.5),
        decimal("9.90"),
        text("ab"),
        text("cd"),
        Value::DateTime(NOON),
        Value::Json("{\"b\":1}".into()),
        Value::Uuid(Uuid::from_u128(9)),
        Value::Date(0),
        Value::Time(1),
    ];
    let insert = format!("INSERT INTO {table} VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)");
    assert_eq!(pool.execute(query(&insert, values)).await.unwrap(), 1);
    let batch = pool.fetch_all(query(&format!("SELECT * FROM {table}"), vec![])).await.unwrap();
    let expected = [
        Seen::Integer(-7),
        Seen::Integer(8),
        Seen::Float(0.5),
        Seen::Decimal("9.90".into()),
        Seen::Text("ab".into()),
        Seen::Text("cd".into()),
        Seen::DateTime(NOON),
        Seen::Json("{\"b\": 1}".into()),
        Seen::Uuid(Uuid::from_u128(9)),
        Seen::Date(0),
        Seen::Time(1),
    ];
    for (column, expected) in expected.into_iter().enumerate() {
        assert_eq!(seen(&batch, 0, column, None), Ok(expected));
    }
    for (condition, value) in [
        ("naive = $1", Value::DateTime(NOON)),
        ("naive < $1", Value::DateTime(NOON + 1)),
        ("padded = $1", text("cd")),
        ("small = $1", Value::Integer(-7)),
        ("price = $1", decimal("9.9")),
        ("key = $1", Value::Uuid(Uuid::from_u128(9))),
        ("naive = ANY($1)", Value::List(Kind::DateTime, vec![Value::DateTime(NOON)])),
        ("int4 = ANY($1)", Value::List(Kind::Integer, vec![Value::Integer(8)])),
    ] {
        let count = scalar(&pool, &format!("SELECT count(*) FROM {table} WHERE {condition}"), vec![value]).await;
        assert_eq!(count, Seen::Integer(1), "{condition}");
    }
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn other_types_than_declared_are_exact_or_loud() {
    let pool = pool_or_skip!(1);
    let text_type = SqlType::Text;
    let decimal_type = SqlType::Decimal { precision: None, scale: None };
    for (expression, declared, expected) in [
        ("7::int4", SqlType::BigInteger, Some(Seen::Integer(7))),
        ("7::int8", SqlType::Integer, Some(Seen::Integer(7))),
        ("3000000000::int8", SqlType::Integer, None),
        ("40000::int4", SqlType::SmallInteger, None),
        ("12.00::numeric", SqlType::Integer, Some(Seen::Integer(12))),
        ("12.50::numeric", SqlType::Integer, None),
        ("0.1::numeric", SqlType::Float, Some(Seen::Float(0.1))),
        ("0.10000000000000000001::numeric", SqlType::Float, None),
        ("0.5::float4", SqlType::Float, Some(Seen::Float(0.5))),
        ("9007199254740993::int8", SqlType::Float, None),
        ("9007199254740992::int8", SqlType::Float, Some(Seen::Float(9_007_199_254_740_992.0))),
        ("2.0::float8", SqlType::Integer, Some(Seen::Integer(2))),
        ("5::int2", decimal_type.clone(), Some(Seen::Decimal("5".into()))),
        ("1::int4", SqlType::Boolean, Some(Seen::Boolean(true))),
        ("2::int4", SqlType::Boolean, None),
        ("'2024-02-29'::text", SqlType::Date, Some(Seen::Date(19_782))),
        ("'yesterday'::text", SqlType::Date, None),
        ("'{\"a\":1}'::varchar", SqlType::Json, Some(Seen::Json("{\"a\":1}".into()))),
        ("'{a'::varchar", SqlType::Json, None),
        ("'ab   '::char(5)", text_type.clone(), Some(Seen::Text("ab".into()))),
        ("'infinity'::timestamptz", SqlType::DateTime, None),
        ("'-infinity'::timestamp", SqlType::DateTime, None),
        ("'infinity'::date", SqlType::Date, None),
        ("'0044-03-15 BC'::date", SqlType::Date, None),
        ("'12000-01-01'::timestamptz", SqlType::DateTime, None),
        ("'24:00:00'::time", SqlType::Time, None),
        ("'12:00:00+01'::timetz", SqlType::Time, None),
        ("date '2024-02-29'", SqlType::DateTime, Some(Seen::DateTime(NOON - 43_200_000_000))),
        ("timestamp '2024-02-29 00:00'", SqlType::Date, Some(Seen::Date(19_782))),
        ("timestamp '2024-02-29 00:01'", SqlType::Date, None),
        ("'x'::text", SqlType::Integer, None),
        ("NULL::int4", SqlType::Uuid, None),
    ] {
        let batch = pool.fetch_all(query(&format!("SELECT {expression}"), vec![])).await.unwrap();
        assert_eq!(seen(&batch, 0, 0, Some(&declared)).ok(), expected, "{expression} as {declared:?}");
    }
}

#[tokio::test]
async fn enumerations_read_as_text() {
    let pool = pool_or_skip!(1);
    let kind = name("mood");
    run(&pool, &format!("CREATE TYPE {kind} AS ENUM ('sad', 'ok')")).await;
    assert_eq!(scalar(&pool, &format!("SELECT 'ok'::{kind}"), vec![]).await, Seen::Text("ok".into()));
    run(&pool, &format!("DROP TYPE {kind}")).await;
}

#[tokio::test]
async fn empty_results_know_their_columns() {
    let pool = pool_or_skip!(1);
    let batch =
        pool.fetch_all(query("SELECT 1::int4 AS a, 'x' AS b WHERE $1", vec![Value::Boolean(false)])).await.unwrap();
    assert_eq!(batch.len(), 0);
    assert_eq!(batch.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}
