//! What a session has borrowed, or has ended.

use chakra::{Model, Session};

#[derive(Model)]
struct Author {
    #[chakra(primary_key)]
    id: Option<i64>,
}

async fn still_borrowed(pool: &chakra::Pool) -> chakra::Result<()> {
    let mut author = Author { id: None };
    let mut session = Session::new(pool);
    session.add(&mut author);
    session.flush().await?;
    println!("{:?}", author.id);
    session.commit().await?;
    Ok(())
}

async fn too_short(pool: &chakra::Pool) -> chakra::Result<()> {
    let mut session = Session::new(pool);
    {
        let mut author = Author { id: None };
        session.add(&mut author);
    }
    session.commit().await?;
    Ok(())
}

async fn held_over_a_query(pool: &chakra::Pool) -> chakra::Result<()> {
    let mut session = Session::new(pool);
    let author = session.get::<Author>(1).await?;
    Author::query().count(&session).await?;
    drop(author);
    Ok(())
}

async fn ended(pool: &chakra::Pool) -> chakra::Result<()> {
    let mut session = Session::new(pool);
    session.commit().await?;
    session.flush().await
}

fn main() {}
