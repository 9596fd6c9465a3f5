//! Many rows at once, where the server has RETURNING and where it has not.

use chakra::ErrorKind;
use chakra::driver::{BulkInsert, Executor, Pool, PoolOptions};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{Kind, SqlType, Value};

use crate::server::{Seen, name, pool_at, query, run, scalar, seen, url, url_with};

/// Numbers of rows on both sides of every threshold.
const SIZES: [i64; 5] = [1, 2, 101, 2_000, 4_500];

/// A pool as the server is, and one as if it had no RETURNING.
async fn both() -> Vec<(&'static str, Pool)> {
    let mut pools = Vec::new();
    for (told, url) in [("with RETURNING", url()), ("without", url_with("returning=false"))] {
        let options = PoolOptions { max_connections: 1, ..PoolOptions::default() };
        pools.extend(pool_at(&url, options).await.map(|pool| (told, pool)));
    }
    pools
}

fn described(table: &str, columns: Vec<Column>) -> TableRef {
    TableRef::new(Table::new("Bulk", table, columns).unwrap())
}

fn keyed(table: &str) -> TableRef {
    described(
        table,
        vec![
            Column::new("id", SqlType::BigInteger).primary_key().auto_increment(),
            Column::new("number", SqlType::BigInteger).nullable(),
            Column::new("level", SqlType::Integer),
        ],
    )
}

fn numbers(table: &TableRef, rows: i64, returning: Vec<usize>) -> BulkInsert {
    let values =
        (0..rows).map(|row| if row % 7 == 3 { Value::Null(Kind::Integer) } else { Value::Integer(row) }).collect();
    BulkInsert { table: table.clone(), columns: vec![1], values, returning }
}

async fn make(pool: &Pool, table: &str) {
    run(
        pool,
        &format!(
            "CREATE TABLE {table} (id BIGINT AUTO_INCREMENT PRIMARY KEY, number BIGINT, level INT NOT NULL DEFAULT 7)"
        ),
    )
    .await;
}

/// What came back belongs to the rows in their order.
async fn assert_rows(pool: &Pool, executor: &impl Executor, table: &str, rows: i64, told: &str) {
    for returning in [vec![0], vec![0, 2], vec![2, 0]] {
        let bulk = numbers(&keyed(table), rows, returning.clone());
        let batch = executor.insert_many(bulk).await.unwrap_or_else(|error| panic!("{told}: {error}"));
        assert_eq!(i64::try_from(batch.len()).unwrap(), rows, "{told}");
        let key_at = returning.iter().position(|column| *column == 0).unwrap();
        let mut last = 0;
        for row in 0..batch.len() {
            let Ok(Seen::Integer(key)) = seen(&batch, row, key_at, Some(&SqlType::BigInteger)) else {
                panic!("{told}")
            };
            assert!(key > last, "{told}, row {row}");
            last = key;
            if returning.len() > 1 {
                assert_eq!(seen(&batch, row, 1 - key_at, Some(&SqlType::Integer)), Ok(Seen::Integer(7)), "{told}");
            }
            if row % 500 == 3 || row < 2 {
                let number =
                    scalar(executor, &format!("SELECT number FROM {table} WHERE id = ?"), vec![Value::Integer(key)])
                        .await;
                let expected = if row % 7 == 3 { Seen::Null } else { Seen::Integer(i64::try_from(row).unwrap()) };
                assert_eq!(number, expected, "{told}, row {row}");
            }
        }
    }
    let _ = pool;
}

#[tokio::test]
async fn generated_keys_and_defaults_come_back_in_order() {
    for (told, pool) in both().await {
        let table = name("keys");
        make(&pool, &table).await;
        for rows in SIZES {
            assert_rows(&pool, &pool, &table, rows, &format!("{told}, {rows} rows")).await;
        }
        let transaction = pool.begin().await.unwrap();
        assert_rows(&pool, &transaction, &table, 2_500, &format!("{told}, in a transaction")).await;
        transaction.commit().await.unwrap();
        run(&pool, &format!("DROP TABLE {table}")).await;
    }
}

