//! Units of work over structs.

use chakra::error::{DatabaseError, DatabaseErrorKind};
use chakra::session::Handle;
use chakra::{ErrorKind, Model, Related, Result, Session, TransactionOptions, retry_on_conflict};
use chrono::{DateTime, Utc};

use crate::backend::{TestDb, on_every_backend, statements};

#[path = "sessions/graphs.rs"]
mod graphs;
#[path = "sessions/reading.rs"]
mod reading;
#[path = "sessions/undoing.rs"]
mod undoing;

on_every_backend! {
    new_objects_get_their_keys,
    only_changed_columns_are_written,
    many_objects_in_few_statements,
    nothing_is_written_where_anything_is_not_valid,
    deletes_and_inserts_of_one_key,
    a_deleted_object_is_none,
    objects_that_are_deleted_before_they_are_written,
    a_changed_key_is_updated_by_the_old_one,
    a_version_that_someone_else_wrote_is_refused,
    what_the_engine_writes_is_told,
    merged_objects,
    refreshed_objects,
    expunged_objects,
    objects_outlive_their_session,
    work_is_run_again_after_a_conflict,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "session_dramatists")]
pub struct Dramatist {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(length = 60, unique, min_length = 2)]
    pub name: String,
    pub age: i32,
    #[chakra(references = "session_dramatists.id")]
    pub mentor_id: Option<i64>,
    #[chakra(foreign_key = "mentor_id")]
    pub mentor: Related<Option<Dramatist>>,
    #[chakra(foreign_key = "dramatist_id", back_populates = "dramatist")]
    pub plays: Related<Vec<Play>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "session_plays")]
pub struct Play {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(length = 60)]
    pub title: String,
    #[chakra(references = "session_dramatists.id", on_delete = "CASCADE")]
    pub dramatist_id: i64,
    #[chakra(foreign_key = "dramatist_id", back_populates = "plays")]
    pub dramatist: Related<Dramatist>,
    #[chakra(through = "session_play_themes", back_populates = "plays")]
    pub themes: Related<Vec<Theme>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "session_themes")]
pub struct Theme {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(length = 60)]
    pub word: String,
    #[chakra(through = "session_play_themes", back_populates = "themes")]
    pub plays: Related<Vec<Play>>,
}

/// A model with a key of its own, and with all that the engine writes.
#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "session_charters", timestamps, soft_delete, version)]
pub struct Charter {
    #[chakra(primary_key, length = 20)]
    pub code: String,
    pub pages: i32,
    #[chakra(on_update = "by code")]
    pub origin: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub version: i64,
}

pub fn dramatist(name: &str) -> Dramatist {
    Dramatist {
        id: None,
        name: name.into(),
        age: 40,
        mentor_id: None,
        mentor: Related::default(),
        plays: Related::default(),
    }
}

pub fn play(title: &str) -> Play {
    Play { id: None, title: title.into(), dramatist_id: 0, dramatist: Related::default(), themes: Related::default() }
}

pub fn theme(word: &str) -> Theme {
    Theme { id: None, word: word.into(), plays: Related::default() }
}

pub fn charter(code: &str) -> Charter {
    let then = DateTime::from_timestamp(0, 0).unwrap();
    Charter {
        code: code.into(),
        pages: 1,
        origin: "new".into(),
        created_at: then,
        updated_at: then,
        deleted_at: None,
        version: 0,
    }
}

/// Makes the tables, and a row of each name.
pub async fn with_dramatists(db: &TestDb, names: &[&str]) -> Vec<i64> {
    db.create_all().await;
    let mut those: Vec<Dramatist> = names.iter().map(|name| dramatist(name)).collect();
    Dramatist::bulk_insert(&mut those, &db.pool).await.unwrap();
    those.iter().map(|one| one.id.unwrap()).collect()
}

pub async fn names(db: &TestDb) -> Vec<String> {
    let all = Dramatist::query().order_by(Dramatist::name()).all(&db.pool).await.unwrap();
    all.into_iter().map(|one| one.name).collect()
}

