//! Columns that the engine fills: timestamps, marks of deletion, versions.

use chakra::error::Staleness;
use chakra::{Error, ErrorKind, Model};
use chrono::{DateTime, TimeDelta, Utc};

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    insert_fills_timestamps_and_version,
    update_stamps_and_counts,
    update_of_a_query_stamps_and_counts,
    what_is_told_is_not_overwritten,
    many_rows_share_one_instant,
    a_version_that_someone_else_wrote_is_refused,
    of_writers_at_once_one_wins,
    delete_checks_the_version,
    deleted_rows_are_hidden,
    an_update_never_takes_the_mark_away,
    restore_takes_it_away,
    hard_delete_removes,
    named_fields,
    rows_that_are_gone,
    the_last_version_has_no_next,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "stamps_notes", timestamps, soft_delete, version)]
struct Note {
    #[chakra(primary_key)]
    id: Option<i64>,
    text: String,
    #[chakra(on_update = "by code")]
    origin: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
    version: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "stamps_named", timestamps = ["made", "changed"], soft_delete = "gone", version = "revision")]
struct Named {
    #[chakra(primary_key, length = 40)]
    name: String,
    made: Option<DateTime<Utc>>,
    #[chakra(column = "Changed On")]
    changed: Option<DateTime<Utc>>,
    gone: Option<DateTime<Utc>>,
    revision: i32,
}

/// No instant of today.
fn placeholder() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn note(text: &str) -> Note {
    Note {
        id: None,
        text: text.to_owned(),
        origin: "new".to_owned(),
        created_at: placeholder(),
        updated_at: placeholder(),
        deleted_at: None,
        version: 77,
    }
}

async fn inserted(db: &TestDb, text: &str) -> Note {
    let mut note = note(text);
    note.insert(&db.pool).await.unwrap();
    note
}

async fn tables(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Note::table(), Named::table()]).await.unwrap();
}

fn is_now(instant: DateTime<Utc>) -> bool {
    (Utc::now() - instant).abs() < TimeDelta::minutes(5)
}

async fn stored(db: &TestDb, note: &Note) -> Note {
    Note::query_all().filter(Note::id().eq(note.id)).one(&db.pool).await.unwrap()
}

async fn insert_fills_timestamps_and_version(db: &TestDb) {
    tables(db).await;
    let note = inserted(db, "a").await;
    assert!(is_now(note.created_at) && note.updated_at == note.created_at, "{note:?}");
    assert_eq!((note.version, note.deleted_at, note.origin.as_str()), (1, None, "new"));
    assert_eq!(stored(db, &note).await, note);
    let made = Note::create((Note::text().set("b"), Note::origin().set("new"))).execute(&db.pool).await.unwrap();
    assert!(is_now(made.created_at) && made.updated_at == made.created_at && made.version == 1, "{made:?}");
}

async fn update_stamps_and_counts(db: &TestDb) {
    tables(db).await;
    let mut note = inserted(db, "a").await;
    let before = note.clone();
    note.text = "b".into();
    note.created_at = placeholder();
    note.save(&db.pool).await.unwrap();
    assert_eq!((note.version, note.origin.as_str()), (2, "by code"));
    assert!(note.updated_at >= before.updated_at);
    let found = stored(db, &note).await;
    assert_eq!((found.created_at, found.updated_at), (before.created_at, note.updated_at));
    assert_eq!((found.text.as_str(), found.version, found.origin.as_str()), ("b", 2, "by code"));
    note.update(&db.pool).await.unwrap();
    assert_eq!((note.version, stored(db, &note).await.version), (3, 3));
}

async fn update_of_a_query_stamps_and_counts(db: &TestDb) {
    tables(db).await;
    let past = "2001-02-03T04:05:06Z".parse::<DateTime<Utc>>().unwrap();
    let note = inserted(db, "a").await;
    inserted(db, "b").await;
    Note::query().update(Note::updated_at().set(past)).execute(&db.pool).await.unwrap();
    let rows = Note::query().filter(Note::text().eq("a")).update(Note::text().set("c"));
    assert_eq!(rows.execute(&db.pool).await.unwrap(), 1);
    let found = stored(db, &note).await;
    assert_eq!((found.text.as_str(), found.version, found.created_at), ("c", 3, note.created_at));
    assert!(is_now(found.updated_at));
    let other = Note::query().filter(Note::text().eq("b")).one(&db.pool).await.unwrap();
    assert_eq!((other.version, other.updated_at), (2, past));
}

