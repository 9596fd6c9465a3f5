//! Values at random, and how they are asked about in batches.

use chrono::{DateTime, NaiveDate, Utc};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// What every database keeps of a decimal without a precision.
pub fn numbers() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        (any::<i64>(), 0_u32..=28).prop_map(|(number, scale)| Decimal::new(number, scale)),
        (-79_228_162_514_264_337_593_543_950_335_i128..=79_228_162_514_264_337_593_543_950_335)
            .prop_map(|number| Decimal::from_i128_with_scale(number, 5)),
        (-20_i64..20, 0_u32..4).prop_map(|(number, scale)| Decimal::new(number, scale)),
    ]
}

/// Without NUL, which is refused.
pub fn texts(most: usize) -> impl Strategy<Value = String> {
    let letters = prop_oneof![
        any::<char>().prop_filter("NUL", |letter| *letter != '\0'),
        proptest::char::range('a', 'c'),
        Just(' '),
        Just('%'),
        Just('\\'),
        Just('\''),
        Just('é'),
        Just('🦀')
    ];
    vec(letters, 0..=most).prop_map(|letters| letters.into_iter().collect())
}

pub fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    prop_oneof![
        -62_135_596_800_000_000..=253_402_300_799_999_999_i64,
        Just(0),
        Just(-1),
        Just(1_704_067_200_000_000),
        Just(1_704_067_200_100_000),
        Just(253_402_300_799_999_999)
    ]
    .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

pub fn days() -> impl Strategy<Value = NaiveDate> {
    (1_i32..=3_652_059).prop_map(|day| NaiveDate::from_num_days_from_ce_opt(day).unwrap())
}

/// Asks of so many batches of rows; what fails is made as small as it gets.
pub fn for_all<T: std::fmt::Debug>(
    batches: u32,
    strategy: impl Strategy<Value = Vec<T>>,
    ask: impl AsyncFn(Vec<T>) -> Result<(), TestCaseError>,
) {
    let config = Config { cases: batches, max_shrink_iters: 300, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let asked = runner.run(&strategy, |rows| block_in_place(|| Handle::current().block_on(ask(rows))));
    asked.unwrap_or_else(|fault| panic!("{fault}"));
}
