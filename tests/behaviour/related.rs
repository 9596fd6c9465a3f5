//! Reading along relationships, on untyped records: what both languages' relationships are made of.

use std::sync::Arc;

use chakra::driver::ToValue;
use chakra::engine::{self, Identities, Members, Prefetch, RowKey, Rows, Step};
use chakra::query::expr::{Compare, CompareOp, Related};
use chakra::query::{Assignment, ColumnRef, Direction, Expr, Hop, Order, Param, Path, Select, lookup};
use chakra::schema::{Column, MetaData, Role, Table, TableRef};
use chakra::types::{SqlType, Value};

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    a_missing_parent_is_missing,
    filters_follow_ways,
    a_step_to_many_multiplies_nothing,
    writes_choose_their_rows_by_related_ones,
    a_step_loads_the_children_of_all,
    a_step_through_a_junction_loads_both_ends,
    tens_of_thousands_of_parents_are_one_statement,
    equal_keys_are_one_row,
    what_a_step_found_is_grouped_by_its_owners,
    a_pair_that_a_junction_holds_twice_counts_once,
    limits_count_within_each_parent,
    deleted_rows_and_ways,
}

struct Blog {
    users: TableRef,
    posts: TableRef,
    tags: TableRef,
    taggings: TableRef,
}

impl Blog {
    fn author(&self) -> Arc<Hop> {
        hop(&self.posts, 1, &self.users, 0)
    }

    fn posts_of(&self) -> Arc<Hop> {
        hop(&self.users, 0, &self.posts, 1)
    }

    fn tags_of(&self) -> Step {
        Step {
            hop: hop(&self.posts, 0, &self.taggings, 0),
            onward: Path::default().then(hop(&self.taggings, 1, &self.tags, 0)),
        }
    }
}

fn hop(from: &TableRef, at: usize, to: &TableRef, end: usize) -> Arc<Hop> {
    Hop { from: from.clone(), from_columns: vec![at], to: to.clone(), to_columns: vec![end] }.into()
}

fn named(table: &str, more: Vec<Column>) -> TableRef {
    let mut columns = vec![Column::new("id", SqlType::BigInteger).primary_key()];
    columns.extend(more);
    TableRef::new(Table::new(table, table, columns).unwrap())
}

/// Ada wrote two posts, Bo one, nobody one; Cy none. The tags are `x` (1) and `y` (2).
async fn blog(db: &TestDb) -> Blog {
    let author = Column::new("author_id", SqlType::BigInteger).nullable();
    let junction = ["post_id", "tag_id"].map(|name| Column::new(name, SqlType::BigInteger).primary_key());
    let blog = Blog {
        users: named("users", vec![Column::new("name", SqlType::String { length: Some(20) })]),
        posts: named("posts", vec![author, Column::new("title", SqlType::String { length: Some(20) })]),
        tags: named("tags", vec![Column::new("word", SqlType::String { length: Some(20) })]),
        taggings: TableRef::new(Table::new("taggings", "taggings", junction.to_vec()).unwrap()),
    };
    let mut all = MetaData::new();
    for table in [&blog.users, &blog.posts, &blog.tags, &blog.taggings] {
        all.add(table.clone()).unwrap();
    }
    engine::create_all(&db.pool, &all).await.unwrap();
    for sql in [
        "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bo'), (3, 'Cy')",
        "INSERT INTO posts VALUES (1, 1, 'a1'), (2, 1, 'a2'), (3, 2, 'b1'), (4, NULL, 'n')",
        "INSERT INTO tags VALUES (1, 'x'), (2, 'y')",
        "INSERT INTO taggings VALUES (1, 1), (1, 2), (3, 1)",
    ] {
        db.sql(sql).await.unwrap();
    }
    blog
}

fn equal(table: &TableRef, path: &Path, position: usize, text: &str) -> Expr {
    let left = Expr::Column(ColumnRef { table: table.clone(), path: path.clone(), position });
    Compare { left, op: CompareOp::Eq, right: Expr::value(Value::Text(text.to_owned())) }.into()
}

fn by(table: &TableRef, position: usize) -> Vec<Order> {
    vec![Order { expr: Expr::column(table, position), direction: Direction::Ascending, nulls: None }]
}

fn texts(rows: &Rows, column: usize) -> Vec<Option<String>> {
    let text = |row| match rows.visit(row, column, ToValue).unwrap() {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    };
    (0..rows.len()).map(text).collect()
}

