//! `?pgbouncer=true`: nothing on the server outlives a transaction.

use chakra::ErrorKind;
use chakra::driver::{BulkInsert, Executor, PoolOptions, connect_with};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{SqlType, Value};
use futures_util::StreamExt;

use crate::pool_or_skip;
use crate::server::{Seen, name, query, run, scalar, url};

#[tokio::test]
async fn nothing_outlives_a_transaction() {
    drop(pool_or_skip!(1));
    let options = PoolOptions { max_connections: 1, ..PoolOptions::default() };
    let pool = connect_with(&format!("{}?pgbouncer=true", url()), options).await.unwrap();
    let table = name("pooler");
    run(&pool, &format!("CREATE TABLE {table} (id bigserial PRIMARY KEY, n bigint UNIQUE)")).await;
    let insert = query(&format!("INSERT INTO {table} (n) VALUES ($1)"), vec![Value::Integer(1)]);
    assert_eq!(pool.execute(insert.clone()).await.unwrap(), 1);
    assert_eq!(pool.execute(insert.clone()).await.unwrap_err().kind(), ErrorKind::UniqueViolation);
    // Preparation and execution share a transaction: the same one sees its own start.
    let framed = "SELECT now() < clock_timestamp() AND pg_current_xact_id() = pg_current_xact_id() AND $1";
    assert_eq!(scalar(&pool, framed, vec![Value::Boolean(true)]).await, Seen::Boolean(true));
    let transaction = pool.begin().await.unwrap();
    transaction.execute(query(&format!("INSERT INTO {table} (n) VALUES ($1)"), vec![Value::Integer(2)])).await.unwrap();
    transaction.commit().await.unwrap();
    let described = TableRef::new(
        Table::new(
            "Item",
            &table,
            vec![
                Column::new("id", SqlType::BigInteger).primary_key().auto_increment(),
                Column::new("n", SqlType::BigInteger),
            ],
        )
        .unwrap(),
    );
    for start in [10, 1_000] {
        let values = (start..start * 2).map(Value::Integer).collect();
        let bulk = BulkInsert { table: described.clone(), columns: vec![1], values, returning: vec![0] };
        assert_eq!(i64::try_from(pool.insert_many(bulk).await.unwrap().len()).unwrap(), start);
    }
    let mut rows = pool.fetch(query(&format!("SELECT n FROM {table}"), vec![]), 100);
    let mut read = 0;
    while let Some(batch) = rows.next().await {
        read += batch.unwrap().len();
    }
    assert_eq!(read, 1_012);
    let prepared = scalar(&pool, "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''", vec![]).await;
    assert_eq!(prepared, Seen::Integer(0));
    run(&pool, &format!("DROP TABLE {table}")).await;
    assert_eq!(pool.metrics().size, 1);
}
