use chakra::query::{Direction, Expr, Nulls, Order, Projection, Select};
use insta::assert_snapshot;

use super::support::*;

fn by(position: usize, direction: Direction, nulls: Option<Nulls>) -> String {
    let table = books();
    let mut select = Select::from(&table);
    select.projection = Projection::Columns(vec![ID]);
    select.order_by = vec![Order { expr: Expr::column(&table, position), direction, nulls }];
    statement(select)
}

#[test]
fn null_is_the_largest_value() {
    assert_snapshot!(by(PAGES, Direction::Ascending, None), @r#"
        SQLite: SELECT "id" FROM "books" ORDER BY "pages" NULLS LAST
        PostgreSQL: SELECT "id" FROM "books" ORDER BY "pages"
        MySQL: SELECT `id` FROM `books` ORDER BY `pages` IS NULL, `pages`
    "#);
    assert_snapshot!(by(PAGES, Direction::Descending, None), @r#"
        SQLite: SELECT "id" FROM "books" ORDER BY "pages" DESC NULLS FIRST
        PostgreSQL: SELECT "id" FROM "books" ORDER BY "pages" DESC
        MySQL: SELECT `id` FROM `books` ORDER BY `pages` IS NULL DESC, `pages` DESC
    "#);
}

#[test]
fn nulls_stand_where_they_are_asked_to() {
    assert_snapshot!(by(PAGES, Direction::Ascending, Some(Nulls::First)), @r#"
        SQLite: SELECT "id" FROM "books" ORDER BY "pages"
        PostgreSQL: SELECT "id" FROM "books" ORDER BY "pages" NULLS FIRST
        MySQL: SELECT `id` FROM `books` ORDER BY `pages`
    "#);
    assert_snapshot!(by(PAGES, Direction::Descending, Some(Nulls::Last)), @r#"
        SQLite: SELECT "id" FROM "books" ORDER BY "pages" DESC
        PostgreSQL: SELECT "id" FROM "books" ORDER BY "pages" DESC NULLS LAST
        MySQL: SELECT `id` FROM `books` ORDER BY `pages` DESC
    "#);
}

#[test]
fn what_cannot_be_null_is_ordered_plainly() {
    assert_snapshot!(by(ID, Direction::Ascending, None), @r#"
        SQLite: SELECT "id" FROM "books" ORDER BY "id"
        PostgreSQL: SELECT "id" FROM "books" ORDER BY "id"
        MySQL: SELECT `id` FROM `books` ORDER BY `id`
    "#);
    assert_snapshot!(by(ID, Direction::Descending, Some(Nulls::Last)), @r#"
        SQLite: SELECT "id" FROM "books" ORDER BY "id" DESC
        PostgreSQL: SELECT "id" FROM "books" ORDER BY "id" DESC
        MySQL: SELECT `id` FROM `books` ORDER BY `id` DESC
    "#);
}

#[test]
fn decimals_are_ordered_as_numbers() {
    assert_snapshot!(by(PRICE, Direction::Descending, None), @r#"
        SQLite: SELECT "id" FROM "books" ORDER BY "price" COLLATE chakra_decimal DESC
        PostgreSQL: SELECT "id" FROM "books" ORDER BY "price" DESC
        MySQL: SELECT `id` FROM `books` ORDER BY `price` DESC
    "#);
}
