//! Objects that hold and refer to each other.

use chakra::{ErrorKind, Model, Related, Session};

use super::{Dramatist, Play, dramatist, names, play, theme, with_dramatists};
use crate::backend::{TestDb, on_every_backend, statements};

on_every_backend! {
    what_an_object_holds_comes_along,
    objects_are_assigned_to_each_other,
    objects_that_refer_to_each_other,
    an_assigned_object_that_leaves,
    changes_of_what_was_loaded,
    what_the_session_does_not_know_is_refused,
    junctions_are_written,
    junctions_of_both_ways,
    one_row_in_two_places,
    rows_are_deleted_before_those_they_refer_to,
}

async fn what_an_object_holds_comes_along(db: &TestDb) {
    db.create_all().await;
    // A new parent that the object refers to, and new children of that.
    let mut hamlet = play("Hamlet");
    hamlet.dramatist.set(dramatist("Will"));
    hamlet.dramatist.get_mut().unwrap().plays.set(vec![play("Lear"), play("Macbeth")]);
    let mut session = Session::new(&db.pool);
    session.add(&mut hamlet);
    let (count, committed) = statements(db, session.commit()).await;
    committed.unwrap();
    assert_eq!(count, 2);
    let will = hamlet.dramatist.get().unwrap();
    assert_eq!(Some(hamlet.dramatist_id), will.id);
    let titles = Play::query().filter(Play::dramatist().is(will)).order_by(Play::title()).all(&db.pool).await.unwrap();
    assert_eq!(titles.iter().map(|play| play.title.as_str()).collect::<Vec<_>>(), ["Hamlet", "Lear", "Macbeth"]);
    // One that is there already is referred to, and not written.
    let mut other = play("Othello");
    let will = Dramatist::query().one(&db.pool).await.unwrap();
    Play::dramatist().assign(&mut other, Dramatist { age: 1, ..will }).unwrap();
    let mut session = Session::new(&db.pool);
    session.add(&mut other);
    session.commit().await.unwrap();
    assert_eq!(Dramatist::query().one(&db.pool).await.unwrap().age, 40);
    assert_eq!(other.dramatist_id, hamlet.dramatist_id);
}

async fn objects_are_assigned_to_each_other(db: &TestDb) {
    let ids = with_dramatists(db, &["Old"]).await;
    let mut session = Session::new(&db.pool);
    let old = session.find::<Dramatist>(ids[0]).await.unwrap().unwrap();
    let [first, second, third] = ["First", "Second", "Third"].map(|title| session.adopt(play(title)));
    let new = session.adopt(dramatist("New"));
    for (one, whose) in [(first, new), (second, new), (third, old)] {
        session.assign(one, Play::dramatist(), whose).unwrap();
    }
    session.assign(old, Dramatist::mentor(), new).unwrap();
    let (count, outcome) = statements(db, session.flush()).await;
    outcome.unwrap();
    assert_eq!(count, 3);
    assert_eq!(session[old].mentor_id, session[new].id);
    session.assign(third, Play::dramatist(), new).unwrap();
    let committed = session.commit().await.unwrap();
    let id = committed[new].id.unwrap();
    assert!([first, second, third].into_iter().all(|play| committed[play].dramatist_id == id));
    let mentors = Dramatist::query().filter(Dramatist::mentor_id().eq(id)).all(&db.pool).await.unwrap();
    assert_eq!(mentors.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Old"]);
    assert_eq!(Play::query().filter(Play::dramatist_id().eq(id)).count(&db.pool).await.unwrap(), 3);
}

async fn objects_that_refer_to_each_other(db: &TestDb) {
    db.create_all().await;
    let mut session = Session::new(&db.pool);
    let [ada, bob] = ["Ada", "Bob"].map(|name| session.adopt(dramatist(name)));
    session.assign(ada, Dramatist::mentor(), bob).unwrap();
    session.assign(bob, Dramatist::mentor(), ada).unwrap();
    let own = session.adopt(dramatist("Own"));
    session.assign(own, Dramatist::mentor(), own).unwrap();
    let committed = session.commit().await.unwrap();
    for (one, mentor) in [(ada, bob), (bob, ada), (own, own)] {
        assert!(committed[one].id.is_some());
        assert_eq!(committed[one].mentor_id, committed[mentor].id);
        let stored = Dramatist::get(committed[one].id.unwrap(), &db.pool).await.unwrap();
        assert_eq!(stored.mentor_id, committed[mentor].id);
    }
}

async fn an_assigned_object_that_leaves(db: &TestDb) {
    db.create_all().await;
    let mut session = Session::new(&db.pool);
    let (ada, lear) = (session.adopt(dramatist("Ada")), session.adopt(play("Lear")));
    session.assign(lear, Play::dramatist(), ada).unwrap();
    session.expunge(ada).unwrap();
    let error = session.flush().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Session, "{error}");
    assert!(error.to_string().contains("Play"), "{error}");
    // What is to be referred to is the other end's business.
    let bob = session.adopt(dramatist("Bob"));
    assert_eq!(session.assign(lear, Play::dramatist(), ada).unwrap_err().kind(), ErrorKind::Session);
    session.assign(lear, Play::dramatist(), bob).unwrap();
    session.commit().await.unwrap();
    assert_eq!(names(db).await, ["Bob"]);
}

