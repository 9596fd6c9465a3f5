//! `docs/pools.md`.

use chakra::{Config, PoolConfig, configure};

#[tokio::test]
async fn pools() -> chakra::Result<()> {
    let mut said = Config { pool: PoolConfig { max_connections: Some(4), ..Default::default() }, ..Config::default() };
    said.database.url = Some("sqlite:///:memory:".into());
    configure(said);

    let pool = Config::load()?.connect().await?;

    assert_eq!(pool.url().to_string(), "sqlite:///:memory:");
    assert_eq!(Config::load()?.pool_options().max_connections, 4);
    pool.close().await;
    Ok(())
}
