//! Every type at random, 200 values each: what is written is read, and order, comparisons and aggregates are Rust's own.

#[path = "properties/answers.rs"]
mod answers;

use chakra::{ChakraEnum, Model};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value as Document;
use uuid::Uuid;

use crate::backend::{TestDb, on_every_backend};
use crate::random::{days, for_all, instants, numbers, texts};
use answers::{answers_about_small_sets_are_those_of_rust, answers_are_those_of_rust};

on_every_backend! {
    what_is_written_is_read,
    lists_are_read_as_they_are_written,
    answers_are_those_of_rust,
    answers_about_small_sets_are_those_of_rust,
}

/// So many rows go at once, and so often: 200 values of each type.
const ROWS: usize = 50;
const BATCHES: u32 = 4;

/// So many small sets, of one to so many rows, where answers depend on what is together. All are in the table at once, so
/// that most questions are asked of all of them by one statement.
const SETS: usize = 200;
const MOST_IN_A_SET: usize = 6;

#[derive(ChakraEnum, Debug, Clone, Copy, PartialEq)]
enum Suit {
    Hearts,
    Spades,
    #[chakra(rename = "it's")]
    Joker,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "random_values")]
struct Random {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
    /// Which of the small sets it belongs to.
    part: i32,
    small: i16,
    integer: i32,
    big: i64,
    float: f64,
    #[chakra(precision = 12, scale = 3)]
    price: Decimal,
    number: Decimal,
    #[chakra(length = 20)]
    name: String,
    #[chakra(text)]
    long: String,
    #[chakra(char_length = 20)]
    padded: String,
    flag: bool,
    instant: DateTime<Utc>,
    day: NaiveDate,
    clock: NaiveTime,
    span: TimeDelta,
    token: Uuid,
    data: Vec<u8>,
    suit: Suit,
    document: Document,
    maybe: Option<i32>,
    maybe_name: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "random_lists")]
struct RandomLists {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
    smalls: Vec<i16>,
    bigs: Vec<Option<i64>>,
    floats: Vec<f64>,
    prices: Vec<Decimal>,
    names: Vec<Option<String>>,
    flags: Vec<bool>,
    instants: Vec<DateTime<Utc>>,
    days: Vec<NaiveDate>,
    clocks: Vec<NaiveTime>,
    spans: Vec<TimeDelta>,
    tokens: Vec<Uuid>,
    blobs: Vec<Vec<u8>>,
    suits: Vec<Option<Suit>>,
}

// ------------------------------------------------------------------------------ values

fn floats() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    prop_oneof![
        NORMAL | SUBNORMAL | ZERO | POSITIVE | NEGATIVE,
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        (-4_i8..4).prop_map(f64::from)
    ]
    .prop_filter("MySQL has no infinity", |number| number.is_finite())
}

fn prices() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        (-999_999_999_999_i64..=999_999_999_999).prop_map(|number| Decimal::new(number, 3)),
        (-20_i64..20, 0_u32..4).prop_map(|(number, scale)| Decimal::new(number, scale)),
    ]
}

fn clocks() -> impl Strategy<Value = NaiveTime> {
    prop_oneof![0..86_400_000_000_u64, Just(0), Just(86_399_999_999)].prop_map(|micros| {
        let (seconds, rest) = (u32::try_from(micros / 1_000_000).unwrap(), u32::try_from(micros % 1_000_000).unwrap());
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, rest * 1_000).unwrap()
    })
}

/// Short enough that the sum of all is one.
fn spans() -> impl Strategy<Value = TimeDelta> {
    prop_oneof![-100_000_000_000_000_000..100_000_000_000_000_000_i64, -5_i64..5].prop_map(TimeDelta::microseconds)
}

fn suits() -> impl Strategy<Value = Suit> {
    prop_oneof![Just(Suit::Hearts), Just(Suit::Spades), Just(Suit::Joker)]
}

fn documents() -> impl Strategy<Value = Document> {
    let leaf = prop_oneof![
        Just(Document::Null),
        any::<bool>().prop_map(Document::from),
        any::<i64>().prop_map(Document::from),
        any::<u64>().prop_map(Document::from),
        floats()
            .prop_filter("JSON of PostgreSQL knows no sign of zero", |number| *number != 0.0)
            .prop_map(Document::from),
        prop_oneof![Just(1e16), Just(-1e17), Just(1.8e19), Just(5e300)].prop_map(Document::from),
        texts(6).prop_map(Document::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Document::from),
            proptest::collection::btree_map(texts(4), inner, 0..4)
                .prop_map(|members| Document::Object(members.into_iter().collect())),
        ]
    })
}

