//! Keys of tables made by others that the database holds equal though their case differs.

use chakra::dialect::Dialect;
use chakra::{Executor, Model, Related};

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    what_was_found_is_no_contradiction,
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "equal_makers")]
struct Maker {
    #[chakra(primary_key, length = 20)]
    code: String,
    #[chakra(foreign_key = "maker_code", back_populates = "maker")]
    clocks: Related<Vec<Clock>>,
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "equal_clocks")]
struct Clock {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(length = 20)]
    label: String,
    #[chakra(references = "equal_makers.code", length = 20)]
    maker_code: String,
    #[chakra(foreign_key = "maker_code", back_populates = "clocks")]
    maker: Related<Maker>,
}

async fn clocks(db: &TestDb) {
    let code = match db.pool.dialect() {
        Dialect::Postgres => {
            let collation = "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)";
            db.sql(&format!("CREATE COLLATION equal_case {collation}")).await.unwrap();
            "VARCHAR(20) COLLATE equal_case"
        }
        Dialect::MySql => "VARCHAR(20) COLLATE utf8mb4_general_ci",
        _ => "TEXT COLLATE NOCASE",
    };
    for sql in [
        format!("CREATE TABLE equal_makers (code {code} PRIMARY KEY)"),
        format!(
            "CREATE TABLE equal_clocks (id BIGINT PRIMARY KEY, label VARCHAR(20) NOT NULL, maker_code {code} NOT NULL, \
             FOREIGN KEY (maker_code) REFERENCES equal_makers (code))"
        ),
        "INSERT INTO equal_makers VALUES ('ada')".to_owned(),
        "INSERT INTO equal_clocks VALUES (1, 'one', 'ADA'), (2, 'two', 'Ada')".to_owned(),
    ] {
        db.sql(&sql).await.unwrap();
    }
}

async fn what_was_found_is_no_contradiction(db: &TestDb) {
    clocks(db).await;
    let query = || Clock::query().order_by(Clock::id());
    for query in [query().select_related(Clock::maker()), query().prefetch_related(Clock::maker()), query()] {
        for mut clock in query.all(&db.pool).await.unwrap() {
            assert_eq!(clock.maker.load(&db.pool).await.unwrap().code, "ada");
            assert_eq!(Clock::maker().load(&mut clock, &db.pool).await.unwrap().code, "ada");
            clock.label = "wound".into();
            clock.update(&db.pool).await.unwrap();
        }
    }
    let makers = Maker::query().prefetch_related(Maker::clocks()).all(&db.pool).await.unwrap();
    let held = makers[0].clocks.get().unwrap();
    assert_eq!(held.len(), 2);
    for clock in held {
        assert_eq!((clock.maker.get().unwrap().code.as_str(), clock.label.as_str()), ("ada", "wound"));
        clock.clone().update(&db.pool).await.unwrap();
    }
}
