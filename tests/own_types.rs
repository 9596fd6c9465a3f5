//! Types that one database alone has: there they are kept as they are, elsewhere they are refused by name. A program of
//! its own, because `create_all` of one that has such models works on that database only.
#![cfg(all(feature = "derive", feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test stops at the first surprise

#[allow(dead_code)] // it has more than this needs
#[path = "common/backend.rs"]
mod backend;
#[path = "own_types/properties.rs"]
mod properties;
#[path = "common/random.rs"]
mod random;

use std::ops::Bound;

use chakra::dialect::Dialect;
use chakra::model::Condition;
use chakra::mysql::{Set, Year};
use chakra::postgres::{Cidr, HStore, Inet, MacAddr, Range, TsVector, Vector};
use chakra::types::{PostgresType, SqlType};
use chakra::{ErrorKind, Executor, Model, create_tables};
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
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
    vectors_have_dimensions,
    ranges_are_compared_with_ranges_and_values,
    networks_lie_in_networks,
    words_are_searched,
    sets_and_years_are_those_of_mysql,
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
    assert!(refused.to_string().contains("Thing.host: Inet is a type of PostgreSQL"), "{refused}");
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

/// The keys of the things that meet a condition, having seen that all others meet its complement.
async fn found(db: &TestDb, condition: Condition<Thing>) -> Vec<i64> {
    let met = Thing::query().filter(condition.clone()).order_by(Thing::id()).all(&db.pool).await.unwrap();
    let others = Thing::query().filter(!condition).count(&db.pool).await.unwrap();
    let all = Thing::query().count(&db.pool).await.unwrap();
    assert_eq!(met.len() as u64 + others, all);
    met.iter().map(|thing| thing.id).collect()
}

async fn ranges_are_compared_with_ranges_and_values(db: &TestDb) {
    if !has_types(db).await {
        let refused = Thing::query().filter(Thing::seats().contains_value(3)).count(&db.pool).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Query);
        assert!(refused.to_string().contains("does not support the lookup \"contains\""), "{refused}");
        return;
    }
    for (id, seats) in [(1, Range::from(1..5)), (2, Range::from(5..9)), (3, Range::empty()), (4, Range::from(..2))] {
        let price = (id == 1).then(|| Range::from(Decimal::ONE..Decimal::TWO));
        Thing { seats, price, ..plain(id) }.insert(&db.pool).await.unwrap();
    }
    let price: Decimal = "1.5".parse().unwrap();
    for (condition, expected) in [
        (Thing::seats().contains_value(1), vec![1, 4]),
        (Thing::seats().contains_range(2..=3), vec![1]),
        (Thing::seats().contained_by_range(1..9), vec![1, 2, 3]),
        (Thing::seats().overlaps_range(4..6), vec![1, 2]),
        (Thing::seats().fully_lt(5..), vec![1, 4]),
        (Thing::seats().fully_gt(..2), vec![2]),
        (Thing::seats().not_lt(1..2), vec![1, 2]),
        (Thing::seats().not_gt(1..5), vec![1, 4]),
        (Thing::seats().adjacent_to(5..6), vec![1]),
        (Thing::seats().is_empty_range(), vec![3]),
        (Thing::seats().starts_at(5), vec![2]),
        (Thing::seats().ends_at(2), vec![4]),
        (Thing::price().contains_value(price), vec![1]),
        (Thing::days().contains_value(day(2)), vec![1, 2, 3, 4]),
    ] {
        assert_eq!(found(db, condition.clone()).await, expected, "{condition:?}");
    }
    let instant = Utc.with_ymd_and_hms(2024, 2, 29, 12, 0, 0).unwrap();
    let nanos = |nanos| instant + TimeDelta::nanoseconds(nanos);
    for (id, open) in [(11, Range::from(instant..nanos(1000))), (12, Range::from(instant..=instant))] {
        Thing { open: Some(open), ..plain(id) }.insert(&db.pool).await.unwrap();
    }
    let far = NaiveDate::MAX;
    let all: Vec<i64> = vec![1, 2, 3, 4, 11, 12];
    for (condition, expected) in [
        (Thing::open().contains_value(nanos(1)), vec![11]),
        (Thing::open().contains_range(instant..nanos(1)), vec![11]),
        (Thing::open().contained_by_range(instant..nanos(1)), vec![12]),
        (Thing::open().contained_by_range(nanos(1)..nanos(2)), vec![]),
        (Thing::open().overlaps_range(nanos(1)..nanos(2)), vec![11]),
        (Thing::open().fully_lt(nanos(1)..), vec![12]),
        (Thing::open().not_gt(..nanos(1)), vec![12]),
        (Thing::open().adjacent_to(nanos(1)..), vec![]),
        (Thing::open().lt(Range::from(instant..nanos(1))), vec![12]),
        (Thing::open().starts_at(nanos(1)), vec![]),
        (Thing::days().contains_value(far), all.clone()),
        (Thing::days().contained_by_range(day(1)..far), vec![]),
        (Thing::days().gt(Range::from(day(1)..far)), all),
        (Thing::seats().eq(Range::from(1..=i32::MAX)), vec![]),
    ] {
        assert_eq!(found(db, condition.clone()).await, expected, "{condition:?}");
    }
    let backwards = Thing::seats().contains_range(Range::new(Bound::Included(5), Bound::Excluded(1)));
    assert_eq!(Thing::query().filter(backwards).count(&db.pool).await.unwrap_err().kind(), ErrorKind::Validation);
}

