//! `docs/transactions.md`.

use chakra::{IsolationLevel, Model, TransactionOptions, retry_on_conflict};

#[derive(Model)]
struct Account {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 40, unique)]
    owner: String,
    cents: i32,
}

#[tokio::test]
async fn transactions() -> chakra::Result<()> {
    let pool = crate::pool(&[Account::table()]).await;
    pool.transaction(async |tx| {
        Account { id: None, owner: "Ada".into(), cents: 500 }.insert(tx).await?;
        Account { id: None, owner: "Bob".into(), cents: 0 }.insert(tx).await
    })
    .await?;

    // A savepoint: its error takes back what was done in it, and the rest goes on.
    pool.transaction(async |tx| {
        Account { id: None, owner: "Cleo".into(), cents: 0 }.insert(tx).await?;
        let twice =
            tx.nested(async |inner| Account { id: None, owner: "Ada".into(), cents: 0 }.insert(inner).await).await;
        assert_eq!(twice.unwrap_err().kind(), chakra::ErrorKind::UniqueViolation);
        Ok(())
    })
    .await?;
    assert_eq!(Account::query().count(&pool).await?, 3);

    // Options, and running again after a conflict.
    let options = TransactionOptions { isolation_level: Some(IsolationLevel::Serializable), read_only: false };
    retry_on_conflict(5, async || {
        pool.transaction_with(options, async |tx| {
            let mut source = Account::query().filter(Account::owner().eq("Ada")).one(tx).await?;
            let mut target = Account::query().filter(Account::owner().eq("Bob")).one(tx).await?;
            source.cents -= 200;
            target.cents += 200;
            source.save(tx).await?;
            target.save(tx).await
        })
        .await
    })
    .await?;
    assert_eq!(Account::query().filter(Account::cents().eq(200)).one(&pool).await?.owner, "Bob");
    Ok(())
}
