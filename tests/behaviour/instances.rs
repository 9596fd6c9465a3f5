//! One object at a time.

use chakra::{Error, ErrorKind, Model};
use uuid::Uuid;

use crate::backend::{TestDb, on_every_backend};
use crate::models::{Article, Country, Membership, Token, User};

on_every_backend! {
    insert_fills_in_the_key,
    a_given_key_is_written_as_it_is,
    create_leaves_the_rest_to_the_database,
    create_names_all_that_is_missing,
    save_inserts_then_updates,
    update_writes_every_column,
    writing_a_row_that_is_gone_is_an_error,
    delete_counts,
    refresh_reads_again,
    an_object_without_a_key_has_no_row,
    get_by_every_kind_of_key,
    create_all_may_run_twice_and_drop_all_removes,
}

async fn insert_fills_in_the_key(db: &TestDb) {
    db.create_all().await;
    let (mut ada, mut bob) = (User::new("ada", Some(36)), User::new("bob", None));
    ada.insert(&db.pool).await.unwrap();
    bob.insert(&db.pool).await.unwrap();
    let (first, second) = (ada.id.unwrap(), bob.id.unwrap());
    assert!(second > first);
    assert_eq!(User::get(first, &db.pool).await.unwrap(), ada);
    assert_eq!(User::get(second, &db.pool).await.unwrap(), bob);
}

async fn a_given_key_is_written_as_it_is(db: &TestDb) {
    db.create_all().await;
    for id in [0, -7, i64::MAX] {
        let mut article = Article { id, title: id.to_string(), state: "new".into(), price: None };
        article.insert(&db.pool).await.unwrap();
        assert_eq!(Article::get(id, &db.pool).await.unwrap(), article);
        let mut user = User { id: Some(id), ..User::new(&id.to_string(), None) };
        user.insert(&db.pool).await.unwrap();
        assert_eq!(user.id, Some(id));
        assert_eq!(User::get(id, &db.pool).await.unwrap(), user);
    }
}

async fn create_leaves_the_rest_to_the_database(db: &TestDb) {
    db.create_all().await;
    let article = Article::create(Article::title().set("lamp")).execute(&db.pool).await.unwrap();
    assert_eq!((article.title.as_str(), article.state.as_str(), article.price), ("lamp", "draft", None));
    assert_eq!(Article::get(article.id, &db.pool).await.unwrap(), article);
    let second =
        Article::create((Article::title().set("desk"), Article::state().set("sold"))).execute(&db.pool).await.unwrap();
    assert!(second.id > article.id);
    assert_eq!(second.state, "sold");
    let user = User::create([User::name().set("ada")]).execute(&db.pool).await.unwrap();
    assert_eq!((user.age, user.active), (None, true));
}

async fn create_names_all_that_is_missing(db: &TestDb) {
    db.create_all().await;
    let error = Membership::create(Membership::user_id().set(1)).execute(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("group, type, key, update"), "{error}");
}

async fn save_inserts_then_updates(db: &TestDb) {
    db.create_all().await;
    let mut user = User::new("ada", None);
    user.save(&db.pool).await.unwrap();
    let id = user.id;
    user.age = Some(36);
    user.save(&db.pool).await.unwrap();
    assert_eq!(user.id, id);
    assert_eq!(User::query().one(&db.pool).await.unwrap(), user);
}

async fn update_writes_every_column(db: &TestDb) {
    db.create_all().await;
    let member = Membership { user_id: 1, group: "a".into(), r#type: 1, key: "k".into(), update: false };
    let mut other = Membership { group: "b".into(), ..member.clone() };
    let mut member = member;
    member.insert(&db.pool).await.unwrap();
    other.insert(&db.pool).await.unwrap();
    (member.r#type, member.key, member.update) = (2, "changed".into(), true);
    member.update(&db.pool).await.unwrap();
    assert_eq!(Membership::get((1, "a".to_owned()), &db.pool).await.unwrap(), member);
    assert_eq!(Membership::get((1, "b".to_owned()), &db.pool).await.unwrap(), other);
}

async fn writing_a_row_that_is_gone_is_an_error(db: &TestDb) {
    db.create_all().await;
    let mut user = User { id: Some(12), ..User::new("gone", None) };
    let error = user.update(&db.pool).await.unwrap_err();
    assert!(matches!(&error, Error::StaleObject { model, key, .. } if model == "User" && key == "12"), "{error:?}");
    assert_eq!(user.clone().save(&db.pool).await.unwrap_err().kind(), ErrorKind::StaleObject);
    let mut token = Token { id: Uuid::nil() };
    assert_eq!(token.update(&db.pool).await.unwrap_err().kind(), ErrorKind::StaleObject);
    token.clone().insert(&db.pool).await.unwrap();
    token.update(&db.pool).await.unwrap();
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 0);
}

async fn delete_counts(db: &TestDb) {
    db.create_all().await;
    let mut country = Country { code: "is".into(), name: "Iceland".into() };
    country.insert(&db.pool).await.unwrap();
    assert_eq!(country.delete(&db.pool).await.unwrap(), 1);
    assert_eq!(country.delete(&db.pool).await.unwrap(), 0);
}

async fn refresh_reads_again(db: &TestDb) {
    db.create_all().await;
    let mut user = User::new("ada", None);
    user.insert(&db.pool).await.unwrap();
    User::query().update(User::age().set(40)).execute(&db.pool).await.unwrap();
    user.name = "not written".into();
    user.refresh(&db.pool).await.unwrap();
    assert_eq!((user.name.as_str(), user.age), ("ada", Some(40)));
    user.delete(&db.pool).await.unwrap();
    assert_eq!(user.refresh(&db.pool).await.unwrap_err().kind(), ErrorKind::NotFound);
}

async fn an_object_without_a_key_has_no_row(db: &TestDb) {
    db.create_all().await;
    let mut user = User::new("ada", None);
    for error in [
        user.update(&db.pool).await.unwrap_err(),
        user.delete(&db.pool).await.unwrap_err(),
        user.refresh(&db.pool).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains("User.id: the object has no key yet"), "{error}");
    }
}

async fn get_by_every_kind_of_key(db: &TestDb) {
    db.create_all().await;
    let mut country = Country { code: "ch".into(), name: "Schweiz".into() };
    country.insert(&db.pool).await.unwrap();
    assert_eq!(Country::get("ch", &db.pool).await.unwrap(), country);
    assert_eq!(Country::get_or_none("fr", &db.pool).await.unwrap(), None);
    let error = Country::get("fr", &db.pool).await.unwrap_err();
    assert!(matches!(&error, Error::NotFound { model } if model == "Country"), "{error:?}");
    let mut token = Token { id: Uuid::max() };
    token.insert(&db.pool).await.unwrap();
    assert_eq!(Token::get(Uuid::max(), &db.pool).await.unwrap(), token);
}

async fn create_all_may_run_twice_and_drop_all_removes(db: &TestDb) {
    db.create_all().await;
    User::new("ada", None).insert(&db.pool).await.unwrap();
    db.create_all().await;
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 1);
    chakra::drop_all(&db.pool).await.unwrap();
    chakra::drop_all(&db.pool).await.unwrap();
    assert_eq!(User::query().count(&db.pool).await.unwrap_err().kind(), ErrorKind::Programming);
    chakra::create_tables(&db.pool, &[User::table()]).await.unwrap();
    assert_eq!(User::query().count(&db.pool).await.unwrap(), 0);
}
