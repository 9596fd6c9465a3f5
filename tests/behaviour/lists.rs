//! Spans of time, enumerations, arrays and serde's types: written, read, found and ordered alike on every database.

use chakra::{ChakraEnum, ErrorKind, Executor, Json, Model};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    spans_are_kept_to_the_microsecond,
    spans_add_up,
    enumerations_round_trip_and_order_as_text,
    lists_round_trip,
    lists_are_found_by_their_elements,
    elements_that_fit_no_column_are_refused,
    serde_types_round_trip,
    what_serde_cannot_read_is_told,
    a_list_that_holds_null_is_told,
    many_lists_go_at_once,
    padded_text_is_read_without_its_padding,
}

#[derive(ChakraEnum, Debug, Clone, Copy, PartialEq)]
#[chakra(rename_all = "snake_case")]
enum Size {
    VerySmall,
    #[chakra(rename = "it's \\ large")]
    Large,
    Average,
}

#[derive(ChakraEnum, Debug, Clone, Copy, PartialEq)]
#[chakra(native, name = "lists_mood")]
enum Mood {
    Sad,
    Fine,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    name: String,
    at: Option<(f64, f64)>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "spans")]
struct Span {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
    length: Option<TimeDelta>,
    size: Size,
    mood: Option<Mood>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "lists")]
struct Lists {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
    small: Vec<i16>,
    big: Vec<Option<i64>>,
    floats: Vec<f64>,
    flags: Vec<bool>,
    texts: Option<Vec<String>>,
    maybe_texts: Vec<Option<String>>,
    #[chakra(precision = 12, scale = 3)]
    prices: Vec<Decimal>,
    instants: Vec<DateTime<Utc>>,
    days: Vec<NaiveDate>,
    times: Vec<NaiveTime>,
    spans: Vec<TimeDelta>,
    ids: Vec<Uuid>,
    blobs: Vec<Vec<u8>>,
    sizes: Vec<Size>,
    moods: Vec<Option<Mood>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "shops")]
struct Shop {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(json)]
    place: Place,
    #[chakra(json)]
    others: Option<Vec<Place>>,
    direct: Json<Vec<u8>>,
}

/// Padded text, and short text in a list.
#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "codes")]
struct Codes {
    #[chakra(primary_key, char_length = 3)]
    code: String,
    #[chakra(char_length = 2)]
    parts: Vec<String>,
    #[chakra(length = 4)]
    names: Option<Vec<String>>,
}

impl Span {
    fn new(id: i64, length: Option<TimeDelta>) -> Self {
        Self { id, length, size: Size::Average, mood: None }
    }
}

impl Lists {
    fn empty(id: i64) -> Self {
        Self {
            id,
            small: vec![],
            big: vec![],
            floats: vec![],
            flags: vec![],
            texts: None,
            maybe_texts: vec![],
            prices: vec![],
            instants: vec![],
            days: vec![],
            times: vec![],
            spans: vec![],
            ids: vec![],
            blobs: vec![],
            sizes: vec![],
            moods: vec![],
        }
    }

    fn full(id: i64) -> Self {
        let micros = |micros| DateTime::from_timestamp_micros(micros).unwrap();
        Self {
            id,
            small: vec![i16::MIN, 0, i16::MAX],
            big: vec![Some(i64::MIN), None, Some(i64::MAX)],
            floats: vec![0.1, -0.0, 1e300, 5e-324, -7.0],
            flags: vec![true, false],
            texts: Some(vec![String::new(), "NULL".into(), "a\"\\{},' ä🦀\n".into()]),
            maybe_texts: vec![None, Some("null".into())],
            prices: vec![Decimal::new(1_500, 3), Decimal::new(-999_999_999_999, 3)],
            instants: vec![micros(0), micros(-1), micros(253_402_300_799_999_999)],
            days: vec![NaiveDate::from_ymd_opt(1, 1, 1).unwrap(), NaiveDate::from_ymd_opt(9999, 12, 31).unwrap()],
            times: vec![NaiveTime::MIN, NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap()],
            spans: vec![TimeDelta::zero(), TimeDelta::microseconds(i64::MIN), TimeDelta::microseconds(i64::MAX)],
            ids: vec![Uuid::nil(), Uuid::max()],
            blobs: vec![vec![], (0..=255).collect()],
            sizes: vec![Size::Large, Size::VerySmall],
            moods: vec![Some(Mood::Fine), None],
        }
    }
}

