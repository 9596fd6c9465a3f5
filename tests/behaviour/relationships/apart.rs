//! Tables made and dropped in several calls: what lies between two of them, and what each refuses.

use chakra::{ErrorKind, Model, Related};

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    a_junction_comes_with_its_second_end,
    what_tables_outside_refuse,
    rows_of_one_bulk_refer_to_later_ones,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "apart_singers")]
struct Singer {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(relation = ManyToMany, through = "apart_members", back_populates = "singers")]
    choirs: Related<Vec<Choir>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "apart_choirs")]
struct Choir {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(relation = ManyToMany, through = "apart_members", back_populates = "choirs")]
    singers: Related<Vec<Singer>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "apart_rooms")]
struct Dressing {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(references = "apart_singers.id")]
    singer_id: i64,
}

async fn a_junction_comes_with_its_second_end(db: &TestDb) {
    for tables in [[Singer::table(), Choir::table()], [Choir::table(), Singer::table()]] {
        for table in tables {
            chakra::create_tables(&db.pool, &[table]).await.unwrap();
        }
        let mut singer = Singer { id: 1, choirs: Related::default() };
        singer.insert(&db.pool).await.unwrap();
        let mut choir = Choir { id: 2, singers: Related::default() };
        choir.insert(&db.pool).await.unwrap();
        Choir::singers().of(&choir).add([&singer], &db.pool).await.unwrap();
        assert_eq!(Choir::singers().of(&choir).query().count(&db.pool).await.unwrap(), 1);
        // The junction goes with either end.
        chakra::drop_tables(&db.pool, &[tables[1]]).await.unwrap();
        chakra::drop_tables(&db.pool, &[tables[0]]).await.unwrap();
    }
}

async fn what_tables_outside_refuse(db: &TestDb) {
    let error = chakra::create_tables(&db.pool, &[Dressing::table()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Programming);
    assert!(error.to_string().contains("it refers to apart_singers, which is not there"), "{error}");
    chakra::create_tables(&db.pool, &[Dressing::table(), Singer::table()]).await.unwrap();
    let error = chakra::drop_tables(&db.pool, &[Singer::table()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation, "{error}");
    assert!(error.to_string().contains("drop both together"), "{error}");
    chakra::drop_tables(&db.pool, &[Singer::table(), Dressing::table()]).await.unwrap();
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "apart_stages")]
struct Stage {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
    #[chakra(references = "apart_stages.id")]
    before: Option<i64>,
}

async fn rows_of_one_bulk_refer_to_later_ones(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Stage::table()]).await.unwrap();
    let stage = |(id, before)| Stage { id, before };
    let mut stages = [(1, Some(3)), (2, None), (3, Some(4)), (4, Some(2)), (5, Some(5))].map(stage);
    Stage::bulk_insert(&mut stages, &db.pool).await.unwrap();
    assert_eq!(Stage::query().order_by(Stage::id()).all(&db.pool).await.unwrap(), stages);
}
