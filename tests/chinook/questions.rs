//! Questions about one table, and about several along their relationships.

use chakra::{Model, Query};
use chrono::{DateTime, TimeZone, Utc};
use rust_decimal::Decimal;

use crate::backend::{TestDb, on_every_backend};
use crate::models::{
    Album, Artist, Customer, Employee, Genre, Invoice, InvoiceLine, MediaType, Playlist, PlaylistTrack, Track,
};
use crate::store::{Store, row};

on_every_backend! {
    every_row_of_every_table,
    questions_about_music,
    questions_about_money,
    questions_about_people,
    questions_along_relationships,
    a_key_of_two_columns,
    streaming_the_whole_store,
}

async fn every_row_of_every_table(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    store.same_table::<Album>().await;
    store.same_table::<Artist>().await;
    store.same_table::<Customer>().await;
    store.same_table::<Employee>().await;
    store.same_table::<Genre>().await;
    store.same_table::<Invoice>().await;
    store.same_table::<InvoiceLine>().await;
    store.same_table::<MediaType>().await;
    store.same_table::<Playlist>().await;
    store.same_table::<PlaylistTrack>().await;
    store.same_table::<Track>().await;
}

fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).unwrap()
}

async fn questions_about_music(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    store
        .same(
            r#"SELECT "ArtistId", "Name" FROM "Artist" WHERE substr("Name", 1, 1) = 'A' ORDER BY "Name" COLLATE BINARY"#,
            Artist::query().filter(Artist::name().starts_with("A")).order_by(Artist::name()),
            |artist| row![artist.id, artist.name],
        )
        .await;
    store
        .same(
            r#"SELECT "Title" FROM "Album" WHERE lower("Title") LIKE '%love%' ORDER BY "AlbumId""#,
            Album::query().filter(Album::title().icontains("LOVE")).order_by(Album::id()),
            |album| row![album.title],
        )
        .await;
    store
        .same_count(
            r#"SELECT count(*) FROM "Track" WHERE "Composer" IS NULL"#,
            Track::query().filter(Track::composer().is_null()),
        )
        .await;
    store
        .same_count(
            r#"SELECT count(*) FROM "Track" WHERE "Composer" <> 'AC/DC' OR "Composer" IS NULL"#,
            Track::query().exclude(Track::composer().eq("AC/DC")),
        )
        .await;
    store
        .same(
            r#"SELECT "Name", "Milliseconds" FROM "Track" ORDER BY "Milliseconds" DESC, "TrackId" LIMIT 10"#,
            Track::query().order_by((Track::milliseconds().desc(), Track::id())).limit(10),
            |track| row![track.name, track.milliseconds],
        )
        .await;
    store
        .same(
            r#"SELECT "TrackId", "Name" FROM "Track" ORDER BY "Name" COLLATE BINARY, "TrackId" LIMIT 25 OFFSET 1000"#,
            Track::query().order_by((Track::name(), Track::id())).offset(1000).limit(25),
            |track| row![track.id, track.name],
        )
        .await;
    store
        .same(
            r#"SELECT "GenreId", "Name" FROM "Genre" WHERE "Name" <> 'Rock' ORDER BY "GenreId" DESC"#,
            Genre::query().filter(Genre::name().ne("Rock")).order_by(Genre::id().desc()),
            |genre| row![genre.id, genre.name],
        )
        .await;
    store
        .same(
            r#"SELECT "Name" FROM "MediaType" WHERE "Name" LIKE '%MPEG%' ORDER BY "MediaTypeId""#,
            MediaType::query().filter(MediaType::name().contains("MPEG")).order_by(MediaType::id()),
            |media| row![media.name],
        )
        .await;
    store
        .same(
            r#"SELECT "PlaylistId" FROM "Playlist" WHERE "Name" = 'Music' ORDER BY 1"#,
            Playlist::query().filter(Playlist::name().eq("Music")).order_by(Playlist::id()),
            |playlist| row![playlist.id],
        )
        .await;
}

