//! Rules of fields, functions that validate, and what updates write.

use std::sync::atomic::{AtomicI32, Ordering};

use chakra::error::ValidationError;
use chakra::{ChakraEnum, Error, ErrorKind, Model};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    what_the_rules_allow_is_stored,
    every_fault_of_an_object_is_told_at_once,
    rules_hold_wherever_something_is_written,
    functions_validate_values_and_objects,
    missing_and_refused_values_come_together,
    the_database_holds_the_rules_too,
    on_update_is_written_by_every_update,
    a_value_that_is_set_holds_against_on_update,
    rules_of_spans_lists_and_enumerations,
    the_database_holds_rules_of_spans_lists_and_enumerations,
}

const CHEAPEST: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

fn no_shouting(text: &str) -> Result<(), &'static str> {
    if text.ends_with('!') { Err("no shouting") } else { Ok(()) }
}

fn is_round(number: &Decimal) -> Result<(), String> {
    if number.fract().is_zero() { Ok(()) } else { Err(format!("{number} is not round")) }
}

fn leaves_after_arriving(booking: &Booking) -> Result<(), String> {
    match booking.departure {
        Some(departure) if departure <= booking.arrival => Err("the departure is not after the arrival".to_owned()),
        _ => Ok(()),
    }
}

/// A rule of each kind.
#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "bookings", validate = leaves_after_arriving)]
pub struct Booking {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(length = 40, min_length = 2, max_length = 9, pattern = "^[^0-9]+$", validate = no_shouting)]
    pub guest: String,
    #[chakra(choices = ["single", "it's"], comment = "how many")]
    pub room: String,
    #[chakra(min_value = 1, max_value = 3, choices = [1, 2, 3])]
    pub beds: i16,
    #[chakra(precision = 8, scale = 2, min_value = CHEAPEST, max_value = 99.5)]
    pub price: Decimal,
    #[chakra(min_value = "2020-01-01")]
    pub arrival: NaiveDate,
    #[chakra(max_value = "2999-12-31")]
    pub departure: Option<NaiveDate>,
    #[chakra(min_value = -1, max_value = 0.5)]
    pub ratio: Option<f64>,
    #[chakra(min_value = "06:30")]
    pub wakes: Option<NaiveTime>,
    #[chakra(max_value = "2030-01-01T00:00:00Z")]
    pub seen: Option<DateTime<Utc>>,
    #[chakra(min_length = 1, max_length = 2)]
    pub photo: Option<Vec<u8>>,
    #[chakra(check = "odd % 2 = 1")]
    pub odd: Option<i32>,
    #[chakra(min_value = 0, db_check = false)]
    pub loose: Option<i32>,
    #[chakra(validate = is_round)]
    pub round: Option<Decimal>,
}

impl Booking {
    fn good() -> Self {
        Self {
            id: None,
            guest: "Ada".into(),
            room: "single".into(),
            beds: 1,
            price: CHEAPEST,
            arrival: NaiveDate::from_ymd_opt(2020, 1, 1).unwrap(),
            departure: None,
            ratio: Some(0.5),
            wakes: NaiveTime::from_hms_opt(6, 30, 0),
            seen: DateTime::from_timestamp(0, 0),
            photo: Some(vec![0]),
            odd: Some(1),
            loose: Some(0),
            round: Some(Decimal::ONE),
        }
    }
}

static TICKS: AtomicI32 = AtomicI32::new(100);

fn tick() -> i32 {
    TICKS.fetch_add(1, Ordering::Relaxed)
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "pages")]
pub struct Page {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    pub title: String,
    #[chakra(on_update = tick)]
    pub revision: i32,
    #[chakra(on_update = "robot", max_length = 5)]
    pub editor: Option<String>,
    #[chakra(on_update = || Some(i64::from(tick())))]
    pub stamp: Option<i64>,
}

fn page() -> Page {
    Page { id: None, title: "One".into(), revision: 1, editor: None, stamp: None }
}

fn validation(error: Error) -> ValidationError {
    match error {
        Error::Validation(error) => *error,
        other => panic!("{other}"),
    }
}

fn faults(error: Error) -> Vec<(String, String)> {
    validation(error).faults().iter().map(|fault| (fault.field.clone(), fault.constraint.clone())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(field, constraint)| ((*field).to_owned(), (*constraint).to_owned())).collect()
}

