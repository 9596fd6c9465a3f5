//! Values that travel there and back, and the functions of every connection.

use super::*;
use crate::driver::{Decoder, Visitor};
use crate::types::{Kind, SqlType};

/// Shows what it is given.
struct Show;

impl Visitor for Show {
    type Output = String;

    fn null(self) -> String {
        "null".into()
    }
    fn boolean(self, value: bool) -> String {
        format!("boolean {value}")
    }
    fn integer(self, value: i64) -> String {
        format!("integer {value}")
    }
    fn float(self, value: f64) -> String {
        format!("float {value:?}")
    }
    fn decimal(self, value: &str) -> String {
        format!("decimal {value}")
    }
    fn text(self, value: &str) -> String {
        format!("text {value}")
    }
    fn bytes(self, value: &[u8]) -> String {
        format!("bytes {value:?}")
    }
    fn datetime(self, micros: i64) -> String {
        format!("datetime {micros}")
    }
    fn date(self, days: i32) -> String {
        format!("date {days}")
    }
    fn time(self, micros: i64) -> String {
        format!("time {micros}")
    }
    fn interval(self, micros: i64) -> String {
        format!("interval {micros}")
    }
    fn uuid(self, value: uuid::Uuid) -> String {
        format!("uuid {value}")
    }
    fn json(self, text: &str) -> String {
        format!("json {text}")
    }
}

#[test]
fn every_type_comes_back_as_it_went() {
    let db = Db::memory();
    let id = uuid::Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
    for (sql_type, declared, value, shown) in [
        (SqlType::Boolean, "INTEGER", Value::Boolean(true), "boolean true".to_owned()),
        (SqlType::BigInteger, "INTEGER", Value::Integer(i64::MIN), format!("integer {}", i64::MIN)),
        (SqlType::Float, "REAL", Value::Float(f64::NEG_INFINITY), "float -inf".into()),
        (SqlType::Float, "REAL", Value::Float(0.1), "float 0.1".into()),
        (
            SqlType::Decimal { precision: None, scale: None },
            "TEXT",
            Value::Decimal("1E-30".parse().unwrap()),
            format!("decimal 0.{}1", "0".repeat(29)),
        ),
        (SqlType::Text, "TEXT", Value::Text("𝄞 ß ’".into()), "text 𝄞 ß ’".into()),
        (SqlType::Binary { length: None }, "BLOB", Value::Bytes(vec![]), "bytes []".into()),
        (SqlType::DateTime, "TEXT", Value::DateTime(-1), "datetime -1".into()),
        (SqlType::Date, "TEXT", Value::Date(-719_162), "date -719162".into()),
        (SqlType::Time, "TEXT", Value::Time(86_399_999_999), "time 86399999999".into()),
        (SqlType::Uuid, "TEXT", Value::Uuid(id), format!("uuid {id}")),
        (
            SqlType::Json,
            "TEXT",
            Value::Json("{\"b\": 1, \"a\": [null]}".into()),
            "json {\"b\": 1, \"a\": [null]}".into(),
        ),
        (SqlType::Date, "TEXT", Value::Null(Kind::Date), "null".into()),
    ] {
        db.execute(&format!("CREATE TABLE v (x {declared})")).unwrap();
        let insert = query("INSERT INTO v VALUES (?) RETURNING x", [value.clone()]);
        let batch = wait(db.pool.fetch_all(insert, Caller::Async)).unwrap();
        let decoder = Decoder::new(batch.columns()[0].stored, Some(&sql_type)).unwrap();
        assert_eq!(decoder.visit(batch.cell(0, 0), Show), Ok(shown), "{value:?}");
        db.execute("DROP TABLE v").unwrap();
    }
}

#[test]
fn lower_case_is_unicodes() {
    let db = Db::file();
    let batch = db
        .fetch("SELECT chakra_lower('ÀÉÎ Straße ΣΑΣ'), chakra_lower(NULL), chakra_lower(5), chakra_lower(x'41')")
        .unwrap();
    assert_eq!(batch.cell(0, 0), RawCell::Text("àéî straße σας".as_bytes()));
    assert_eq!((batch.cell(0, 1), batch.cell(0, 2)), (RawCell::Null, RawCell::Integer(5)));
    assert_eq!(batch.cell(0, 3), RawCell::Blob(b"A"));
}

#[test]
fn decimals_order_as_numbers_and_the_rest_after_them() {
    let db = Db::file();
    db.execute("CREATE TABLE n (x TEXT COLLATE chakra_decimal)").unwrap();
    db.execute(
        "INSERT INTO n VALUES ('10'), ('9.5'), ('-3'), ('zebra'), ('1e1'), ('NaN'), ('apple'), ('-30.0'), ('09.50')",
    )
    .unwrap();
    let batch = db.fetch("SELECT group_concat(x, ' ') FROM (SELECT x FROM n ORDER BY x, rowid)").unwrap();
    assert_eq!(batch.cell(0, 0), RawCell::Text(b"-30.0 -3 9.5 09.50 10 1e1 NaN apple zebra"));
    assert_eq!(db.number("SELECT count(*) FROM n WHERE x = '9.500'"), 2);
}

#[test]
fn like_is_sqlites_own() {
    let db = Db::file();
    assert_eq!(db.number("SELECT 'ABC' LIKE 'abc'"), 1);
}
