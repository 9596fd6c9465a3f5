//! What is written comes back as the same type and value, or is refused.

use chakra::{ErrorKind, Model};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use crate::backend::{TestDb, on_every_backend};
use crate::models::{Article, Every, Proposal, Stamp};

on_every_backend! {
    extremes_round_trip,
    every_nullable_type_round_trips,
    text_is_all_of_unicode,
    json_keeps_its_types,
    floats_are_kept_to_the_last_bit,
    decimals_compare_and_order_as_numbers,
    a_decimal_too_long_for_rust_is_an_error,
    what_no_column_could_keep_is_refused_before_the_database,
    what_is_finer_than_microseconds_is_compared_and_not_written,
    a_decimal_out_of_precision_is_refused,
    instants_are_kept_to_the_microsecond,
    every_type_is_found_by_its_value,
    nan_and_infinity_are_kept_or_refused,
    json_with_a_nul_is_kept_or_refused,
    defaults_are_the_databases,
    none_is_a_value_beside_a_default,
}

async fn round_trip(db: &TestDb, mut written: Every) {
    written.insert(&db.pool).await.unwrap();
    assert_eq!(Every::get(written.id, &db.pool).await.unwrap(), written);
}

async fn extremes_round_trip(db: &TestDb) {
    db.create_all().await;
    let first_day = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
    let last_day = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
    let last_time = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
    let least = Every {
        small: i16::MIN,
        integer: i32::MIN,
        big: i64::MIN,
        float: f64::MIN,
        decimal: Decimal::MIN,
        string: String::new(),
        long: String::new(),
        boolean: false,
        instant: Utc.from_utc_datetime(&first_day.and_time(NaiveTime::MIN)),
        date: first_day,
        time: NaiveTime::MIN,
        uuid: Uuid::nil(),
        bytes: Vec::new(),
        json: json!(null),
        ..Every::plain(i64::MIN)
    };
    let greatest = Every {
        small: i16::MAX,
        integer: i32::MAX,
        big: i64::MAX,
        float: f64::MAX,
        decimal: Decimal::MAX,
        string: "x".repeat(100_000),
        long: "y".repeat(1_000_000),
        instant: Utc.from_utc_datetime(&last_day.and_time(last_time)),
        date: last_day,
        time: last_time,
        uuid: Uuid::max(),
        bytes: (0..=255).cycle().take(100_000).collect(),
        json: json!({"deep": [[[[{"a": i64::MIN, "b": u64::MAX}]]]]}),
        ..Every::plain(i64::MAX)
    };
    round_trip(db, least).await;
    round_trip(db, greatest).await;
    round_trip(db, Every { decimal: Decimal::new(1, 28), ..Every::plain(0) }).await;
}

async fn every_nullable_type_round_trips(db: &TestDb) {
    db.create_all().await;
    round_trip(db, Every::plain(1)).await;
    let plain = Every::plain(2);
    let given = Every {
        maybe_small: Some(-1),
        maybe_float: Some(-0.25),
        maybe_decimal: Some(Decimal::new(-5, 1)),
        maybe_string: Some(String::new()),
        maybe_boolean: Some(false),
        maybe_instant: Some(plain.instant),
        maybe_date: Some(plain.date),
        maybe_time: Some(plain.time),
        maybe_uuid: Some(plain.uuid),
        maybe_bytes: Some(Vec::new()),
        maybe_json: Some(json!([])),
        ..plain
    };
    round_trip(db, given).await;
}

async fn text_is_all_of_unicode(db: &TestDb) {
    db.create_all().await;
    let text = "Grüße, 世界 🦀 e\u{301} \u{10FFFF} '\"\\%_;-- \r\n\t\u{1}";
    let written = Every { string: text.into(), long: text.into(), maybe_string: Some(text.into()), ..Every::plain(1) };
    round_trip(db, written).await;
    assert_eq!(Every::query().filter(Every::string().eq(text)).count(&db.pool).await.unwrap(), 1);
}