async fn what_the_rules_allow_is_stored(db: &TestDb) {
    db.create_all().await;
    let mut one = Booking::good();
    one.insert(&db.pool).await.unwrap();
    assert_eq!(Booking::get(one.id.unwrap(), &db.pool).await.unwrap(), one);
    let mut nothing = Booking {
        ratio: None,
        wakes: None,
        seen: None,
        photo: None,
        odd: None,
        loose: None,
        round: None,
        ..Booking::good()
    };
    nothing.insert(&db.pool).await.unwrap();
    let mut highest = Booking {
        guest: "Émileabcd".into(),
        room: "it's".into(),
        beds: 3,
        price: Decimal::new(995, 1),
        departure: NaiveDate::from_ymd_opt(2999, 12, 31),
        ratio: Some(-1.0),
        seen: Some("2030-01-01T00:00:00Z".parse().unwrap()),
        photo: Some(vec![1, 2]),
        ..Booking::good()
    };
    highest.insert(&db.pool).await.unwrap();
    assert_eq!(Booking::query().count(&db.pool).await.unwrap(), 3);
}

async fn every_fault_of_an_object_is_told_at_once(db: &TestDb) {
    db.create_all().await;
    let mut wrong = Booking {
        guest: "1".into(),
        room: "Single".into(),
        beds: 4,
        price: Decimal::ZERO,
        arrival: NaiveDate::from_ymd_opt(2019, 12, 31).unwrap(),
        departure: NaiveDate::from_ymd_opt(2019, 12, 31),
        ratio: Some(f64::NAN),
        wakes: NaiveTime::from_hms_opt(6, 29, 59),
        seen: Some("2030-01-01T00:00:00.000001Z".parse().unwrap()),
        photo: Some(Vec::new()),
        loose: Some(-1),
        round: Some(CHEAPEST),
        ..Booking::good()
    };
    let error = validation(wrong.insert(&db.pool).await.unwrap_err());
    let found: Vec<(&str, &str)> =
        error.faults().iter().map(|fault| (fault.field.as_str(), fault.constraint.as_str())).collect();
    assert_eq!(
        found,
        [
            ("guest", "min_length=2"),
            ("guest", "pattern=^[^0-9]+$"),
            ("room", "choices"),
            ("beds", "max_value=3"),
            ("beds", "choices"),
            ("price", "min_value=0.01"),
            ("arrival", "min_value=2020-01-01"),
            ("ratio", "min_value=-1.0"),
            ("ratio", "max_value=0.5"),
            ("wakes", "min_value=06:30:00"),
            ("seen", "max_value=2030-01-01 00:00:00"),
            ("photo", "min_length=1"),
            ("loose", "min_value=0"),
            ("round", "validate"),
            ("", "validate"),
        ]
    );
    assert_eq!(error.faults()[0].value.as_deref(), Some("\"1\""));
    let place = error.faults()[3].defined.as_deref().unwrap();
    let line =
        std::fs::read_to_string(file!()).unwrap().lines().position(|line| line.contains("pub beds: i16")).unwrap();
    assert_eq!(place, format!("{}:{}", file!(), line + 1));
    assert!(error.to_string().starts_with("Booking: 15 faults\n  - Booking.guest: "), "{error}");
    assert_eq!(Booking::query().count(&db.pool).await.unwrap(), 0);
}

async fn rules_hold_wherever_something_is_written(db: &TestDb) {
    db.create_all().await;
    let mut good = Booking::good();
    good.insert(&db.pool).await.unwrap();
    let expected = pairs(&[("beds", "max_value=3"), ("beds", "choices")]);
    let mut wrong = Booking { beds: 9, ..good.clone() };
    for error in [
        wrong.update(&db.pool).await.unwrap_err(),
        wrong.save(&db.pool).await.unwrap_err(),
        Booking::bulk_insert(
            &mut [Booking { id: None, ..good.clone() }, Booking { id: None, ..wrong.clone() }],
            &db.pool,
        )
        .await
        .unwrap_err(),
        Booking::query().update(Booking::beds().set(9)).execute(&db.pool).await.unwrap_err(),
    ] {
        assert_eq!(faults(error), expected);
    }
    let several =
        (Booking::room().set("x"), Booking::odd().set(3), Booking::guest().set("no!"), Booking::beds().set(-1));
    let error = Booking::query().update(several).execute(&db.pool).await.unwrap_err();
    assert_eq!(
        faults(error),
        pairs(&[("room", "choices"), ("guest", "validate"), ("beds", "min_value=1"), ("beds", "choices")])
    );
    assert_eq!(Booking::query().one(&db.pool).await.unwrap(), good);
}