async fn networks_lie_in_networks(db: &TestDb) {
    if !has_types(db).await {
        return;
    }
    let ten: Inet = "10.0.0.0/8".parse().unwrap();
    for (id, host) in [(1, "10.1.2.3"), (2, "10.1.2.3/8"), (3, "::1")] {
        let network = (id == 1).then(|| "10.2.0.0/16".parse::<Cidr>().unwrap());
        Thing { host: host.parse().unwrap(), network, ..plain(id) }.insert(&db.pool).await.unwrap();
    }
    for (condition, expected) in [
        (Thing::host().net_contained(ten), vec![1]),
        (Thing::host().net_contained_or_equal(ten), vec![1, 2]),
        (Thing::host().net_contains("10.9.9.9".parse::<Inet>().unwrap()), vec![2]),
        (Thing::host().net_contains_or_equal(ten), vec![2]),
        (Thing::host().net_overlaps(ten), vec![1, 2]),
        (Thing::network().net_contained(ten), vec![1]),
    ] {
        assert_eq!(found(db, condition.clone()).await, expected, "{condition:?}");
    }
}

async fn words_are_searched(db: &TestDb) {
    if !has_types(db).await {
        let search = Thing::query().filter(Thing::lexemes().search("cat")).count(&db.pool).await;
        assert!(search.is_err());
        return;
    }
    for (id, lexemes) in [(1, "'cat':3 'fat':2"), (2, "'rat'")] {
        Thing { lexemes: Some(lexemes.parse().unwrap()), ..plain(id) }.insert(&db.pool).await.unwrap();
    }
    plain(3).insert(&db.pool).await.unwrap();
    assert_eq!(found(db, Thing::lexemes().search("fat cat")).await, [1]);
    assert_eq!(found(db, Thing::lexemes().search("cat or rat")).await, [1, 2]);
    assert_eq!(found(db, Thing::lexemes().matches("!cat")).await, [2]);
}

#[derive(chakra::ChakraEnum, Debug, Clone, Copy, PartialEq)]
#[chakra(rename_all = "snake_case")]
enum Grape {
    Merlot,
    PinotNoir,
    #[chakra(rename = "it's")]
    Its,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "own_wines")]
struct Wine {
    #[chakra(primary_key)]
    id: i64,
    grapes: Set<Grape>,
    more: Option<Set<Grape>>,
    vintage: Option<Year>,
}

