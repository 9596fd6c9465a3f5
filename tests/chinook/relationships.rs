//! Objects with what belongs to them, each with its number of statements, and changes of what is there.

use chakra::{ErrorKind, Model, Related};
use rust_decimal::Decimal;

use crate::backend::{TestDb, on_every_backend, statements};
use crate::models::{Album, Artist, Customer, Employee, Genre, Invoice, InvoiceLine, Playlist, Track};
use crate::store::{Store, row};

on_every_backend! {
    playlists_with_their_tracks,
    employees_report_to_employees,
    invoices_with_all_that_belongs_to_them,
    changing_what_is_there,
    changing_playlists,
}

async fn playlists_with_their_tracks(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    let query = Playlist::query().prefetch_related(Playlist::tracks()).order_by(Playlist::id());
    let (count, playlists) = statements(db, query.all(&db.pool)).await;
    assert_eq!(count, 2);
    let playlists = playlists.unwrap();
    let sizes = playlists.iter().map(|playlist| (playlist.id, playlist.tracks.get().unwrap().len()));
    let sizes: Vec<_> = sizes.filter(|(_, size)| *size > 0).map(|(id, size)| row![id, size as u64]).collect();
    let raw = r#"SELECT "PlaylistId", count(*) FROM "PlaylistTrack" GROUP BY "PlaylistId" ORDER BY 1"#;
    assert_eq!(sizes, store.ask(raw).await);

    let first = Track::query()
        .select_related(Track::album().then(Album::artist()))
        .prefetch_related(Track::genre())
        .order_by(Track::id())
        .limit(3);
    let query = Playlist::query().prefetch_related(Playlist::tracks().with(first)).order_by(Playlist::id());
    let (count, playlists) = statements(db, query.all(&db.pool)).await;
    assert_eq!(count, 3);
    for playlist in playlists.unwrap() {
        let raw = format!(
            r#"SELECT r."Name", g."Name" FROM "PlaylistTrack" p JOIN "Track" t ON t."TrackId" = p."TrackId"
            JOIN "Album" a ON a."AlbumId" = t."AlbumId" JOIN "Artist" r ON r."ArtistId" = a."ArtistId"
            JOIN "Genre" g ON g."GenreId" = t."GenreId" WHERE p."PlaylistId" = {} ORDER BY t."TrackId" LIMIT 3"#,
            playlist.id
        );
        let shown = |track: &Track| {
            let (album, genre) = (track.album.get().unwrap().as_ref().unwrap(), track.genre.get().unwrap());
            row![album.artist.get().unwrap().name, genre.as_ref().unwrap().name]
        };
        let found: Vec<_> = playlist.tracks.get().unwrap().iter().map(shown).collect();
        assert_eq!(found, store.ask(&raw).await, "{}", playlist.id);
    }
}