async fn spans_are_kept_to_the_microsecond(db: &TestDb) {
    db.create_all().await;
    let mut lengths = [0, 1, -1, 86_400_000_000, -90_061_000_001, i64::MAX, i64::MIN].map(TimeDelta::microseconds);
    for (id, length) in lengths.into_iter().enumerate() {
        let mut span = Span::new(i64::try_from(id).unwrap(), Some(length));
        span.insert(&db.pool).await.unwrap();
        assert_eq!(Span::get(span.id, &db.pool).await.unwrap(), span);
        assert_eq!(Span::query().filter(Span::length().eq(length)).one(&db.pool).await.unwrap(), span);
    }
    lengths.sort();
    let ordered = Span::query().order_by(Span::length()).all(&db.pool).await.unwrap();
    assert!(ordered.iter().map(|span| span.length.unwrap()).eq(lengths));
    let short = Span::query().filter(Span::length().between(TimeDelta::microseconds(-1), TimeDelta::hours(25)));
    assert_eq!(short.count(&db.pool).await.unwrap(), 4);
    let mut endless = Span::new(99, Some(TimeDelta::MAX));
    assert_eq!(endless.insert(&db.pool).await.unwrap_err().kind(), ErrorKind::Validation);
}

async fn spans_add_up(db: &TestDb) {
    db.create_all().await;
    let lengths = [TimeDelta::days(3), TimeDelta::microseconds(-1), TimeDelta::hours(1)];
    let mut spans: Vec<Span> = (0..).zip(lengths).map(|(id, length)| Span::new(id, Some(length))).collect();
    spans.push(Span::new(9, None));
    Span::bulk_insert(&mut spans, &db.pool).await.unwrap();
    let length = Span::length();
    let (sum, least, greatest) =
        Span::query().aggregate((length.sum(), length.min(), length.max()), &db.pool).await.unwrap();
    assert_eq!(sum, Some(lengths.iter().sum()));
    assert_eq!((least, greatest), (Some(lengths[1]), Some(lengths[0])));
}

async fn enumerations_round_trip_and_order_as_text(db: &TestDb) {
    db.create_all().await;
    let sizes = [Size::VerySmall, Size::Large, Size::Average];
    let moods = [Some(Mood::Sad), Some(Mood::Fine), None];
    for (id, (size, mood)) in (0..).zip(sizes.into_iter().zip(moods)) {
        let mut span = Span { size, mood, ..Span::new(id, None) };
        span.insert(&db.pool).await.unwrap();
        assert_eq!(Span::get(id, &db.pool).await.unwrap(), span);
    }
    let by_size = Span::query().order_by(Span::size()).all(&db.pool).await.unwrap();
    assert_eq!(by_size.iter().map(|span| span.size).collect::<Vec<_>>(), [Size::Average, Size::Large, Size::VerySmall]);
    let by_mood = Span::query().order_by(Span::mood()).all(&db.pool).await.unwrap();
    assert_eq!(by_mood.iter().map(|span| span.mood).collect::<Vec<_>>(), [moods[1], moods[0], None]);
    let found = [
        (Span::size().eq(Size::Large), 1),
        (Span::size().ne(Size::Large), 2),
        (Span::size().is_in([Size::Large, Size::Average]), 2),
        (Span::size().gt(Size::Average), 2),
        (Span::mood().eq(Mood::Sad), 1),
        (Span::mood().ne(Mood::Sad), 2),
        (Span::mood().is_in([Some(Mood::Fine), None]), 2),
        (Span::mood().gt(Mood::Fine), 1),
        (Span::mood().between(Mood::Fine, Mood::Sad), 2),
        (Span::mood().is_null(), 1),
    ];
    for (condition, number) in found {
        let shown = format!("{condition:?}");
        assert_eq!(Span::query().filter(condition).count(&db.pool).await.unwrap(), number, "{shown}");
    }
    let extremes = Span::query().aggregate((Span::size().min(), Span::mood().max()), &db.pool).await.unwrap();
    assert_eq!(extremes, (Some(Size::Average), Some(Mood::Sad)));
    let set = (Span::size().set(Size::Large), Span::mood().set(Mood::Fine));
    assert_eq!(Span::query().update(set).execute(&db.pool).await.unwrap(), 3);
    let refused = db.sql("INSERT INTO spans (id, size) VALUES (7, 'huge')").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::CheckViolation, "{refused}");
}

