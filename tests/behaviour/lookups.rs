//! Conditions: a row meets one or its complement, NULL included.

use chakra::Model;
use chakra::model::Condition;

use crate::backend::{TestDb, on_every_backend};
use crate::models::{User, insert_users};

on_every_backend! {
    comparisons,
    every_condition_has_an_exact_complement,
    members_of_lists,
    text_is_matched_literally,
    case_folds_as_unicode_says,
    and_or_not,
}

async fn found(db: &TestDb, condition: Condition<User>) -> Vec<String> {
    let rows = User::query().filter(condition).order_by(User::id()).all(&db.pool).await.unwrap();
    rows.into_iter().map(|user| user.name).collect()
}

async fn comparisons(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    assert_eq!(found(db, User::age().eq(20)).await, ["Bob", "Dora"]);
    assert_eq!(found(db, User::age().eq(Some(36))).await, ["ada"]);
    assert_eq!(found(db, User::age().eq(None)).await, ["carl", "eve_%"]);
    assert_eq!(found(db, User::age().ne(20)).await, ["ada", "carl", "eve_%", "Émile"]);
    assert_eq!(found(db, User::age().ne(None)).await, ["ada", "Bob", "Dora", "Émile"]);
    assert_eq!(found(db, User::age().gt(36)).await, ["Émile"]);
    assert_eq!(found(db, User::age().gte(36)).await, ["ada", "Émile"]);
    assert_eq!(found(db, User::age().lt(36)).await, ["Bob", "Dora"]);
    assert_eq!(found(db, User::age().lte(36)).await, ["ada", "Bob", "Dora"]);
    assert_eq!(found(db, User::age().between(20, 36)).await, ["ada", "Bob", "Dora"]);
    assert_eq!(found(db, User::age().between(36, 20)).await, [""; 0]);
    assert_eq!(found(db, User::age().gt(i32::MIN)).await.len(), 4);
    assert_eq!(found(db, User::age().gt(None)).await, [""; 0]);
    assert_eq!(found(db, User::age().is_null()).await, ["carl", "eve_%"]);
    assert_eq!(found(db, User::age().is_not_null()).await, ["ada", "Bob", "Dora", "Émile"]);
    assert_eq!(found(db, User::active().eq(true)).await.len(), 6);
    assert_eq!(found(db, User::name().gt("ada")).await, ["carl", "eve_%", "Émile"]);
}

async fn every_condition_has_an_exact_complement(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let conditions = [
        User::age().eq(20),
        User::age().ne(20),
        User::age().eq(None),
        User::age().gt(20),
        User::age().lte(20),
        User::age().gt(None),
        User::age().between(1, 30),
        User::age().is_in([20, 36]),
        User::age().is_in([Some(20), None]),
        User::age().not_in([20]),
        User::age().is_in([0_i32; 0]),
        User::age().is_null(),
        User::name().contains("e"),
        User::name().icontains("E"),
        User::age().eq(20).and(User::name().eq("Bob")),
        User::age().eq(20).or(User::age().gt(40)),
        !(User::age().eq(20) & User::age().is_not_null()),
    ];
    for condition in conditions {
        let inside = found(db, condition.clone()).await;
        let outside = User::query().exclude(condition.clone()).all(&db.pool).await.unwrap();
        assert_eq!(inside.len() + outside.len(), 6, "{condition:?}");
        assert!(outside.iter().all(|user| !inside.contains(&user.name)), "{condition:?}");
        assert_eq!(found(db, !!condition.clone()).await, inside, "{condition:?}");
    }
}

async fn members_of_lists(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    assert_eq!(found(db, User::age().is_in([20, 65])).await, ["Bob", "Dora", "Émile"]);
    assert_eq!(found(db, User::age().is_in([Some(65), None])).await, ["carl", "eve_%", "Émile"]);
    assert_eq!(found(db, User::age().not_in([20, 65])).await, ["ada", "carl", "eve_%"]);
    assert_eq!(found(db, User::age().not_in([Some(65), None])).await, ["ada", "Bob", "Dora"]);
    assert_eq!(found(db, User::age().is_in(Vec::<i32>::new())).await, [""; 0]);
    assert_eq!(found(db, User::age().not_in(Vec::<i32>::new())).await.len(), 6);
    assert_eq!(found(db, User::age().is_in(0..70_000)).await, ["ada", "Bob", "Dora", "Émile"]);
    assert_eq!(found(db, User::name().is_in(["ada", "eve_%", "x'"])).await, ["ada", "eve_%"]);
}

async fn text_is_matched_literally(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    for name in ["back\\slash", "star*?[a]", "100%"] {
        User::new(name, None).insert(&db.pool).await.unwrap();
    }
    assert_eq!(found(db, User::name().contains("_")).await, ["eve_%"]);
    assert_eq!(found(db, User::name().ends_with("%")).await, ["eve_%", "100%"]);
    assert_eq!(found(db, User::name().contains("\\")).await, ["back\\slash"]);
    assert_eq!(found(db, User::name().contains("*?[")).await, ["star*?[a]"]);
    assert_eq!(found(db, User::name().starts_with("star*")).await, ["star*?[a]"]);
    assert_eq!(found(db, User::name().icontains("_%")).await, ["eve_%"]);
    assert_eq!(found(db, User::name().starts_with("a")).await, ["ada"], "case counts");
    assert_eq!(found(db, User::name().starts_with("A")).await, [""; 0], "case counts");
    assert_eq!(found(db, User::name().contains("")).await.len(), 9);
}

async fn case_folds_as_unicode_says(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    assert_eq!(found(db, User::name().iexact("éMILE")).await, ["Émile"]);
    assert_eq!(found(db, User::name().icontains("MIL")).await, ["Émile"]);
    assert_eq!(found(db, User::name().istarts_with("é")).await, ["Émile"]);
    assert_eq!(found(db, User::name().iends_with("B")).await, ["Bob"]);
}

async fn and_or_not(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let grown = User::age().gte(30);
    assert_eq!(found(db, grown.clone().and(User::name().eq("ada"))).await, ["ada"]);
    assert_eq!(found(db, grown.clone() | User::name().eq("Bob")).await, ["ada", "Bob", "Émile"]);
    assert_eq!(found(db, !grown.clone()).await, ["Bob", "carl", "Dora", "eve_%"]);
    assert_eq!(found(db, !grown.clone() & User::age().is_not_null()).await, ["Bob", "Dora"]);
    let mixed = (User::name().eq("ada") | User::name().eq("Bob")) & (User::age().eq(20) | User::age().is_null());
    assert_eq!(found(db, mixed).await, ["Bob"]);
    let chained = User::query().filter(grown.clone()).exclude(User::name().eq("ada")).filter(User::active().eq(true));
    assert_eq!(chained.one(&db.pool).await.unwrap().name, "Émile");
}
