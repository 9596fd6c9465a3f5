//! Errors are classified, and say what is concerned.

use chakra::ErrorKind;
use chakra::driver::{Executor, connect};
use chakra::types::{Kind, Value};

use crate::pool_or_skip;
use crate::server::{Seen, name, query, run, scalar, url};

#[tokio::test]
async fn conditions_have_their_class_table_and_columns() {
    let pool = pool_or_skip!(2);
    let table = name("errors");
    run(&pool, &format!(
        "CREATE TABLE {table} (a int PRIMARY KEY, b int NOT NULL, c int CHECK (c > 0), d int REFERENCES {table}, UNIQUE (b, c))"
    )).await;
    run(&pool, &format!("INSERT INTO {table} VALUES (1, 1, 1, NULL)")).await;
    for (row, kind, columns) in [
        ("(1, 2, 1, NULL)", ErrorKind::UniqueViolation, vec!["a"]),
        ("(2, 1, 1, NULL)", ErrorKind::UniqueViolation, vec!["b", "c"]),
        ("(2, NULL, 1, NULL)", ErrorKind::NotNullViolation, vec!["b"]),
        ("(2, 2, 0, NULL)", ErrorKind::CheckViolation, vec!["c"]),
        ("(2, 2, 1, 9)", ErrorKind::ForeignKeyViolation, vec!["d"]),
    ] {
        let error = pool.execute(query(&format!("INSERT INTO {table} VALUES {row}"), vec![])).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let database = error.as_database().unwrap();
        assert_eq!(database.table.as_deref(), Some(table.as_str()));
        assert_eq!(database.columns, columns, "{error}");
        assert!(std::error::Error::source(database).is_some());
    }
    for (text, kind) in [
        ("SELECT * FROM no_such_table", ErrorKind::Programming),
        ("SELEKT", ErrorKind::Programming),
        ("SELECT 1/0", ErrorKind::Database),
        ("SELECT 'x'::int", ErrorKind::Database),
    ] {
        let error = pool.fetch_all(query(text, vec![])).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{text}: {error}");
    }
    let timeout = "SET statement_timeout = 20; SELECT pg_sleep(10)";
    assert_eq!(pool.execute(query(timeout, vec![])).await.unwrap_err().kind(), ErrorKind::QueryTimeout);
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn a_refused_value_keeps_the_connection() {
    let pool = pool_or_skip!(1);
    let before = scalar(&pool, "SELECT pg_backend_pid()", vec![]).await;
    let error = pool.fetch_all(query("SELECT $1", vec![Value::Text("a\0b".into())])).await.unwrap_err();
    assert!(error.to_string().contains("0x00"), "{error}");
    let many = pool.fetch_all(query("SELECT 1", vec![Value::Integer(1); 65_536])).await.unwrap_err();
    assert_eq!(many.kind(), ErrorKind::Query, "{many}");
    assert_eq!(scalar(&pool, "SELECT pg_backend_pid()", vec![]).await, before);
    assert_eq!(pool.metrics().size, 1);
}

#[tokio::test]
async fn connecting_tells_what_is_wrong_without_the_password() {
    let refused = connect("postgres://ada:hunter2@127.0.0.1:1/x").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionLost, "{refused}");
    assert!(refused.to_string().starts_with("could not connect to 127.0.0.1:1: "), "{refused}");
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
    for (url, place) in [
        ("postgres://ada:hunter2@no-such-host.invalid/x", "no-such-host.invalid:5432"),
        ("postgres://ada:hunter2@[::1]:1/x", "[::1]:1"),
        ("postgres://ada:hunter2@%2Fno%2Fsuch%2Fsocket/x", "/no/such/socket"),
    ] {
        let error = connect(url).await.unwrap_err();
        let message = error.to_string();
        assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{message}");
        assert!(message.starts_with(&format!("could not connect to {place}: ")), "{message}");
        assert!(!message.contains("lost") && !message.contains("hunter2"), "{message}");
    }
    drop(pool_or_skip!(1));
    let unknown = url().rsplit_once('/').map(|(server, _)| format!("{server}/no_such_database")).unwrap();
    let stranger = unknown.replacen("://", "://nobody_known:hunter2@", 1).replacen("@root@", "@", 1);
    for url in [unknown, stranger] {
        let error = connect(&url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.to_string().starts_with("could not connect to postgres://"), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn one_text_with_other_types_is_another_statement() {
    let pool = pool_or_skip!(1);
    let text = "SELECT $1 + 1";
    assert_eq!(scalar(&pool, text, vec![Value::Integer(1)]).await, Seen::Integer(2));
    assert_eq!(scalar(&pool, text, vec![Value::Float(1.5)]).await, Seen::Float(2.5));
    assert_eq!(scalar(&pool, text, vec![Value::Integer(1)]).await, Seen::Integer(2));
    assert_eq!(scalar(&pool, text, vec![Value::Null(Kind::Float)]).await, Seen::Null);
}

#[tokio::test]
async fn statements_survive_a_changed_table() {
    let pool = pool_or_skip!(1);
    let table = name("changed");
    run(&pool, &format!("CREATE TABLE {table} (a int)")).await;
    run(&pool, &format!("INSERT INTO {table} VALUES (1)")).await;
    let select = format!("SELECT a FROM {table}");
    assert_eq!(scalar(&pool, &select, vec![]).await, Seen::Integer(1));
    run(&pool, &format!("ALTER TABLE {table} ALTER a TYPE text")).await;
    assert_eq!(scalar(&pool, &select, vec![]).await, Seen::Text("1".into()));
    run(&pool, "DEALLOCATE ALL").await;
    assert_eq!(scalar(&pool, &select, vec![]).await, Seen::Text("1".into()));
    run(&pool, &format!("DROP TABLE {table}")).await;
}