async fn changes_of_what_was_loaded(db: &TestDb) {
    let ids = with_dramatists(db, &["Will"]).await;
    for title in ["Lear", "Hamlet"] {
        Play::create((Play::title().set(title), Play::dramatist_id().set(ids[0]))).execute(&db.pool).await.unwrap();
    }
    let mut session = Session::new(&db.pool);
    let query = Dramatist::query().prefetch_related(Dramatist::plays());
    let will = session.all(query).await.unwrap()[0];
    let plays = session[will].plays.get_mut().unwrap();
    plays.iter_mut().find(|play| play.title == "Lear").unwrap().title = "King Lear".into();
    plays.push(play("Othello"));
    let (count, outcome) = statements(db, session.flush()).await;
    outcome.unwrap();
    assert_eq!(count, 2);
    // Once more, of one that was new, and of one that was changed.
    for play in session[will].plays.get_mut().unwrap() {
        play.title.push('!');
    }
    let (count, outcome) = statements(db, session.flush()).await;
    outcome.unwrap();
    assert!(count <= 3, "{count}");
    session.commit().await.unwrap();
    let titles = Play::query().order_by(Play::title()).all(&db.pool).await.unwrap();
    let titles: Vec<&str> = titles.iter().map(|play| play.title.as_str()).collect();
    assert_eq!(titles, ["Hamlet!", "King Lear!", "Othello!"]);
    // Loaded when it is asked for.
    let mut session = Session::new(&db.pool);
    let will = session.find::<Dramatist>(ids[0]).await.unwrap().unwrap();
    session.load(will, Dramatist::plays()).await.unwrap().plays.get_mut().unwrap()[0].title = "Another".into();
    session.commit().await.unwrap();
    assert_eq!(Play::query().filter(Play::title().eq("Another")).count(&db.pool).await.unwrap(), 1);
}

async fn what_the_session_does_not_know_is_refused(db: &TestDb) {
    let ids = with_dramatists(db, &["Ada", "Bob"]).await;
    let of_ada = (Play::title().set("Lear"), Play::dramatist_id().set(ids[0]));
    let lear = Play::create(of_ada).execute(&db.pool).await.unwrap();
    let mut session = Session::new(&db.pool);
    let bob = session.find::<Dramatist>(ids[1]).await.unwrap().unwrap();
    session[bob].plays.set(vec![lear]);
    let error = session.flush().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Session);
    assert!(error.to_string().contains("Dramatist::plays()") && error.to_string().contains("merge"), "{error}");
    // Merged by itself it can move.
    let lear = session[bob].plays.take().unwrap().remove(0);
    let lear = session.merge(lear).await.unwrap();
    session.assign(lear, Play::dramatist(), bob).unwrap();
    session.commit().await.unwrap();
    assert_eq!(Play::query().one(&db.pool).await.unwrap().dramatist_id, ids[1]);
}

