//! What structs say of their tables besides fields, held by every database.

use chakra::{Error, ErrorKind, Model};

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    constraints_have_their_names,
    foreign_keys_hold_and_act,
    keys_of_several_columns_are_referred_to,
    the_models_order,
    indexes_are_there,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "tables_halls", ordering = ["-name"], comment = "where music is played")]
struct Hall {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(length = 40)]
    name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(
    table = "tables_concerts",
    indexes = [Index::new("ix_{table}_latest").columns(&["-day", "title"]), Index::new(&["title"]).unique()],
    constraints = [Unique::new(&["hall_id", "day"]), Check::new("ck_tables_days").expression("day > 0")],
)]
struct Concert {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(references = "tables_halls.id", on_delete = "CASCADE")]
    hall_id: i64,
    #[chakra(references = "tables_concerts.id", on_delete = SetNull)]
    encore_of: Option<i64>,
    #[chakra(length = 40)]
    title: String,
    day: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "tables_seats")]
struct Seat {
    #[chakra(primary_key)]
    hall_id: i64,
    #[chakra(primary_key)]
    number: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(
    table = "tables_tickets",
    constraints = [
        ForeignKey::new("fk_tables_seat")
            .columns(&["hall_id", "seat"])
            .references(&["tables_seats.hall_id", "tables_seats.number"])
            .on_delete("CASCADE")
    ]
)]
struct Ticket {
    #[chakra(primary_key)]
    id: i64,
    hall_id: i64,
    seat: i32,
}

async fn tables(db: &TestDb) {
    let tables = [Ticket::table(), Concert::table(), Seat::table(), Hall::table()];
    chakra::create_tables(&db.pool, &tables).await.unwrap();
    for (id, name) in [(1, "Great Hall"), (2, "Old Hall")] {
        Hall { id, name: name.into() }.insert(&db.pool).await.unwrap();
    }
}

fn concert(id: i64) -> Concert {
    let day = i32::try_from(id).unwrap();
    Concert { id, hall_id: 1, encore_of: None, title: format!("Number {id}"), day }
}

fn violated(error: Error) -> (ErrorKind, Option<String>, Vec<String>) {
    let kind = error.kind();
    match error {
        Error::Database(reported) => (kind, reported.constraint, reported.columns),
        other => panic!("{other:?}"),
    }
}

async fn constraints_have_their_names(db: &TestDb) {
    tables(db).await;
    concert(1).insert(&db.pool).await.unwrap();
    let refused = |concert: Concert| async move {
        let mut concert = concert;
        violated(concert.insert(&db.pool).await.unwrap_err())
    };
    let (kind, constraint, columns) = refused(Concert { id: 2, title: "Same day".into(), ..concert(1) }).await;
    assert_eq!((kind, constraint.as_deref()), (ErrorKind::UniqueViolation, Some("uq_tables_concerts_hall_id_day")));
    assert_eq!(columns, ["hall_id", "day"]);
    let (kind, constraint, columns) = refused(Concert { title: "Number 1".into(), ..concert(2) }).await;
    assert_eq!((kind, constraint.as_deref()), (ErrorKind::UniqueViolation, Some("uq_tables_concerts_title")));
    assert_eq!(columns, ["title"]);
    let (kind, constraint, _) = refused(Concert { day: 0, ..concert(2) }).await;
    assert_eq!((kind, constraint.as_deref()), (ErrorKind::CheckViolation, Some("ck_tables_days")));
}

async fn foreign_keys_hold_and_act(db: &TestDb) {
    tables(db).await;
    let error = Concert { hall_id: 9, ..concert(1) }.insert(&db.pool).await.unwrap_err();
    let (kind, constraint, columns) = violated(error);
    assert_eq!((kind, constraint.as_deref()), (ErrorKind::ForeignKeyViolation, Some("fk_tables_concerts_hall_id")));
    assert_eq!(columns, ["hall_id"]);
    concert(1).insert(&db.pool).await.unwrap();
    let encore = Concert { hall_id: 2, encore_of: Some(1), ..concert(2) };
    encore.clone().insert(&db.pool).await.unwrap();
    Hall::get(1, &db.pool).await.unwrap().delete(&db.pool).await.unwrap();
    assert_eq!(Concert::query().all(&db.pool).await.unwrap(), [Concert { encore_of: None, ..encore }]);
}

async fn keys_of_several_columns_are_referred_to(db: &TestDb) {
    tables(db).await;
    Seat { hall_id: 1, number: 7 }.insert(&db.pool).await.unwrap();
    Ticket { id: 1, hall_id: 1, seat: 7 }.insert(&db.pool).await.unwrap();
    let (kind, constraint, columns) =
        violated(Ticket { id: 2, hall_id: 1, seat: 8 }.insert(&db.pool).await.unwrap_err());
    assert_eq!((kind, constraint.as_deref()), (ErrorKind::ForeignKeyViolation, Some("fk_tables_seat")));
    assert_eq!(columns, ["hall_id", "seat"]);
    Seat::query().delete().execute(&db.pool).await.unwrap();
    assert_eq!(Ticket::query().count(&db.pool).await.unwrap(), 0);
}

async fn the_models_order(db: &TestDb) {
    tables(db).await;
    let names = |halls: Vec<Hall>| halls.into_iter().map(|hall| hall.name).collect::<Vec<_>>();
    assert_eq!(names(Hall::query().all(&db.pool).await.unwrap()), ["Old Hall", "Great Hall"]);
    assert_eq!(names(Hall::query().order_by(Hall::id()).all(&db.pool).await.unwrap()), ["Great Hall", "Old Hall"]);
    assert_eq!(names(Hall::query().limit(1).all(&db.pool).await.unwrap()), ["Old Hall"]);
    assert_eq!(Hall::query().first(&db.pool).await.unwrap().unwrap().name, "Old Hall");
    assert_eq!(Hall::query().last(&db.pool).await.unwrap().unwrap().name, "Great Hall");
    assert_eq!(Hall::query().order_by(()).first(&db.pool).await.unwrap().unwrap().id, 1);
    assert_eq!(Hall::query().count(&db.pool).await.unwrap(), 2);
}

async fn indexes_are_there(db: &TestDb) {
    tables(db).await;
    let indexes: Vec<String> = Concert::table().all_indexes().into_iter().map(|index| index.name).collect();
    assert_eq!(indexes, ["ix_tables_concerts_latest", "uq_tables_concerts_title", "ix_tables_concerts_encore_of"]);
}
