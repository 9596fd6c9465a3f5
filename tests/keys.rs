//! Primary keys of several fields: as many as databases take, and of which the database numbers one. A program of its
//! own, because `create_all` of one that has such models does not work on SQLite.
#![cfg(all(feature = "derive", feature = "sqlite", feature = "postgres", feature = "mysql"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test stops at the first surprise

#[allow(dead_code)] // it has more than this needs
#[path = "common/backend.rs"]
mod backend;

use chakra::dialect::Dialect;
use chakra::{ErrorKind, Executor, Model, Related, create_tables};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use rust_decimal::Decimal;
use uuid::Uuid;

use backend::{TestDb, on_every_backend};

on_every_backend! {
    a_key_of_sixteen_fields,
    a_row_refers_to_a_key_of_six_fields,
    a_number_in_a_key_of_several_fields,
    a_number_that_does_not_begin_a_key,
    many_keys_are_asked_for,
    a_key_with_a_default_is_read_back,
}

/// As many fields as MySQL takes.
#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "keys_wide")]
struct Wide {
    #[chakra(primary_key)]
    a: i16,
    #[chakra(primary_key)]
    b: i32,
    #[chakra(primary_key)]
    c: i64,
    #[chakra(primary_key, length = 20)]
    d: String,
    #[chakra(primary_key, char_length = 3)]
    e: String,
    #[chakra(primary_key)]
    f: bool,
    #[chakra(primary_key, precision = 6, scale = 2)]
    g: Decimal,
    #[chakra(primary_key)]
    h: NaiveDate,
    #[chakra(primary_key)]
    i: NaiveTime,
    #[chakra(primary_key)]
    j: TimeDelta,
    #[chakra(primary_key)]
    k: Uuid,
    #[chakra(primary_key, length = 4)]
    l: Vec<u8>,
    #[chakra(primary_key)]
    m: i16,
    #[chakra(primary_key)]
    n: i16,
    #[chakra(primary_key)]
    o: i16,
    #[chakra(primary_key)]
    p: i16,
    text: String,
}

fn wide(p: i16) -> Wide {
    Wide {
        a: 1,
        b: -2,
        c: i64::MAX,
        d: "o'd\\d".into(),
        e: "é".into(),
        f: true,
        g: Decimal::new(1250, 2),
        h: NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(),
        i: NaiveTime::from_hms_micro_opt(1, 2, 3, 4).unwrap(),
        j: TimeDelta::microseconds(-1),
        k: Uuid::from_u128(7),
        l: vec![0, 255],
        m: 0,
        n: -1,
        o: 2,
        p,
        text: "one".into(),
    }
}

async fn a_key_of_sixteen_fields(db: &TestDb) {
    create_tables(&db.pool, &[Wide::table()]).await.unwrap();
    let mut rows = [wide(1), wide(2), wide(3)];
    Wide::bulk_insert(&mut rows, &db.pool).await.unwrap();
    let [mut first, second, third] = rows;
    first.text = "changed".into();
    first.update(&db.pool).await.unwrap();
    let read = |row: &Wide| Wide::get(row.key().unwrap(), &db.pool);
    assert_eq!([read(&first).await.unwrap(), read(&second).await.unwrap()], [first.clone(), second.clone()]);
    let error = first.clone().insert(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation, "{error}");
    assert_eq!(error.as_database().unwrap().columns.len(), 16, "{error}");
    second.delete(&db.pool).await.unwrap();
    let left = Wide::query().with_keys([&first, &second, &third].map(|row| row.key().unwrap()));
    assert_eq!(left.order_by(Wide::p()).all(&db.pool).await.unwrap(), [first, third]);
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "keys_shelves")]
struct Shelf {
    #[chakra(primary_key, length = 9)]
    town: String,
    #[chakra(primary_key)]
    house: i32,
    #[chakra(primary_key)]
    floor: i16,
    #[chakra(primary_key)]
    room: i64,
    #[chakra(primary_key)]
    wall: i16,
    #[chakra(primary_key)]
    number: i32,
    #[chakra(relation = OneToMany, back_populates = "shelf")]
    volumes: Related<Vec<Volume>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(
    table = "keys_volumes",
    constraints = [ForeignKey::new(&["town", "house", "floor", "room", "wall", "number"]).references(&[
        "keys_shelves.town", "keys_shelves.house", "keys_shelves.floor",
        "keys_shelves.room", "keys_shelves.wall", "keys_shelves.number",
    ])]
)]
struct Volume {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 9)]
    town: String,
    house: i32,
    floor: i16,
    room: i64,
    wall: i16,
    number: i32,
    #[chakra(
        foreign_key = ["town", "house", "floor", "room", "wall", "number"],
        back_populates = "volumes"
    )]
    shelf: Related<Shelf>,
}

