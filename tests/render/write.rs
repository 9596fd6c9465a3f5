use chakra::query::lookup::{self, Lookup};
use chakra::query::{Assignment, Delete, Expr, Insert, Param, Update};
use chakra::schema::TableRef;
use chakra::types::{Kind, Value};
use insta::assert_snapshot;

use super::support::*;

fn insert(columns: &[usize], returning: &[usize]) -> Insert {
    let values = columns.iter().map(|_| Param(Value::Null(Kind::Text))).collect();
    Insert { table: books(), columns: columns.to_vec(), values, returning: returning.to_vec() }
}

fn update(table: &TableRef, assignments: Vec<(usize, Expr)>) -> Update {
    let assignments = assignments.into_iter().map(|(column, value)| Assignment { column, value }).collect();
    let filter = lookup::single(Expr::column(table, ID), Lookup::Exact, Value::Integer(1));
    Update { table: table.clone(), assignments, filter: Some(filter), returning: vec![] }
}

#[test]
fn inserts() {
    assert_snapshot!(statement(insert(&[TITLE, PAGES], &[])), @r#"
        SQLite: INSERT INTO "books" ("title", "pages") VALUES (?, ?)
        PostgreSQL: INSERT INTO "books" ("title", "pages") VALUES ($1, $2)
        MySQL: INSERT INTO `books` (`title`, `pages`) VALUES (?, ?)
    "#);
    assert_snapshot!(statement(insert(&[TITLE], &[ID])), @r#"
        SQLite: INSERT INTO "books" ("title") VALUES (?) RETURNING "id"
        PostgreSQL: INSERT INTO "books" ("title") VALUES ($1) RETURNING "id"
        MySQL: INSERT INTO `books` (`title`) VALUES (?) RETURNING `id`
    "#);
    assert_snapshot!(statement(insert(&[], &[])), @r#"
        SQLite: INSERT INTO "books" DEFAULT VALUES
        PostgreSQL: INSERT INTO "books" DEFAULT VALUES
        MySQL: INSERT INTO `books` () VALUES ()
    "#);
}

#[test]
fn an_insert_with_a_value_missing_is_a_defect() {
    let broken = Insert { values: vec![], ..insert(&[TITLE], &[]) };
    assert_snapshot!(statement(broken), @"
        SQLite! internal error while rendering: an insert has not as many values as columns; please report it
        PostgreSQL! internal error while rendering: an insert has not as many values as columns; please report it
        MySQL! internal error while rendering: an insert has not as many values as columns; please report it
    ");
}

#[test]
fn updates() {
    let table = books();
    let value = |text: &str| Expr::value(super::support::text(text));
    assert_snapshot!(statement(update(&table, vec![(TITLE, value("a")), (SUBTITLE, value("b"))])), @r#"
        SQLite: UPDATE "books" SET "title" = ?, "subtitle" = ? WHERE "id" = ?
        PostgreSQL: UPDATE "books" SET "title" = $1, "subtitle" = $2 WHERE "id" = $3
        MySQL: UPDATE `books` SET `title` = ?, `subtitle` = ? WHERE `id` = ?
    "#);
    assert_snapshot!(statement(Update { returning: vec![PAGES], ..update(&table, vec![(TITLE, value("a"))]) }), @r#"
        SQLite: UPDATE "books" SET "title" = ? WHERE "id" = ? RETURNING "pages"
        PostgreSQL: UPDATE "books" SET "title" = $1 WHERE "id" = $2 RETURNING "pages"
        MySQL! MySQL does not support UPDATE … RETURNING
    "#);
    assert_snapshot!(statement(Update { filter: None, ..update(&table, vec![(TITLE, value("a"))]) }), @r#"
        SQLite: UPDATE "books" SET "title" = ?
        PostgreSQL: UPDATE "books" SET "title" = $1
        MySQL: UPDATE `books` SET `title` = ?
    "#);
    assert_snapshot!(statement(update(&table, vec![])), @"
        SQLite! an update of Book changes nothing; name a field and its new value
        PostgreSQL! an update of Book changes nothing; name a field and its new value
        MySQL! an update of Book changes nothing; name a field and its new value
    ");
}

#[test]
fn updates_read_the_old_values() {
    let table = books();
    let read = |position| Expr::column(&table, position);
    let shifted = vec![(TITLE, Expr::value(text("new"))), (SUBTITLE, read(TITLE))];
    let swapped = vec![(TITLE, read(SUBTITLE)), (SUBTITLE, read(TITLE))];
    assert_snapshot!(statement(update(&table, shifted)), @r#"
        SQLite: UPDATE "books" SET "title" = ?, "subtitle" = "title" WHERE "id" = ?
        PostgreSQL: UPDATE "books" SET "title" = $1, "subtitle" = "title" WHERE "id" = $2
        MySQL: UPDATE `books` SET `subtitle` = `title`, `title` = ? WHERE `id` = ?
    "#);
    assert_snapshot!(statement(update(&table, swapped)), @r#"
        SQLite: UPDATE "books" SET "title" = "subtitle", "subtitle" = "title" WHERE "id" = ?
        PostgreSQL: UPDATE "books" SET "title" = "subtitle", "subtitle" = "title" WHERE "id" = $1
        MySQL! MySQL does not support an update in which columns exchange their values
    "#);
}

#[test]
fn deletes() {
    let table = books();
    let filter = lookup::single(Expr::column(&table, PAGES), Lookup::Lt, Value::Integer(1));
    assert_snapshot!(statement(Delete { table: table.clone(), filter: Some(filter) }), @r#"
        SQLite: DELETE FROM "books" WHERE "pages" < ?
        PostgreSQL: DELETE FROM "books" WHERE "pages" < $1
        MySQL: DELETE FROM `books` WHERE `pages` < ?
    "#);
    let filter = lookup::in_list(Expr::column(&table, PAGES), vec![Value::Integer(1)]);
    assert_snapshot!(statement(Delete { table: table.clone(), filter: Some(filter.clone()) }), @r#"
        SQLite: DELETE FROM "books" WHERE "pages" IN (SELECT value FROM json_each(?))  <- 0 JsonList
        PostgreSQL: DELETE FROM "books" WHERE "pages" = ANY($1)
        MySQL: DELETE /*M!100600 `books` */ FROM `books` WHERE `pages` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$' ERROR ON ERROR)) AS members)  <- 0 JsonListWithin { before: 35, after: 30 }
    "#);
    let assignments = vec![Assignment { column: TITLE, value: Expr::value(text("a")) }];
    let update = Update { table: table.clone(), assignments, filter: Some(filter), returning: Vec::new() };
    assert_snapshot!(statement(update), @r#"
        SQLite: UPDATE "books" SET "title" = ? WHERE "pages" IN (SELECT value FROM json_each(?))  <- 0 None, 1 JsonList
        PostgreSQL: UPDATE "books" SET "title" = $1 WHERE "pages" = ANY($2)
        MySQL: UPDATE `books` /*M!100600 JOIN (SELECT 1 AS chakra_one) AS chakra_one */ SET `title` = ? WHERE `pages` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$' ERROR ON ERROR)) AS members)  <- 0 None, 1 JsonListWithin { before: 35, after: 30 }
    "#);
    assert_snapshot!(statement(Delete { table, filter: None }), @r#"
        SQLite: DELETE FROM "books"
        PostgreSQL: DELETE FROM "books"
        MySQL: DELETE FROM `books`
    "#);
}