async fn lists_round_trip(db: &TestDb) {
    db.create_all().await;
    for mut lists in [Lists::empty(1), Lists::full(2), Lists { texts: Some(vec![]), ..Lists::full(3) }] {
        lists.insert(&db.pool).await.unwrap();
        let read = Lists::get(lists.id, &db.pool).await.unwrap();
        assert_eq!(read, lists);
        assert!(read.floats.iter().zip(&lists.floats).all(|(one, other)| one.to_bits() == other.to_bits()));
        lists.small.push(7);
        lists.moods.clear();
        lists.update(&db.pool).await.unwrap();
        assert_eq!(Lists::get(lists.id, &db.pool).await.unwrap(), lists);
    }
}

async fn lists_are_found_by_their_elements(db: &TestDb) {
    db.create_all().await;
    let full = Lists::full(0);
    Lists::bulk_insert(&mut [full.clone(), Lists::empty(1)], &db.pool).await.unwrap();
    let both = [
        (Lists::small().contains_all([0, i16::MAX]), vec![0]),
        (Lists::small().contains_all([0, 1]), vec![]),
        (Lists::small().overlaps([5, 0]), vec![0]),
        (Lists::small().contained_by([0, 1, 2]), vec![1]),
        (Lists::small().eq(&full.small), vec![0]),
        (Lists::small().eq([0, i16::MIN, i16::MAX]), vec![]),
        (Lists::small().ne(vec![]), vec![0]),
        (Lists::small().len().eq(3), vec![0]),
        (Lists::small().len().lt(3), vec![1]),
        (!Lists::texts().contains_all([""]), vec![1]),
        (Lists::texts().contains_all(["NULL", ""]), vec![0]),
        (Lists::texts().len().gte(0), vec![0]),
        (Lists::maybe_texts().overlaps(["null"]), vec![0]),
        (Lists::big().eq(&full.big), vec![0]),
        (Lists::big().overlaps([i64::MIN]), vec![0]),
        (Lists::floats().contains_all([0.1, 0.0]), vec![0]),
        (Lists::prices().contains_all([Decimal::new(15, 1)]), vec![0]),
        (Lists::instants().overlaps(full.instants.clone()), vec![0]),
        (Lists::days().eq(full.days.as_slice()), vec![0]),
        (Lists::times().overlaps([NaiveTime::MIN]), vec![0]),
        (Lists::spans().overlaps([TimeDelta::zero()]), vec![0]),
        (Lists::ids().contains_all([Uuid::max()]), vec![0]),
        (Lists::blobs().contains_all([vec![]]), vec![0]),
        (Lists::flags().contained_by([true, false]), vec![0, 1]),
        (Lists::sizes().contains_all([Size::Large]), vec![0]),
        (Lists::sizes().eq([Size::VerySmall, Size::Large]), vec![]),
        (Lists::moods().overlaps([Mood::Sad, Mood::Fine]), vec![0]),
        (Lists::moods().eq([Some(Mood::Fine), None]), vec![0]),
    ];
    for (condition, expected) in both {
        let shown = format!("{condition:?}");
        let found = Lists::query().filter(condition).order_by(Lists::id()).all(&db.pool).await;
        assert_eq!(found.unwrap().iter().map(|lists| lists.id).collect::<Vec<_>>(), expected, "{shown}");
    }
    let ordered = Lists::query().order_by(Lists::small()).all(&db.pool).await.unwrap_err();
    assert!(ordered.to_string().contains("no order"), "{ordered}");
}

async fn elements_that_fit_no_column_are_refused(db: &TestDb) {
    db.create_all().await;
    for (field, mut refused) in [
        ("prices", Lists { prices: vec![Decimal::ONE, Decimal::new(1, 4)], ..Lists::empty(1) }),
        ("texts", Lists { texts: Some(vec!["a\0".into()]), ..Lists::empty(1) }),
        ("spans", Lists { spans: vec![TimeDelta::MAX], ..Lists::empty(1) }),
    ] {
        let error = refused.insert(&db.pool).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
        assert!(error.to_string().contains(&format!("Lists.{field}")), "{error}");
    }
}