fn shelf(number: i32) -> Shelf {
    let volumes = Related::default();
    Shelf { town: "Ulm".into(), house: 3, floor: -1, room: 1 << 40, wall: 2, number, volumes }
}

fn volume(on: &Shelf) -> Volume {
    let Shelf { town, house, floor, room, wall, number, .. } = on.clone();
    Volume { id: None, town, house, floor, room, wall, number, shelf: Related::default() }
}

async fn a_row_refers_to_a_key_of_six_fields(db: &TestDb) {
    create_tables(&db.pool, &[Shelf::table(), Volume::table()]).await.unwrap();
    let mut shelves = [shelf(1), shelf(2)];
    Shelf::bulk_insert(&mut shelves, &db.pool).await.unwrap();
    let mut volumes = [volume(&shelves[0]), volume(&shelves[0]), volume(&shelves[1])];
    Volume::bulk_insert(&mut volumes, &db.pool).await.unwrap();

    let read = Shelf::query().order_by(Shelf::number()).prefetch_related(Shelf::volumes()).all(&db.pool).await.unwrap();
    let counts: Vec<usize> = read.iter().map(|shelf| shelf.volumes.get().unwrap().len()).collect();
    assert_eq!(counts, [2, 1]);
    let joined = Volume::query().select_related(Volume::shelf()).order_by(Volume::id()).all(&db.pool).await.unwrap();
    let numbers: Vec<i32> = joined.iter().map(|volume| volume.shelf.get().unwrap().number).collect();
    assert_eq!(numbers, [1, 1, 2]);
    let on_second = Volume::query().filter(Volume::shelf().is_in(&shelves[1..]));
    assert_eq!(on_second.all(&db.pool).await.unwrap()[0].id, volumes[2].id);
    let error = volume(&shelf(9)).insert(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation, "{error}");
}

/// A key with which the number begins.
#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "keys_invoices")]
struct Invoice {
    #[chakra(primary_key, auto_increment)]
    number: Option<i64>,
    #[chakra(primary_key)]
    tenant: i32,
    text: String,
}

fn invoice(tenant: i32) -> Invoice {
    Invoice { number: None, tenant, text: "x".into() }
}

async fn a_number_in_a_key_of_several_fields(db: &TestDb) {
    let made = create_tables(&db.pool, &[Invoice::table()]).await;
    if db.pool.dialect() == Dialect::Sqlite {
        let error = made.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Definition, "{error}");
        assert_eq!(
            error.to_string(),
            "Invoice.number: SQLite numbers a field that is the primary key alone, and no part of one of several fields; \
             number the rows yourself (`#[chakra(auto_increment = false)]`), or make this field the only key"
        );
        return;
    }
    made.unwrap();
    let mut first = invoice(3);
    assert_eq!(first.key(), None);
    first.save(&db.pool).await.unwrap();
    let number = first.number.unwrap();
    first.text = "y".into();
    first.save(&db.pool).await.unwrap();
    assert_eq!(Invoice::get((number, 3), &db.pool).await.unwrap(), first);

    let mut several: Vec<Invoice> = (0..3).map(invoice).collect();
    Invoice::bulk_insert(&mut several, &db.pool).await.unwrap();
    let keys: Vec<(i64, i32)> = several.iter().filter_map(Model::key).collect();
    assert_eq!(keys, (0..3).map(|tenant| (number + 1 + i64::from(tenant), tenant)).collect::<Vec<_>>());
    let mut many: Vec<Invoice> = (0..300).map(invoice).collect();
    Invoice::bulk_insert(&mut many, &db.pool).await.unwrap();
    for row in [&many[0], &many[150], &many[299]] {
        assert_eq!(Invoice::get(row.key().unwrap(), &db.pool).await.unwrap(), *row);
    }
    let made = Invoice::create((Invoice::tenant().set(9), Invoice::text().set("z"))).execute(&db.pool).await.unwrap();
    assert!(made.number > many[299].number);
    let mut given = Invoice { number: Some(-5), ..invoice(1) };
    given.insert(&db.pool).await.unwrap();
    assert_eq!(Invoice::get((-5, 1), &db.pool).await.unwrap(), given);
}

