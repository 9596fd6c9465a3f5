//! Measurements, run by hand: `cargo test --release --features sqlite --lib sqlite::tests::speed -- --ignored --nocapture`.

use std::time::Instant;

use super::*;
use crate::driver::{BulkInsert, Decoder, Visitor};
use crate::schema::{Column, Table, TableRef};
use crate::types::SqlType;

fn table() -> TableRef {
    let columns = vec![
        Column::new("id", SqlType::BigInteger).primary_key().auto_increment(),
        Column::new("name", SqlType::Text),
        Column::new("email", SqlType::Text),
        Column::new("active", SqlType::Boolean),
        Column::new("age", SqlType::Integer),
        Column::new("balance", SqlType::Decimal { precision: None, scale: None }),
        Column::new("created", SqlType::DateTime),
    ];
    TableRef::new(Table::new("User", "users", columns).unwrap())
}

fn bulk(rows: i64) -> BulkInsert {
    let row = |n: i64| {
        [
            Value::Text(format!("user number {n}")),
            Value::Text(format!("user{n}@example.org")),
            Value::Boolean(n % 2 == 0),
            Value::Integer(n % 90),
            Value::Decimal(format!("{n}.25").parse().unwrap()),
            Value::DateTime(1_700_000_000_123_456 + n * 1_000_003),
        ]
    };
    BulkInsert {
        table: table(),
        columns: vec![1, 2, 3, 4, 5, 6],
        values: (0..rows).flat_map(row).collect(),
        returning: vec![0],
    }
}

fn best<T>(what: &str, times: u32, mut run: impl FnMut() -> T) {
    let mut least = Duration::MAX;
    for _ in 0..7 {
        let start = Instant::now();
        for _ in 0..times {
            std::hint::black_box(run());
        }
        least = least.min(start.elapsed() / times);
    }
    eprintln!("{what:<48} {least:>12.2?}");
}

/// Adds up something of each value, so that it must be decoded.
struct Touch;

impl Visitor for Touch {
    type Output = i64;

    fn null(self) -> i64 {
        0
    }
    fn boolean(self, value: bool) -> i64 {
        i64::from(value)
    }
    fn integer(self, value: i64) -> i64 {
        value
    }
    fn float(self, _: f64) -> i64 {
        1
    }
    fn decimal(self, value: &str) -> i64 {
        i64::from(value.as_bytes()[0])
    }
    fn text(self, value: &str) -> i64 {
        i64::from(value.as_bytes()[0])
    }
    fn bytes(self, value: &[u8]) -> i64 {
        i64::from(value[0])
    }
    fn datetime(self, micros: i64) -> i64 {
        micros
    }
    fn date(self, days: i32) -> i64 {
        i64::from(days)
    }
    fn time(self, micros: i64) -> i64 {
        micros
    }
    fn interval(self, micros: i64) -> i64 {
        micros
    }
    fn uuid(self, _: uuid::Uuid) -> i64 {
        1
    }
    fn json(self, text: &str) -> i64 {
        i64::from(text.as_bytes()[0])
    }
}

fn decode(batch: &RowBatch, columns: &[usize]) -> i64 {
    let table = table();
    let mut sum = 0_i64;
    for at in columns.iter().copied() {
        let column = &table.columns[at];
        let decoder = Decoder::new(batch.columns()[at].stored, Some(&column.sql_type)).unwrap();
        for row in 0..batch.len() {
            sum = sum.wrapping_add(decoder.visit(batch.cell(row, at), Touch).unwrap());
        }
    }
    sum
}

#[test]
#[ignore = "a measurement"]
fn measure() {
    let db = Db::file();
    let columns = "id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, active INTEGER NOT NULL, age INTEGER NOT NULL, balance TEXT NOT NULL, created TEXT NOT NULL";
    db.execute(&format!("CREATE TABLE users ({columns})")).unwrap();
    let rows = bulk(10_000);
    best("insert_many, 10,000 rows of 7", 1, || {
        db.execute("DELETE FROM users").unwrap();
        wait(db.pool.insert_many(rows.clone(), Caller::Blocking)).unwrap()
    });
    best("(of which deleting them again and cloning)", 1, || {
        db.execute("DELETE FROM users").unwrap();
        rows.clone()
    });
    wait(db.pool.insert_many(rows, Caller::Blocking)).unwrap();
    let get =
        query("SELECT id, name, email, active, age, balance, created FROM users WHERE id = ?", [Value::Integer(5_000)]);
    for caller in BOTH {
        best(&format!("get by key, {caller:?}"), 20_000, || wait(db.pool.fetch_all(get.clone(), caller)).unwrap());
    }
    let all = query("SELECT id, name, email, active, age, balance, created FROM users", []);
    for caller in BOTH {
        best(&format!("10,000 rows of 7 into a batch, {caller:?}"), 20, || {
            wait(db.pool.fetch_all(all.clone(), caller)).unwrap()
        });
        best(&format!("stream of 10,000 rows by 1,000, {caller:?}"), 20, || {
            let mut stream = db.pool.fetch(all.clone(), 1_000, caller);
            while next(&mut stream).is_some() {}
        });
    }
    let batch = wait(db.pool.fetch_all(all, Caller::Blocking)).unwrap();
    best("decoding 70,000 values", 20, || decode(&batch, &[0, 1, 2, 3, 4, 5, 6]));
    best("decoding 10,000 decimals", 20, || decode(&batch, &[5]));
    best("decoding 10,000 instants", 20, || decode(&batch, &[6]));
    let update = query("UPDATE users SET age = age + 1 WHERE id = ?", [Value::Integer(5_000)]);
    for caller in BOTH {
        best(&format!("update one, {caller:?}"), 500, || wait(db.pool.execute(update.clone(), caller)).unwrap());
        best(&format!("begin, update, commit, {caller:?}"), 500, || {
            let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
            wait(transaction.execute(update.clone())).unwrap();
            wait(transaction.commit()).unwrap();
        });
    }
}