async fn questions_about_money(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    store
        .same(
            r#"SELECT "TrackId", "UnitPrice" FROM "Track" WHERE "UnitPrice" > 1.5 ORDER BY "TrackId""#,
            Track::query().filter(Track::unit_price().gt(cents(150))).order_by(Track::id()),
            |track| row![track.id, track.unit_price],
        )
        .await;
    store
        .same_count(
            r#"SELECT count(*) FROM "Track" WHERE "UnitPrice" = 0.99"#,
            Track::query().filter(Track::unit_price().eq(cents(99))),
        )
        .await;
    store
        .same(
            r#"SELECT "InvoiceId", "Total" FROM "Invoice" ORDER BY "Total" DESC, "InvoiceId" DESC LIMIT 20"#,
            Invoice::query().order_by((Invoice::total().desc(), Invoice::id().desc())).limit(20),
            |invoice| row![invoice.id, invoice.total],
        )
        .await;
    store
        .same_count(
            r#"SELECT count(*) FROM "Invoice" WHERE "Total" BETWEEN 5.94 AND 8.91"#,
            Invoice::query().filter(Invoice::total().between(cents(594), cents(891))),
        )
        .await;
    store
        .same(
            r#"SELECT "InvoiceId", "InvoiceDate" FROM "Invoice" WHERE "InvoiceDate" >= '2022-01-01 00:00:00'
            AND "InvoiceDate" < '2023-01-01 00:00:00' ORDER BY "InvoiceDate", "InvoiceId""#,
            Invoice::query()
                .filter(Invoice::invoice_date().gte(day(2022, 1, 1)).and(Invoice::invoice_date().lt(day(2023, 1, 1))))
                .order_by((Invoice::invoice_date(), Invoice::id())),
            |invoice| row![invoice.id, invoice.invoice_date],
        )
        .await;
    store
        .same(
            r#"SELECT "InvoiceId" FROM "Invoice" WHERE "InvoiceDate" = '2021-01-03 00:00:00' ORDER BY 1"#,
            Invoice::query().filter(Invoice::invoice_date().eq(day(2021, 1, 3))).order_by(Invoice::id()),
            |invoice| row![invoice.id],
        )
        .await;
    store
        .same_count(
            r#"SELECT count(*) FROM "InvoiceLine" WHERE "Quantity" = 1 AND "UnitPrice" <> 0.99"#,
            InvoiceLine::query().filter(InvoiceLine::quantity().eq(1).and(!InvoiceLine::unit_price().eq(cents(99)))),
        )
        .await;
}

async fn questions_about_people(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    store
        .same(
            r#"SELECT "LastName" FROM "Customer" WHERE "Country" IN ('Brazil', 'Norway') ORDER BY "CustomerId""#,
            Customer::query().filter(Customer::country().is_in(["Brazil", "Norway"])).order_by(Customer::id()),
            |customer| row![customer.last_name],
        )
        .await;
    store
        .same(
            r#"SELECT "CustomerId" FROM "Customer" WHERE "Country" NOT IN ('USA', 'Canada')
            OR "Company" IS NOT NULL ORDER BY 1"#,
            Customer::query()
                .filter((!Customer::country().is_in(["USA", "Canada"])).or(Customer::company().is_not_null()))
                .order_by(Customer::id()),
            |customer| row![customer.id],
        )
        .await;
    store
        .same(
            r#"SELECT "FirstName", "LastName" FROM "Customer" WHERE "LastName" = 'Gonçalves'"#,
            Customer::query().filter(Customer::last_name().iexact("GONÇALVES")),
            |customer| row![customer.first_name, customer.last_name],
        )
        .await;
    store
        .same(
            r#"SELECT "LastName", "HireDate", "BirthDate" FROM "Employee" ORDER BY "HireDate", "EmployeeId""#,
            Employee::query().order_by((Employee::hire_date(), Employee::id())),
            |employee| row![employee.last_name, employee.hire_date, employee.birth_date],
        )
        .await;
    store
        .same(
            r#"SELECT "FirstName" FROM "Employee" WHERE "ReportsTo" IS NULL"#,
            Employee::query().filter(Employee::reports_to().is_null()),
            |employee| row![employee.first_name],
        )
        .await;
}