async fn serde_types_round_trip(db: &TestDb) {
    db.create_all().await;
    let place = Place { name: "Zoë's \"shop\"\n".into(), at: Some((0.1, -0.0)) };
    let other = Place { name: String::new(), at: None };
    let mut shop = Shop { id: None, place, others: Some(vec![other.clone()]), direct: Json(vec![0, 255]) };
    shop.insert(&db.pool).await.unwrap();
    let id = shop.id.unwrap();
    assert_eq!(Shop::get(id, &db.pool).await.unwrap(), shop);
    shop.others = None;
    shop.save(&db.pool).await.unwrap();
    assert_eq!(Shop::query().filter(Shop::others().is_null()).one(&db.pool).await.unwrap(), shop);
    let set = (Shop::place().set(other.clone()), Shop::others().set(vec![other.clone()]), Shop::direct().set(vec![1]));
    Shop::query().update(set).execute(&db.pool).await.unwrap();
    let read = Shop::get(id, &db.pool).await.unwrap();
    assert_eq!((read.place, read.others, read.direct), (other.clone(), Some(vec![other.clone()]), Json(vec![1])));
    let mut endless = Shop { place: Place { at: Some((f64::NAN, 0.0)), ..other }, id: None, ..shop };
    let error = endless.insert(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
}

async fn what_serde_cannot_read_is_told(db: &TestDb) {
    db.create_all().await;
    for document in ["{\"name\": 1, \"at\": null}", "[]", "{\"name\": \"x\", \"at\": [1e999, 0]}"] {
        db.sql("DELETE FROM shops").await.unwrap();
        if db.sql(&format!("INSERT INTO shops (place, direct) VALUES ('{document}', '[]')")).await.is_err() {
            continue; // a database that reads documents keeps out what is none
        }
        let error = Shop::query().all(&db.pool).await.unwrap_err();
        assert!(error.to_string().contains("shops.place"), "{error}");
    }
}

async fn a_list_that_holds_null_is_told(db: &TestDb) {
    db.create_all().await;
    Lists::empty(1).insert(&db.pool).await.unwrap();
    let literal = if db.pool.dialect().capabilities().arrays { "{1,NULL}" } else { "[1,null]" };
    db.sql(&format!("UPDATE lists SET small = '{literal}'")).await.unwrap();
    let error = Lists::get(1, &db.pool).await.unwrap_err();
    assert!(error.to_string().contains("lists.small") && error.to_string().contains("NULL"), "{error}");
}

async fn many_lists_go_at_once(db: &TestDb) {
    db.create_all().await;
    for rows in [3, 300] {
        Lists::query().delete().execute(&db.pool).await.unwrap();
        let mut lists: Vec<Lists> =
            (0..rows).map(|id| if id % 2 == 0 { Lists::full(id) } else { Lists::empty(id) }).collect();
        Lists::bulk_insert(&mut lists, &db.pool).await.unwrap();
        assert_eq!(Lists::query().order_by(Lists::id()).all(&db.pool).await.unwrap(), lists);
    }
}

async fn padded_text_is_read_without_its_padding(db: &TestDb) {
    db.create_all().await;
    let code = |code: &str| Codes { code: code.into(), parts: vec!["a".into(), "bc".into()], names: None };
    for text in ["", "a", "äöü", " b"] {
        code(text).insert(&db.pool).await.unwrap();
        assert_eq!(Codes::get(text.to_owned(), &db.pool).await.unwrap(), code(text));
    }
    let mut ordered: Vec<String> =
        Codes::query().order_by(Codes::code()).all(&db.pool).await.unwrap().into_iter().map(|code| code.code).collect();
    assert_eq!(ordered, ["", " b", "a", "äöü"]);
    ordered.sort_unstable();
    assert_eq!(ordered, ["", " b", "a", "äöü"]);
    assert_eq!(Codes::query().filter(Codes::code().is_in(["a ", "a"])).count(&db.pool).await.unwrap(), 1);
    assert_eq!(Codes::query().filter(Codes::code().eq("a ")).count(&db.pool).await.unwrap(), 0);
    assert_eq!(Codes::query().filter(Codes::parts().overlaps(["a ", "bc"])).count(&db.pool).await.unwrap(), 4);
    for mut refused in [
        code("a "),
        code("abcd"),
        Codes { parts: vec!["a ".into()], ..code("x") },
        Codes { parts: vec!["abc".into()], ..code("x") },
        Codes { names: Some(vec!["short".into()]), ..code("x") },
    ] {
        let error = refused.insert(&db.pool).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    }
}
