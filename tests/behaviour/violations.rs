//! What the database refuses names table, columns and constraint. The tables are made by someone who asks for more than
//! the models do, so that validation lets everything pass.

use chakra::dialect::Dialect;
use chakra::error::DatabaseError;
use chakra::{ChakraEnum, ErrorKind, Executor, Model};

use crate::backend::{TestDb, on_every_backend, run_on};

on_every_backend! {
    constraints_that_the_model_does_not_declare,
    references_to_nothing,
    rows_that_are_referred_to,
    raw_statements_name_what_they_violate,
    raw_statements_name_foreign_keys,
    texts_that_are_no_values_of_an_enumeration,
}

/// Nothing of what the table asks for is declared.
#[derive(Model, Debug, Clone)]
#[chakra(table = "violations_plain")]
pub struct Plain {
    #[chakra(primary_key, auto_increment = false)]
    pub id: i32,
    #[chakra(length = 50)]
    pub code: Option<String>,
    pub part: Option<i32>,
    pub serial: Option<i32>,
    #[chakra(length = 50)]
    pub name: Option<String>,
    pub age: Option<i32>,
    pub low: Option<i32>,
    pub high: Option<i32>,
}

impl Plain {
    fn new(id: i32) -> Self {
        let name = Some("some".to_owned());
        Self { id, code: None, part: None, serial: None, name, age: None, low: None, high: None }
    }
}

const PLAIN: &str = "CREATE TABLE violations_plain (
    id INTEGER NOT NULL PRIMARY KEY,
    code VARCHAR(50), part INTEGER, serial INTEGER, name VARCHAR(50) NOT NULL, age INTEGER, low INTEGER, high INTEGER,
    CONSTRAINT vp_numbers UNIQUE (part, serial),
    CONSTRAINT vp_age CHECK (age >= 18),
    CONSTRAINT vp_span CHECK (low <= high AND name <> 'age')
)";

async fn plain(db: &TestDb) {
    db.sql(PLAIN).await.unwrap();
    db.sql("CREATE UNIQUE INDEX vp_code ON violations_plain (code)").await.unwrap();
    let first = Plain { code: Some("a".into()), part: Some(1), serial: Some(2), ..Plain::new(1) };
    first.clone().insert(&db.pool).await.unwrap();
}

/// Columns, table and constraint of an error of this kind.
fn named(error: &chakra::Error, kind: ErrorKind) -> (Vec<&str>, Option<&str>, Option<&str>) {
    assert_eq!(error.kind(), kind, "{error}");
    let DatabaseError { columns, table, constraint, .. } = error.as_database().unwrap();
    (columns.iter().map(String::as_str).collect(), table.as_deref(), constraint.as_deref())
}

async fn constraints_that_the_model_does_not_declare(db: &TestDb) {
    plain(db).await;
    let new = || Plain::new(2);
    for (wrong, kind, columns, constraint) in [
        (Plain::new(1), ErrorKind::UniqueViolation, vec!["id"], None),
        (Plain { code: Some("a".into()), ..new() }, ErrorKind::UniqueViolation, vec!["code"], Some("vp_code")),
        (
            Plain { part: Some(1), serial: Some(2), ..new() },
            ErrorKind::UniqueViolation,
            vec!["part", "serial"],
            Some("vp_numbers"),
        ),
        (Plain { name: None, ..new() }, ErrorKind::NotNullViolation, vec!["name"], None),
        (Plain { age: Some(17), ..new() }, ErrorKind::CheckViolation, vec!["age"], Some("vp_age")),
        (
            Plain { low: Some(3), high: Some(2), ..new() },
            ErrorKind::CheckViolation,
            vec!["name", "low", "high"],
            Some("vp_span"),
        ),
    ] {
        let alone = wrong.clone().insert(&db.pool).await.unwrap_err();
        let among = Plain::bulk_insert(&mut [Plain::new(7), wrong.clone()], &db.pool).await.unwrap_err();
        for error in [alone, among] {
            let (found, table, name) = named(&error, kind);
            assert_eq!((found, table), (columns.clone(), Some("violations_plain")), "{error}");
            assert!(constraint.is_none() || name == constraint, "{error}");
        }
    }
    let error = Plain::query().update(Plain::age().set(3)).execute(&db.pool).await.unwrap_err();
    assert_eq!(named(&error, ErrorKind::CheckViolation), (vec!["age"], Some("violations_plain"), Some("vp_age")));
    assert_eq!(Plain::query().count(&db.pool).await.unwrap(), 1);
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "violations_pupils")]
pub struct Pupil {
    #[chakra(primary_key)]
    pub id: i32,
    #[chakra(unique)]
    pub number: i32,
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "violations_visits")]
pub struct Visit {
    #[chakra(primary_key)]
    pub id: i32,
    #[chakra(references = "violations_pupils.id")]
    pub pupil_id: Option<i32>,
    #[chakra(references = "violations_pupils.number", on_delete = "RESTRICT")]
    pub guide: Option<i32>,
}