async fn json_keeps_its_types(db: &TestDb) {
    db.create_all().await;
    for (id, document) in [
        json!(null),
        json!(true),
        json!(0),
        json!("text"),
        json!("12"),
        json!(1.5),
        json!([]),
        json!({}),
        json!({"nested": {"list": [1, "1", null, false]}, "ü": "🦀"}),
    ]
    .into_iter()
    .enumerate()
    {
        let id = i64::try_from(id).unwrap();
        round_trip(db, Every { json: document.clone(), maybe_json: Some(document), ..Every::plain(id) }).await;
    }
    let sql_nulls = Every::query().filter(Every::maybe_json().is_null()).count(&db.pool).await.unwrap();
    assert_eq!(sql_nulls, 0, "JSON null is a document, not NULL");
}

async fn floats_are_kept_to_the_last_bit(db: &TestDb) {
    db.create_all().await;
    let floats = [0.1, 1.0 / 3.0, f64::MIN_POSITIVE, 5e-324, -1e-7, 1e300, 9_007_199_254_740_993.0];
    for (id, float) in floats.into_iter().enumerate() {
        let id = i64::try_from(id).unwrap();
        Every { float, ..Every::plain(id) }.insert(&db.pool).await.unwrap();
        assert_eq!(Every::get(id, &db.pool).await.unwrap().float.to_bits(), float.to_bits(), "{float:e}");
    }
}

async fn decimals_compare_and_order_as_numbers(db: &TestDb) {
    db.create_all().await;
    let texts = ["10", "9", "-1.50", "0.05", "79228162514264337593543950335"];
    for (id, text) in texts.into_iter().enumerate() {
        let decimal = text.parse().unwrap();
        Every { decimal, ..Every::plain(i64::try_from(id).unwrap()) }.insert(&db.pool).await.unwrap();
    }
    let ordered = Every::query().order_by(Every::decimal()).all(&db.pool).await.unwrap();
    // Where no column keeps how many zeros were written, there are none.
    let ordered: Vec<String> = ordered.iter().map(|row| row.decimal.normalize().to_string()).collect();
    assert_eq!(ordered, ["-1.5", "0.05", "9", "10", "79228162514264337593543950335"]);

    let above = Every::query().filter(Every::decimal().gt(Decimal::new(900, 2)));
    assert_eq!(above.count(&db.pool).await.unwrap(), 2);
    let equal = Every::query().filter(Every::decimal().eq(Decimal::new(-15, 1)));
    assert_eq!(equal.count(&db.pool).await.unwrap(), 1, "-1.5 is -1.50");
}

async fn a_decimal_too_long_for_rust_is_an_error(db: &TestDb) {
    db.create_all().await;
    Every::plain(1).insert(&db.pool).await.unwrap();
    let long = "12345678901234567890123456789012345.5";
    db.sql(&format!("UPDATE every_type SET maybe_decimal = '{long}'")).await.unwrap();
    let error = Every::get(1, &db.pool).await.unwrap_err();
    let message = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(message.contains("every_type.maybe_decimal") && message.contains("12345678901234567890"), "{message}");
}

async fn what_no_column_could_keep_is_refused_before_the_database(db: &TestDb) {
    // No table is made: a value that got through would fail otherwise.
    let far = NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap();
    let cases: [(&str, Every); 4] = [
        ("date", Every { date: far, ..Every::plain(1) }),
        ("instant", Every { instant: Utc.from_utc_datetime(&far.and_time(NaiveTime::MIN)), ..Every::plain(1) }),
        ("string", Every { string: "a\0b".into(), ..Every::plain(1) }),
        ("time", Every { time: NaiveTime::from_hms_micro_opt(23, 59, 59, 1_000_000).unwrap(), ..Every::plain(1) }),
    ];
    for (field, mut refused) in cases {
        let error = refused.insert(&db.pool).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
        assert!(error.to_string().starts_with(&format!("Every.{field}:")), "{error}");
    }
}

