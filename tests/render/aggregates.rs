use chakra::query::lookup::{self, Lookup};
use chakra::query::{Aggregate, AggregateFunction, ColumnRef, Direction, Expr, Order, Param, Projection, Select};
use chakra::types::Value;
use insta::assert_snapshot;

use super::support::*;

fn of(function: AggregateFunction, column: usize) -> Aggregate {
    Aggregate::of(function, ColumnRef::root(&books(), column)).unwrap()
}

/// The statement over the rows of one table, which columns of other tables of its name fit, too.
fn select(aggregates: Vec<Aggregate>) -> Select {
    let projection = Projection::Aggregates { aggregates, of: Vec::new() };
    Select { projection, ..Select::from(&books()) }
}

#[test]
fn every_function() {
    use AggregateFunction::{Avg, Count, Max, Min, Sum};
    let all = vec![
        Aggregate::rows(),
        of(Count, SUBTITLE),
        of(Sum, PAGES),
        of(Sum, PRICE),
        of(Avg, PRICE),
        of(Min, PRICE),
        of(Max, TITLE),
        of(Max, COVER),
    ];
    assert_snapshot!(statement(select(all)), @r#"
        SQLite: SELECT COUNT(*), COUNT("subtitle"), chakra_sum_integer("pages"), chakra_sum_decimal("price"), chakra_sum_decimal("price"), COUNT("price"), MIN("price" COLLATE chakra_decimal), MAX("title"), MAX("cover") FROM "books"
        PostgreSQL: SELECT COUNT(*), COUNT("subtitle"), SUM("pages"), SUM("price"), SUM("price"), COUNT("price"), MIN("price"), MAX("title"), DECODE(MAX(ENCODE("cover", 'hex') COLLATE "C"), 'hex') FROM "books"
        MySQL: SELECT COUNT(*), COUNT(`subtitle`), SUM(`pages`), SUM(`price`), SUM(`price`), COUNT(`price`), MIN(`price`), MAX(`title`), MAX(`cover`) FROM `books`
    "#);
}

#[test]
fn distinct_and_filtered() {
    use AggregateFunction::{Count, Max, Sum};
    let long = lookup::single(Expr::column(&books(), PAGES), Lookup::Gt, Value::Integer(300));
    let all = vec![
        of(Count, PRICE).distinct().unwrap(),
        of(Sum, PRICE).distinct().unwrap().filter(long.clone()),
        of(Max, PRICE).distinct().unwrap(),
        Aggregate::rows().filter(long.clone()),
    ];
    assert_snapshot!(statement(select(all).filter(long)), @r#"
        SQLite: SELECT COUNT(DISTINCT "price" COLLATE chakra_decimal), chakra_sum_decimal(DISTINCT CASE WHEN "pages" > ? THEN "price" END COLLATE chakra_decimal), MAX("price" COLLATE chakra_decimal), COUNT(CASE WHEN "pages" > ? THEN 1 END) FROM "books" WHERE "pages" > ?
        PostgreSQL: SELECT COUNT(DISTINCT "price"), SUM(DISTINCT CASE WHEN "pages" > $1 THEN "price" END), MAX("price"), COUNT(CASE WHEN "pages" > $2 THEN 1 END) FROM "books" WHERE "pages" > $3
        MySQL: SELECT COUNT(DISTINCT `price`), SUM(DISTINCT CASE WHEN `pages` > ? THEN `price` END), MAX(`price`), COUNT(CASE WHEN `pages` > ? THEN 1 END) FROM `books` WHERE `pages` > ?
    "#);
}

#[test]
fn over_slices_and_distinct_rows() {
    let total = || vec![of(AggregateFunction::Sum, PAGES), of(AggregateFunction::Min, TITLE)];
    let order = Order { expr: Expr::column(&books(), PAGES), direction: Direction::Ascending, nulls: None };
    let slice = Select { limit: Some(Param(Value::Integer(3))), order_by: vec![order], ..select(total()) };
    assert_snapshot!(statement(slice), @r#"
        SQLite: SELECT chakra_sum_integer("pages"), MIN("title") FROM (SELECT "title", "pages" FROM "books" ORDER BY "pages" NULLS LAST LIMIT ?) AS aggregated
        PostgreSQL: SELECT SUM("pages"), MIN("title") FROM (SELECT "title", "pages" FROM "books" ORDER BY "pages" LIMIT $1) AS aggregated
        MySQL: SELECT SUM(`pages`), MIN(`title`) FROM (SELECT `title`, `pages` FROM `books` ORDER BY `pages` IS NULL, `pages` LIMIT ?) AS aggregated
    "#);
    let distinct = Projection::Aggregates { aggregates: total(), of: vec![PAGES, TITLE] };
    let distinct = Select { projection: distinct, distinct: true, ..Select::from(&books()) };
    assert_snapshot!(statement(distinct), @r#"
        SQLite: SELECT chakra_sum_integer("pages"), MIN("title") FROM (SELECT DISTINCT "title", "pages" FROM "books") AS aggregated
        PostgreSQL: SELECT SUM("pages"), MIN("title") FROM (SELECT DISTINCT "title", "pages" FROM "books") AS aggregated
        MySQL: SELECT SUM(`pages`), MIN(`title`) FROM (SELECT DISTINCT `title`, `pages` FROM `books`) AS aggregated
    "#);
    let hidden = Projection::Aggregates { aggregates: total(), of: vec![TITLE] };
    let hidden = Select { projection: hidden, distinct: true, ..Select::from(&books()) };
    assert_snapshot!(statement(hidden), @r#"
        SQLite! distinct rows of Book are aggregated by fields that are among the values asked for; "pages" is not
        PostgreSQL! distinct rows of Book are aggregated by fields that are among the values asked for; "pages" is not
        MySQL! distinct rows of Book are aggregated by fields that are among the values asked for; "pages" is not
    "#);
}

#[test]
fn of_what_has_no_sum() {
    let sum = |column| Aggregate::of(AggregateFunction::Sum, ColumnRef::root(&books(), column)).unwrap_err();
    assert_snapshot!(sum(TITLE), @"Book.title is String: Sum is of numbers and intervals only");
    assert_snapshot!(Aggregate::rows().distinct().unwrap_err(), @"whole rows are distinct by themselves; count the distinct values of a field");
}
