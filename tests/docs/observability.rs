//! `docs/observability.md`.

use std::sync::Arc;

use chakra::{Config, LoggingConfig, Model, QueryProfile, configure};

#[derive(Model)]
struct Shelf {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 20)]
    room: String,
}

#[tokio::test]
async fn profiles() -> chakra::Result<()> {
    let pool = crate::pool(&[Shelf::table()]).await;
    configure(Config {
        logging: LoggingConfig { slow_query_ms: Some(200), ..Default::default() },
        ..Config::default()
    });

    let profile = Arc::new(QueryProfile::new());
    let watched = pool.named("reports").observed_by(profile.clone());
    for room in ["hall", "attic"] {
        Shelf::query().filter(Shelf::room().eq(room)).all(&watched).await?;
    }
    assert_eq!(profile.count(), 2);
    assert_eq!(profile.duplicates()[0].count, 2);
    assert_eq!(profile.queries()[0].pool(), "reports");
    Ok(())
}
