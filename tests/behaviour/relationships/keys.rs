//! Keys of several columns, of texts and of decimals, several to one table, and rows that are marked as deleted.

use chakra::{Model, Related};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::statements;
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    keys_of_several_columns,
    many_to_many_of_several_columns,
    several_keys_to_one_table,
    marked_rows,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "key_shelves")]
struct Shelf {
    #[chakra(primary_key, length = 10)]
    hall: String,
    #[chakra(primary_key)]
    number: i32,
    #[chakra(relation = OneToMany, back_populates = "shelf_row")]
    boxes: Related<Vec<Crate>>,
    #[chakra(relation = ManyToMany, through = "key_shelf_labels", back_populates = "shelves")]
    labels: Related<Vec<Label>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(
    table = "key_crates",
    constraints = [ForeignKey::new("fk_key_crates_shelf").columns(&["hall", "shelf"]).references(&["key_shelves.hall", "key_shelves.number"])]
)]
struct Crate {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(length = 10)]
    hall: Option<String>,
    #[chakra(column = "ShelfNumber")]
    shelf: Option<i32>,
    #[chakra(foreign_key = ["hall", "shelf"], back_populates = "boxes")]
    shelf_row: Related<Option<Shelf>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "key_labels")]
struct Label {
    #[chakra(primary_key, precision = 6, scale = 2)]
    code: Decimal,
    #[chakra(relation = ManyToMany, through = "key_shelf_labels", back_populates = "labels")]
    shelves: Related<Vec<Shelf>>,
}

fn shelf(hall: &str, number: i32) -> Shelf {
    Shelf { hall: hall.into(), number, boxes: Related::default(), labels: Related::default() }
}

/// Shelves a1, a2, b1; crates 1 and 2 on a1, 3 on b1, 4 nowhere.
async fn store(db: &TestDb) -> Vec<Shelf> {
    chakra::create_tables(&db.pool, &[Shelf::table(), Crate::table(), Label::table()]).await.unwrap();
    let mut shelves = vec![shelf("a", 1), shelf("a", 2), shelf("b", 1)];
    Shelf::bulk_insert(&mut shelves, &db.pool).await.unwrap();
    for (id, place) in [(1, Some(0)), (2, Some(0)), (3, Some(2)), (4, None)] {
        let place = place.map(|at: usize| &shelves[at]);
        let (hall, number) = (place.map(|shelf| shelf.hall.clone()), place.map(|shelf| shelf.number));
        Crate { id, hall, shelf: number, shelf_row: Related::default() }.insert(&db.pool).await.unwrap();
    }
    shelves
}

async fn keys_of_several_columns(db: &TestDb) {
    let shelves = store(db).await;
    let by_key = (Shelf::hall(), Shelf::number());
    let boxes = Shelf::boxes().with(Crate::query().order_by(Crate::id()));
    let query = Shelf::query().prefetch_related(boxes).order_by(by_key);
    let (count, found) = statements(db, query.all(&db.pool)).await;
    let held = |shelf: &Shelf| shelf.boxes.get().unwrap().iter().map(|held| held.id).collect::<Vec<_>>();
    assert_eq!((count, found.unwrap().iter().map(held).collect::<Vec<_>>()), (2, vec![vec![1, 2], vec![], vec![3]]));

    let crates = Crate::query().select_related(Crate::shelf_row()).order_by(Crate::id()).all(&db.pool).await.unwrap();
    let halls: Vec<_> = crates.iter().map(|one| one.shelf_row.get().unwrap().as_ref().map(|row| &*row.hall)).collect();
    assert_eq!(halls, [Some("a"), Some("a"), Some("b"), None]);
    let on = async |condition| {
        let found = Crate::query().filter(condition).order_by(Crate::id()).all(&db.pool).await.unwrap();
        found.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(on(Crate::shelf_row().is(&shelves[0])).await, [1, 2]);
    assert_eq!(on(Crate::shelf_row().is_in(&shelves[1..])).await, [3]);
    assert_eq!(on(!Crate::shelf_row().is(&shelves[0])).await, [3, 4]);
    assert_eq!(on(Crate::shelf_row().is_none()).await, [4]);

    Shelf::boxes().of(&shelves[1]).set(&crates[2..], &db.pool).await.unwrap();
    assert_eq!(on(Crate::shelf_row().is(&shelves[1])).await, [3, 4]);
    Shelf::boxes().of(&shelves[1]).clear(&db.pool).await.unwrap();
    assert_eq!(on(Crate::shelf_row().is_none()).await, [3, 4]);
}

async fn many_to_many_of_several_columns(db: &TestDb) {
    let shelves = store(db).await;
    let mut labels = [150, 275].map(|cents| Label { code: Decimal::new(cents, 2), shelves: Related::default() });
    Label::bulk_insert(&mut labels, &db.pool).await.unwrap();
    Shelf::labels().of(&shelves[0]).add(&labels, &db.pool).await.unwrap();
    Label::shelves().of(&labels[1]).add([&shelves[2], &shelves[0]], &db.pool).await.unwrap();
    let ordered = Label::shelves().with(Shelf::query().order_by((Shelf::hall(), Shelf::number())));
    let mut found = labels.to_vec();
    // A key that is written otherwise is the same key.
    found[0].code = Decimal::new(15, 1);
    ordered.load_all(&mut found, &db.pool).await.unwrap();
    let halls = |label: &Label| label.shelves.get().unwrap().iter().map(|shelf| shelf.hall.clone()).collect::<String>();
    assert_eq!(found.iter().map(halls).collect::<Vec<_>>(), ["a", "ab"]);
    let labelled = Shelf::query().filter(Shelf::labels().is(&found[0]));
    assert_eq!(labelled.one(&db.pool).await.unwrap().number, 1);
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "key_games", soft_delete)]
struct Game {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(references = "key_sides.id", on_delete = "CASCADE")]
    home_id: i64,
    #[chakra(references = "key_sides.id", on_delete = "CASCADE")]
    guest_id: i64,
    #[chakra(foreign_key = "home_id", back_populates = "at_home")]
    home: Related<Side>,
    #[chakra(foreign_key = "guest_id", back_populates = "away")]
    guest: Related<Side>,
    deleted_at: Option<DateTime<Utc>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "key_sides", soft_delete)]