async fn what_is_told_is_not_overwritten(db: &TestDb) {
    tables(db).await;
    let past = "2001-02-03T04:05:06Z".parse::<DateTime<Utc>>().unwrap();
    let columns = (Note::text().set("old"), Note::origin().set("import"), Note::created_at().set(past));
    let old = Note::create((columns, Note::version().set(9))).execute(&db.pool).await.unwrap();
    assert_eq!((old.created_at, old.version), (past, 9));
    assert!(is_now(old.updated_at));
    Note::query().update((Note::updated_at().set(past), Note::version().set(4))).execute(&db.pool).await.unwrap();
    let found = stored(db, &old).await;
    assert_eq!((found.updated_at, found.version), (past, 4));
}

async fn many_rows_share_one_instant(db: &TestDb) {
    tables(db).await;
    let mut notes: Vec<Note> = (0..250).map(|number| note(&number.to_string())).collect();
    assert_eq!(Note::bulk_insert(&mut notes, &db.pool).await.unwrap(), 250);
    assert!(notes.iter().all(|note| note.version == 1 && note.created_at == notes[0].created_at));
    assert!(is_now(notes[0].created_at));
    let found = Note::query().order_by(Note::id()).all(&db.pool).await.unwrap();
    assert_eq!(found, notes);
}

async fn a_version_that_someone_else_wrote_is_refused(db: &TestDb) {
    tables(db).await;
    let mut mine = inserted(db, "a").await;
    let mut theirs = stored(db, &mine).await;
    theirs.text = "theirs".into();
    theirs.save(&db.pool).await.unwrap();
    mine.text = "mine".into();
    let error = mine.save(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleObject);
    let Error::StaleObject { attempted, model, key, staleness } = &error else { panic!("{error:?}") };
    assert_eq!((*attempted, model.as_str(), key), ("saving", "Note", &mine.id.unwrap().to_string()));
    assert_eq!(*staleness, Staleness::Changed { known: 1, found: 2 });
    assert!(error.to_string().contains("refresh the object and make the change again"), "{error}");
    assert_eq!((mine.version, stored(db, &mine).await), (1, theirs));
    mine.refresh(&db.pool).await.unwrap();
    mine.text = "mine".into();
    mine.save(&db.pool).await.unwrap();
    assert_eq!((mine.version, stored(db, &mine).await.text.as_str()), (3, "mine"));
}

async fn of_writers_at_once_one_wins(db: &TestDb) {
    tables(db).await;
    let note = inserted(db, "a").await;
    let mut copies: Vec<Note> = (0..5).map(|number| Note { text: number.to_string(), ..note.clone() }).collect();
    let saves = copies.iter_mut().map(|copy| copy.save(&db.pool));
    let ends = futures_util::future::join_all(saves).await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{ends:?}");
    let lost = ends.iter().filter_map(|end| end.as_ref().err());
    assert!(lost.map(Error::kind).all(|kind| kind == ErrorKind::StaleObject));
    assert_eq!(stored(db, &note).await.version, 2);
}

async fn delete_checks_the_version(db: &TestDb) {
    tables(db).await;
    let old = inserted(db, "a").await;
    stored(db, &old).await.save(&db.pool).await.unwrap();
    for error in [old.delete(&db.pool).await.unwrap_err(), old.hard_delete(&db.pool).await.unwrap_err()] {
        assert!(
            matches!(&error, Error::StaleObject { attempted: "deleting", staleness: Staleness::Changed { .. }, .. }),
            "{error:?}"
        );
    }
    assert_eq!(Note::query().count(&db.pool).await.unwrap(), 1);
    assert_eq!(stored(db, &old).await.delete(&db.pool).await.unwrap(), 1);
    assert_eq!(Note::query().count(&db.pool).await.unwrap(), 0);
}

async fn deleted_rows_are_hidden(db: &TestDb) {
    tables(db).await;
    let (gone, kept) = (inserted(db, "gone").await, inserted(db, "kept").await);
    assert_eq!(gone.delete(&db.pool).await.unwrap(), 1);
    let pool = &db.pool;
    assert_eq!(Note::query().all(pool).await.unwrap(), std::slice::from_ref(&kept));
    assert_eq!(Note::query().count(pool).await.unwrap(), 1);
    assert_eq!(Note::query().exclude(Note::text().eq("x")).count(pool).await.unwrap(), 1);
    assert_eq!(Note::query().aggregate(Note::id().count(), pool).await.unwrap(), 1);
    assert!(!Note::query().filter(Note::text().eq("gone")).exists(pool).await.unwrap());
    assert_eq!(Note::query().first(pool).await.unwrap(), Some(kept.clone()));
    assert_eq!(Note::get_or_none(gone.id.unwrap(), pool).await.unwrap(), None);
    assert_eq!(Note::query().update(Note::text().set("kept too")).execute(pool).await.unwrap(), 1);
    let found = stored(db, &gone).await;
    assert!(found.deleted_at.is_some_and(is_now) && found.updated_at == found.deleted_at.unwrap(), "{found:?}");
    assert_eq!((found.version, found.text.as_str(), found.origin.as_str()), (2, "gone", "by code"));
    assert_eq!(Note::query_all().count(pool).await.unwrap(), 2);
    // The first mark stays.
    assert_eq!(Note::query_all().delete().execute(pool).await.unwrap(), 1);
    assert_eq!(stored(db, &gone).await, found);
    assert_eq!(found.delete(pool).await.unwrap(), 0);
}

