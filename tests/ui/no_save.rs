//! An object whose key is always set cannot tell whether it is stored.
use chakra::Model;

#[derive(Model)]
struct User {
    #[chakra(primary_key)]
    id: i64,
}

struct NoModel;

async fn save(pool: chakra::Pool) -> chakra::Result<()> {
    User { id: 1 }.save(&pool).await?;
    let _: chakra::Query<NoModel> = chakra::Model::query();
    Ok(())
}

fn main() {
    let _ = save;
}