fn integers(rows: &Rows, column: usize) -> Vec<i64> {
    let integer = |row| match rows.visit(row, column, ToValue).unwrap() {
        Some(Value::Integer(number)) => number,
        other => panic!("no integer but {other:?}"),
    };
    (0..rows.len()).map(integer).collect()
}

async fn a_missing_parent_is_missing(db: &TestDb) {
    let blog = blog(db).await;
    let mut select = Select::from(&blog.posts);
    select.related = vec![Path::default().then(blog.author())];
    select.order_by = by(&blog.posts, 0);
    let parts = engine::fetch_with_related(&db.pool, select).await.unwrap();
    assert_eq!(integers(&parts[0], 0), [1, 2, 3, 4]);
    assert_eq!((0..4).map(|row| parts[1].is_missing(row)).collect::<Vec<_>>(), [false, false, false, true]);
    assert_eq!(texts(&parts[1], 1)[..3], ["Ada", "Ada", "Bo"].map(|name| Some(name.to_owned())));
}

async fn filters_follow_ways(db: &TestDb) {
    let blog = blog(db).await;
    let by_ada = equal(&blog.users, &Path::default().then(blog.author()), 1, "Ada");
    let mut select = Select::from(&blog.posts).filter(by_ada.clone());
    select.order_by = by(&blog.posts, 0);
    assert_eq!(integers(&engine::fetch(&db.pool, select.clone()).await.unwrap(), 0), [1, 2]);
    assert_eq!(engine::count(&db.pool, select.clone()).await.unwrap(), 2);
    assert!(engine::exists(&db.pool, select).await.unwrap());

    // The complement holds for the post without an author.
    let mut others = Select::from(&blog.posts).filter(by_ada.not());
    others.order_by = by(&blog.posts, 0);
    assert_eq!(integers(&engine::fetch(&db.pool, others).await.unwrap(), 0), [3, 4]);
}

async fn a_step_to_many_multiplies_nothing(db: &TestDb) {
    let blog = blog(db).await;
    let wrote = |filter| Expr::from(Related { path: Path::default(), hop: blog.posts_of(), filter });
    let mut authors = Select::from(&blog.users).filter(wrote(None));
    authors.order_by = by(&blog.users, 0);
    assert_eq!(integers(&engine::fetch(&db.pool, authors).await.unwrap(), 0), [1, 2]);
    let without = Select::from(&blog.users).filter(wrote(None).not());
    assert_eq!(integers(&engine::fetch(&db.pool, without).await.unwrap(), 0), [3]);

    // Through a junction: users who wrote something tagged `y`.
    let tags = blog.tags_of();
    let tagged =
        Related { path: Path::default(), hop: tags.hop, filter: Some(equal(&blog.tags, &tags.onward, 1, "y")) };
    let select = Select::from(&blog.users).filter(wrote(Some(tagged.into())));
    assert_eq!(integers(&engine::fetch(&db.pool, select).await.unwrap(), 0), [1]);
}

async fn writes_choose_their_rows_by_related_ones(db: &TestDb) {
    let blog = blog(db).await;
    let author = Path::default().then(blog.author());
    let by_ada = equal(&blog.users, &author, 1, "Ada");
    let shout = vec![Assignment { column: 2, value: Expr::value(Value::Text("A".to_owned())) }];
    assert_eq!(engine::update(&db.pool, &blog.posts, shout, Some(by_ada.clone())).await.unwrap(), 2);
    // A condition that reads the table which is written.
    let siblings =
        Related { path: author, hop: blog.posts_of(), filter: Some(equal(&blog.posts, &Path::default(), 2, "A")) };
    assert_eq!(engine::delete(&db.pool, &blog.posts, Some(siblings.into()), Vec::new()).await.unwrap(), 2);
    let left =
        engine::fetch(&db.pool, Select { order_by: by(&blog.posts, 0), ..Select::from(&blog.posts) }).await.unwrap();
    assert_eq!(integers(&left, 0), [3, 4]);
}

async fn a_step_loads_the_children_of_all(db: &TestDb) {
    let blog = blog(db).await;
    let step = Step { hop: blog.posts_of(), onward: Path::default() };
    let mut select = Select::from(&blog.posts);
    select.order_by = by(&blog.posts, 0);
    let keys = [1, 2, 3].map(|key| vec![Value::Integer(key)]).to_vec();
    let found = engine::fetch_step(&db.pool, &step, &select, keys).await.unwrap();
    assert_eq!(integers(&found.rows[0], found.owner[0]), [1, 1, 2]);
    assert_eq!(integers(&found.rows[0], 0), [1, 2, 3]);
}

