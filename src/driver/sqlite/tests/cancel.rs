//! Futures dropped at any moment: the connection stays usable, no write that was acknowledged is lost, and no other
//! statement is hit.

use super::*;
use crate::driver::while_blocking;

/// Passes some time that differs from round to round, so that drops come at all points of a call.
fn dawdle(round: usize) {
    for _ in 0..(round * 7_919) % 12_000 {
        std::hint::spin_loop();
    }
}

#[test]
fn a_running_statement_is_interrupted() {
    let db = Db::single();
    for _ in 0..20 {
        let mut endless = db.pool.fetch_all(query(ENDLESS, []), Caller::Async);
        assert!(poll_once(&mut endless).is_pending());
        drop(endless);
        assert_eq!(db.number("SELECT 42"), 42);
    }
}

#[test]
fn a_blocked_thread_gives_up_where_it_is_asked_to() {
    let db = Db::file();
    let interrupted = || while_blocking(|| true, || wait(db.pool.fetch_all(query(ENDLESS, []), Caller::Blocking)));
    assert_eq!(kind(interrupted()), ErrorKind::QueryCanceled);
    let transaction = wait(db.pool.begin(PLAIN, Caller::Async)).unwrap();
    let waiting = || wait(db.pool.execute(query("INSERT INTO t (a) VALUES ('never')", []), Caller::Blocking));
    assert_eq!(kind(while_blocking(|| true, waiting)), ErrorKind::QueryCanceled);
    assert_eq!(db.pool.metrics().waiting, 0);
    wait(transaction.commit()).unwrap();
    // Nobody is asked any more.
    assert_eq!(db.execute("UPDATE t SET a = 'x'").unwrap(), 0);
}

#[test]
fn a_statement_in_line_is_skipped() {
    let db = Db::file();
    let transaction = wait(db.pool.begin(PLAIN, Caller::Async)).unwrap();
    let mut insert = db.pool.execute(query("INSERT INTO t (a) VALUES ('never')", []), Caller::Async);
    assert!(poll_once(&mut insert).is_pending());
    assert_eq!(db.pool.metrics().waiting, 1);
    drop(insert);
    assert_eq!(db.pool.metrics().waiting, 0);
    wait(transaction.commit()).unwrap();
    assert_eq!(db.execute("UPDATE t SET a = 'x'").unwrap(), 0);
}

#[test]
fn a_transaction_begun_for_nobody_is_rolled_back() {
    let db = Db::single();
    for round in 0..300 {
        let mut begin = db.pool.begin(PLAIN, Caller::Async);
        let _ = poll_once(&mut begin);
        dawdle(round);
        drop(begin);
        db.execute("UPDATE t SET a = 'x'").unwrap();
    }
    db.until_active(0);
}

/// One call of each sort, dropped at 400 different moments, on a pool of one.
#[test]
fn no_drop_poisons_a_connection() {
    for db in [Db::single(), Db::memory()] {
        db.fill(2_000);
        let mut acknowledged = 2_000;
        for round in 0..400 {
            match round % 4 {
                0 => {
                    let mut read = db.pool.fetch_all(query("SELECT * FROM t", []), Caller::Async);
                    let _ = poll_once(&mut read);
                    dawdle(round);
                }
                1 => {
                    let mut write = db.pool.execute(query("INSERT INTO t (a) VALUES ('w')", []), Caller::Async);
                    let _ = poll_once(&mut write);
                    dawdle(round);
                    acknowledged += i64::from(poll_once(&mut write).is_ready());
                }
                2 => {
                    let transaction = wait(db.pool.begin(PLAIN, Caller::Async)).unwrap();
                    let mut write = transaction.execute(query("INSERT INTO t (a) VALUES ('t')", []));
                    let _ = poll_once(&mut write);
                    dawdle(round);
                    drop(transaction);
                }
                _ => {
                    let mut stream = db.pool.fetch(query("SELECT * FROM t", []), 50, Caller::Async);
                    let _ = stream.poll_next_unpin(&mut Context::from_waker(Waker::noop()));
                    dawdle(round);
                }
            }
            // Whatever was dropped, the next call on the only connection is right and whole.
            assert_eq!(db.number("SELECT count(*) FROM t WHERE a = 'row'"), 2_000);
            assert_eq!(db.number("SELECT count(*) FROM t WHERE a = 't'"), 0);
        }
        assert!(db.count() >= acknowledged);
        db.until_active(0);
        assert_eq!((db.pool.metrics().size, db.pool.metrics().waiting), (1, 0));
    }
}