async fn school(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Pupil::table(), Visit::table()]).await.unwrap();
    for id in 1..=3 {
        Pupil { id, number: id * 10 }.insert(&db.pool).await.unwrap();
    }
}

async fn references_to_nothing(db: &TestDb) {
    school(db).await;
    let good = Visit { id: 1, pupil_id: Some(1), guide: Some(10) };
    for (wrong, column) in [
        (Visit { pupil_id: Some(9), ..good.clone() }, "pupil_id"),
        (Visit { pupil_id: Some(9), guide: None, ..good.clone() }, "pupil_id"),
        (Visit { guide: Some(1), ..good.clone() }, "guide"),
        (Visit { pupil_id: None, guide: Some(1), ..good.clone() }, "guide"),
    ] {
        let alone = wrong.clone().insert(&db.pool).await.unwrap_err();
        let mut many: Vec<Visit> = (2..300).map(|id| Visit { id, ..good.clone() }).chain([wrong.clone()]).collect();
        let among = Visit::bulk_insert(&mut many, &db.pool).await.unwrap_err();
        let constraint = format!("fk_violations_visits_{column}");
        for error in [alone, among] {
            let expected = (vec![column], Some("violations_visits"), Some(constraint.as_str()));
            assert_eq!(named(&error, ErrorKind::ForeignKeyViolation), expected, "{error}");
        }
    }
    good.clone().insert(&db.pool).await.unwrap();
    let change = Visit::query().update((Visit::pupil_id().set(2), Visit::guide().set(7)));
    let error = change.execute(&db.pool).await.unwrap_err();
    assert_eq!(named(&error, ErrorKind::ForeignKeyViolation).0, ["guide"]);
    let change = Visit::query().update((Visit::pupil_id().set(7), Visit::guide().set(20)));
    let error = change.execute(&db.pool).await.unwrap_err();
    assert_eq!(named(&error, ErrorKind::ForeignKeyViolation).0, ["pupil_id"]);
}

async fn rows_that_are_referred_to(db: &TestDb) {
    school(db).await;
    Visit { id: 1, pupil_id: Some(1), guide: None }.insert(&db.pool).await.unwrap();
    Visit { id: 2, pupil_id: None, guide: Some(20) }.insert(&db.pool).await.unwrap();
    for (pupil, column) in [(1, "pupil_id"), (2, "guide")] {
        let constraint = format!("fk_violations_visits_{column}");
        let expected = (vec![column], Some("violations_visits"), Some(constraint.as_str()));
        let error = Pupil::query().filter(Pupil::id().eq(pupil)).delete().execute(&db.pool).await.unwrap_err();
        assert_eq!(named(&error, ErrorKind::ForeignKeyViolation), expected, "{error}");
        let change = Pupil::query().filter(Pupil::id().eq(pupil)).update((Pupil::id().set(8), Pupil::number().set(80)));
        let error = change.execute(&db.pool).await.unwrap_err();
        assert_eq!(named(&error, ErrorKind::ForeignKeyViolation), expected, "{error}");
        let inside = db.pool.begin().await.unwrap();
        let error = Pupil::query().filter(Pupil::id().eq(pupil)).delete().execute(&inside).await.unwrap_err();
        assert_eq!(named(&error, ErrorKind::ForeignKeyViolation).1, Some("violations_visits"), "{error}");
        inside.rollback().await.unwrap();
    }
    assert_eq!(Pupil::query().filter(Pupil::id().eq(3)).delete().execute(&db.pool).await.unwrap(), 1);
}

