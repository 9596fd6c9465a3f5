use chakra::query::lookup::{self, Lookup};
use chakra::query::{Direction, Expr, Order, Param, Projection, Select};
use chakra::types::Value;
use insta::assert_snapshot;

use super::support::*;

fn select(projection: Projection) -> Select {
    let table = books();
    let mut select =
        Select::from(&table).filter(lookup::single(Expr::column(&table, ID), Lookup::Gt, Value::Integer(3)));
    select.projection = projection;
    select
}

fn titles() -> Select {
    select(Projection::Columns(vec![TITLE]))
}

fn count(number: i64) -> Param {
    Param(Value::Integer(number))
}

#[test]
fn all_columns() {
    assert_snapshot!(statement(select(Projection::All)), @r#"
        SQLite: SELECT "id", "title", "subtitle", "pages", "price", "sold", "cover" FROM "books" WHERE "id" > ?
        PostgreSQL: SELECT "id", "title", "subtitle", "pages", "price", "sold", "cover" FROM "books" WHERE "id" > $1
        MySQL: SELECT `id`, `title`, `subtitle`, `pages`, `price`, `sold`, `cover` FROM `books` WHERE `id` > ?
    "#);
}

#[test]
fn limits() {
    let table = books();
    assert_snapshot!(statement(Select { limit: Some(count(1)), ..titles() }), @r#"
        SQLite: SELECT "title" FROM "books" WHERE "id" > ? LIMIT ?
        PostgreSQL: SELECT "title" FROM "books" WHERE "id" > $1 LIMIT $2
        MySQL: SELECT `title` FROM `books` WHERE `id` > ? LIMIT ?
    "#);
    assert_snapshot!(statement(Select { limit: Some(count(1)), offset: Some(count(2)), ..titles() }), @r#"
        SQLite: SELECT "title" FROM "books" WHERE "id" > ? LIMIT ? OFFSET ?
        PostgreSQL: SELECT "title" FROM "books" WHERE "id" > $1 LIMIT $2 OFFSET $3
        MySQL: SELECT `title` FROM `books` WHERE `id` > ? LIMIT ? OFFSET ?
    "#);
    assert_snapshot!(statement(Select { offset: Some(count(2)), ..Select { projection: Projection::Columns(vec![ID]), ..Select::from(&table) } }), @r#"
        SQLite: SELECT "id" FROM "books" LIMIT -1 OFFSET ?
        PostgreSQL: SELECT "id" FROM "books" OFFSET $1
        MySQL: SELECT `id` FROM `books` LIMIT 18446744073709551615 OFFSET ?
    "#);
}

#[test]
fn counting() {
    assert_snapshot!(statement(select(Projection::Count { of: Vec::new() })), @r#"
        SQLite: SELECT COUNT(*) FROM "books" WHERE "id" > ?
        PostgreSQL: SELECT COUNT(*) FROM "books" WHERE "id" > $1
        MySQL: SELECT COUNT(*) FROM `books` WHERE `id` > ?
    "#);
    assert_snapshot!(statement(Select { limit: Some(count(1)), ..select(Projection::Count { of: Vec::new() }) }), @r#"
        SQLite: SELECT COUNT(*) FROM (SELECT 1 FROM "books" WHERE "id" > ? LIMIT ?) AS counted
        PostgreSQL: SELECT COUNT(*) FROM (SELECT 1 FROM "books" WHERE "id" > $1 LIMIT $2) AS counted
        MySQL: SELECT COUNT(*) FROM (SELECT 1 FROM `books` WHERE `id` > ? LIMIT ?) AS counted
    "#);
    assert_snapshot!(statement(Select { distinct: true, ..select(Projection::Count { of: (0..7).collect() }) }), @r#"
        SQLite: SELECT COUNT(*) FROM (SELECT DISTINCT "id", "title", "subtitle", "pages", "price" COLLATE chakra_decimal, "sold", "cover" FROM "books" WHERE "id" > ?) AS counted
        PostgreSQL: SELECT COUNT(*) FROM (SELECT DISTINCT "id", "title", "subtitle", "pages", "price", "sold", "cover" FROM "books" WHERE "id" > $1) AS counted
        MySQL: SELECT COUNT(*) FROM (SELECT DISTINCT `id`, `title`, `subtitle`, `pages`, `price`, `sold`, `cover` FROM `books` WHERE `id` > ?) AS counted
    "#);
}

#[test]
fn existence() {
    assert_snapshot!(statement(select(Projection::Exists)), @r#"
        SQLite: SELECT 1 FROM "books" WHERE "id" > ? LIMIT 1
        PostgreSQL: SELECT 1 FROM "books" WHERE "id" > $1 LIMIT 1
        MySQL: SELECT 1 FROM `books` WHERE `id` > ? LIMIT 1
    "#);
    assert_snapshot!(statement(Select { limit: Some(count(0)), ..select(Projection::Exists) }), @r#"
        SQLite: SELECT 1 FROM (SELECT 1 FROM "books" WHERE "id" > ? LIMIT ?) AS found LIMIT 1
        PostgreSQL: SELECT 1 FROM (SELECT 1 FROM "books" WHERE "id" > $1 LIMIT $2) AS found LIMIT 1
        MySQL: SELECT 1 FROM (SELECT 1 FROM `books` WHERE `id` > ? LIMIT ?) AS found LIMIT 1
    "#);
}

#[test]
fn an_order_matters_not_to_a_count_but_its_parameters_are_not_lost() {
    let mut ordered = select(Projection::Count { of: Vec::new() });
    let order = |expr: Expr| Order { expr, direction: Direction::Ascending, nulls: None };
    ordered.order_by = vec![order(Expr::column(&ordered.table, ID))];
    assert_snapshot!(statement(ordered.clone()), @r#"
        SQLite: SELECT COUNT(*) FROM "books" WHERE "id" > ?
        PostgreSQL: SELECT COUNT(*) FROM "books" WHERE "id" > $1
        MySQL: SELECT COUNT(*) FROM `books` WHERE `id` > ?
    "#);
    let condition = lookup::single(Expr::column(&ordered.table, ID), Lookup::Exact, Value::Integer(1));
    ordered.order_by = vec![order(condition)];
    assert_snapshot!(statement(ordered), @r#"
        SQLite: SELECT COUNT(*) FROM (SELECT 1 FROM "books" WHERE "id" > ? ORDER BY ("id" = ?)) AS counted
        PostgreSQL: SELECT COUNT(*) FROM (SELECT 1 FROM "books" WHERE "id" > $1 ORDER BY ("id" = $2)) AS counted
        MySQL: SELECT COUNT(*) FROM (SELECT 1 FROM `books` WHERE `id` > ? ORDER BY (`id` = ?)) AS counted
    "#);
}

#[test]
fn distinct_rows() {
    let distinct = Select { distinct: true, ..select(Projection::Columns(vec![TITLE, PRICE])) };
    let by = |position| {
        let expr = Expr::column(&distinct.table, position);
        vec![Order { expr, direction: Direction::Ascending, nulls: None }]
    };
    assert_snapshot!(statement(Select { order_by: by(TITLE), ..distinct.clone() }), @r#"
        SQLite: SELECT DISTINCT "title", "price" COLLATE chakra_decimal FROM "books" WHERE "id" > ? ORDER BY "title"
        PostgreSQL: SELECT DISTINCT "title", "price" FROM "books" WHERE "id" > $1 ORDER BY "title"
        MySQL: SELECT DISTINCT `title`, `price` FROM `books` WHERE `id` > ? ORDER BY `title`
    "#);
    assert_snapshot!(statement(Select { order_by: by(ID), ..distinct.clone() }), @"
        SQLite! distinct rows of Book can only be ordered by fields that are among the values asked for
        PostgreSQL! distinct rows of Book can only be ordered by fields that are among the values asked for
        MySQL! distinct rows of Book can only be ordered by fields that are among the values asked for
    ");
}