#[test]
fn a_drop_never_hits_another_callers_statement() {
    let db = Db::single();
    db.fill(500);
    thread::scope(|scope| {
        let pool = &db.pool;
        scope.spawn(move || {
            for round in 0..500 {
                let mut read = pool.fetch_all(query("SELECT * FROM t", []), Caller::Async);
                let _ = poll_once(&mut read);
                dawdle(round);
            }
        });
        for caller in BOTH {
            scope.spawn(move || {
                for _ in 0..300 {
                    let batch = wait(pool.fetch_all(query("SELECT a FROM t", []), caller)).unwrap();
                    assert_eq!(batch.len(), 500);
                }
            });
        }
    });
}

#[test]
fn a_pool_dropped_with_calls_in_flight_ends_quietly() {
    for _ in 0..20 {
        let db = Db::single();
        let mut endless = db.pool.fetch_all(query(ENDLESS, []), Caller::Async);
        let mut queued = db.pool.execute(query("DELETE FROM t", []), Caller::Async);
        let _ = (poll_once(&mut endless), poll_once(&mut queued));
        drop(db);
        drop(endless);
        // The file is gone as well, which is told where it is noticed.
        assert!(wait(queued).map_or_else(|error| error.kind() == ErrorKind::Operational, |_| true));
    }
}

#[test]
fn callers_in_line_survive_a_blocked_thread_that_gives_up() {
    let db = Db::with(&short_wait());
    let transaction = wait(db.pool.begin(PLAIN, Caller::Blocking)).unwrap();
    thread::scope(|scope| {
        let blocked = scope.spawn(|| kind(db.execute("DELETE FROM t")));
        db.until_waiting(1);
        assert_eq!(blocked.join().unwrap(), ErrorKind::PoolExhausted);
    });
    wait(transaction.commit()).unwrap();
    db.execute("DELETE FROM t").unwrap();
}

#[test]
fn waiting_for_another_process_ends_with_the_caller() {
    let db = Db::with(&PoolOptions { busy_timeout: Duration::from_hours(1), ..PoolOptions::default() });
    let other = rusqlite::Connection::open(db.folder.as_ref().unwrap().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write = db.pool.execute(query("DELETE FROM t", []), Caller::Async);
    assert!(poll_once(&mut write).is_pending());
    drop(write);
    db.until_active(0);
    other.execute_batch("COMMIT").unwrap();
    db.execute("DELETE FROM t").unwrap();
}

#[test]
fn a_statement_that_takes_too_long_is_ended() {
    let options = PoolOptions { statement_timeout: Some(Duration::from_millis(100)), ..PoolOptions::default() };
    let db = Db::with(&options);
    for caller in BOTH {
        let error = error_of(wait(db.pool.fetch_all(query(ENDLESS, []), caller)));
        assert_eq!(error.kind(), ErrorKind::QueryTimeout);
        assert!(error.to_string().contains("100ms (statement_timeout)"), "{error}");
        // The next one has its own time.
        assert_eq!(wait(db.pool.execute(query("INSERT INTO t (a) VALUES ('x')", []), caller)).unwrap(), 1);
        let transaction = wait(db.pool.begin(PLAIN, caller)).unwrap();
        assert_eq!(kind(wait(transaction.fetch_all(query(ENDLESS, [])))), ErrorKind::QueryTimeout);
        wait(transaction.rollback()).unwrap();
    }
    assert_eq!(db.count(), 2);
}