async fn what_is_finer_than_microseconds_is_compared_and_not_written(db: &TestDb) {
    db.create_all().await;
    let noon = Utc.with_ymd_and_hms(2024, 2, 29, 12, 0, 0).unwrap();
    let nano = chrono::TimeDelta::nanoseconds(1);
    let clock = noon.time();
    Every { instant: noon, time: clock, ..Every::plain(1) }.insert(&db.pool).await.unwrap();
    for (field, mut refused) in [
        ("instant", Every { instant: noon + nano, ..Every::plain(2) }),
        ("time", Every { time: clock + nano, ..Every::plain(2) }),
    ] {
        let error = refused.insert(&db.pool).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
        assert!(error.to_string().starts_with(&format!("Every.{field}: the value is finer than")), "{error}");
        let assignment =
            if field == "time" { Every::time().set(clock + nano) } else { Every::instant().set(noon + nano) };
        let error = Every::query().update(assignment).execute(&db.pool).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    }
    let count = async |condition| Every::query().filter(condition).count(&db.pool).await.unwrap();
    assert_eq!(count(Every::instant().eq(noon)).await, 1);
    assert_eq!(count(Every::instant().eq(noon + nano)).await, 0);
    assert_eq!(count(Every::instant().ne(noon + nano)).await, 1);
    assert_eq!(count(Every::instant().lt(noon + nano)).await, 1);
    assert_eq!(count(Every::instant().gte(noon - nano)).await, 1);
    assert_eq!(count(Every::instant().gt(noon + nano)).await, 0);
    assert_eq!(count(Every::instant().between(noon - nano, noon + nano)).await, 1);
    assert_eq!(count(Every::instant().is_in([noon + nano, noon])).await, 1);
    assert_eq!(count(Every::time().lt(clock + nano)).await, 1);
    assert_eq!(count(Every::time().gt(clock + nano)).await, 0);
    // Beyond the years that databases keep, too.
    let far = NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap();
    assert_eq!(count(Every::date().lt(far)).await, 1);
    assert_eq!(count(Every::date().gte(far)).await, 0);
    assert_eq!(count(Every::instant().lt(DateTime::<Utc>::MAX_UTC)).await, 1);
    assert_eq!(count(Every::instant().lt(DateTime::<Utc>::MIN_UTC)).await, 0);
    let now = chakra::now();
    round_trip(db, Every { instant: now, ..Every::plain(3) }).await;
}

async fn a_decimal_out_of_precision_is_refused(db: &TestDb) {
    db.create_all().await;
    let mut article = Article { id: 1, title: "t".into(), state: "s".into(), price: Some(Decimal::new(1, 3)) };
    assert_eq!(article.insert(&db.pool).await.unwrap_err().kind(), ErrorKind::Validation);
    article.price = Some(Decimal::new(1_000_000, 0));
    assert_eq!(article.insert(&db.pool).await.unwrap_err().kind(), ErrorKind::Validation);
    article.price = Some(Decimal::new(99_999_999, 2));
    article.insert(&db.pool).await.unwrap();
    let set = Article::query().update(Article::price().set(Decimal::new(12_345, 3))).execute(&db.pool).await;
    assert_eq!(set.unwrap_err().kind(), ErrorKind::Validation);
    assert_eq!(Article::get(1, &db.pool).await.unwrap(), article);
}

async fn instants_are_kept_to_the_microsecond(db: &TestDb) {
    db.create_all().await;
    let instants =
        [0, 1, -1, 999_999, 1_000_000, 1_700_000_000_000_000, 1_700_000_000_000_001, -62_135_596_800_000_000];
    for (id, micros) in instants.into_iter().enumerate() {
        let instant = DateTime::from_timestamp_micros(micros).unwrap();
        round_trip(db, Every { instant, ..Every::plain(i64::try_from(id).unwrap()) }).await;
    }
    let ordered = Every::query().order_by(Every::instant()).all(&db.pool).await.unwrap();
    assert!(ordered.windows(2).all(|pair| pair[0].instant < pair[1].instant));
    let after = Every::query().filter(Every::instant().gt(DateTime::from_timestamp_micros(1_000_000).unwrap()));
    assert_eq!(after.count(&db.pool).await.unwrap(), 2);
}

