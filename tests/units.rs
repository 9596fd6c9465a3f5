//! Units of work on untyped records: what order they find, in how many statements, and what they give back.
#![cfg(all(feature = "sqlite", feature = "postgres", feature = "mysql"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test stops at the first surprise

#[allow(dead_code)] // it has more than this needs
#[path = "common/backend.rs"]
mod backend;

use std::collections::HashMap;

use chakra::driver::ToValue;
use chakra::engine::{self, Record, Target};
use chakra::query::{Assignment, Expr, Select};
use chakra::schema::{Column, ForeignKey, MetaData, Role, Table, TableRef};
use chakra::session::{ChangedRow, Flushed, GoneRow, Link, NewRow, Unit};
use chakra::types::{SqlType, Value};
use chakra::{ErrorKind, Result};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use backend::{TestDb, on_every_backend};

on_every_backend! {
    a_graph_is_written_in_a_handful_of_statements,
    a_tree_is_written_level_by_level,
    a_circle_is_opened_where_it_can_be,
    rows_with_keys_of_their_own_find_their_order,
    what_the_database_supplies_comes_back,
    a_key_goes_and_comes_in_one_unit,
    references_are_taken_away_before_their_row,
    those_who_refer_are_deleted_first,
    a_circle_is_deleted,
    rows_that_are_marked_stay,
    all_or_nothing,
    many_changes_are_one_statement,
    any_forest_in_any_order,
}

/// The tables of these tests.
struct Tables {
    people: TableRef,
    teams: TableRef,
    posts: TableRef,
    nodes: TableRef,
    memos: TableRef,
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn key(name: &str) -> Column {
    Column::new(name, SqlType::BigInteger).primary_key().auto_increment()
}

fn refer(table: &mut Table, column: usize, to: &str) {
    let name = format!("fk_{}_{}", table.name, table.columns[column].name);
    table.foreign_keys.push(ForeignKey::new(name, vec![column], to, vec!["id".into()]));
}

fn word(name: &str) -> Column {
    Column::new(name, SqlType::String { length: Some(60) })
}

impl Tables {
    fn new() -> Self {
        let integer = |name: &str| Column::new(name, SqlType::BigInteger);
        let mut people =
            Table::new("Person", "unit_people", vec![key("id"), word("name").unique(), integer("team_id").nullable()])
                .unwrap();
        refer(&mut people, 2, "unit_teams");
        let mut teams =
            Table::new("Team", "unit_teams", vec![key("id"), word("name"), integer("lead_id").nullable()]).unwrap();
        refer(&mut teams, 2, "unit_people");
        let mut kind = word("kind");
        kind.server_default = Some("'plain'".into());
        let mut posts =
            Table::new("Post", "unit_posts", vec![key("id"), word("title"), integer("author_id"), kind]).unwrap();
        refer(&mut posts, 2, "unit_people");
        let mut nodes =
            Table::new("Node", "unit_nodes", vec![key("id"), word("name"), integer("parent_id").nullable()]).unwrap();
        refer(&mut nodes, 2, "unit_nodes");
        let deleted = Column::new("deleted_at", SqlType::DateTime).nullable().with_role(Role::DeletedAt);
        let version = integer("version").with_role(Role::Version);
        let memos = Table::new("Note", "unit_notes", vec![key("id"), word("name"), deleted, version]).unwrap();
        Self {
            people: TableRef::new(people),
            teams: TableRef::new(teams),
            posts: TableRef::new(posts),
            nodes: TableRef::new(nodes),
            memos: TableRef::new(memos),
        }
    }