struct Side {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(foreign_key = "home_id", back_populates = "home")]
    at_home: Related<Vec<Game>>,
    #[chakra(foreign_key = "guest_id", back_populates = "guest")]
    away: Related<Vec<Game>>,
    deleted_at: Option<DateTime<Utc>>,
}

async fn games(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Game::table(), Side::table()]).await.unwrap();
    db.sql("INSERT INTO key_sides (id) VALUES (1), (2)").await.unwrap();
    db.sql("INSERT INTO key_games (id, home_id, guest_id) VALUES (1, 1, 2), (2, 2, 1), (3, 1, 2)").await.unwrap();
}

async fn several_keys_to_one_table(db: &TestDb) {
    games(db).await;
    let query = Side::query().prefetch_related(Side::at_home()).prefetch_related(Side::away()).order_by(Side::id());
    let (count, sides) = statements(db, query.all(&db.pool)).await;
    let held = |games: &Related<Vec<Game>>| games.get().unwrap().len();
    let found: Vec<_> = sides.unwrap().iter().map(|side| (held(&side.at_home), held(&side.away))).collect();
    assert_eq!((count, found), (3, vec![(2, 1), (1, 2)]));
    let both = Game::query().select_related(Game::home()).select_related(Game::guest()).order_by(Game::id());
    let games = both.all(&db.pool).await.unwrap();
    let sides: Vec<_> = games.iter().map(|game| (game.home.get().unwrap().id, game.guest.get().unwrap().id)).collect();
    assert_eq!(sides, [(1, 2), (2, 1), (1, 2)]);
}

async fn marked_rows(db: &TestDb) {
    games(db).await;
    Game::get(3, &db.pool).await.unwrap().delete(&db.pool).await.unwrap();
    Side::get(2, &db.pool).await.unwrap().delete(&db.pool).await.unwrap();
    // Rows to many are those that a query gives; who is referred to is there, either way that it is loaded.
    let mut side = Side::get(1, &db.pool).await.unwrap();
    assert_eq!(Side::at_home().load(&mut side, &db.pool).await.unwrap().len(), 1);
    let with_deleted = Side::at_home().with(Game::query_all());
    let sides = Side::query().prefetch_related(with_deleted).all(&db.pool).await.unwrap();
    assert_eq!(sides[0].at_home.get().unwrap().len(), 2);
    let mut game =
        Game::query().select_related(Game::guest()).order_by(Game::id()).first(&db.pool).await.unwrap().unwrap();
    assert!(game.guest.get().unwrap().deleted_at.is_some());
    game.guest.forget();
    assert!(Game::guest().load(&mut game, &db.pool).await.unwrap().deleted_at.is_some());
    game.guest.forget();
    assert!(game.guest.load(&db.pool).await.unwrap().deleted_at.is_some());
    // Conditions agree with that: a way to one leads to its row, one to many to those that a query gives.
    let second = Side::query_all().filter(Side::id().eq(2)).one(&db.pool).await.unwrap();
    for condition in [
        Game::guest().has(Side::id().eq(2)),
        Game::guest().has(Side::deleted_at().is_not_null()),
        Game::guest().is(&second),
        Game::guest().exists().and(Game::home().has(Side::id().eq(1))),
        !Game::guest().has(Side::id().ne(2)),
        Game::home().then(Side::at_home()).has(Game::id().eq(1)),
    ] {
        let ids: Vec<_> =
            Game::query().filter(condition).all(&db.pool).await.unwrap().iter().map(|game| game.id).collect();
        assert_eq!(ids, [1]);
    }
    assert_eq!(Game::query().filter(Game::guest().is_none()).count(&db.pool).await.unwrap(), 0);
    let by_guest = Game::query().order_by(Game::guest().field(Side::id()).desc()).all(&db.pool).await.unwrap();
    assert_eq!(by_guest.iter().map(|game| game.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(Side::query().filter(Side::at_home().has(Game::id().eq(3))).count(&db.pool).await.unwrap(), 0);
    assert_eq!(Side::query().filter(Side::at_home().exists()).count(&db.pool).await.unwrap(), 1);
}
