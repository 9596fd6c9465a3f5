//! Streams: batches, connections they keep, and writing while reading.

use super::*;

#[test]
fn rows_come_in_batches() {
    for db in [Db::file(), Db::single(), Db::memory()] {
        db.fill(10);
        for caller in BOTH {
            for (size, expected) in [(4, vec![4, 4, 2]), (5, vec![5, 5]), (100, vec![10]), (0, vec![1; 10])] {
                let mut stream = db.pool.fetch(query("SELECT id FROM t ORDER BY id", []), size, caller);
                let batches: Vec<_> = std::iter::from_fn(|| next(&mut stream)).map(Result::unwrap).collect();
                assert_eq!(batches.iter().map(RowBatch::len).collect::<Vec<_>>(), expected);
                assert_eq!(number(batches.last().unwrap()), 11 - i64::try_from(*expected.last().unwrap()).unwrap());
            }
            let mut none = db.pool.fetch(query("SELECT id FROM t WHERE id < 0", []), 3, caller);
            assert!(next(&mut none).is_none());
            assert!(next(&mut none).is_none());
        }
    }
}

#[test]
fn an_error_ends_the_stream() {
    let db = Db::file();
    for caller in BOTH {
        for sql in ["SELECT nothing FROM t", "SELECT abs(-9223372036854775808)"] {
            let mut stream = db.pool.fetch(query(sql, []), 3, caller);
            assert_eq!(kind(next(&mut stream).unwrap()), ErrorKind::Programming);
            assert!(next(&mut stream).is_none());
        }
    }
}

#[test]
fn a_stream_keeps_its_reader_until_it_is_dropped() {
    let db = Db::with(&short_wait());
    db.fill(1_000);
    for caller in BOTH {
        let mut stream = db.pool.fetch(query("SELECT id FROM t", []), 10, caller);
        assert_eq!(next(&mut stream).unwrap().unwrap().len(), 10);
        assert_eq!(db.pool.metrics().active, 1);
        db.execute("UPDATE t SET a = 'written beside' WHERE id = 999").unwrap();
        assert_eq!(db.pool.metrics().active, 1);
        drop(stream);
        db.until_active(0);
        db.fetch("SELECT 1").unwrap();
    }
}

#[test]
fn a_stream_that_holds_the_last_reader_makes_way_for_who_waits() {
    let db = Db::with(&short_wait());
    db.fill(1_000);
    for caller in BOTH {
        let mut stream = db.pool.fetch(query("SELECT id FROM t", []), 10, caller);
        let mut rows = next(&mut stream).unwrap().unwrap().len();
        db.fetch("SELECT 1").unwrap();
        while let Some(batch) = next(&mut stream) {
            rows += batch.unwrap().len();
        }
        assert_eq!(rows, 1_000);
    }
}

#[test]
fn a_stream_at_its_end_has_given_its_reader_back() {
    let db = Db::with(&short_wait());
    db.fill(20);
    for caller in BOTH {
        let mut stream = db.pool.fetch(query("SELECT id FROM t", []), 10, caller);
        while next(&mut stream).is_some() {}
        assert_eq!(db.pool.metrics().active, 0);
        db.fetch("SELECT 1").unwrap();
    }
}

#[test]
fn a_loop_over_a_stream_may_write_where_one_connection_does_both() {
    for db in [Db::single(), Db::memory()] {
        db.fill(100);
        for caller in BOTH {
            let mut stream = db.pool.fetch(query("SELECT id FROM t", []), 10, caller);
            let mut rows = 0;
            while let Some(batch) = next(&mut stream) {
                rows += batch.unwrap().len();
                wait(db.pool.execute(query("UPDATE t SET a = 'seen'", []), caller)).unwrap();
            }
            assert_eq!(rows, 100);
        }
    }
}

#[test]
fn a_loop_over_a_stream_may_write_in_its_transaction() {
    let db = Db::file();
    db.fill(100);
    for caller in BOTH {
        let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
        let mut stream = transaction.fetch(query("SELECT id FROM t WHERE id <= 100 ORDER BY id", []), 10);
        let mut rows = 0;
        while let Some(batch) = next(&mut stream) {
            rows += batch.unwrap().len();
            wait(transaction.execute(query("INSERT INTO t (a) VALUES ('new')", []))).unwrap();
        }
        assert_eq!(rows, 100);
        wait(transaction.commit()).unwrap();
    }
    assert_eq!(db.count(), 120);
}

#[test]
fn what_a_stream_has_not_read_survives_the_end_of_its_transaction() {
    let db = Db::file();
    db.fill(100);
    for caller in BOTH {
        for commits in [true, false] {
            let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
            let mut stream = transaction.fetch(query("SELECT id FROM t", []), 10);
            next(&mut stream).unwrap().unwrap();
            if commits {
                wait(transaction.commit()).unwrap();
            }
            drop(transaction);
            // The writer is free again before the stream is read to its end.
            db.execute("UPDATE t SET a = 'after'").unwrap();
            let rest: usize = std::iter::from_fn(|| next(&mut stream)).map(|batch| batch.unwrap().len()).sum();
            assert_eq!(rest, 90);
        }
    }
}

#[test]
fn a_stream_dropped_in_the_middle_of_a_step_is_interrupted() {
    let db = Db::with(&short_wait());
    let mut stream = db.pool.fetch(query(ENDLESS, []), 1, Caller::Async);
    assert!(stream.poll_next_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
    db.until_active(1);
    drop(stream);
    db.until_active(0);
    db.fetch("SELECT 1").unwrap();
}
