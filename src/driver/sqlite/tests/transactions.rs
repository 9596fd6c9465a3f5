//! Transactions: their ends, and what nobody else may see.

use super::*;

const INSERT: &str = "INSERT INTO t (a) VALUES ('x')";

#[test]
fn nobody_sees_what_is_not_committed() {
    let db = Db::file();
    for (round, caller) in BOTH.into_iter().enumerate() {
        let before = i64::try_from(round).unwrap();
        let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
        wait(transaction.execute(query(INSERT, []))).unwrap();
        assert_eq!(db.count(), before);
        let own = wait(transaction.fetch_all(query("SELECT count(*) FROM t", []))).unwrap();
        assert_eq!(number(&own), before + 1);
        wait(transaction.commit()).unwrap();
        assert_eq!(db.count(), before + 1);
    }
}

#[test]
fn rollback_and_drop_leave_nothing() {
    for db in [Db::file(), Db::single(), Db::memory()] {
        for caller in BOTH {
            for rolls_back in [true, false] {
                let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
                wait(transaction.execute(query(INSERT, []))).unwrap();
                if rolls_back {
                    wait(transaction.rollback()).unwrap();
                }
                drop(transaction);
                // The next writer, whoever it is, finds a clean connection.
                assert_eq!(db.execute("UPDATE t SET a = 'none'").unwrap(), 0);
            }
        }
        db.until_active(0);
    }
}

#[test]
fn an_ended_transaction_takes_no_statement() {
    let db = Db::file();
    for caller in BOTH {
        let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
        wait(transaction.commit()).unwrap();
        assert_eq!(kind(wait(transaction.execute(query(INSERT, [])))), ErrorKind::Session);
        assert_eq!(kind(wait(transaction.commit())), ErrorKind::Session);
        assert_eq!(kind(wait(transaction.rollback())), ErrorKind::Session);
    }
    assert_eq!(db.count(), 0);
}

#[test]
fn statements_queue_one_after_another() {
    let db = Db::file();
    let transaction = wait(db.pool.begin(PLAIN, Caller::Async)).unwrap();
    let mut calls: Vec<_> = (0..50)
        .map(|number| transaction.execute(query("INSERT INTO t (a) VALUES (?)", [Value::Integer(number)])))
        .collect();
    for call in &mut calls {
        let _ = poll_once(call);
    }
    let mut commit = transaction.commit();
    let _ = poll_once(&mut commit);
    wait(commit).unwrap();
    for call in calls {
        assert_eq!(wait(call).unwrap(), 1);
    }
    assert_eq!(db.number("SELECT count(*) FROM t WHERE CAST(a AS INTEGER) = id - 1"), 50);
}

#[test]
fn a_commit_once_polled_runs_to_its_end() {
    let db = Db::file();
    for round in 1..=200 {
        let transaction = wait(db.pool.begin(PLAIN, Caller::Async)).unwrap();
        wait(transaction.execute(query(INSERT, []))).unwrap();
        let mut commit = transaction.commit();
        let _ = poll_once(&mut commit);
        drop(commit);
        drop(transaction);
        // Queues behind the commit, so it sees its outcome.
        assert_eq!(db.execute("UPDATE t SET a = 'y'").unwrap(), round);
    }
}

#[test]
fn a_commit_never_polled_is_a_rollback() {
    let db = Db::file();
    for caller in BOTH {
        let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
        wait(transaction.execute(query(INSERT, []))).unwrap();
        drop(transaction.commit());
        drop(transaction);
        assert_eq!(db.execute("UPDATE t SET a = 'y'").unwrap(), 0);
    }
}

#[test]
fn a_failed_commit_frees_the_writer() {
    let db = Db::file();
    db.execute("CREATE TABLE child (t INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)").unwrap();
    for caller in BOTH {
        let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
        wait(transaction.execute(query("INSERT INTO child VALUES (77)", []))).unwrap();
        assert_eq!(kind(wait(transaction.commit())), ErrorKind::ForeignKeyViolation);
        assert_eq!(db.number("SELECT count(*) FROM child"), 0);
        assert_eq!(db.execute("DELETE FROM child").unwrap(), 0);
    }
}

#[test]
fn a_failed_statement_leaves_the_transaction_usable() {
    let db = Db::file();
    db.fill(1);
    for caller in BOTH {
        let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
        wait(transaction.execute(query(INSERT, []))).unwrap();
        assert_eq!(
            kind(wait(transaction.execute(query("INSERT INTO t (id) VALUES (1)", [])))),
            ErrorKind::UniqueViolation
        );
        wait(transaction.commit()).unwrap();
    }
    assert_eq!(db.count(), 3);
}

#[test]
fn a_cancelled_write_ends_the_transaction_and_says_so() {
    let db = Db::file();
    let transaction = wait(db.pool.begin(PLAIN, Caller::Async)).unwrap();
    wait(transaction.execute(query(INSERT, []))).unwrap();
    let mut endless = transaction.execute(query(&format!("INSERT INTO t (a) {ENDLESS}"), []));
    assert!(poll_once(&mut endless).is_pending());
    drop(endless);
    // Either the write was skipped and the transaction goes on, or SQLite rolled it back: never a third.
    let outcome = wait(transaction.execute(query(INSERT, [])));
    let rows = match outcome {
        Ok(_) => wait(transaction.commit()).map(|()| 2).unwrap(),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::TransactionConflict);
            assert_eq!(kind(wait(transaction.commit())), ErrorKind::TransactionConflict);
            0
        }
    };
    assert_eq!(db.count(), rows);
}

#[test]
fn a_transaction_begun_by_text_does_not_reach_the_next_caller() {
    for db in [Db::file(), Db::memory()] {
        for caller in BOTH {
            for sql in ["BEGIN", "BEGIN IMMEDIATE", "SAVEPOINT s"] {
                assert_eq!(kind(wait(db.pool.execute(query(sql, []), caller))), ErrorKind::Session, "{sql}");
            }
            db.execute(INSERT).unwrap();
        }
        assert_eq!(db.count(), 2);
    }
}
