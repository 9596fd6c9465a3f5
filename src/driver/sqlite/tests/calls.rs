//! Single calls: who runs what where, counts, and the life of the pool.

use super::*;

#[test]
fn a_blocking_call_is_done_at_its_first_poll() {
    for db in [Db::file(), Db::memory()] {
        let mut insert = db.pool.execute(query("INSERT INTO t (a) VALUES ('x')", []), Caller::Blocking);
        assert!(matches!(poll_once(&mut insert), Poll::Ready(Ok(1))));
        let mut select = db.pool.fetch_all(query("SELECT * FROM t", []), Caller::Blocking);
        assert!(matches!(poll_once(&mut select), Poll::Ready(Ok(batch)) if batch.len() == 1));
        let mut begin = db.pool.begin(PLAIN, Caller::Blocking);
        let Poll::Ready(Ok(transaction)) = poll_once(&mut begin) else { panic!("begin waits") };
        assert!(matches!(poll_once(&mut transaction.commit()), Poll::Ready(Ok(()))));
    }
}

#[test]
fn a_call_that_is_never_polled_does_nothing() {
    let db = Db::file();
    for caller in BOTH {
        drop(db.pool.execute(query("INSERT INTO t (a) VALUES ('x')", []), caller));
    }
    assert_eq!(db.count(), 0);
}

#[test]
fn rows_and_their_columns() {
    let db = Db::file();
    for caller in BOTH {
        let sql = "SELECT 1 AS one, 'é' AS two, NULL AS three, 0.5, x'00ff'";
        let batch = wait(db.pool.fetch_all(query(sql, []), caller)).unwrap();
        let names: Vec<_> = batch.columns().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["one", "two", "three", "0.5", "x'00ff'"]);
        let cells: Vec<_> = (0..5).map(|column| batch.cell(0, column)).collect();
        let expected = [
            RawCell::Integer(1),
            RawCell::Text("é".as_bytes()),
            RawCell::Null,
            RawCell::Real(0.5),
            RawCell::Blob(&[0, 255]),
        ];
        assert_eq!(cells, expected);
        let empty = wait(db.pool.fetch_all(query("SELECT id, a FROM t", []), caller)).unwrap();
        assert_eq!((empty.len(), empty.columns().len()), (0, 2));
    }
}

#[test]
fn a_changed_schema_gives_its_new_columns() {
    let db = Db::file();
    db.fill(1);
    assert_eq!(db.fetch("SELECT * FROM t").unwrap().columns().len(), 2);
    db.execute("ALTER TABLE t ADD COLUMN b TEXT").unwrap();
    let batch = db.fetch("SELECT * FROM t").unwrap();
    assert_eq!((batch.len(), batch.columns().len()), (1, 3));
}

#[test]
fn statements_that_write_reach_the_writer_however_they_are_called() {
    for db in [Db::file(), Db::single(), Db::memory()] {
        for caller in BOTH {
            for sql in [
                "INSERT INTO t (a) VALUES ('x') RETURNING id",
                "WITH v(a) AS (SELECT 'y') INSERT INTO t (a) SELECT a FROM v RETURNING id",
                "  replace into t (a) values ('z') returning id",
            ] {
                assert_eq!(wait(db.pool.fetch_all(query(sql, []), caller)).unwrap().len(), 1, "{sql}");
            }
            let mut stream = db.pool.fetch(
                query("WITH v(a) AS (SELECT 'y') INSERT INTO t (a) SELECT a FROM v RETURNING id", []),
                10,
                caller,
            );
            assert_eq!(next(&mut stream).unwrap().unwrap().len(), 1);
            assert!(next(&mut stream).is_none());
        }
        assert_eq!(db.count(), 8);
    }
}

#[test]
fn counts_are_those_of_the_statement() {
    let db = Db::file();
    db.fill(3);
    for caller in BOTH {
        let execute = |sql: &str| wait(db.pool.execute(query(sql, []), caller)).unwrap();
        assert_eq!(execute("UPDATE t SET a = a"), 3);
        assert_eq!(execute("CREATE TABLE IF NOT EXISTS other (id INTEGER)"), 0);
        assert_eq!(execute("WITH v AS (SELECT 1) UPDATE t SET a = 'w' WHERE id < 3"), 2);
        assert_eq!(execute("SELECT * FROM t"), 0);
        assert_eq!(execute("DELETE FROM t WHERE id = 99"), 0);
    }
}

