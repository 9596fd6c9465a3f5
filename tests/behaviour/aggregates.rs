//! Many rows made into one value: exact, and the same on every database.

use chakra::model::Aggregate;
use chakra::{ErrorKind, Model};
use rust_decimal::Decimal;

use crate::backend::{TestDb, on_every_backend};
use crate::models::{Every, Stamp, User, insert_users};

on_every_backend! {
    of_no_rows,
    none_is_left_out,
    integers_beyond_64_bits,
    decimals_are_exact,
    least_and_greatest_of_every_type,
    distinct_and_filtered,
    a_slice_is_aggregated_as_it_is,
    a_column_of_another_type,
}

async fn of_no_rows(db: &TestDb) {
    db.create_all().await;
    let found = Every::query()
        .aggregate(
            (
                Aggregate::rows(),
                Every::big().count(),
                Every::big().sum(),
                Every::decimal().avg(),
                Every::string().min(),
            ),
            &db.pool,
        )
        .await
        .unwrap();
    assert_eq!(found, (0, 0, None, None, None));
}

async fn none_is_left_out(db: &TestDb) {
    db.create_all().await;
    insert_users(&db.pool).await;
    let (rows, known) = User::query().aggregate((Aggregate::rows(), User::age().count()), &db.pool).await.unwrap();
    assert_eq!((rows, known), (6, 4));
    let nobody = User::query().filter(User::age().is_null()).aggregate(User::age().max(), &db.pool).await.unwrap();
    assert_eq!(nobody, None);
}

async fn integers_beyond_64_bits(db: &TestDb) {
    db.create_all().await;
    for id in 0..3 {
        Every { big: i64::MAX, small: 1, ..Every::plain(id) }.insert(&db.pool).await.unwrap();
    }
    Every { big: i64::MAX - 1, small: 2, ..Every::plain(3) }.insert(&db.pool).await.unwrap();
    let (sum, mean, small) = Every::query()
        .aggregate((Every::big().sum(), Every::big().avg(), Every::small().avg()), &db.pool)
        .await
        .unwrap();
    assert_eq!(sum, Some(4 * i128::from(i64::MAX) - 1));
    assert_eq!((mean, small), (Some(9_223_372_036_854_775_807.0), Some(1.25)));
}

async fn decimals_are_exact(db: &TestDb) {
    db.create_all().await;
    for (id, decimal) in ["0.1", "0.2", "1e-25", "9.5", "10"].into_iter().enumerate() {
        let decimal = Decimal::from_scientific(decimal).or_else(|_| decimal.parse()).unwrap();
        Every { decimal, ..Every::plain(i64::try_from(id).unwrap()) }.insert(&db.pool).await.unwrap();
    }
    let decimal = Every::decimal;
    let (sum, least, greatest) =
        Every::query().aggregate((decimal().sum(), decimal().min(), decimal().max()), &db.pool).await.unwrap();
    let number = |text: &str| Some(text.parse::<Decimal>().unwrap());
    assert_eq!(sum, number("19.8000000000000000000000001"));
    assert_eq!((least, greatest), (number("0.0000000000000000000000001"), number("10")));
    let third = Every::query().filter(decimal().gte(Decimal::ONE).or(Every::id().eq(0)));
    assert_eq!(third.aggregate(decimal().avg(), &db.pool).await.unwrap(), number("6.533333333333333333333333333"));
    // An average of more digits than the type has is rounded, as averages are.
    let small = Every::query().filter(decimal().lt(Decimal::new(15, 2)));
    assert_eq!(small.aggregate(decimal().avg(), &db.pool).await.unwrap(), number("0.05000000000000000000000005"));
}

async fn least_and_greatest_of_every_type(db: &TestDb) {
    db.create_all().await;
    let (low, high) = (Every::plain(1), Every::plain(2));
    let high = Every {
        float: f64::MAX,
        string: "Ü".into(),
        boolean: false,
        instant: high.instant + chrono::Duration::microseconds(1),
        date: high.date + chrono::Days::new(1),
        time: chrono::NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap(),
        uuid: uuid::Uuid::max(),
        bytes: vec![0, 1, 255, 0],
        ..high
    };
    low.clone().insert(&db.pool).await.unwrap();
    high.clone().insert(&db.pool).await.unwrap();
    let all = || Every::query();
    let found = all()
        .aggregate(
            (Every::float().max(), Every::string().max(), Every::boolean().max(), Every::instant().max()),
            &db.pool,
        )
        .await
        .unwrap();
    assert_eq!(found, (Some(high.float), Some(high.string), Some(true), Some(high.instant)));
    let found = all()
        .aggregate((Every::date().max(), Every::time().max(), Every::uuid().max(), Every::bytes().max()), &db.pool)
        .await
        .unwrap();
    assert_eq!(found, (Some(high.date), Some(high.time), Some(high.uuid), Some(high.bytes)));
    let found = all()
        .aggregate((Every::boolean().min(), Every::uuid().min(), Every::bytes().min(), Every::small().min()), &db.pool)
        .await
        .unwrap();
    assert_eq!(found, (Some(false), Some(low.uuid), Some(low.bytes), Some(1)));
}

async fn distinct_and_filtered(db: &TestDb) {
    db.create_all().await;
    for (id, decimal) in [(1, Decimal::new(10, 1)), (2, Decimal::new(100, 2)), (3, Decimal::new(5, 0))] {
        Every { decimal, ..Every::plain(id) }.insert(&db.pool).await.unwrap();
    }
    let (distinct, sum, filtered) = Every::query()
        .aggregate(
            (
                Every::decimal().count().distinct(),
                Every::decimal().sum().distinct(),
                Aggregate::rows().filter(Every::id().gt(1)),
            ),
            &db.pool,
        )
        .await
        .unwrap();
    assert_eq!((distinct, sum, filtered), (2, Some(Decimal::from(6)), 2));
    let error = Every::query().aggregate(Every::json().count().distinct(), &db.pool).await.unwrap_err();
    assert!(error.to_string().contains("Every.json is JSON"), "{error}");
}

async fn a_slice_is_aggregated_as_it_is(db: &TestDb) {
    db.create_all().await;
    for id in 1..=5 {
        Every::plain(id).insert(&db.pool).await.unwrap();
    }
    let slice = Every::query().order_by(Every::id().desc()).limit(2).offset(1);
    assert_eq!(slice.aggregate((Every::id().sum(), Aggregate::rows()), &db.pool).await.unwrap(), (Some(7), 2));
}

async fn a_column_of_another_type(db: &TestDb) {
    db.sql("CREATE TABLE stamps (id BIGINT PRIMARY KEY, level NUMERIC(10, 2), happened TIMESTAMP)").await.unwrap();
    db.sql("INSERT INTO stamps (id, level) VALUES (1, 1.00), (2, 41.00)").await.unwrap();
    assert_eq!(Stamp::query().aggregate(Stamp::level().sum(), &db.pool).await.unwrap(), Some(42));
    db.sql("INSERT INTO stamps (id, level) VALUES (3, 0.25)").await.unwrap();
    let error = Stamp::query().aggregate(Stamp::level().sum(), &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("stamps.level"), "{error}");
}