async fn an_update_never_takes_the_mark_away(db: &TestDb) {
    tables(db).await;
    let mut row = Named { name: "a".into(), made: None, changed: None, gone: None, revision: 0 };
    row.insert(&db.pool).await.unwrap();
    Named::query().delete().execute(&db.pool).await.unwrap();
    let mut read = row.clone();
    read.refresh(&db.pool).await.unwrap();
    assert!(read.gone.is_some());
    row.revision = read.revision; // as if it had no version
    row.update(&db.pool).await.unwrap();
    assert_eq!(Named::query().count(&db.pool).await.unwrap(), 0);
}

async fn restore_takes_it_away(db: &TestDb) {
    tables(db).await;
    let mut note = inserted(db, "a").await;
    inserted(db, "b").await;
    note.delete(&db.pool).await.unwrap();
    // The object does not know of the mark; the row counts.
    note.restore(&db.pool).await.unwrap();
    assert_eq!((note.version, note.deleted_at), (3, None));
    assert_eq!(stored(db, &note).await, note);
    note.restore(&db.pool).await.unwrap();
    assert_eq!(note.version, 3);
    note.delete(&db.pool).await.unwrap();
    note.refresh(&db.pool).await.unwrap();
    assert!(note.deleted_at.is_some());
    note.restore(&db.pool).await.unwrap();
    assert_eq!((note.version, note.deleted_at), (5, None));
    assert_eq!(Note::query().delete().execute(&db.pool).await.unwrap(), 2);
    assert_eq!(Note::query_all().filter(Note::text().eq("b")).restore().execute(&db.pool).await.unwrap(), 1);
    assert_eq!(Note::query().one(&db.pool).await.unwrap().version, 3);
    let error = Note::query().restore().execute(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Query);
    assert!(error.to_string().contains("query_all()"), "{error}");
}

async fn hard_delete_removes(db: &TestDb) {
    tables(db).await;
    let (one, other) = (inserted(db, "a").await, inserted(db, "b").await);
    assert_eq!(one.hard_delete(&db.pool).await.unwrap(), 1);
    assert_eq!(one.hard_delete(&db.pool).await.unwrap(), 0);
    assert_eq!(Note::query_all().all(&db.pool).await.unwrap(), std::slice::from_ref(&other));
    other.delete(&db.pool).await.unwrap();
    assert_eq!(Note::query().hard_delete().execute(&db.pool).await.unwrap(), 0);
    assert_eq!(Note::query_all().hard_delete().execute(&db.pool).await.unwrap(), 1);
}

async fn named_fields(db: &TestDb) {
    tables(db).await;
    let mut row = Named { name: "a".into(), made: None, changed: None, gone: None, revision: 0 };
    row.insert(&db.pool).await.unwrap();
    assert!(row.made.is_some_and(is_now) && row.made == row.changed && row.revision == 1, "{row:?}");
    row.update(&db.pool).await.unwrap();
    assert_eq!((row.revision, Named::get("a", &db.pool).await.unwrap()), (2, row.clone()));
    row.delete(&db.pool).await.unwrap();
    assert_eq!(Named::get("a", &db.pool).await.unwrap_err().kind(), ErrorKind::NotFound);
}

async fn rows_that_are_gone(db: &TestDb) {
    tables(db).await;
    let mut note = inserted(db, "a").await;
    note.hard_delete(&db.pool).await.unwrap();
    let gone = |error: Error, what: &str| match error {
        Error::StaleObject { attempted, staleness, .. } => assert_eq!((attempted, staleness), (what, Staleness::Gone)),
        other => panic!("{other:?}"),
    };
    gone(note.save(&db.pool).await.unwrap_err(), "saving");
    gone(note.restore(&db.pool).await.unwrap_err(), "restoring");
    assert_eq!(note.delete(&db.pool).await.unwrap(), 0);
}

async fn the_last_version_has_no_next(db: &TestDb) {
    tables(db).await;
    let columns = (Named::name().set("full"), Named::revision().set(i32::MAX));
    let mut full = Named::create(columns).execute(&db.pool).await.unwrap();
    let error = full.update(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    assert!(error.to_string().contains("has version 2147483647, after which Integer has none"), "{error}");
    let change = Named::query().filter(Named::name().eq("full")).update(Named::changed().set(None));
    let error = change.execute(&db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert_eq!(Named::get("full", &db.pool).await.unwrap().revision, i32::MAX);
}
