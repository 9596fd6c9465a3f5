//! Who hears of the statements that are run: observers, `tracing`, the log of slow ones.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chakra::driver::{LogSettings, Observer, QueryEvent, QueryOutcome, set_log_settings};
use chakra::{ErrorKind, Model, PoolOptions, QueryProfile};
use futures_util::FutureExt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::backend::{TestDb, on_every_backend};
use crate::models::User;

on_every_backend! {
    an_observer_hears_of_each_statement_and_of_no_other,
    a_transaction_is_told_with_its_statements,
    a_stream_is_one_statement,
    what_fails_or_is_left_is_told_as_that,
    a_profile_finds_what_was_run_again,
    tracing_gets_statements_and_slow_ones_as_warnings,
}

/// What was heard.
#[derive(Default)]
struct Heard(Mutex<Vec<QueryEvent>>);

impl Observer for Heard {
    fn ended(&self, event: &QueryEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Heard {
    fn take(&self) -> Vec<QueryEvent> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn an_observer_hears_of_each_statement_and_of_no_other(db: &TestDb) {
    db.create_all().await;
    let heard = Arc::new(Heard::default());
    let pool = db.pool.named("reports").observed_by(heard.clone());
    let mut users = [User::new("Ada", Some(36)), User::new("Alan", Some(41))];
    User::bulk_insert(&mut users, &pool).await.unwrap();
    User::query().filter(User::name().eq("Ada")).all(&pool).await.unwrap();
    User::query().all(&db.pool).await.unwrap();
    User::query().all(&pool.unobserved()).await.unwrap();
    assert_eq!(User::query().delete().execute(&pool).await.unwrap(), 2);
    let events = heard.take();
    let seen: Vec<_> = events.iter().map(|event| (&event.text()[..6], event.outcome)).collect();
    let rows = QueryOutcome::Rows;
    assert_eq!(seen, [("INSERT", rows(2)), ("SELECT", rows(1)), ("DELETE", rows(2))]);
    for event in &events {
        assert_eq!((event.pool(), event.transaction, event.params()), ("reports", None, None));
        assert!(event.elapsed > Duration::ZERO && !event.text().contains("Ada"), "{event:?}");
    }
}

async fn a_transaction_is_told_with_its_statements(db: &TestDb) {
    db.create_all().await;
    let heard = Arc::new(Heard::default());
    let pool = db.pool.observed_by(heard.clone());
    for _ in 0..2 {
        pool.transaction(async |tx| {
            User::query().count(tx).await?;
            tx.nested(async |inner| User::query().count(inner).await).await?;
            User::query().count(&tx.as_pool(&pool)).await
        })
        .await
        .unwrap();
    }
    let numbers: Vec<u64> = heard.take().iter().map(|event| event.transaction.unwrap()).collect();
    assert_eq!(numbers.len(), 6);
    assert!(numbers[0] < numbers[3], "{numbers:?}");
    assert_eq!(numbers, [[numbers[0]; 3], [numbers[3]; 3]].concat());
}

async fn a_stream_is_one_statement(db: &TestDb) {
    db.create_all().await;
    let mut users: Vec<User> = (0..1_200).map(|number| User::new(&format!("{number}"), None)).collect();
    User::bulk_insert(&mut users, &db.pool).await.unwrap();
    let heard = Arc::new(Heard::default());
    let pool = db.pool.observed_by(heard.clone());
    let mut stream = User::query().stream(&pool);
    while let Some(user) = stream.next().await {
        user.unwrap();
    }
    let outcomes: Vec<_> = heard.take().iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [QueryOutcome::Rows(1_200)]);
    let mut left = User::query().stream(&pool);
    left.next().await.unwrap().unwrap();
    drop(left);
    let outcomes: Vec<_> = heard.take().iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [QueryOutcome::Abandoned]);
    // A statement that nobody asked for was not run.
    drop(User::query().stream(&pool));
    drop(User::query().all(&pool));
    assert!(heard.take().is_empty());
}

async fn what_fails_or_is_left_is_told_as_that(db: &TestDb) {
    let heard = Arc::new(Heard::default());
    let pool = db.pool.observed_by(heard.clone());
    User::query().all(&pool).await.unwrap_err();
    let outcomes: Vec<_> = heard.take().iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [QueryOutcome::Failed(ErrorKind::Programming)]);
    db.create_all().await;
    let pool = db.open(PoolOptions { max_connections: 1, ..PoolOptions::default() }).await.observed_by(heard.clone());
    let holder = pool.begin().await.unwrap();
    User::new("Ada", None).insert(&holder).await.unwrap();
    heard.take();
    {
        let mut waits = Box::pin(User::query().delete().execute(&pool));
        assert!(waits.as_mut().now_or_never().is_none());
    }
    holder.rollback().await.unwrap();
    pool.close().await;
    let outcomes: Vec<_> = heard.take().iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [QueryOutcome::Abandoned]);
}

async fn a_profile_finds_what_was_run_again(db: &TestDb) {
    db.create_all().await;
    let profile = Arc::new(QueryProfile::new());
    let pool = db.pool.observed_by(profile.clone());
    for age in 0..5 {
        User::query().filter(User::age().eq(age)).all(&pool).await.unwrap();
    }
    User::query().count(&pool).await.unwrap();
    assert_eq!((profile.count(), profile.queries().len()), (6, 6));
    let duplicates = profile.duplicates();
    assert_eq!((duplicates.len(), duplicates[0].count), (1, 5));
    assert!(duplicates[0].text.starts_with("SELECT") && duplicates[0].total < profile.total());
    let slowest = profile.slowest().unwrap().elapsed;
    assert!(profile.queries().iter().all(|event| event.elapsed <= slowest));
}

/// Keeps what `tracing` is told, a line each.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<(Level, String)>>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "chakra::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push((*event.metadata().level(), line.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?};", field.name()).unwrap();
    }
}

/// The settings are those of the process, where other tests may run beside this one.
static SETTINGS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn tracing_gets_statements_and_slow_ones_as_warnings(db: &TestDb) {
    db.create_all().await;
    let _alone = SETTINGS.lock().await;
    let lines = Lines::default();
    let _subscribed = tracing::subscriber::set_default(lines.clone());
    let asked = async || {
        User::query().filter(User::name().eq("a secret")).all(&db.pool).await.unwrap();
        std::mem::take(&mut *lines.0.lock().unwrap())
    };
    let told = asked().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, Level::DEBUG);
    for part in ["message=statement", "sql=\"SELECT", "outcome=0 rows", "elapsed_ms=", "pool=\"default\""] {
        assert!(told[0].1.contains(part), "{told:?} has no {part}");
    }
    assert!(!told[0].1.contains("secret"), "{told:?}");

    set_log_settings(LogSettings { query_params: true, ..LogSettings::default() });
    assert!(asked().await[0].1.contains("a secret"));
    set_log_settings(LogSettings { slow_query: Some(Duration::ZERO), ..LogSettings::default() });
    let told = asked().await;
    assert!(told.len() == 1 && told[0].0 == Level::WARN && told[0].1.contains("slow statement"), "{told:?}");
    set_log_settings(LogSettings { slow_query: Some(Duration::from_hours(1)), queries: false, query_params: false });
    assert!(asked().await.is_empty());
    set_log_settings(LogSettings::default());
}