async fn new_objects_get_their_keys(db: &TestDb) {
    db.create_all().await;
    let (mut ada, mut bob) = (dramatist("Ada"), dramatist("Bob"));
    let mut session = Session::new(&db.pool);
    let handle = session.add(&mut ada);
    session.add_all([&mut bob]);
    session[handle].age = 41;
    let cleo = session.adopt(dramatist("Cleo"));
    assert!(session.has_pending());
    let (count, committed) = statements(db, session.commit()).await;
    let mut committed = committed.unwrap();
    assert_eq!(count, 1);
    assert_eq!((committed.get(handle), committed[cleo].name.as_str()), (None, "Cleo"));
    let cleo = committed.take(cleo).unwrap();
    for one in [ada, bob, cleo] {
        assert_eq!(Dramatist::get(one.id.unwrap(), &db.pool).await.unwrap(), one);
    }
}

async fn only_changed_columns_are_written(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada"]).await;
    let (mut one, mut other) = (Session::new(&db.pool), Session::new(&db.pool));
    one.get::<Dramatist>(ids[0]).await.unwrap().unwrap().age = 50;
    other.get::<Dramatist>(ids[0]).await.unwrap().unwrap().name = "Ada L.".into();
    one.commit().await.unwrap();
    other.commit().await.unwrap();
    let ada = Dramatist::get(ids[0], &db.pool).await.unwrap();
    assert_eq!((ada.age, ada.name.as_str()), (50, "Ada L."));
    // Looked at, and as it was: nothing to write.
    let mut session = Session::new(&db.pool);
    session.get::<Dramatist>(ids[0]).await.unwrap().unwrap().age = 50;
    let (count, committed) = statements(db, session.commit()).await;
    committed.unwrap();
    assert_eq!(count, 0);
}

async fn many_objects_in_few_statements(db: &TestDb) {
    db.create_all().await;
    let mut those: Vec<Dramatist> = (0..1000)
        .map(|number| {
            let plays: Vec<Play> = (0..5).map(|at| play(&format!("{number}/{at}"))).collect();
            Dramatist { plays: plays.into(), ..dramatist(&format!("dramatist {number}")) }
        })
        .collect();
    let mut session = Session::new(&db.pool);
    session.add_all(&mut those);
    let (count, committed) = statements(db, session.commit()).await;
    committed.unwrap();
    assert_eq!(count, 2);
    for one in &those {
        assert!(one.plays.get().unwrap().iter().all(|play| Some(play.dramatist_id) == one.id && play.id.is_some()));
    }
    let stored = Play::query().select_related(Play::dramatist()).all(&db.pool).await.unwrap();
    assert_eq!(stored.len(), 5000);
    for play in stored {
        let number = play.title.split('/').next().unwrap();
        assert_eq!(play.dramatist.get().unwrap().name, format!("dramatist {number}"));
    }
}

async fn nothing_is_written_where_anything_is_not_valid(db: &TestDb) {
    with_dramatists(db, &["Ada"]).await;
    let mut session = Session::new(&db.pool);
    session.adopt(dramatist("Bob"));
    let wrong = session.adopt(dramatist("C"));
    let (count, outcome) = statements(db, session.flush()).await;
    assert_eq!((count, outcome.unwrap_err().kind()), (0, ErrorKind::Validation));
    // Nothing was asked of the database, so that it can be mended.
    session[wrong].name = "Cleo".into();
    session.commit().await.unwrap();
    assert_eq!(names(db).await, ["Ada", "Bob", "Cleo"]);
}

async fn deletes_and_inserts_of_one_key(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada", "Bob"]).await;
    let mut session = Session::new(&db.pool);
    let ada = session.find::<Dramatist>(ids[0]).await.unwrap().unwrap();
    session.delete(ada).unwrap();
    session.adopt(Dramatist { id: Some(ids[0]), ..dramatist("Ada the second") });
    session.commit().await.unwrap();
    assert_eq!(Dramatist::get(ids[0], &db.pool).await.unwrap().name, "Ada the second");
    assert_eq!(names(db).await.len(), 2);
}

async fn a_deleted_object_is_none(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada", "Bob"]).await;
    Charter { code: "magna".into(), ..charter("magna") }.insert(&db.pool).await.unwrap();
    let mut session = Session::new(&db.pool);
    let ada = session.find::<Dramatist>(ids[0]).await.unwrap().unwrap();
    session.delete(ada).unwrap();
    assert!(session.get::<Dramatist>(ids[0]).await.unwrap().is_none());
    session.flush().await.unwrap();
    assert!(session.get::<Dramatist>(ids[0]).await.unwrap().is_none());
    let magna = session.find::<Charter>("magna".to_owned()).await.unwrap().unwrap();
    session.delete(magna).unwrap();
    let committed = session.commit().await.unwrap();
    // Marked, and told so.
    assert!(committed[magna].deleted_at.is_some());
    assert_eq!(committed[magna].version, 2);
    assert_eq!(Charter::query_all().one(&db.pool).await.unwrap().deleted_at, committed[magna].deleted_at);
    assert_eq!(names(db).await, ["Bob"]);
}

