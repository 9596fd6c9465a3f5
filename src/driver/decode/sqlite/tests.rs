//! The codec table, value by value.

use proptest::prelude::*;

use super::*;

/// What a visitor was given.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Decimal(String),
    Text(String),
    Bytes(Vec<u8>),
    DateTime(i64),
    Date(i32),
    Time(i64),
    Interval(i64),
    Uuid(Uuid),
    Json(String),
}

struct See;

impl Visitor for See {
    type Output = Seen;

    fn null(self) -> Seen {
        Seen::Null
    }
    fn boolean(self, value: bool) -> Seen {
        Seen::Boolean(value)
    }
    fn integer(self, value: i64) -> Seen {
        Seen::Integer(value)
    }
    fn float(self, value: f64) -> Seen {
        Seen::Float(value)
    }
    fn decimal(self, value: &str) -> Seen {
        Seen::Decimal(value.into())
    }
    fn text(self, value: &str) -> Seen {
        Seen::Text(value.into())
    }
    fn bytes(self, value: &[u8]) -> Seen {
        Seen::Bytes(value.into())
    }
    fn datetime(self, micros: i64) -> Seen {
        Seen::DateTime(micros)
    }
    fn date(self, days: i32) -> Seen {
        Seen::Date(days)
    }
    fn time(self, micros: i64) -> Seen {
        Seen::Time(micros)
    }
    fn interval(self, micros: i64) -> Seen {
        Seen::Interval(micros)
    }
    fn uuid(self, value: Uuid) -> Seen {
        Seen::Uuid(value)
    }
    fn json(self, text: &str) -> Seen {
        Seen::Json(text.into())
    }
}

const DECIMAL: SqlType = SqlType::Decimal { precision: Some(10), scale: Some(2) };
const STRING: SqlType = SqlType::String { length: Some(3) };
const BINARY: SqlType = SqlType::Binary { length: None };
const NOON: i64 = 1_709_208_000_000_000; // 2024-02-29 12:00:00

const ALL: [SqlType; 14] = [
    SqlType::SmallInteger,
    SqlType::Integer,
    SqlType::BigInteger,
    SqlType::Float,
    DECIMAL,
    STRING,
    SqlType::Text,
    SqlType::Boolean,
    SqlType::DateTime,
    SqlType::Date,
    SqlType::Time,
    SqlType::Uuid,
    BINARY,
    SqlType::Json,
];

fn visit(declared: &SqlType, cell: RawCell<'_>) -> Result<Seen, String> {
    Decoder::new(Some(declared)).unwrap().visit(cell, See)
}

fn text(text: &str) -> RawCell<'_> {
    RawCell::Text(text.as_bytes())
}

