//! The types of one database at random, 200 values each: what is written is read, in the form that the server keeps.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Bound::{self, Excluded, Included, Unbounded};

use chakra::dialect::Dialect;
use chakra::mysql::{Set, Year};
use chakra::postgres::{Cidr, HStore, Inet, MacAddr, Range, TsVector};
use chakra::{ChakraEnum, ErrorKind, Executor, Model, Transaction, create_tables};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::backend::{TestDb, on_every_backend, run_on};
use crate::random::{days, for_all, instants, numbers, texts};

on_every_backend! {
    what_is_written_to_postgres_is_read,
    pairs_are_read_as_they_are_written,
    what_is_written_to_mysql_is_read,
}

/// So many rows go at once, and so often: 200 values of each type.
const ROWS: usize = 50;
const BATCHES: u32 = 4;

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "own_random_things")]
struct Thing {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
    host: Inet,
    network: Cidr,
    card: MacAddr,
    lexemes: TsVector,
    seats: Range<i32>,
    large: Range<i64>,
    price: Range<Decimal>,
    days: Range<NaiveDate>,
    open: Range<DateTime<Utc>>,
    maybe_host: Option<Inet>,
    maybe_seats: Option<Range<i32>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "own_random_pairs")]
struct Pairs {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
    labels: HStore,
    more: Option<HStore>,
}

#[derive(ChakraEnum, Debug, Clone, Copy, PartialEq)]
enum Grape {
    Merlot,
    #[chakra(rename = "pinot noir")]
    PinotNoir,
    #[chakra(rename = "it's")]
    Its,
    #[chakra(rename = "Gewürztraminer 🦀")]
    Gewuerztraminer,
    #[chakra(rename = "\\%_\"")]
    Marks,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "own_random_wines")]
struct Wine {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
    grapes: Set<Grape>,
    more: Option<Set<Grape>>,
    vintage: Year,
    maybe: Option<Year>,
}

// ------------------------------------------------------------------------------ values

fn addresses() -> impl Strategy<Value = (IpAddr, u8)> {
    prop_oneof![
        (any::<u32>(), 0_u8..=32).prop_map(|(bits, prefix)| (Ipv4Addr::from(bits).into(), prefix)),
        (any::<u128>(), 0_u8..=128).prop_map(|(bits, prefix)| (Ipv6Addr::from(bits).into(), prefix)),
        // Those that have other ways of being written.
        (any::<u32>(), 0_u8..=128).prop_map(|(bits, prefix)| (Ipv4Addr::from(bits).to_ipv6_mapped().into(), prefix)),
        (0_u128..3, 0_u8..=128).prop_map(|(bits, prefix)| (Ipv6Addr::from(bits).into(), prefix)),
    ]
}

fn hosts() -> impl Strategy<Value = Inet> {
    prop_oneof![
        addresses().prop_map(|(address, prefix)| Inet::new(address, prefix).unwrap()),
        addresses().prop_map(|(address, _)| Inet::from(address)),
    ]
}

fn networks() -> impl Strategy<Value = Cidr> {
    addresses().prop_map(|(address, prefix)| {
        let first: IpAddr = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                Ipv4Addr::from(u32::from(address) & mask).into()
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                Ipv6Addr::from(u128::from(address) & mask).into()
            }
        };
        Cidr::new(first, prefix).unwrap()
    })
}

/// Lexemes at places, by the notation's own rules.
fn lexemes() -> impl Strategy<Value = TsVector> {
    let lexeme = prop_oneof![
        9 => texts(6).prop_filter("a lexeme has a letter", |text| !text.is_empty()),
        1 => Just("é".repeat(1_023)),
    ];
    let places = prop_oneof![
        9 => btree_map(1_u16..=16_383, 0_usize..4, 0..5),
        1 => btree_map(1_u16..=16_383, 0_usize..4, 200..=255),
    ];
    btree_map(lexeme, places, 0..4).prop_map(|lexemes| {
        let written: Vec<String> = lexemes.iter().map(|(lexeme, places)| notation(lexeme, places)).collect();
        written.join(" ").parse().unwrap()
    })
}

fn notation(lexeme: &str, places: &BTreeMap<u16, usize>) -> String {
    let places: Vec<String> =
        places.iter().map(|(place, weight)| format!("{place}{}", ["", "C", "B", "A"][*weight])).collect();
    let colon = if places.is_empty() { "" } else { ":" };
    format!("'{}'{colon}{}", lexeme.replace('\\', "\\\\").replace('\'', "''"), places.join(","))
}

fn labels() -> impl Strategy<Value = HStore> {
    btree_map(texts(5), option::of(texts(5)), 0..5).prop_map(HStore)
}

