//! Statements written by hand.

use chakra::{ErrorKind, Model, raw};
use chrono::{DateTime, Duration, Utc};
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    rows_are_read_as_the_types_asked_for,
    values_are_bound_as_what_they_are,
    objects_have_their_columns_in_any_order,
    one_and_scalar,
    a_stream_gives_row_after_row_up_to_an_error,
    what_does_not_meet_is_refused,
    a_statement_belongs_to_its_transaction,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "raw_tools")]
pub struct Tool {
    #[chakra(primary_key, auto_increment = false)]
    pub id: i64,
    #[chakra(length = 40)]
    pub name: String,
    #[chakra(precision = 10, scale = 2)]
    pub price: Option<Decimal>,
    pub made: Option<DateTime<Utc>>,
    pub token: Option<Uuid>,
    pub spare: Option<bool>,
    pub lasts: Option<Duration>,
}

fn instant() -> DateTime<Utc> {
    "2024-05-01T12:30:00.000250Z".parse().unwrap()
}

fn tools() -> Vec<Tool> {
    let plain =
        |id, name: &str| Tool { id, name: name.into(), price: None, made: None, token: None, spare: None, lasts: None };
    vec![
        Tool {
            price: Some(Decimal::new(150, 2)),
            made: Some(instant()),
            token: Some(Uuid::from_u128(7)),
            spare: Some(true),
            lasts: Some(Duration::hours(3)),
            ..plain(1, "saw")
        },
        Tool { price: Some(Decimal::new(20, 2)), ..plain(2, "nail") },
        plain(3, "it's :odd"),
    ]
}

async fn stored(db: &TestDb) -> Vec<Tool> {
    chakra::create_tables(&db.pool, &[Tool::table()]).await.unwrap();
    let mut stored = tools();
    Tool::bulk_insert(&mut stored, &db.pool).await.unwrap();
    stored
}

/// Every column.
type Wide = (i64, String, Option<Decimal>, Option<DateTime<Utc>>, Option<Uuid>, Option<bool>, Option<Duration>);

async fn rows_are_read_as_the_types_asked_for(db: &TestDb) {
    stored(db).await;
    let rows: Vec<Wide> = raw("SELECT id, name, price, made, token, spare, lasts FROM raw_tools ORDER BY id")
        .all(&db.pool)
        .await
        .unwrap();
    let expected = tools().into_iter().map(|t| (t.id, t.name, t.price, t.made, t.token, t.spare, t.lasts));
    assert_eq!(rows, expected.collect::<Vec<_>>());
    let none: Vec<(i64, String)> = raw("SELECT id, name FROM raw_tools WHERE id > 9").all(&db.pool).await.unwrap();
    assert!(none.is_empty());
}

async fn values_are_bound_as_what_they_are(db: &TestDb) {
    stored(db).await;
    let first = &tools()[0];
    let by = |column: &str| raw(format!("SELECT id FROM raw_tools WHERE {column} = :value"));
    let asked = [
        by("name").bind("value", "saw"),
        by("name").bind("value", String::from("saw")),
        by("price").bind("value", first.price),
        by("made").bind("value", instant()),
        by("token").bind("value", first.token),
        by("spare").bind("value", true),
        by("lasts").bind("value", first.lasts),
        by("id").bind("value", 1_i16),
    ];
    for query in asked {
        assert_eq!(query.clone().scalar::<i64>(&db.pool).await.unwrap(), 1, "{query:?}");
    }
    let ids = raw("SELECT id FROM raw_tools WHERE (id = :id OR id + 1 = :id) AND name IN :names ORDER BY id")
        .bind("id", 2)
        .bind_all("names", ["saw", "nail", "other"]);
    assert_eq!(ids.all::<(i64,)>(&db.pool).await.unwrap(), [(1,), (2,)]);
    let none = raw("SELECT count(*) FROM raw_tools WHERE id NOT IN :none").bind_all("none", Vec::<i64>::new());
    assert_eq!(none.scalar::<i64>(&db.pool).await.unwrap(), 3);
    let emptied = raw("UPDATE raw_tools SET price = :none, made = :none WHERE id = :id")
        .bind("none", None::<Decimal>)
        .bind("id", 1);
    assert_eq!(emptied.execute(&db.pool).await.unwrap(), 1);
    assert_eq!(Tool::get(1, &db.pool).await.unwrap().price, None);
}