#[test]
fn many_readers_while_one_writes() {
    let db = Db::with(&PoolOptions { max_connections: 4, ..PoolOptions::default() });
    db.fill(100);
    thread::scope(|scope| {
        for caller in [Caller::Blocking, Caller::Async, Caller::Blocking, Caller::Async, Caller::Async] {
            let pool = &db.pool;
            scope.spawn(move || {
                for _ in 0..200 {
                    // Each pair of rows is written in one transaction, so no reader may see half of one.
                    let batch = wait(pool.fetch_all(query("SELECT count(*) FROM t", []), caller)).unwrap();
                    assert_eq!(number(&batch) % 2, 0);
                }
            });
        }
        for caller in BOTH {
            let pool = &db.pool;
            scope.spawn(move || {
                for _ in 0..50 {
                    let transaction = wait(pool.begin(PLAIN, caller)).unwrap();
                    for _ in 0..2 {
                        wait(transaction.execute(query("INSERT INTO t (a) VALUES ('x')", []))).unwrap();
                    }
                    wait(transaction.commit()).unwrap();
                }
            });
        }
    });
    assert_eq!(db.count(), 300);
    let metrics = db.pool.metrics();
    assert_eq!((metrics.active, metrics.waiting), (0, 0));
    assert!(metrics.size <= 4, "{metrics:?}");
}

#[test]
fn who_came_first_is_served_first() {
    for db in [Db::file(), Db::memory()] {
        let transaction = wait(db.pool.begin(PLAIN, Caller::Async)).unwrap();
        let mut calls: Vec<_> = (0..20)
            .map(|number| {
                let insert = query("INSERT INTO t (a) VALUES (?)", [Value::Text(number.to_string())]);
                db.pool.execute(insert, Caller::Async)
            })
            .collect();
        assert!(calls.iter_mut().all(|call| poll_once(call).is_pending()));
        assert_eq!(db.pool.metrics().waiting, 20);
        wait(transaction.commit()).unwrap();
        for call in calls {
            assert_eq!(wait(call).unwrap(), 1);
        }
        let unordered = "SELECT count(*) FROM t WHERE CAST(a AS INTEGER) <> id - 1";
        assert_eq!(db.number(unordered), 0);
    }
}

#[test]
fn waiting_ends_with_the_acquire_timeout() {
    let db = Db::with(&short_wait());
    let transaction = wait(db.pool.begin(PLAIN, Caller::Blocking)).unwrap();
    for caller in BOTH {
        assert_eq!(kind(wait(db.pool.execute(query("DELETE FROM t", []), caller))), ErrorKind::PoolExhausted);
        assert_eq!(kind(wait(db.pool.begin(PLAIN, caller)).map(drop)), ErrorKind::PoolExhausted);
        assert_eq!(db.pool.metrics().waiting, 0);
        wait(db.pool.fetch_all(query("SELECT 1", []), caller)).unwrap();
    }
    drop(transaction);
    for caller in BOTH {
        wait(db.pool.execute(query("DELETE FROM t", []), caller)).unwrap();
    }
}

#[test]
fn an_acquire_timeout_of_zero_means_not_to_wait() {
    let db = Db::with(&PoolOptions { acquire_timeout: Duration::ZERO, ..PoolOptions::default() });
    let transaction = wait(db.pool.begin(PLAIN, Caller::Blocking)).unwrap();
    for caller in BOTH {
        let refused = error_of(wait(db.pool.execute(query("DELETE FROM t", []), caller)));
        assert_eq!(refused.kind(), ErrorKind::PoolExhausted);
        assert!(refused.to_string().contains("is free and acquire_timeout is 0"), "{refused}");
    }
    drop(transaction);
    for caller in BOTH {
        // A rollback that nobody waits for, and what a poll unasked finds done, may still have the connection.
        db.until_active(0);
        wait(db.pool.execute(query("DELETE FROM t", []), caller)).unwrap();
    }
}

