//! Tables of models, as both languages declare them. `tests_py/test_declared.py` declares the same models in Python and
//! reads the same snapshot: what one front says otherwise than the other fails there or here.

use chakra::dialect::{Dialect, definition};
use chakra::schema::TableRef;
use chakra::{ChakraEnum, Model};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(ChakraEnum, Clone, Debug, PartialEq)]
#[chakra(rename_all = "lowercase", native)]
enum Mood {
    Calm,
    Loud,
}

#[derive(Model)]
#[chakra(
    table = "declared_halls",
    timestamps,
    soft_delete,
    version,
    comment = "where music is 'played'",
    verbose_name = "concert hall",
    ordering = ["name", "-pk"]
)]
#[allow(dead_code)]
struct Hall {
    version: i64,
    deleted_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 40, unique, min_length = 2)]
    name: String,
    #[chakra(min_value = 1, max_value = 10000, comment = "without standing room")]
    seats: i32,
    #[chakra(char_length = 2, choices = ["se", "no"], default = "'se'")]
    country: String,
    opened: Option<NaiveDate>,
}

#[derive(Model)]
#[chakra(
    table = "declared_concerts",
    indexes = [
        Index::new("ix_{table}_latest").columns(&["-starts_at", "title"]),
        Index::new(&["title", "price"]).unique(),
        Index::new("ix_declared_mood").columns(&["mood", "hall_id"]).desc("hall_id").method("btree"),
    ],
    constraints = [
        Unique::new(&["hall_id", "starts_at"]),
        Unique::new("uq_declared_code").columns(&["code", "title"]),
        Check::new("ck_declared_order").expression("starts_at < ended_at"),
        Check::new().expression("price <> 13"),
    ],
    comment = "what is played where"
)]
#[allow(dead_code)]
struct Concert {
    #[chakra(primary_key)]
    id: Option<i32>,
    #[chakra(references = "declared_halls.id", on_delete = "CASCADE", on_update = Restrict)]
    hall_id: i64,
    #[chakra(references = "declared_concerts.id", on_delete = "set_null", index = false)]
    encore_of: Option<i32>,
    #[chakra(length = 80)]
    title: String,
    starts_at: DateTime<Utc>,
    #[chakra(column = "ended_at", index)]
    ends_at: DateTime<Utc>,
    #[chakra(precision = 8, scale = 2, min_value = "0.00", default = 0)]
    price: Decimal,
    mood: Mood,
    code: Uuid,
    #[chakra(text)]
    notes: Option<String>,
    data: serde_json::Value,
    pause: Option<TimeDelta>,
    tags: Vec<i32>,
    recording: Option<Vec<u8>>,
    #[chakra(check = "rating >= 0.5")]
    rating: Option<f64>,
    sold_out: bool,
}

#[derive(Model)]
#[chakra(table = "declared_seats")]
#[allow(dead_code)]
struct Seat {
    #[chakra(primary_key, references = "declared_halls.id", on_delete = "CASCADE")]
    hall_id: i64,
    #[chakra(primary_key)]
    number: i16,
}

#[derive(Model)]
#[chakra(
    table = "declared_tickets",
    constraints = [
        ForeignKey::new("fk_{table}_seat").columns(&["hall_id", "seat"])
            .references(&["declared_seats.hall_id", "declared_seats.number"])
            .on_delete("CASCADE").on_update(Cascade),
        ForeignKey::new(&["again_hall", "again_seat"])
            .references("declared_seats.hall_id", "declared_seats.number").index(false),
    ]
)]
#[allow(dead_code)]
struct Ticket {
    #[chakra(primary_key)]
    id: Option<i64>,
    hall_id: i64,
    seat: i16,
    again_hall: Option<i64>,
    again_seat: Option<i16>,
}

/// What not every database has.
#[derive(Model)]
#[chakra(
    table = "declared_posters",
    schema = "shop",
    indexes = [
        Index::new("ix_declared_fresh").columns(&["title"]).unique().filter("printed > 0"),
        Index::new("ix_declared_lower").columns(&["(lower(title))", "-printed"]),
        Index::new("ix_declared_words").columns(&["printed"]).expression("upper(title)"),
    ]
)]
#[allow(dead_code)]
struct Poster {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 20)]
    title: String,
    printed: i32,
}

#[test]
fn tables_of_models() {
    let tables = [Hall::table(), Concert::table(), Seat::table(), Ticket::table(), Poster::table()];
    let text: Vec<String> =
        Dialect::ALL.into_iter().flat_map(|dialect| tables.iter().map(move |table| shown(table, dialect))).collect();
    insta::assert_snapshot!(text.join("\n"));
}

fn shown(table: &TableRef, dialect: Dialect) -> String {
    let statements = match definition(table, dialect) {
        Ok(statements) => statements.join("\n"),
        Err(error) => format!("refused: {error}"),
    };
    format!("-- {} on {}\n{statements}\n", table.name, dialect.name())
}

#[test]
fn what_is_no_definition_for_the_database() {
    let hall = Hall::table();
    assert_eq!((hall.verbose_name.as_str(), hall.verbose_name_plural.as_str()), ("concert hall", "concert halls"));
    let ordering: Vec<(usize, bool)> = hall.ordering.iter().map(|order| (order.column, order.descending)).collect();
    assert_eq!(ordering, [(5, false), (4, true)]);
    for table in [hall, Concert::table(), Seat::table(), Ticket::table(), Poster::table()] {
        assert!(table.faults().is_empty(), "{:?}", table.faults());
    }
}