async fn functions_validate_values_and_objects(db: &TestDb) {
    db.create_all().await;
    let error = validation(Booking { guest: "Hey!".into(), ..Booking::good() }.insert(&db.pool).await.unwrap_err());
    assert_eq!(error.to_string(), "Booking.guest: no shouting");
    assert_eq!(error.value.as_deref(), Some("\"Hey!\""));
    let mut backwards = Booking { departure: Some(Booking::good().arrival), ..Booking::good() };
    let error = validation(backwards.save(&db.pool).await.unwrap_err());
    assert_eq!(error.to_string(), "Booking: the departure is not after the arrival");
    assert_eq!((error.model.as_str(), error.field.as_str()), ("Booking", ""));
}

async fn missing_and_refused_values_come_together(db: &TestDb) {
    db.create_all().await;
    let error = Booking::create((Booking::guest().set("x"), Booking::room().set("single")))
        .execute(&db.pool)
        .await
        .unwrap_err();
    assert_eq!(
        faults(error),
        pairs(&[
            ("guest", "min_length=2"),
            ("beds", "nullable=False"),
            ("price", "nullable=False"),
            ("arrival", "nullable=False"),
        ])
    );
    let error = Booking::create(Booking::guest().set("Ada")).execute(&db.pool).await.unwrap_err();
    assert!(error.to_string().starts_with("Booking: no value for room, beds, price, arrival; "), "{error}");
}

async fn the_database_holds_the_rules_too(db: &TestDb) {
    db.create_all().await;
    let mut odd = Booking { odd: Some(2), ..Booking::good() };
    let error = odd.insert(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CheckViolation, "{error}");
    let database = error.as_database().unwrap();
    assert_eq!(database.table.as_deref(), Some("bookings"));
    assert_eq!(database.columns, ["odd"]);
    assert_eq!(database.constraint.as_deref(), Some("ck_bookings_odd_check"));

    let mut good = Booking::good();
    good.insert(&db.pool).await.unwrap();
    for (change, rule) in [
        ("guest = 'x'", "guest_min_length"),
        ("room = 'Single'", "room_choices"),
        ("price = '0.00'", "price_min_value"),
        ("price = '99.51'", "price_max_value"),
        ("arrival = '2019-12-31'", "arrival_min_value"),
        ("ratio = 0.51", "ratio_max_value"),
        ("wakes = '06:29:59'", "wakes_min_value"),
    ] {
        let error = db.sql(&format!("UPDATE bookings SET {change}")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CheckViolation, "{change}: {error}");
        assert_eq!(error.as_database().unwrap().constraint, Some(format!("ck_bookings_{rule}")), "{change}");
    }
    db.sql("UPDATE bookings SET loose = -5").await.unwrap();
    assert_eq!(Booking::query().one(&db.pool).await.unwrap().loose, Some(-5));
}

async fn on_update_is_written_by_every_update(db: &TestDb) {
    db.create_all().await;
    let mut page = page();
    page.insert(&db.pool).await.unwrap();
    assert_eq!(Page::query().one(&db.pool).await.unwrap(), page);

    page.update(&db.pool).await.unwrap();
    let read = Page::query().one(&db.pool).await.unwrap();
    assert!(read.revision >= 100 && read.stamp.is_some(), "{read:?}");
    assert_eq!((page.revision, read.editor.as_deref()), (read.revision, Some("robot")));

    page.save(&db.pool).await.unwrap();
    let saved = Page::query().one(&db.pool).await.unwrap();
    assert_eq!(saved, page);
    assert!(saved.revision > read.revision);

    Page::query().update(Page::title().set("Two")).execute(&db.pool).await.unwrap();
    assert!(Page::query().one(&db.pool).await.unwrap().revision > saved.revision);
}

async fn a_value_that_is_set_holds_against_on_update(db: &TestDb) {
    db.create_all().await;
    page().insert(&db.pool).await.unwrap();
    let changes = (Page::revision().set(5), Page::editor().set("Ada"));
    Page::query().update(changes).execute(&db.pool).await.unwrap();
    let read = Page::query().one(&db.pool).await.unwrap();
    assert_eq!((read.revision, read.editor.as_deref()), (5, Some("Ada")));
    let error = Page::query().update(Page::editor().set("too long")).execute(&db.pool).await.unwrap_err();
    assert_eq!(faults(error), pairs(&[("editor", "max_length=5")]));
}

#[derive(ChakraEnum, Debug, Clone, PartialEq)]
pub enum Mood {
    Glad,
    Calm,
    Sad,
}

const LONGEST: TimeDelta = TimeDelta::hours(8);