async fn a_step_through_a_junction_loads_both_ends(db: &TestDb) {
    let blog = blog(db).await;
    let step = blog.tags_of();
    let mut select = Select::from(&blog.tags);
    select.order_by = by(&blog.tags, 1);
    let keys = [1, 2, 3].map(|key| vec![Value::Integer(key)]).to_vec();
    let found = engine::fetch_step(&db.pool, &step, &select, keys).await.unwrap();
    let (owners, tags) = (&found.rows[0], &found.rows[1]);
    let mut pairs: Vec<_> = integers(owners, found.owner[0]).into_iter().zip(texts(tags, 1)).collect();
    pairs.sort();
    assert_eq!(pairs, [(1, "x"), (1, "y"), (3, "x")].map(|(post, word)| (post, Some(word.to_owned()))));
}

async fn tens_of_thousands_of_parents_are_one_statement(db: &TestDb) {
    let blog = blog(db).await;
    let step = Step { hop: blog.posts_of(), onward: Path::default() };
    let keys = (0..40_000).map(|key| vec![Value::Integer(key)]).collect();
    let found = engine::fetch_step(&db.pool, &step, &Select::from(&blog.posts), keys).await.unwrap();
    assert_eq!(found.rows[0].len(), 3);
}

async fn equal_keys_are_one_row(db: &TestDb) {
    let blog = blog(db).await;
    let mut select = Select::from(&blog.posts);
    select.related = vec![Path::default().then(blog.author())];
    select.order_by = by(&blog.posts, 0);
    let parts = engine::fetch_with_related(&db.pool, select).await.unwrap();
    let authors = Identities::of(&parts[1]).unwrap();
    assert_eq!((authors.at(0), authors.at(1), authors.at(2), authors.at(3)), (Some(0), Some(0), Some(1), None));
    assert_eq!(authors.firsts(), [0, 2]);
    assert_eq!(parts[1].len(), 4);
}

async fn what_a_step_found_is_grouped_by_its_owners(db: &TestDb) {
    let blog = blog(db).await;
    let query = |table: &TableRef, order| Select { order_by: by(table, order), ..Select::from(table) };
    let posts = (Step { hop: blog.posts_of(), onward: Path::default() }, query(&blog.posts, 0), 2);
    let tags = (blog.tags_of(), query(&blog.tags, 1), 1);
    let wanted: [[&[&str]; 3]; 2] = [[&["a1", "a2"], &["b1"], &[]], [&["x", "y"], &[], &["x"]]];
    for ((step, select, shown), wanted) in [posts, tags].into_iter().zip(wanted) {
        let prefetch = Prefetch { part: 0, step, select, then: Vec::new() };
        let keys = [1, 2, 3].map(|key| vec![Value::Integer(key)]).to_vec();
        let branches = engine::fetch_behind(&db.pool, &prefetch, keys).await.unwrap();
        let members = Members::of(&branches).unwrap();
        let of = |key| members.of_key(&RowKey::of(&[Value::Integer(key)]).unwrap()).to_vec();
        let text = |(branch, row): (usize, usize)| texts(&branches[branch].found.target()[0], shown)[row].clone();
        for (key, wanted) in (1..).zip(wanted) {
            let found: Vec<_> = of(key).into_iter().filter_map(text).collect();
            assert_eq!(found, wanted);
        }
        assert!(of(4).is_empty());
    }
}

