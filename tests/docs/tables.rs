//! The examples of docs/tables.md.

use crate::pool;

use chakra::Model;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

#[derive(Model)]
struct Hall {
    #[chakra(primary_key)]
    id: Option<i32>,
    #[chakra(length = 40, unique)]
    name: String,
}

#[derive(Model)]
#[chakra(
    indexes = [
        Index::new("ix_concerts_latest").columns(&["-starts_at", "title"]),
        Index::new("ix_concerts_free").columns(&["starts_at"]).filter("price = '0.00'"),
        Index::new("ix_concerts_title").expression("lower(title)"),
    ],
    constraints = [
        Unique::new(&["hall_id", "starts_at"]),
        Check::new("ck_concerts_order").expression("starts_at < ends_at"),
    ],
    comment = "what is played where",
    ordering = ["-starts_at", "pk"],
    verbose_name = "evening concert"
)]
struct Concert {
    #[chakra(primary_key)]
    id: Option<i32>,
    #[chakra(references = "halls.id", on_delete = "CASCADE")]
    hall_id: i32,
    #[chakra(length = 80)]
    title: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    #[chakra(precision = 8, scale = 2, default = 0)]
    price: Decimal,
}

#[derive(Model, Debug, Clone, PartialEq)]
struct Seat {
    #[chakra(primary_key, references = "halls.id", on_delete = "CASCADE")]
    hall_id: i32,
    #[chakra(primary_key)]
    number: i32,
    #[chakra(length = 4)]
    row: String,
}

#[derive(Model)]
#[chakra(constraints = [
    ForeignKey::new(&["hall_id", "seat"]).references(&["seats.hall_id", "seats.number"]).on_delete("CASCADE"),
])]
struct Ticket {
    #[chakra(primary_key)]
    id: Option<i32>,
    hall_id: i32,
    seat: i32,
}

#[tokio::test]
async fn keys_of_several_fields() -> chakra::Result<()> {
    let pool = pool(&[Hall::table(), Concert::table(), Seat::table(), Ticket::table()]).await;
    let hall = Hall::create(Hall::name().set("Great Hall")).execute(&pool).await?.id.unwrap();
    let seat = |number| Seat { hall_id: hall, number, row: "A".into() };
    Seat::bulk_insert(&mut [seat(1), seat(2), seat(3)], &pool).await?;
    Ticket { id: None, hall_id: hall, seat: 2 }.insert(&pool).await?;

    assert_eq!(Seat::query().with_keys([(hall, 1), (hall, 9)]).count(&pool).await?, 1);
    Seat::get((hall, 2), &pool).await?.delete(&pool).await?;
    assert_eq!(Ticket::query().count(&pool).await?, 0);
    Ok(())
}