#[track_caller]
fn reads(declared: &SqlType, cells: &[(RawCell<'_>, Seen)]) {
    for (cell, seen) in cells {
        assert_eq!(visit(declared, *cell).as_ref(), Ok(seen), "{declared:?} {cell:?}");
    }
}

#[track_caller]
fn refuses(declared: &SqlType, cells: &[RawCell<'_>]) {
    for cell in cells {
        assert!(visit(declared, *cell).is_err(), "{declared:?} {cell:?}: {:?}", visit(declared, *cell));
    }
}

#[test]
fn null_is_null_of_every_type() {
    for declared in &ALL {
        reads(declared, &[(RawCell::Null, Seen::Null)]);
    }
    assert_eq!(Decoder::new(None).unwrap().visit(RawCell::Null, See), Ok(Seen::Null));
}

#[test]
fn undeclared_columns_read_as_they_are_stored() {
    let natural = |cell| Decoder::new(None).unwrap().visit(cell, See);
    assert_eq!(natural(RawCell::Integer(1)), Ok(Seen::Integer(1)));
    assert_eq!(natural(RawCell::Real(1.0)), Ok(Seen::Float(1.0)));
    assert_eq!(natural(text("2024-02-29")), Ok(Seen::Text("2024-02-29".into())));
    assert_eq!(natural(RawCell::Blob(b"\xff")), Ok(Seen::Bytes(vec![255])));
    assert!(natural(RawCell::Text(b"\xff")).is_err());
}

#[test]
fn integers() {
    reads(
        &SqlType::BigInteger,
        &[
            (RawCell::Integer(i64::MIN), Seen::Integer(i64::MIN)),
            (RawCell::Real(-3.0), Seen::Integer(-3)),
            (RawCell::Real(9_007_199_254_740_991.0), Seen::Integer(9_007_199_254_740_991)),
            (text("9223372036854775807"), Seen::Integer(i64::MAX)),
        ],
    );
    refuses(
        &SqlType::BigInteger,
        &[
            RawCell::Real(0.5),
            RawCell::Real(9_007_199_254_740_992.0),
            RawCell::Real(f64::INFINITY),
            text("9223372036854775808"),
            text("1.0"),
            text(" 1"),
            text(""),
            RawCell::Blob(b"1"),
        ],
    );
    reads(&SqlType::Integer, &[(RawCell::Integer(2_147_483_647), Seen::Integer(2_147_483_647))]);
    refuses(&SqlType::Integer, &[RawCell::Integer(2_147_483_648), text("-2147483649")]);
    reads(&SqlType::SmallInteger, &[(RawCell::Integer(-32_768), Seen::Integer(-32_768))]);
    refuses(&SqlType::SmallInteger, &[RawCell::Integer(32_768), RawCell::Real(40_000.0)]);
}

#[test]
fn floats() {
    reads(
        &SqlType::Float,
        &[
            (RawCell::Real(0.1), Seen::Float(0.1)),
            (RawCell::Real(f64::INFINITY), Seen::Float(f64::INFINITY)),
            (RawCell::Integer(-(1 << 53)), Seen::Float(-9_007_199_254_740_992.0)),
            (text("0.10"), Seen::Float(0.1)),
            (text("1e3"), Seen::Float(1_000.0)),
            (text("+007"), Seen::Float(7.0)),
            (text("-Infinity"), Seen::Float(f64::NEG_INFINITY)),
        ],
    );
    let refused =
        [RawCell::Integer((1 << 53) + 1), text("0.10000000000000001"), text("x"), text(" 1"), RawCell::Blob(b"")];
    refuses(&SqlType::Float, &refused);
}

#[test]
fn decimals() {
    let decimal = |digits: &str| Seen::Decimal(digits.into());
    reads(
        &DECIMAL,
        &[
            (text("12345678901234567890.123456789"), decimal("12345678901234567890.123456789")),
            (text("-0.50"), decimal("-0.50")),
            (text("1.5E3"), decimal("1500")),
            (text("NaN"), decimal("NaN")),
            (RawCell::Integer(i64::MIN), decimal("-9223372036854775808")),
            (RawCell::Real(0.1), decimal("0.1")),
            (RawCell::Real(1e21), decimal("1000000000000000000000")),
            (RawCell::Real(1e-7), decimal("0.0000001")),
        ],
    );
    refuses(&DECIMAL, &[text(""), text("1,5"), text("--1"), text("٣"), RawCell::Blob(b"1"), RawCell::Text(b"\xff")]);
}

#[test]
fn booleans() {
    for (cell, flag) in [
        (RawCell::Integer(0), false),
        (RawCell::Integer(1), true),
        (text("0"), false),
        (text("1"), true),
        (text("TRUE"), true),
        (text("false"), false),
    ] {
        reads(&SqlType::Boolean, &[(cell, Seen::Boolean(flag))]);
    }
    refuses(&SqlType::Boolean, &[RawCell::Integer(2), RawCell::Integer(-1), RawCell::Real(1.0), text("yes"), text("")]);
}

#[test]
fn text_is_utf8_or_a_number() {
    for declared in [STRING, SqlType::Text] {
        reads(
            &declared,
            &[
                (text("longer than three, and 𝄞"), Seen::Text("longer than three, and 𝄞".into())),
                (text("a\0b"), Seen::Text("a\0b".into())),
                (RawCell::Integer(-7), Seen::Text("-7".into())),
                (RawCell::Real(1.0), Seen::Text("1.0".into())),
            ],
        );
        refuses(&declared, &[RawCell::Text(b"\xc3\x28"), RawCell::Blob(b"abc"), RawCell::Real(f64::INFINITY)]);
    }
}

#[test]
fn instants() {
    let noon = Seen::DateTime(NOON);
    reads(
        &SqlType::DateTime,
        &[
            (text("2024-02-29 12:00:00"), noon.clone()),
            (text("2024-02-29T13:00:00.000000+01:00"), noon.clone()),
            (text("2024-02-29"), Seen::DateTime(NOON - 43_200_000_000)),
            (RawCell::Integer(NOON / 1_000_000), noon),
            (RawCell::Real(1_709_208_000.25), Seen::DateTime(NOON + 250_000)),
            (RawCell::Real(1_709_208_000.123_456), Seen::DateTime(NOON + 123_456)),
            (RawCell::Integer(-62_135_596_800), Seen::DateTime(-62_135_596_800_000_000)),
        ],
    );
    refuses(
        &SqlType::DateTime,
        &[
            RawCell::Integer(-62_135_596_801),   // the year 0
            RawCell::Integer(1_709_208_000_000), // milliseconds would be the year 56132
            RawCell::Integer(i64::MAX),
            RawCell::Real(0.123_456_7),
            RawCell::Real(f64::INFINITY),
            RawCell::Real(1e300),
            text("2024-02-30 00:00:00"),
            text("1709208000"),
            text("now"),
            text(""),
            RawCell::Blob(b"2024-02-29"),
        ],
    );
}

#[test]
fn days_and_times() {
    reads(&SqlType::Date, &[(text("1970-01-02"), Seen::Date(1)), (text("1969-12-31 00:00:00"), Seen::Date(-1))]);
    refuses(
        &SqlType::Date,
        &[text("1970-01-01 00:00:01"), RawCell::Integer(0), text("0000-01-01"), text("01.02.2024")],
    );
    reads(&SqlType::Time, &[(text("00:00:01.5"), Seen::Time(1_500_000)), (text("23:59"), Seen::Time(86_340_000_000))]);
    refuses(&SqlType::Time, &[text("24:00:00"), text("1:00:00"), RawCell::Integer(1), text("12:00:00.0000001")]);
}

#[test]
fn uuids() {
    let id = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    reads(
        &SqlType::Uuid,
        &[
            (text("01234567-89ab-cdef-0123-456789abcdef"), Seen::Uuid(id)),
            (text("0123456789ABCDEF0123456789ABCDEF"), Seen::Uuid(id)),
            (RawCell::Blob(id.as_bytes()), Seen::Uuid(id)),
        ],
    );
    let refused =
        [text("{01234567-89ab-cdef-0123-456789abcdef}"), text("0123"), RawCell::Blob(b"short"), RawCell::Integer(1)];
    refuses(&SqlType::Uuid, &refused);
    refuses(&SqlType::Uuid, &[text("g1234567-89ab-cdef-0123-456789abcdef")]);
}

#[test]
fn bytes_and_documents() {
    reads(&BINARY, &[(RawCell::Blob(b"\0\xff"), Seen::Bytes(vec![0, 255])), (text("é"), Seen::Bytes("é".into()))]);
    refuses(&BINARY, &[RawCell::Integer(1), RawCell::Real(1.0)]);
    let json = |text: &str| Seen::Json(text.into());
    reads(
        &SqlType::Json,
        &[
            (text("{\"a\": [1, null]}"), json("{\"a\": [1, null]}")),
            (RawCell::Integer(5), json("5")),
            (RawCell::Real(0.5), json("0.5")),
        ],
    );
    refuses(&SqlType::Json, &[RawCell::Blob(b"{}"), RawCell::Text(b"\"\xff\""), RawCell::Real(f64::INFINITY)]);
}

#[test]
fn errors_tell_what_was_found_and_no_more() {
    let long = "x".repeat(500);
    let found = visit(&SqlType::Integer, text(&long)).unwrap_err();
    assert!(found.starts_with("TEXT \"xxx") && found.ends_with('…') && found.len() < 80, "{found}");
    assert_eq!(visit(&SqlType::Integer, RawCell::Real(1.5)).unwrap_err(), "REAL 1.5");
    assert_eq!(visit(&SqlType::SmallInteger, RawCell::Integer(70_000)).unwrap_err(), "INTEGER 70000");
    assert_eq!(visit(&SqlType::Text, RawCell::Blob(&[0, 255])).unwrap_err(), "BLOB of 2 bytes x'00ff'");
    let found = visit(&SqlType::Text, RawCell::Text(&[0xff; 99])).unwrap_err();
    assert!(found.contains("not valid UTF-8") && found.contains("99 bytes"), "{found}");
}

fn any_cell() -> impl Strategy<Value = (u8, i64, f64, String, Vec<u8>)> {
    let texts = prop_oneof![
        "[-+]?[0-9]{1,22}(\\.[0-9]{0,9})?([eE][-+]?[0-9]{1,2})?",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,7})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
        any::<String>(),
    ];
    (0..4_u8, any::<i64>(), any::<f64>(), texts, any::<Vec<u8>>())
}

proptest! {
    /// Whatever is stored, and whatever is declared: a value of the declared type, or an error. Never a panic, and
    /// never a number other than the one stored.
    #[test]
    #[allow(clippy::float_cmp, clippy::cast_possible_truncation, clippy::cast_precision_loss)] // that is the question
    fn exact_or_loud((class, integer, real, string, blob) in any_cell(), declared in 0..ALL.len()) {
        let cell = match class {
            0 => RawCell::Integer(integer),
            1 => RawCell::Real(real),
            2 => RawCell::Text(string.as_bytes()),
            _ => RawCell::Blob(&blob),
        };
        let Ok(seen) = visit(&ALL[declared], cell) else { return Ok(()) };
        match (cell, seen) {
            (RawCell::Integer(stored), Seen::Integer(read)) => prop_assert_eq!(stored, read),
            (RawCell::Integer(stored), Seen::Float(read)) => prop_assert_eq!(i128::from(stored), read as i128),
            (RawCell::Integer(stored), Seen::Decimal(read) | Seen::Text(read)) => prop_assert_eq!(stored.to_string(), read),
            (RawCell::Real(stored), Seen::Float(read)) => prop_assert_eq!(stored.to_bits(), read.to_bits()),
            (RawCell::Real(stored), Seen::Integer(read)) => prop_assert_eq!(stored, read as f64),
            (RawCell::Real(stored), Seen::Decimal(read)) if stored.is_finite() => {
                prop_assert_eq!(read.parse::<f64>().unwrap(), stored);
            }
            (RawCell::Text(stored), Seen::Decimal(read)) => {
                let (stored, read): (Numeric, Numeric) = (std::str::from_utf8(stored).unwrap().parse().unwrap(), read.parse().unwrap());
                prop_assert!(stored.compare(&read).is_eq());
            }
            (RawCell::Text(stored), Seen::Text(read)) => prop_assert_eq!(stored, read.as_bytes()),
            _ => {}
        }
    }

    #[test]
    fn instants_come_back_as_written(micros in -62_135_596_800_000_000_i64..253_402_300_800_000_000) {
        let mut written = String::new();
        temporal::write_datetime(&mut written, micros);
        prop_assert_eq!(visit(&SqlType::DateTime, text(&written)), Ok(Seen::DateTime(micros)));
    }

    #[test]
    fn epoch_seconds_keep_their_microseconds(micros in -4_000_000_000_000_000_i64..4_000_000_000_000_000) {
        #[allow(clippy::cast_precision_loss)]
        let seconds = micros as f64 / 1e6;
        prop_assert_eq!(visit(&SqlType::DateTime, RawCell::Real(seconds)), Ok(Seen::DateTime(micros)));
    }
}
