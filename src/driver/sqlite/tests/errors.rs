//! What goes wrong, as its portable class.

use super::*;
use crate::error::DatabaseError;

fn refused(db: &Db, sql: &str) -> Box<DatabaseError> {
    match error_of(db.execute(sql)) {
        Error::Database(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn constraints_are_named() {
    let db = Db::file();
    db.execute(
        "CREATE TABLE c (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT '', b INTEGER, \
         CONSTRAINT b_is_positive CHECK (b > 0), UNIQUE (a, b))",
    )
    .unwrap();
    db.execute("CREATE UNIQUE INDEX lowered ON c (lower(a), b + 1)").unwrap();
    db.execute("CREATE TABLE d (c INTEGER REFERENCES c (id)) STRICT").unwrap();
    db.execute("INSERT INTO c VALUES (1, 'x', 1)").unwrap();
    for (sql, kind, table, columns, constraint) in [
        ("INSERT INTO c (id) VALUES (1)", ErrorKind::UniqueViolation, Some("c"), vec!["id"], None),
        ("INSERT INTO c (a, b) VALUES ('x', 1)", ErrorKind::UniqueViolation, None, vec![], Some("lowered")),
        ("INSERT INTO c (a) VALUES (NULL)", ErrorKind::NotNullViolation, Some("c"), vec!["a"], None),
        ("INSERT INTO c (b) VALUES (0)", ErrorKind::CheckViolation, None, vec![], Some("b_is_positive")),
        ("INSERT INTO d VALUES (9)", ErrorKind::ForeignKeyViolation, None, vec![], None),
        ("INSERT INTO d VALUES ('text')", ErrorKind::Integrity, None, vec![], None),
        ("INSERT INTO c (id) VALUES ('text')", ErrorKind::Integrity, None, vec![], None),
    ] {
        let error = refused(&db, sql);
        assert_eq!(ErrorKind::from(error.kind), kind, "{sql}: {error}");
        assert_eq!(error.table.as_deref(), table, "{sql}");
        assert_eq!(error.columns, columns, "{sql}");
        assert_eq!(error.constraint.as_deref(), constraint, "{sql}");
        assert!(error.sqlstate.is_some() && error.source.is_some());
    }
    db.execute("DROP INDEX lowered").unwrap();
    let error = refused(&db, "INSERT INTO c (a, b) VALUES ('x', 1)");
    assert_eq!((error.table.as_deref(), error.columns), (Some("c"), vec!["a".to_owned(), "b".to_owned()]));
}

#[test]
fn wrong_statements_are_programming_errors() {
    let db = Db::file();
    for caller in BOTH {
        for sql in
            ["SELEC 1", "SELECT * FROM nowhere", "SELECT 1; SELECT 2", "", "INSERT INTO t (b) VALUES (1)", "SELECT ?"]
        {
            let outcome = wait(db.pool.fetch_all(query(sql, []), caller));
            assert_eq!(kind(outcome), ErrorKind::Programming, "{sql}");
        }
        let unused = wait(db.pool.fetch_all(query("SELECT ?", [Value::Integer(1), Value::Integer(2)]), caller));
        assert!(error_of(unused).to_string().contains("2 values for 1 placeholders"));
    }
    db.fetch("SELECT 1").unwrap();
}

#[test]
fn what_sqlite_would_change_silently_is_refused() {
    let db = Db::file();
    for value in [Value::Float(f64::NAN), Value::List(crate::types::Kind::Integer, vec![Value::Integer(1)])] {
        let outcome = wait(db.pool.execute(query("INSERT INTO t (a) VALUES (?)", [value]), Caller::Blocking));
        assert_eq!(kind(outcome), ErrorKind::Query);
    }
    assert_eq!(db.count(), 0);
}

#[test]
fn a_path_that_is_no_database_is_named() {
    let folder = folder();
    let text = folder.join("notes.txt");
    std::fs::write(&text, "not a database, but long enough to have a header of a hundred bytes. ".repeat(20)).unwrap();
    for path in [text, folder.clone(), folder.join("missing").join("x.db")] {
        let error = error_of(wait(open(&SqliteFile::Path(path.clone()), &PoolOptions::default())).map(drop));
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
    let none = PoolOptions { max_connections: 0, ..PoolOptions::default() };
    assert_eq!(kind(wait(open(&SqliteFile::Memory, &none)).map(drop)), ErrorKind::Config);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn another_process_with_the_lock_is_waited_for_and_then_told() {
    let db = Db::with(&PoolOptions { busy_timeout: Duration::from_millis(20), ..PoolOptions::default() });
    let other = rusqlite::Connection::open(db.folder.as_ref().unwrap().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for caller in BOTH {
        let error = error_of(wait(db.pool.execute(query("INSERT INTO t (a) VALUES ('x')", []), caller)));
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.to_string().contains("busy_timeout"), "{error}");
        assert_eq!(kind(wait(db.pool.begin(PLAIN, caller)).map(drop)), ErrorKind::Operational);
        wait(db.pool.fetch_all(query("SELECT * FROM t", []), caller)).unwrap();
    }
    other.execute_batch("COMMIT").unwrap();
    db.execute("INSERT INTO t (a) VALUES ('x')").unwrap();
}

#[test]
fn a_full_database_is_operational() {
    let db = Db::single();
    db.execute("PRAGMA max_page_count = 10").unwrap();
    let error = refused(
        &db,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10000) INSERT INTO t (a) SELECT 'fill it up ' || i FROM n",
    );
    assert_eq!(ErrorKind::from(error.kind), ErrorKind::Operational);
    assert_eq!(db.count(), 0);
}
