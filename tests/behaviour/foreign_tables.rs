//! Tables that others made, whose types differ from the declared ones: exact, or an error that tells where.

use chakra::dialect::Dialect;
use chakra::{ErrorKind, Executor, Model};

use crate::backend::{TestDb, on_every_backend};
use crate::models::Stamp;

on_every_backend! {
    wider_columns_are_read_where_they_fit,
    a_value_out_of_range_is_an_error,
    null_where_none_is_declared_is_an_error,
    a_column_of_another_kind_is_an_error,
    a_column_of_another_type_is_told_by_its_name,
    a_column_that_is_missing_is_an_error,
    the_rest_of_a_stream_before_a_bad_row_is_given,
}

async fn make(db: &TestDb, level: &str, happened: &str) {
    // MySQL's keeps seconds only, where nothing else is said.
    let is_whole = db.pool.dialect() == Dialect::MySql && happened == "TIMESTAMP";
    let happened = if is_whole { "TIMESTAMP(6)" } else { happened };
    db.sql(&format!("CREATE TABLE stamps (id BIGINT PRIMARY KEY, level {level}, happened {happened})")).await.unwrap();
}

async fn wider_columns_are_read_where_they_fit(db: &TestDb) {
    make(db, "BIGINT", "TIMESTAMP").await;
    db.sql("INSERT INTO stamps VALUES (1, 32767, '2024-02-29 12:00:00.25')").await.unwrap();
    let stamp = Stamp::get(1, &db.pool).await.unwrap();
    assert_eq!((stamp.level, stamp.happened.to_rfc3339().as_str()), (i16::MAX, "2024-02-29T12:00:00.250+00:00"));
}

async fn a_value_out_of_range_is_an_error(db: &TestDb) {
    make(db, "BIGINT", "TIMESTAMP").await;
    db.sql("INSERT INTO stamps VALUES (1, 32768, '2024-02-29 12:00:00')").await.unwrap();
    let error = Stamp::get(1, &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let fault = error.as_decode().unwrap();
    assert_eq!((&*fault.table, &*fault.column, &*fault.expected), ("stamps", "level", "SmallInteger"));
    assert!(fault.found.contains("32768"), "{}", fault.found);
    assert!(error.as_database().is_none());
    let message = error.to_string();
    assert!(
        message.contains("stamps.level") && message.contains("32768") && message.contains("SmallInteger"),
        "{message}"
    );
}

async fn null_where_none_is_declared_is_an_error(db: &TestDb) {
    make(db, "SMALLINT", "TIMESTAMP").await;
    db.sql("INSERT INTO stamps VALUES (1, NULL, '2024-02-29 12:00:00')").await.unwrap();
    let error = Stamp::query().all(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("stamps.level holds NULL"), "{error}");
}

async fn a_column_of_another_kind_is_an_error(db: &TestDb) {
    make(db, "TEXT", "TEXT").await;
    db.sql("INSERT INTO stamps VALUES (1, 'seven', 'yesterday')").await.unwrap();
    let error = Stamp::query().all(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("stamps.level"), "{error}");
}

async fn a_column_of_another_type_is_told_by_its_name(db: &TestDb) {
    make(db, "SMALLINT", "TIME").await;
    db.sql("INSERT INTO stamps VALUES (1, 1, '12:00:00')").await.unwrap();
    let error = Stamp::query().all(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let found = match db.pool.dialect() {
        Dialect::Postgres => "holds 12:00:00 of type time without time zone",
        Dialect::MySql => "holds 12:00:00 of type time",
        _ => "12:00:00",
    };
    assert!(error.to_string().contains("stamps.happened") && error.to_string().contains(found), "{error}");
}

async fn a_column_that_is_missing_is_an_error(db: &TestDb) {
    db.sql("CREATE TABLE stamps (id BIGINT PRIMARY KEY, level SMALLINT)").await.unwrap();
    let error = Stamp::query().all(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Programming);
    assert!(error.to_string().contains("happened"), "{error}");
}

async fn the_rest_of_a_stream_before_a_bad_row_is_given(db: &TestDb) {
    make(db, "BIGINT", "TIMESTAMP").await;
    for (id, level) in [(1, 1), (2, 2), (3, 99_999), (4, 4)] {
        db.sql(&format!("INSERT INTO stamps VALUES ({id}, {level}, '2024-02-29 12:00:00')")).await.unwrap();
    }
    let mut stream = Stamp::query().order_by(Stamp::id()).stream(&db.pool);
    assert_eq!(stream.next().await.unwrap().unwrap().id, 1);
    assert_eq!(stream.next().await.unwrap().unwrap().id, 2);
    assert!(stream.next().await.unwrap().unwrap_err().to_string().contains("99999"));
    assert!(stream.next().await.is_none());
}