async fn every_type_is_found_by_its_value(db: &TestDb) {
    db.create_all().await;
    let mut one = Every::plain(1);
    one.insert(&db.pool).await.unwrap();
    Every {
        small: 9,
        integer: 9,
        big: 9,
        float: 9.0,
        decimal: Decimal::from(9),
        string: "9".into(),
        long: "9".into(),
        boolean: false,
        instant: DateTime::from_timestamp_micros(9).unwrap(),
        date: NaiveDate::from_ymd_opt(2009, 9, 9).unwrap(),
        time: NaiveTime::MIN,
        uuid: Uuid::max(),
        bytes: vec![9],
        ..Every::plain(2)
    }
    .insert(&db.pool)
    .await
    .unwrap();
    let conditions = [
        Every::small().eq(one.small),
        Every::integer().eq(one.integer),
        Every::big().eq(one.big),
        Every::float().eq(one.float),
        Every::decimal().eq(one.decimal),
        Every::string().eq(&one.string),
        Every::long().eq(&one.long),
        Every::boolean().eq(one.boolean),
        Every::instant().eq(one.instant),
        Every::date().eq(one.date),
        Every::time().eq(one.time),
        Every::uuid().eq(one.uuid),
        Every::bytes().eq(&one.bytes),
        Every::small().is_in([one.small]),
        Every::integer().is_in([one.integer]),
        Every::big().is_in([one.big]),
        Every::float().is_in([one.float]),
        Every::decimal().is_in([one.decimal]),
        Every::string().is_in([&one.string]),
        Every::boolean().is_in([one.boolean]),
        Every::instant().is_in([one.instant]),
        Every::date().is_in([one.date]),
        Every::time().is_in([one.time]),
        Every::uuid().is_in([one.uuid]),
        Every::bytes().is_in([&one.bytes]),
    ];
    for condition in conditions {
        let found = Every::query().filter(condition.clone()).one(&db.pool).await;
        assert_eq!(found.map(|row| row.id).map_err(|error| error.to_string()), Ok(1), "{condition:?}");
    }
}

async fn nan_and_infinity_are_kept_or_refused(db: &TestDb) {
    db.create_all().await;
    for (id, float) in [(1, f64::INFINITY), (2, f64::NEG_INFINITY), (3, f64::NAN)] {
        let before = Every::query().count(&db.pool).await.unwrap();
        let mut strange = Every { maybe_float: Some(float), ..Every::plain(id) };
        match strange.insert(&db.pool).await {
            Ok(()) => {
                let kept = Every::get(id, &db.pool).await.unwrap().maybe_float.unwrap();
                assert_eq!(kept.to_string(), float.to_string(), "never read as NULL");
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
                assert!(error.to_string().contains(&float.to_string()), "{error}");
                assert_eq!(Every::query().count(&db.pool).await.unwrap(), before);
            }
        }
    }
}

async fn json_with_a_nul_is_kept_or_refused(db: &TestDb) {
    db.create_all().await;
    let mut strange = Every { json: json!({"nul": "a\0b"}), ..Every::plain(1) };
    match strange.insert(&db.pool).await {
        Ok(()) => assert_eq!(Every::get(1, &db.pool).await.unwrap(), strange),
        Err(error) => {
            assert!(error.to_string().contains("u0000"), "{error}");
            assert_eq!(Every::query().count(&db.pool).await.unwrap(), 0);
        }
    }
}

async fn defaults_are_the_databases(db: &TestDb) {
    db.create_all().await;
    let before = Utc::now() - chrono::TimeDelta::minutes(1);
    let stamp = Stamp::create(Stamp::level().set(7)).execute(&db.pool).await.unwrap();
    assert!(stamp.happened > before && stamp.happened < before + chrono::TimeDelta::minutes(2), "{}", stamp.happened);
    assert_eq!(Stamp::get(stamp.id, &db.pool).await.unwrap(), stamp);
}

async fn none_is_a_value_beside_a_default(db: &TestDb) {
    db.create_all().await;
    let stored = async |id: i64| Proposal::get(id, &db.pool).await.unwrap().state;
    let mut whole = Proposal { id: None, state: None };
    whole.insert(&db.pool).await.unwrap();
    assert_eq!((stored(whole.id.unwrap()).await, &whole.state), (None, &None));
    let mut many = [Proposal { id: None, state: None }, Proposal { id: None, state: Some("x".into()) }];
    Proposal::bulk_insert(&mut many, &db.pool).await.unwrap();
    assert_eq!(stored(many[0].id.unwrap()).await, None);
    assert_eq!(stored(many[1].id.unwrap()).await.as_deref(), Some("x"));
    let open = Proposal::create(()).execute(&db.pool).await.unwrap();
    assert_eq!(open.state.as_deref(), Some("draft"));
    let said = Proposal::create(Proposal::state().set(None)).execute(&db.pool).await.unwrap();
    assert_eq!((stored(said.id.unwrap()).await, said.state), (None, None));
    let mut changed = open;
    changed.state = None;
    changed.save(&db.pool).await.unwrap();
    assert_eq!(stored(changed.id.unwrap()).await, None);
}