async fn junctions_are_written(db: &TestDb) {
    let ids = with_dramatists(db, &["Will"]).await;
    let mut love = theme("love");
    love.insert(&db.pool).await.unwrap();
    let mut hamlet = play("Hamlet");
    hamlet.dramatist_id = ids[0];
    hamlet.themes.set(vec![theme("death"), love]);
    let mut session = Session::new(&db.pool);
    let handle = session.add(&mut hamlet);
    let (count, outcome) = statements(db, session.flush()).await;
    outcome.unwrap();
    assert_eq!(count, 3); // the play, the new theme, both rows of the junction
    session[handle].themes.get_mut().unwrap().push(theme("doubt"));
    session.commit().await.unwrap();
    let words = async |db: &TestDb| {
        let plays = Play::query().prefetch_related(Play::themes()).all(&db.pool).await.unwrap();
        let mut words: Vec<String> = plays[0].themes.get().unwrap().iter().map(|theme| theme.word.clone()).collect();
        words.sort();
        words
    };
    assert_eq!(words(db).await, ["death", "doubt", "love"]);
    // Of a play that was read, only what was loaded tells which are new.
    let mut hate = theme("hate");
    hate.insert(&db.pool).await.unwrap();
    let mut session = Session::new(&db.pool);
    let id = hamlet.id.unwrap();
    session.get::<Play>(id).await.unwrap().unwrap().themes.set(vec![hate]);
    let error = session.flush().await.unwrap_err();
    assert!(error.kind() == ErrorKind::Session && error.to_string().contains("session.load"), "{error}");
    let handle = session.find::<Play>(id).await.unwrap().unwrap();
    let hate = session[handle].themes.take().unwrap().remove(0);
    session.load(handle, Play::themes()).await.unwrap().themes.get_mut().unwrap().push(hate);
    let (count, outcome) = statements(db, session.commit()).await;
    outcome.unwrap();
    assert_eq!(count, 1);
    assert_eq!(words(db).await, ["death", "doubt", "hate", "love"]);
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "session_allies")]
struct Ally {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 20)]
    name: String,
    #[chakra(through = "session_alliances", symmetrical)]
    allies: Related<Vec<Ally>>,
}

async fn junctions_of_both_ways(db: &TestDb) {
    db.create_all().await;
    let ally = |name: &str| Ally { id: None, name: name.into(), allies: Related::default() };
    let mut ada = ally("Ada");
    ada.allies.set(vec![ally("Bob"), ally("Cleo")]);
    let mut session = Session::new(&db.pool);
    session.add(&mut ada);
    session.commit().await.unwrap();
    for ally in Ally::query().prefetch_related(Ally::allies()).all(&db.pool).await.unwrap() {
        assert_eq!(ally.allies.get().unwrap().len(), if ally.name == "Ada" { 2 } else { 1 }, "{ally:?}");
    }
}

async fn one_row_in_two_places(db: &TestDb) {
    let ids = with_dramatists(db, &["Will"]).await;
    for title in ["Lear", "Hamlet"] {
        Play::create((Play::title().set(title), Play::dramatist_id().set(ids[0]))).execute(&db.pool).await.unwrap();
    }
    let mut session = Session::new(&db.pool);
    let plays = session.all(Play::query().select_related(Play::dramatist())).await.unwrap();
    // Each play holds its author; what they say of different columns is one change.
    session[plays[0]].dramatist.get_mut().unwrap().age = 52;
    session[plays[1]].dramatist.get_mut().unwrap().name = "William".into();
    let (count, outcome) = statements(db, session.flush()).await;
    outcome.unwrap();
    assert_eq!(count, 1);
    session[plays[0]].dramatist.get_mut().unwrap().age = 1;
    session[plays[1]].dramatist.get_mut().unwrap().age = 2;
    let error = session.flush().await.unwrap_err();
    assert!(error.kind() == ErrorKind::Session && error.to_string().contains("Dramatist.age"), "{error}");
    session[plays[1]].dramatist.get_mut().unwrap().age = 1;
    session.commit().await.unwrap();
    let will = Dramatist::query().one(&db.pool).await.unwrap();
    assert_eq!((will.age, will.name.as_str()), (1, "William"));
}

async fn rows_are_deleted_before_those_they_refer_to(db: &TestDb) {
    db.create_all().await;
    let mut session = Session::new(&db.pool);
    let [old, young] = ["Old", "Young"].map(|name| session.adopt(dramatist(name)));
    session.assign(young, Dramatist::mentor(), old).unwrap();
    session.flush().await.unwrap();
    session.delete(old).unwrap();
    session.delete(young).unwrap();
    session.commit().await.unwrap();
    assert!(names(db).await.is_empty());
}
