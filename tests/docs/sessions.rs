//! `docs/sessions.md`.

use chakra::retry_on_conflict;
use chakra::{Model, Related, Session};

#[derive(Model, Clone)]
struct Orchestra {
    #[chakra(primary_key)]
    id: Option<i64>,
    name: String,
    #[chakra(foreign_key = "orchestra_id", back_populates = "orchestra")]
    players: Related<Vec<Player>>,
}

#[derive(Model, Clone)]
struct Player {
    #[chakra(primary_key)]
    id: Option<i64>,
    name: String,
    #[chakra(references = "orchestras.id", on_delete = "SET NULL")]
    orchestra_id: Option<i64>,
    #[chakra(foreign_key = "orchestra_id", back_populates = "players")]
    orchestra: Related<Option<Orchestra>>,
}

#[tokio::test]
async fn sessions() -> chakra::Result<()> {
    let pool = crate::pool(&[Orchestra::table(), Player::table()]).await;
    let mut ada = Player { id: None, name: "Ada".into(), orchestra_id: None, orchestra: Related::default() };
    let bo = Player { name: "Bo".into(), ..ada.clone() };

    let mut session = Session::new(&pool);
    session.add(&mut ada); // borrowed until the session ends
    let bo = session.adopt(bo); // the session's own from now on: a handle names it
    let gewandhaus = session.adopt(Orchestra { id: None, name: "Gewandhaus".into(), players: Related::default() });
    session.assign(bo, Player::orchestra(), gewandhaus)?; // takes the key that the orchestra will get
    let committed = session.commit().await?;
    assert_eq!(committed[bo].orchestra_id, committed[gewandhaus].id);
    assert!(ada.id.is_some());

    let mut session = Session::new(&pool);
    if let Some(ada) = session.get::<Player>(ada.id.unwrap()).await? {
        ada.name = "Ada Lovelace".into();
    }
    let players = session.all(Player::query().order_by(Player::id())).await?; // handles, to hold several at once
    session[players[1]].name = "Bo Diddley".into();
    assert!(Player::query().filter(Player::name().eq("Bo Diddley")).exists(&session).await?);
    session.commit().await?;

    retry_on_conflict(5, async || {
        let mut session = Session::new(&pool);
        if let Some(bo) = session.get_for_update::<Player>(2).await? {
            bo.name.push('!');
        }
        session.commit().await
    })
    .await?;
    assert_eq!(Player::get(2, &pool).await?.name, "Bo Diddley!");
    Ok(())
}
