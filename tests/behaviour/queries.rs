//! Order, slices, one and many.

use chakra::{Error, ErrorKind, Model};

use crate::backend::{TestDb, on_every_backend};
use crate::models::{User, insert_users, names};

on_every_backend! {
    null_is_the_largest_value,
    text_orders_by_code_point,
    order_by_replaces_and_clears,
    slices,
    first_and_last,
    one_is_exactly_one,
    count_and_exists,
    distinct_counts_whole_rows_once,
    update_and_delete_of_many,
    narrowing_a_slice_is_refused,
    a_query_is_a_value,
}

async fn ordered(db: &TestDb, query: chakra::Query<User>) -> Vec<String> {
    names(&query.all(&db.pool).await.unwrap()).into_iter().map(str::to_owned).collect()
}

async fn null_is_the_largest_value(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let by = |order| ordered(db, User::query().order_by((order, User::id())));
    assert_eq!(by(User::age().asc()).await, ["Bob", "Dora", "ada", "Émile", "carl", "eve_%"]);
    assert_eq!(by(User::age().desc()).await, ["carl", "eve_%", "Émile", "ada", "Bob", "Dora"]);
    assert_eq!(by(User::age().asc().nulls_first()).await, ["carl", "eve_%", "Bob", "Dora", "ada", "Émile"]);
    assert_eq!(by(User::age().desc().nulls_last()).await, ["Émile", "ada", "Bob", "Dora", "carl", "eve_%"]);
}

async fn text_orders_by_code_point(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    assert_eq!(
        ordered(db, User::query().order_by(User::name())).await,
        ["Bob", "Dora", "ada", "carl", "eve_%", "Émile"]
    );
}

async fn order_by_replaces_and_clears(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let replaced = User::query().order_by(User::age()).order_by(User::id().desc());
    assert_eq!(ordered(db, replaced).await[0], "Émile");
    let cleared = User::query().order_by(User::id().desc()).order_by(());
    assert_eq!(cleared.first(&db.pool).await.unwrap().unwrap().name, "ada");
}

async fn slices(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let all = User::query().order_by(User::id());
    assert_eq!(ordered(db, all.clone().limit(2)).await, ["ada", "Bob"]);
    assert_eq!(ordered(db, all.clone().offset(4)).await, ["eve_%", "Émile"]);
    assert_eq!(ordered(db, all.clone().offset(1).limit(2)).await, ["Bob", "carl"]);
    assert_eq!(ordered(db, all.clone().limit(0)).await, [""; 0]);
    assert_eq!(ordered(db, all.clone().offset(99)).await, [""; 0]);
    assert_eq!(all.clone().limit(u64::MAX).count(&db.pool).await.unwrap(), 6);
    assert_eq!(all.clone().offset(4).limit(10).count(&db.pool).await.unwrap(), 2);
    assert!(!all.clone().offset(6).exists(&db.pool).await.unwrap());
    assert!(!all.clone().limit(0).exists(&db.pool).await.unwrap());
    assert_eq!(all.offset(1).first(&db.pool).await.unwrap().unwrap().name, "Bob");
}

async fn first_and_last(db: &TestDb) {
    db.create_all().await;
    assert_eq!(User::query().first(&db.pool).await.unwrap(), None);
    assert_eq!(User::query().last(&db.pool).await.unwrap(), None);
    insert_users(&db.pool).await;
    assert_eq!(User::query().first(&db.pool).await.unwrap().unwrap().name, "ada");
    assert_eq!(User::query().last(&db.pool).await.unwrap().unwrap().name, "Émile");
    let by_age = User::query().order_by((User::age(), User::name()));
    assert_eq!(by_age.clone().first(&db.pool).await.unwrap().unwrap().name, "Bob");
    assert_eq!(by_age.last(&db.pool).await.unwrap().unwrap().name, "eve_%");
    assert_eq!(User::query().limit(0).first(&db.pool).await.unwrap(), None);
}

async fn one_is_exactly_one(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let named = |name: &str| User::query().filter(User::name().eq(name));
    assert_eq!(named("ada").one(&db.pool).await.unwrap().age, Some(36));
    let missing = named("nobody").one(&db.pool).await.unwrap_err();
    assert!(matches!(&missing, Error::NotFound { model } if model == "User"), "{missing:?}");
    assert_eq!(named("nobody").one_or_none(&db.pool).await.unwrap(), None);
    let several = User::query().filter(User::age().eq(20)).one(&db.pool).await.unwrap_err();
    assert!(matches!(&several, Error::MultipleResults { model } if model == "User"), "{several:?}");
}

async fn count_and_exists(db: &TestDb) {
    db.create_all().await;
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 0);
    assert!(!User::query().exists(&db.pool).await.unwrap());
    insert_users(&db.pool).await;
    assert_eq!(User::query().order_by(User::name()).count(&db.pool).await.unwrap(), 6);
    assert!(User::query().filter(User::age().gt(60)).exists(&db.pool).await.unwrap());
    assert!(!User::query().filter(User::age().gt(65)).exists(&db.pool).await.unwrap());
}

async fn distinct_counts_whole_rows_once(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let distinct = User::query().distinct().order_by(User::id());
    assert_eq!(distinct.clone().count(&db.pool).await.unwrap(), 6);
    assert_eq!(distinct.all(&db.pool).await.unwrap().len(), 6);
}

async fn update_and_delete_of_many(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let young = User::query().filter(User::age().lt(30));
    let changed =
        young.clone().update((User::active().set(false), User::age().set(None))).execute(&db.pool).await.unwrap();
    assert_eq!(changed, 2);
    assert_eq!(User::query().filter(User::age().is_null()).count(&db.pool).await.unwrap(), 4);
    assert_eq!(young.count(&db.pool).await.unwrap(), 0);
    let unchanged = User::query().update(User::active().set(false)).execute(&db.pool).await.unwrap();
    assert_eq!(unchanged, 6, "rows matched, not rows changed");
    assert_eq!(User::query().exclude(User::age().eq(36)).delete().execute(&db.pool).await.unwrap(), 5);
    assert_eq!(User::query().one(&db.pool).await.unwrap().name, "ada");
    assert_eq!(User::query().delete().execute(&db.pool).await.unwrap(), 1);
    let nothing = User::query().update(()).execute(&db.pool).await.unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::Query);
}

async fn narrowing_a_slice_is_refused(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let sliced = || User::query().limit(2);
    let errors = [
        sliced().filter(User::age().gt(1)).all(&db.pool).await.unwrap_err(),
        sliced().exclude(User::age().gt(1)).count(&db.pool).await.unwrap_err(),
        sliced().order_by(User::age()).first(&db.pool).await.unwrap_err(),
        sliced().last(&db.pool).await.unwrap_err(),
        sliced().update(User::active().set(false)).execute(&db.pool).await.unwrap_err(),
        sliced().delete().execute(&db.pool).await.unwrap_err(),
        sliced().filter(User::age().gt(1)).stream(&db.pool).next().await.unwrap().unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Query);
        assert!(error.to_string().contains("after `limit` or `offset`"), "{error}");
    }
    assert_eq!(User::query().filter(User::active().eq(true)).count(&db.pool).await.unwrap(), 6);
}

async fn a_query_is_a_value(db: &TestDb) {
    db.create_all().await;
    let base = User::query().filter(User::active().eq(true));
    let narrowed = base.clone().filter(User::age().gt(30));
    insert_users(&db.pool).await;
    assert_eq!(base.count(&db.pool).await.unwrap(), 6);
    assert_eq!(narrowed.count(&db.pool).await.unwrap(), 2);
}
