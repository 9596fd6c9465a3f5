//! Types that one database alone has: there they are kept as they are, elsewhere they are refused by name. A program of
//! its own, because `create_all` of one that has such models works on that database only.
#![cfg(all(feature = "derive", feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test stops at the first surprise

#[allow(dead_code)] // it has more than this needs
#[path = "common/backend.rs"]
mod backend;

use std::ops::Bound;

use chakra::dialect::Dialect;
use chakra::postgres::{Cidr, HStore, Inet, MacAddr, Range, TsVector};
use chakra::{ErrorKind, Executor, Model, create_tables};
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use rust_decimal::Decimal;

use backend::{TestDb, on_every_backend};

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "own_things")]
struct Thing {
    #[chakra(primary_key)]
    id: i64,
    host: Inet,
    network: Option<Cidr>,
    card: Option<MacAddr>,
    lexemes: Option<TsVector>,
    seats: Range<i32>,
    large: Range<i64>,
    price: Option<Range<Decimal>>,
    days: Range<NaiveDate>,
    open: Option<Range<DateTime<Utc>>>,
}

#[derive(Model, Debug)]
#[chakra(table = "own_pairs")]
struct Pairs {
    #[chakra(primary_key)]
    id: i64,
    labels: HStore,
}

on_every_backend! {
    values_round_trip,
    ranges_take_the_servers_form,
    what_the_server_would_refuse_is_refused_before,
    what_rust_cannot_hold_is_told,
    a_missing_extension_is_told_with_its_cure,
}

/// Whether the database has the types; one that does not refuses the table by name.
async fn has_types(db: &TestDb) -> bool {
    let made = create_tables(&db.pool, &[Thing::table()]).await;
    if db.pool.dialect() == Dialect::Postgres {
        made.unwrap();
        return true;
    }
    let refused = made.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Definition);
    assert!(refused.to_string().starts_with("Thing.host: Inet is a type of PostgreSQL"), "{refused}");
    false
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 2, day).unwrap()
}

fn plain(id: i64) -> Thing {
    Thing {
        id,
        host: "::1".parse().unwrap(),
        network: None,
        card: None,
        lexemes: None,
        seats: Range::empty(),
        large: Range::from(..),
        price: None,
        days: Range::from(day(1)..),
        open: None,
    }
}

async fn values_round_trip(db: &TestDb) {
    if !has_types(db).await {
        return;
    }
    let instant = Utc.with_ymd_and_hms(2024, 2, 29, 12, 0, 0).unwrap();
    let mut full = Thing {
        host: "10.1.2.3/8".parse().unwrap(),
        network: Some("2001:db8::/32".parse().unwrap()),
        card: Some("08:00:2b:01:02:03".parse().unwrap()),
        lexemes: Some("'a cat':3A 'fat'".parse().unwrap()),
        seats: Range::from(1..5),
        large: Range::from(i64::MIN..i64::MAX),
        price: Some(Range::new(Bound::Excluded("1.50".parse().unwrap()), Bound::Unbounded)),
        open: Some(Range::new(Bound::Unbounded, Bound::Included(instant))),
        ..plain(1)
    };
    full.insert(&db.pool).await.unwrap();
    plain(2).insert(&db.pool).await.unwrap();
    assert_eq!(Thing::get(1, &db.pool).await.unwrap(), full);
    assert_eq!(Thing::get(2, &db.pool).await.unwrap(), plain(2));
    let found = Thing::query().filter(Thing::host().eq(full.host).and(Thing::seats().eq(Range::from(1..5))));
    assert_eq!(found.all(&db.pool).await.unwrap(), [full]);
    let listed = Thing::query().filter(Thing::card().is_in([None, Some(MacAddr([0; 6]))]));
    assert_eq!(listed.all(&db.pool).await.unwrap(), [plain(2)]);
    let mut many: Vec<Thing> = (10..200).map(plain).collect();
    Thing::bulk_insert(&mut many, &db.pool).await.unwrap();
    assert_eq!(Thing::query().filter(Thing::id().gte(10)).order_by(Thing::id()).all(&db.pool).await.unwrap(), many);
}

async fn ranges_take_the_servers_form(db: &TestDb) {
    if !has_types(db).await {
        return;
    }
    let mut thing = Thing { seats: Range::from(1..=4), days: Range::from(day(28)..=day(29)), ..plain(1) };
    thing.insert(&db.pool).await.unwrap();
    let read = Thing::get(1, &db.pool).await.unwrap();
    assert_eq!(read.seats, Range::from(1..5));
    assert_eq!(read.days, Range::from(day(28)..NaiveDate::from_ymd_opt(2024, 3, 1).unwrap()));
    assert!(Thing::query().filter(Thing::seats().eq(Range::from(1..=4))).exists(&db.pool).await.unwrap());
}

async fn what_the_server_would_refuse_is_refused_before(db: &TestDb) {
    if !has_types(db).await {
        return;
    }
    for seats in [Range::new(Bound::Included(5), Bound::Excluded(1)), Range::from(1..=i32::MAX)] {
        let refused = Thing { seats, ..plain(1) }.insert(&db.pool).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Validation, "{refused}");
        assert!(refused.to_string().starts_with("Thing.seats: "), "{refused}");
    }
    assert_eq!(Thing::query().count(&db.pool).await.unwrap(), 0);
}

async fn what_rust_cannot_hold_is_told(db: &TestDb) {
    if !has_types(db).await {
        return;
    }
    plain(1).insert(&db.pool).await.unwrap();
    for (column, stored) in [("days", "[2024-01-01,infinity)"), ("open", "[-infinity,)"), ("price", "[1,1e40]")] {
        db.sql(&format!("UPDATE own_things SET {column} = '{stored}'")).await.unwrap();
        let refused = Thing::get(1, &db.pool).await.unwrap_err().to_string();
        assert!(refused.starts_with(&format!("column own_things.{column} holds ")), "{refused}");
        db.sql(&format!("UPDATE own_things SET {column} = 'empty'")).await.unwrap();
    }
}

/// Each test has a schema of its own on its search path, where no extension is.
async fn a_missing_extension_is_told_with_its_cure(db: &TestDb) {
    let refused = create_tables(&db.pool, &[Pairs::table()]).await.unwrap_err().to_string();
    if db.pool.dialect() == Dialect::Postgres {
        assert!(refused.ends_with("CREATE EXTENSION hstore"), "{refused}");
    } else {
        assert!(refused.starts_with("Pairs.labels: HStore is a type of PostgreSQL"), "{refused}");
    }
}
