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
        "CREATE TABLE {table} (a INT PRIMARY KEY, b INT NOT NULL, c INT, d INT, \
         CONSTRAINT positive CHECK (c > 0), UNIQUE KEY `odd name` (b, c), CONSTRAINT fk_{table} FOREIGN KEY (d) REFERENCES {table} (a))"
    )).await;
    run(&pool, &format!("INSERT INTO {table} VALUES (1, 1, 1, NULL)")).await;
    for (statement, kind, columns, constraint) in [
        ("INSERT INTO {t} VALUES (1, 2, 1, NULL)", ErrorKind::UniqueViolation, vec!["a"], Some("PRIMARY".to_owned())),
        (
            "INSERT INTO `{t}` VALUES (2, 1, 1, NULL)",
            ErrorKind::UniqueViolation,
            vec!["b", "c"],
            Some("odd name".into()),
        ),
        ("UPDATE {t} SET a = 1, b = NULL", ErrorKind::NotNullViolation, vec!["b"], None),
        ("insert into {t} (a, c) values (2, 1)", ErrorKind::NotNullViolation, vec!["b"], None),
        ("INSERT INTO {t} VALUES (2, NULL, 1, NULL)", ErrorKind::NotNullViolation, vec!["b"], None),
        ("INSERT INTO {t} VALUES (2, 2, 0, NULL)", ErrorKind::CheckViolation, vec!["c"], Some("positive".into())),
        ("INSERT INTO {t} VALUES (2, 2, 1, 9)", ErrorKind::ForeignKeyViolation, vec!["d"], Some(format!("fk_{table}"))),
    ] {
        let statement = statement.replace("{t}", &table);
        let error = pool.execute(query(&statement, vec![])).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let database = error.as_database().unwrap();
        assert_eq!(database.table.as_deref(), Some(table.as_str()), "{statement}: {error}");
        assert_eq!(database.columns, columns, "{statement}: {error}");
        assert_eq!(database.constraint, constraint, "{statement}: {error}");
        assert!(std::error::Error::source(database).is_some());
    }
    run(&pool, &format!("INSERT INTO {table} VALUES (2, 2, 2, 1)")).await;
    let referenced = pool.execute(query(&format!("DELETE FROM {table} WHERE a = 1"), vec![])).await.unwrap_err();
    assert_eq!(referenced.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(referenced.as_database().unwrap().columns, ["d"]);
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn other_conditions_have_their_class() {
    let pool = pool_or_skip!(2);
    for (text, kind) in [
        ("SELECT * FROM no_such_table", ErrorKind::Programming),
        ("SELECT no_such_column", ErrorKind::Programming),
        ("SELECT no_such_function(1)", ErrorKind::Programming),
        ("SELEKT", ErrorKind::Programming),
        ("SELECT ?", ErrorKind::Programming),
        ("SELECT 9223372036854775807 + 1", ErrorKind::Database),
    ] {
        let error = pool.fetch_all(query(text, vec![])).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{text}: {error}");
    }
    assert_eq!(scalar(&pool, "SELECT 1", vec![]).await, Seen::Integer(1));
    let table = name("strict");
    run(&pool, &format!("CREATE TABLE {table} (a TINYINT, b VARCHAR(2), c DATE, d INT)")).await;
    for row in [
        "(1000, '', NULL, 0)",
        "(1, 'abc', NULL, 0)",
        "(1, '', '2024-02-30', 0)",
        "(1, '', '0000-00-00', 0)",
        "(1, '', NULL, 1 / 0)",
        "('x', '', NULL, 0)",
    ] {
        let error = pool.execute(query(&format!("INSERT INTO {table} VALUES {row}"), vec![])).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database, "{row}: {error}");
    }
    assert_eq!(scalar(&pool, &format!("SELECT COUNT(*) FROM {table}"), vec![]).await, Seen::Integer(0));
    run(&pool, &format!("DROP TABLE {table}")).await;
}