fn are_distinct(tags: &[String]) -> Result<(), String> {
    match tags.iter().enumerate().find(|(at, tag)| tags[..*at].contains(tag)) {
        Some((_, twice)) => Err(format!("{twice} stands twice")),
        None => Ok(()),
    }
}

fn is_calm(mood: &Mood) -> Result<(), &'static str> {
    if *mood == Mood::Calm { Ok(()) } else { Err("keep calm") }
}

fn has_a_score(scores: &[Option<i32>]) -> Result<(), &'static str> {
    if scores.iter().any(Option::is_some) { Ok(()) } else { Err("no score") }
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "shifts")]
pub struct Shift {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(min_value = TimeDelta::minutes(1), max_value = LONGEST)]
    pub lasts: TimeDelta,
    #[chakra(min_value = TimeDelta::microseconds(-1))]
    pub late: Option<TimeDelta>,
    #[chakra(min_length = 1, max_length = 2, length = 5, validate = are_distinct)]
    pub tags: Vec<String>,
    #[chakra(min_length = 2, validate = has_a_score)]
    pub scores: Option<Vec<Option<i32>>>,
    #[chakra(choices = [Mood::Glad, Mood::Calm])]
    pub mood: Mood,
    #[chakra(validate = is_calm)]
    pub end: Option<Mood>,
}

impl Shift {
    fn good() -> Self {
        Self {
            id: None,
            lasts: LONGEST,
            late: Some(TimeDelta::microseconds(-1)),
            tags: vec!["a".into(), "b".into()],
            scores: Some(vec![None, Some(1)]),
            mood: Mood::Calm,
            end: Some(Mood::Calm),
        }
    }
}

async fn rules_of_spans_lists_and_enumerations(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Shift::table()]).await.unwrap();
    let mut good = Shift::good();
    good.insert(&db.pool).await.unwrap();
    assert_eq!(Shift::query().one(&db.pool).await.unwrap(), good);
    let none = Shift { late: None, scores: None, end: None, ..Shift::good() };
    none.clone().insert(&db.pool).await.unwrap();
    let wrong = Shift {
        id: None,
        lasts: TimeDelta::seconds(59),
        late: Some(TimeDelta::microseconds(-2)),
        tags: vec!["a".into(), "a".into(), "b".into()],
        scores: Some(vec![None]),
        mood: Mood::Sad,
        end: Some(Mood::Sad),
    };
    let error = wrong.clone().insert(&db.pool).await.unwrap_err();
    let faults: Vec<(&str, &str)> =
        error.as_validation().unwrap().faults().iter().map(|fault| (&*fault.field, &*fault.constraint)).collect();
    for expected in [
        ("lasts", "min_value=00:01:00"),
        ("late", "min_value=-00:00:00.000002"),
        ("tags", "max_length=2"),
        ("scores", "min_length=2"),
        ("mood", "choices"),
        ("end", "validate"),
    ] {
        assert!(
            faults
                .iter()
                .any(|(field, rule)| *field == expected.0 && rule.split('=').next() == expected.1.split('=').next()),
            "{expected:?} in {faults:?}"
        );
    }
    for (wrong, said) in [
        (Shift { tags: vec!["a".into(), "a".into()], ..Shift::good() }, "a stands twice"),
        (Shift { scores: Some(vec![None, None]), ..Shift::good() }, "no score"),
        (Shift { end: Some(Mood::Glad), ..Shift::good() }, "keep calm"),
        (Shift { lasts: LONGEST + TimeDelta::microseconds(1), ..Shift::good() }, "max_value"),
    ] {
        let error = wrong.clone().insert(&db.pool).await.unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
    assert_eq!(Shift::query().count(&db.pool).await.unwrap(), 2);
}

async fn the_database_holds_rules_of_spans_lists_and_enumerations(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Shift::table()]).await.unwrap();
    Shift::good().insert(&db.pool).await.unwrap();
    let postgres = chakra::Executor::dialect(&db.pool) == chakra::dialect::Dialect::Postgres;
    let (short, empty) = if postgres { ("'59 s'", "'{}'") } else { ("59000000", "'[]'") };
    for (wrong, name) in [
        (format!("lasts = {short}"), "ck_shifts_lasts_min_value"),
        (format!("tags = {empty}"), "ck_shifts_tags_min_length"),
        (format!("scores = {empty}"), "ck_shifts_scores_min_length"),
        ("mood = 'Sad'".to_owned(), "ck_shifts_mood_choices"),
    ] {
        let error = db.sql(&format!("UPDATE shifts SET {wrong}")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CheckViolation, "{wrong}: {error}");
        assert_eq!(error.as_database().unwrap().constraint.as_deref(), Some(name));
    }
}