/// A key with which something else begins, and a number that the model does not leave open.
#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "keys_lines")]
struct Line {
    #[chakra(primary_key)]
    invoice: i32,
    #[chakra(primary_key, auto_increment)]
    number: i32,
}

async fn a_number_that_does_not_begin_a_key(db: &TestDb) {
    let made = create_tables(&db.pool, &[Line::table()]).await;
    if db.pool.dialect() != Dialect::Postgres {
        let error = made.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Definition, "{error}");
        assert!(error.to_string().contains("Line.number: ") && error.to_string().contains(" numbers "), "{error}");
        return;
    }
    made.unwrap();
    let line = Line::create(Line::invoice().set(3)).execute(&db.pool).await.unwrap();
    assert_eq!(line, Line { invoice: 3, number: 1 });
    let mut given = Line { invoice: 3, number: 7 };
    given.insert(&db.pool).await.unwrap();
    assert_eq!(Line::get((3, 7), &db.pool).await.unwrap(), given);
}

#[test]
fn what_numbers_no_part_of_a_key_is_told_without_a_database() {
    let told = |dialect: Dialect, model: &str| {
        let faults = chakra::check_models(dialect);
        faults.iter().filter(|fault| fault.model == model).map(|fault| fault.code).collect::<Vec<_>>()
    };
    assert_eq!(told(Dialect::Sqlite, "Invoice"), ["unsupported"]);
    assert_eq!(told(Dialect::MySql, "Line"), ["unsupported"]);
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        assert!(told(dialect, "Invoice").is_empty(), "{dialect:?}");
    }
    assert!(told(Dialect::Postgres, "Line").is_empty());
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "keys_seats")]
struct Seat {
    #[chakra(primary_key, length = 3)]
    row: String,
    #[chakra(primary_key)]
    number: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "keys_tickets")]
struct Ticket {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
}

/// More keys than the parameters of a statement.
const MANY: i32 = 40_000;

async fn many_keys_are_asked_for(db: &TestDb) {
    create_tables(&db.pool, &[Seat::table(), Ticket::table()]).await.unwrap();
    let seat = |number: i32| Seat { row: if number % 2 == 0 { "a" } else { "'" }.into(), number };
    Seat::bulk_insert(&mut (0..50).map(seat).collect::<Vec<_>>(), &db.pool).await.unwrap();
    Ticket::bulk_insert(&mut (0..50).map(|id| Ticket { id }).collect::<Vec<_>>(), &db.pool).await.unwrap();

    let none: [(String, i32); 0] = [];
    assert_eq!(Seat::query().with_keys(none).count(&db.pool).await.unwrap(), 0);
    let few = Seat::query().with_keys([("a".to_owned(), 2), ("a".to_owned(), 3), ("'".to_owned(), 3)]);
    assert_eq!(few.order_by(Seat::number()).all(&db.pool).await.unwrap(), [seat(2), seat(3)]);
    let all = Seat::query().with_keys((10..MANY).map(|number| seat(number).key().unwrap()));
    assert_eq!(all.count(&db.pool).await.unwrap(), 40);
    let tickets = Ticket::query().with_keys((10..i64::from(MANY)).chain([3]));
    assert_eq!(tickets.clone().count(&db.pool).await.unwrap(), 41);
    let error = tickets.limit(1).with_keys([1]).all(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Query, "{error}");
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "keys_defaults")]
struct Defaulted {
    #[chakra(primary_key, length = 9, default = "'first'")]
    code: Option<String>,
}

/// An integer key that is not numbered, because it has a default.
#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "keys_sevens")]
struct Seven {
    #[chakra(primary_key, default = 7)]
    id: Option<i64>,
    days: i16,
}

async fn a_key_with_a_default_is_read_back(db: &TestDb) {
    create_tables(&db.pool, &[Defaulted::table(), Seven::table()]).await.unwrap();
    let (mut defaulted, mut seven) = (Defaulted { code: None }, [Seven { id: None, days: 7 }]);
    defaulted.save(&db.pool).await.unwrap();
    Seven::bulk_insert(&mut seven, &db.pool).await.unwrap();
    assert_eq!((defaulted.code.as_deref(), seven[0].id), (Some("first"), Some(7)));
    assert_eq!(Defaulted::get("first".to_owned(), &db.pool).await.unwrap(), defaulted);
    let error = (Seven { id: None, days: 7 }).insert(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation, "{error}");
    let mut other = Seven { id: Some(8), days: 7 };
    other.insert(&db.pool).await.unwrap();
    assert_eq!(Seven::query().with_keys([7, 8, 9]).count(&db.pool).await.unwrap(), 2);
}
