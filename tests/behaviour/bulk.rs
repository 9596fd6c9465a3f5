//! Many objects at once.

use chakra::{ErrorKind, Model};

use crate::backend::{TestDb, on_every_backend};
use crate::models::{Article, Every, Membership, User};

on_every_backend! {
    ten_thousand_rows_get_their_keys_in_order,
    given_keys_are_written,
    every_type_travels_in_bulk,
    all_or_none,
    objects_with_and_without_keys_are_refused,
    no_objects_no_rows,
}

async fn ten_thousand_rows_get_their_keys_in_order(db: &TestDb) {
    db.create_all().await;
    let mut users: Vec<User> =
        (0..10_000).map(|n| User::new(&format!("user {n}"), (n % 3 != 0).then_some(n))).collect();
    assert_eq!(User::bulk_insert(&mut users, &db.pool).await.unwrap(), 10_000);
    let stored = User::query().order_by(User::id()).all(&db.pool).await.unwrap();
    assert_eq!(stored.len(), 10_000);
    assert!(stored == users, "each object has the key of its own row");
}

async fn given_keys_are_written(db: &TestDb) {
    db.create_all().await;
    let article = |id: i64| Article { id, title: format!("t{id}"), state: "s".into(), price: None };
    let mut articles = [article(5), article(0), article(-3)];
    Article::bulk_insert(&mut articles, &db.pool).await.unwrap();
    let stored = Article::query().order_by(Article::id()).all(&db.pool).await.unwrap();
    assert_eq!(stored, [article(-3), article(0), article(5)]);
    let mut members: Vec<Membership> = (0..500)
        .map(|n| Membership { user_id: n, group: "g".into(), r#type: 1, key: String::new(), update: true })
        .collect();
    assert_eq!(Membership::bulk_insert(&mut members, &db.pool).await.unwrap(), 500);
    assert_eq!(Membership::query().order_by(Membership::user_id()).all(&db.pool).await.unwrap(), members);
}

async fn every_type_travels_in_bulk(db: &TestDb) {
    db.create_all().await;
    let plain = Every::plain(1);
    let given = Every {
        id: 2,
        maybe_small: Some(1),
        maybe_float: Some(0.1),
        maybe_decimal: Some(plain.decimal),
        maybe_string: Some("\u{1F980} \\ \" ' {} ,".into()),
        maybe_boolean: Some(true),
        maybe_instant: Some(plain.instant),
        maybe_date: Some(plain.date),
        maybe_time: Some(plain.time),
        maybe_uuid: Some(plain.uuid),
        maybe_bytes: Some(vec![0, 92, 255]),
        maybe_json: Some(serde_json::json!({"a": "\\\"\n"})),
        ..plain.clone()
    };
    let mut rows = [plain, given];
    Every::bulk_insert(&mut rows, &db.pool).await.unwrap();
    assert_eq!(Every::query().order_by(Every::id()).all(&db.pool).await.unwrap(), rows);
}

async fn all_or_none(db: &TestDb) {
    db.create_all().await;
    let mut users: Vec<User> = (0..2_500).map(|n| User::new(&format!("user {}", n % 2_499), None)).collect();
    let error = User::bulk_insert(&mut users, &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation, "{error}");
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 0);
    assert!(users.iter().all(|user| user.id.is_none()));

    let mut users = [User::new("fits", None), User::new(&"x".repeat(51), None)];
    let error = User::bulk_insert(&mut users, &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 0);
}

async fn objects_with_and_without_keys_are_refused(db: &TestDb) {
    db.create_all().await;
    let mut users = [User::new("a", None), User { id: Some(9), ..User::new("b", None) }];
    let error = User::bulk_insert(&mut users, &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Query);
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 0);
}

async fn no_objects_no_rows(db: &TestDb) {
    // No table is made: nothing may be asked of the database.
    assert_eq!(User::bulk_insert(&mut [], &db.pool).await.unwrap(), 0);
}