async fn employees_report_to_employees(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    let chief = Employee::query()
        .filter(Employee::manager().is_none())
        .prefetch_related(Employee::reports().then(Employee::reports()).then(Employee::manager()));
    let (count, chief) = statements(db, chief.one(&db.pool)).await;
    assert_eq!(count, 4);
    let chief = chief.unwrap();
    let reports = chief.reports.get().unwrap();
    let mut names: Vec<_> = reports.iter().map(|report| row![report.last_name]).collect();
    names.sort();
    let raw = r#"SELECT "LastName" FROM "Employee" WHERE "ReportsTo" = 1 ORDER BY "LastName" COLLATE BINARY"#;
    assert_eq!(names, store.ask(raw).await);
    let below: Vec<_> = reports.iter().flat_map(|report| report.reports.get().unwrap()).collect();
    let all = row![(1 + reports.len() + below.len()) as u64];
    assert_eq!(vec![all], store.ask(r#"SELECT count(*) FROM "Employee""#).await);
    for employee in &below {
        let manager = employee.manager.get().unwrap().as_ref().unwrap();
        assert!(reports.iter().any(|report| report.id == manager.id && Some(report.id) == employee.reports_to));
    }

    let mut everyone = Employee::query().order_by(Employee::id()).all(&db.pool).await.unwrap();
    let (count, loaded) = statements(db, Employee::manager().load_all(&mut everyone, &db.pool)).await;
    loaded.unwrap();
    assert_eq!(count, 1);
    for employee in &everyone {
        assert_eq!(employee.manager.get().unwrap().as_ref().map(|manager| manager.id), employee.reports_to);
    }
}

async fn invoices_with_all_that_belongs_to_them(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    let lines = InvoiceLine::query().select_related(InvoiceLine::track().then(Track::album()));
    let query = Invoice::query()
        .select_related(Invoice::customer().then(Customer::support_rep()).then(Employee::manager()))
        .prefetch_related(Invoice::lines().with(lines));
    let (count, invoices) = statements(db, query.all(&db.pool)).await;
    assert_eq!(count, 2);
    let invoices = invoices.unwrap();
    assert_eq!(vec![row![invoices.len() as u64]], store.ask(r#"SELECT count(*) FROM "Invoice""#).await);
    for invoice in &invoices {
        let lines = invoice.lines.get().unwrap();
        let total: Decimal = lines.iter().map(|line| line.unit_price * Decimal::from(line.quantity)).sum();
        assert_eq!(total, invoice.total);
        for line in lines {
            assert_eq!(line.invoice_id, invoice.id);
            assert!(!line.track.get().unwrap().album.get().unwrap().as_ref().unwrap().title.is_empty());
        }
        let customer = invoice.customer.get().unwrap();
        let manager = &customer.support_rep.get().unwrap().as_ref().unwrap().manager;
        assert!(!manager.get().unwrap().as_ref().unwrap().last_name.is_empty());
    }
}

async fn changing_what_is_there(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    let mut artist = Artist::query().filter(Artist::name().eq("AC/DC")).one(&db.pool).await.unwrap();
    artist.name = Some("AC⚡DC".into());
    artist.update(&db.pool).await.unwrap();
    let raw = format!(r#"SELECT "Name" FROM "Artist" WHERE "ArtistId" = {}"#, artist.id);
    assert_eq!(store.ask(&raw).await, vec![row!["AC⚡DC".to_owned()]]);
    let renamed = Artist::query().filter(Artist::id().eq(artist.id)).update(Artist::name().set("AC/DC"));
    assert_eq!(renamed.execute(&db.pool).await.unwrap(), 1);
    artist.refresh(&db.pool).await.unwrap();
    assert_eq!(artist.name.as_deref(), Some("AC/DC"));
    let mut genre = Genre { id: 1000, name: Some("Fado".into()) };
    genre.insert(&db.pool).await.unwrap();
    let raw = r#"SELECT "Name" FROM "Genre" WHERE "GenreId" = 1000"#;
    assert_eq!(store.ask(raw).await, vec![row!["Fado".to_owned()]]);
    assert_eq!(genre.delete(&db.pool).await.unwrap(), 1);
    assert!(store.ask(raw).await.is_empty());

    // Whom others refer to stays.
    let error = artist.delete(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation, "{error}");
    let chief = Employee::query().filter(Employee::manager().is_none()).one(&db.pool).await.unwrap();
    let mut peacock = Employee::query().filter(Employee::last_name().eq("Peacock")).one(&db.pool).await.unwrap();
    Employee::manager().assign(&mut peacock, chief).unwrap();
    peacock.update(&db.pool).await.unwrap();
    let raw = r#"SELECT "ReportsTo" FROM "Employee" WHERE "LastName" = 'Peacock'"#;
    assert_eq!(store.ask(raw).await, vec![row![1]]);
}

async fn changing_playlists(db: &TestDb) {
    let Some(store) = Store::load(db).await else { return };
    let mut playlist = Playlist { id: 1000, name: Some("New".into()), tracks: Related::default() };
    playlist.insert(&db.pool).await.unwrap();
    let tracks = Track::query().filter(Track::playlists().has(Playlist::name().eq("Grunge"))).order_by(Track::id());
    let tracks = tracks.all(&db.pool).await.unwrap();
    let held = r#"SELECT "TrackId" FROM "PlaylistTrack" WHERE "PlaylistId" = 1000 ORDER BY 1"#;
    let of_playlist = Playlist::tracks().of(&playlist);
    // A look for what is there already, and an insert.
    let (count, added) = statements(db, of_playlist.add(&tracks, &db.pool)).await;
    added.unwrap();
    assert_eq!(count, 2);
    let ids = |tracks: &[Track]| tracks.iter().map(|track| row![track.id]).collect::<Vec<_>>();
    assert_eq!(store.ask(held).await, ids(&tracks));
    let (count, again) = statements(db, of_playlist.add(&tracks[..3], &db.pool)).await;
    again.unwrap();
    assert_eq!(count, 1);
    let (count, removed) = statements(db, of_playlist.remove(&tracks[1..], &db.pool)).await;
    removed.unwrap();
    assert_eq!(count, 1);
    assert_eq!(store.ask(held).await, ids(&tracks[..1]));
    of_playlist.set(&tracks[1..4], &db.pool).await.unwrap();
    assert_eq!(store.ask(held).await, ids(&tracks[1..4]));
    of_playlist.clear(&db.pool).await.unwrap();
    assert!(store.ask(held).await.is_empty());
    // Other playlists keep theirs.
    let grunge = Playlist::query().filter(Playlist::name().eq("Grunge")).one(&db.pool).await.unwrap();
    assert_eq!(Playlist::tracks().of(&grunge).query().count(&db.pool).await.unwrap(), tracks.len() as u64);
    assert_eq!(Playlist::tracks().load(&mut playlist, &db.pool).await.unwrap().len(), 0);
}
