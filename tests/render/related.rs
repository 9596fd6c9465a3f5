//! Ways to related tables: joins, semi-joins, and writes that depend on them.

use std::sync::Arc;

use chakra::query::expr::{CompareOp, Related};
use chakra::query::{
    Assignment, ColumnRef, Delete, Direction, Expr, Hop, Order, Param, Path, Projection, Select, Statement, Update,
};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{SqlType, Value};
use insta::assert_snapshot;

use super::support::{compare, statement, text};

struct Library {
    authors: TableRef,
    books: TableRef,
    to_author: Arc<Hop>,
    to_books: Arc<Hop>,
    to_mentor: Arc<Hop>,
}

fn library() -> Library {
    let key = || Column::new("id", SqlType::BigInteger).primary_key();
    let authors =
        vec![key(), Column::new("name", SqlType::Text), Column::new("mentor_id", SqlType::BigInteger).nullable()];
    let authors = TableRef::new(Table::new("Author", "authors", authors).unwrap());
    let books = vec![key(), Column::new("title", SqlType::Text), Column::new("author_id", SqlType::BigInteger)];
    let books = TableRef::new(Table::new("Book", "books", books).unwrap());
    let hop = |from: &TableRef, at: usize, to: &TableRef, end: usize| {
        Arc::new(Hop { from: from.clone(), from_columns: vec![at], to: to.clone(), to_columns: vec![end] })
    };
    Library {
        to_author: hop(&books, 2, &authors, 0),
        to_books: hop(&authors, 0, &books, 2),
        to_mentor: hop(&authors, 2, &authors, 0),
        authors,
        books,
    }
}

fn at(table: &TableRef, path: &Path, position: usize) -> Expr {
    Expr::Column(ColumnRef { table: table.clone(), path: path.clone(), position })
}

fn named(library: &Library, path: &Path, name: &str) -> Expr {
    compare(at(&library.authors, path, 1), CompareOp::Eq, Expr::value(text(name)))
}

