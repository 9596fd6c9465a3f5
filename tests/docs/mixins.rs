//! The examples of docs/mixins.md.

use crate::pool;

use chakra::Model;
use chrono::{DateTime, Utc};

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(timestamps, soft_delete, version)]
struct Document {
    #[chakra(primary_key)]
    id: Option<i64>,
    title: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
    version: i64,
}

#[tokio::test]
async fn attributes() -> chakra::Result<()> {
    let pool = pool(&[Document::table()]).await;
    let now = chakra::now();
    let mut draft =
        Document { id: None, title: "Draft".into(), created_at: now, updated_at: now, deleted_at: None, version: 0 };
    draft.insert(&pool).await?;
    assert_eq!((draft.version, draft.created_at), (1, draft.updated_at));

    let mut theirs = Document::get(draft.id.unwrap(), &pool).await?;
    theirs.title = "Final".into();
    theirs.save(&pool).await?;
    draft.title = "Second draft".into();
    assert_eq!(draft.save(&pool).await.unwrap_err().kind(), chakra::ErrorKind::StaleObject);

    draft.refresh(&pool).await?;
    draft.delete(&pool).await?;
    assert_eq!((Document::query().count(&pool).await?, Document::query_all().count(&pool).await?), (0, 1));
    draft.restore(&pool).await?;
    assert_eq!(Document::query().one(&pool).await?, draft);
    Ok(())
}

tokio::task_local! {
    static ACTOR: i64;
}

fn actor() -> Option<i64> {
    ACTOR.try_with(|actor| *actor).ok()
}

#[derive(Model)]
#[chakra(timestamps)]
struct Payment {
    #[chakra(primary_key)]
    id: Option<i64>,
    amount: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    created_by: Option<i64>,
    #[chakra(on_update = actor)]
    updated_by: Option<i64>,
}

impl Payment {
    fn new(amount: i32) -> Self {
        let (now, actor) = (chakra::now(), actor());
        Self { id: None, amount, created_at: now, updated_at: now, created_by: actor, updated_by: actor }
    }
}

#[tokio::test]
async fn who_wrote() -> chakra::Result<()> {
    let pool = pool(&[Payment::table()]).await;
    ACTOR.scope(1, async { Payment::new(5).insert(&pool).await }).await?;
    ACTOR.scope(2, Payment::query().update(Payment::amount().set(6)).execute(&pool)).await?;
    let payment = Payment::query().one(&pool).await?;
    assert_eq!((payment.created_by, payment.updated_by), (Some(1), Some(2)));
    Ok(())
}