async fn objects_that_are_deleted_before_they_are_written(db: &TestDb) {
    db.create_all().await;
    let mut session = Session::new(&db.pool);
    let ada = session.adopt(dramatist("Ada"));
    session.delete(ada).unwrap();
    assert!(session.object(ada).is_none());
    assert_eq!(session.delete(ada).unwrap_err().kind(), ErrorKind::Session);
    session.commit().await.unwrap();
    assert_eq!(names(db).await.len(), 0);
}

async fn a_changed_key_is_updated_by_the_old_one(db: &TestDb) {
    db.create_all().await;
    charter("magna").insert(&db.pool).await.unwrap();
    let mut session = Session::new(&db.pool);
    let magna = session.find::<Charter>("magna".to_owned()).await.unwrap().unwrap();
    session[magna].code = "carta".into();
    session.flush().await.unwrap();
    assert_eq!(session.find::<Charter>("carta".to_owned()).await.unwrap(), Some(magna));
    assert!(session.get::<Charter>("magna".to_owned()).await.unwrap().is_none());
    session.commit().await.unwrap();
    assert_eq!(Charter::query().one(&db.pool).await.unwrap().code, "carta");
}

async fn a_version_that_someone_else_wrote_is_refused(db: &TestDb) {
    db.create_all().await;
    charter("magna").insert(&db.pool).await.unwrap();
    let key = || "magna".to_owned();
    for deletes in [false, true] {
        let (mut one, mut other) = (Session::new(&db.pool), Session::new(&db.pool));
        one.get::<Charter>(key()).await.unwrap().unwrap().pages += 1;
        let magna = other.find::<Charter>(key()).await.unwrap().unwrap();
        if deletes {
            other.delete(magna).unwrap();
        } else {
            other[magna].pages = 0;
        }
        one.commit().await.unwrap();
        let error = other.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StaleObject, "{error}");
    }
    let magna = Charter::query().one(&db.pool).await.unwrap();
    assert_eq!((magna.pages, magna.version), (3, 3));
}

async fn what_the_engine_writes_is_told(db: &TestDb) {
    db.create_all().await;
    let mut magna = charter("magna");
    let mut session = Session::new(&db.pool);
    let handle = session.add(&mut magna);
    session.flush().await.unwrap();
    assert_eq!((session[handle].version, session[handle].origin.as_str()), (1, "new"));
    let made = session[handle].created_at;
    session[handle].pages = 7;
    session.flush().await.unwrap();
    assert_eq!((session[handle].version, session[handle].origin.as_str()), (2, "by code"));
    session[handle].pages = 8;
    session.commit().await.unwrap();
    assert_eq!((magna.created_at, magna.version), (made, 3));
    assert_eq!(Charter::query().one(&db.pool).await.unwrap(), magna);
}

async fn merged_objects(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada"]).await;
    charter("magna").insert(&db.pool).await.unwrap();
    let mut session = Session::new(&db.pool);
    let ada = session.merge(Dramatist { id: Some(ids[0]), age: 70, ..dramatist("Ada") }).await.unwrap();
    assert_eq!(session.find::<Dramatist>(ids[0]).await.unwrap(), Some(ada));
    let bob = session.merge(dramatist("Bob")).await.unwrap();
    let eve = session.merge(Dramatist { id: Some(900), ..dramatist("Eve") }).await.unwrap();
    let stale = session.merge(charter("magna")).await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::StaleObject, "{stale}");
    let committed = session.commit().await.unwrap();
    assert!(committed[bob].id.is_some() && committed[eve].id == Some(900));
    assert_eq!(Dramatist::get(ids[0], &db.pool).await.unwrap().age, 70);
    assert_eq!(names(db).await, ["Ada", "Bob", "Eve"]);
}