/// The duplicate itself stands in the server's message; it has no place in ours.
#[tokio::test]
async fn a_duplicate_is_not_shown() {
    let pool = pool_or_skip!(1);
    let table = name("secret");
    run(&pool, &format!("CREATE TABLE {table} (a VARCHAR(30) PRIMARY KEY)")).await;
    let insert = format!("INSERT INTO {table} VALUES (?)");
    let secret = || vec![Value::Text("it's for key 'x' secret".into())];
    pool.execute(query(&insert, secret())).await.unwrap();
    let error = pool.execute(query(&insert, secret())).await.unwrap_err();
    assert!(!error.to_string().contains("secret'"), "{error}");
    assert_eq!(error.as_database().unwrap().constraint.as_deref(), Some("PRIMARY"));
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn statements_that_take_too_long() {
    let pool = pool_or_skip!(2);
    run(&pool, "SET @@max_statement_time = 0.05").await;
    let error = pool.fetch_all(query("SELECT SLEEP(10) FROM (SELECT 1) AS s", vec![])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QueryTimeout, "{error}");
    run(&pool, "SET @@max_statement_time = 0").await;
    let table = name("locked");
    run(&pool, &format!("CREATE TABLE {table} (a INT PRIMARY KEY) ENGINE=InnoDB")).await;
    run(&pool, &format!("INSERT INTO {table} VALUES (1)")).await;
    let (first, second) = (pool.begin().await.unwrap(), pool.begin().await.unwrap());
    let lock = format!("SELECT a FROM {table} WHERE a = 1 FOR UPDATE");
    first.fetch_all(query(&lock, vec![])).await.unwrap();
    run(&second, "SET innodb_lock_wait_timeout = 1").await;
    run(&second, &format!("INSERT INTO {table} VALUES (2)")).await;
    let error = second.fetch_all(query(&lock, vec![])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
    // The statement alone has failed.
    second.commit().await.unwrap();
    first.rollback().await.unwrap();
    assert_eq!(scalar(&pool, &format!("SELECT COUNT(*) FROM {table}"), vec![]).await, Seen::Integer(2));
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn a_refused_value_keeps_the_connection() {
    let pool = pool_or_skip!(1);
    let before = scalar(&pool, "SELECT CONNECTION_ID()", vec![]).await;
    let many = pool.fetch_all(query("SELECT 1", vec![Value::Integer(1); 65_536])).await.unwrap_err();
    assert_eq!(many.kind(), ErrorKind::Query, "{many}");
    let Seen::Integer(most) = scalar(&pool, "SELECT @@max_allowed_packet", vec![]).await else { panic!("no number") };
    let large = Value::Bytes(vec![0; usize::try_from(most).unwrap()]);
    let large = pool.fetch_all(query("SELECT LENGTH(?)", vec![large])).await.unwrap_err();
    assert_eq!(large.kind(), ErrorKind::Operational, "{large}");
    assert!(large.to_string().contains("max_allowed_packet"), "{large}");
    assert_eq!(scalar(&pool, "SELECT CONNECTION_ID()", vec![]).await, before);
    let just = Value::Bytes(vec![0; usize::try_from(most).unwrap() - 200]);
    assert_eq!(scalar(&pool, "SELECT LENGTH(?)", vec![just]).await, Seen::Integer(most - 200));
    assert_eq!(pool.metrics().size, 1);
}

#[tokio::test]
async fn connecting_tells_what_is_wrong_without_the_password() {
    let refused = connect("mysql://ada:hunter2@127.0.0.1:1/x").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionLost, "{refused}");
    assert!(refused.to_string().starts_with("could not connect to 127.0.0.1:1: "), "{refused}");
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
    for (url, place) in [
        ("mysql://ada:hunter2@no-such-host.invalid/x", "no-such-host.invalid:3306"),
        ("mysql://ada:hunter2@[::1]:1/x", "[::1]:1"),
        ("mysql://ada:hunter2@localhost/x?socket=/no/such/socket", "/no/such/socket"),
    ] {
        let error = connect(url).await.unwrap_err();
        let message = error.to_string();
        assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{message}");
        assert!(message.starts_with(&format!("could not connect to {place}: ")), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    drop(pool_or_skip!(1));
    let url = url();
    let (server, _) = url.split_once("://").map(|(_, rest)| rest.split_once('/').unwrap()).unwrap();
    let host = server.rsplit_once('@').map_or(server, |(_, host)| host);
    for url in [format!("mysql://{server}/no_such_database"), format!("mariadb://nobody_known:hunter2@{host}/test")] {
        let error = connect(&url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.to_string().starts_with("could not connect to mysql://"), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn one_text_with_other_types_is_the_same_statement() {
    let pool = pool_or_skip!(1);
    let text = "SELECT ? + 1";
    assert_eq!(scalar(&pool, text, vec![Value::Integer(1)]).await, Seen::Integer(2));
    assert_eq!(scalar(&pool, text, vec![Value::Float(1.5)]).await, Seen::Float(2.5));
    assert_eq!(scalar(&pool, text, vec![Value::Integer(1)]).await, Seen::Integer(2));
    assert_eq!(scalar(&pool, text, vec![Value::Null(Kind::Float)]).await, Seen::Null);
}

#[tokio::test]
async fn statements_survive_a_changed_table() {
    let pool = pool_or_skip!(1);
    let table = name("changed");
    run(&pool, &format!("CREATE TABLE {table} (a INT)")).await;
    run(&pool, &format!("INSERT INTO {table} VALUES (1)")).await;
    let select = format!("SELECT * FROM {table}");
    assert_eq!(scalar(&pool, &select, vec![]).await, Seen::Integer(1));
    run(&pool, &format!("ALTER TABLE {table} MODIFY a VARCHAR(10), ADD b INT")).await;
    assert_eq!(scalar(&pool, &select, vec![]).await, Seen::Text("1".into()));
    run(&pool, &format!("DROP TABLE {table}")).await;
    run(&pool, &format!("CREATE TABLE {table} (x DATE)")).await;
    assert!(pool.fetch_all(query(&select, vec![])).await.unwrap().is_empty());
    run(&pool, &format!("DROP TABLE {table}")).await;
}