fn row() -> impl Strategy<Value = Random> {
    let numbers = (any::<i16>(), any::<i32>(), any::<i64>(), floats(), prices(), numbers());
    let texts =
        (texts(20), texts(40), texts(20).prop_map(|text| text.trim_end_matches(' ').to_owned()), option::of(texts(8)));
    let times = (instants(), days(), clocks(), spans());
    let others = (any::<bool>(), any::<u128>(), vec(any::<u8>(), 0..20), suits(), documents(), option::of(-3..3));
    (numbers, texts, times, others).prop_map(|(numbers, texts, times, others)| Random {
        id: 0,
        part: 0,
        small: numbers.0,
        integer: numbers.1,
        big: numbers.2,
        float: numbers.3,
        price: numbers.4,
        number: numbers.5,
        name: texts.0,
        long: texts.1,
        padded: texts.2,
        maybe_name: texts.3,
        instant: times.0,
        day: times.1,
        clock: times.2,
        span: times.3,
        flag: others.0,
        token: Uuid::from_u128(others.1),
        data: others.2,
        suit: others.3,
        document: others.4,
        maybe: others.5,
    })
}

fn rows(count: usize) -> impl Strategy<Value = Vec<Random>> {
    vec(row(), count).prop_map(|mut rows| {
        (0..).zip(&mut rows).for_each(|(id, row): (i64, _)| row.id = id);
        rows
    })
}

/// Sets of rows, each numbered, and the rows through all of them.
fn sets() -> impl Strategy<Value = Vec<Vec<Random>>> {
    vec(vec(row(), 1..=MOST_IN_A_SET), SETS).prop_map(|mut sets| {
        for (part, set) in (0..).zip(&mut sets) {
            for row in set {
                row.part = part;
            }
        }
        (0..).zip(sets.iter_mut().flatten()).for_each(|(id, row): (i64, _)| row.id = id);
        sets
    })
}

fn lists() -> impl Strategy<Value = Vec<RandomLists>> {
    fn few<S: Strategy>(values: S) -> impl Strategy<Value = Vec<S::Value>> {
        vec(values, 0..4)
    }
    let numbers = (few(any::<i16>()), few(option::of(any::<i64>())), few(floats()), few(prices()), few(any::<bool>()));
    let times = (few(instants()), few(days()), few(clocks()), few(spans()));
    let others = (
        few(option::of(texts(6))),
        few(any::<u128>().prop_map(Uuid::from_u128)),
        few(vec(any::<u8>(), 0..6)),
        few(option::of(suits())),
    );
    let row = (numbers, times, others).prop_map(|(numbers, times, others)| RandomLists {
        id: 0,
        smalls: numbers.0,
        bigs: numbers.1,
        floats: numbers.2,
        prices: numbers.3,
        flags: numbers.4,
        instants: times.0,
        days: times.1,
        clocks: times.2,
        spans: times.3,
        names: others.0,
        tokens: others.1,
        blobs: others.2,
        suits: others.3,
    });
    vec(row, ROWS).prop_map(|mut rows| {
        (0..).zip(&mut rows).for_each(|(id, row): (i64, _)| row.id = id);
        rows
    })
}

// ------------------------------------------------------------------------------ questions

async fn what_is_written_is_read(db: &TestDb) {
    db.create_all().await;
    for_all(BATCHES, rows(ROWS), async |mut rows| {
        Random::query().delete().execute(&db.pool).await.unwrap();
        let mut alone = rows.pop().unwrap();
        Random::bulk_insert(&mut rows, &db.pool).await.unwrap();
        alone.insert(&db.pool).await.unwrap();
        rows.push(alone);
        let read = Random::query().order_by(Random::id()).all(&db.pool).await.unwrap();
        prop_assert_eq!(read.len(), rows.len());
        for (read, row) in read.iter().zip(&rows) {
            prop_assert_eq!(read, row);
        }
        // One row written over another.
        let mut changed = Random { id: 0, ..rows[rows.len() - 1].clone() };
        changed.update(&db.pool).await.unwrap();
        prop_assert_eq!(Random::get(0, &db.pool).await.unwrap(), changed);
        Ok(())
    });
}

async fn lists_are_read_as_they_are_written(db: &TestDb) {
    db.create_all().await;
    for_all(BATCHES, lists(), async |mut rows| {
        RandomLists::query().delete().execute(&db.pool).await.unwrap();
        let mut alone = rows.pop().unwrap();
        RandomLists::bulk_insert(&mut rows, &db.pool).await.unwrap();
        alone.insert(&db.pool).await.unwrap();
        rows.push(alone);
        let read = RandomLists::query().order_by(RandomLists::id()).all(&db.pool).await.unwrap();
        prop_assert_eq!(read.len(), rows.len());
        for (read, row) in read.iter().zip(&rows) {
            prop_assert_eq!(read, row);
        }
        Ok(())
    });
}