async fn a_pair_that_a_junction_holds_twice_counts_once(db: &TestDb) {
    let words = vec![Column::new("word", SqlType::String { length: Some(20) })];
    let ends = ["left_id", "right_id"].map(|name| Column::new(name, SqlType::BigInteger)).to_vec();
    let (left, right) = (named("twice_left", words.clone()), named("twice_right", words));
    let links = named("twice_links", ends);
    let mut all = MetaData::new();
    for table in [&left, &right, &links] {
        all.add(table.clone()).unwrap();
    }
    engine::create_all(&db.pool, &all).await.unwrap();
    for sql in [
        "INSERT INTO twice_left VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO twice_right VALUES (7, 'x'), (8, 'y')",
        "INSERT INTO twice_links VALUES (1, 1, 7), (2, 1, 7), (3, 1, 8), (4, 2, 7)",
    ] {
        db.sql(sql).await.unwrap();
    }
    let step = Step { hop: hop(&left, 0, &links, 1), onward: Path::default().then(hop(&links, 2, &right, 0)) };
    let prefetch = Prefetch { part: 0, step, select: Select::from(&right), then: Vec::new() };
    let keys = [1, 2].map(|key| vec![Value::Integer(key)]).to_vec();
    let branches = engine::fetch_behind(&db.pool, &prefetch, keys).await.unwrap();
    let members = Members::of(&branches).unwrap();
    let count = |key| members.of_key(&RowKey::of(&[Value::Integer(key)]).unwrap()).len();
    assert_eq!((count(1), count(2)), (2, 1));
}

async fn limits_count_within_each_parent(db: &TestDb) {
    let blog = blog(db).await;
    let step = Step { hop: blog.posts_of(), onward: Path::default() };
    let mut select = Select::from(&blog.posts);
    select.order_by = by(&blog.posts, 2).into_iter().map(Order::reversed).collect();
    select.limit = Some(Param(Value::Integer(1)));
    let keys = || [1, 2, 3].map(|key| vec![Value::Integer(key)]).to_vec();
    let found = engine::fetch_step(&db.pool, &step, &select, keys()).await.unwrap();
    let mut newest = integers(&found.rows[0], 0);
    newest.sort_unstable();
    assert_eq!(newest, [2, 3]);

    select.offset = Some(Param(Value::Integer(1)));
    let found = engine::fetch_step(&db.pool, &step, &select, keys()).await.unwrap();
    assert_eq!(integers(&found.rows[0], 0), [1]);

    let tags = blog.tags_of();
    let mut select = Select::from(&blog.tags);
    (select.order_by, select.limit) = (by(&blog.tags, 1), Some(Param(Value::Integer(1))));
    let found = engine::fetch_step(&db.pool, &tags, &select, keys()).await.unwrap();
    let mut pairs: Vec<_> =
        integers(&found.rows[0], found.owner[0]).into_iter().zip(texts(&found.rows[1], 1)).collect();
    pairs.sort();
    assert_eq!(pairs, [(1, "x"), (3, "x")].map(|(post, word)| (post, Some(word.to_owned()))));
}

/// A step to many starts from the live rows of its target, if it is asked to; a way to one leads to its row all the same.
async fn deleted_rows_and_ways(db: &TestDb) {
    let mark = Column::new("deleted_at", SqlType::DateTime).nullable().with_role(Role::DeletedAt);
    let users = named("users", vec![Column::new("name", SqlType::String { length: Some(20) }), mark.clone()]);
    let posts = named("posts", vec![Column::new("author_id", SqlType::BigInteger), mark]);
    let mut all = MetaData::new();
    for table in [&users, &posts] {
        all.add(table.clone()).unwrap();
    }
    engine::create_all(&db.pool, &all).await.unwrap();
    for sql in ["INSERT INTO users VALUES (1, 'Ada', NULL)", "INSERT INTO posts VALUES (1, 1, NULL), (2, 1, NULL)"] {
        db.sql(sql).await.unwrap();
    }
    let first = |table: &TableRef| lookup::compare(Expr::column(table, 0), CompareOp::Eq, Value::Integer(1));
    for table in [&users, &posts] {
        assert_eq!(engine::delete(&db.pool, table, Some(first(table)), Vec::new()).await.unwrap(), 1);
    }
    let step = Step { hop: hop(&users, 0, &posts, 1), onward: Path::default() };
    let keys = || vec![vec![Value::Integer(1)]];
    for (select, expected) in [(Select::live(&posts), vec![2]), (Select::from(&posts), vec![1, 2])] {
        let found = engine::fetch_step(&db.pool, &step, &select, keys()).await.unwrap();
        let mut ids = integers(&found.rows[0], 0);
        ids.sort_unstable();
        assert_eq!(ids, expected);
    }
    let author = Path::default().then(hop(&posts, 1, &users, 0));
    let name = Expr::Column(ColumnRef { table: users.clone(), path: author, position: 1 });
    let by_ada = Select::live(&posts).filter(lookup::compare(name, CompareOp::Eq, Value::Text("Ada".into())));
    assert_eq!(engine::count(&db.pool, by_ada).await.unwrap(), 1);
}