    async fn create(&self, db: &TestDb) {
        let mut metadata = MetaData::new();
        for table in [&self.people, &self.teams, &self.posts, &self.nodes, &self.memos] {
            metadata.add(table.clone()).unwrap();
        }
        engine::create_all(&db.pool, &metadata).await.unwrap();
    }
}

/// A row whose key the database makes.
fn new(table: &TableRef, record: Record, links: Vec<Link>) -> NewRow {
    NewRow { table: table.clone(), record, links, supplied: vec![0] }
}

fn link(column: usize, row: usize) -> Link {
    Link { column, row, from: 0 }
}

fn gone(table: &TableRef, id: i64, known: Record) -> GoneRow {
    let target = Target { key: vec![Value::Integer(id)], version: None };
    GoneRow { table: table.clone(), target, known, also: Vec::new() }
}

fn changed(table: &TableRef, id: i64, column: usize, value: Value) -> ChangedRow {
    let target = Target { key: vec![Value::Integer(id)], version: None };
    let assignments = vec![Assignment { column, value: Expr::value(value) }];
    ChangedRow { table: table.clone(), target, assignments, links: Vec::new() }
}

/// Flushes in a transaction, and gives the number of statements too.
async fn flush(db: &TestDb, unit: Unit) -> Result<(Flushed, u64)> {
    let before = db.pool.metrics().statements;
    let flushed = db.pool.transaction(async |tx| unit.flush(tx).await).await?;
    Ok((flushed, db.pool.metrics().statements - before))
}

/// The rows of a table, by key.
async fn rows(db: &TestDb, table: &TableRef) -> Vec<Vec<Option<Value>>> {
    let rows = engine::fetch(&db.pool, Select::from(table)).await.unwrap();
    let row = |at: usize| (0..table.columns.len()).map(|column| rows.visit(at, column, ToValue).unwrap()).collect();
    let mut found: Vec<Vec<Option<Value>>> = (0..rows.len()).map(row).collect();
    found.sort_by_key(|row| format!("{:>30}", row[0].as_ref().unwrap().shown()));
    found
}

/// The keys that the database made, by place among the inserts.
fn keys(flushed: &Flushed) -> HashMap<usize, Value> {
    let mut keys = HashMap::new();
    for batch in &flushed.inserted {
        for (at, place) in batch.places.iter().enumerate() {
            keys.insert(*place, batch.rows.visit(at, 0, ToValue).unwrap().unwrap());
        }
    }
    keys
}

async fn a_graph_is_written_in_a_handful_of_statements(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let mut unit = Unit::default();
    // Children before their parents, as they may well be told.
    for number in 0..1000_usize {
        for post in 0..5 {
            let record = vec![(1, text(&format!("post {number} {post}")))];
            unit.inserts.push(new(&tables.posts, record, vec![link(2, number * 6 + 5)]));
        }
        unit.inserts.push(new(&tables.people, vec![(1, text(&format!("person {number}")))], vec![]));
    }
    let (flushed, statements) = flush(db, unit).await.unwrap();
    assert_eq!(statements, 2);
    let keys = keys(&flushed);
    let shown = |value: &Option<Value>| value.as_ref().unwrap().shown();
    let names: HashMap<String, Option<Value>> =
        rows(db, &tables.people).await.into_iter().map(|row| (shown(&row[0]), row[1].clone())).collect();
    let posts = rows(db, &tables.posts).await;
    assert_eq!((names.len(), posts.len()), (1000, 5000));
    for post in posts {
        let Some(Value::Text(title)) = &post[1] else { panic!("no title") };
        let number = title.split(' ').nth(1).unwrap();
        assert_eq!(names[&shown(&post[2])], Some(text(&format!("person {number}"))));
    }
    assert_eq!(keys.len(), 6000);
}

async fn a_tree_is_written_level_by_level(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let mut unit = Unit::default();
    let name = |at: usize| vec![(1, text(&format!("node {at}")))];
    // 0 to 3 under 4, 4 and 5 under 6.
    for at in 0..4 {
        unit.inserts.push(new(&tables.nodes, name(at), vec![link(2, 4)]));
    }
    unit.inserts.push(new(&tables.nodes, name(4), vec![link(2, 6)]));
    unit.inserts.push(new(&tables.nodes, name(5), vec![link(2, 6)]));
    unit.inserts.push(new(&tables.nodes, name(6), vec![]));
    let (flushed, statements) = flush(db, unit).await.unwrap();
    assert_eq!(statements, 3);
    let keys = keys(&flushed);
    for row in rows(db, &tables.nodes).await {
        let parent = match row[1].as_ref().unwrap().shown().trim_matches(['"', '\'']).trim_start_matches("node ") {
            "6" => None,
            "4" | "5" => Some(keys[&6].clone()),
            _ => Some(keys[&4].clone()),
        };
        assert_eq!(row[2], parent);
    }
    assert_eq!(flushed.linked.len(), 6);
}

async fn a_circle_is_opened_where_it_can_be(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let mut unit = Unit::default();
    unit.inserts.push(new(&tables.people, vec![(1, text("ada"))], vec![link(2, 1)]));
    unit.inserts.push(new(&tables.teams, vec![(1, text("engines"))], vec![link(2, 0)]));
    unit.inserts.push(new(&tables.people, vec![(1, text("bob"))], vec![link(2, 1)]));
    // One that refers to itself.
    unit.inserts.push(new(&tables.nodes, vec![(1, text("root"))], vec![link(2, 3)]));
    let (flushed, _) = flush(db, unit).await.unwrap();
    let keys = keys(&flushed);
    let people = rows(db, &tables.people).await;
    assert!(people.iter().all(|row| row[2].as_ref() == Some(&keys[&1])));
    assert_eq!(rows(db, &tables.teams).await[0][2].as_ref(), Some(&keys[&0]));
    let node = &rows(db, &tables.nodes).await[0];
    assert_eq!(node[2], node[0]);
}

async fn rows_with_keys_of_their_own_find_their_order(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let own = |table: &TableRef, id: i64, name: &str, refers: Option<i64>| NewRow {
        table: table.clone(),
        record: vec![
            (0, Value::Integer(id)),
            (1, text(name)),
            (2, refers.map_or(Value::Null(chakra::types::Kind::Integer), Value::Integer)),
        ],
        links: Vec::new(),
        supplied: Vec::new(),
    };
    let unit = Unit {
        inserts: vec![
            own(&tables.posts, 1, "a post", Some(7)),
            own(&tables.nodes, 3, "leaf", Some(2)),
            own(&tables.nodes, 2, "branch", Some(1)),
            own(&tables.people, 7, "ada", Some(5)),
            own(&tables.nodes, 1, "root", None),
            own(&tables.teams, 5, "engines", None),
        ],
        ..Unit::default()
    };
    flush(db, unit).await.unwrap();
    assert_eq!(rows(db, &tables.nodes).await.len(), 3);
    assert_eq!(rows(db, &tables.posts).await[0][2], Some(Value::Integer(7)));
}

async fn what_the_database_supplies_comes_back(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let unit = Unit {
        inserts: vec![
            new(&tables.people, vec![(1, text("ada"))], vec![]),
            NewRow {
                table: tables.posts.clone(),
                record: vec![(1, text("first"))],
                links: vec![link(2, 0)],
                supplied: vec![0, 3],
            },
        ],
        ..Unit::default()
    };
    let (flushed, statements) = flush(db, unit).await.unwrap();
    assert_eq!(statements, 2);
    let posts = flushed.inserted.iter().find(|batch| batch.places == [1]).unwrap();
    assert_eq!(posts.rows.positions(), [0, 3]);
    assert_eq!(posts.rows.visit(0, 1, ToValue).unwrap(), Some(text("plain")));
}

async fn a_key_goes_and_comes_in_one_unit(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let person = |id: i64, name: &str| NewRow {
        table: tables.people.clone(),
        record: vec![(0, Value::Integer(id)), (1, text(name))],
        links: Vec::new(),
        supplied: Vec::new(),
    };
    flush(db, Unit { inserts: vec![person(1, "ada"), person(2, "bob"), person(3, "eve")], ..Unit::default() })
        .await
        .unwrap();
    // The key of one, and the unique name of another.
    let unit = Unit {
        inserts: vec![person(1, "zoe"), person(4, "bob")],
        deletes: vec![gone(&tables.people, 1, vec![]), gone(&tables.people, 2, vec![])],
        ..Unit::default()
    };
    flush(db, unit).await.unwrap();
    let names: Vec<_> = rows(db, &tables.people).await.into_iter().map(|row| row[1].clone().unwrap()).collect();
    assert_eq!(names, [text("zoe"), text("eve"), text("bob")]);
}

async fn references_are_taken_away_before_their_row(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let unit = Unit {
        inserts: vec![
            new(&tables.people, vec![(1, text("ada"))], vec![]),
            new(&tables.posts, vec![(1, text("first"))], vec![link(2, 0)]),
        ],
        ..Unit::default()
    };
    let keys = keys(&flush(db, unit).await.unwrap().0);
    let (Value::Integer(ada), Value::Integer(post)) = (keys[&0].clone(), keys[&1].clone()) else { panic!("no keys") };
    // The post goes to a new author, the old one goes away.
    let mut change = changed(&tables.posts, post, 1, text("first, second edition"));
    change.links.push(link(2, 0));
    let unit = Unit {
        inserts: vec![new(&tables.people, vec![(1, text("bob"))], vec![])],
        updates: vec![change],
        deletes: vec![gone(&tables.people, ada, vec![])],
    };
    flush(db, unit).await.unwrap();
    let people = rows(db, &tables.people).await;
    assert_eq!(people.len(), 1);
    assert_eq!(rows(db, &tables.posts).await[0][2], people[0][0]);
}

async fn those_who_refer_are_deleted_first(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let node = |id: i64, parent: Option<i64>| NewRow {
        table: tables.nodes.clone(),
        record: vec![
            (0, Value::Integer(id)),
            (1, text("node")),
            (2, parent.map_or(Value::Null(chakra::types::Kind::Integer), Value::Integer)),
        ],
        links: Vec::new(),
        supplied: Vec::new(),
    };
    let parent = |id: i64| if id == 1 { None } else { Some(id / 2) };
    flush(db, Unit { inserts: (1..=31).map(|id| node(id, parent(id))).collect(), ..Unit::default() }).await.unwrap();
    let known = |id: i64| parent(id).map(|parent| (2, Value::Integer(parent))).into_iter().collect::<Record>();
    let deletes = (1..=31).map(|id| gone(&tables.nodes, id, known(id))).collect();
    let (_, statements) = flush(db, Unit { deletes, ..Unit::default() }).await.unwrap();
    assert_eq!(statements, 5);
    assert!(rows(db, &tables.nodes).await.is_empty());
}

async fn a_circle_is_deleted(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let unit = Unit {
        inserts: vec![
            new(&tables.people, vec![(1, text("ada"))], vec![link(2, 1)]),
            new(&tables.teams, vec![(1, text("engines"))], vec![link(2, 0)]),
        ],
        ..Unit::default()
    };
    let keys = keys(&flush(db, unit).await.unwrap().0);
    let (Value::Integer(ada), Value::Integer(team)) = (keys[&0].clone(), keys[&1].clone()) else { panic!("no keys") };
    let deletes = vec![
        gone(&tables.people, ada, vec![(2, Value::Integer(team))]),
        gone(&tables.teams, team, vec![(2, Value::Integer(ada))]),
    ];
    flush(db, Unit { deletes, ..Unit::default() }).await.unwrap();
    assert!(rows(db, &tables.people).await.is_empty() && rows(db, &tables.teams).await.is_empty());
}

async fn rows_that_are_marked_stay(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let unit = Unit { inserts: vec![new(&tables.memos, vec![(1, text("a note"))], vec![])], ..Unit::default() };
    let keys = keys(&flush(db, unit).await.unwrap().0);
    let target = Target { key: vec![keys[&0].clone()], version: Some(1) };
    let row = GoneRow { table: tables.memos.clone(), target, known: Vec::new(), also: Vec::new() };
    let (flushed, _) = flush(db, Unit { deletes: vec![row], ..Unit::default() }).await.unwrap();
    assert!(flushed.marked[0].1.contains(&(3, Value::Integer(2))));
    let rows = rows(db, &tables.memos).await;
    assert!(rows[0][2].is_some());
    assert_eq!(rows[0][3], Some(Value::Integer(2)));
}

async fn all_or_nothing(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let unit = Unit {
        inserts: vec![new(&tables.people, vec![(1, text("ada"))], vec![])],
        updates: vec![changed(&tables.posts, 77, 1, text("nobody's"))],
        ..Unit::default()
    };
    assert_eq!(flush(db, unit).await.unwrap_err().kind(), ErrorKind::StaleObject);
    let unit = Unit {
        inserts: ["ada", "ada"].map(|name| new(&tables.people, vec![(1, text(name))], vec![])).into(),
        ..Unit::default()
    };
    let error = flush(db, unit).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);
    assert!(rows(db, &tables.people).await.is_empty());
}