/// Ranges of all kinds of bounds, in the right order; often with little or no room between them.
fn ranges<T: Copy + Ord + std::fmt::Debug>(values: impl Strategy<Value = T>) -> impl Strategy<Value = Range<T>> {
    let bounds = (vec(values, 2), proptest::bool::weighted(0.2), 0..3_usize, 0..3_usize);
    let bounds = bounds.prop_map(|(values, same, lower, upper)| {
        let other = if same { values[0] } else { values[1] };
        let bound = |kind, value| [Included(value), Excluded(value), Unbounded][kind];
        Range::new(bound(lower, values[0].min(other)), bound(upper, values[0].max(other)))
    });
    prop_oneof![9 => bounds, 1 => Just(Range::empty())]
}

/// What the server keeps of a range of values each of which has a next one; None where there is none in need.
fn whole<T: Copy + Ord>(range: &Range<T>, next: impl Fn(T) -> Option<T>) -> Option<Range<T>> {
    let (Some(lower), Some(upper)) = (range.lower(), range.upper()) else { return Some(Range::empty()) };
    let lower = if let Excluded(value) = lower { Included(next(*value)?) } else { lower.cloned() };
    let upper = if let Included(value) = upper { Excluded(next(*value)?) } else { upper.cloned() };
    let void = matches!((&lower, &upper), (Included(least), Excluded(end)) if least >= end);
    Some(if void { Range::empty() } else { Range::new(lower, upper) })
}

/// What the server keeps of a range of values between any two of which lies another.
fn dense<T: Clone + Ord>(range: &Range<T>) -> Range<T> {
    let value = |bound: Option<Bound<&T>>| match bound {
        Some(Included(value) | Excluded(value)) => Some(value.clone()),
        _ => None,
    };
    let (lower, upper) = (value(range.lower()), value(range.upper()));
    let closed = matches!((range.lower(), range.upper()), (Some(Included(_)), Some(Included(_))));
    if lower.is_some() && lower == upper && !closed { Range::empty() } else { range.clone() }
}

fn next_day(day: NaiveDate) -> Option<NaiveDate> {
    day.succ_opt().filter(|next| next.year() <= 9_999)
}

fn seats() -> impl Strategy<Value = Range<i32>> {
    ranges(prop_oneof![any::<i32>(), -2..3, Just(i32::MIN), Just(i32::MAX)])
        .prop_filter("beyond", |range| whole(range, |number| number.checked_add(1)).is_some())
}

fn large() -> impl Strategy<Value = Range<i64>> {
    ranges(prop_oneof![any::<i64>(), -2_i64..3, Just(i64::MIN), Just(i64::MAX)])
        .prop_filter("beyond", |range| whole(range, |number| number.checked_add(1)).is_some())
}

fn things() -> impl Strategy<Value = Vec<Thing>> {
    let last = NaiveDate::from_ymd_opt(9_999, 12, 31).unwrap();
    let span = ranges(prop_oneof![days(), Just(last), Just(last.pred_opt().unwrap())])
        .prop_filter("beyond", |range| whole(range, next_day).is_some());
    let plain = (hosts(), networks(), any::<[u8; 6]>(), lexemes());
    let ranged = (seats(), large(), ranges(numbers()), span, ranges(instants()));
    let maybe = (option::of(hosts()), option::of(seats()));
    let row = (plain, ranged, maybe).prop_map(|(plain, ranged, maybe)| Thing {
        id: 0,
        host: plain.0,
        network: plain.1,
        card: MacAddr(plain.2),
        lexemes: plain.3,
        seats: ranged.0,
        large: ranged.1,
        price: ranged.2,
        days: ranged.3,
        open: ranged.4,
        maybe_host: maybe.0,
        maybe_seats: maybe.1,
    });
    vec(row, ROWS)
}

/// A thing as the server keeps it.
fn kept(thing: &Thing) -> Thing {
    let seats = |range: &Range<i32>| whole(range, |number| number.checked_add(1)).unwrap();
    Thing {
        seats: seats(&thing.seats),
        large: whole(&thing.large, |number| number.checked_add(1)).unwrap(),
        price: dense(&thing.price),
        days: whole(&thing.days, next_day).unwrap(),
        open: dense(&thing.open),
        maybe_seats: thing.maybe_seats.as_ref().map(seats),
        ..thing.clone()
    }
}

fn pairs() -> impl Strategy<Value = Vec<Pairs>> {
    vec((labels(), option::of(labels())).prop_map(|(labels, more)| Pairs { id: 0, labels, more }), ROWS)
}