async fn questions_along_relationships(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    let by_maiden = Track::album().then(Album::artist()).has(Artist::name().eq("Iron Maiden"));
    store
        .same(
            r#"SELECT t."Name" FROM "Track" t JOIN "Album" a ON a."AlbumId" = t."AlbumId"
            JOIN "Artist" r ON r."ArtistId" = a."ArtistId" WHERE r."Name" = 'Iron Maiden' ORDER BY t."TrackId""#,
            Track::query().filter(by_maiden).order_by(Track::id()),
            |track| row![track.name],
        )
        .await;
    store
        .same(
            r#"SELECT "Name" FROM "Artist" WHERE "ArtistId" NOT IN (SELECT "ArtistId" FROM "Album")
            ORDER BY "ArtistId""#,
            Artist::query().filter(Artist::albums().is_none()).order_by(Artist::id()),
            |artist| row![artist.name],
        )
        .await;
    let of_metal = Artist::albums().then(Album::tracks()).then(Track::genre()).has(Genre::name().eq("Metal"));
    store
        .same(
            r#"SELECT "ArtistId" FROM "Artist" WHERE "ArtistId" IN (SELECT a."ArtistId" FROM "Album" a
            JOIN "Track" t ON t."AlbumId" = a."AlbumId" JOIN "Genre" g ON g."GenreId" = t."GenreId"
            WHERE g."Name" = 'Metal') ORDER BY 1"#,
            Artist::query().filter(of_metal).order_by(Artist::id()),
            |artist| row![artist.id],
        )
        .await;
    store
        .same(
            r#"SELECT e."LastName" FROM "Employee" e LEFT JOIN "Employee" m ON m."EmployeeId" = e."ReportsTo"
            ORDER BY CASE WHEN m."LastName" IS NULL THEN 1 ELSE 0 END, m."LastName" COLLATE BINARY, e."EmployeeId""#,
            by_manager(Employee::query()),
            |employee| row![employee.last_name],
        )
        .await;
    store
        .same_count(
            r#"SELECT count(*) FROM "Track" WHERE "TrackId" NOT IN (SELECT p."TrackId" FROM "PlaylistTrack" p
            JOIN "Playlist" l ON l."PlaylistId" = p."PlaylistId" WHERE l."Name" = 'Grunge')"#,
            Track::query().exclude(Track::playlists().has(Playlist::name().eq("Grunge"))),
        )
        .await;
    let below_edwards = Customer::support_rep().then(Employee::manager()).has(Employee::last_name().eq("Edwards"));
    store
        .same_count(
            r#"SELECT count(*) FROM "Customer" c JOIN "Employee" e ON e."EmployeeId" = c."SupportRepId"
            JOIN "Employee" m ON m."EmployeeId" = e."ReportsTo" WHERE m."LastName" = 'Edwards'"#,
            Customer::query().filter(below_edwards),
        )
        .await;
    let [jazz, blues] = [genre(db, "Jazz").await, genre(db, "Blues").await];
    store
        .same_count(
            r#"SELECT count(*) FROM "Album" WHERE "AlbumId" IN (SELECT t."AlbumId" FROM "Track" t
            JOIN "Genre" g ON g."GenreId" = t."GenreId" WHERE g."Name" IN ('Jazz', 'Blues'))"#,
            Album::query().filter(Album::tracks().then(Track::genre()).is_in([&jazz, &blues])),
        )
        .await;
}

fn by_manager(query: Query<Employee>) -> Query<Employee> {
    query.order_by((Employee::manager().field(Employee::last_name()), Employee::id()))
}

async fn genre(db: &TestDb, name: &str) -> Genre {
    Genre::query().filter(Genre::name().eq(name)).one(&db.pool).await.unwrap()
}

async fn a_key_of_two_columns(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    let row = PlaylistTrack::get((1, 3402), &db.pool).await.unwrap();
    assert_eq!(row.key(), Some((1, 3402)));
    let last = PlaylistTrack::query().last(&db.pool).await.unwrap().unwrap();
    let raw = store.ask(r#"SELECT "PlaylistId", "TrackId" FROM "PlaylistTrack" ORDER BY 1 DESC, 2 DESC LIMIT 1"#).await;
    assert_eq!(vec![row![last.playlist_id, last.track_id]], raw);
    store
        .same(
            r#"SELECT "TrackId" FROM "PlaylistTrack" WHERE "PlaylistId" = 17 ORDER BY 1 DESC"#,
            PlaylistTrack::query()
                .filter(PlaylistTrack::playlist_id().eq(17))
                .order_by(PlaylistTrack::track_id().desc()),
            |row| row![row.track_id],
        )
        .await;
}

async fn streaming_the_whole_store(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    let mut lines = InvoiceLine::query().select_related(InvoiceLine::invoice()).stream(&db.pool);
    let (mut total, mut rows) = (Decimal::ZERO, 0);
    while let Some(line) = lines.next().await {
        let line = line.unwrap();
        assert_eq!(line.invoice.get().unwrap().id, line.invoice_id);
        total += line.unit_price * Decimal::from(line.quantity);
        rows += 1;
    }
    assert_eq!(store.ask(r#"SELECT count(*) FROM "InvoiceLine""#).await, vec![vec![rows.to_string()]]);
    let (sum,) = Invoice::query().aggregate((Invoice::total().sum(),), &db.pool).await.unwrap();
    assert_eq!(Some(total), sum);
    assert_eq!(store.ask(r#"SELECT round(sum("Total"), 2) FROM "Invoice""#).await, vec![row![total]]);
}