/// As in a cluster whose nodes take turns at numbers.
#[tokio::test]
async fn keys_that_grow_in_steps() {
    for (told, pool) in both().await {
        let table = name("steps");
        make(&pool, &table).await;
        run(&pool, "SET auto_increment_increment = 10, auto_increment_offset = 3").await;
        for rows in [1, 5, 2_500] {
            assert_rows(&pool, &pool, &table, rows, &format!("{told}, {rows} rows")).await;
        }
        assert_eq!(
            scalar(&pool, &format!("SELECT COUNT(*) FROM {table} WHERE id % 10 <> 3"), vec![]).await,
            Seen::Integer(0)
        );
        run(&pool, &format!("DROP TABLE {table}")).await;
    }
}

/// Others who insert meanwhile do not tear the numbers of one statement apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_consecutive_whoever_else_inserts() {
    let options = PoolOptions { max_connections: 4, ..PoolOptions::default() };
    let Some(pool) = pool_at(&url_with("returning=false"), options).await else { return };
    let table = name("crowd");
    make(&pool, &table).await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (pool, table) = (pool.clone(), table.clone());
            tokio::spawn(async move {
                for _ in 0..10 {
                    let batch = pool.insert_many(numbers(&keyed(&table), 60, vec![0, 1])).await.unwrap();
                    for row in 0..60_i64 {
                        let expected = if row % 7 == 3 { Seen::Null } else { Seen::Integer(row) };
                        assert_eq!(seen(&batch, usize::try_from(row).unwrap(), 1, None), Ok(expected));
                    }
                    let batch = pool.insert_many(numbers(&keyed(&table), 60, vec![0])).await.unwrap();
                    let Ok(Seen::Integer(key)) = seen(&batch, 59, 0, None) else { panic!("no key") };
                    let number = format!("SELECT number FROM {table} WHERE id = ?");
                    assert_eq!(scalar(&pool, &number, vec![Value::Integer(key)]).await, Seen::Null);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    run(&pool, &format!("DROP TABLE {table}")).await;
}

#[tokio::test]
async fn keys_that_are_given_find_their_rows() {
    for (told, pool) in both().await {
        let table = name("given");
        run(
            &pool,
            &format!("CREATE TABLE {table} (a VARCHAR(10), b INT, level INT NOT NULL DEFAULT 7, PRIMARY KEY (a, b))"),
        )
        .await;
        let described = described(
            &table,
            vec![
                Column::new("a", SqlType::String { length: Some(10) }).primary_key(),
                Column::new("b", SqlType::Integer).primary_key(),
                Column::new("level", SqlType::Integer),
            ],
        );
        let values = (0..250).flat_map(|row| [Value::Integer(-row), Value::Text(format!("k{}", row % 3))]).collect();
        let bulk = BulkInsert { table: described.clone(), columns: vec![1, 0], values, returning: vec![2, 1] };
        let batch = pool.insert_many(bulk).await.unwrap();
        for row in 0..250 {
            assert_eq!(seen(&batch, row, 0, None), Ok(Seen::Integer(7)), "{told}");
            assert_eq!(seen(&batch, row, 1, None), Ok(Seen::Integer(-i64::try_from(row).unwrap())), "{told}");
        }
        run(&pool, &format!("DROP TABLE {table}")).await;
    }
}

/// A key that is neither given nor numbered cannot be told without RETURNING: refused before anything is written.
#[tokio::test]
async fn a_key_that_only_the_server_knows() {
    for (told, pool) in both().await {
        let table = name("uuid");
        run(&pool, &format!("CREATE TABLE {table} (id CHAR(36) PRIMARY KEY DEFAULT (UUID()), n INT)")).await;
        let described =
            described(&table, vec![Column::new("id", SqlType::Uuid).primary_key(), Column::new("n", SqlType::Integer)]);
        let values = vec![Value::Integer(1)];
        let bulk = BulkInsert { table: described, columns: vec![1], values, returning: vec![0] };
        match pool.insert_many(bulk).await {
            Ok(batch) => assert!(matches!(seen(&batch, 0, 0, Some(&SqlType::Uuid)), Ok(Seen::Uuid(_))), "{told}"),
            Err(error) => {
                assert_eq!((told, error.kind()), ("without", ErrorKind::Query), "{error}");
                assert_eq!(scalar(&pool, &format!("SELECT COUNT(*) FROM {table}"), vec![]).await, Seen::Integer(0));
            }
        }
        run(&pool, &format!("DROP TABLE {table}")).await;
    }
}

#[tokio::test]
async fn all_rows_or_none() {
    for (_, pool) in both().await {
        let table = name("whole");
        run(&pool, &format!("CREATE TABLE {table} (id BIGINT PRIMARY KEY)")).await;
        let described = described(&table, vec![Column::new("id", SqlType::BigInteger).primary_key()]);
        let with_twin = |rows: i64| BulkInsert {
            table: described.clone(),
            columns: vec![0],
            values: (0..rows).chain([0]).map(Value::Integer).collect(),
            returning: vec![],
        };
        let count = format!("SELECT COUNT(*) FROM {table}");
        for rows in [2, 150, 6_000] {
            let error = pool.insert_many(with_twin(rows)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UniqueViolation, "{error}");
            assert_eq!(scalar(&pool, &count, vec![]).await, Seen::Integer(0));
        }
        // Inside a transaction what came before the rows stays.
        let transaction = pool.begin().await.unwrap();
        run(&transaction, &format!("INSERT INTO {table} VALUES (-1)")).await;
        transaction.insert_many(with_twin(6_000)).await.unwrap_err();
        assert_eq!(scalar(&transaction, &count, vec![]).await, Seen::Integer(1));
        let mut bulk = with_twin(6_000);
        bulk.values.pop();
        transaction.insert_many(bulk).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(scalar(&pool, &count, vec![]).await, Seen::Integer(6_001));
        run(&pool, &format!("DROP TABLE {table}")).await;
    }
}

#[tokio::test]
async fn rows_of_many_columns_and_long_values() {
    for (told, pool) in both().await {
        let table = name("wide");
        let width = 300;
        let names: Vec<String> = (0..width).map(|number| format!("c{number} INT")).collect();
        run(&pool, &format!("CREATE TABLE {table} (id INT PRIMARY KEY, {}, words LONGTEXT)", names.join(", "))).await;
        let mut columns = vec![Column::new("id", SqlType::Integer).primary_key()];
        columns.extend((0..width).map(|number| Column::new(format!("c{number}"), SqlType::Integer)));
        columns.push(Column::new("words", SqlType::Text));
        let described = described(&table, columns);
        let rows = 500;
        let values = (0..rows)
            .flat_map(|row| {
                let words = Value::Text("x".repeat(if row % 100 == 0 { 3_000_000 } else { 10 }));
                (0..=width).map(move |column| Value::Integer(row + column)).chain([words])
            })
            .collect();
        let columns = (0..described.columns.len()).collect();
        pool.insert_many(BulkInsert { table: described, columns, values, returning: vec![] }).await.unwrap();
        let sums = format!("SELECT CAST(SUM(c299 - id) AS SIGNED) FROM {table}");
        assert_eq!(scalar(&pool, &sums, vec![]).await, Seen::Integer(300 * rows), "{told}");
        let long = format!("SELECT COUNT(*) FROM {table} WHERE LENGTH(words) = 3000000");
        assert_eq!(scalar(&pool, &long, vec![]).await, Seen::Integer(5));
        run(&pool, &format!("DROP TABLE {table}")).await;
    }
}

#[tokio::test]
async fn names_that_must_be_quoted() {
    for (_, pool) in both().await {
        let table = format!("{}`x y", name("odd"));
        run(
            &pool,
            &format!("CREATE TABLE `{}` (`i``d` INT AUTO_INCREMENT PRIMARY KEY, `?` INT)", table.replace('`', "``")),
        )
        .await;
        let described = described(
            &table,
            vec![
                Column::new("i`d", SqlType::Integer).primary_key().auto_increment(),
                Column::new("?", SqlType::Integer),
            ],
        );
        let bulk =
            BulkInsert { table: described, columns: vec![1], values: vec![Value::Integer(5)], returning: vec![0, 1] };
        let batch = pool.insert_many(bulk).await.unwrap();
        assert_eq!(seen(&batch, 0, 1, None), Ok(Seen::Integer(5)));
        run(&pool, &format!("DROP TABLE `{}`", table.replace('`', "``"))).await;
    }
}

#[tokio::test]
async fn no_rows_are_no_question() {
    for (_, pool) in both().await {
        let bulk = BulkInsert { table: keyed("no_such_table"), columns: vec![1], values: vec![], returning: vec![0] };
        assert!(pool.insert_many(bulk).await.unwrap().is_empty());
        let error = pool.fetch_all(query("SELECT * FROM no_such_table", vec![])).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Programming);
    }
}
