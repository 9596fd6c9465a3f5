//! Bulk inserts.

use super::*;
use crate::driver::BulkInsert;
use crate::schema::{Column, Table, TableRef};
use crate::types::SqlType;

fn table() -> TableRef {
    let columns = vec![
        Column::new("id", SqlType::BigInteger).primary_key().auto_increment(),
        Column::new("name", SqlType::Text).named("the \"name\""),
        Column::new("price", SqlType::Float).nullable(),
    ];
    TableRef::new(Table::new("Item", "items", columns).unwrap())
}

fn bulk(names: impl IntoIterator<Item = String>, returning: &[usize]) -> BulkInsert {
    let values = names.into_iter().flat_map(|name| [Value::Text(name), Value::Float(0.5)]).collect();
    BulkInsert { table: table(), columns: vec![1, 2], values, returning: returning.to_vec() }
}

fn names(range: std::ops::Range<i64>) -> impl Iterator<Item = String> {
    range.map(|number| format!("item {number}"))
}

fn create(db: &Db, key: &str) {
    db.execute(&format!("CREATE TABLE items (id {key}, \"the \"\"name\"\"\" TEXT UNIQUE, price REAL)")).unwrap();
}

#[test]
fn keys_come_back_in_the_order_of_the_rows() {
    for db in [Db::file(), Db::single(), Db::memory()] {
        create(&db, "INTEGER PRIMARY KEY");
        for (round, caller) in (0_i64..).zip(BOTH) {
            let batch = wait(db.pool.insert_many(bulk(names(round * 100..round * 100 + 100), &[0]), caller)).unwrap();
            assert_eq!((batch.len(), batch.columns()[0].name.as_str()), (100, "id"));
            for row in 0..100 {
                assert_eq!(batch.cell(row, 0), RawCell::Integer(round * 100 + i64::try_from(row).unwrap() + 1));
            }
        }
        assert_eq!(db.number("SELECT count(*) FROM items WHERE \"the \"\"name\"\"\" = 'item ' || (id - 1)"), 200);
    }
}

#[test]
fn what_is_asked_back_is_read_back() {
    let db = Db::file();
    create(&db, "INTEGER PRIMARY KEY");
    let batch = wait(db.pool.insert_many(bulk(names(0..5), &[1, 0]), Caller::Blocking)).unwrap();
    assert_eq!((batch.cell(4, 0), batch.cell(4, 1)), (RawCell::Text(b"item 4"), RawCell::Integer(5)));
    let none = wait(db.pool.insert_many(bulk(names(5..7), &[]), Caller::Blocking)).unwrap();
    assert_eq!((none.len(), db.number("SELECT count(*) FROM items")), (0, 7));
    assert_eq!(wait(db.pool.insert_many(bulk([], &[0]), Caller::Blocking)).unwrap().len(), 0);
}

#[test]
fn a_key_that_is_not_the_rowid_is_not_taken_for_it() {
    let db = Db::file();
    create(&db, "BIGINT PRIMARY KEY DEFAULT (1000 + abs(random() % 1000000000))");
    let batch = wait(db.pool.insert_many(bulk(names(0..5), &[0]), Caller::Blocking)).unwrap();
    let stored = db.fetch("SELECT id FROM items ORDER BY rowid").unwrap();
    for row in 0..5 {
        assert_eq!(batch.cell(row, 0), stored.cell(row, 0));
    }
}

#[test]
fn all_rows_or_none() {
    for db in [Db::file(), Db::memory()] {
        create(&db, "INTEGER PRIMARY KEY");
        for caller in BOTH {
            let mut doubled: Vec<_> = names(0..50).collect();
            doubled.push("item 7".into());
            let error = error_of(wait(db.pool.insert_many(bulk(doubled, &[0]), caller)));
            assert_eq!(error.kind(), ErrorKind::UniqueViolation);
            assert!(error.to_string().contains("row 51 of 51"), "{error}");
            let mut nan = bulk(names(0..3), &[0]);
            nan.values[3] = Value::Float(f64::NAN);
            let error = error_of(wait(db.pool.insert_many(nan, caller)));
            assert!(error.to_string().contains("items") && error.to_string().contains("price"), "{error}");
            assert_eq!(db.number("SELECT count(*) FROM items"), 0);
        }
    }
}

#[test]
fn in_a_transaction_a_failure_undoes_itself_only() {
    let db = Db::file();
    create(&db, "INTEGER PRIMARY KEY");
    for caller in BOTH {
        let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
        wait(transaction.insert_many(bulk(names(0..3), &[0]))).unwrap();
        assert_eq!(kind(wait(transaction.insert_many(bulk(names(2..9), &[0])))), ErrorKind::UniqueViolation);
        wait(transaction.insert_many(bulk(names(3..5), &[]))).unwrap();
        wait(transaction.commit()).unwrap();
        assert_eq!(db.number("SELECT count(*) FROM items"), 5);
        db.execute("DELETE FROM items").unwrap();
    }
}

#[test]
fn dropped_in_the_middle_it_leaves_all_or_nothing() {
    let db = Db::single();
    create(&db, "INTEGER PRIMARY KEY");
    for round in 0..60 {
        let mut call = db.pool.insert_many(bulk(names(0..500), &[0]), Caller::Async);
        let _ = poll_once(&mut call);
        for _ in 0..round * 3_000 {
            std::hint::spin_loop();
        }
        drop(call);
        let rows = db.number("SELECT count(*) FROM items");
        assert!(rows == 0 || rows == 500, "{rows}");
        db.execute("DELETE FROM items").unwrap();
    }
}
