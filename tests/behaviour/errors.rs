//! The same condition gives the same kind on every database.

use chakra::{ErrorKind, Model};

use crate::backend::{TestDb, on_every_backend};
use crate::models::{Country, User};

on_every_backend! {
    a_duplicate_names_table_and_column,
    a_duplicate_key,
    null_in_a_not_null_column,
    a_table_that_is_not_there,
    text_that_is_too_long,
    a_closed_pool,
    a_pool_survives_errors,
}

async fn a_duplicate_names_table_and_column(db: &TestDb) {
    db.create_all().await;
    User::new("ada", None).insert(&db.pool).await.unwrap();
    let error = User::new("ada", None).insert(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);
    let database = error.as_database().unwrap();
    assert_eq!(database.table.as_deref(), Some("users"), "{database:?}");
    assert_eq!(database.columns, ["name"], "{database:?}");
}

async fn a_duplicate_key(db: &TestDb) {
    db.create_all().await;
    let mut country = Country { code: "is".into(), name: "Iceland".into() };
    country.insert(&db.pool).await.unwrap();
    assert_eq!(country.insert(&db.pool).await.unwrap_err().kind(), ErrorKind::UniqueViolation);
}

async fn null_in_a_not_null_column(db: &TestDb) {
    db.create_all().await;
    let error = db.sql("INSERT INTO users (name, active) VALUES (NULL, NULL)").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotNullViolation);
    assert_eq!(error.as_database().unwrap().columns, ["name"]);
}

async fn a_table_that_is_not_there(db: &TestDb) {
    for error in [
        User::query().all(&db.pool).await.unwrap_err(),
        User::new("ada", None).insert(&db.pool).await.unwrap_err(),
        User::query().delete().execute(&db.pool).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Programming);
        assert!(error.to_string().contains("users"), "{error}");
    }
}

async fn text_that_is_too_long(db: &TestDb) {
    db.create_all().await;
    User::new(&"ü".repeat(50), None).insert(&db.pool).await.unwrap();
    let error = User::new(&"u".repeat(51), None).insert(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().starts_with("User.name:"), "{error}");
}

async fn a_closed_pool(db: &TestDb) {
    db.create_all().await;
    db.pool.close().await;
    assert!(db.pool.is_closed());
    assert_eq!(User::query().all(&db.pool).await.unwrap_err().kind(), ErrorKind::Session);
    assert_eq!(db.pool.begin().await.map(drop).unwrap_err().kind(), ErrorKind::Session);
}

async fn a_pool_survives_errors(db: &TestDb) {
    for _ in 0..25 {
        assert!(User::query().all(&db.pool).await.is_err());
    }
    db.create_all().await;
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 0);
}