async fn objects_have_their_columns_in_any_order(db: &TestDb) {
    let expected = stored(db).await;
    let all: Vec<Tool> = raw("SELECT * FROM raw_tools ORDER BY id").all(&db.pool).await.unwrap();
    assert_eq!(all, expected);
    let turned = raw("SELECT lasts, spare, name, id, token, made, price FROM raw_tools ORDER BY id");
    assert_eq!(turned.all::<Tool>(&db.pool).await.unwrap(), expected);
    let narrow = raw("SELECT id FROM raw_tools").all::<Tool>(&db.pool).await.unwrap_err();
    assert!(narrow.to_string().contains("lacks name, price"), "{narrow}");
    let wide = raw("SELECT t.*, 1 AS more FROM raw_tools t").all::<Tool>(&db.pool).await.unwrap_err();
    assert!(wide.to_string().contains("has more, which is no column"), "{wide}");
}

async fn one_and_scalar(db: &TestDb) {
    stored(db).await;
    let by_id = |id: i64| raw("SELECT * FROM raw_tools WHERE id >= :id").bind("id", id);
    assert_eq!(by_id(3).one::<Tool>(&db.pool).await.unwrap().name, "it's :odd");
    assert_eq!(by_id(2).one::<Tool>(&db.pool).await.unwrap_err().kind(), ErrorKind::MultipleResults);
    let missing = by_id(9).one::<Tool>(&db.pool).await.unwrap_err();
    assert!(missing.kind() == ErrorKind::NotFound && missing.to_string().contains("Tool"), "{missing}");
    let price = |id: i64| raw("SELECT price FROM raw_tools WHERE id = :id").bind("id", id);
    assert_eq!(price(1).scalar::<Decimal>(&db.pool).await.unwrap(), Decimal::new(150, 2));
    assert_eq!(price(3).scalar::<Option<Decimal>>(&db.pool).await.unwrap(), None);
    assert_eq!(price(9).scalar::<Option<Decimal>>(&db.pool).await.unwrap(), None);
    assert_eq!(price(3).scalar::<Decimal>(&db.pool).await.unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(price(9).scalar::<Decimal>(&db.pool).await.unwrap_err().kind(), ErrorKind::NotFound);
}

async fn a_stream_gives_row_after_row_up_to_an_error(db: &TestDb) {
    stored(db).await;
    let many = "SELECT a.id + 3 * (b.id - 1) + 9 * (c.id - 1), a.name FROM raw_tools a, raw_tools b, raw_tools c";
    let sum = |number: i64| raw(format!("{many} WHERE a.id <= :most")).bind("most", number);
    let rows: Vec<(i64, String)> = sum(3).stream(&db.pool).try_collect().await.unwrap();
    assert_eq!(rows.iter().map(|(number, _)| number).sum::<i64>(), (1..=27).sum::<i64>());
    let mut wrong = raw("SELECT id, price FROM raw_tools ORDER BY id").stream::<(i64, Decimal)>(&db.pool);
    assert_eq!(wrong.next().await.unwrap().unwrap_err().kind(), ErrorKind::Decode);
    assert!(wrong.next().await.is_none());
    let mut missing = raw("SELECT :id").stream::<(i64,)>(&db.pool);
    assert_eq!(missing.next().await.unwrap().unwrap_err().kind(), ErrorKind::Query);
    assert!(missing.next().await.is_none());
}

async fn what_does_not_meet_is_refused(db: &TestDb) {
    stored(db).await;
    let two = raw("SELECT id, name FROM raw_tools").all::<(i64,)>(&db.pool).await.unwrap_err();
    assert_eq!(two.kind(), ErrorKind::Query);
    assert!(two.to_string().contains("2 columns (id, name), and 1 values"), "{two}");
    let text = raw("SELECT name FROM raw_tools ORDER BY id").scalar::<i64>(&db.pool).await.unwrap_err();
    assert!(text.kind() == ErrorKind::Decode && text.to_string().contains("name"), "{text}");
    let unused = raw("SELECT 1").bind("id", 1).execute(&db.pool).await.unwrap_err();
    assert!(unused.to_string().contains("no :id"), "{unused}");
    let nul = raw("SELECT :text").bind("text", "a\0b").scalar::<String>(&db.pool).await.unwrap_err();
    assert!(nul.kind() == ErrorKind::Validation && nul.to_string().contains("text"), "{nul}");
    let secret = raw("SELECT :text").bind("text", "secret");
    assert!(!format!("{secret:?}").contains("secret"));
}

async fn a_statement_belongs_to_its_transaction(db: &TestDb) {
    stored(db).await;
    let tx = db.pool.begin().await.unwrap();
    let deleted = raw("DELETE FROM raw_tools WHERE id < :id").bind("id", 3).execute(&tx).await.unwrap();
    assert_eq!(deleted, 2);
    let count = || raw("SELECT count(*) FROM raw_tools");
    assert_eq!(count().scalar::<i64>(&tx).await.unwrap(), 1);
    tx.rollback().await.unwrap();
    assert_eq!(count().scalar::<i64>(&db.pool).await.unwrap(), 3);
}