#[test]
fn a_way_is_joined_once_however_often_it_is_named() {
    let library = library();
    let author = Path::default().then(library.to_author.clone());
    let mentor = author.then(library.to_mentor.clone());
    let mut select = Select::from(&library.books)
        .filter(named(&library, &author, "Ada"))
        .filter(named(&library, &mentor, "Bo").not());
    select.projection = Projection::Columns(vec![0]);
    select.order_by =
        vec![Order { expr: at(&library.authors, &mentor, 1), direction: Direction::Ascending, nulls: None }];
    assert_snapshot!(statement(select), @r#"
    SQLite: SELECT t0."id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" LEFT JOIN "authors" AS t2 ON t2."id" = t1."mentor_id" WHERE t1."name" = ? AND (t2."name" = ?) IS NOT TRUE ORDER BY t2."name" NULLS LAST
    PostgreSQL: SELECT t0."id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" LEFT JOIN "authors" AS t2 ON t2."id" = t1."mentor_id" WHERE t1."name" = $1 AND (t2."name" = $2) IS NOT TRUE ORDER BY t2."name"
    MySQL: SELECT t0.`id` FROM `books` AS t0 LEFT JOIN `authors` AS t1 ON t1.`id` = t0.`author_id` LEFT JOIN `authors` AS t2 ON t2.`id` = t1.`mentor_id` WHERE t1.`name` = ? AND (t2.`name` = ?) IS NOT TRUE ORDER BY t2.`name` IS NULL, t2.`name`
    "#);
}

#[test]
fn related_rows_come_along_behind_those_of_the_root() {
    let library = library();
    let author = Path::default().then(library.to_author.clone());
    let mut select = Select::from(&library.books);
    select.related = vec![author.clone(), author.then(library.to_mentor.clone())];
    assert_snapshot!(statement(select.clone()), @r#"
    SQLite: SELECT t0."id", t0."title", t0."author_id", t1."id", t1."name", t1."mentor_id", t2."id", t2."name", t2."mentor_id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" LEFT JOIN "authors" AS t2 ON t2."id" = t1."mentor_id"
    PostgreSQL: SELECT t0."id", t0."title", t0."author_id", t1."id", t1."name", t1."mentor_id", t2."id", t2."name", t2."mentor_id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" LEFT JOIN "authors" AS t2 ON t2."id" = t1."mentor_id"
    MySQL: SELECT t0.`id`, t0.`title`, t0.`author_id`, t1.`id`, t1.`name`, t1.`mentor_id`, t2.`id`, t2.`name`, t2.`mentor_id` FROM `books` AS t0 LEFT JOIN `authors` AS t1 ON t1.`id` = t0.`author_id` LEFT JOIN `authors` AS t2 ON t2.`id` = t1.`mentor_id`
    "#);
    select.projection = Projection::Count { of: Vec::new() };
    assert_snapshot!(statement(select), @r#"
    SQLite: SELECT COUNT(*) FROM "books"
    PostgreSQL: SELECT COUNT(*) FROM "books"
    MySQL: SELECT COUNT(*) FROM `books`
    "#);
}

#[test]
fn a_step_to_many_is_a_semi_join() {
    let library = library();
    let titled = compare(Expr::column(&library.books, 1), CompareOp::Eq, Expr::value(text("Emma")));
    let has = |filter| Related { path: Path::default(), hop: library.to_books.clone(), filter };
    let mut select = Select::from(&library.authors).filter(has(Some(titled)).into());
    select.projection = Projection::Columns(vec![1]);
    assert_snapshot!(statement(select), @r#"
    SQLite: SELECT t0."name" FROM "authors" AS t0 WHERE EXISTS (SELECT 1 FROM "books" AS t1 WHERE t1."author_id" = t0."id" AND t1."title" = ?)
    PostgreSQL: SELECT t0."name" FROM "authors" AS t0 WHERE EXISTS (SELECT 1 FROM "books" AS t1 WHERE t1."author_id" = t0."id" AND t1."title" = $1)
    MySQL: SELECT t0.`name` FROM `authors` AS t0 WHERE EXISTS (SELECT 1 FROM `books` AS t1 WHERE t1.`author_id` = t0.`id` AND t1.`title` = ?)
    "#);

    let mut none = Select::from(&library.authors).filter(Expr::from(has(None)).not());
    none.projection = Projection::Exists;
    assert_snapshot!(statement(none), @r#"
    SQLite: SELECT 1 FROM "authors" AS t0 WHERE NOT (EXISTS (SELECT 1 FROM "books" AS t1 WHERE t1."author_id" = t0."id")) LIMIT 1
    PostgreSQL: SELECT 1 FROM "authors" AS t0 WHERE NOT (EXISTS (SELECT 1 FROM "books" AS t1 WHERE t1."author_id" = t0."id")) LIMIT 1
    MySQL: SELECT 1 FROM `authors` AS t0 WHERE NOT (EXISTS (SELECT 1 FROM `books` AS t1 WHERE t1.`author_id` = t0.`id`)) LIMIT 1
    "#);
}

#[test]
fn steps_go_on_from_each_other() {
    // Books whose author has another author as mentor who wrote a book by the name, whose own mentor is called so.
    let library = library();
    let author = Path::default().then(library.to_author.clone());
    let inner = Path::default().then(library.to_author.clone()).then(library.to_mentor.clone());
    let conditions = vec![
        compare(Expr::column(&library.books, 1), CompareOp::Eq, Expr::value(text("Emma"))),
        named(&library, &inner, "Cy"),
    ];
    let related = Related {
        path: author.then(library.to_mentor.clone()),
        hop: library.to_books.clone(),
        filter: Some(Expr::And(conditions)),
    };
    let mut select = Select::from(&library.books).filter(related.into());
    select.projection = Projection::Columns(vec![0]);
    assert_snapshot!(statement(select), @r#"
    SQLite: SELECT t0."id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" LEFT JOIN "authors" AS t2 ON t2."id" = t1."mentor_id" WHERE EXISTS (SELECT 1 FROM "books" AS t3 LEFT JOIN "authors" AS t4 ON t4."id" = t3."author_id" LEFT JOIN "authors" AS t5 ON t5."id" = t4."mentor_id" WHERE t3."author_id" = t2."id" AND (t3."title" = ? AND t5."name" = ?))
    PostgreSQL: SELECT t0."id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" LEFT JOIN "authors" AS t2 ON t2."id" = t1."mentor_id" WHERE EXISTS (SELECT 1 FROM "books" AS t3 LEFT JOIN "authors" AS t4 ON t4."id" = t3."author_id" LEFT JOIN "authors" AS t5 ON t5."id" = t4."mentor_id" WHERE t3."author_id" = t2."id" AND (t3."title" = $1 AND t5."name" = $2))
    MySQL: SELECT t0.`id` FROM `books` AS t0 LEFT JOIN `authors` AS t1 ON t1.`id` = t0.`author_id` LEFT JOIN `authors` AS t2 ON t2.`id` = t1.`mentor_id` WHERE EXISTS (SELECT 1 FROM `books` AS t3 LEFT JOIN `authors` AS t4 ON t4.`id` = t3.`author_id` LEFT JOIN `authors` AS t5 ON t5.`id` = t4.`mentor_id` WHERE t3.`author_id` = t2.`id` AND (t3.`title` = ? AND t5.`name` = ?))
    "#);
}

#[test]
fn rows_to_write_are_chosen_by_their_keys() {
    let library = library();
    let author = Path::default().then(library.to_author.clone());
    let filter = Some(named(&library, &author, "Ada"));
    assert_snapshot!(statement(Delete { table: library.books.clone(), filter: filter.clone() }), @r#"
    SQLite: DELETE FROM "books" WHERE "id" IN (SELECT t0."id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" WHERE t1."name" = ?)
    PostgreSQL: DELETE FROM "books" WHERE "id" IN (SELECT t0."id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" WHERE t1."name" = $1)
    MySQL: DELETE FROM `books` WHERE `id` IN (SELECT * FROM (SELECT t0.`id` FROM `books` AS t0 LEFT JOIN `authors` AS t1 ON t1.`id` = t0.`author_id` WHERE t1.`name` = ?) AS chosen)
    "#);
    let assignments = vec![Assignment { column: 1, value: Expr::value(text("x")) }];
    let update = Update { table: library.books.clone(), assignments, filter, returning: Vec::new() };
    assert_snapshot!(statement(Statement::Update(update)), @r#"
    SQLite: UPDATE "books" SET "title" = ? WHERE "id" IN (SELECT t0."id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" WHERE t1."name" = ?)
    PostgreSQL: UPDATE "books" SET "title" = $1 WHERE "id" IN (SELECT t0."id" FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id" WHERE t1."name" = $2)
    MySQL: UPDATE `books` SET `title` = ? WHERE `id` IN (SELECT * FROM (SELECT t0.`id` FROM `books` AS t0 LEFT JOIN `authors` AS t1 ON t1.`id` = t0.`author_id` WHERE t1.`name` = ?) AS chosen)
    "#);
}

#[test]
fn a_related_column_cannot_be_what_another_is_set_to() {
    let library = library();
    let author = Path::default().then(library.to_author.clone());
    let assignments = vec![Assignment { column: 1, value: at(&library.authors, &author, 1) }];
    let update = Update { table: library.books.clone(), assignments, filter: None, returning: Vec::new() };
    assert_snapshot!(statement(Statement::Update(update)), @r#"
    SQLite! Author.name belongs to a related row, which cannot be read here
    PostgreSQL! Author.name belongs to a related row, which cannot be read here
    MySQL! Author.name belongs to a related row, which cannot be read here
    "#);
}

#[test]
fn limits_within_groups_number_the_rows() {
    let library = library();
    let mut select = Select::from(&library.books);
    select.related = vec![Path::default().then(library.to_author.clone())];
    select.limit_within = vec![2];
    select.order_by =
        vec![Order { expr: Expr::column(&library.books, 1), direction: Direction::Descending, nulls: None }];
    (select.limit, select.offset) = (Some(Param(Value::Integer(3))), Some(Param(Value::Integer(1))));
    assert_snapshot!(statement(select), @r#"
    SQLite: SELECT c0, c1, c2, c3, c4, c5 FROM (SELECT t0."id" AS c0, t0."title" AS c1, t0."author_id" AS c2, t1."id" AS c3, t1."name" AS c4, t1."mentor_id" AS c5, ROW_NUMBER() OVER (PARTITION BY t0."author_id" ORDER BY t0."title" DESC) AS number FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id") AS numbered WHERE number > ? AND number <= ? + ? ORDER BY number  <- 1 None, 0 None, 1 None
    PostgreSQL: SELECT c0, c1, c2, c3, c4, c5 FROM (SELECT t0."id" AS c0, t0."title" AS c1, t0."author_id" AS c2, t1."id" AS c3, t1."name" AS c4, t1."mentor_id" AS c5, ROW_NUMBER() OVER (PARTITION BY t0."author_id" ORDER BY t0."title" DESC) AS number FROM "books" AS t0 LEFT JOIN "authors" AS t1 ON t1."id" = t0."author_id") AS numbered WHERE number > $1 AND number <= $2 + $3 ORDER BY number  <- 1 None, 0 None, 1 None
    MySQL: SELECT c0, c1, c2, c3, c4, c5 FROM (SELECT t0.`id` AS c0, t0.`title` AS c1, t0.`author_id` AS c2, t1.`id` AS c3, t1.`name` AS c4, t1.`mentor_id` AS c5, ROW_NUMBER() OVER (PARTITION BY t0.`author_id` ORDER BY t0.`title` DESC) AS number FROM `books` AS t0 LEFT JOIN `authors` AS t1 ON t1.`id` = t0.`author_id`) AS numbered WHERE number > ? AND number <= ? + ? ORDER BY number  <- 1 None, 0 None, 1 None
    "#);
}