async fn many_changes_are_one_statement(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let nodes = (0..450).map(|number| new(&tables.nodes, vec![(1, text(&format!("node {number}")))], vec![]));
    let (flushed, _) = flush(db, Unit { inserts: nodes.collect(), ..Unit::default() }).await.unwrap();
    let mut ids: Vec<i64> = keys(&flushed)
        .into_values()
        .map(|key| match key {
            Value::Integer(id) => id,
            other => panic!("{other:?} is no key"),
        })
        .collect();
    ids.sort_unstable();
    let rename = |(at, id): (usize, &i64)| changed(&tables.nodes, *id, 1, text(&format!("it's {at}")));
    let mut updates: Vec<ChangedRow> = ids.iter().enumerate().map(rename).collect();
    updates.push(changed(&tables.nodes, ids[0], 2, Value::Integer(ids[1])));
    let (flushed, statements) = flush(db, Unit { updates, ..Unit::default() }).await.unwrap();
    assert_eq!((flushed.updated.len(), statements), (451, 4));
    let stored = rows(db, &tables.nodes).await;
    assert!(stored.iter().enumerate().all(|(at, row)| row[1] == Some(text(&format!("it's {at}")))));
    assert_eq!((&stored[0][2], &stored[1][2]), (&Some(Value::Integer(ids[1])), &None));

    // What must be unique is written row by row, in the order in which it was given.
    let people = ["a", "b", "c"].map(|name| new(&tables.people, vec![(1, text(name))], vec![]));
    let (flushed, _) = flush(db, Unit { inserts: people.into(), ..Unit::default() }).await.unwrap();
    let known = keys(&flushed);
    let renamed = [(2, "d"), (1, "c"), (0, "b")].map(|(place, name)| {
        let Value::Integer(id) = known[&place] else { panic!("a key is a number") };
        changed(&tables.people, id, 1, text(name))
    });
    let (_, statements) = flush(db, Unit { updates: renamed.into(), ..Unit::default() }).await.unwrap();
    assert_eq!(statements, 3);

    // One row that is gone, and nothing is written.
    let updates = vec![changed(&tables.nodes, ids[3], 1, text("x")), changed(&tables.nodes, 9_999_999, 1, text("y"))];
    let error = flush(db, Unit { updates, ..Unit::default() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleObject);
    assert_eq!(rows(db, &tables.nodes).await[3][1], Some(text("it's 3")));
}

/// Nodes in a random order, each under another one or none, some with keys of their own.
async fn any_forest_in_any_order(db: &TestDb) {
    let tables = Tables::new();
    tables.create(db).await;
    let forests = prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<u32>()), 1..30);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..40 {
        let forest = forests.new_tree(&mut runner).unwrap().current();
        // A node's parent is one that was drawn before it; then all are told in another order.
        let parents: Vec<Option<usize>> = forest
            .iter()
            .enumerate()
            .map(|(at, (index, _, _))| Some(index.index(at + 1)).filter(|p| *p < at))
            .collect();
        let mut told: Vec<usize> = (0..forest.len()).collect();
        told.sort_by_key(|at| forest[*at].2);
        let place = |at: usize| told.iter().position(|other| *other == at).unwrap();
        let unit = Unit {
            inserts: told
                .iter()
                .map(|at| {
                    let links = parents[*at].map(|parent| link(2, place(parent))).into_iter().collect();
                    new(&tables.nodes, vec![(1, text(&format!("{at}")))], links)
                })
                .collect(),
            ..Unit::default()
        };
        let (flushed, _) = flush(db, unit).await.unwrap();
        let keys = keys(&flushed);
        let found = rows(db, &tables.nodes).await;
        assert_eq!(found.len(), forest.len());
        let mut deletes = Vec::new();
        for row in &found {
            let Some(Value::Text(name)) = &row[1] else { panic!("no name") };
            let at: usize = name.parse().unwrap();
            assert_eq!(row[2], parents[at].map(|parent| keys[&place(parent)].clone()));
            let Some(Value::Integer(id)) = row[0] else { panic!("no key") };
            deletes.push(gone(&tables.nodes, id, row[2].clone().map(|parent| (2, parent)).into_iter().collect()));
        }
        flush(db, Unit { deletes, ..Unit::default() }).await.unwrap();
        assert!(rows(db, &tables.nodes).await.is_empty());
    }
}

#[test]
fn a_circle_that_nothing_opens_is_refused() {
    let integer = |name: &str| Column::new(name, SqlType::BigInteger);
    let mut eggs = Table::new("Egg", "unit_eggs", vec![key("id"), integer("hen_id")]).unwrap();
    refer(&mut eggs, 1, "unit_hens");
    let mut hens = Table::new("Hen", "unit_hens", vec![key("id"), integer("egg_id")]).unwrap();
    refer(&mut hens, 1, "unit_eggs");
    let (eggs, hens) = (TableRef::new(eggs), TableRef::new(hens));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(async {
        let pool = chakra::connect("sqlite:///:memory:").await.unwrap();
        let unit = Unit {
            inserts: vec![new(&eggs, vec![], vec![link(1, 1)]), new(&hens, vec![], vec![link(1, 0)])],
            ..Unit::default()
        };
        unit.flush(&pool).await.unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::Session);
    assert!(error.to_string().contains("Egg") && error.to_string().contains("circle"), "{error}");
}