/// A statement as text concerns no model: its own words and the catalog tell.
async fn raw_statements_name_what_they_violate(db: &TestDb) {
    plain(db).await;
    let primary = match db.pool.dialect() {
        Dialect::Postgres => Some("violations_plain_pkey"),
        Dialect::MySql => Some("PRIMARY"),
        _ => None,
    };
    for (text, kind, columns, constraint) in [
        ("INSERT INTO violations_plain (id, name) VALUES (2, NULL)", ErrorKind::NotNullViolation, vec!["name"], None),
        (
            "INSERT INTO violations_plain (id, name, code) VALUES (3, 'x', 'a')",
            ErrorKind::UniqueViolation,
            vec!["code"],
            Some("vp_code"),
        ),
        (
            "/* UPDATE nothing */ insert into violations_plain (id, name, part, serial) values (3, 'x', 1, 2)",
            ErrorKind::UniqueViolation,
            vec!["part", "serial"],
            Some("vp_numbers"),
        ),
        ("INSERT INTO violations_plain (id, name) VALUES (1, 'x')", ErrorKind::UniqueViolation, vec!["id"], primary),
        ("UPDATE violations_plain SET age = 3", ErrorKind::CheckViolation, vec!["age"], Some("vp_age")),
        (
            "UPDATE violations_plain SET low = 3, high = 2",
            ErrorKind::CheckViolation,
            vec!["name", "low", "high"],
            Some("vp_span"),
        ),
    ] {
        let error = db.sql(text).await.unwrap_err();
        assert_eq!(named(&error, kind), (columns.clone(), Some("violations_plain"), constraint), "{text}: {error}");
        let inside = db.pool.begin().await.unwrap();
        let error = run_on(&inside, text).await.unwrap_err();
        assert_eq!(named(&error, kind).1, Some("violations_plain"), "{text}: {error}");
        // PostgreSQL answers no question in a transaction that failed.
        if db.pool.dialect() != Dialect::Postgres {
            assert_eq!(named(&error, kind), (columns, Some("violations_plain"), constraint), "{text}: {error}");
        }
        inside.rollback().await.unwrap();
    }
    assert_eq!(Plain::query().count(&db.pool).await.unwrap(), 1);
}

async fn raw_statements_name_foreign_keys(db: &TestDb) {
    school(db).await;
    db.sql("CREATE TABLE violations_desks (id INTEGER PRIMARY KEY, pupil INTEGER, CONSTRAINT vd_pupil FOREIGN KEY (pupil) REFERENCES violations_pupils (id))")
        .await
        .unwrap();
    let desks = (vec!["pupil"], Some("violations_desks"), Some("vd_pupil"));
    db.sql("INSERT INTO violations_desks VALUES (1, 1)").await.unwrap();
    for text in ["INSERT INTO violations_desks VALUES (2, 99)", "UPDATE violations_desks SET pupil = 99"] {
        let error = db.sql(text).await.unwrap_err();
        assert_eq!(named(&error, ErrorKind::ForeignKeyViolation), desks, "{text}: {error}");
    }
    db.sql("DELETE FROM violations_visits").await.unwrap();
    let error = db.sql("DELETE FROM violations_pupils WHERE id = 1").await.unwrap_err();
    let (columns, table, constraint) = named(&error, ErrorKind::ForeignKeyViolation);
    if db.pool.dialect() == Dialect::Sqlite {
        // Visits refer to pupils by two keys more.
        assert_eq!((columns.as_slice(), table, constraint), (&[] as &[&str], None, None));
        assert!(error.to_string().contains("violations_desks (pupil) → violations_pupils"), "{error}");
    } else {
        assert_eq!((columns, table, constraint), desks, "{error}");
    }
    db.sql("DROP TABLE violations_desks").await.unwrap();
}

#[derive(ChakraEnum, Debug, Clone, PartialEq)]
#[chakra(rename_all = "lowercase")]
enum Mood {
    Glad,
    Sad,
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "violations_moody")]
struct Moody {
    #[chakra(primary_key, auto_increment = false)]
    id: i32,
    mood: Mood,
}

async fn texts_that_are_no_values_of_an_enumeration(db: &TestDb) {
    db.create_all().await;
    Moody { id: 1, mood: Mood::Sad }.insert(&db.pool).await.unwrap();
    for text in ["bad", "gloomy", "Glad"] {
        for sql in [
            format!("INSERT INTO violations_moody (id, mood) VALUES (2, '{text}')"),
            format!("UPDATE violations_moody SET mood = '{text}' WHERE id = 1"),
        ] {
            let error = db.sql(&sql).await.unwrap_err();
            let (columns, table, _) = named(&error, ErrorKind::CheckViolation);
            assert_eq!((columns, table), (vec!["mood"], Some("violations_moody")), "{error}");
        }
    }
    assert_eq!(Moody::get(1, &db.pool).await.unwrap().mood, Mood::Sad);
}