#[test]
fn closing_waits_for_those_in_flight_and_refuses_the_rest() {
    for db in [Db::file(), Db::memory()] {
        let transaction = wait(db.pool.begin(PLAIN, Caller::Async)).unwrap();
        let mut queued = db.pool.execute(query("INSERT INTO t (a) VALUES ('queued')", []), Caller::Async);
        assert!(poll_once(&mut queued).is_pending());
        let mut closing = db.pool.close();
        assert!(poll_once(&mut closing).is_pending());
        assert!(db.pool.is_closed());
        for caller in BOTH {
            let refused = error_of(wait(db.pool.execute(query("SELECT 1", []), caller)));
            assert_eq!((refused.kind(), refused.to_string().contains("closed")), (ErrorKind::Session, true));
            assert_eq!(kind(wait(db.pool.begin(PLAIN, caller)).map(drop)), ErrorKind::Session);
            let mut stream = db.pool.fetch(query("SELECT 1", []), 1, caller);
            assert_eq!(kind(next(&mut stream).unwrap()), ErrorKind::Session);
        }
        wait(transaction.execute(query("INSERT INTO t (a) VALUES ('mine')", []))).unwrap();
        wait(transaction.commit()).unwrap();
        assert_eq!(wait(queued).unwrap(), 1);
        wait(closing);
        assert_eq!(db.pool.metrics().size, 0);
        wait(db.pool.close());
    }
}

/// Closes a pool; panics where that takes far longer than the acquire timeout.
fn close_soon(db: &Db) {
    let (tell, told) = std::sync::mpsc::channel();
    let closing = db.pool.close();
    thread::spawn(move || {
        wait(closing);
        tell.send(())
    });
    told.recv_timeout(Duration::from_secs(5)).expect("close ends with the acquire timeout");
}

fn until_size(db: &Db, size: usize) {
    let start = std::time::Instant::now();
    while db.pool.metrics().size != size {
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", db.pool.metrics());
        thread::yield_now();
    }
}

#[test]
fn closing_does_not_wait_for_ever_for_a_transaction() {
    for caller in BOTH {
        let db = Db::with(&short_wait());
        let held = wait(db.pool.begin(PLAIN, caller)).unwrap();
        wait(db.pool.fetch_all(query("SELECT 1", []), caller)).unwrap();
        assert_eq!(db.pool.metrics().size, 2);
        close_soon(&db);
        // The idle one is closed, the other goes on until its holder is done with it.
        assert_eq!(db.pool.metrics().size, 1);
        wait(held.execute(query("INSERT INTO t (a) VALUES ('late')", []))).unwrap();
        assert_eq!(kind(wait(db.pool.begin(PLAIN, caller)).map(drop)), ErrorKind::Session);
        wait(held.commit()).unwrap();
        drop(held);
        until_size(&db, 0);
        close_soon(&db);
        let path = db.folder.as_ref().unwrap().join("test.db");
        let again = wait(open(&SqliteFile::Path(path), &PoolOptions::default())).unwrap();
        assert_eq!(number(&wait(again.fetch_all(query("SELECT count(*) FROM t", []), caller)).unwrap()), 1);
    }
}

#[test]
fn closing_does_not_wait_for_ever_for_a_stream() {
    for caller in BOTH {
        let db = Db::with(&short_wait());
        db.fill(10_000);
        let mut stream = db.pool.fetch(query("SELECT * FROM t", []), 10, caller);
        assert_eq!(next(&mut stream).unwrap().unwrap().len(), 10);
        close_soon(&db);
        assert_eq!(db.pool.metrics().size, 1);
        assert_eq!(next(&mut stream).unwrap().unwrap().len(), 10);
        drop(stream);
        until_size(&db, 0);
    }
}

#[test]
fn a_file_outlives_its_pool() {
    let db = Db::file();
    db.fill(7);
    wait(db.pool.close());
    let path = db.folder.as_ref().unwrap().join("test.db");
    assert!(!path.with_extension("db-wal").exists(), "the log is written back");
    let again = wait(open(&SqliteFile::Path(path), &PoolOptions::default())).unwrap();
    assert_eq!(number(&wait(again.fetch_all(query("SELECT count(*) FROM t", []), Caller::Async)).unwrap()), 7);
}

#[test]
fn every_connection_is_set_up() {
    let db = Db::file();
    let transaction = wait(db.pool.begin(PLAIN, Caller::Blocking)).unwrap();
    for (pragma, expected) in [("foreign_keys", 1), ("synchronous", 1)] {
        let sql = format!("SELECT * FROM pragma_{pragma}");
        assert_eq!(db.number(&sql), expected, "{pragma} of a reader");
        let batch = wait(transaction.fetch_all(query(&sql, []))).unwrap();
        assert_eq!(number(&batch), expected, "{pragma} of the writer");
    }
    let mode = db.fetch("SELECT * FROM pragma_journal_mode").unwrap();
    assert_eq!(mode.cell(0, 0), RawCell::Text(b"wal"));
}