async fn refreshed_objects(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada", "Bob"]).await;
    let mut session = Session::new(&db.pool);
    let [ada, bob] = [ids[0], ids[1]].map(Some);
    let ada = session.find::<Dramatist>(ada.unwrap()).await.unwrap().unwrap();
    let bob = session.find::<Dramatist>(bob.unwrap()).await.unwrap().unwrap();
    session[ada].name = "Nobody".into();
    let change = Dramatist::query().filter(Dramatist::id().eq(ids[0])).update(Dramatist::age().set(99));
    change.execute(&db.pool).await.unwrap();
    session.refresh(ada).await.unwrap();
    assert_eq!((session[ada].name.as_str(), session[ada].age), ("Ada", 99));
    Dramatist::query().filter(Dramatist::id().eq(ids[1])).delete().execute(&db.pool).await.unwrap();
    assert_eq!(session.refresh(bob).await.unwrap_err().kind(), ErrorKind::NotFound);
    let new = session.adopt(dramatist("Eve"));
    assert_eq!(session.refresh(new).await.unwrap_err().kind(), ErrorKind::Session);
    let (count, committed) = statements(db, session.commit()).await;
    committed.unwrap();
    assert_eq!(count, 1);
}

async fn expunged_objects(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada"]).await;
    let mut bob = dramatist("Bob");
    let mut session = Session::new(&db.pool);
    let ada = session.find::<Dramatist>(ids[0]).await.unwrap().unwrap();
    session[ada].name = "Nobody".into();
    let taken = session.expunge(ada).unwrap();
    assert_eq!((taken.name.as_str(), session.object(ada)), ("Nobody", None));
    let borrowed = session.add(&mut bob);
    assert!(session.expunge(borrowed).is_none() && session.object(borrowed).is_none());
    // A row that left can be read again.
    assert_eq!(session.get::<Dramatist>(ids[0]).await.unwrap().unwrap().name, "Ada");
    // Handles of another session name nothing here.
    let mut other = Session::new(&db.pool);
    let stranger = other.adopt(dramatist("Eve"));
    assert!(session.object(stranger).is_none());
    assert_eq!(session.refresh(stranger).await.unwrap_err().kind(), ErrorKind::Session);
    session.commit().await.unwrap();
    assert_eq!(names(db).await, ["Ada"]);
}

async fn objects_outlive_their_session(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada"]).await;
    let mut session = Session::new(&db.pool);
    let handle: Handle<Dramatist> = session.find(ids[0]).await.unwrap().unwrap();
    session[handle].age = 1;
    let mut committed = session.commit().await.unwrap();
    let mut ada = committed.take(handle).unwrap();
    assert!(committed.take(handle).is_none() && committed.get(handle).is_none());
    ada.age = 2;
    ada.save(&db.pool).await.unwrap();
    assert_eq!(Dramatist::get(ids[0], &db.pool).await.unwrap().age, 2);
}

async fn work_is_run_again_after_a_conflict(db: &TestDb) {
    db.create_all().await;
    let (mut ada, mut runs) = (dramatist("Ada"), 0);
    retry_on_conflict(3, async || {
        runs += 1;
        let mut session = Session::new(&db.pool);
        session.add(&mut ada);
        session.flush().await?;
        if runs < 3 {
            return Err(DatabaseError::new(DatabaseErrorKind::TransactionConflict, "deadlock detected").into());
        }
        session.commit().await.map(drop)
    })
    .await
    .unwrap();
    assert_eq!((runs, names(db).await), (3, vec!["Ada".to_owned()]));
    assert_eq!(Dramatist::query().one(&db.pool).await.unwrap().id, ada.id);
}

/// Sessions go to other tasks, and so does what they give.
#[test]
fn sessions_can_be_sent() {
    fn is_send<T: Send>(_: &T) {}
    fn work(pool: &chakra::Pool) -> impl Future<Output = Result<()>> + Send {
        let pool = pool.clone();
        async move {
            let mut session = Session::new(&pool);
            session.begin_with(TransactionOptions::default()).await?;
            let ada = session.adopt(dramatist("Ada"));
            let mut savepoint = session.begin_nested().await?;
            savepoint.refresh(ada).await?;
            savepoint.commit().await?;
            session.get_for_update::<Dramatist>(1).await?;
            Dramatist::query().count(&session).await?;
            is_send(&session);
            is_send(&session.commit().await?);
            Ok(())
        }
    }
    let _ = work;
}