fn wines() -> impl Strategy<Value = Vec<Wine>> {
    let grape = || {
        use Grape::{Gewuerztraminer, Its, Marks, Merlot, PinotNoir};
        prop_oneof![Just(Merlot), Just(PinotNoir), Just(Its), Just(Gewuerztraminer), Just(Marks)]
    };
    let set = move || vec(grape(), 0..8).prop_map(Set::from_iter);
    let year = || {
        prop_oneof![8 => 1_901_u16..=2_155, 1 => Just(1_901), 1 => Just(2_155)]
            .prop_map(|year| Year::new(year).unwrap())
    };
    let row = (set(), option::of(set()), year(), option::of(year()));
    vec(row.prop_map(|(grapes, more, vintage, maybe)| Wine { id: 0, grapes, more, vintage, maybe }), ROWS)
}

// ------------------------------------------------------------------------------ questions

/// Writes rows, all but one of them at once, and reads them; one is written over another, and those that equal the first
/// in a field are found by it.
macro_rules! ask {
    ($model:ident, $on:expr, $rows:ident, $kept:expr, $($field:ident),*) => {{
        let on: &dyn Executor = $on;
        (0..).zip(&mut $rows).for_each(|(id, row): (i64, _)| row.id = id);
        let kept: Vec<$model> = $rows.iter().map($kept).collect();
        let first = $rows[0].clone();
        $model::query().delete().execute(on).await.unwrap();
        let mut alone = $rows.pop().unwrap();
        $model::bulk_insert(&mut $rows, on).await.unwrap();
        alone.insert(on).await.unwrap();
        let read = $model::query().order_by($model::id()).all(on).await.unwrap();
        prop_assert_eq!(read.len(), kept.len());
        for (read, kept) in read.iter().zip(&kept) {
            prop_assert_eq!(read, kept);
            // Digits that Rust's equality leaves out, too.
            prop_assert_eq!(format!("{read:?}"), format!("{kept:?}"));
        }
        $({
            let same = kept.iter().filter(|row| row.$field == kept[0].$field).count() as u64;
            let found = $model::query().filter($model::$field().eq(first.$field.clone())).count(on).await.unwrap();
            prop_assert_eq!(found, same, "{}", stringify!($field));
        })*
        let mut changed = $model { id: 0, ..alone };
        changed.update(on).await.unwrap();
        let expected = $model { id: 0, ..kept[kept.len() - 1].clone() };
        prop_assert_eq!($model::get(0, on).await.unwrap(), expected);
        Ok(())
    }};
}

async fn what_is_written_to_postgres_is_read(db: &TestDb) {
    let made = create_tables(&db.pool, &[Thing::table()]).await;
    if db.pool.dialect() != Dialect::Postgres {
        let refused = made.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Definition);
        assert!(refused.to_string().contains("Thing.host: Inet is a type of PostgreSQL"), "{refused}");
        return;
    }
    made.unwrap();
    for_all(BATCHES, things(), async |mut rows| {
        ask!(
            Thing,
            &db.pool,
            rows,
            kept,
            host,
            network,
            card,
            lexemes,
            seats,
            large,
            price,
            days,
            open,
            maybe_host,
            maybe_seats
        )
    });
}

async fn pairs_are_read_as_they_are_written(db: &TestDb) {
    if db.pool.dialect() != Dialect::Postgres {
        let refused = create_tables(&db.pool, &[Pairs::table()]).await.unwrap_err().to_string();
        assert!(refused.contains("Pairs.labels: HStore is a type of PostgreSQL"), "{refused}");
        return;
    }
    let transaction = with_hstore(db).await;
    create_tables(&transaction, &[Pairs::table()]).await.unwrap();
    run_on(&transaction, "SAVEPOINT empty").await.unwrap();
    for_all(BATCHES, pairs(), async |mut rows| {
        // After a fault, the next rows are taken all the same.
        run_on(&transaction, "ROLLBACK TO SAVEPOINT empty").await.unwrap();
        ask!(Pairs, &transaction, rows, Pairs::clone, labels, more)
    });
}

/// A transaction that sees the extension, wherever it is. It is never committed: no other test finds there what this one
/// adds.
async fn with_hstore(db: &TestDb) -> Transaction {
    let transaction = db.pool.begin().await.unwrap();
    for sql in [
        "CREATE EXTENSION IF NOT EXISTS hstore",
        "SELECT set_config('search_path', format('%I, %I', current_schema(), nspname), true)
         FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'hstore'",
    ] {
        run_on(&transaction, sql).await.unwrap();
    }
    transaction
}

async fn what_is_written_to_mysql_is_read(db: &TestDb) {
    let made = create_tables(&db.pool, &[Wine::table()]).await;
    if db.pool.dialect() != Dialect::MySql {
        let refused = made.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Definition);
        assert!(refused.to_string().contains("Wine.grapes: Set is a type of MySQL"), "{refused}");
        return;
    }
    made.unwrap();
    for_all(BATCHES, wines(), async |mut rows| ask!(Wine, &db.pool, rows, Wine::clone, grapes, more, vintage, maybe));
}