async fn sets_and_years_are_those_of_mysql(db: &TestDb) {
    let made = create_tables(&db.pool, &[Wine::table()]).await;
    if db.pool.dialect() != Dialect::MySql {
        let refused = made.unwrap_err().to_string();
        assert!(refused.contains("Wine.grapes: Set is a type of MySQL"), "{refused}");
        let refused = Wine::query().filter(Wine::grapes().has_members([Grape::Its])).count(&db.pool).await.unwrap_err();
        assert!(refused.to_string().ends_with("does not support looking into a Set"), "{refused}");
        return;
    }
    made.unwrap();
    let year = |year: u16| Some(Year::try_from(year).unwrap());
    let wines = [
        Wine { id: 1, grapes: Set::from([Grape::Its, Grape::Merlot]), more: Some(Set::default()), vintage: year(1901) },
        Wine { id: 2, grapes: Set::default(), more: None, vintage: None },
        Wine { id: 3, grapes: Set::from([Grape::PinotNoir]), more: Some([Grape::Its].into()), vintage: year(2155) },
    ];
    for wine in &wines {
        wine.clone().insert(&db.pool).await.unwrap();
    }
    assert_eq!(Wine::query().order_by(Wine::id()).all(&db.pool).await.unwrap(), wines);
    for (condition, expected) in [
        (Wine::grapes().eq(Set::from([Grape::Merlot, Grape::Its])), vec![1]),
        (Wine::grapes().has_members([Grape::Its]), vec![1]),
        (Wine::grapes().has_any_member([Grape::Merlot, Grape::PinotNoir]), vec![1, 3]),
        (Wine::grapes().has_only_members([Grape::PinotNoir, Grape::PinotNoir]), vec![2, 3]),
        (!Wine::more().has_members([Grape::Its]), vec![1, 2]),
        (Wine::vintage().gt(Year::try_from(2000).unwrap()), vec![3]),
        (Wine::vintage().is_null(), vec![2]),
    ] {
        let found = Wine::query().filter(condition.clone()).order_by(Wine::id()).all(&db.pool).await.unwrap();
        assert_eq!(found.iter().map(|wine| wine.id).collect::<Vec<_>>(), expected, "{condition:?}");
    }
    db.sql("UPDATE own_wines SET vintage = 0").await.unwrap();
    assert!(Wine::get(1, &db.pool).await.unwrap_err().to_string().contains("own_wines.vintage holds"));
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "own_pictures")]
struct Picture {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(dimensions = 3)]
    look: Vector,
    #[chakra(dimensions = 2)]
    more: Option<Vector>,
}

/// The extension is on no machine that tests run on: the server is not asked.
async fn vectors_have_dimensions(db: &TestDb) {
    let dimensions = |position: usize| match Picture::table().columns[position].sql_type {
        SqlType::Postgres(PostgresType::Vector { dimensions }) => dimensions,
        ref other => panic!("{other:?}"),
    };
    assert_eq!((dimensions(1), dimensions(2)), (Some(3), Some(2)));
    let refused = Picture { id: 1, look: Vector(vec![1.0]), more: None }.insert(&db.pool).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Validation, "{refused}");
    let near = Picture::look().l2_distance(Vector(vec![0.0; 3])).lt(0.5);
    let by = Picture::look().cosine_distance(Vector(vec![0.0; 3])).asc();
    let refused = Picture::query().filter(near).order_by(by).all(&db.pool).await.unwrap_err();
    if db.pool.dialect() != Dialect::Postgres {
        assert!(refused.to_string().ends_with("does not support distances of vectors"), "{refused}");
    }
}

/// Each test has a schema of its own on its search path, where no extension is.
async fn a_missing_extension_is_told_with_its_cure(db: &TestDb) {
    let refused = create_tables(&db.pool, &[Pairs::table()]).await.unwrap_err().to_string();
    if db.pool.dialect() == Dialect::Postgres {
        assert!(refused.ends_with("CREATE EXTENSION hstore"), "{refused}");
    } else {
        assert!(refused.contains("Pairs.labels: HStore is a type of PostgreSQL"), "{refused}");
    }
}
